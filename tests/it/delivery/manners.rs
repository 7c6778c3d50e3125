//! Every bad manner of a vendor: what was sent is delivered once, what is refused is parked with its reason, and
//! nothing else waits for it.

use serde_json::json;

use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::{EMPTY, Pair, fields};
use cardex::demo::manners::{Call, Fault};
use cardex::store::QueueFilter;

on_both_databases!(
    every_fault_ends_in_one_record_each,
    poisoned_record_is_parked_alone,
    refused_field_holds_back_nothing_else,
    silent_answers_are_read_back,
);

/// Enters some guests at the hotel.
fn enter(pair: &Pair, count: usize) {
    for number in 0..count {
        let guest = json!({"surname": format!("Huésped {number}"), "given_names": "Ana",
            "emails": [{"address": format!("g{number}@example.com"), "primary": true}]});
        pair.hotel().create("person", "reception", fields(guest));
    }
}

async fn every_fault_ends_in_one_record_each(backend: Backend) {
    let faults = [
        Fault::TooManyCalls(None),
        Fault::TooManyCalls(Some("1".to_owned())),
        Fault::Unavailable,
        Fault::HalfFailed,
        Fault::BatchRefused,
        Fault::ErrorAfterCommit,
        Fault::CutAfterCommit,
        Fault::CutBeforeCommit,
        Fault::Html,
    ];
    let pair = Pair::open(backend, EMPTY).await;
    for (number, fault) in faults.iter().enumerate() {
        enter(&pair, 7);
        pair.crm().expect(Call::Write, fault, 2);
        for _ in 0..30 {
            pair.cycle().await;
            if pair.crm().rows("person").len() == 7 * (number + 1) && pair.pending().await == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert_eq!(pair.crm().rows("person").len(), 7 * (number + 1), "after {fault:?}");
        assert_eq!(pair.crm().ledger().duplicate_creates(), Vec::<String>::new(), "after {fault:?}");
    }
    pair.settle().await;
    let writes = pair.crm().ledger().n_writes();
    pair.settle().await;
    assert_eq!(pair.crm().ledger().n_writes(), writes);
}

async fn poisoned_record_is_parked_alone(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    enter(&pair, 30);
    pair.hotel().create("person", "reception", fields(json!({"surname": "Veneno", "given_names": "Vera"})));
    pair.crm().set_quirks(|quirks| quirks.refused_text = Some("Veneno".to_owned()));
    pair.settle().await;
    assert_eq!(pair.crm().rows("person").len(), 30);
    let filter = QueueFilter { parked_only: true, ..QueueFilter::default() };
    let parked = pair.hub.store.queue_list(&filter, pair.hub.clock.now()).await.expect("the queue");
    assert_eq!(parked.len(), 1);
    assert!(parked[0].reason.as_ref().is_some_and(|reason| !reason.is_empty() && !reason.contains("Veneno")));
}

async fn refused_field_holds_back_nothing_else(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    enter(&pair, 1);
    pair.settle().await;
    let guest = pair.hotel().rows("person").remove(0);
    pair.crm().set_quirks(|quirks| {
        quirks.refused.insert("person.phones".to_owned());
    });
    let edit = json!({"phones": [{"e164": "+34600112233", "typed": "600112233"}], "language": "fr"});
    assert!(pair.hotel().edit("person", &guest.id, "reception", fields(edit)));
    pair.settle().await;
    let there = pair.crm().rows("person").remove(0);
    assert_eq!(there.fields.get("language"), Some(&json!("fr")));
    assert!(!there.fields.contains_key("phones"));
}

async fn silent_answers_are_read_back(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    pair.crm().set_quirks(|quirks| quirks.silent_answers = true);
    enter(&pair, 5);
    pair.settle().await;
    assert_eq!(pair.crm().rows("person").len(), 5);
    let writes = pair.crm().ledger().n_writes();
    pair.settle().await;
    let created =
        ["company", "agency", "person"].map(|kind| pair.crm().rows(kind).len()).iter().sum::<usize>();
    assert_eq!((writes, pair.crm().ledger().n_writes()), (created, created), "one write each, and no other");
}
