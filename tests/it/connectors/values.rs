//! Values for documents, as the hub holds them.

use cardex::model::normalise::{element_of, email, phone};
use cardex::model::value::{Choice, Country, Email};
use cardex::model::{FieldKey, RecordKind, Reference, Seen, Value, fields};

/// A text.
pub(crate) fn text(text: &str) -> Seen {
    Seen::one(Value::Text(text.to_owned()))
}

/// A word of a closed list.
pub(crate) fn word(word: &str) -> Seen {
    Seen::one(Value::Choice(Choice::Known(word.into())))
}

/// A day: year, month, day.
pub(crate) fn date(year: i32, month: u32, day: u32) -> Seen {
    Seen::one(Value::Date(chrono::NaiveDate::from_ymd_opt(year, month, day).expect("a date")))
}

/// Another record of the same system.
pub(crate) fn reference(kind: RecordKind, id: &str) -> Seen {
    Seen::one(Value::Reference(Reference::Remote(kind, id.into())))
}

/// A set of values under the keys of the registry.
pub(crate) fn set(kind: RecordKind, field: &FieldKey, values: impl IntoIterator<Item = Value>) -> Seen {
    let registry = fields::standard();
    let declared = registry.field(kind, field).expect("the field is declared");
    Seen::set(values.into_iter().map(|value| (element_of(declared, &value), value)))
}

/// An address to write to.
pub(crate) fn email(typed: &str) -> Value {
    let email = email::read(typed, &email::Relays::default()).expect("an address");
    Value::Email(Email { primary: true, ..email })
}

/// A number of somebody in Spain.
pub(crate) fn phone(typed: &str) -> Value {
    Value::Phone(phone::read(typed, Some(&Country("ES".into()))).expect("a number"))
}
