use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::sync::Arc;

use super::super::declare::Declaration;
use super::super::map::Mapper;
use super::super::values::Locale;
use super::super::wire::Outcome;
use crate::model::document::Held;
use crate::model::value::{Choice, Country, Money, Purpose, Special, Value};
use crate::model::{
    Action, Audience, Document, ExternalId, FieldDef, FieldKey, RecordId, RecordKind, Reference, Seen, Shape,
    WriteOp, WriteOutcome, arbitrary, fields, keys,
};

/// A mapper of a system that has every field, special categories included.
fn mapper() -> Mapper {
    let registry = Arc::new(fields::standard());
    let mut capabilities = Declaration::default().capabilities(&registry).expect("the default is sound");
    for (kind, can) in &mut capabilities.kinds {
        can.fields = registry
            .fields(*kind)
            .map(|field| (field.key.clone(), crate::model::FieldCapability::full()))
            .collect();
    }
    Mapper {
        registry,
        capabilities,
        locale: Locale { region: Some(Country("ES".into())), ..Locale::default() },
    }
}

fn read(kind: RecordKind, field: &FieldKey, json: &Json) -> Result<Option<Seen>, String> {
    let record = json!({"id": "1", "hash": "h", "fields": {field.as_str(): json}});
    mapper().observation(kind, &record).map(|seen| seen.document.get(field).cloned())
}

#[track_caller]
fn check(field: &FieldKey, json: &Json, expected: &Seen) {
    check_of(RecordKind::Person, field, json, expected);
}

#[track_caller]
fn check_of(kind: RecordKind, field: &FieldKey, json: &Json, expected: &Seen) {
    assert_eq!(read(kind, field, json), Ok(Some(expected.clone())), "{field}");
}

#[track_caller]
fn check_refused(kind: RecordKind, field: &FieldKey, json: &Json, why: &str) {
    let refusal = read(kind, field, json).expect_err("a refusal");
    assert_eq!(refusal, format!("`{field}` {why}"));
}

fn text(text: &str) -> Seen {
    Seen::one(Value::Text(text.to_owned()))
}

#[test]
fn empty_masked_and_a_value_are_three_things() {
    check(&keys::SURNAME, &json!(null), &Seen::Empty);
    check(&keys::SURNAME, &json!("  "), &Seen::Empty);
    check(&keys::SURNAME, &json!({"masked": true}), &Seen::Masked);
    check(&keys::SURNAME, &json!(" Núñez  de\tla Fuente"), &text("Núñez de la Fuente"));
    check(&keys::PHONES, &json!(null), &Seen::set([]));
    check(&keys::PHONES, &json!([]), &Seen::set([]));
    check(&keys::PHONES, &json!({"masked": true}), &Seen::Masked);
    // One hidden element hides what the whole set is.
    check(&keys::PHONES, &json!([{"typed": "600112233"}, {"masked": true}]), &Seen::Masked);
    assert_eq!(read(RecordKind::Person, &keys::TITLE, &json!("Dr")), Ok(Some(text("Dr"))));
}

#[test]
fn a_number_as_text_and_a_text_as_number_are_read() {
    let reservation = RecordKind::Reservation;
    check_of(reservation, &keys::NUMBER, &json!(1234), &text("1234"));
    let money = Value::Money(Money { amount_minor: 1234, currency: "EUR".into() });
    let total = json!({"amount_minor": "1234", "currency": "eur"});
    check_of(reservation, &keys::TOTAL, &total, &Seen::one(money));
    check_of(reservation, &keys::MAILABLE, &json!("no"), &Seen::one(Value::Bool(false)));
}

#[test]
fn an_element_is_known_by_what_it_is() {
    let phones =
        json!([{"typed": "600 11 22 33", "primary": true}, "+33 6 12 34 56 78", {"e164": "+34600112234"}]);
    let seen = read(RecordKind::Person, &keys::PHONES, &phones).expect("phones").expect("seen");
    let elements: Vec<_> = seen.elements().expect("a set").keys().map(ToString::to_string).collect();
    assert_eq!(elements, ["+33612345678", "+34600112233", "+34600112234"]);
}

