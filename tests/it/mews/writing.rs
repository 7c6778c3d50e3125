//! What is changed at Mews, and what never is.

use cardex::connectors::{Connector, ConnectorError, NextStep};
use cardex::model::normalise::phone;
use cardex::model::value::{Country, Phone};
use cardex::model::{Document, ExternalId, RecordKind, RemoteRef, Seen, Value, WriteOp, WriteOutcome, keys};
use serde_json::json;
use std::sync::Arc;

use super::connector;
use super::fake::{Fake, Fault};
use crate::connectors::subject::{create, found, update, write_one};
use crate::connectors::values::{email, set, text};

const PERSON: RecordKind = RecordKind::Person;

fn address(typed: &str) -> Seen {
    set(PERSON, &keys::EMAILS, [email(typed)])
}

async fn change(connector: &Arc<dyn Connector>, id: &str, document: Document) -> WriteOp {
    update(&found(connector, RecordKind::Person, &id.into()).await, document)
}

#[tokio::test]
async fn a_batch_is_one_call_and_sets_only_what_it_names() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let ids: Vec<String> = (0..60).map(|n| fake.inside().customer(n)).collect();
    let before = fake.inside().tables.rows("Customers")[0].clone();
    let mobile = phone::read("+34 600 99 88 77", Some(&Country("ES".into()))).expect("a number");
    let mut ops = Vec::new();
    for id in &ids {
        let document = Document::new()
            .with(keys::GIVEN_NAMES, text("Anaïs"))
            .with(keys::SEX, Seen::Empty)
            .with(keys::POSITION, Seen::Empty)
            .with(
                keys::NATIONALITIES,
                set(PERSON, &keys::NATIONALITIES, [Value::Country(Country("PT".into()))]),
            )
            .with(
                keys::PHONES,
                set(PERSON, &keys::PHONES, [Value::Phone(Phone { primary: true, ..mobile.clone() })]),
            );
        ops.push(change(&connector, id, document).await);
    }
    fake.calls();
    let outcomes = connector.write(&ops).await.expect("a write");
    assert!(outcomes.iter().all(|outcome| matches!(outcome, WriteOutcome::Done { stored: None, .. })));
    assert_eq!(fake.calls(), [("accounts/update".to_owned(), 1)].into());
    let after = fake.inside().tables.rows("Customers")[0].clone();
    let mut expected = before;
    expected["FirstName"] = json!("Anaïs");
    expected["Sex"] = json!(null);
    expected["Occupation"] = json!(null);
    expected["NationalityCode"] = json!("PT");
    expected["Phone"] = json!("+34600998877");
    expected["UpdatedUtc"] = after["UpdatedUtc"].clone();
    assert_eq!(after, expected);
}

#[tokio::test]
async fn a_refused_change_stops_its_batch_and_its_reason_holds_no_personal_data() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let [one, other] = [1, 2].map(|n| fake.inside().customer(n));
    let good = change(&connector, &one, Document::new().with(keys::GIVEN_NAMES, text("Anaïs"))).await;
    let taken =
        change(&connector, &other, Document::new().with(keys::EMAILS, address("ana.1@example.com"))).await;
    for ops in [vec![good, taken.clone()], vec![taken]] {
        let error = connector.write(&ops).await.expect_err("the address is somebody else's");
        assert_eq!(error.next_step(), NextStep::Bisect);
        let words = error.to_string();
        assert!(words.contains("already used by another profile") && !words.contains('@'), "{words}");
    }
    assert!(fake.inside().writes.is_empty(), "a batch is carried out as a whole or not at all");
}

#[tokio::test]
async fn a_change_of_a_missing_customer_is_not_found() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let id = fake.inside().customer(1);
    let op = change(&connector, &id, Document::new().with(keys::GIVEN_NAMES, text("Anaïs"))).await;
    fake.inside().delete("Customers", &id);
    assert_eq!(write_one(&connector, op).await, WriteOutcome::NotFound);
}

#[tokio::test]
async fn no_reservation_is_ever_written() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let stays = &connector.capabilities().kinds[&RecordKind::Reservation];
    assert!(!stays.create && stays.fields.values().all(|field| !field.write));
    let stay = {
        let mut inside = fake.inside();
        let holder = inside.customer(1);
        inside.reservation(1, &holder)
    };
    let seen = found(&connector, RecordKind::Reservation, &stay.as_str().into()).await;
    fake.calls();
    let reason = || Document::new().with(keys::CANCEL_REASON, text("because"));
    for op in [update(&seen, reason()), create(RecordKind::Reservation, reason())] {
        assert!(matches!(write_one(&connector, op).await, WriteOutcome::Rejected { .. }));
    }
    assert!(fake.calls().is_empty(), "Mews was asked");
}

#[tokio::test]
async fn a_change_without_an_answer_is_never_taken_for_undone() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let id = fake.inside().customer(1);
    let op = change(&connector, &id, Document::new().with(keys::GIVEN_NAMES, text("Anaïs"))).await;
    fake.fail("accounts/update", [Fault::BrokenAfterwards]);
    let error = connector.write(std::slice::from_ref(&op)).await.expect_err("no answer");
    assert_eq!(error.next_step(), NextStep::Settle);
    let seen = found(&connector, RecordKind::Person, &id.as_str().into()).await;
    assert_eq!(seen.document.value(&keys::GIVEN_NAMES).and_then(Value::as_text), Some("Anaïs"));
    // What lost a race was not done: it is read again and sent again.
    fake.fail("accounts/update", [Fault::Overtaken]);
    let error = connector.write(&[op]).await.expect_err("somebody was faster");
    assert_eq!(error.next_step(), NextStep::RetryAfter(None));
    assert_eq!(fake.inside().writes.get(&id), Some(&1));
}

#[tokio::test]
async fn companies_are_merged_too_and_other_kinds_are_not() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let [keep, lose] = [1, 2].map(|n| ExternalId::new(fake.inside().company(n)));
    connector.merge(RecordKind::Company, &keep, &lose).await.expect("a merge");
    let readings =
        connector.read(&[RemoteRef::new(RecordKind::Company, lose.clone())]).await.expect("a read");
    assert!(format!("{readings:?}").contains("MergedInto"), "{readings:?}");
    let refused = connector.merge(RecordKind::Reservation, &keep, &lose).await;
    assert!(matches!(refused, Err(ConnectorError::Unsupported { .. })));
}
