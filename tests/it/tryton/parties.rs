//! Persons and companies as parties: written once, read back as sent, changed only where something differs.

use cardex::connectors::Reading;
use cardex::model::normalise::{email, phone};
use cardex::model::value::{Address, Choice, Country, Language};
use cardex::model::{
    Document, ExternalId, RecordKind, Reference, RemoteRef, Seen, Value, WriteOutcome, keys,
};
use chrono::NaiveDate;
use serde_json::json;

use super::{RELEASES, create, new_id, normal, prepared, read_one, set, text, update, write_one, written};
use crate::support::tryton::Tryton;
use crate::support::tryton::meter::Fault;

const PERSON: RecordKind = RecordKind::Person;

fn an_email(address: &str, label: Option<&str>, primary: bool) -> Value {
    let read = email::read(address, &email::Relays::default()).expect("it is an address");
    Value::Email(cardex::model::value::Email { label: label.map(Into::into), primary, ..read })
}

fn a_phone(number: &str, label: Option<&str>) -> Value {
    let read = phone::read(number, Some(&Country("ES".into()))).expect("it is a number");
    Value::Phone(cardex::model::value::Phone { label: label.map(Into::into), ..read })
}

fn an_address(street: &str, city: &str) -> Value {
    Value::Address(Box::new(Address {
        street: street.to_owned(),
        city: city.to_owned(),
        postal_code: "41001".to_owned(),
        country: Some(Country("ES".into())),
        ..Address::default()
    }))
}

fn loyalty(number: &str) -> Value {
    let part = |text: &str| Value::Text(text.to_owned());
    Value::entry([("programme".into(), part("Stars; and \"stripes\"")), ("number".into(), part(number))])
}

/// A person with something in every field that Tryton holds, references aside.
fn ana() -> Document {
    Document::new()
        .with(keys::SURNAME, text("de la Cruz"))
        .with(keys::SECOND_SURNAME, text("López"))
        .with(keys::GIVEN_NAMES, text("Ana María"))
        .with(
            keys::EMAILS,
            set(
                PERSON,
                &keys::EMAILS,
                [an_email("Ana@example.com", None, false), an_email("work@example.com", Some("work"), true)],
            ),
        )
        .with(
            keys::PHONES,
            set(
                PERSON,
                &keys::PHONES,
                [
                    a_phone("600 11 12 22", Some("mobile")),
                    a_phone("+34955123456", None),
                    a_phone("955 1", None),
                ],
            ),
        )
        .with(
            keys::ADDRESSES,
            set(PERSON, &keys::ADDRESSES, [an_address("Calle Sierpes 1\n2º B", "Sevilla")]),
        )
        .with(keys::LANGUAGE, Seen::one(Value::Language(Language("es".into()))))
        .with(keys::TAX_ID, text("12345678Z"))
        .with(keys::TAGS, set(PERSON, &keys::TAGS, [Value::Text("Golf".into()), Value::Text("Spa".into())]))
        .with(keys::BIRTH_DATE, Seen::one(Value::Date(NaiveDate::from_ymd_opt(1980, 2, 29).expect("a date"))))
        .with(keys::TITLE, text("Dra."))
        .with(keys::NATIONALITIES, set(PERSON, &keys::NATIONALITIES, [Value::Country(Country("ES".into()))]))
        .with(keys::LOYALTY_NUMBERS, set(PERSON, &keys::LOYALTY_NUMBERS, [loyalty("1"), loyalty("0002")]))
}

#[tokio::test]
async fn person_is_created_once_and_read_back_as_sent() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let record = new_id();
        let (id, version, stored) = written(&*connector, create(PERSON, record, ana())).await;
        let expected = normal(&*connector, PERSON, &ana());
        assert_eq!(normal(&*connector, PERSON, &stored), expected, "{release:?}");
        let seen = read_one(&*connector, PERSON, &id).await;
        assert_eq!(seen.hub_id, Some(record));
        assert_eq!(seen.source_version, version);
        let kept = tryton.client().mechanisms(id.as_str().parse().expect("an id is a number"));
        assert_eq!(kept.len(), 5, "{release:?}: {kept:?}");
        assert_eq!(tryton.client().parties_named("de la Cruz\u{a0}López, Ana María").len(), 1);
        let again = write_one(&*connector, create(PERSON, record, ana())).await;
        assert_eq!(again, WriteOutcome::Exists { external_id: id.clone() });
        assert_eq!(connector.find(PERSON, &[record, new_id()]).await.expect("it answers"), [(record, id)]);
    }
}

