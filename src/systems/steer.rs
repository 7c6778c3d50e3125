//! Pausing a system, resuming it, and asking it now.
//!
//! A pause is an operator's: it is in the store with his name, so it outlives the daemon, and every daemon on the database
//! sees it. What the guard or a failure has stopped is told apart from it, and resuming ends either.

use crate::clock::{Clock, new_id};
use crate::hub::{Hub, System};
use crate::model::journal::Entry;
use crate::model::{ObservationId, OperatorId, SystemId};
use crate::store::{Commit, Health, Store, StoreError};

/// What an operator wants of a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Nothing is read from it and nothing written to it.
    Pause,
    /// It works again, whether an operator had paused it or something had stopped it.
    Resume,
    /// It is asked for its changes now.
    Sync,
}

impl Order {
    /// The order of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "pause" => Some(Self::Pause),
            "resume" => Some(Self::Resume),
            "sync" => Some(Self::Sync),
            _other => None,
        }
    }
}

/// What has come of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obeyed {
    /// It is done.
    Done,
    /// It was so already.
    WasSo,
    /// The system is at rest: it is not asked before it is resumed.
    AtRest,
}

/// Pauses a system; `false` when an operator has paused it already.
///
/// # Errors
/// The store did not answer.
pub async fn pause(
    store: &Store,
    clock: &Clock,
    system: &SystemId,
    by: &OperatorId,
) -> Result<bool, StoreError> {
    let entry = decided(clock, system, by, "pause the system");
    let paused = Health::Paused { by: by.clone(), at: entry.at };
    store.set_health(system, &paused, &[entry]).await
}

/// Lets a system work again; `false` when it does.
///
/// # Errors
/// The store did not answer.
pub async fn resume(
    store: &Store,
    clock: &Clock,
    system: &SystemId,
    by: &OperatorId,
) -> Result<bool, StoreError> {
    if store.system_state(system).await?.health == Health::Running {
        return Ok(false);
    }
    let entry = decided(clock, system, by, "resume the system");
    store.set_health(system, &Health::Running, &[entry]).await
}

/// Carries an order out where the daemon itself is asked: it obeys at once.
///
/// # Errors
/// The store did not answer.
pub async fn steer(hub: &Hub, system: &System, order: Order, by: &OperatorId) -> Result<Obeyed, StoreError> {
    let (store, clock, id) = (&hub.store, &hub.clock, &system.id);
    let has_changed = match order {
        Order::Pause => pause(store, clock, id, by).await?,
        Order::Resume => resume(store, clock, id, by).await?,
        Order::Sync if store.system_state(id).await?.health != Health::Running => return Ok(Obeyed::AtRest),
        Order::Sync => {
            let entry = decided(clock, id, by, "ask the system now");
            store.commit(Commit { now: entry.at, journal: vec![entry], ..Commit::default() }).await?;
            system.poll_now.notify_one();
            true
        }
    };
    follow(hub, system, &store.system_state(id).await?.health);
    Ok(if has_changed { Obeyed::Done } else { Obeyed::WasSo })
}

/// Has the workers of a system do as the store says; those that were at rest begin at once.
pub fn follow(hub: &Hub, system: &System, health: &Health) {
    let was_halted = system.is_halted();
    system.set_halted(*health != Health::Running);
    if was_halted && !system.is_halted() {
        hub.store.wake(&system.id);
        system.poll_now.notify_one();
    }
}

fn decided(clock: &Clock, system: &SystemId, by: &OperatorId, what: &str) -> Entry {
    Entry::decided(ObservationId::new(new_id()), clock.now(), Some(system.clone()), by, what)
}
