//! A field of the hotel's own, which HotelDruid keeps as text, as a value of the type it was declared with.

use crate::model::field::{FieldDef, FieldType, Multiplicity};
use crate::model::normalise::email::{self, Relays};
use crate::model::normalise::{country, date, element_of, language, number, phone, text};
use crate::model::{Seen, Value};

/// What was seen of `field`, given its text; masked where the text is no value of its type.
pub(super) fn read_as(field: &FieldDef, stored: Option<String>, relays: &Relays) -> Seen {
    let is_set = matches!(field.multiplicity, Multiplicity::Many(_));
    let Some(stored) = stored else { return if is_set { Seen::set([]) } else { Seen::Empty } };
    match value(&field.of, stored, relays) {
        None => Seen::Masked,
        Some(value) if is_set => Seen::set([(element_of(field, &value), value)]),
        Some(value) => Seen::one(value),
    }
}

fn value(of: &FieldType, stored: String, relays: &Relays) -> Option<Value> {
    match of {
        FieldType::Text | FieldType::LongText | FieldType::Name => Some(Value::Text(stored)),
        FieldType::Bool => number::flag(&stored).ok().flatten().map(Value::Bool),
        FieldType::Integer => number::integer(&stored).ok().map(Value::Integer),
        FieldType::Decimal => number::decimal(&stored).ok().map(Value::Decimal),
        FieldType::Date | FieldType::LocalDate => date::iso(&stored).ok().flatten().map(Value::Date),
        FieldType::Country => country::read(&stored).ok().flatten().map(Value::Country),
        FieldType::Language => language::read(&stored).ok().flatten().map(Value::Language),
        FieldType::Email => email::read(&stored, relays).ok().map(Value::Email),
        FieldType::Phone => phone::read(&stored, None).map(Value::Phone),
        FieldType::Choice(words) => text::choice(words, &stored).map(Value::Choice),
        FieldType::Instant
        | FieldType::Money
        | FieldType::Address
        | FieldType::Reference(_)
        | FieldType::Content
        | FieldType::Entry(_) => None,
    }
}
