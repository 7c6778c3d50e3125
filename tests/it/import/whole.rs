//! A whole cardex comes over once, quietly; telling it again changes nothing.

use serde_json::json;

use super::rig::{by_interface, held, import, n_stored};
use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::{EMPTY, Pair, fields};
use cardex::demo::cardex::Size;

/// A hotel with guests, and a CRM without people.
const HOTEL: Size = Size { subscribers: 0, ..Size::SMALL };

on_both_databases!(
    a_whole_cardex_is_imported_once_and_quietly,
    second_run_of_the_same_history_stores_nothing,
    history_raises_no_consent
);

async fn a_whole_cardex_is_imported_once_and_quietly(backend: Backend) {
    let pair = Pair::open(backend, HOTEL).await;
    let report = import(&pair, by_interface(&pair)).await.expect("an import");
    let tally = &report.tally;
    let there: usize =
        ["company", "agency", "person", "reservation"].iter().map(|kind| pair.hotel().rows(kind).len()).sum();
    assert_eq!((tally.rows, tally.records, tally.applied), (there as u64, there as u64, there as u64));
    assert_eq!((tally.new, tally.rejected, tally.waiting), (there as u64, 0, 0), "{tally:?}");
    assert!(report.held.is_empty() && !report.resumed && report.rejects.is_none());
    assert_eq!(held(&pair).await.len(), there);

    pair.settle().await;
    let (persons, stays) = (pair.crm().rows("person"), pair.crm().rows("reservation"));
    assert_eq!(persons.len(), pair.hotel().rows("person").len(), "every guest is at the CRM once");
    assert_eq!(stays.len(), pair.hotel().rows("reservation").len());
    assert_eq!(pair.crm().ledger().duplicate_creates(), Vec::<String>::new());
    assert_eq!(pair.crm().n_loud_writes(), 0, "history must start no automation");
    assert_eq!(pair.hotel().ledger().n_writes(), 0, "nothing had to be written at the hotel");
}

async fn second_run_of_the_same_history_stores_nothing(backend: Backend) {
    let pair = Pair::open(backend, HOTEL).await;
    let first = import(&pair, by_interface(&pair)).await.expect("an import").tally;
    let before = n_stored(&pair).await;
    let second = import(&pair, by_interface(&pair)).await.expect("an import").tally;
    assert_eq!((second.rows, second.unchanged, second.applied), (first.rows, first.records, 0), "{second:?}");
    assert_eq!(n_stored(&pair).await, before);

    // What is new at the hotel is taken, and only that.
    let guest = json!({"surname": "García", "given_names": "Ana"});
    pair.hotel().create("person", "reception", fields(guest));
    let third = import(&pair, by_interface(&pair)).await.expect("an import").tally;
    assert_eq!((third.rows, third.applied, third.new), (first.rows + 1, 1, 1), "{third:?}");
    assert_ne!(n_stored(&pair).await, before);
}

async fn history_raises_no_consent(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    let consent =
        json!({"purpose": "marketing", "channel": "email", "address": "ana@example.com", "state": "granted"});
    let guest = json!({"surname": "García", "given_names": "Ana", "consents": [consent]});
    let guest = pair.hotel().create("person", "reception", fields(guest));
    let tally = import(&pair, by_interface(&pair)).await.expect("an import").tally;
    assert_eq!(tally.fields["person.consents"].taken, 0, "{tally:?}");
    pair.settle().await;
    let person = pair.crm().rows("person").remove(0);
    assert_eq!(person.fields["surname"], "García");
    let text = person.fields.get("consents").map(ToString::to_string).unwrap_or_default();
    assert!(!text.contains("granted"), "history gave a consent: {text}");
    let kept = pair.hotel().row("person", &guest).expect("the guest");
    assert_eq!(kept.fields["consents"][0]["state"], "granted", "the hotel's own word stands");
}
