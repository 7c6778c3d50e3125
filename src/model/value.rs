//! What a cell can hold. Absent, masked and empty are not values: see [`super::document::Seen`].

use chrono::{DateTime, NaiveDate, Utc};
use litemap::LiteMap;
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};
use smol_str::SmolStr;
use std::fmt;

use super::ids::{ExternalId, RecordId, RemoteRef};
use super::record::RecordKind;

/// One value in the hub's normal form.
///
/// `Debug` prints the type and never the content, because values are personal data.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
#[serde(tag = "t", content = "v", rename_all = "snake_case")]
pub enum Value {
    /// Text of one line or several.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// A count.
    Integer(i64),
    /// A calendar date without time or zone: a birth date, or a hotel-local date.
    Date(NaiveDate),
    /// A point in time, UTC.
    Instant(DateTime<Utc>),
    /// An amount in minor units of a currency.
    Money(Money),
    /// A decimal number in plain notation, without trailing zeros.
    Decimal(String),
    /// A country.
    Country(Country),
    /// A language.
    Language(Language),
    /// An e-mail address.
    Email(Email),
    /// A phone number.
    Phone(Phone),
    /// A postal address.
    Address(Box<Address>),
    /// A word of a closed list, or a word of the vendor that is not in it.
    Choice(Choice),
    /// Another record.
    Reference(Reference),
    /// Bytes that stay where they are: a digest, a media type and a size.
    Content(Content),
    /// A group of named parts: one room, one extra, one consent.
    Entry(LiteMap<SmolStr, Value>),
    /// Something the law protects especially: an identity document, an allergy.
    Special(Special),
}

/// An amount: minor units (cents) beside the ISO 4217 code they count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units, negative for a refund.
    pub amount_minor: i64,
    /// ISO 4217, upper case.
    pub currency: SmolStr,
}

/// ISO 3166-1 alpha-2, upper case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Country(pub SmolStr);

/// BCP 47, lower-case primary language and upper-case region, for example `es` or `pt-BR`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Language(pub SmolStr);

/// An e-mail address in canonical form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub struct Email {
    /// The address, domain in lower case.
    pub address: String,
    /// What it is used for, for example `home` or `work`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<SmolStr>,
    /// The one to write to.
    #[serde(default, skip_serializing_if = "is_false")]
    pub primary: bool,
    /// A mail to it has been answered or confirmed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub verified: bool,
    /// It is an OTA's relay: it belongs to a booking, not to the person.
    #[serde(default, skip_serializing_if = "is_false")]
    pub relay: bool,
}

/// A phone number: E.164 where it could be read, and always as typed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub struct Phone {
    /// `+34600112233`; `None` when the number could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e164: Option<SmolStr>,
    /// As somebody typed it.
    pub typed: String,
    /// `mobile`, `landline`, `fax`, or what the system calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<SmolStr>,
    /// The one to call.
    #[serde(default, skip_serializing_if = "is_false")]
    pub primary: bool,
    /// A call or a message to it has been answered.
    #[serde(default, skip_serializing_if = "is_false")]
    pub verified: bool,
}

/// A postal address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug))]
pub struct Address {
    /// Street and number, lines separated by a line feed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub street: String,
    /// City or locality.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub city: String,
    /// Postal code as the country writes it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub postal_code: String,
    /// Region, state or province, as text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// Country, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// `home`, `work`, `billing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<SmolStr>,
    /// Exactly one of a person's addresses is the primary one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub primary: bool,
}

/// A word of a closed list, or the vendor's own word where the list has none for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// A word of the field's list.
    Known(SmolStr),
    /// Kept as the vendor wrote it.
    Other(SmolStr),
}

impl Choice {
    /// The word, whichever it is.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(word) | Self::Other(word) => word,
        }
    }
}

/// Another record: by the hub's id once resolved, by the observed system's id until then.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// A record of the hub.
    Record(RecordKind, RecordId),
    /// A record at the system that was observed; capture resolves it before anything is decided.
    Remote(RecordKind, ExternalId),
}

impl Reference {
    /// The record at the system, where it is named by the system's id.
    pub fn remote(&self) -> Option<RemoteRef> {
        match self {
            Self::Remote(kind, id) => Some(RemoteRef { kind: *kind, external_id: id.clone() }),
            Self::Record(..) => None,
        }
    }
}

/// Bytes that stay where they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Content {
    /// SHA-256, lower-case hexadecimal.
    pub sha256: SmolStr,
    /// For example `image/jpeg`.
    pub media_type: SmolStr,
    /// Size in bytes.
    pub size_bytes: u64,
}

