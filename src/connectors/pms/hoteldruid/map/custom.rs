//! A field of the hotel's own, which HotelDruid keeps as text, as a value of the type it was declared with.

use crate::model::field::{FieldDef, FieldType, Multiplicity};
use crate::model::normalise::email::Relays;
use crate::model::normalise::{set_of, typed};
use crate::model::{Seen, Value};

/// What was seen of `field`, given its text; masked where the text is no value of its type.
pub(super) fn read_as(field: &FieldDef, stored: Option<String>, relays: &Relays) -> Seen {
    let is_set = matches!(field.multiplicity, Multiplicity::Many(_));
    let Some(stored) = stored else { return if is_set { Seen::set([]) } else { Seen::Empty } };
    match value(&field.of, stored, relays) {
        None => Seen::Masked,
        Some(value) if is_set => set_of(field, [value]),
        Some(value) => Seen::one(field.sealed(value)),
    }
}

fn value(of: &FieldType, stored: String, relays: &Relays) -> Option<Value> {
    match of {
        // As it is stored: what is written back is compared with it.
        FieldType::Text | FieldType::LongText | FieldType::Name => Some(Value::Text(stored)),
        FieldType::Bool
        | FieldType::Integer
        | FieldType::Decimal
        | FieldType::Date
        | FieldType::LocalDate
        | FieldType::Country
        | FieldType::Language
        | FieldType::Email
        | FieldType::Phone
        | FieldType::Choice(_) => typed::read(of, &stored, relays, None).ok().flatten(),
        FieldType::Instant
        | FieldType::Money
        | FieldType::Address
        | FieldType::Reference(_)
        | FieldType::Content
        | FieldType::Entry(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fields::standard;
    use crate::model::{Audience, RecordKind, keys};

    #[test]
    fn protected_field_is_sealed_as_it_is_read() {
        let registry = standard();
        let mut field =
            registry.field(RecordKind::Person, &keys::TITLE).expect("a field of one text").clone();
        let read = |field: &FieldDef| read_as(field, Some("vegan".to_owned()), &Relays::default());
        assert_eq!(read(&field), Seen::one(Value::Text("vegan".to_owned())));
        field.audience = Audience::SpecialCategory;
        let seen = read(&field);
        let is_sealed = |value: &Value| matches!(value, Value::Special(_));
        assert!(seen.values().all(is_sealed) && seen.values().count() == 1);
    }
}
