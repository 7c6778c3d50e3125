//! Whatever a human decides.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::document::Seen;
use super::field::FieldKey;
use super::ids::{Element, ExternalId, OperatorId, RecordId, ReviewId, SystemId};
use super::record::RecordKind;

/// Something that waits for a human, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Its id.
    pub id: ReviewId,
    /// The record it is about; `None` when it is about a whole stream.
    pub record: Option<RecordId>,
    /// The system it arose at; `None` when it is the hub's own question.
    pub system: Option<SystemId>,
    /// What is asked.
    pub kind: ReviewKind,
    /// When it arose.
    pub opened_at: DateTime<Utc>,
    /// How it ended.
    pub state: ReviewState,
    /// Who does not want to be asked for now. Stored by [`Commit::postponed`](crate::store::Commit) only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postponed: Option<Postponed>,
}

/// An operator's wish not to be asked for now. Whoever decides all the same may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Postponed {
    /// Who.
    pub by: OperatorId,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// What is asked of a human.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ReviewKind {
    /// A system and the hub hold different values, and no rule decides.
    Conflict {
        /// The field.
        field: FieldKey,
        /// The element of a many-valued field.
        element: Option<Element>,
        /// What the hub holds.
        hub: Box<Seen>,
        /// What the system holds.
        observed: Box<Seen>,
    },
    /// A cycle would do too much at once; the stream waits.
    Hold {
        /// The kind of record.
        of: RecordKind,
        /// What the cycle would do.
        why: HoldReason,
        /// Some of the records that it would do it to.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        examples: Vec<Example>,
    },
    /// An id shows another human than before.
    Quarantine {
        /// The id at the system.
        external_id: ExternalId,
        /// What made it suspicious.
        why: QuarantineReason,
    },
    /// What is one record in the hub is still several at the system, which can be asked to merge them.
    Proposal {
        /// The main profile.
        main: RecordId,
        /// The profiles that have become its aliases.
        others: Vec<RecordId>,
    },
    /// Profiles that are probably one, as the matcher sees them.
    Duplicates(Box<Cluster>),
    /// Two people with one contact, as the matcher sees them: how do they belong together?
    Household(Box<Cluster>),
    /// Something that only the staff at the system can do.
    Work {
        /// What.
        task: Task,
    },
}

impl ReviewKind {
    /// The names of the kinds.
    pub const NAMES: [&'static str; 7] =
        ["conflict", "hold", "quarantine", "proposal", "duplicates", "work", "household"];

    /// The kind's name in messages, commands and the store.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "conflict",
            Self::Hold { .. } => "hold",
            Self::Quarantine { .. } => "quarantine",
            Self::Proposal { .. } => "proposal",
            Self::Duplicates(_) => "duplicates",
            Self::Household(_) => "household",
            Self::Work { .. } => "work",
        }
    }

    /// The kind called `name`, as [`ReviewKind::NAMES`] has it.
    pub fn named(name: &str) -> Option<&'static str> {
        Self::NAMES.into_iter().find(|known| *known == name)
    }

    /// The profiles that the matcher asks about; `None` when somebody else asks.
    pub const fn cluster(&self) -> Option<&Cluster> {
        match self {
            Self::Duplicates(cluster) | Self::Household(cluster) => Some(cluster),
            Self::Conflict { .. }
            | Self::Hold { .. }
            | Self::Quarantine { .. }
            | Self::Proposal { .. }
            | Self::Work { .. } => None,
        }
    }
}

/// Profiles of one kind that are probably one, or belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// Their kind.
    pub of: RecordKind,
    /// The profile that is suggested to stay.
    pub main: RecordId,
    /// The profiles that would become its aliases.
    pub others: Vec<RecordId>,
    /// How sure the matcher is, in words.
    pub band: Band,
    /// How probable it is that they are one, in parts per million.
    pub probability_ppm: u32,
    /// The next arrival of any of them: the nearest is decided first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_arrival: Option<NaiveDate>,
}

impl Cluster {
    /// Every profile, the suggested main one first.
    pub fn members(&self) -> impl Iterator<Item = RecordId> {
        std::iter::once(self.main).chain(self.others.iter().copied())
    }
}

/// How sure the matcher is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// A document, a loyalty number or as much as that agrees.
    Identity,
    /// Nearly certain.
    Strong,
    /// More likely than not.
    Probable,
    /// Little more than a name to go by.
    Thin,
    /// Other people with the same contact: nothing to merge.
    Household,
}

