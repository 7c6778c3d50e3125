//! Values and fields in few words.

use chrono::{DateTime, NaiveDate, TimeZone, Utc};

use crate::model::fields::standard;
use crate::model::normalise::element_of;
use crate::model::value::{Address, Choice, Email, Money, Phone, Reference};
use crate::model::{Element, FieldKey, RecordId, RecordKind, Seen, Value};

pub(super) fn text(words: &str) -> Value {
    Value::Text(words.to_owned())
}

pub(super) fn choice(word: &str) -> Value {
    Value::Choice(Choice::Known(word.into()))
}

pub(super) fn day(text: &str) -> Value {
    Value::Date(date(text))
}

pub(super) fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// Noon of the first day of the tests, and so many minutes later.
pub(super) fn minute(minutes: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap() + chrono::Duration::minutes(minutes)
}

pub(super) fn email(address: &str) -> Value {
    Value::Email(bare_email(address))
}

pub(super) fn bare_email(address: &str) -> Email {
    Email { address: address.to_owned(), label: None, primary: false, verified: false, relay: false }
}

pub(super) fn verified(address: &str) -> Value {
    Value::Email(Email { verified: true, ..bare_email(address) })
}

pub(super) fn relay(address: &str) -> Value {
    Value::Email(Email { relay: true, ..bare_email(address) })
}

pub(super) fn phone(e164: &str, label: Option<&str>) -> Value {
    Value::Phone(Phone {
        e164: Some(e164.into()),
        typed: e164.to_owned(),
        label: label.map(Into::into),
        primary: false,
        verified: false,
    })
}

pub(super) fn money(amount_minor: i64) -> Value {
    Value::Money(Money { amount_minor, currency: "EUR".into() })
}

pub(super) fn consent(state: &str) -> Value {
    consent_over("email", state)
}

pub(super) fn consent_over(channel: &str, state: &str) -> Value {
    let parts = [("purpose", "marketing"), ("channel", channel), ("state", state)];
    Value::Entry(parts.into_iter().map(|(part, word)| (part.into(), choice(word))).collect())
}

pub(super) fn note(id: &str, words: &str) -> Value {
    let parts = [("id", id), ("author", "Eva"), ("text", words)];
    Value::Entry(parts.into_iter().map(|(part, words)| (part.into(), text(words))).collect())
}

pub(super) fn address(street: &str, label: Option<&str>, primary: bool) -> Value {
    Value::Address(Box::new(Address {
        street: street.to_owned(),
        city: "Girona".to_owned(),
        label: label.map(Into::into),
        primary,
        ..Address::default()
    }))
}

pub(super) fn person(id: RecordId) -> Value {
    Value::Reference(Reference::Record(RecordKind::Person, id))
}

pub(super) fn remote_person(id: &str) -> Value {
    Value::Reference(Reference::Remote(RecordKind::Person, id.into()))
}

/// A complete set of `field` of a person.
pub(super) fn set(field: &FieldKey, values: impl IntoIterator<Item = Value>) -> Seen {
    set_of(RecordKind::Person, field, values)
}

pub(super) fn set_of(kind: RecordKind, field: &FieldKey, values: impl IntoIterator<Item = Value>) -> Seen {
    let registry = standard();
    let def = registry.field(kind, field).expect("a field of the registry");
    Seen::set(values.into_iter().map(|value| (element_of(def, &value), value)))
}

pub(super) fn element(field: &FieldKey, value: &Value) -> Element {
    let registry = standard();
    element_of(registry.field(RecordKind::Person, field).expect("a field of the registry"), value)
}