#[test]
fn an_address_that_is_none_is_kept_as_typed() {
    let seen = read(RecordKind::Person, &keys::EMAILS, &json!(["no tiene"])).expect("e-mails").expect("seen");
    let first = seen.elements().and_then(litemap::LiteMap::first);
    let Some(Value::Email(email)) = first.map(|(_, held)| &**held) else {
        panic!("no e-mail");
    };
    assert_eq!((email.address.as_str(), email.relay), ("no tiene", false));
}

#[test]
fn a_portal_s_relay_is_recognised() {
    let emails = json!([{"address": "x.1@guest.booking.com"}]);
    let seen = read(RecordKind::Person, &keys::EMAILS, &emails).expect("e-mails").expect("seen");
    let relay = |held: &Held| matches!(&*held.0, Value::Email(email) if email.relay);
    assert!(seen.elements().expect("a set").values().all(relay));
}

#[test]
fn an_unknown_word_is_kept_and_written_back() {
    let status = Seen::one(Value::Choice(Choice::Other("half way".into())));
    check_of(RecordKind::Reservation, &keys::STATUS, &json!("half way"), &status);
    let op = write(RecordKind::Reservation, Document::new().with(keys::STATUS, status), None);
    assert_eq!(mapper().write(&op).expect("a write").fields["status"], json!("half way"));
}

#[test]
fn a_wrong_shape_is_refused_without_its_value() {
    let reservation = RecordKind::Reservation;
    check_refused(reservation, &keys::ARRIVES_ON, &json!("tomorrow"), "is no date");
    check_refused(
        reservation,
        &keys::TOTAL,
        &json!({"amount_minor": 5}),
        "lacks a part that the contract asks for",
    );
    check_refused(reservation, &keys::ROOMS, &json!({}), "is no list");
    check_refused(reservation, &keys::ROOMS, &json!(["DBL"]), "is no object");
    check_refused(RecordKind::Person, &keys::BIRTH_DATE, &json!([1980]), "is not of the expected type");
    let holder = json!({"kind": "company", "id": "1"});
    check_refused(
        reservation,
        &keys::HOLDER,
        &holder,
        "refers to a kind of record that does not belong there",
    );
    let broken = mapper().observation(reservation, &json!({"id": "1", "fields": {"number": "secret"}}));
    assert_eq!(broken, Err("it is no record of the contract".to_owned()));
}

#[test]
fn a_record_brings_its_stamps() {
    let record = json!({
        "id": 7, "version": 3, "hub_id": "0199f3a2-5a0e-7c3e-9d9b-6f1f6f0f2a11", "hash": "h", "partial": true,
        "modified_at": "2026-01-02T03:04:05+01:00", "modified_by": "ana", "fields": {"x_unknown": 1},
    });
    let seen = mapper().observation(RecordKind::Person, &record).expect("a record");
    assert_eq!(seen.subject.external_id, ExternalId::new("7"));
    assert_eq!(seen.shape, Shape::Partial);
    assert_eq!(seen.actor.as_deref(), Some("ana"));
    assert_eq!(seen.modified_at.map(|at| at.to_rfc3339()), Some("2026-01-02T02:04:05+00:00".to_owned()));
    assert!(seen.hub_id.is_some() && seen.source_hash.is_some() && seen.source_version.is_some());
    assert!(seen.document.is_empty(), "a field that nobody declared was reported");
}

fn write(kind: RecordKind, document: Document, purpose: Option<Purpose>) -> WriteOp {
    WriteOp {
        record: RecordId::new(uuid::Uuid::from_u128(7)),
        kind,
        action: Action::Update(ExternalId::new("1")),
        document,
        base: Document::new(),
        precondition: None,
        quiet: true,
        purpose,
    }
}

#[test]
fn a_special_category_leaves_only_for_a_purpose() {
    let secret =
        Value::Special(Special::seal(Value::entry([("number".into(), Value::Text("X1".to_owned()))])));
    let document = Document::new().with(keys::IDENTITY_DOCUMENTS, Seen::set([("x".into(), secret)]));
    let refusal = mapper().write(&write(RecordKind::Person, document.clone(), None)).expect_err("no purpose");
    assert_eq!(refusal.field, keys::IDENTITY_DOCUMENTS);
    let purpose = Some(Purpose::recorded("registration"));
    let sent = mapper().write(&write(RecordKind::Person, document, purpose)).expect("a purpose");
    assert_eq!(sent.purpose.as_deref(), Some("registration"));
    assert_eq!(sent.fields["identity_documents"], json!([{"number": "X1"}]));
}

