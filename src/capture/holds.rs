//! Holds: a kind of record whose stream waits for an operator, because a cycle would have done too much at once.

use std::collections::BTreeMap;

use super::CaptureError;
use super::cycle::Cycle;
use crate::clock::new_id;
use crate::hub::{Hub, System};
use crate::model::ids::ReviewId;
use crate::model::review::{Example, HoldReason, ReviewKind, ReviewState};
use crate::model::{ObservationId, RecordKind, Review};
use crate::reconcile::guard::Tally;
use crate::store::{Commit, StoreError};

/// The holds of one system that still mean something: open ones, and those let through but not yet used.
#[derive(Debug, Default)]
pub(super) struct Holds(BTreeMap<RecordKind, Review>);

impl Holds {
    /// Loads the holds of a system.
    pub(super) async fn load(hub: &Hub, system: &System) -> Result<Self, StoreError> {
        let mut holds = BTreeMap::new();
        for kind in system.settings.kinds.iter().copied() {
            let open = hub.store.open_hold(&system.id, kind).await?;
            let hold = if open.is_some() { open } else { hub.store.released_hold(&system.id, kind).await? };
            holds.extend(hold.map(|review| (kind, review)));
        }
        Ok(Self(holds))
    }

    /// Whether the kind waits for an operator.
    pub(super) fn is_held(&self, kind: RecordKind) -> bool {
        self.0.get(&kind).is_some_and(|review| review.state == ReviewState::Open)
    }

    /// A cycle that lets through what an operator has released.
    pub(super) fn cycle(&self, system: &System) -> Cycle {
        let released =
            self.0.iter().filter(|(_, review)| matches!(review.state, ReviewState::Accepted { .. }));
        Cycle::releasing(system, released.map(|(kind, _)| *kind).collect())
    }

    /// The cycle is through: what was released has been used.
    pub(super) async fn settle(self, hub: &Hub) -> Result<(), StoreError> {
        let now = hub.clock.now();
        let used = self.0.into_values().filter(|review| matches!(review.state, ReviewState::Accepted { .. }));
        let reviews: Vec<Review> =
            used.map(|review| Review { state: ReviewState::Settled { at: now }, ..review }).collect();
        if reviews.is_empty() {
            return Ok(());
        }
        hub.store.commit(Commit { now, reviews, ..Commit::default() }).await
    }
}

/// Opens a hold unless one is open, and gives the error that ends the cycle.
pub(super) async fn hold(
    hub: &Hub,
    system: &System,
    tally: &Tally,
    (kind, why): (RecordKind, HoldReason),
) -> CaptureError {
    match open(hub, system, kind, why.clone(), tally.examples(&why).to_vec()).await {
        Ok(()) => CaptureError::Held { kind, why },
        Err(error) => error.into(),
    }
}

async fn open(
    hub: &Hub,
    system: &System,
    kind: RecordKind,
    why: HoldReason,
    examples: Vec<Example>,
) -> Result<(), StoreError> {
    if Holds::load(hub, system).await?.is_held(kind) {
        return Ok(());
    }
    let now = hub.clock.now();
    let review = Review {
        id: ReviewId::new(new_id()),
        record: None,
        system: Some(system.id.clone()),
        kind: ReviewKind::Hold { of: kind, why, examples },
        opened_at: now,
        state: ReviewState::Open,
        postponed: None,
    };
    let mut commit = Commit { now, ..Commit::default() };
    commit.open(review, ObservationId::new(new_id()));
    hub.store.commit(commit).await
}