/// A special-category value. It can be read only with a [`Purpose`], and plain serialisation refuses it, so that
/// no connector can send it by accident; only the hub's own documents, through `model::stored`, write it out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Special(Box<Value>);

/// A recorded reason to process special-category values, for example a legal registration duty.
///
/// Only the policy book hands one out, from a purpose that the hotel has recorded in its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purpose(SmolStr);

impl Purpose {
    /// Records a purpose by its name in the configuration.
    pub(crate) fn recorded(name: impl Into<SmolStr>) -> Self {
        Self(name.into())
    }

    /// The purpose's name, for the journal.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl Special {
    /// Seals a value.
    pub fn seal(value: Value) -> Self {
        Self(Box::new(value))
    }

    /// The value inside, for the parts of the model that normalise, compare and store it: it never leaves them open.
    pub(in crate::model) fn sealed(&self) -> &Value {
        &self.0
    }

    /// Opens the value for a recorded purpose.
    pub fn open(&self, _purpose: &Purpose) -> &Value {
        &self.0
    }
}

impl fmt::Debug for Special {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Special([REDACTED])")
    }
}

impl Serialize for Special {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("a special-category value cannot be sent without a recorded purpose"))
    }
}

impl<'de> Deserialize<'de> for Special {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Self(Box::new(Value::deserialize(input)?)))
    }
}

#[cfg(not(test))]
mod redacted {
    //! `Debug` without content for the types that carry personal data.
    use super::{Address, Email, Phone, Value};
    use std::fmt;

    impl fmt::Debug for Value {
        fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(out, "Value::{}", self.type_name())
        }
    }

    macro_rules! redact {
        ($($name:ident),*) => {$(
            impl fmt::Debug for $name {
                fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                    out.write_str(concat!(stringify!($name), "([REDACTED])"))
                }
            }
        )*};
    }
    redact!(Email, Phone, Address);
}

impl Value {
    /// An entry of these parts; of two with one name the later counts.
    pub fn entry(parts: impl IntoIterator<Item = (SmolStr, Self)>) -> Self {
        Self::Entry(parts.into_iter().collect())
    }

    /// The name of the value's type, as the registry spells it.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Bool(_) => "bool",
            Self::Integer(_) => "integer",
            Self::Date(_) => "date",
            Self::Instant(_) => "instant",
            Self::Money(_) => "money",
            Self::Decimal(_) => "decimal",
            Self::Country(_) => "country",
            Self::Language(_) => "language",
            Self::Email(_) => "email",
            Self::Phone(_) => "phone",
            Self::Address(_) => "address",
            Self::Choice(_) => "choice",
            Self::Reference(_) => "reference",
            Self::Content(_) => "content",
            Self::Entry(_) => "entry",
            Self::Special(_) => "special",
        }
    }

    /// The day of a date.
    pub const fn as_date(&self) -> Option<NaiveDate> {
        if let Self::Date(day) = self { Some(*day) } else { None }
    }

    /// The time of an instant.
    pub const fn as_instant(&self) -> Option<DateTime<Utc>> {
        if let Self::Instant(at) = self { Some(*at) } else { None }
    }

    /// The amount of money.
    pub const fn as_money(&self) -> Option<&Money> {
        if let Self::Money(money) = self { Some(money) } else { None }
    }

    /// Whether `test` holds for one of the references of the value or its parts; those after it are not looked at.
    pub fn any_reference<'v>(&'v self, test: &mut dyn FnMut(&'v Reference) -> bool) -> bool {
        if let Self::Reference(reference) = self {
            return test(reference);
        }
        matches!(self, Self::Entry(parts) if parts.values().any(|part| part.any_reference(test)))
    }

    /// Calls `note` with every reference of the value and its parts.
    pub fn each_reference<'v>(&'v self, note: &mut dyn FnMut(&'v Reference)) {
        self.any_reference(&mut |reference| {
            note(reference);
            false
        });
    }

    /// The text of a text value or a choice.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Choice(choice) => Some(choice.as_str()),
            Self::Bool(_)
            | Self::Integer(_)
            | Self::Date(_)
            | Self::Instant(_)
            | Self::Money(_)
            | Self::Decimal(_)
            | Self::Country(_)
            | Self::Language(_)
            | Self::Email(_)
            | Self::Phone(_)
            | Self::Address(_)
            | Self::Reference(_)
            | Self::Content(_)
            | Self::Entry(_)
            | Self::Special(_) => None,
        }
    }
}

/// For `skip_serializing_if`, which hands over a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_false(flag: &bool) -> bool {
    !flag
}
