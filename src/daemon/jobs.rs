//! Scheduled jobs: each slot runs once, however often the daemon restarts and however many daemons there are.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use smol_str::SmolStr;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::worker::{Round, guarded};
use crate::capture::{poll, stays};
use crate::clock::new_id;
use crate::hub::{Hub, System};
use crate::model::{RecordKind, SystemClass};
use crate::queue::progress::{self, Pulses};
use crate::schedule::Trigger;
use crate::store::StoreError;
use crate::telemetry;

/// How often the schedules are looked at when no slot is nearer.
const LOOK: Duration = Duration::from_secs(30);
/// How long a job that died holds its slot.
const LEASE: TimeDelta = TimeDelta::hours(2);

/// A job of one system.
struct Job {
    key: SmolStr,
    trigger: Trigger,
    system: Arc<System>,
    work: Work,
}

#[derive(Debug, Clone, Copy)]
enum Work {
    /// Compare every record.
    Sweep,
    /// The night audit has closed a business date: look at its departures again.
    NightAudit,
    /// A day's arrivals get their mail soon: see that they are still as they were.
    Clearance,
}

/// Runs the jobs of every system until stopped.
pub(super) async fn run(hub: Hub, tracker: TaskTracker, pulses: Pulses, stop: CancellationToken) {
    let jobs: Vec<Arc<Job>> =
        hub.systems.values().flat_map(|system| of_system(&hub, system)).map(Arc::new).collect();
    while !stop.is_cancelled() {
        let now = hub.clock.now();
        // The slots of a system that is paused or was stopped wait until it works again.
        for job in jobs.iter().filter(|job| !job.system.is_halted()) {
            match claim(&hub, job, now).await {
                Ok(Some(slot)) => {
                    let (hub, job, stop) = (hub.clone(), Arc::clone(job), stop.clone());
                    let pulses = pulses.clone();
                    tracker.spawn(async move {
                        let pulse = pulses.add(format!("the job `{}`", job.key));
                        let work = Box::pin(stop.run_until_cancelled(carry_out(&hub, &job, &slot)));
                        Arc::clone(&pulse).live(work).await;
                        pulses.forget(&pulse);
                    });
                }
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(job = %job.key, error = %error, "could not look at the schedule");
                }
            }
        }
        let next = jobs.iter().filter_map(|job| job.trigger.next(job.system.settings.time_zone, now)).min();
        let rest = next.and_then(|next| (next - now).to_std().ok()).unwrap_or(LOOK).min(LOOK);
        progress::rest(stop.run_until_cancelled(tokio::time::sleep(rest))).await;
    }
}

fn of_system(hub: &Hub, system: &Arc<System>) -> Vec<Job> {
    let job = |name: &str, trigger, work| Job {
        key: SmolStr::new(format!("{name}:{}", system.id)),
        trigger,
        system: Arc::clone(system),
        work,
    };
    let daily = |at: NaiveTime| Trigger::parse(&at.format("%-M %-H * * *").to_string()).ok();
    let audit =
        daily(system.settings.night_audit).map(|trigger| job("night-audit", trigger, Work::NightAudit));
    // Only the word of its own PMS clears a reservation.
    let has_stays = system.settings.kinds.contains(&RecordKind::Reservation);
    let clears = has_stays && hub.rules.class(&system.id) == Some(SystemClass::Pms);
    let (at, _) = hub.rules.mail.reread();
    let clearance = daily(at).filter(|_| clears).map(|trigger| job("clearance", trigger, Work::Clearance));
    [job("sweep", system.settings.sweep.clone(), Work::Sweep)]
        .into_iter()
        .chain(audit)
        .chain(clearance)
        .collect()
}

/// A slot that is ours to run.
struct Slot {
    at: DateTime<Utc>,
    token: Uuid,
}

/// The slot that is due and ours to run. A job that has never run waits for its next slot: the first poll of a
/// system sweeps by itself.
async fn claim(hub: &Hub, job: &Job, now: DateTime<Utc>) -> Result<Option<Slot>, StoreError> {
    let last = hub.store.last_run(&job.key).await?.map(|run| run.slot);
    let Some(slot) = job.trigger.due_slot(job.system.settings.time_zone, last, now) else { return Ok(None) };
    let token = new_id();
    if !hub.store.claim_slot(&job.key, slot, now, now + LEASE, token).await? {
        return Ok(None);
    }
    if last.is_none() {
        hub.store.record_run(&job.key, slot, now, token).await?;
        return Ok(None);
    }
    Ok(Some(Slot { at: slot, token }))
}

async fn carry_out(hub: &Hub, job: &Job, slot: &Slot) {
    let round = async {
        match job.work {
            Work::Sweep => poll::sweep(hub, &job.system).await.map(|_| ())?,
            Work::NightAudit => stays::departed(hub, &job.system).await?,
            Work::Clearance => stays::arriving(hub, &job.system, slot.at).await?,
        }
        hub.store.record_run(&job.key, slot.at, hub.clock.now(), slot.token).await?;
        Ok(Round::Idle)
    };
    match guarded(round).await {
        Ok(_) => telemetry::job_done(&job.key, hub.clock.now()),
        Err(error) => telemetry::round_failed(&job.system.id, &error, 1),
    }
}
