//! What a system holds of one record, field by field: the common shape of observations, shadows and writes.

use litemap::LiteMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::ops::Deref;
use std::sync::Arc;

use super::field::FieldKey;
use super::ids::{Element, RemoteRef};
use super::value::Value;
use super::{shown, stored};

/// A value inside a document, stored with special-category values included. What a record, a shadow and the journal hold
/// of one observation is one value in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held(pub Arc<Value>);

impl Held {
    /// Holds a value.
    pub fn new(value: Value) -> Self {
        Self(Arc::new(value))
    }
}

impl Deref for Held {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl Serialize for Held {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        stored::serialize(&self.0, out)
    }
}

impl<'de> Deserialize<'de> for Held {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        stored::deserialize(input).map(Self::new)
    }
}

/// What was seen of one field. A field that was not seen at all is absent from the [`Document`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The field is there and holds nothing.
    Empty,
    /// The system hides it (`*****`): nothing is known.
    Masked,
    /// One value.
    One(Held),
    /// The complete set of elements; empty when there is none.
    Set(LiteMap<Element, Held>),
}

impl Seen {
    /// One value.
    pub fn one(value: Value) -> Self {
        Self::One(Held::new(value))
    }

    /// `Some(value)` is one value, `None` is [`Seen::Empty`].
    pub fn optional(value: Option<Value>) -> Self {
        value.map_or(Self::Empty, Self::one)
    }

    /// The complete set of elements.
    pub fn set(elements: impl IntoIterator<Item = (Element, Value)>) -> Self {
        Self::Set(elements.into_iter().map(|(key, value)| (key, Held::new(value))).collect())
    }

    /// The value of a single-valued field.
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::One(held) => Some(&*held.0),
            Self::Empty | Self::Masked | Self::Set(_) => None,
        }
    }

    /// The value, or those of the elements.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        let elements = self.elements().into_iter().flat_map(LiteMap::values);
        self.value().into_iter().chain(elements.map(Deref::deref))
    }

    /// The elements of a many-valued field.
    pub fn elements(&self) -> Option<&LiteMap<Element, Held>> {
        match self {
            Self::Set(elements) => Some(elements),
            Self::Empty | Self::Masked | Self::One(_) => None,
        }
    }
}

/// The fields of one record as one system holds them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Document(#[serde(serialize_with = "shown::as_map")] LiteMap<FieldKey, Seen>);

impl Document {
    /// An empty document: nothing was seen.
    pub const fn new() -> Self {
        Self(LiteMap::new_vec())
    }

    /// Notes what was seen of `field`, replacing an earlier note.
    pub fn insert(&mut self, field: FieldKey, seen: Seen) {
        self.0.insert(field, seen);
    }

    /// [`Document::insert`] in a chain.
    #[must_use]
    pub fn with(mut self, field: FieldKey, seen: Seen) -> Self {
        self.insert(field, seen);
        self
    }

    /// What was seen of `field`; `None` when it was absent.
    pub fn get(&self, field: &FieldKey) -> Option<&Seen> {
        self.0.get(field)
    }

    /// What was seen of `field`, to change it in place.
    pub fn get_mut(&mut self, field: &FieldKey) -> Option<&mut Seen> {
        self.0.get_mut(field)
    }

    /// Forgets `field` and gives back what was seen of it.
    pub fn remove(&mut self, field: &FieldKey) -> Option<Seen> {
        self.0.remove(field)
    }

    /// The single value of `field`.
    pub fn value(&self, field: &FieldKey) -> Option<&Value> {
        self.get(field).and_then(Seen::value)
    }

    /// Every record that is referred to by its system's id, some of them more than once.
    pub fn remote_references(&self) -> Vec<RemoteRef> {
        let mut found = Vec::new();
        for value in self.0.values().flat_map(Seen::values) {
            value.each_reference(&mut |reference| found.extend(reference.remote()));
        }
        found
    }

    /// Every field that was seen, in key order.
    pub fn iter(&self) -> impl Iterator<Item = (&FieldKey, &Seen)> {
        self.0.iter()
    }

    /// Every field that was seen, to change what was seen of it.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&FieldKey, &mut Seen)> {
        self.0.iter_mut()
    }

    /// A digest of what it holds, stable between runs.
    pub fn digest(&self) -> Option<i64> {
        let bytes = serde_json::to_vec(self).ok()?;
        Sha256::digest(bytes).first_chunk().map(|chunk| i64::from_be_bytes(*chunk))
    }

    /// How many fields were seen.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(FieldKey, Seen)> for Document {
    fn from_iter<I: IntoIterator<Item = (FieldKey, Seen)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl IntoIterator for Document {
    type Item = (FieldKey, Seen);
    type IntoIter = std::vec::IntoIter<(FieldKey, Seen)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
