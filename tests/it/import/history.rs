//! What was heard live stands, whatever an older page says; bad rows are kept where nobody else can read them.

use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt as _;

use super::rig::{Told, assert_same, by_interface, held, import, n_stored};
use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::{EMPTY, Pair, fields};
use cardex::import::source::Reject;
use cardex::model::RecordKind;

on_both_databases!(a_live_change_is_not_beaten_by_history, bad_rows_are_counted_and_kept_for_their_owner);

async fn a_live_change_is_not_beaten_by_history(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    let guest = json!({"surname": "García", "given_names": "Ana", "title": "Sra."});
    let guest = pair.hotel().create("person", "reception", fields(guest));
    let mut old = Told::by(&pair, 10).await;
    // A file knows no versions.
    old.observations.iter_mut().for_each(|seen| (seen.source_version, seen.source_hash) = (None, None));
    let now = json!({"surname": "Garcés", "title": "Dra."});
    assert!(pair.hotel().edit("person", &guest, "reception", fields(now)));
    pair.settle().await;
    let (before, writes) = (held(&pair).await, pair.crm().ledger().n_writes());

    let tally = import(&pair, Box::new(old.clone())).await.expect("an import").tally;
    assert_eq!((tally.applied, tally.outdone, tally.new), (0, 1, 0), "{tally:?}");
    pair.settle().await;
    assert_same(&held(&pair).await, &before);
    assert_eq!(pair.crm().rows("person")[0].fields["surname"], "Garcés");
    assert_eq!(pair.crm().ledger().n_writes(), writes);

    let stored = n_stored(&pair).await;
    let again = import(&pair, Box::new(old)).await.expect("an import").tally;
    assert_eq!(again.outdone, 1);
    assert_eq!(n_stored(&pair).await, stored, "what was said once was stored twice");

    // A change that the feed has yet to tell is told by it, though an import has seen it first.
    let later = json!({"title": "Prof."});
    assert!(pair.hotel().edit("person", &guest, "reception", fields(later)));
    import(&pair, by_interface(&pair)).await.expect("an import");
    pair.settle().await;
    assert_eq!(pair.crm().rows("person")[0].fields["title"], "Prof.");
}

async fn bad_rows_are_counted_and_kept_for_their_owner(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    for number in 0..6 {
        let guest = json!({"surname": format!("Guest {number}"), "given_names": "Ana"});
        pair.hotel().create("person", "reception", fields(guest));
    }
    let mut told = Told::by(&pair, 2).await;
    told.observations.retain(|seen| seen.subject.kind == RecordKind::Person);
    for line in [1, 3, 4] {
        let bad = Reject {
            origin: "guests.csv".to_owned(),
            line: line as u64,
            field: "born".to_owned(),
            reason: "is no date".to_owned(),
            because_of: None,
            row: format!("secret row {line}"),
        };
        told.rejects.insert(line, bad);
    }
    for _ in 0..2 {
        let report = import(&pair, Box::new(told.clone())).await.expect("an import");
        assert_eq!((report.tally.rows, report.tally.rejected, report.tally.records), (9, 3, 6));
        assert_eq!(report.tally.reasons["born: is no date"], 3);
        let path = report.rejects.expect("a file");
        let rights = std::fs::metadata(&path).expect("its rights").permissions().mode();
        assert_eq!(rights & 0o777, 0o600);
        let lines = std::fs::read_to_string(&path).expect("its lines");
        let lines: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).expect("an object")).collect();
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert_eq!((&lines[1]["line"], &lines[1]["row"]), (&json!(3), &json!("secret row 3")));
    }
    let (_, checkpoint) = n_stored(&pair).await;
    assert!(!checkpoint.expect("a checkpoint").contains("secret"), "a row has left its file");
}
