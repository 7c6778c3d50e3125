//! The way out: claims due marks, works out what would bring the system to the hub, writes it and learns what
//! became of it.
//!
//! A write is computed when it is sent and never stored. Deliver moves shadows only to what a system reported,
//! and takes a system's changes in through `capture::door` like everybody else.

mod load;
mod outcome;
mod send;
mod settle;

use chrono::TimeDelta;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use crate::capture::CaptureError;
use crate::capture::cycle::Cycle;
use crate::clock::new_id;
use crate::connectors::ConnectorError;
use crate::hub::{Hub, System};
use crate::model::{Lane, Link, Record, RecordId, Role};
use crate::queue::lease::{self, Claim, Sorted};
use crate::reconcile::{Planned, plan, plan_secondary};
use crate::store::{Commit, Due, End, Finished, Lease, Queue, StoreError};
use load::Situation;

/// Why a piece of delivery ended early. Every claimed mark is back in the queue by then.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// The system did not answer as it should.
    #[error("could not write to the system")]
    Connector(#[from] ConnectorError),
    /// Reading before or after a write failed.
    #[error("could not settle a write")]
    Capture(#[from] CaptureError),
    /// The hub's own memory failed.
    #[error("could not use the store")]
    Store(#[from] StoreError),
}

/// What one batch of delivery did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// How many marks were claimed. Zero: there was nothing to do.
    pub claimed: usize,
    /// How many writes were sent.
    pub sent: usize,
    /// How many of them are done.
    pub done: usize,
    /// How many were given up until an operator looks.
    pub parked: usize,
}

/// Claims and works off one batch of due marks of these lanes.
///
/// # Errors
/// What went wrong first. The marks concerned are back in the queue with the reason.
pub async fn work(
    hub: &Hub,
    system: &System,
    lanes: RangeInclusive<Lane>,
) -> Result<Delivered, DeliverError> {
    let now = hub.clock.now();
    let lease_until = now + TimeDelta::from_std(system.settings.lease).unwrap_or_default();
    let token = new_id();
    let leases =
        hub.store.claim_due(&system.id, lanes, system.settings.claim, now, lease_until, token).await?;
    if leases.is_empty() {
        return Ok(Delivered::default());
    }
    let claimed = leases.len();
    let Sorted { work: leases, ended } = lease::sort(leases, Queue::Due, &system.settings.retry);
    let given_up = ended.iter().filter(|ended| matches!(ended.end, End::Parked { .. })).count();
    finish_all(hub, ended).await?;
    let claim = Claim::of(Queue::Due, token, (now, system.settings.lease), &leases);
    let delivered = lease::keeping(&hub.store, claim, Box::pin(deliver(hub, system, &leases))).await;
    match delivered {
        Ok(delivered) => Ok(Delivered { claimed, parked: delivered.parked + given_up, ..delivered }),
        Err(error) => {
            outcome::hand_back(hub, &leases, &error).await?;
            Err(error)
        }
    }
}

/// Works off the claimed marks in turns: what refers to a record of the same claim is planned again once that one is
/// there. Each turn sends something, or is the last.
async fn deliver(hub: &Hub, system: &System, leases: &[Lease<Due>]) -> Result<Delivered, DeliverError> {
    let mut total = Delivered::default();
    let mut turn: Vec<&Lease<Due>> = leases.iter().collect();
    while !turn.is_empty() {
        let (situation, plans) = plan_turn(hub, system, &turn).await?;
        let Plans { writes, finished, awaited, next } = plans;
        hub.store
            .commit(Commit { now: hub.clock.now(), finished, due: awaited, ..Commit::default() })
            .await?;
        for writes in batches(writes, system.capabilities.write_batch.max(1)) {
            let delivered = send::batch(hub, system, &situation, writes).await?;
            total.sent += delivered.sent;
            total.done += delivered.done;
            total.parked += delivered.parked;
        }
        turn = next;
    }
    Ok(total)
}

/// Loads what a turn is about and plans it, after finding out what has to be known before.
async fn plan_turn<'a>(
    hub: &Hub,
    system: &System,
    turn: &[&'a Lease<Due>],
) -> Result<(Situation, Plans<'a>), DeliverError> {
    let mut situation = Situation::load(hub, system, turn).await?;
    if settle::unsettled(hub, system, &situation, turn).await? {
        situation = Situation::load(hub, system, turn).await?;
    }
    let plans = plan_all(hub, system, turn, &situation);
    if !settle::compare_first(hub, system, &situation, &plans.writes).await? {
        return Ok((situation, plans));
    }
    situation = Situation::load(hub, system, turn).await?;
    let plans = plan_all(hub, system, turn, &situation);
    Ok((situation, plans))
}

/// A planned write with the mark that asked for it.
struct Planning<'a> {
    lease: &'a Lease<Due>,
    record: RecordId,
    op: crate::model::WriteOp,
}

