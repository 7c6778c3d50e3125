//! Why a decision could not be carried out.

use chrono::{DateTime, Utc};
use std::fmt;

use super::postpone::LONGEST_DAYS;
use crate::connectors::ConnectorError;
use crate::model::ids::ReviewId;
use crate::model::normalise::Unreadable;
use crate::model::review::{Apart, ReviewState};
use crate::model::{FieldKey, OperatorId, RecordId, SystemId};
use crate::reconcile::{MergeRefused, UnwindRefused};
use crate::store::StoreError;

/// Why a decision could not be carried out. Nothing has changed then, unless the error says so.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// There is no such review.
    #[error("there is no review `{0}`")]
    Unknown(ReviewId),
    /// It has ended already.
    #[error("the review `{0}` has ended already: {1}")]
    Ended(ReviewId, How),
    /// Its system is not configured any more.
    #[error("the system of the review `{0}` is not configured")]
    NoSystem(ReviewId),
    /// The system could not merge its records; the review is still open.
    #[error("the system could not merge its records")]
    Merge(#[source] ConnectorError),
    /// Only profiles that are probably one are made one.
    #[error("the review `{0}` is not about duplicates")]
    NotDuplicates(ReviewId),
    /// Only conflicts are settled with a value.
    #[error("the review `{0}` is not about a conflict")]
    NotConflict(ReviewId),
    /// The system holds nothing of the field, as far as is known.
    #[error("the system `{0}` is not known to hold a value of the field")]
    NoSide(SystemId),
    /// Values of the field are chosen from what the systems hold.
    #[error("a value of the field `{0}` cannot be typed: choose what a system holds")]
    NotTyped(FieldKey),
    /// What was typed is no value of the field.
    #[error("what was typed for the field `{0}` {1}")]
    Unreadable(FieldKey, Unreadable),
    /// Nothing of the field is fixed.
    #[error("no value of the field `{0}` is fixed")]
    NotPinned(FieldKey),
    /// Nobody postpones for so long, or for no time.
    #[error("a review is postponed for 1 to {LONGEST_DAYS} days")]
    NoDays,
    /// Only people with one contact are asked how they belong together.
    #[error("the review `{0}` is not about a household")]
    NotHousehold(ReviewId),
    /// Nobody can be that to another.
    #[error("there is no relation `{0}`")]
    NoRelation(String),
    /// The review is about others.
    #[error("the review is not about the record `{0}`")]
    NotAMember(RecordId),
    /// Fewer than two records are left to make one of.
    #[error(
        "there are fewer than two records to make one of: the others are one with them already, or not named"
    )]
    OneAlready,
    /// They have a contact in common and are different people, as far as the matcher can tell.
    #[error("the profiles look like a household: different people with one contact")]
    Household,
    /// Operators have decided that two of them are not the same.
    #[error(
        "the records `{}` and `{}` are kept apart: {} said so on {}",
        .0.one, .0.other, .0.by, day(.0.at)
    )]
    KeptApart(Box<Apart>),
    /// The pair is not kept apart.
    #[error("the records `{0}` and `{1}` are not kept apart")]
    NotApart(RecordId, RecordId),
    /// The rules leave no choice.
    #[error("the field `{0}` leaves no choice: what all of them have is kept, and of consents the strictest")]
    NoChoice(FieldKey),
    /// The records have no such field.
    #[error("the records have no field `{0}`")]
    NoField(FieldKey),
    /// None of the records has the element.
    #[error("none of the records has this element of the field `{0}`")]
    NoElement(FieldKey),
    /// The records cannot become one.
    #[error("the records cannot become one")]
    Refused(#[from] MergeRefused),
    /// Nothing was made one by it.
    #[error("nothing was made one by the review `{0}`")]
    NothingToUndo(ReviewId),
    /// The main record has gone into another one since.
    #[error("the record `{0}` has gone into `{1}` since: undo that first")]
    GoneOn(RecordId, RecordId),
    /// The journal does not tell how to take the records apart.
    #[error("the records cannot be taken apart")]
    Split(#[from] UnwindRefused),
    /// The hub's own memory failed.
    #[error("could not use the store")]
    Store(#[from] StoreError),
}

/// How a review has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct How(pub ReviewState);

impl fmt::Display for How {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut say =
            |what: &str, by: &OperatorId, at: &DateTime<Utc>| write!(out, "{what} by {by} on {}", day(*at));
        match &self.0 {
            ReviewState::Open => out.write_str("it is open"),
            ReviewState::Accepted { by, at, .. } => say("accepted", by, at),
            ReviewState::Rejected { by, at, .. } => say("rejected", by, at),
            ReviewState::Undone { by, at } => say("undone", by, at),
            ReviewState::Settled { at } => write!(out, "settled on {}", day(*at)),
        }
    }
}

fn day(at: DateTime<Utc>) -> impl fmt::Display {
    at.format("%Y-%m-%d %H:%M UTC")
}
