//! The hub's own storage form of a value: short, and the only one that writes special-category values out.
//!
//! The documents of `record`, `link` and `observation` use it through `#[serde(with = "stored")]`; no connector and no
//! page ever does. Text, yes or no and counts are plain JSON; every other value is an object of one key that names
//! its type.

use chrono::{DateTime, NaiveDate, Utc};
use litemap::LiteMap;
use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use smol_str::SmolStr;
use std::fmt;

use super::ids::{ExternalId, RecordId};
use super::record::RecordKind;
use super::value::{
    Address, Choice, Content, Country, Email, Language, Money, Phone, Reference, Special, Value,
};

/// Writes `value`, special-category ones included.
pub(crate) fn serialize<S: Serializer>(value: &Value, out: S) -> Result<S::Ok, S::Error> {
    match value {
        Value::Text(text) => out.serialize_str(text),
        Value::Bool(flag) => out.serialize_bool(*flag),
        Value::Integer(number) => out.serialize_i64(*number),
        Value::Date(date) => tagged(out, "date", date),
        Value::Instant(at) => tagged(out, "at", at),
        Value::Money(Money { amount_minor, currency }) => tagged(out, "money", &(amount_minor, currency)),
        Value::Decimal(number) => tagged(out, "decimal", number),
        Value::Country(country) => tagged(out, "country", country),
        Value::Language(language) => tagged(out, "language", language),
        Value::Email(email) => tagged(out, "email", email),
        Value::Phone(phone) => tagged(out, "phone", phone),
        Value::Address(address) => tagged(out, "address", address),
        Value::Choice(Choice::Known(word)) => tagged(out, "is", word),
        Value::Choice(Choice::Other(word)) => tagged(out, "other", word),
        Value::Reference(Reference::Record(kind, id)) => tagged(out, "record", &(kind, id)),
        Value::Reference(Reference::Remote(kind, id)) => tagged(out, "remote", &(kind, id)),
        Value::Content(content) => tagged(out, "content", content),
        Value::Entry(parts) => tagged(out, "entry", &Parts(parts)),
        Value::Special(inner) => tagged(out, "special", &Stored(inner.sealed())),
    }
}

/// Reads what [`serialize`] wrote.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Value, D::Error> {
    input.deserialize_any(AnyValue)
}

fn tagged<S: Serializer, T: Serialize + ?Sized>(
    out: S,
    tag: &'static str,
    content: &T,
) -> Result<S::Ok, S::Error> {
    let mut group = out.serialize_map(Some(1))?;
    group.serialize_entry(tag, content)?;
    group.end()
}

/// A value on its way out.
pub(super) struct Stored<'a>(pub(super) &'a Value);

impl Serialize for Stored<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        serialize(self.0, out)
    }
}

/// The parts of an entry on their way out.
struct Parts<'a>(&'a LiteMap<SmolStr, Value>);

impl Serialize for Parts<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.0.iter().map(|(name, value)| (name, Stored(value))))
    }
}

/// A value on its way in.
pub(super) struct Restored(pub(super) Value);

impl<'de> Deserialize<'de> for Restored {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        deserialize(input).map(Self)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a stored value")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        i64::try_from(number).map(Value::Integer).map_err(|_| E::custom("a stored number is too large"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut group: A) -> Result<Value, A::Error> {
        let tag: Tag = group.next_key()?.ok_or_else(|| de::Error::custom("a stored value without a type"))?;
        let value = read_tagged(tag, &mut group)?;
        match group.next_key::<IgnoredAny>()? {
            None => Ok(value),
            Some(IgnoredAny) => Err(de::Error::custom("a stored value of two types")),
        }
    }
}

/// The types that are written with their name.
#[derive(Clone, Copy, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Tag {
    Date,
    At,
    Money,
    Decimal,
    Country,
    Language,
    Email,
    Phone,
    Address,
    Is,
    Other,
    Record,
    Remote,
    Content,
    Entry,
    Special,
}

fn read_tagged<'de, A: MapAccess<'de>>(tag: Tag, group: &mut A) -> Result<Value, A::Error> {
    Ok(match tag {
        Tag::Date => Value::Date(group.next_value::<NaiveDate>()?),
        Tag::At => Value::Instant(group.next_value::<DateTime<Utc>>()?),
        Tag::Money => {
            let (amount_minor, currency) = group.next_value()?;
            Value::Money(Money { amount_minor, currency })
        }
        Tag::Decimal => Value::Decimal(group.next_value()?),
        Tag::Country => Value::Country(group.next_value::<Country>()?),
        Tag::Language => Value::Language(group.next_value::<Language>()?),
        Tag::Email => Value::Email(group.next_value::<Email>()?),
        Tag::Phone => Value::Phone(group.next_value::<Phone>()?),
        Tag::Address => Value::Address(group.next_value::<Box<Address>>()?),
        Tag::Is => Value::Choice(Choice::Known(group.next_value()?)),
        Tag::Other => Value::Choice(Choice::Other(group.next_value()?)),
        Tag::Record => {
            let (kind, id) = group.next_value::<(RecordKind, RecordId)>()?;
            Value::Reference(Reference::Record(kind, id))
        }
        Tag::Remote => {
            let (kind, id) = group.next_value::<(RecordKind, ExternalId)>()?;
            Value::Reference(Reference::Remote(kind, id))
        }
        Tag::Content => Value::Content(group.next_value::<Content>()?),
        Tag::Entry => {
            let parts: LiteMap<SmolStr, Restored> = group.next_value()?;
            Value::entry(parts.into_iter().map(|(name, value)| (name, value.0)))
        }
        Tag::Special => Value::Special(Special::seal(group.next_value::<Restored>()?.0)),
    })
}
