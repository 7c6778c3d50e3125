//! Writes: what would bring one system to the hub, and what became of it.

use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::document::Document;
use super::field::FieldKey;
use super::ids::{ExternalId, RecordId};
use super::link::SourceVersion;
use super::record::RecordKind;
use super::value::Purpose;

/// The class of urgency of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// 0: reservation status, consent, erasure. A share of every budget is reserved for it.
    Status,
    /// 1: arrivals within 48 hours.
    Arrival,
    /// 2: live edits.
    Live,
    /// 3: history.
    Backfill,
    /// 4: reads that only check.
    Audit,
}

impl Lane {
    /// Every lane, most urgent first.
    pub const ALL: [Self; 5] = [Self::Status, Self::Arrival, Self::Live, Self::Backfill, Self::Audit];

    /// The lane's number, 0 to 4.
    pub const fn number(self) -> i64 {
        match self {
            Self::Status => 0,
            Self::Arrival => 1,
            Self::Live => 2,
            Self::Backfill => 3,
            Self::Audit => 4,
        }
    }

    /// The lane with this number; a number out of range is the last lane.
    pub fn from_number(number: i64) -> Self {
        Self::ALL.into_iter().find(|lane| lane.number() == number).unwrap_or(Self::Audit)
    }
}

/// One write to one record of a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteOp {
    /// The hub's record; a system that can, keeps this id in the remote record.
    pub record: RecordId,
    /// The kind of record.
    pub kind: RecordKind,
    /// Create or change.
    pub action: Action,
    /// The fields to write, complete per field (a set is the whole set), in the system's normal form, with
    /// references as ids of that system. Fields that are not named here stay as they are.
    pub document: Document,
    /// What the system is believed to hold of these fields: for compare-and-set.
    pub base: Document,
    /// The version the write is based on, where the system gives versions.
    pub precondition: Option<SourceVersion>,
    /// The system must not start automations (mails) because of this write.
    pub quiet: bool,
    /// The recorded purpose under which special-category fields may be sent; `None` when there are none.
    pub purpose: Option<Purpose>,
}

/// What a write does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Create the record, carrying the hub id.
    Create,
    /// Change it.
    Update(ExternalId),
}

/// A record that cardex has created at a system, to be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The hub's record.
    pub record: RecordId,
    /// Its id at the system.
    pub external_id: ExternalId,
    /// The version that it must still have, where the system gives versions.
    pub precondition: Option<SourceVersion>,
}

/// What became of one write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteOutcome {
    /// It is done.
    Done {
        /// The record's id at the system.
        external_id: ExternalId,
        /// Its version after the write.
        version: Option<SourceVersion>,
        /// What the system holds now of the written fields, where the answer says so; `None` asks for a read-back.
        stored: Option<Document>,
    },
    /// A create found the record there already.
    Exists {
        /// Its id.
        external_id: ExternalId,
    },
    /// The record was changed since the version or the base that the write rests on: read, reconcile, plan again.
    Stale,
    /// The record does not exist any more.
    NotFound,
    /// The system refuses a field, or the whole record when `field` is `None`.
    Rejected {
        /// The field.
        field: Option<FieldKey>,
        /// Why, in the system's words, without values.
        why: String,
    },
    /// Not now.
    Retry {
        /// The wait the system asked for.
        after: Option<Duration>,
    },
    /// It may or may not have been done: a time-out, a cut line, a 5xx after the body was sent.
    Unknown,
}
