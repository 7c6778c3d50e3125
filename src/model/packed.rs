//! The storage form of a record's cells: each story once, and beside each value the number of its story.
//!
//! The cells of one observation share where they came from. Written out beside every value, that is most of a record;
//! after reading, cells with the same story share it in memory too.
//!
//! `{"b": [stories], "c": {"surname": ["García", 0], "emails": {"ana@example.com": [{"email": ..}, 1, "operator"]}}}`

use chrono::{DateTime, Utc};
use litemap::LiteMap;
use serde::de::{self, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};
use serde::ser::{SerializeSeq, Serializer};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::sync::Arc;

use super::document::Held;
use super::field::FieldKey;
use super::ids::{Element, ObservationId, OperatorId, SystemId};
use super::record::{Cell, CellSet, Evidence, Provenance, Rule};
use super::stored::{Restored, Stored};

/// The cells of a record.
type Fields = LiteMap<FieldKey, CellSet>;

/// A record's cells on their way out.
#[derive(Debug, Clone, Copy)]
pub struct Packed<'a>(pub &'a Fields);

/// A record's cells on their way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked(pub Fields);

impl Serialize for Packed<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        serialize(self.0, out)
    }
}

impl<'de> Deserialize<'de> for Unpacked {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        deserialize(input).map(Self)
    }
}

/// Writes the cells of a record.
pub(super) fn serialize<S: Serializer>(fields: &Fields, out: S) -> Result<S::Ok, S::Error> {
    let stories = Stories::of(fields);
    let because = stories.0.iter().map(|story| StoryOut::of(story)).collect();
    DocumentOut { because, cells: FieldsOut { fields, stories: &stories } }.serialize(out)
}

/// Reads what [`serialize`] wrote.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Fields, D::Error> {
    let DocumentIn { because, cells } = DocumentIn::deserialize(input)?;
    let stories: Vec<Arc<Provenance>> = because.into_iter().map(|story| Arc::new(story.into())).collect();
    let fields = cells.into_iter().map(|(key, set)| Some((key, set.with(&stories)?)));
    fields.collect::<Option<_>>().ok_or_else(|| de::Error::custom("a cell without its story"))
}

/// Every different story of a record, in the order in which its cells need them.
struct Stories<'a>(Vec<&'a Arc<Provenance>>);

impl<'a> Stories<'a> {
    fn of(fields: &'a Fields) -> Self {
        let mut stories = Self(Vec::new());
        for cell in fields.values().flat_map(CellSet::cells) {
            if stories.number(&cell.provenance).is_none() {
                stories.0.push(&cell.provenance);
            }
        }
        stories
    }

    fn number(&self, story: &Arc<Provenance>) -> Option<usize> {
        // Most cells share the very same story; comparing the content is the exception.
        let same = self.0.iter().position(|known| Arc::ptr_eq(known, story));
        same.or_else(|| self.0.iter().position(|known| *known == story))
    }
}

#[derive(Serialize)]
struct DocumentOut<'a> {
    #[serde(rename = "b")]
    because: Vec<StoryOut<'a>>,
    #[serde(rename = "c")]
    cells: FieldsOut<'a>,
}

#[derive(Deserialize)]
struct DocumentIn {
    #[serde(rename = "b")]
    because: Vec<StoryIn>,
    #[serde(rename = "c")]
    cells: LiteMap<FieldKey, SetIn>,
}

/// [`Provenance`] with short keys.
#[derive(Serialize)]
struct StoryOut<'a> {
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    system: Option<&'a SystemId>,
    #[serde(rename = "o", skip_serializing_if = "Option::is_none")]
    observation: Option<&'a ObservationId>,
    #[serde(rename = "a", skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
    #[serde(rename = "r")]
    rule: Rule,
    #[serde(rename = "t")]
    at: DateTime<Utc>,
    #[serde(rename = "f", skip_serializing_if = "Option::is_none")]
    after: Option<DateTime<Utc>>,
    /// Left out when it is `t`.
    #[serde(rename = "u", skip_serializing_if = "Option::is_none")]
    until: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct StoryIn {
    #[serde(rename = "s", default)]
    system: Option<SystemId>,
    #[serde(rename = "o", default)]
    observation: Option<ObservationId>,
    #[serde(rename = "a", default)]
    actor: Option<String>,
    #[serde(rename = "r")]
    rule: Rule,
    #[serde(rename = "t")]
    at: DateTime<Utc>,
    #[serde(rename = "f", default)]
    after: Option<DateTime<Utc>>,
    #[serde(rename = "u", default)]
    until: Option<DateTime<Utc>>,
}

