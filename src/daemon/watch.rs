//! The watch over the daemon: tells systemd that it lives only while its loops move, keeps readiness and metrics
//! true, and notices what an operator has stopped or resumed.

use std::collections::BTreeMap;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

use crate::hub::Hub;
use crate::model::SystemId;
use crate::service::{Readiness, systemd};
use crate::store::{Health, MarkState};
use crate::telemetry;

/// How often the watch looks.
const LOOK: Duration = Duration::from_secs(2);
/// A system whose loops have not moved for so many looks is stuck.
const PATIENCE: u32 = 60;

/// Watches until stopped.
pub(super) async fn run(hub: Hub, readiness: Readiness, stop: CancellationToken) {
    let mut seen: BTreeMap<SystemId, (u64, u32)> = BTreeMap::new();
    let mut announced = false;
    while !stop.is_cancelled() {
        let stored = look_at_store(&hub, &readiness).await;
        let stuck = stuck(&hub, &mut seen);
        readiness.set("work", stuck.as_ref().map(|id| format!("the loops of system `{id}` do not move")));
        if stored && !announced {
            systemd::ready();
            announced = true;
        }
        if stuck.is_none() && stored {
            systemd::alive();
        }
        stop.run_until_cancelled(tokio::time::sleep(LOOK)).await;
    }
    systemd::stopping();
}

/// Reads health and depths from the store; `false` when it did not answer.
async fn look_at_store(hub: &Hub, readiness: &Readiness) -> bool {
    let Ok(counts) = hub.store.queue_counts(hub.clock.now()).await else {
        readiness.set("store", Some("the store does not answer".to_owned()));
        return false;
    };
    readiness.set("store", None);
    telemetry::queue_depths(&counts, hub.clock.now());
    let mut halted = Vec::new();
    for system in hub.systems.values() {
        let Ok(state) = hub.store.system_state(&system.id).await else { return false };
        system.set_halted(state.health != Health::Running);
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
    true
}

/// A system whose loops have not moved for too long.
fn stuck(hub: &Hub, seen: &mut BTreeMap<SystemId, (u64, u32)>) -> Option<SystemId> {
    for system in hub.systems.values().filter(|system| !system.is_halted()) {
        let rounds = system.progress.rounds();
        let (last, idle) = seen.entry(system.id.clone()).or_default();
        *idle = if *last == rounds { *idle + 1 } else { 0 };
        *last = rounds;
        if *idle > PATIENCE {
            return Some(system.id.clone());
        }
    }
    None
}
