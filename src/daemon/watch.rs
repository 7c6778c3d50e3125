//! The watch over the daemon: tells systemd that it lives only while its loops move, keeps readiness and metrics
//! true, and notices what an operator has stopped or resumed.

use std::time::Duration;
use tokio_util::sync::CancellationToken;

use super::silence::Silence;
use crate::hub::Hub;
use crate::queue::progress::Pulses;
use crate::service::{Readiness, systemd};
use crate::store::{MarkState, StoreError};
use crate::systems;
use crate::telemetry;

/// How often the watch looks.
const LOOK: Duration = Duration::from_secs(2);
/// A loop that has been silent for so many looks hangs: longer than a page of any system takes to come and be stored.
const PATIENCE: u32 = 150;
/// How long the store has for its answer.
const STORE_PATIENCE: Duration = Duration::from_secs(10);

/// Watches until stopped.
pub(super) async fn run(hub: Hub, readiness: Readiness, pulses: Pulses, stop: CancellationToken) {
    readiness.set("store", Some("the store has not been asked yet".to_owned()));
    // Apart from each other: a store that does not answer must not keep the watchdog from its food.
    tokio::join!(watch_store(&hub, &readiness, &stop), watch_loops(&readiness, &pulses, &stop));
    systemd::stopping();
}

/// Keeps readiness and metrics true, and says that the daemon is ready as soon as the store has answered once.
async fn watch_store(hub: &Hub, readiness: &Readiness, stop: &CancellationToken) {
    let (mut announced, mut silence) = (false, Silence::begin(hub.clock.now()));
    while !stop.is_cancelled() {
        let look = tokio::time::timeout(STORE_PATIENCE, look_at_store(hub, readiness, &mut silence));
        let Some(looked) = stop.run_until_cancelled(look).await else { return };
        if matches!(looked, Ok(Ok(()))) {
            readiness.set("store", None);
            if !announced {
                systemd::ready();
                announced = true;
            }
        } else {
            readiness.set("store", Some("the store does not answer".to_owned()));
            systemd::status("the store does not answer; work goes on when it does");
        }
        stop.run_until_cancelled(tokio::time::sleep(LOOK)).await;
    }
}

/// Feeds systemd's watchdog for as long as every loop turns, whatever its rounds bring. An outage of the store or of a
/// system is no reason to be restarted, because a new process would stand before the same outage.
async fn watch_loops(readiness: &Readiness, pulses: &Pulses, stop: &CancellationToken) {
    let mut told = false;
    while !stop.is_cancelled() {
        let stuck = pulses.look(PATIENCE);
        readiness.set("work", stuck.as_ref().map(|name| format!("{name} does not move")));
        readiness.set("writing", pulses.trouble());
        match &stuck {
            None => systemd::alive(),
            Some(name) if !told => tracing::error!(name, "a loop does not move; systemd restarts the daemon"),
            Some(_) => {}
        }
        told = stuck.is_some();
        stop.run_until_cancelled(tokio::time::sleep(LOOK)).await;
    }
}

/// Reads health and depths from the store.
async fn look_at_store(hub: &Hub, readiness: &Readiness, silence: &mut Silence) -> Result<(), StoreError> {
    let counts = hub.store.queue_counts(hub.clock.now()).await?;
    telemetry::queue_depths(&counts, hub.clock.now());
    let mut halted = Vec::new();
    for system in hub.systems.values() {
        let state = hub.store.system_state(&system.id).await?;
        systems::follow(hub, system, &state.health);
        silence.look(hub, system, state.last_push_at).await?;
        telemetry::system(&system.id, !system.is_halted(), system.budget.remaining());
        halted.extend(system.is_halted().then(|| system.id.to_string()));
    }
    let all = !hub.systems.is_empty() && halted.len() == hub.systems.len();
    readiness.set("systems", all.then(|| "every system is stopped".to_owned()));
    let sum = |of: fn(MarkState) -> bool| -> u64 {
        counts.iter().filter(|count| of(count.state)).map(|count| count.n_marks).sum()
    };
    let parked = sum(|state| state == MarkState::Parked);
    let waiting = sum(|state| state != MarkState::Parked);
    systemd::status(&format!(
        "{} systems, {} stopped, {waiting} waiting, {parked} parked",
        hub.systems.len(),
        halted.len()
    ));
    Ok(())
}
