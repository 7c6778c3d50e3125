//! What a field is: its key, type, multiplicity, defaults and the words that operators read for it.
//!
//! The fields themselves are declared in `fields/`, one table per kind of record, and collected by
//! [`Registry`]; adding one is one entry there.

use litemap::LiteMap;
use serde::{Deserialize, Serialize, Serializer};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::fmt;

use super::policy::{Authority, Direction, Policy};
use super::record::RecordKind;
use super::value::{Special, Value};

/// The key of a field, unique within a kind of record, for example `surname` or `x_buyer_persona`. Keys sort as their
/// texts do.
///
/// Every field of every document is looked up by its key several times, and most keys differ early: their beginning is
/// kept as a number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(from = "SmolStr")]
pub struct FieldKey {
    /// The first eight bytes of the text, the first one counting most; a shorter one goes on with zeros.
    beginning: u64,
    text: SmolStr,
}

impl FieldKey {
    /// A key known when the program is written.
    pub const fn of(key: &'static str) -> Self {
        Self { beginning: beginning_of(key), text: SmolStr::new_static(key) }
    }

    /// A key from configuration or storage.
    pub fn new(key: impl Into<SmolStr>) -> Self {
        let text = key.into();
        Self { beginning: beginning_of(&text), text }
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

const fn beginning_of(text: &str) -> u64 {
    let mut rest = text.as_bytes();
    let mut number = 0;
    let mut n_bytes = 0;
    while n_bytes < 8 {
        number <<= 8;
        if let [first, others @ ..] = rest {
            number |= *first as u64;
            rest = others;
        }
        n_bytes += 1;
    }
    number
}

impl From<SmolStr> for FieldKey {
    fn from(text: SmolStr) -> Self {
        Self::new(text)
    }
}

impl Serialize for FieldKey {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.text)
    }
}

impl fmt::Display for FieldKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl From<&str> for FieldKey {
    fn from(key: &str) -> Self {
        Self::new(key)
    }
}

/// The type of a field's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldType {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// A person's name or a part of it: normalised without losing the form somebody gave it.
    Name,
    /// Yes or no.
    Bool,
    /// A count.
    Integer,
    /// A calendar date.
    Date,
    /// A point in time, UTC.
    Instant,
    /// A hotel-local date.
    LocalDate,
    /// Minor units and currency.
    Money,
    /// A decimal number.
    Decimal,
    /// ISO 3166-1.
    Country,
    /// BCP 47.
    Language,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// A postal address.
    Address,
    /// One of these words; other words are kept as the vendor wrote them.
    Choice(&'static [&'static str]),
    /// Another record, of one of these kinds.
    Reference(&'static [RecordKind]),
    /// Bytes that stay where they are.
    Content,
    /// Named parts.
    Entry(&'static [Part]),
}

/// One named part of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The part's name.
    pub name: &'static str,
    /// Its type.
    pub of: FieldType,
}

/// How many values a record has of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Multiplicity {
    /// At most one.
    One,
    /// Several, each under its own key.
    Many(ElementRule),
}

/// What makes the key of an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ElementRule {
    /// The value itself: the address of an e-mail, the E.164 form of a phone, the folded text of an address.
    Value,
    /// These parts of an entry, in order, joined by `/`.
    Parts(&'static [&'static str]),
}

/// Who may see a field outside the hotel's own desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Every system.
    All,
    /// Systems that the hotel has marked internal; never a mailing tool.
    Internal,
    /// Only for a recorded purpose.
    SpecialCategory,
}

/// The words operators read for a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// English.
    pub en: SmolStr,
    /// Spanish.
    pub es: SmolStr,
    /// French.
    pub fr: SmolStr,
}

/// A declared field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDef {
    /// Its key.
    pub key: FieldKey,
    /// The type of its values.
    pub of: FieldType,
    /// How many values.
    pub multiplicity: Multiplicity,
    /// Who wins by default.
    pub policy: Policy,
    /// Whose value settles what the policy cannot.
    pub owner: Option<Authority>,
    /// Which way its values travel by default.
    pub direction: Direction,
    /// Who may see it.
    pub audience: Audience,
    /// A change of it alone makes no system due: it travels with the next write that has another reason. For stamps
    /// that move at every reading (`verified_at`), which would otherwise cause a write each time a system is read.
    pub passive: bool,
    /// Its words.
    pub labels: Labels,
}

impl FieldDef {
    /// A value of this field as the hub keeps it: sealed where the law protects it especially. Whatever reads values
    /// from outside passes them through here.
    pub fn sealed(&self, value: Value) -> Value {
        match self.audience {
            Audience::SpecialCategory => Value::Special(Special::seal(value)),
            Audience::All | Audience::Internal => value,
        }
    }
}

/// Every field of every kind of record, custom fields included.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    fields: BTreeMap<RecordKind, LiteMap<FieldKey, FieldDef>>,
}

impl Registry {
    /// A registry of these fields; a later entry of the same kind and key replaces an earlier one.
    pub fn of(fields: impl IntoIterator<Item = (RecordKind, FieldDef)>) -> Self {
        let mut registry = Self::default();
        for (kind, field) in fields {
            registry.declare(kind, field);
        }
        registry
    }

    /// Adds a field.
    pub fn declare(&mut self, kind: RecordKind, field: FieldDef) {
        self.fields.entry(kind).or_default().insert(field.key.clone(), field);
    }

    /// The field of `kind` called `key`.
    pub fn field(&self, kind: RecordKind, key: &FieldKey) -> Option<&FieldDef> {
        self.fields.get(&kind)?.get(key)
    }

    /// Every field of `kind`, in key order.
    pub fn fields(&self, kind: RecordKind) -> impl Iterator<Item = &FieldDef> {
        self.fields.get(&kind).into_iter().flat_map(LiteMap::values)
    }
}