#[test]
fn what_is_stored_is_believed_only_when_it_is_complete() {
    let document = Document::new().with(keys::SURNAME, text("Núñez")).with(keys::TITLE, text("Dr"));
    let op = write(RecordKind::Person, document, None);
    let outcome = |fields: Json| {
        let done = json!({"status": "done", "id": "1", "version": 2, "fields": fields});
        let outcome = mapper().outcome(&op, serde_json::from_value::<Outcome>(done).expect("an outcome"));
        let WriteOutcome::Done { stored, .. } = outcome else { panic!("{outcome:?}") };
        stored
    };
    assert!(outcome(json!({"surname": "Núñez"})).is_none());
    assert!(outcome(json!(null)).is_none());
    let stored = outcome(json!({"surname": "NÚÑEZ", "title": null})).expect("stored");
    assert_eq!(
        (stored.get(&keys::SURNAME), stored.get(&keys::TITLE)),
        (Some(&text("NÚÑEZ")), Some(&Seen::Empty))
    );
}

/// A field of a kind that the contract has, and something seen of it.
fn any_seen() -> impl Strategy<Value = (RecordKind, FieldDef, Seen)> {
    let kinds = [RecordKind::Person, RecordKind::Company, RecordKind::Reservation];
    let registry = fields::standard();
    let all: Vec<_> = kinds
        .into_iter()
        .flat_map(|kind| registry.fields(kind).map(move |field| (kind, field.clone())).collect::<Vec<_>>())
        .collect();
    proptest::sample::select(all).prop_flat_map(|(kind, field)| {
        let seen = arbitrary::seen(&field);
        (Just(kind), Just(field), seen)
    })
}

/// Whether a value names a record of the hub, which no system can hold.
fn names_a_hub_record(value: &Value) -> bool {
    match value {
        Value::Reference(Reference::Record(..)) => true,
        Value::Entry(parts) => parts.values().any(names_a_hub_record),
        Value::Special(special) => names_a_hub_record(special.open(&Purpose::recorded("test"))),
        Value::Text(_)
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Date(_)
        | Value::Instant(_)
        | Value::Money(_)
        | Value::Decimal(_)
        | Value::Country(_)
        | Value::Language(_)
        | Value::Email(_)
        | Value::Phone(_)
        | Value::Address(_)
        | Value::Choice(_)
        | Value::Reference(Reference::Remote(..))
        | Value::Content(_) => false,
    }
}

fn is_writable(seen: &Seen) -> bool {
    match seen {
        Seen::Masked => false,
        Seen::Empty => true,
        Seen::One(held) => !names_a_hub_record(&held.0),
        Seen::Set(elements) => !elements.values().any(|held| names_a_hub_record(&held.0)),
    }
}

/// What a system that keeps everything shows after `seen` was written.
fn there_and_back(kind: RecordKind, field: &FieldDef, seen: &Seen) -> Seen {
    let purpose = (field.audience == Audience::SpecialCategory).then(|| Purpose::recorded("test"));
    let op = write(kind, Document::new().with(field.key.clone(), seen.clone()), purpose);
    let sent = mapper().write(&op).expect("a writable value");
    let record = json!({"id": "1", "hash": "h", "fields": sent.fields});
    let back = mapper().observation(kind, &record).expect("what was written can be read");
    back.document.get(&field.key).cloned().expect("the field")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// L1 and L2 on the wire: what a system has shown is written back as it was shown.
    #[test]
    fn a_value_survives_the_wire((kind, field, seen) in any_seen()) {
        prop_assume!(is_writable(&seen));
        let shown = there_and_back(kind, &field, &seen);
        let again = there_and_back(kind, &field, &shown);
        prop_assert_eq!(&again, &shown, "{}", field.key);
    }
}