/// What has to be done for the marks of a turn.
#[derive(Default)]
struct Plans<'a> {
    writes: Vec<Planning<'a>>,
    finished: Vec<Finished>,
    awaited: Vec<Due>,
    /// The marks that wait for nothing but what this turn writes.
    next: Vec<&'a Lease<Due>>,
}

fn plan_all<'a>(hub: &Hub, system: &System, turn: &[&'a Lease<Due>], situation: &Situation) -> Plans<'a> {
    let mut plans = Plans::default();
    let mut waiting = Vec::new();
    let mut written = BTreeSet::new();
    for lease in turn.iter().copied() {
        let root = situation.root(lease.mark.record);
        let Some(record) = situation.record(root) else {
            let reason = "the record is missing".into();
            plans.finished.push(finished(lease, End::Parked { reason }));
            continue;
        };
        match plan_one(hub, system, lease.mark.lane, situation, record) {
            Planned::Nothing | Planned::Excluded(_) => plans.finished.push(finished(lease, End::Done)),
            Planned::Await(records) => waiting.push((lease, records)),
            // Two records that were made one have a mark each; two writes at once would overtake each other for ever.
            Planned::Write(_) if !written.insert(root) => plans.next.push(lease),
            Planned::Write(op) => plans.writes.push(Planning { lease, record: root, op }),
        }
    }
    for (lease, records) in waiting {
        if records.iter().all(|record| written.contains(&situation.root(*record))) {
            plans.next.push(lease);
        } else {
            wait_for(hub, system, lease, records, &mut plans);
        }
    }
    plans
}

/// Puts a mark off until the records that it refers to are there, and sees that they are asked for.
fn wait_for(hub: &Hub, system: &System, lease: &Lease<Due>, records: Vec<RecordId>, plans: &mut Plans<'_>) {
    let now = hub.clock.now();
    plans.finished.push(finished(lease, load::awaiting(lease, now)));
    // A live change takes along what an import holds back, or it would wait with it. Only once: what was given up for
    // another reason is not tried again and again for those that wait for it.
    let lane = if lease.attempts == 0 { lease.mark.lane.min(Lane::Backfill) } else { Lane::Backfill };
    plans.awaited.extend(records.into_iter().map(|record| Due {
        record,
        system: system.id.clone(),
        lane,
        rank: 0,
        not_before: now,
    }));
}

/// The next write of a record at the system: to its primary counterpart, else to a second one that lacks a
/// restriction.
fn plan_one(hub: &Hub, system: &System, lane: Lane, situation: &Situation, record: &Record) -> Planned {
    let links = situation.links(record.id);
    let exists = links.iter().any(Link::is_writable);
    let counterpart = |kind, id| situation.counterpart(hub, system, (record.kind, exists), kind, id);
    let quiet = lane == Lane::Backfill;
    let planned = plan(&hub.rules, &system.id, record, links, &counterpart, quiet);
    if planned != Planned::Nothing {
        return planned;
    }
    let seconds = links.iter().filter(|link| link.role == Role::Secondary);
    let mut writes = seconds.map(|link| plan_secondary(&hub.rules, record, link, &counterpart, quiet));
    writes.find(|planned| matches!(planned, Planned::Write(_))).unwrap_or(Planned::Nothing)
}

/// What would be written for a record now; nothing is claimed or sent. `None` when there is no such record.
///
/// # Errors
/// [`StoreError`] when the store does not answer.
pub async fn preview(hub: &Hub, system: &System, record: RecordId) -> Result<Option<Planned>, StoreError> {
    let situation = Situation::of(hub, system, &[record]).await?;
    let record = situation.record(situation.root(record));
    Ok(record.map(|record| plan_one(hub, system, Lane::Live, &situation, record)))
}

/// Groups writes of one kind, dependencies first, at most `limit` each.
fn batches(mut writes: Vec<Planning<'_>>, limit: usize) -> Vec<Vec<Planning<'_>>> {
    writes.sort_by_key(|planning| (planning.op.kind.rank(), planning.op.kind));
    let mut batches: Vec<Vec<Planning<'_>>> = Vec::new();
    for planning in writes {
        match batches.last_mut() {
            Some(batch)
                if batch.len() < limit && batch.iter().all(|other| other.op.kind == planning.op.kind) =>
            {
                batch.push(planning);
            }
            Some(_) | None => batches.push(vec![planning]),
        }
    }
    batches
}

/// A finished mark of the outbox.
fn finished(lease: &Lease<Due>, end: End) -> Finished {
    lease.finish(Queue::Due, end)
}

/// Commits finished marks alone.
async fn finish_all(hub: &Hub, finished: Vec<Finished>) -> Result<(), StoreError> {
    hub.store.commit(Commit { now: hub.clock.now(), finished, ..Commit::default() }).await
}

/// The cycle of the reads that deliver makes by itself: they are few, and each belongs to a write.
fn uncounted() -> Cycle {
    Cycle::default()
}
