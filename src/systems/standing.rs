//! How a system stands: what the store knows of it, whoever asks.

use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

use crate::model::{Lane, SystemId};
use crate::store::{Health, MarkState, Queue, QueueCount, Store, StoreError, SystemState};

/// How one system stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The system.
    pub system: SystemId,
    /// Whether its workers may work; `None`: they never have.
    pub health: Option<Health>,
    /// What waits, by queue and lane; where nothing waits it is left out.
    pub lags: Vec<Lag>,
    /// How many marks were given up.
    pub parked: u64,
    /// When its changes were last read, or anything else last went well.
    pub last_success: Option<DateTime<Utc>>,
    /// Why the last call failed, without values; `None` since the last success.
    pub last_error: Option<String>,
    /// Failures since the last success.
    pub failures: u32,
    /// When it was last compared record by record.
    pub last_sweep: Option<DateTime<Utc>>,
    /// When the last of its webhooks was taken; up to a few seconds behind.
    pub last_push: Option<DateTime<Utc>>,
}

/// What waits in one lane of one queue of a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lag {
    /// The queue.
    pub queue: Queue,
    /// The lane.
    pub lane: Lane,
    /// How many marks.
    pub waiting: u64,
    /// Since when the oldest has been there.
    pub oldest: DateTime<Utc>,
}

impl Standing {
    /// The word for its health: that of [`Health`], or `new`.
    pub fn health_name(&self) -> &'static str {
        self.health.as_ref().map_or("new", Health::name)
    }

    /// How many marks wait in both queues.
    pub fn waiting(&self) -> u64 {
        self.lags.iter().map(|lag| lag.waiting).sum()
    }

    /// Since when the oldest change that is not yet written has been waiting.
    pub fn oldest_due(&self) -> Option<DateTime<Utc>> {
        self.lags.iter().filter(|lag| lag.queue == Queue::Due).map(|lag| lag.oldest).min()
    }
}

/// How these systems stand, in their order.
///
/// # Errors
/// The store did not answer.
pub async fn standings(
    store: &Store,
    now: DateTime<Utc>,
    systems: impl Iterator<Item = SystemId>,
) -> Result<Vec<Standing>, StoreError> {
    let counts = store.queue_counts(now).await?;
    let states = store.system_states().await?;
    let mut states: BTreeMap<SystemId, SystemState> =
        states.into_iter().map(|state| (state.system.clone(), state)).collect();
    let mut standings = Vec::new();
    for system in systems {
        let last_sweep = store.last_run(&format!("sweep:{system}")).await?.map(|run| run.finished_at);
        let state = states.remove(&system);
        let (lags, parked) = queued(&counts, &system);
        standings.push(Standing {
            lags,
            parked,
            last_sweep,
            last_push: state.as_ref().and_then(|state| state.last_push_at),
            last_success: state.as_ref().and_then(|state| state.last_success_at),
            last_error: state.as_ref().and_then(|state| state.last_error.clone()),
            failures: state.as_ref().map_or(0, |state| state.failures),
            health: state.map(|state| state.health),
            system,
        });
    }
    Ok(standings)
}

/// What waits for a system, and how many marks were given up.
fn queued(counts: &[QueueCount], system: &SystemId) -> (Vec<Lag>, u64) {
    let mut lags: Vec<Lag> = Vec::new();
    let mut parked = 0;
    for count in counts.iter().filter(|count| count.system == *system) {
        if count.state == MarkState::Parked {
            parked += count.n_marks;
            continue;
        }
        let known = lags.iter_mut().find(|lag| (lag.queue, lag.lane) == (count.queue, count.lane));
        match known {
            Some(lag) => {
                lag.waiting += count.n_marks;
                lag.oldest = lag.oldest.min(count.oldest);
            }
            None => lags.push(Lag {
                queue: count.queue,
                lane: count.lane,
                waiting: count.n_marks,
                oldest: count.oldest,
            }),
        }
    }
    lags.sort_by_key(|lag| (lag.queue.name(), lag.lane));
    (lags, parked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(state: MarkState, lane: Lane, n_marks: u64, second: i64) -> QueueCount {
        let oldest = DateTime::from_timestamp(second, 0).expect("an instant");
        QueueCount { queue: Queue::Due, system: SystemId::new("crm"), state, lane, n_marks, oldest }
    }

    #[test]
    fn states_of_a_lane_are_added_up_and_parked_work_is_told_apart() {
        let other = QueueCount { system: SystemId::new("pms"), ..count(MarkState::Ready, Lane::Live, 9, 1) };
        let counts = [
            count(MarkState::Ready, Lane::Live, 2, 70),
            count(MarkState::Waiting, Lane::Live, 3, 50),
            count(MarkState::Leased, Lane::Status, 1, 90),
            count(MarkState::Parked, Lane::Live, 4, 10),
            other,
        ];
        let (lags, parked) = queued(&counts, &SystemId::new("crm"));
        let told: Vec<_> = lags.iter().map(|lag| (lag.lane, lag.waiting, lag.oldest.timestamp())).collect();
        assert_eq!((told, parked), (vec![(Lane::Status, 1, 90), (Lane::Live, 5, 50)], 4));
    }
}
