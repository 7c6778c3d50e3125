//! What is written of addresses: rows change and are added, and none is ever deleted.

use cardex::connectors::{Connector, NextStep};
use cardex::model::normalise::address;
use cardex::model::value::{Address, Country};
use cardex::model::{Document, RecordKind, Seen, Value, WriteOp, WriteOutcome, fields, keys};
use serde_json::{Value as Json, json};
use std::sync::Arc;

use super::connector;
use super::fake::{Fake, Fault};
use crate::connectors::subject::{found, update, write_one};
use crate::connectors::values::{set, text};

const PERSON: RecordKind = RecordKind::Person;

/// Addresses of Spanish cities, the first of them the main one.
fn living_in(cities: &[&str]) -> Seen {
    let addresses = cities.iter().enumerate().map(|(place, city)| {
        let spain = Country("ES".into());
        let parts =
            address::Parts {
                street: &["Mayor 1", "2.º"], city, country: Some(&spain), ..Default::default()
            };
        Value::Address(Box::new(Address { primary: place == 0, ..address::read(parts).expect("an address") }))
    });
    set(PERSON, &keys::ADDRESSES, addresses)
}

/// One address, the main one.
pub(super) fn address_of(kind: RecordKind, n: u32) -> Seen {
    let spain = Country("ES".into());
    let street = format!("Mayor {n}");
    let parts = address::Parts {
        street: &[&street, "2.º"],
        city: "Ávila",
        country: Some(&spain),
        ..address::Parts::default()
    };
    let address = Address { primary: true, ..address::read(parts).expect("an address") };
    set(kind, &keys::ADDRESSES, [Value::Address(Box::new(address))])
}

/// A guest with addresses in these cities, the first of them the main one.
fn guest(fake: &Fake, cities: &[&str]) -> String {
    let mut inside = fake.inside();
    let id = inside.customer(1);
    for (place, city) in cities.iter().enumerate() {
        let row = inside.enter(
            "Addresses",
            json!({"AccountId": id, "AccountType": "Customer", "IsActive": true, "Line1": "Mayor 1",
                "Line2": "2.º", "City": city, "CountryCode": "ES", "CountrySubdivisionCode": "ES-MD"}),
        );
        if place == 0 {
            inside.edit("Customers", &id, json!({"AddressId": row}));
        }
    }
    id
}

/// The cities of the rows, oldest first, each with its region.
fn rows(fake: &Fake) -> Vec<(String, Option<String>)> {
    let text = |row: &Json, name: &str| row[name].as_str().map(str::to_owned);
    let inside = fake.inside();
    let rows = inside.tables.rows("Addresses").iter();
    rows.map(|row| (text(row, "City").unwrap_or_default(), text(row, "CountrySubdivisionCode"))).collect()
}

async fn change(connector: &Arc<dyn Connector>, id: &str, document: Document) -> WriteOp {
    update(&found(connector, PERSON, &id.into()).await, document)
}

/// The cities before and those that are wanted; the rows that come of it; how often rows are changed, and added.
type Case = (
    &'static [&'static str],
    &'static [&'static str],
    &'static [(&'static str, Option<&'static str>)],
    [usize; 2],
);

#[tokio::test]
async fn a_new_address_takes_the_row_of_one_that_is_gone_or_gets_one_of_its_own() {
    const REGION: Option<&str> = Some("ES-MD");
    let cases: [Case; 6] = [
        (&[], &["Ávila"], &[("Ávila", None)], [0, 1]),
        (&["Madrid"], &["Ávila"], &[("Ávila", None)], [1, 0]),
        (&["Madrid"], &["Madrid", "Ávila"], &[("Madrid", REGION), ("Ávila", None)], [0, 1]),
        (&["Madrid", "Soria"], &["Madrid", "Ávila"], &[("Madrid", REGION), ("Ávila", None)], [1, 0]),
        // The main address is what the main row holds.
        (&["Madrid", "Soria"], &["Soria", "Madrid"], &[("Soria", None), ("Madrid", None)], [1, 0]),
        (
            &["Madrid", "Soria"],
            &["Ávila", "Lugo", "Madrid"],
            &[("Ávila", None), ("Madrid", None), ("Lugo", None)],
            [1, 1],
        ),
    ];
    for (before, wanted, expected, calls) in cases {
        let fake = Fake::start().await;
        let connector = connector(&fake);
        let id = guest(&fake, before);
        let op = change(&connector, &id, Document::new().with(keys::ADDRESSES, living_in(wanted))).await;
        fake.calls();
        let outcome = write_one(&connector, op).await;
        assert!(matches!(outcome, WriteOutcome::Done { stored: None, .. }), "{wanted:?}: {outcome:?}");
        let made = fake.calls();
        let count = |operation| made.get(operation).copied().unwrap_or_default();
        assert_eq!([count("addresses/update"), count("addresses/add")], calls, "{before:?} to {wanted:?}");
        assert_eq!(count("accounts/update") + count("addresses/delete"), 0);
        let expected: Vec<_> =
            expected.iter().map(|(city, code)| ((*city).to_owned(), code.map(str::to_owned))).collect();
        let mut held = rows(&fake);
        held.sort_by_key(|row| expected.iter().position(|other| other == row));
        assert_eq!(held, expected, "{before:?} to {wanted:?}");
        let seen = found(&connector, PERSON, &id.as_str().into()).await.document;
        let form = &connector.capabilities().kinds[&PERSON].fields[&keys::ADDRESSES].form;
        let registry = fields::standard();
        let field = registry.field(PERSON, &keys::ADDRESSES).expect("the field exists");
        let held = seen.get(&keys::ADDRESSES).expect("addresses");
        assert!(form.equivalent(field, held, &living_in(wanted)), "{before:?} to {wanted:?}: {held:?}");
    }
}

