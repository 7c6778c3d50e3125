//! The append-only story of the hub: what was seen, what became of it, what was written and who decided.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::disposition::Disposition;
use super::field::FieldKey;
use super::ids::{Element, ExternalId, LinkId, ObservationId, OperatorId, RecordId, ReviewId, SystemId};
use super::link::{LinkLife, SourceVersion};
use super::record::Record;
use super::write::Lane;

/// What is said of a write that was done, whether or not its answer says what is held now.
pub const WRITE_DONE: &str = "done";
/// What is said of a write whose outcome is not known.
pub const WRITE_UNKNOWN: &str = "unknown";
/// What is said once a reading has shown what became of a write.
pub const WRITE_READ_BACK: &str = "found out by reading";

/// One entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The entry's own id; an observation's provenance points at it.
    pub id: ObservationId,
    /// When.
    pub at: DateTime<Utc>,
    /// The system, where one is concerned.
    pub system: Option<SystemId>,
    /// The record, where one is concerned.
    pub record: Option<RecordId>,
    /// The link, where one is concerned.
    pub link: Option<LinkId>,
    /// What happened.
    pub event: Event,
}

impl Entry {
    /// An operator has decided something that no review had asked.
    pub fn decided(
        id: ObservationId,
        at: DateTime<Utc>,
        system: Option<SystemId>,
        by: &OperatorId,
        what: &str,
    ) -> Self {
        let event = Event::Decided { review: None, operator: by.as_str().into(), decision: what.into() };
        Self { id, at, system, record: None, link: None, event }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// A system showed something that differed from its shadow.
    Observed {
        /// What became of each changed cell.
        #[serde(with = "super::dispositions")]
        dispositions: Vec<Disposition>,
    },
    /// A counterpart was linked, gone, merged or revived.
    LinkLife {
        /// Its id at the system.
        external_id: Option<ExternalId>,
        /// What it became.
        life: LinkLife,
    },
    /// A counterpart is about to be created.
    Creating {
        /// How urgent it was: in the lane of the history, an import has made it.
        lane: Lane,
    },
    /// A write was sent.
    Written {
        /// The fields, without values.
        fields: Vec<FieldKey>,
        /// What became of it, as far as the answer says.
        outcome: SmolStr,
        /// The version that the record had after it, where the system gave one: whoever changes it later moves it on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<SourceVersion>,
    },
    /// Two records became one; `before` are the records as they were, so that a split is exact.
    Merged {
        /// The survivor before the merge.
        main_before: Box<Record>,
        /// The other before the merge.
        other_before: Box<Record>,
        /// Elements that either of them had and the survivor was not given, by choice.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_out: Vec<(FieldKey, Element)>,
    },
    /// A merge was undone.
    Split {
        /// The record that came back to life.
        restored: RecordId,
    },
    /// A review was opened.
    ReviewOpened {
        /// Its id.
        review: ReviewId,
    },
    /// An operator decided.
    Decided {
        /// The review.
        review: Option<ReviewId>,
        /// Who.
        operator: SmolStr,
        /// What.
        decision: SmolStr,
    },
    /// Special-category data was shown to somebody.
    Viewed {
        /// Who has seen it: the operator, or the user of the machine behind whose command it was shown.
        operator: SmolStr,
        /// The fields.
        fields: Vec<FieldKey>,
    },
    /// Work was given up until somebody looks at it.
    Parked {
        /// Why.
        reason: String,
    },
}
