//! Guests and companies that are made in Mews: nobody is overwritten, nobody is made twice.

use cardex::connectors::NextStep;
use cardex::model::{Document, RecordKind, Seen, WriteOp, WriteOutcome, keys};
use chrono::TimeDelta;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

use super::addresses::address_of;
use super::consents::{PHOTO, consents};
use super::fake::{ACCESS_TOKEN, Fake, Fault, stamp};
use super::{connector, connector_with};
use crate::connectors::subject::{create, done, found, write_one};
use crate::connectors::values::{date, email, phone, set, text, word};

const PERSON: RecordKind = RecordKind::Person;
const COMPANY: RecordKind = RecordKind::Company;

/// A guest with everything that is written of one.
pub(super) fn guest(n: u32) -> Document {
    Document::new()
        .with(keys::SURNAME, text("Núñez"))
        .with(keys::GIVEN_NAMES, text(&format!("Ana {n}")))
        .with(keys::SEX, word("female"))
        .with(keys::BIRTH_DATE, date(1980, 2, 29))
        .with(keys::TAX_ID, text("12345678Z"))
        .with(keys::POSITION, Seen::Empty)
        .with(keys::EMAILS, set(PERSON, &keys::EMAILS, [email(&format!("ana.{n}@example.com"))]))
        .with(keys::PHONES, set(PERSON, &keys::PHONES, [phone("+34600998877")]))
        .with(keys::ADDRESSES, address_of(PERSON, n))
        .with(keys::CONSENTS, consents(&[PHOTO]))
}

/// A company with everything that is written of one.
pub(super) fn firm(n: u32) -> Document {
    Document::new()
        .with(keys::NAME, text(&format!("Bodegas {n}")))
        .with(keys::TAX_ID, text("B12345678"))
        .with(keys::WEB, text("https://bodegas.example"))
        .with(keys::EMAILS, set(COMPANY, &keys::EMAILS, [email("office@example.com")]))
        .with(keys::PHONES, set(COMPANY, &keys::PHONES, [phone("+34911222333")]))
        .with(keys::ADDRESSES, address_of(COMPANY, n))
}

#[tokio::test]
async fn every_default_that_could_do_harm_is_named() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let (person, company) = (create(PERSON, guest(1)), create(COMPANY, firm(1)));
    let marks = [&person, &company].map(|op| format!("cardex:{}", op.record));
    for op in [person, company] {
        done(&write_one(&connector, op).await);
    }
    let inside = fake.inside();
    let customer = &inside.tables.rows("Customers")[0];
    assert_eq!(customer["Options"], json!(["GuestPhotoConsent"]));
    assert_eq!((&customer["Notes"], &customer["Classifications"]), (&json!(marks[0]), &json!([])));
    let company = &inside.tables.rows("Companies")[0];
    let nothing =
        json!({"Invoiceable": false, "AddFeesToInvoices": false, "AddTaxDeductedPaymentToInvoices": false});
    assert_eq!((&company["Options"], &company["ExternalIdentifier"]), (&nothing, &json!(marks[1])));
}

#[tokio::test]
async fn the_mark_of_a_guest_is_none_of_his_notes() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let op = create(PERSON, guest(1));
    let (record, id) = (op.record, done(&write_one(&connector, op).await));
    let notes = |seen: &Document| seen.get(&keys::NOTES).map(|notes| notes.values().count());
    assert_eq!(notes(&found(&connector, PERSON, &id).await.document), Some(0));
    let edited = format!("Likes room 7\ncardex:{record}");
    fake.inside().edit("Customers", id.as_str(), json!({"Notes": edited}));
    let seen = found(&connector, PERSON, &id).await;
    assert_eq!((notes(&seen.document), seen.hub_id), (Some(1), Some(record)));
    assert!(!format!("{:?}", seen.document).contains(&record.to_string()), "the mark is shown");
}

#[tokio::test]
async fn a_guest_with_somebody_s_address_is_refused_and_nobody_is_overwritten() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    fake.inside().customer(1);
    let before = fake.inside().tables.rows("Customers").to_vec();
    let outcome = write_one(&connector, create(PERSON, guest(1))).await;
    let WriteOutcome::Rejected { field: None, why } = outcome else { panic!("{outcome:?}") };
    assert!(why.contains("already exists") && !why.contains('@'), "{why}");
    assert_eq!(fake.inside().tables.rows("Customers"), before);
}

#[tokio::test]
async fn what_was_made_without_an_answer_is_found_by_the_hub_s_id() {
    // Without an address nothing but the mark keeps a guest from being made twice.
    let nameless = guest(1).with(keys::EMAILS, Seen::Empty);
    for (op, operation) in
        [(create(PERSON, nameless), "customers/add"), (create(COMPANY, firm(1)), "companies/add")]
    {
        let fake = Fake::start().await;
        let connector = connector_with(&fake.url, ACCESS_TOKEN, "page_size = 10");
        {
            let mut inside = fake.inside();
            (0..5).for_each(|n| drop((inside.customer(n), inside.company(n))));
        }
        fake.fail(operation, [Fault::Broken, Fault::BrokenAfterwards]);
        for is_made in [false, true] {
            let error = connector.write(std::slice::from_ref(&op)).await.expect_err("no answer");
            assert_eq!(error.next_step(), NextStep::Settle, "{operation}");
            let ids = [op.record, create(PERSON, Document::new()).record];
            let hits = connector.find(op.kind, &ids).await.expect("a look-up");
            assert_eq!(hits.len(), usize::from(is_made), "{operation}");
        }
        // Others have come since; what is found is read, and carries the id.
        {
            let mut inside = fake.inside();
            (10..35).for_each(|n| drop((inside.customer(n), inside.company(n))));
        }
        let hits = connector.find(op.kind, &[op.record]).await.expect("a look-up");
        let [(record, id)] = &hits[..] else { panic!("{operation}: {hits:?}") };
        assert_eq!(*record, op.record);
        assert_eq!(found(&connector, op.kind, id).await.hub_id, Some(op.record));
    }
}

#[tokio::test]
async fn a_guest_is_looked_for_as_far_back_as_mews_lists_at_once() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let op = create(PERSON, guest(1));
    let id = done(&write_one(&connector, op.clone()).await);
    let now = fake.inside().now();
    for (days, is_found) in [(88, true), (100, false)] {
        let made = stamp(now - TimeDelta::days(days));
        fake.inside().tables.row_mut("Customers", id.as_str()).expect("a row")["CreatedUtc"] = json!(made);
        let hits = connector.find(PERSON, &[op.record]).await.expect("a look-up");
        assert_eq!(!hits.is_empty(), is_found, "{days} days");
    }
}

#[tokio::test]
async fn those_made_before_a_failure_are_told_and_the_others_wait() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let ops: Vec<WriteOp> = (0..4).map(|n| create(PERSON, guest(n))).collect();
    fake.inside().limit = Some((2, Duration::from_mins(1)));
    let outcomes = connector.write(&ops).await.expect("what was made is told");
    let made: BTreeSet<_> = outcomes[..2].iter().map(done).collect();
    assert_eq!(made.len(), 2);
    let retry = WriteOutcome::Retry { after: None };
    assert_eq!(outcomes[2..], [retry.clone(), retry]);
    let error = connector.write(&ops[2..]).await.expect_err("nothing was made");
    assert_eq!(error.next_step(), NextStep::RetryAfter(None));
    assert_eq!(fake.inside().tables.rows("Customers").len(), 2);
}