impl<'a> StoryOut<'a> {
    fn of(story: &'a Provenance) -> Self {
        let Provenance { system, observation, actor, rule, at, evidence: Evidence { after, until } } = story;
        Self {
            system: system.as_ref(),
            observation: observation.as_ref(),
            actor: actor.as_deref(),
            rule: *rule,
            at: *at,
            after: *after,
            until: (until != at).then_some(*until),
        }
    }
}

impl From<StoryIn> for Provenance {
    fn from(story: StoryIn) -> Self {
        let StoryIn { system, observation, actor, rule, at, after, until } = story;
        let evidence = Evidence { after, until: until.unwrap_or(at) };
        Self { system, observation, actor, rule, at, evidence }
    }
}

/// Every field's cells on their way out.
struct FieldsOut<'a> {
    fields: &'a Fields,
    stories: &'a Stories<'a>,
}

impl Serialize for FieldsOut<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.fields.iter().map(|(key, set)| (key, SetOut { set, stories: self.stories })))
    }
}

/// A field's cells on their way out: a list is one cell, an object is a cell per element.
struct SetOut<'a> {
    set: &'a CellSet,
    stories: &'a Stories<'a>,
}

impl Serialize for SetOut<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let stories = self.stories;
        match self.set {
            CellSet::One(cell) => CellOut { cell, stories }.serialize(out),
            CellSet::Many(cells) => {
                out.collect_map(cells.iter().map(|(key, cell)| (key, CellOut { cell, stories })))
            }
        }
    }
}

struct CellOut<'a> {
    cell: &'a Cell,
    stories: &'a Stories<'a>,
}

impl Serialize for CellOut<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let Cell { value, provenance, pinned_by } = self.cell;
        let mut list = out.serialize_seq(None)?;
        list.serialize_element(&value.as_ref().map(|held| Stored(&held.0)))?;
        list.serialize_element(&self.stories.number(provenance))?;
        if let Some(operator) = pinned_by {
            list.serialize_element(operator)?;
        }
        list.end()
    }
}

/// A field's cells on their way in.
enum SetIn {
    One(CellIn),
    Many(LiteMap<Element, CellIn>),
}

impl SetIn {
    fn with(self, stories: &[Arc<Provenance>]) -> Option<CellSet> {
        Some(match self {
            Self::One(cell) => CellSet::One(cell.with(stories)?),
            Self::Many(cells) => {
                let cells = cells.into_iter().map(|(key, cell)| Some((key, cell.with(stories)?)));
                CellSet::Many(cells.collect::<Option<_>>()?)
            }
        })
    }
}

impl<'de> Deserialize<'de> for SetIn {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = SetIn;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a cell, or cells by element")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<SetIn, A::Error> {
                CellIn::read(list).map(SetIn::One)
            }

            fn visit_map<A: MapAccess<'de>>(self, cells: A) -> Result<SetIn, A::Error> {
                LiteMap::deserialize(MapAccessDeserializer::new(cells)).map(SetIn::Many)
            }
        }

        input.deserialize_any(Either)
    }
}

struct CellIn {
    value: Option<Held>,
    story: usize,
    pinned_by: Option<OperatorId>,
}

impl CellIn {
    fn read<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let missing = || de::Error::custom("a cell without a value or a story");
        let value: Option<Restored> = list.next_element()?.ok_or_else(missing)?;
        let story = list.next_element()?.ok_or_else(missing)?;
        let pinned_by = list.next_element()?;
        Ok(Self { value: value.map(|restored| Held::new(restored.0)), story, pinned_by })
    }

    fn with(self, stories: &[Arc<Provenance>]) -> Option<Cell> {
        let provenance = Arc::clone(stories.get(self.story)?);
        Some(Cell { value: self.value, provenance, pinned_by: self.pinned_by })
    }
}

impl<'de> Deserialize<'de> for CellIn {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = CellIn;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a cell")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<CellIn, A::Error> {
                CellIn::read(list)
            }
        }

        input.deserialize_seq(List)
    }
}
