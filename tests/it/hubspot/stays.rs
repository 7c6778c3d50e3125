//! What a stay is, and that it never stands there without its guest.

use cardex::connectors::{Connector, NextStep, Reading};
use cardex::model::value::{Money, Value};
use cardex::model::{Document, ExternalId, Observation, RemoteRef, Seen, WriteOp, WriteOutcome, keys};
use std::collections::BTreeSet;
use std::sync::Arc;

use super::fake::sort::Sort;
use super::fake::table::By;
use super::fake::{Fake, Fault, TOKEN};
use super::{
    APPOINTMENTS, COMPANY, CUSTOM, DEALS, PERSON, STAY, connector_with, guest, held, id_of, prepared, text,
};
use crate::connectors::subject::{create, done, found, update, write_one};
use crate::connectors::values::{date, reference, word};

/// The two or three ways to keep stays.
const WAYS: [(Sort, &str); 3] =
    [(Sort::Deal, DEALS), (Sort::Appointment, APPOINTMENTS), (Sort::Stay, CUSTOM)];

fn stay(n: u32, holder: &ExternalId) -> Document {
    Document::new()
        .with(keys::PROPERTY, text("ALBA"))
        .with(keys::NUMBER, text(&n.to_string()))
        .with(keys::STATUS, word("confirmed"))
        .with(keys::ARRIVES_ON, date(2031, 5, 1))
        .with(keys::DEPARTS_ON, date(2031, 5, 3))
        .with(keys::TOTAL, Seen::one(Value::Money(Money { amount_minor: 48_050, currency: "EUR".into() })))
        .with(keys::HOLDER, reference(PERSON, holder.as_str()))
}

async fn person(connector: &Arc<dyn Connector>, n: u32) -> ExternalId {
    let op = create(PERSON, guest(&format!("Ana {n}"), "Gil", &format!("g{n}@example.com")));
    done(&write_one(connector, op).await)
}

/// The contacts that a stay belongs to.
fn guests_of(fake: &Fake, sort: Sort, id: &ExternalId) -> BTreeSet<u64> {
    fake.inside().linked((sort, id_of(id)), Sort::Contact).collect()
}

fn holder_of(seen: &Observation) -> Option<String> {
    let Value::Reference(reference) = seen.document.value(&keys::HOLDER)? else { panic!("no reference") };
    reference.remote().map(|holder| holder.external_id.to_string())
}

#[tokio::test]
async fn stays_of_every_sort_are_tied_to_guest_and_company() {
    for (sort, settings) in WAYS {
        let fake = Fake::start().await;
        let connector = connector_with(&fake.url, TOKEN, settings);
        connector.prepare(false).await.expect("the account can be prepared");
        let holder = person(&connector, 1).await;
        let firm = create(COMPANY, Document::new().with(keys::NAME, text("Bodegas")));
        let firm = done(&write_one(&connector, firm).await);
        let op = create(STAY, stay(1, &holder).with(keys::COMPANY, reference(COMPANY, firm.as_str())));
        let key = op.record;
        let id = done(&write_one(&connector, op).await);
        assert_eq!(guests_of(&fake, sort, &id), [id_of(&holder)].into(), "{sort:?}");
        let firms: Vec<u64> = fake.inside().linked((sort, id_of(&id)), Sort::Company).collect();
        assert_eq!(firms, [id_of(&firm)], "{sort:?}");
        assert_eq!(held(&fake, sort, &id, "pms_reservation_key"), Some(key.to_string()));
        assert_eq!(held(&fake, sort, &id, "pms_arrives_on").as_deref(), Some("2031-05-01"));
        let read = found(&connector, STAY, &id).await;
        assert_eq!(holder_of(&read), Some(holder.to_string()), "{sort:?}");
        assert_eq!(read.hub_id, Some(key), "{sort:?}");
    }
}

#[tokio::test]
async fn a_deal_moves_through_the_stages_with_its_status() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let holder = person(&connector, 1).await;
    let id = done(&write_one(&connector, create(STAY, stay(1, &holder))).await);
    assert_eq!(held(&fake, Sort::Deal, &id, "pipeline").as_deref(), Some("default"));
    assert!(held(&fake, Sort::Deal, &id, "amount").is_some_and(|amount| amount.starts_with("480.5")));
    assert!(held(&fake, Sort::Deal, &id, "dealname").is_some());
    for (status, stage) in [
        ("confirmed", "booked"),
        ("in_house", "inhouse"),
        ("checked_out", "closedwon"),
        ("cancelled", "closedlost"),
    ] {
        let seen = found(&connector, STAY, &id).await;
        done(&write_one(&connector, update(&seen, Document::new().with(keys::STATUS, word(status)))).await);
        assert_eq!(held(&fake, Sort::Deal, &id, "dealstage").as_deref(), Some(stage));
        let read = found(&connector, STAY, &id).await;
        assert_eq!(read.document.get(&keys::STATUS), Some(&word(status)), "{status}");
    }
    // Whoever is cancelled stays where he is: nothing is deleted.
    assert_eq!(fake.inside().rows(Sort::Deal).count(), 1);
}