#[tokio::test]
async fn echo_of_a_write_causes_no_write() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let record = new_id();
        let (id, ..) = written(&*connector, create(PERSON, record, ana())).await;
        let seen = read_one(&*connector, PERSON, &id).await;
        tryton.meter().reset();
        written(&*connector, update(&seen, record, ana())).await;
        assert_eq!(tryton.meter().writes(), [""; 0], "{release:?}");
    }
}

#[tokio::test]
async fn edits_keep_their_rows_and_what_goes_is_archived() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let record = new_id();
        let (id, ..) = written(&*connector, create(PERSON, record, ana())).await;
        let party: i64 = id.as_str().parse().expect("an id is a number");
        let client = tryton.client();
        let row = client.mechanism(party, "Ana@example.com").expect("it is there");
        let seen = read_one(&*connector, PERSON, &id).await;
        let emails =
            |values: Vec<Value>| Document::new().with(keys::EMAILS, set(PERSON, &keys::EMAILS, values));
        let changed = emails(vec![
            an_email("ana@example.org", None, false),
            an_email("work@example.com", Some("work"), true),
        ]);
        written(&*connector, update(&seen, record, changed)).await;
        assert_eq!(client.mechanism(party, "ana@example.org"), Some(row), "{release:?}: the row was edited");
        let seen = read_one(&*connector, PERSON, &id).await;
        let (.., stored) = written(&*connector, update(&seen, record, emails(vec![]))).await;
        assert_eq!(stored.get(&keys::EMAILS), Some(&Seen::set([])));
        let mails = || -> Vec<(String, bool)> {
            let rows = client.mechanisms(party).into_iter().filter(|(kind, ..)| kind == "email");
            rows.map(|(_, value, active)| (value, active)).collect()
        };
        assert_eq!(mails().len(), 2, "nothing is deleted");
        assert!(mails().iter().all(|(_, active)| !active), "{release:?}: {:?}", mails());
        let seen = read_one(&*connector, PERSON, &id).await;
        written(&*connector, update(&seen, record, emails(vec![an_email("ana@example.org", None, false)])))
            .await;
        assert_eq!(client.mechanism(party, "ana@example.org"), Some(row), "{release:?}: the row came back");
        assert_eq!(mails().len(), 2);
    }
}

#[tokio::test]
async fn numbers_that_change_often_keep_their_rows_and_types() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let record = new_id();
        let phones =
            |values: Vec<Value>| Document::new().with(keys::PHONES, set(PERSON, &keys::PHONES, values));
        let mobile = |number: u32| a_phone(&format!("60011120{number}"), Some("mobile"));
        let desk = |number: u32| a_phone(&format!("95512345{number}"), Some("desk"));
        let named = phones(vec![mobile(0), desk(0)]).with(keys::SURNAME, text("García"));
        let (id, ..) = written(&*connector, create(PERSON, record, named)).await;
        let party: i64 = id.as_str().parse().expect("an id is a number");
        let client = tryton.client();
        let row = |number: &str| client.mechanism(party, number);
        let rows = (row("+34600111200"), row("+34955123450"));
        for number in 1..5 {
            let seen = read_one(&*connector, PERSON, &id).await;
            // The type decides which row is which, not the order.
            let both = if number % 2 == 0 {
                vec![mobile(number), desk(number)]
            } else {
                vec![desk(number), mobile(number)]
            };
            let (.., stored) = written(&*connector, update(&seen, record, phones(both.clone()))).await;
            assert_eq!(normal(&*connector, PERSON, &stored), normal(&*connector, PERSON, &phones(both)));
            let now = (row(&format!("+3460011120{number}")), row(&format!("+3495512345{number}")));
            assert_eq!(now, rows, "{release:?}: edit {number}");
            assert_eq!(client.mechanisms(party).len(), 2, "{release:?}: none piles up");
        }
    }
}

