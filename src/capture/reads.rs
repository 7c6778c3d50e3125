//! Works the change queue off: reads the subjects that hints, doubts and waits have marked.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::CaptureError;
use super::cycle::Cycle;
use super::door::{Batch, Taken, take};
use crate::clock::new_id;
use crate::connectors::{ConnectorError, NextStep, Reading};
use crate::hub::{Hub, System};
use crate::model::{Document, Lane, Observation, RemoteRef, Shape};
use crate::queue::lease::{self, Claim, Sorted};
use crate::store::{Commit, End, Finished, Lease, Queue, ReadMark};

/// Claims, reads and takes in one batch of marked subjects of these lanes. Zero: there was nothing to do.
///
/// # Errors
/// The system's error when nothing could be read; the marks are back in the queue by then.
pub async fn work(
    hub: &Hub,
    system: &System,
    lanes: RangeInclusive<Lane>,
    cycle: &mut Cycle,
) -> Result<usize, CaptureError> {
    let now = hub.clock.now();
    let lease_until = now + TimeDelta::from_std(system.settings.lease).unwrap_or_default();
    let limit = system.settings.claim.min(u32::try_from(system.capabilities.read_batch).unwrap_or(u32::MAX));
    let token = new_id();
    let leases = hub.store.claim_reads(&system.id, lanes, limit, now, lease_until, token).await?;
    let claimed = leases.len();
    let Sorted { work: leases, ended: finished } = lease::sort(leases, Queue::Reads, &system.settings.retry);
    hub.store.commit(Commit { now, finished, ..Commit::default() }).await?;
    if !leases.is_empty() {
        let claim = Claim::of(Queue::Reads, token, (now, system.settings.lease), &leases);
        let work = Box::pin(read_and_take(hub, system, leases, cycle));
        lease::keeping(&hub.store, claim, work).await?;
    }
    Ok(claimed)
}

async fn read_and_take(
    hub: &Hub,
    system: &System,
    leases: Vec<Lease<ReadMark>>,
    cycle: &mut Cycle,
) -> Result<(), CaptureError> {
    let lane = leases.iter().map(|lease| lease.mark.lane).min().unwrap_or(Lane::Audit);
    let refs: Vec<RemoteRef> = leases.iter().map(|lease| lease.mark.subject.clone()).collect();
    let epoch = hub.store.epoch(&system.id).await?;
    let fetched_at = hub.clock.now();
    system.turn(lane).await;
    let read = system.connector.read(&refs).await;
    match read {
        Ok(readings) => {
            let batch = sort_out(readings, leases, epoch, fetched_at);
            match take(hub, system, &batch, cycle).await {
                // It was asked for more, and did not answer.
                Err(CaptureError::Connector(error)) => {
                    after_failure(hub, system, batch.leases.into_values().collect(), error, cycle).await
                }
                Err(CaptureError::Held { kind, why }) => {
                    let now = hub.clock.now();
                    let later = now + TimeDelta::minutes(1);
                    let reason = "the stream is held for an operator";
                    hand_back(hub, &batch.leases.into_values().collect::<Vec<_>>(), later, reason).await?;
                    Err(CaptureError::Held { kind, why })
                }
                taken => taken.map(|_| ()),
            }
        }
        Err(error) => after_failure(hub, system, leases, error, cycle).await,
    }
}

