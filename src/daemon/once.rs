//! One cycle now: polls systems, then works both queues off until nothing is ready.

use std::sync::Arc;

use crate::capture::cycle::Cycle as Counts;
use crate::capture::{self, CaptureError};
use crate::deliver::{self, DeliverError};
use crate::hub::{Hub, System};
use crate::model::{Lane, SystemId};
use crate::review::{self, ReviewError};
use crate::rollup;
use crate::store::StoreError;

/// Rounds after which a cycle ends even if there is still work: something is marked again and again then.
const MAX_ROUNDS: usize = 100_000;

/// What a cycle did at one system.
#[derive(Debug, Default)]
pub struct Cycle {
    /// How many observations were judged.
    pub observed: usize,
    /// How many of them had changed something.
    pub changed: usize,
    /// How many writes were sent.
    pub sent: usize,
    /// How many of them are done.
    pub done: usize,
    /// How many were parked.
    pub parked: usize,
    /// What went wrong; the other systems went on.
    pub failure: Option<CycleError>,
}

/// Why a system's part of a cycle ended early.
#[derive(Debug, thiserror::Error)]
pub enum CycleError {
    /// While reading.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// While writing.
    #[error(transparent)]
    Deliver(#[from] DeliverError),
    /// While asking the system to merge.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// It is paused, or was stopped.
    #[error("the system is paused or was stopped: `cardex queue resume` lets it work again")]
    AtRest,
    /// In the hub's own memory.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Polls each of `systems`, then works off what is ready at every system of the hub.
pub async fn cycle(hub: &Hub, systems: &[Arc<System>]) -> Vec<(SystemId, Cycle)> {
    let mut cycles = Vec::new();
    for system in systems {
        let mut cycle = Cycle::default();
        if system.is_halted() {
            cycle.failure = Some(CycleError::AtRest);
            cycles.push((system.id.clone(), cycle));
            continue;
        }
        match capture::poll::cycle(hub, system).await {
            Ok(taken) => {
                cycle.observed = taken.observed;
                cycle.changed = taken.changed;
            }
            Err(error) => cycle.failure = Some(error.into()),
        }
        if cycle.failure.is_none() {
            cycle.failure = hub.store.note_success(&system.id, hub.clock.now()).await.err().map(Into::into);
        }
        cycles.push((system.id.clone(), cycle));
    }
    for (id, cycle) in work_off(hub).await {
        match cycles.iter_mut().find(|(known, _)| *known == id) {
            Some((_, known)) => known.add(cycle),
            None => cycles.push((id, cycle)),
        }
    }
    cycles
}

/// Works both queues of every system off until nothing is ready. A system that fails or is at rest is left alone.
pub async fn work_off(hub: &Hub) -> Vec<(SystemId, Cycle)> {
    let mut cycles: Vec<(Arc<System>, Cycle)> =
        hub.systems.values().filter(|system| !system.is_halted()).cloned().map(begun).collect();
    for _ in 0..MAX_ROUNDS {
        let mut busy = false;
        for (system, cycle) in cycles.iter_mut().filter(|(_, cycle)| cycle.failure.is_none()) {
            match round(hub, system, cycle).await {
                Ok(worked) => busy |= worked,
                Err(error) => cycle.failure = Some(error),
            }
        }
        match rollup::work(hub, None).await {
            Ok(counted) => busy |= counted.changed > 0,
            Err(error) => {
                tracing::warn!(error = %error, "the roll-ups could not be counted; they stay marked");
            }
        }
        if !busy {
            break;
        }
    }
    cycles.into_iter().map(|(system, cycle)| (system.id.clone(), cycle)).collect()
}

fn begun(system: Arc<System>) -> (Arc<System>, Cycle) {
    (system, Cycle::default())
}

async fn round(hub: &Hub, system: &System, cycle: &mut Cycle) -> Result<bool, CycleError> {
    let lanes = Lane::Status..=Lane::Audit;
    let made = review::make(hub, system).await?;
    let read = capture::reads::work(hub, system, lanes.clone(), &mut Counts::default()).await?;
    let delivered = deliver::work(hub, system, lanes).await?;
    cycle.observed += read;
    cycle.sent += delivered.sent;
    cycle.done += delivered.done;
    cycle.parked += delivered.parked;
    Ok(made > 0 || read > 0 || delivered.claimed > 0)
}

impl Cycle {
    fn add(&mut self, other: Self) {
        self.observed += other.observed;
        self.changed += other.changed;
        self.sent += other.sent;
        self.done += other.done;
        self.parked += other.parked;
        self.failure = self.failure.take().or(other.failure);
    }
}
