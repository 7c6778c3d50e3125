//! Carries out the merges that wait at a system and that nobody has to be asked about.
//!
//! The open proposal is the mark: it ends in the commit that follows the call, so that whoever dies in between asks again.
//! A system that was asked already has nothing left to merge, or says so once more.

use super::decide::{Decision, decide};
use super::draft::sides;
use super::error::ReviewError;
use crate::clock::new_id;
use crate::connectors::{ConnectorError, NextStep};
use crate::hub::{Hub, System};
use crate::model::ids::ReviewId;
use crate::model::review::{ReviewState, Task};
use crate::model::{Link, Merging, ObservationId, OperatorId, Record, Review, ReviewKind};
use crate::reconcile::{FollowUp, can_merge};
use crate::store::{Commit, StoreError};

/// How many proposals are looked at together.
const BATCH: u32 = 50;
/// Who has decided, in the journal: the configuration.
const POLICY: &str = "cardex";

/// Makes some of the merges that wait at `system`, where the configuration says so. Gives back how many questions ended.
///
/// # Errors
/// The system or the store did not answer. What is left waits for the next time.
pub async fn make(hub: &Hub, system: &System) -> Result<usize, ReviewError> {
    if system.settings.merges != Merging::Make || !can_merge(&hub.rules, &system.id) {
        return Ok(0);
    }
    let mut n_ended = 0;
    for review in hub.store.reviews_at(&system.id, "proposal", BATCH).await? {
        match decide(hub, review.id, &Decision::Accept, &OperatorId::new(POLICY)).await {
            Ok(_) | Err(ReviewError::Ended(..) | ReviewError::Unknown(_)) => {}
            Err(ReviewError::Merge(error)) => match error.next_step() {
                NextStep::Park | NextStep::Bisect => hand_over(hub, system, review, &error).await?,
                NextStep::RetryAfter(_) | NextStep::Settle | NextStep::Sweep | NextStep::Halt => {
                    return Err(ReviewError::Merge(error));
                }
            },
            Err(error) => return Err(error),
        }
        n_ended += 1;
    }
    Ok(n_ended)
}

/// What the system refuses is left to its staff.
async fn hand_over(
    hub: &Hub,
    system: &System,
    review: Review,
    error: &ConnectorError,
) -> Result<(), StoreError> {
    let ReviewKind::Proposal { main, .. } = &review.kind else { return Ok(()) };
    let roots = hub.store.roots(&[*main]).await?;
    let root = roots.get(main).copied().unwrap_or(*main);
    let kind = hub.store.records(&[root]).await?.first().map(|record: &Record| record.kind);
    let links = hub.store.links_of(&[root], Some(&system.id)).await?;
    let links: Vec<Link> = links.into_iter().map(|linked| linked.link).collect();
    let mut commit = Commit { now: hub.clock.now(), ..Commit::default() };
    if let Some(kind) = kind {
        let (keep, lose) = sides(&links, &system.id, kind);
        for (keep, lose) in
            keep.first().into_iter().flat_map(|keep| lose.iter().map(move |lose| (keep, lose)))
        {
            let link = links.iter().find(|link| link.external_id.as_ref() == Some(lose));
            let task = Task::Merge {
                of: kind,
                keep: keep.clone(),
                lose: lose.clone(),
                refused: Some(error.to_string()),
            };
            let record = link.map_or(root, |link| link.record);
            let question = FollowUp { record, system: system.id.clone(), kind: ReviewKind::Work { task } };
            commit.open(question.asked(ReviewId::new(new_id()), commit.now), ObservationId::new(new_id()));
        }
    }
    commit.reviews.push(Review { state: ReviewState::Settled { at: commit.now }, ..review });
    match hub.store.commit(commit).await {
        // Somebody else has ended it, or will find it open next time.
        Ok(()) | Err(StoreError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
