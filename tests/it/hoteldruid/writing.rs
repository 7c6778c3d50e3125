//! What the connector writes back, and what it refuses to overwrite.

use cardex::model::normalise::{element_of, email::Relays, phone};
use cardex::model::value::{Country, Email};
use cardex::model::{
    Action, Document, FieldKey, RecordId, RecordKind, RemoteRef, Seen, Value, WriteOp, WriteOutcome, fields,
    keys,
};

use super::rig::{Rig, text};
use crate::support::hoteldruid::{Flavour, NewGuest};

fn update(subject: &RemoteRef, base: &Document, document: Document) -> WriteOp {
    let written = document.iter().map(|(field, _)| field.clone()).collect::<Vec<_>>();
    let base = written.into_iter().filter_map(|field| Some((field.clone(), base.get(&field)?.clone())));
    WriteOp {
        record: RecordId::new(uuid::Uuid::nil()),
        kind: subject.kind,
        action: Action::Update(subject.external_id.clone()),
        base: base.collect(),
        document,
        precondition: None,
        quiet: true,
        purpose: None,
    }
}

fn set(field: &FieldKey, values: impl IntoIterator<Item = Value>) -> Seen {
    let registry = fields::standard();
    let declared = registry.field(RecordKind::Person, field).expect("the field exists");
    Seen::set(values.into_iter().map(|value| (element_of(declared, &value), value)))
}

fn mail(address: &str) -> Value {
    Value::Email(cardex::model::normalise::email::read(address, &Relays::default()).expect("an address"))
}

fn number(typed: &str) -> Value {
    let spain = Country("ES".into());
    Value::Phone(phone::read(typed, Some(&spain)).expect("a number"))
}

async fn write(rig: &Rig, op: WriteOp) -> WriteOutcome {
    let mut outcomes = rig.connector.write(&[op]).await.expect("the write is answered");
    assert_eq!(outcomes.len(), 1);
    outcomes.remove(0)
}

#[tokio::test]
async fn edits_of_a_guest_are_written_back_on_sqlite() {
    edits_of_a_guest_are_written_back(Flavour::Sqlite).await;
}

#[tokio::test]
async fn edits_of_a_guest_are_written_back_on_postgres() {
    edits_of_a_guest_are_written_back(Flavour::Postgres).await;
}

#[tokio::test]
async fn edits_of_a_guest_are_written_back_on_mariadb() {
    edits_of_a_guest_are_written_back(Flavour::Mariadb).await;
}

async fn edits_of_a_guest_are_written_back(flavour: Flavour) {
    let rig = Rig::start(flavour).await;
    let more: &[(&str, &str)] = &[("nazione", "Spain"), ("citta", "Madrid"), ("telefono2", "600 000 002")];
    let guest = NewGuest { surname: "O'Neil", name: "Mary", email: "old@x.org", phone: "600 000 001", more };
    rig.hotel.new_guest(&guest).await;
    let (subject, base) = rig.only(RecordKind::Person).await;
    let document = Document::new()
        .with(keys::SURNAME, Seen::one(Value::Text("O'Neil & Daughters".into())))
        .with(keys::EMAILS, set(&keys::EMAILS, [mail("new@x.org")]))
        .with(keys::PHONES, set(&keys::PHONES, [number("600 000 002"), number("+44 20 7946 0018")]))
        .with(keys::BIRTH_DATE, Seen::one(Value::Date(super::date(1980, 3, 4))))
        .with(keys::SEX, Seen::one(Value::Choice(cardex::model::value::Choice::Known("female".into()))))
        .with(keys::NATIONALITIES, set(&keys::NATIONALITIES, [Value::Country(Country("FR".into()))]));
    let written: Vec<_> = document.iter().map(|(field, _)| field.clone()).collect();
    let outcome = write(&rig, update(&subject, &base, document.clone())).await;
    let WriteOutcome::Done { stored: Some(stored), .. } = outcome else { panic!("{outcome:?}") };
    let now = rig.seen(&subject).await.document;
    let capabilities = rig.connector.capabilities().kinds[&RecordKind::Person].clone();
    let registry = fields::standard();
    for field in written {
        assert_eq!(stored.get(&field), now.get(&field), "{field}: what is answered is what is there");
        let declared = registry.field(RecordKind::Person, &field).expect("the field exists");
        let form = &capabilities.fields[&field].form;
        let (sent, held) = (document.get(&field).expect("sent"), now.get(&field).expect("held"));
        assert!(form.equivalent(declared, sent, held), "{field}: {sent:?} became {held:?}");
    }
    let row = &rig.hotel.rows("select * from clienti").await[0];
    assert_eq!(row["cognome"], "O&#039;Neil &amp; Daughters");
    assert_eq!(
        (row["telefono"].as_str(), row["telefono2"].as_str()),
        (Some("+442079460018"), Some("600 000 002"))
    );
    assert_eq!((row["nazionalita"].as_str(), row["nazione"].as_str()), (Some("France"), Some("Spain")));
    let again = write(&rig, update(&subject, &base, document)).await;
    assert!(matches!(again, WriteOutcome::Done { .. }), "a write that was done already is done: {again:?}");
}

