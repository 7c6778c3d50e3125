//! Which keys there are: read off the section types themselves, so that this list cannot lag behind.

use config::{Value, ValueKind};
use serde::de::value::Error as Stop;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

use super::error::{Problem, Problems};

/// Below this likeness a known key is not offered for an unknown one.
const LIKE_ENOUGH: f64 = 0.7;

/// The keys that may stand at one place.
pub(super) enum Keys {
    /// A value, or whatever somebody else checks.
    Anything,
    /// These keys.
    These(Vec<(&'static str, Keys)>),
    /// Keys of the operator's choice, all of one shape.
    Named(Box<Keys>),
}

impl Keys {
    /// The keys of a section type; each is a plain value unless `nested` says otherwise.
    pub(super) fn of<'de, T: Deserialize<'de>>(nested: Vec<(&'static str, Keys)>) -> Self {
        let mut keys: Vec<(&'static str, Self)> =
            names_of::<T>().iter().map(|name| (*name, Self::Anything)).collect();
        for (name, inner) in nested {
            keys.retain(|(known, _)| *known != name);
            keys.push((name, inner));
        }
        Self::These(keys)
    }

    /// A table of tables with the keys of `T` each.
    pub(super) fn named<'de, T: Deserialize<'de>>(nested: Vec<(&'static str, Keys)>) -> Self {
        Self::Named(Box::new(Self::of::<T>(nested)))
    }

    /// Notes every key of `value` that is not known, with the file it stands in and the nearest known key.
    pub(super) fn check(&self, path: &str, value: &Value, problems: &mut Problems) {
        let ValueKind::Table(table) = &value.kind else { return };
        let mut names: Vec<&String> = table.keys().collect();
        names.sort();
        for name in names {
            let Some(inner) = table.get(name) else { continue };
            let key = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            match self {
                Self::Anything => {}
                Self::Named(shape) => shape.check(&key, inner, problems),
                Self::These(known) => match known.iter().find(|(known, _)| known == name) {
                    Some((_, shape)) => shape.check(&key, inner, problems),
                    None => problems.0.push(Problem {
                        key,
                        why: "there is no such key".to_owned(),
                        file: first_origin(inner),
                        hint: hint(name, known.iter().map(|(known, _)| *known)),
                    }),
                },
            }
        }
    }
}

/// Offers the nearest of the known names, or lists them all.
pub(super) fn hint<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let known: Vec<&str> = known.collect();
    let likeness = |other: &str| strsim::jaro_winkler(name, other);
    let nearest = known.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    if likeness(nearest) >= LIKE_ENOUGH {
        return Some(format!("did you mean `{nearest}`?"));
    }
    Some(format!("known here: {}", known.join(", ")))
}

/// The file that a value was read from; for a table, the file of the first of its values.
pub(super) fn first_origin(value: &Value) -> Option<String> {
    let own = value.origin().map(str::to_owned);
    own.or_else(|| match &value.kind {
        ValueKind::Table(table) => {
            let mut entries: Vec<_> = table.iter().collect();
            entries.sort_by_key(|(name, _)| *name);
            entries.into_iter().find_map(|(_, value)| first_origin(value))
        }
        ValueKind::Array(items) => items.iter().find_map(first_origin),
        ValueKind::Nil
        | ValueKind::Boolean(_)
        | ValueKind::I64(_)
        | ValueKind::I128(_)
        | ValueKind::U64(_)
        | ValueKind::U128(_)
        | ValueKind::Float(_)
        | ValueKind::String(_) => None,
    })
}

/// The field names that a struct's `Deserialize` asks for.
fn names_of<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // It always ends in an error: the names are all that is wanted, and they are handed over first.
    let _: Result<T, Stop> = T::deserialize(Ask { names: &mut names });
    names
}

/// A source without data that notes which fields are asked for.
struct Ask<'a> {
    names: &'a mut &'static [&'static str],
}

impl<'de> Deserializer<'de> for Ask<'_> {
    type Error = Stop;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Stop> {
        *self.names = fields;
        Err(Stop::custom("only the names are wanted"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Stop> {
        Err(Stop::custom("only a struct has names"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