#[tokio::test]
async fn a_hundred_stays_are_a_handful_of_calls() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let mut ops: Vec<WriteOp> = Vec::new();
    for n in 0..10 {
        let holder = person(&connector, n).await;
        ops.extend((0..10).map(|m| create(STAY, stay(10 * n + m, &holder))));
    }
    fake.calls();
    let outcomes = connector.write(&ops).await.expect("a batch");
    let calls = fake.calls();
    assert!(calls.values().sum::<usize>() <= 3, "{calls:?}");
    let ids: Vec<ExternalId> = outcomes.iter().map(done).collect();
    for (n, id) in ids.iter().enumerate() {
        assert_eq!(guests_of(&fake, Sort::Deal, id).len(), 1, "{n}");
    }
    // All of them cancelled: no association is touched.
    let refs: Vec<RemoteRef> = ids.iter().map(|id| RemoteRef::new(STAY, id.clone())).collect();
    fake.calls();
    let readings = connector.read(&refs).await.expect("a read");
    assert!(fake.calls().values().sum::<usize>() <= 3);
    let cancelled = |reading: &Reading| {
        let Reading::Found(seen) = reading else { panic!("{reading:?}") };
        update(seen, Document::new().with(keys::STATUS, word("cancelled")))
    };
    let changes: Vec<WriteOp> = readings.iter().map(cancelled).collect();
    let outcomes = connector.write(&changes).await.expect("a batch");
    assert_eq!(outcomes.iter().map(done).collect::<BTreeSet<_>>(), ids.into_iter().collect());
    assert_eq!(fake.calls(), [("deals/batch/update".to_owned(), 1)].into());
}

#[tokio::test]
async fn a_stay_that_changes_hands_belongs_to_its_new_guest_alone() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let [one, other] = [person(&connector, 1).await, person(&connector, 2).await];
    let id = done(&write_one(&connector, create(STAY, stay(1, &one))).await);
    // Somebody ties a third to it by hand: that is none of the hub's business.
    let friend = person(&connector, 3).await;
    fake.inside().link((Sort::Deal, id_of(&id)), (Sort::Contact, id_of(&friend)), true, By::User);
    let seen = found(&connector, STAY, &id).await;
    assert_eq!(holder_of(&seen), Some(one.to_string()));
    let change = update(&seen, Document::new().with(keys::HOLDER, reference(PERSON, other.as_str())));
    done(&write_one(&connector, change).await);
    assert_eq!(guests_of(&fake, Sort::Deal, &id), [id_of(&other), id_of(&friend)].into());
    assert_eq!(holder_of(&found(&connector, STAY, &id).await), Some(other.to_string()));
}

#[tokio::test]
async fn a_stay_whose_association_failed_is_tied_by_the_next_write() {
    let faults = [
        Fault::Status(503),
        Fault::BrokenAfterwards,
        Fault::CutAfterwards,
        Fault::TooManyCalls(Some("TEN_SECONDLY_ROLLING"), Some(1)),
    ];
    for fault in faults {
        let fake = Fake::start().await;
        let connector = prepared(&fake).await;
        let holder = person(&connector, 1).await;
        for operation in [
            "associations/deals/contacts/batch/create",
            "associations/deals/contacts/batch/associate/default",
        ] {
            fake.fail(operation, [fault.clone()]);
        }
        let op = create(STAY, stay(1, &holder));
        match connector.write(std::slice::from_ref(&op)).await {
            Ok(outcomes) => {
                let is_open = matches!(outcomes[0], WriteOutcome::Unknown | WriteOutcome::Retry { .. });
                assert!(is_open, "{fault:?}: nothing says that its guest is missing: {outcomes:?}");
            }
            Err(error) => {
                let next = error.next_step();
                assert!(matches!(next, NextStep::Settle | NextStep::RetryAfter(_)), "{fault:?}: {error}");
            }
        }
        // The core looks it up, reads it, and sends what is missing.
        let known = connector.find(STAY, &[op.record]).await.expect("a look-up");
        let again = match &known[..] {
            [(_, id)] => {
                let seen = found(&connector, STAY, id).await;
                let is_tied = !guests_of(&fake, Sort::Deal, id).is_empty();
                assert!(
                    is_tied || holder_of(&seen).is_none(),
                    "{fault:?}: it looks as if its guest were there"
                );
                update(&seen, op.document.clone())
            }
            _ => op.clone(),
        };
        let id = done(&write_one(&connector, again).await);
        assert_eq!(guests_of(&fake, Sort::Deal, &id), [id_of(&holder)].into(), "{fault:?}");
        assert_eq!(fake.inside().rows(Sort::Deal).count(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_guest_who_is_gone_costs_his_stay_and_no_other() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let [one, gone] = [person(&connector, 1).await, person(&connector, 2).await];
    fake.inside().archive(Sort::Contact, id_of(&gone), By::User);
    let ops = [create(STAY, stay(1, &one)), create(STAY, stay(2, &gone)), create(STAY, stay(3, &one))];
    let outcomes = connector.write(&ops).await.expect("a batch");
    for n in [0, 2] {
        assert_eq!(guests_of(&fake, Sort::Deal, &done(&outcomes[n])), [id_of(&one)].into());
    }
    assert!(!matches!(outcomes[1], WriteOutcome::Done { .. }), "{:?}", outcomes[1]);
}

#[tokio::test]
async fn a_deal_that_somebody_moved_is_read_with_its_new_status() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let holder = person(&connector, 1).await;
    let id = done(&write_one(&connector, create(STAY, stay(1, &holder))).await);
    let before = found(&connector, STAY, &id).await;
    fake.inside().edit(Sort::Deal, id_of(&id), &serde_json::json!({"dealstage": "noshow"}));
    let after = found(&connector, STAY, &id).await;
    assert_eq!(after.document.get(&keys::STATUS), Some(&word("no_show")));
    assert_ne!(before.source_hash, after.source_hash);
}