#[tokio::test]
async fn names_survive_whatever_their_parts() {
    let tryton = Tryton::start(RELEASES[0]);
    let connector = prepared(&tryton).await;
    for (given, surname, second, shown) in [
        ("Ana", "García", "", "Ana García"),
        ("Ana María", "García", "", "Ana María García"),
        ("Ana", "de la Cruz", "", "Ana de la Cruz"),
        ("", "García", "", "García"),
        ("", "de la Cruz", "", "de la Cruz,"),
        ("", "García Márquez", "", "García Márquez,"),
        ("Gabriel", "García Márquez", "", "García Márquez, Gabriel"),
        ("Gabriel", "García", "Márquez", "García\u{a0}Márquez, Gabriel"),
        ("Martin", "King, Jr", "", "King\u{ff0c} Jr, Martin"),
    ] {
        let part = |part: &str| if part.is_empty() { Seen::Empty } else { text(part) };
        let document = Document::new()
            .with(keys::GIVEN_NAMES, part(given))
            .with(keys::SURNAME, part(surname))
            .with(keys::SECOND_SURNAME, part(second));
        let (id, _, stored) = written(&*connector, create(PERSON, new_id(), document.clone())).await;
        assert_eq!(stored, document, "{shown}");
        let party = tryton.client().get("party.party", id.as_str().parse().expect("a number"), &["name"]);
        assert_eq!(party.expect("it exists")["name"], shown);
    }
}

#[tokio::test]
async fn batch_is_one_call() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let named = |number: usize| Document::new().with(keys::SURNAME, text(&format!("Guest{number}")));
        let ops: Vec<_> = (0..100).map(|number| create(PERSON, new_id(), named(number))).collect();
        let outcomes = connector.write(&ops).await.expect("the batch is taken");
        assert!(outcomes.iter().all(|outcome| matches!(outcome, WriteOutcome::Done { .. })));
        assert_eq!(tryton.meter().writes(), ["model.party.party.create"], "{release:?}");
        assert_eq!(tryton.client().count("party.party", &json!([["name", "like", "Guest%"]])), 100);
    }
}

#[tokio::test]
async fn write_that_rests_on_an_older_party_is_stale() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let record = new_id();
        let (id, ..) = written(&*connector, create(PERSON, record, ana())).await;
        let party: i64 = id.as_str().parse().expect("an id is a number");
        let client = tryton.client();
        let wanted = Document::new().with(keys::SURNAME, text("Ruiz"));
        let seen = read_one(&*connector, PERSON, &id).await;
        let mechanism = client.mechanism(party, "work@example.com").expect("it is there");
        client.write("party.contact_mechanism", mechanism, &json!({"value": "desk@example.com"}));
        let outcome = write_one(&*connector, update(&seen, record, wanted.clone())).await;
        assert_eq!(outcome, WriteOutcome::Stale, "{release:?}: an edited child");
        let seen = read_one(&*connector, PERSON, &id).await;
        client.delete("party.contact_mechanism", mechanism);
        let outcome = write_one(&*connector, update(&seen, record, wanted.clone())).await;
        assert_eq!(outcome, WriteOutcome::Stale, "{release:?}: a deleted child");
        let seen = read_one(&*connector, PERSON, &id).await;
        written(&*connector, update(&seen, record, wanted)).await;
    }
}

#[tokio::test]
async fn lost_answer_of_a_create_is_settled_by_hub_id() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let record = new_id();
        let mut ana = ana();
        // Tags would be written first.
        ana.remove(&keys::TAGS);
        tryton.meter().spoil_write(Fault::LoseAnswer);
        let error =
            connector.write(&[create(PERSON, record, ana.clone())]).await.expect_err("no answer came");
        assert_eq!(error.next_step(), cardex::connectors::NextStep::Settle, "{release:?}: {error}");
        let found = connector.find(PERSON, &[record]).await.expect("it answers");
        assert_eq!(found.len(), 1, "{release:?}: it was created all the same");
        let again = write_one(&*connector, create(PERSON, record, ana)).await;
        assert_eq!(again, WriteOutcome::Exists { external_id: found[0].1.clone() });
        let carriers =
            tryton.client().count("party.identifier", &json!([["code", "=", format!("cardex:{record}")]]));
        assert_eq!(carriers, 1);
    }
}

