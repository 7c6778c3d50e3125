//! What became of each changed cell of an observation. Nothing a system says disappears without one of these.

use serde::{Deserialize, Serialize};

use super::document::Seen;
use super::field::FieldKey;
use super::ids::{Element, ReviewId, SystemId};
use super::record::Rule;

/// What became of one changed cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disposition {
    /// The field.
    pub field: FieldKey,
    /// The element of a many-valued field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<Element>,
    /// What the system said: kept, so that a superseded value stays readable.
    pub observed: Seen,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of an observed change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The hub took it.
    Applied(Rule),
    /// It was equivalent to what the hub had.
    Adopted,
    /// Another value stands, by this rule; `by` is the system it came from.
    Superseded {
        /// The system whose value stands; `None` when it is the hub's own or an operator's.
        by: Option<SystemId>,
        /// The rule.
        rule: Rule,
    },
    /// The field does not travel this way; the next write restores it.
    Ignored(Ignored),
    /// It cannot be taken.
    Rejected(String),
    /// A human decides.
    Review(ReviewId),
    /// The person asked to be forgotten.
    Erased,
}

/// Why a change was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ignored {
    /// The field's direction forbids it.
    Direction,
    /// The hub computes the field itself.
    Derived,
    /// Empty does not overwrite a value that the system has not declared clearable.
    NotClearable,
    /// History does not raise consent.
    HistoryConsent,
    /// History does not beat a live change.
    HistoryLate,
    /// A secondary counterpart does not change this field.
    Secondary,
    /// The system is not trusted with the field: it hides it.
    Masked,
}
