//! A value as somebody types it into one line.

use super::email::{self, Relays};
use super::{Unreadable, country, date, language, money, name, number, phone, text};
use crate::model::field::FieldType;
use crate::model::value::{Country, Value};

/// Whether values of this type can be typed into one line.
#[must_use]
pub const fn is_typed(of: &FieldType) -> bool {
    match of {
        FieldType::Text
        | FieldType::LongText
        | FieldType::Name
        | FieldType::Bool
        | FieldType::Integer
        | FieldType::Date
        | FieldType::LocalDate
        | FieldType::Instant
        | FieldType::Money
        | FieldType::Decimal
        | FieldType::Country
        | FieldType::Language
        | FieldType::Email
        | FieldType::Phone
        | FieldType::Choice(_) => true,
        FieldType::Address | FieldType::Reference(_) | FieldType::Content | FieldType::Entry(_) => false,
    }
}

/// Reads what somebody has typed as a value of type `of`: dates as `2026-03-01`, amounts as `12.50 EUR`. `Ok(None)` for
/// an empty text. A phone number without a dialling code is one of `region`.
///
/// # Errors
/// [`Unreadable`] when it is no such value, or values of the type are not typed.
pub fn read(
    of: &FieldType,
    typed: &str,
    relays: &Relays,
    region: Option<&Country>,
) -> Result<Option<Value>, Unreadable> {
    let line = text::line(typed);
    if line.is_empty() {
        return Ok(None);
    }
    Ok(match of {
        FieldType::Text => Some(Value::Text(line)),
        FieldType::LongText => Some(Value::Text(text::block(typed))),
        FieldType::Name => name::given(&line).map(Value::Text),
        FieldType::Bool => number::flag(&line)?.map(Value::Bool),
        FieldType::Integer => Some(Value::Integer(number::integer(&line)?)),
        FieldType::Date | FieldType::LocalDate => date::iso(&line)?.map(Value::Date),
        FieldType::Instant => date::instant(&line)?.map(Value::Instant),
        FieldType::Money => {
            let (amount, code) = line.rsplit_once(' ').ok_or(Unreadable("lacks its currency"))?;
            Some(Value::Money(money::from_text(amount.trim(), code)?))
        }
        FieldType::Decimal => Some(Value::Decimal(number::decimal(&line)?)),
        FieldType::Country => country::read(&line)?.map(Value::Country),
        FieldType::Language => language::read(&line)?.map(Value::Language),
        FieldType::Email => Some(Value::Email(email::read(&line, relays)?)),
        FieldType::Phone => phone::read(&line, region).map(Value::Phone),
        FieldType::Choice(words) => text::choice(words, &line).map(Value::Choice),
        FieldType::Address | FieldType::Reference(_) | FieldType::Content | FieldType::Entry(_) => {
            return Err(Unreadable("cannot be typed"));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::{Choice, Money};

    fn typed(of: &FieldType, text: &str) -> Result<Option<Value>, Unreadable> {
        read(of, text, &Relays::default(), None)
    }

    #[test]
    fn values_are_read_as_people_type_them() {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day");
        assert_eq!(typed(&FieldType::Name, "  Ana  María "), Ok(Some(Value::Text("Ana María".into()))));
        assert_eq!(typed(&FieldType::Date, "2026-03-01"), Ok(Some(Value::Date(day))));
        let money = Money { amount_minor: 1250, currency: "EUR".into() };
        assert_eq!(typed(&FieldType::Money, "12.50 EUR"), Ok(Some(Value::Money(money))));
        assert_eq!(typed(&FieldType::Bool, "sí"), Ok(Some(Value::Bool(true))));
        let word = Value::Choice(Choice::Known("vip".into()));
        assert_eq!(typed(&FieldType::Choice(&["vip"]), "VIP"), Ok(Some(word)));
        assert_eq!(typed(&FieldType::Text, " \t "), Ok(None), "nothing clears it");
    }

    #[test]
    fn what_is_no_such_value_is_refused() {
        assert!(typed(&FieldType::Date, "tomorrow").is_err());
        assert!(typed(&FieldType::Money, "12.50").is_err());
        assert!(typed(&FieldType::Email, "nobody").is_err());
        assert!(typed(&FieldType::Address, "Calle Mayor 1").is_err());
    }

    #[test]
    fn what_can_be_typed_is_told_from_what_cannot() {
        let every =
            [FieldType::Text, FieldType::Money, FieldType::Phone, FieldType::Address, FieldType::Content];
        for of in every {
            let refused = typed(&of, "x") == Err(Unreadable("cannot be typed"));
            assert_eq!(is_typed(&of), !refused, "{of:?}");
        }
    }
}