impl Band {
    /// The names of those that duplicates are proposed in.
    pub const PROPOSED: [&'static str; 4] =
        [Self::Identity.name(), Self::Strong.name(), Self::Probable.name(), Self::Thin.name()];

    /// The band of duplicates called `name`, as [`Band::PROPOSED`] has it.
    pub fn named(name: &str) -> Option<&'static str> {
        Self::PROPOSED.into_iter().find(|known| *known == name)
    }

    /// The band's name in messages and commands.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Strong => "strong",
            Self::Probable => "probable",
            Self::Thin => "thin",
            Self::Household => "household",
        }
    }
}

/// Something that only the staff at a system can do. Ids are the system's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Task {
    /// Make one of two of its records.
    Merge {
        /// Their kind.
        of: RecordKind,
        /// The one that stays.
        keep: ExternalId,
        /// The one that goes.
        lose: ExternalId,
        /// Why the system could not be asked to, where it could have been.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
    },
    /// Make two again of what it has made one, and cannot take back itself.
    Unmerge {
        /// Their kind.
        of: RecordKind,
        /// The one that stayed.
        keep: ExternalId,
        /// The one that went into it.
        lose: ExternalId,
    },
}

/// Two records that operators keep apart: never proposed as one, and never made one by a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apart {
    /// The one with the lower id.
    pub one: RecordId,
    /// The other.
    pub other: RecordId,
    /// Who said so.
    pub by: OperatorId,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub why: String,
}

impl Apart {
    /// Every pair of `records`.
    pub fn all(records: &[RecordId], by: &OperatorId, at: DateTime<Utc>, why: &str) -> Vec<Self> {
        let pairs = records.iter().enumerate().flat_map(|(nth, one)| {
            records.iter().skip(nth + 1).filter(move |other| *other != one).map(move |other| (*one, *other))
        });
        let apart = |(one, other): (RecordId, RecordId)| Self {
            one: one.min(other),
            other: one.max(other),
            by: by.clone(),
            at,
            why: why.to_owned(),
        };
        pairs.map(apart).collect()
    }
}

/// One record that a held cycle would change or lose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Its id at the system.
    pub external_id: ExternalId,
    /// The element of a many-valued field that would change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<Element>,
    /// What the field would become; `None` where the record would be gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Box<Seen>>,
}

/// Why a cycle was held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    /// More records than allowed are gone.
    Deletions {
        /// How many.
        gone: u64,
        /// Of how many known.
        known: u64,
    },
    /// One field changed on more records than allowed.
    FieldChanged {
        /// The field.
        field: FieldKey,
        /// On how many records.
        changed: u64,
        /// Of how many known.
        known: u64,
    },
    /// A stream that was full is empty.
    Emptied {
        /// How many were known.
        known: u64,
    },
}

/// Why a record was quarantined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuarantineReason {
    /// Surname, birth date and e-mail changed at once.
    IdentityChanged,
    /// The system gave the id to a new record while the old one is still linked.
    SlotReused,
}

/// How a review ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewState {
    /// It waits.
    Open,
    /// An operator let it through.
    Accepted {
        /// Who.
        by: OperatorId,
        /// When.
        at: DateTime<Utc>,
        /// What was made one by it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        merge: Option<MadeOne>,
    },
    /// An operator refused it.
    Rejected {
        /// Who.
        by: OperatorId,
        /// When.
        at: DateTime<Utc>,
        /// Why.
        reason: String,
    },
    /// The question has gone away: the systems agree again, or nobody asks any more.
    Settled {
        /// When.
        at: DateTime<Utc>,
    },
    /// What was made one by it was taken apart again.
    Undone {
        /// Who.
        by: OperatorId,
        /// When.
        at: DateTime<Utc>,
    },
}

impl ReviewState {
    /// The state's name in messages, commands and the store.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted { .. } => "accepted",
            Self::Rejected { .. } => "rejected",
            Self::Settled { .. } => "settled",
            Self::Undone { .. } => "undone",
        }
    }
}

/// Records that a decision has made one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeOne {
    /// The one that stayed.
    pub main: RecordId,
    /// Those that became its aliases, in this order.
    pub others: Vec<RecordId>,
    /// The main one was made for it, and stands for nobody without the others.
    #[serde(default)]
    pub is_new: bool,
}
