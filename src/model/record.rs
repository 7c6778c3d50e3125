//! The hub's record: its kind, its life, and its cells with the story of each.

use chrono::{DateTime, Utc};
use litemap::LiteMap;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

use super::document::Held;
use super::field::FieldKey;
use super::ids::{Element, ObservationId, OperatorId, RecordId, SystemId};
use super::value::Reference;

/// What a record is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// A company that books or pays.
    Company,
    /// A travel agency or tour operator.
    Agency,
    /// A guest or a contact; he may never have stayed.
    Person,
    /// One reservation of the PMS.
    Reservation,
    /// A membership of a loyalty programme.
    Membership,
    /// A loyalty certificate.
    Certificate,
}

impl RecordKind {
    /// Every kind, dependencies before what depends on them.
    pub const ALL: [Self; 6] =
        [Self::Company, Self::Agency, Self::Person, Self::Reservation, Self::Membership, Self::Certificate];

    /// The kind's name in configuration, storage and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Agency => "agency",
            Self::Person => "person",
            Self::Reservation => "reservation",
            Self::Membership => "membership",
            Self::Certificate => "certificate",
        }
    }

    /// The kind called `name`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Where it stands in the order of delivery: a reservation needs its person, a person needs his company.
    pub const fn rank(self) -> i64 {
        match self {
            Self::Company | Self::Agency => 0,
            Self::Person => 1,
            Self::Reservation => 2,
            Self::Membership => 3,
            Self::Certificate => 4,
        }
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Whether a record is in use. Merges form a forest: a merged record points at the one it went into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    /// In use.
    Live,
    /// It is an alias of another record.
    MergedInto(RecordId),
    /// Its person asked to be forgotten. Absorbing.
    Erased,
    /// No longer used; kept.
    Retired,
}

/// A record of the hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its id.
    pub id: RecordId,
    /// What it is of.
    pub kind: RecordKind,
    /// Whether it is in use.
    pub life: Life,
    /// Counts the stored changes of the record; a commit that was computed from an older one is refused.
    pub version: i64,
    /// Its fields.
    #[serde(with = "super::packed")]
    pub fields: LiteMap<FieldKey, CellSet>,
}

impl Record {
    /// A new, empty record.
    pub const fn new(id: RecordId, kind: RecordKind) -> Self {
        Self { id, kind, life: Life::Live, version: 0, fields: LiteMap::new_vec() }
    }

    /// Every record that its cells refer to, as they name it.
    pub fn references(&self) -> Vec<(RecordKind, RecordId)> {
        let mut found = Vec::new();
        let mut note = |reference: &Reference| {
            if let Reference::Record(kind, id) = reference {
                found.push((*kind, *id));
            }
        };
        for value in self.fields.values().flat_map(CellSet::cells).filter_map(|cell| cell.value.as_deref()) {
            value.each_reference(&mut note);
        }
        found
    }

    /// The cell of a single-valued field.
    pub fn cell(&self, field: &FieldKey) -> Option<&Cell> {
        match self.fields.get(field)? {
            CellSet::One(cell) => Some(cell),
            CellSet::Many(_) => None,
        }
    }

    /// The value of a single-valued field; `None` also when it was cleared.
    pub fn value(&self, field: &FieldKey) -> Option<&super::value::Value> {
        self.cell(field)?.value.as_deref()
    }

    /// The elements of a many-valued field.
    pub fn elements(&self, field: &FieldKey) -> Option<&LiteMap<Element, Cell>> {
        match self.fields.get(field)? {
            CellSet::Many(cells) => Some(cells),
            CellSet::One(_) => None,
        }
    }
}

/// The cell or cells of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellSet {
    /// A single-valued field.
    One(Cell),
    /// A many-valued field, a cell per element.
    Many(LiteMap<Element, Cell>),
}

impl CellSet {
    /// The cell, or those of the elements.
    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        let (one, many) = match self {
            Self::One(cell) => (Some(cell), None),
            Self::Many(cells) => (None, Some(cells.values())),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }
}

/// A value and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The value; `None` when it was cleared on purpose.
    pub value: Option<Held>,
    /// Where it came from; the cells of one observation share it.
    pub provenance: Arc<Provenance>,
    /// Set by an operator: every system converges to the cell, whatever it says itself.
    pub pinned_by: Option<OperatorId>,
}

/// Where a cell's value came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The system that said so; `None` when the hub computed it or an operator typed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemId>,
    /// The observation, as the journal numbers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observation: Option<ObservationId>,
    /// The user at the system, or the operator, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The rule that let it in.
    pub rule: Rule,
    /// When the hub took it.
    pub at: DateTime<Utc>,
    /// When the value was changed at its system, as far as can be said.
    pub evidence: Evidence,
}

/// The interval in which a change was made: after the last read that still showed the old value, and not after
/// the source's own stamp or the read that showed the new one. Widened by the clock offset of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The change was not made before; `None` when nothing is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<DateTime<Utc>>,
    /// The change was made by then.
    pub until: DateTime<Utc>,
}

/// The rule that let a value in, or kept it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Nobody else had moved.
    OnlyChange,
    /// The record or the field was new to the hub.
    FirstContact,
    /// The hub had nothing.
    Fill,
    /// The owner's value wins.
    Owner,
    /// The value that allows less wins.
    MostRestrictive,
    /// An element was added, edited or removed.
    Element,
    /// The better kind of value wins.
    Quality,
    /// Added to the others.
    Append,
    /// The later change wins.
    Latest,
    /// Computed by the hub.
    Derived,
    /// An operator decided.
    Operator,
    /// An operator's decision stands against a system's value.
    Pin,
    /// The survivor of a merge.
    Survivor,
    /// The reservation is gone at its PMS.
    GoneAtOwner,
}
