//! What one cycle of a system has done so far, by kind of record: what the mass guard looks at.

use std::collections::{BTreeMap, BTreeSet};

use crate::hub::{Hub, System};
use crate::model::review::HoldReason;
use crate::model::{Observation, RecordKind};
use crate::reconcile::Outcome;
use crate::reconcile::guard::{Limits, Tally};
use crate::store::StoreError;

/// The counts of a cycle.
#[derive(Debug, Clone, Default)]
pub struct Cycle {
    limits: Limits,
    tallies: BTreeMap<RecordKind, Tally>,
    released: BTreeSet<RecordKind>,
}

impl Cycle {
    /// A cycle of `system` that has done nothing yet.
    pub fn new(system: &System) -> Self {
        Self::releasing(system, BTreeSet::new())
    }

    /// A cycle that lets through whatever happens to these kinds: an operator has released them.
    pub fn releasing(system: &System, released: BTreeSet<RecordKind>) -> Self {
        Self { limits: system.settings.guard, tallies: BTreeMap::new(), released }
    }

    /// The tally of one kind.
    pub fn of(&mut self, kind: RecordKind) -> &mut Tally {
        self.tallies.entry(kind).or_insert_with(|| Tally::new(self.limits))
    }

    /// Counts one observation and what it would mean, unless an operator has let its kind through.
    pub fn count(&mut self, observation: &Observation, outcome: &Outcome) {
        if !self.released.contains(&observation.subject.kind) {
            self.of(observation.subject.kind).count(observation, outcome);
        }
    }

    /// Whether the cycle has to wait for an operator, and why.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn judge(
        &self,
        hub: &Hub,
        system: &System,
    ) -> Result<Option<(RecordKind, HoldReason)>, StoreError> {
        for (kind, tally) in self.tallies.iter().filter(|(kind, _)| !self.released.contains(kind)) {
            // The limits grow with what is known, so a tally below the smallest of them needs no look.
            if tally.judge(0).is_none() {
                continue;
            }
            let known = hub.store.count_live(&system.id, *kind).await?;
            if let Some(why) = tally.judge(known) {
                return Ok(Some((*kind, why)));
            }
        }
        Ok(None)
    }

    /// Whether a complete sweep of one kind has to wait for an operator, and why.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn judge_sweep(
        &mut self,
        hub: &Hub,
        system: &System,
        kind: RecordKind,
    ) -> Result<Option<HoldReason>, StoreError> {
        if self.released.contains(&kind) {
            return Ok(None);
        }
        let known = hub.store.count_live(&system.id, kind).await?;
        Ok(self.of(kind).judge_sweep(known))
    }
}
