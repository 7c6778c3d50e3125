//! An operator decides: the review ends, and what follows from the decision is marked, in one transaction.

use super::conflict::Settlement;
use super::draft::Draft;
use super::error::{How, ReviewError};
use super::merge::Wish;
use crate::clock::new_id;
use crate::hub::Hub;
use crate::model::ids::ReviewId;
use crate::model::journal::{Entry, Event};
use crate::model::review::ReviewState;
use crate::model::{ObservationId, OperatorId, RecordId, Review};
use crate::store::{Commit, Races};

/// What an operator says to a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Conflict: the system's value stands. Hold: the cycle may go through, once. Quarantine: the id shows somebody
    /// else now. Duplicates: they are one, as suggested. Household: not without saying how. Proposal: merge there too. Work: it is done.
    Accept,
    /// Conflict: this value stands.
    Settle(Settlement),
    /// Duplicates, and a household that is none: they are one, and in this way.
    Merge(Wish),
    /// Household: the second of the two is this to the first.
    Relate {
        /// The word, one of [`RELATIONS`](crate::model::fields::RELATIONS).
        relation: String,
    },
    /// Conflict: the hub's value stands. Hold: it stays stopped. Quarantine: it is the same one after all. Duplicates and
    /// households: they are kept apart for ever. Proposal: leave them apart there. Work: it will not be done.
    Reject {
        /// Why.
        reason: String,
    },
}

/// What followed from a decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decided {
    /// Systems that will be written.
    pub n_due: usize,
    /// Records that will be read again.
    pub n_reads: usize,
    /// The front office has to merge by hand: the system cannot be asked to.
    pub by_hand: bool,
    /// The record that stays, where several were made one.
    pub main: Option<RecordId>,
    /// How many pairs are kept apart from now on.
    pub n_apart: usize,
}

/// Ends the review called `id`.
///
/// # Errors
/// [`ReviewError`] says why the review is still open, or who has ended it.
pub async fn decide(
    hub: &Hub,
    id: ReviewId,
    decision: &Decision,
    operator: &OperatorId,
) -> Result<Decided, ReviewError> {
    let mut merged = None;
    let mut races = Races::of("a decision that lost every race");
    loop {
        let review = open(hub, id).await?;
        let mut draft = Draft::new(hub, &review, decision, operator);
        if let Err(refused) = draft.fill(&review, decision, operator, &mut merged).await {
            // What stands in the way may be another operator's decision since: he is told of then.
            open(hub, id).await?;
            return Err(refused);
        }
        let decided = Decided {
            n_due: draft.commit.due.len(),
            n_reads: draft.commit.reads.len(),
            by_hand: draft.by_hand,
            main: draft.main,
            n_apart: draft.commit.apart.len(),
        };
        if races.are_won(hub.store.commit(draft.commit).await)? {
            return Ok(decided);
        }
    }
}

/// The review called `id`, if nobody has decided it yet.
pub(super) async fn open(hub: &Hub, id: ReviewId) -> Result<Review, ReviewError> {
    let review = hub.store.review(id).await?.ok_or(ReviewError::Unknown(id))?;
    if review.state == ReviewState::Open {
        Ok(review)
    } else {
        Err(ReviewError::Ended(id, How(review.state)))
    }
}

/// Takes back that two records are kept apart: they may be proposed and made one again.
///
/// # Errors
/// [`ReviewError::NotApart`] when they are not kept apart.
pub async fn reconsider(
    hub: &Hub,
    (one, other): (RecordId, RecordId),
    operator: &OperatorId,
) -> Result<(), ReviewError> {
    let roots = hub.store.roots(&[one, other]).await?;
    let (Some(first), Some(second)) = (roots.get(&one).copied(), roots.get(&other).copied()) else {
        return Err(ReviewError::NotApart(one, other));
    };
    let pairs = hub.store.kept_apart(&[first, second]).await?;
    let is_meant = |(this, that): (RecordId, RecordId)| {
        (this, that) == (first, second) || (that, this) == (first, second)
    };
    let pairs = pairs.into_iter().filter(|pair| is_meant(pair.roots));
    let no_longer_apart: Vec<_> = pairs.map(|pair| (pair.apart.one, pair.apart.other)).collect();
    if no_longer_apart.is_empty() {
        return Err(ReviewError::NotApart(one, other));
    }
    let now = hub.clock.now();
    let decision = format!("no longer apart: {one} and {other}").into();
    let event = Event::Decided { review: None, operator: operator.as_str().into(), decision };
    let id = ObservationId::new(new_id());
    let line = Entry { id, at: now, system: None, record: Some(first), link: None, event };
    hub.store.commit(Commit { now, journal: vec![line], no_longer_apart, ..Commit::default() }).await?;
    Ok(())
}