#[tokio::test]
async fn relations_show_on_both_sides_and_are_made_once() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let named = |name: &str| Document::new().with(keys::SURNAME, text(name));
        let (ana, luis) = (new_id(), new_id());
        let (ana_id, ..) = written(&*connector, create(PERSON, ana, named("Ana"))).await;
        let (luis_id, ..) = written(&*connector, create(PERSON, luis, named("Luis"))).await;
        let related = |word: &str, id: &ExternalId| {
            let person = Value::Reference(Reference::Remote(PERSON, id.clone()));
            let word = Value::Choice(Choice::Known(word.into()));
            let entry = Value::entry([("type".into(), word), ("person".into(), person)]);
            Document::new().with(keys::RELATIONS, set(PERSON, &keys::RELATIONS, [entry]))
        };
        let seen_ana = read_one(&*connector, PERSON, &ana_id).await;
        let seen_luis = read_one(&*connector, PERSON, &luis_id).await;
        let both = [
            update(&seen_ana, ana, related("parent", &luis_id)),
            update(&seen_luis, luis, related("child", &ana_id)),
        ];
        connector.write(&both).await.expect("the batch is taken");
        assert_eq!(
            tryton.client().count("party.relation.all", &json!([])),
            2,
            "{release:?}: one, seen from both sides"
        );
        let seen = read_one(&*connector, PERSON, &luis_id).await;
        assert_eq!(seen.document.get(&keys::RELATIONS), related("child", &ana_id).get(&keys::RELATIONS));
    }
}

#[tokio::test]
async fn company_is_told_by_its_category() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let company = Document::new()
            .with(keys::NAME, text("Acme, S.L."))
            .with(keys::WEB, text("https://acme.example.com"))
            .with(keys::TAX_ID, text("B12345678"));
        let (id, _, stored) =
            written(&*connector, create(RecordKind::Company, new_id(), company.clone())).await;
        assert_eq!(stored, company, "{release:?}");
        let (person, ..) = written(&*connector, create(PERSON, new_id(), ana())).await;
        let refs = [RemoteRef::new(PERSON, id.clone()), RemoteRef::new(RecordKind::Company, person.clone())];
        let readings = connector.read(&refs).await.expect("it answers");
        assert!(readings.iter().all(|reading| matches!(reading, Reading::OutOfScope(_))), "{readings:?}");
        let contact = |id: &ExternalId, role: &str| {
            let person = Value::Reference(Reference::Remote(PERSON, id.clone()));
            Value::entry([("person".into(), person), ("role".into(), Value::Text(role.to_owned()))])
        };
        let seen = read_one(&*connector, RecordKind::Company, &id).await;
        let contacts = Document::new().with(
            keys::CONTACT_PERSONS,
            set(RecordKind::Company, &keys::CONTACT_PERSONS, [contact(&person, "Travel manager")]),
        );
        let (.., stored) = written(&*connector, update(&seen, new_id(), contacts.clone())).await;
        assert_eq!(stored, contacts, "{release:?}");
    }
}

#[tokio::test]
async fn every_party_is_enumerated_with_the_digest_of_a_read() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let (id, ..) = written(&*connector, create(PERSON, new_id(), ana())).await;
        let typed = tryton.client().create_party("Luis Pérez", &[("email", "not an address")]);
        let archived = tryton.client().create_party("Gone", &[]);
        tryton.client().archive("party.party", archived);
        let page = connector.enumerate(PERSON, None).await.expect("it answers");
        assert_eq!(page.next, None);
        let listed: Vec<&str> = page.keys.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(listed, [id.as_str(), &typed.to_string()], "{release:?}: no staff, nothing archived");
        for (id, digest) in &page.keys {
            assert_eq!(read_one(&*connector, PERSON, id).await.source_hash, Some(*digest));
        }
    }
}