#[tokio::test]
async fn an_address_that_is_gone_elsewhere_stays_and_its_reason_is_told() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let id = guest(&fake, &["Madrid", "Soria"]);
    for wanted in [&["Madrid"][..], &[]] {
        let op = change(&connector, &id, Document::new().with(keys::ADDRESSES, living_in(wanted))).await;
        let outcome = write_one(&connector, op).await;
        let WriteOutcome::Rejected { field, why } = outcome else { panic!("{outcome:?}") };
        assert_eq!(field, Some(keys::ADDRESSES));
        assert!(why.contains("deletes none"), "{why}");
    }
    assert_eq!(rows(&fake).len(), 2);
    assert!(fake.inside().writes.is_empty());
}

#[tokio::test]
async fn addresses_that_somebody_has_changed_meanwhile_are_read_first() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let id = guest(&fake, &["Madrid"]);
    let op = change(&connector, &id, Document::new().with(keys::ADDRESSES, living_in(&["Ávila"]))).await;
    let row = fake.inside().tables.rows("Addresses")[0]["Id"].as_str().expect("an id").to_owned();
    fake.inside().edit("Addresses", &row, json!({"City": "Toledo"}));
    assert_eq!(write_one(&connector, op).await, WriteOutcome::Stale);
    assert_eq!(rows(&fake)[0].0, "Toledo");
    let gone = change(&connector, &id, Document::new().with(keys::ADDRESSES, living_in(&["Ávila"]))).await;
    fake.inside().delete("Customers", &id);
    assert_eq!(write_one(&connector, gone).await, WriteOutcome::NotFound);
}

#[tokio::test]
async fn what_is_there_already_is_told_at_once() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let id = guest(&fake, &["Madrid", "Soria"]);
    let seen = found(&connector, PERSON, &id.as_str().into()).await;
    let there = living_in(&["Madrid", "Soria"]);
    let outcome = write_one(&connector, update(&seen, Document::new().with(keys::ADDRESSES, there))).await;
    let WriteOutcome::Done { stored: Some(stored), .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(stored.get(&keys::ADDRESSES), seen.document.get(&keys::ADDRESSES));
    assert!(fake.inside().writes.is_empty());
}

#[tokio::test]
async fn a_refused_address_does_not_hold_back_the_rest() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let [one, other] = [guest(&fake, &["Madrid"]), guest(&fake, &[])];
    let moved = |city: &str| {
        Document::new().with(keys::GIVEN_NAMES, text("Anaïs")).with(keys::ADDRESSES, living_in(&[city]))
    };
    let ops =
        [change(&connector, &one, moved("Lugo")).await, change(&connector, &other, moved("Vigo")).await];
    fake.fail(
        "addresses/add",
        [Fault::Forbidden("no more addresses"), Fault::Forbidden("no more addresses")],
    );
    let error = connector.write(&ops).await.expect_err("one of them is refused");
    assert_eq!(error.next_step(), NextStep::Bisect);
    // What was done of the first one shows as it is read before it is written again.
    let [first, second] = ops;
    assert_eq!(write_one(&connector, first).await, WriteOutcome::Stale);
    let outcome = write_one(&connector, second).await;
    let WriteOutcome::Rejected { field: Some(field), why } = outcome else { panic!("{outcome:?}") };
    assert!(field == keys::ADDRESSES && why.contains("no more addresses"), "{why}");
    let names =
        fake.inside().tables.rows("Customers").iter().map(|row| row["FirstName"].clone()).collect::<Vec<_>>();
    assert_eq!(names, ["Anaïs", "Anaïs"]);
}

#[tokio::test]
async fn addresses_without_an_answer_are_found_out_by_reading() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let id = guest(&fake, &[]);
    let op = change(&connector, &id, Document::new().with(keys::ADDRESSES, living_in(&["Lugo"]))).await;
    fake.fail("addresses/add", [Fault::BrokenAfterwards]);
    let error = connector.write(std::slice::from_ref(&op)).await.expect_err("no answer");
    assert_eq!(error.next_step(), NextStep::Settle);
    assert_eq!(write_one(&connector, op).await, WriteOutcome::Stale, "it is there already");
    assert_eq!(rows(&fake).len(), 1);
}
