//! One value as the text of a property, and back. Pure. Every value of HubSpot travels as a text.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use smol_str::SmolStr;

use crate::model::field::FieldType;
use crate::model::normalise::email::Relays;
use crate::model::normalise::{Unreadable, money, typed};
use crate::model::value::{Choice, Country, Value};
use crate::model::{ExternalId, Reference};

/// Where the hotel is, for what its guests leave out.
pub(super) struct Locale {
    /// Whose dialling code a phone number without one has.
    pub(super) region: Option<Country>,
    /// The booking portals' relay domains.
    pub(super) relays: Relays,
}

impl Locale {
    /// Reads a value of type `of`; `None` when it says nothing.
    pub(super) fn read(&self, of: &FieldType, text: &str) -> Result<Option<Value>, Unreadable> {
        match of {
            FieldType::Date | FieldType::LocalDate => {
                if let Some(day) = day(text) {
                    return Ok(Some(Value::Date(day)));
                }
            }
            FieldType::Instant => {
                if let Some(at) = millis(text) {
                    return Ok(Some(Value::Instant(at)));
                }
            }
            FieldType::Reference([kind, ..]) => {
                let id = text.trim();
                let id = (!id.is_empty()).then(|| ExternalId::new(id));
                return Ok(id.map(|id| Value::Reference(Reference::Remote(*kind, id))));
            }
            FieldType::Text
            | FieldType::LongText
            | FieldType::Name
            | FieldType::Bool
            | FieldType::Integer
            | FieldType::Money
            | FieldType::Decimal
            | FieldType::Country
            | FieldType::Language
            | FieldType::Email
            | FieldType::Phone
            | FieldType::Address
            | FieldType::Choice(_)
            | FieldType::Reference(_)
            | FieldType::Content
            | FieldType::Entry(_) => {}
        }
        typed::read(of, text, &self.relays, self.region.as_ref())
    }
}

/// Writes a value; `None` for what has no text of one line, and for what the law protects especially.
pub(super) fn write(value: &Value) -> Option<String> {
    Some(match value {
        Value::Text(text) | Value::Decimal(text) => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Instant(at) => at.to_rfc3339_opts(SecondsFormat::Secs, true),
        Value::Money(money) => format!("{} {}", money::to_text(money), money.currency),
        Value::Country(country) => country.0.to_string(),
        Value::Language(language) => language.0.to_string(),
        Value::Choice(Choice::Known(word) | Choice::Other(word)) => word.to_string(),
        Value::Email(email) => email.address.clone(),
        Value::Phone(phone) => phone.e164.clone().unwrap_or_else(|| SmolStr::new(&phone.typed)).to_string(),
        Value::Reference(Reference::Remote(_, id)) => id.to_string(),
        Value::Reference(Reference::Record(..))
        | Value::Address(_)
        | Value::Content(_)
        | Value::Entry(_)
        | Value::Special(_) => return None,
    })
}

/// A date by the milliseconds of its midnight in UTC, as HubSpot shows dates here and there.
fn day(text: &str) -> Option<NaiveDate> {
    // Eight digits are a date written together; the midnights of 1970 alone are shorter.
    let is_stamp = text.trim().trim_start_matches('-').len() > 8;
    is_stamp.then(|| millis(text)).flatten().map(|at| at.date_naive())
}

fn millis(text: &str) -> Option<DateTime<Utc>> {
    text.trim().parse().ok().and_then(DateTime::from_timestamp_millis)
}