#[tokio::test]
async fn change_made_at_the_desk_meanwhile_is_not_overwritten_on_sqlite() {
    change_made_at_the_desk_meanwhile_is_not_overwritten(Flavour::Sqlite).await;
}

#[tokio::test]
async fn change_made_at_the_desk_meanwhile_is_not_overwritten_on_postgres() {
    change_made_at_the_desk_meanwhile_is_not_overwritten(Flavour::Postgres).await;
}

#[tokio::test]
async fn change_made_at_the_desk_meanwhile_is_not_overwritten_on_mariadb() {
    change_made_at_the_desk_meanwhile_is_not_overwritten(Flavour::Mariadb).await;
}

async fn change_made_at_the_desk_meanwhile_is_not_overwritten(flavour: Flavour) {
    let rig = Rig::start(flavour).await;
    let guest = NewGuest { surname: "Perez", name: "Eva", phone: "600 000 001", ..NewGuest::default() };
    let id = rig.hotel.new_guest(&guest).await;
    let (subject, base) = rig.only(RecordKind::Person).await;
    rig.hotel.edit_guest(id, &[("n_telefono", "600 000 009")]).await;
    let phones = Document::new().with(keys::PHONES, set(&keys::PHONES, [number("600 000 005")]));
    assert_eq!(write(&rig, update(&subject, &base, phones)).await, WriteOutcome::Stale);
    let name = Document::new().with(keys::GIVEN_NAMES, Seen::one(Value::Text("Eva Maria".into())));
    let done = write(&rig, update(&subject, &base, name)).await;
    assert!(matches!(done, WriteOutcome::Done { .. }), "another field is free: {done:?}");
    let now = rig.seen(&subject).await.document;
    assert_eq!(text(&now, &keys::GIVEN_NAMES), "Eva Maria");
    let phones = now.get(&keys::PHONES).and_then(|seen| seen.elements()).expect("a set");
    assert!(phones.keys().any(|key| key.as_str() == "+34600000009"));
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_by_field() {
    let rig = Rig::start(Flavour::Sqlite).await;
    rig.hotel.new_guest(&NewGuest { surname: "Perez", name: "Eva", ..NewGuest::default() }).await;
    let (subject, base) = rig.only(RecordKind::Person).await;
    let cases = [
        (keys::SURNAME, Seen::Empty),
        (keys::TITLE, Seen::one(Value::Text("Dr".into()))),
        (keys::LEVEL, Seen::one(Value::Text("VIP".into()))),
    ];
    for (field, seen) in cases {
        let outcome = write(&rig, update(&subject, &base, Document::new().with(field.clone(), seen))).await;
        let WriteOutcome::Rejected { field: Some(named), .. } = outcome else {
            panic!("{field}: {outcome:?}")
        };
        assert_eq!(named, field);
    }
    let gone = RemoteRef::new(RecordKind::Person, "99@2020-01-01T10:00:00");
    let name = Document::new().with(keys::GIVEN_NAMES, Seen::one(Value::Text("Nobody".into())));
    assert_eq!(write(&rig, update(&gone, &base, name.clone())).await, WriteOutcome::NotFound);
    let other = RemoteRef::new(RecordKind::Person, "1@2020-01-01T10:00:00");
    assert_eq!(
        write(&rig, update(&other, &base, name)).await,
        WriteOutcome::NotFound,
        "the number is not the guest"
    );
    let emails = [mail("a@x.org"), mail("b@x.org"), mail("c@x.org")];
    let emails = Document::new().with(keys::EMAILS, set(&keys::EMAILS, emails));
    let done = write(&rig, update(&subject, &base, emails)).await;
    assert!(matches!(done, WriteOutcome::Done { .. }), "three places: {done:?}");
    let primary = |value: &Value| matches!(value, Value::Email(Email { primary: true, .. }));
    let now = rig.seen(&subject).await.document;
    let held = now.get(&keys::EMAILS).and_then(|seen| seen.elements()).expect("a set");
    assert_eq!((held.len(), held.values().filter(|held| primary(held)).count()), (3, 1));
}

#[tokio::test]
async fn own_write_is_no_news_with_triggers() {
    let rig = Rig::start(Flavour::Postgres).await;
    rig.hotel.new_guest(&NewGuest { surname: "Perez", name: "Eva", ..NewGuest::default() }).await;
    rig.connector.prepare(false).await.expect("it can be installed");
    let (subject, base) = rig.only(RecordKind::Person).await;
    let stream = rig.stream("guests");
    let start = rig.connector.changes(&stream, None).await.expect("the feed starts").next;
    let name = Document::new().with(keys::GIVEN_NAMES, Seen::one(Value::Text("Eva Maria".into())));
    let done = write(&rig, update(&subject, &base, name)).await;
    assert!(matches!(done, WriteOutcome::Done { .. }), "{done:?}");
    let page = rig.connector.changes(&stream, Some(&start)).await.expect("the feed goes on");
    assert!(page.changes.is_empty(), "{:?}", page.changes);
}