/// Turns the answers into observations and ends the marks whose answer is no observation.
fn sort_out(
    readings: Vec<Reading>,
    leases: Vec<Lease<ReadMark>>,
    epoch: i64,
    fetched_at: DateTime<Utc>,
) -> Batch {
    let mut leases: BTreeMap<RemoteRef, Lease<ReadMark>> =
        leases.into_iter().map(|lease| (lease.mark.subject.clone(), lease)).collect();
    let mut batch = Batch { epoch, fetched_at, settles: true, ..Batch::default() };
    for reading in readings {
        match reading {
            Reading::Found(observation) => batch.observations.push(*observation),
            Reading::NotFound(subject) => {
                batch.observations.push(Observation::of(subject, Shape::NotFound, Document::new()));
            }
            Reading::OutOfScope(subject) => {
                let lease = leases.remove(&subject);
                batch.finished.extend(lease.map(|lease| lease.finish(Queue::Reads, End::Done)));
            }
            Reading::Undecodable { subject, why } => {
                let lease = leases.remove(&subject);
                let end = End::Parked { reason: why.into() };
                batch.finished.extend(lease.map(|lease| lease.finish(Queue::Reads, end)));
            }
        }
    }
    let answered: BTreeSet<RemoteRef> = batch.observations.iter().map(|seen| seen.subject.clone()).collect();
    let unanswered: Vec<RemoteRef> =
        leases.keys().filter(|subject| !answered.contains(subject)).cloned().collect();
    for subject in unanswered {
        let lease = leases.remove(&subject);
        let end = End::Parked { reason: "the connector gave no answer for it".into() };
        batch.finished.extend(lease.map(|lease| lease.finish(Queue::Reads, end)));
    }
    batch.leases = leases;
    batch
}

/// The read as a whole failed: halve it, wait, park or stop, as the error says.
async fn after_failure(
    hub: &Hub,
    system: &System,
    mut leases: Vec<Lease<ReadMark>>,
    error: ConnectorError,
    cycle: &mut Cycle,
) -> Result<(), CaptureError> {
    let now = hub.clock.now();
    match error.next_step() {
        NextStep::Bisect | NextStep::Park if leases.len() > 1 => {
            let rest = leases.split_off(leases.len() / 2);
            let first = Box::pin(read_and_take(hub, system, leases, cycle)).await;
            let second = Box::pin(read_and_take(hub, system, rest, cycle)).await;
            first.and(second)
        }
        NextStep::Bisect | NextStep::Park => {
            let end = End::Parked { reason: error.to_string().into() };
            finish(hub, &leases, |_| end.clone()).await
        }
        NextStep::RetryAfter(_) | NextStep::Settle | NextStep::Sweep | NextStep::Halt => {
            if let Some(wait) = error.wait() {
                system.budget.pause(wait);
            }
            // The system is down, not the record wrong: an outage must not park what waits for its end.
            hand_back(hub, &leases, now, "the system did not answer").await?;
            Err(error.into())
        }
    }
}

async fn hand_back(
    hub: &Hub,
    leases: &[Lease<ReadMark>],
    not_before: DateTime<Utc>,
    reason: &'static str,
) -> Result<(), CaptureError> {
    finish(hub, leases, |_| End::Again { not_before, failed: false, reason: reason.into() }).await
}

async fn finish(
    hub: &Hub,
    leases: &[Lease<ReadMark>],
    end: impl Fn(&Lease<ReadMark>) -> End,
) -> Result<(), CaptureError> {
    let finished: Vec<Finished> = leases.iter().map(|lease| lease.finish(Queue::Reads, end(lease))).collect();
    hub.store.commit(Commit { now: hub.clock.now(), finished, ..Commit::default() }).await?;
    Ok(())
}

/// Reads these subjects now, outside the queue, and takes the answers in: after a write whose outcome or result is
/// not known.
///
/// # Errors
/// The system's error; nothing was taken then.
pub async fn read_now(
    hub: &Hub,
    system: &System,
    refs: &[RemoteRef],
    lane: Lane,
    cycle: &mut Cycle,
) -> Result<Taken, CaptureError> {
    let mut total = Taken::default();
    for refs in refs.chunks(system.capabilities.read_batch.max(1)) {
        let epoch = hub.store.epoch(&system.id).await?;
        let fetched_at = hub.clock.now();
        system.turn(lane).await;
        let readings = system.connector.read(refs).await?;
        let mut batch = sort_out(readings, Vec::new(), epoch, fetched_at);
        batch.settles = true;
        let taken = take(hub, system, &batch, cycle).await?;
        total = Taken {
            observed: total.observed + taken.observed,
            changed: total.changed + taken.changed,
            waiting: total.waiting + taken.waiting,
        };
    }
    Ok(total)
}
