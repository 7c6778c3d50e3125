//! Whatever a human decides.

use chrono::{DateTime, Utc};
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
    /// The system it arose at.
    pub system: SystemId,
    /// What is asked.
    pub kind: ReviewKind,
    /// When it arose.
    pub opened_at: DateTime<Utc>,
    /// How it ended.
    pub state: ReviewState,
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
    },
    /// An id shows another human than before.
    Quarantine {
        /// The id at the system.
        external_id: ExternalId,
        /// What made it suspicious.
        why: QuarantineReason,
    },
    /// The same merge is proposed at another system, or by the matcher.
    Proposal {
        /// The main profile.
        main: RecordId,
        /// The profiles that would become its aliases.
        others: Vec<RecordId>,
    },
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
    /// The question has gone away: the systems agree again.
    Settled {
        /// When.
        at: DateTime<Utc>,
    },
}
