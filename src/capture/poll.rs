//! One cycle of a system: every change feed from its cursor to its end, or a sweep where there is no feed.

use smol_str::SmolStr;

use super::CaptureError;
use super::cycle::Cycle;
use super::door::{Batch, Taken, take};
use super::holds::Holds;
use super::sweep;
use crate::connectors::{Change, ChangePage, ConnectorError, Cursor, Hint};
use crate::hub::{Hub, System};
use crate::model::capabilities::Stream;
use crate::model::{Lane, Observation, Word};
use crate::store::{Commit, CursorMove, ReadMark};

/// Reads everything that changed since the last cycle.
///
/// The first cycle of a system subscribes first (the cursor is set to the present) and sweeps then, so that a
/// change made during the sweep is seen by one of the two.
///
/// # Errors
/// What went wrong first; everything taken before is kept, and the next cycle goes on from there.
pub async fn cycle(hub: &Hub, system: &System) -> Result<Taken, CaptureError> {
    system.turn(Lane::Live).await;
    system.connector.prepare(false).await?;
    let holds = Holds::load(hub, system).await?;
    let mut cycle = holds.cycle(system);
    let mut total = Taken::default();
    let streams = &system.capabilities.streams;
    for stream in streams.iter().filter(|stream| !holds.is_held(stream.kind)) {
        total.add(drain(hub, system, stream, &mut cycle).await?);
    }
    for kind in system.settings.kinds.iter().copied().filter(|kind| !holds.is_held(*kind)) {
        if streams.is_empty() || !sweep::was_completed(hub, system, kind).await? {
            total.add(sweep::run(hub, system, kind, &mut cycle).await?);
        }
    }
    holds.settle(hub).await?;
    Ok(total)
}

/// Sets the cursor of every feed that has none to the present: whatever changes from now on is told by the feed, and
/// whatever is older is there for whoever reads the records after this.
///
/// # Errors
/// What went wrong first; the feeds before it are subscribed to.
pub async fn subscribe(hub: &Hub, system: &System) -> Result<(), CaptureError> {
    system.turn(Lane::Backfill).await;
    system.connector.prepare(false).await?;
    let mut cycle = Cycle::new(system);
    for stream in &system.capabilities.streams {
        if hub.store.cursor(&system.id, &cursor_name(stream)).await?.is_none() {
            drain(hub, system, stream, &mut cycle).await?;
        }
    }
    Ok(())
}

/// Walks every record of a system: what no feed has told is found here.
///
/// # Errors
/// What went wrong first; everything taken before is kept.
pub async fn sweep(hub: &Hub, system: &System) -> Result<Taken, CaptureError> {
    let holds = Holds::load(hub, system).await?;
    let mut cycle = holds.cycle(system);
    let mut total = Taken::default();
    for kind in system.settings.kinds.iter().copied().filter(|kind| !holds.is_held(*kind)) {
        total.add(sweep::run(hub, system, kind, &mut cycle).await?);
    }
    holds.settle(hub).await?;
    Ok(total)
}

/// Reads one feed from its cursor to its end.
async fn drain(
    hub: &Hub,
    system: &System,
    stream: &Stream,
    cycle: &mut Cycle,
) -> Result<Taken, CaptureError> {
    let name = cursor_name(stream);
    let mut total = Taken::default();
    let mut cursor = hub.store.cursor(&system.id, &name).await?.map(Cursor);
    loop {
        let epoch = hub.store.epoch(&system.id).await?;
        let fetched_at = hub.clock.now();
        system.turn(Lane::Live).await;
        let page = match system.connector.changes(stream, cursor.as_ref()).await {
            Ok(page) => page,
            Err(ConnectorError::CursorExpired { .. }) => {
                forget(hub, system, stream, name.clone()).await?;
                return Ok(total);
            }
            Err(error) => return Err(error.into()),
        };
        let more = page.more;
        let next = page.next.clone();
        let unchanged = cursor.as_ref() == Some(&next);
        let mut batch = sort_out(system, page, hub.clock.now());
        if !unchanged {
            batch.cursor = Some(CursorMove {
                system: system.id.clone(),
                stream: name.clone(),
                cursor: Some(next.0.clone()),
            });
        }
        batch.epoch = epoch;
        batch.fetched_at = fetched_at;
        if !batch.observations.is_empty() || !batch.reads.is_empty() || !unchanged {
            total.add(take(hub, system, &batch, cycle).await?);
        }
        if !more {
            return Ok(total);
        }
        cursor = Some(next);
    }
}

/// Full observations are taken as they are; a hint only says what to read.
fn sort_out(system: &System, page: ChangePage, now: chrono::DateTime<chrono::Utc>) -> Batch {
    let mut batch = Batch::default();
    for change in page.changes {
        match change {
            Change::Seen(observation) => batch.observations.push(*observation),
            Change::Hint(hint) => batch.reads.push(read_mark(system, hint, Lane::Live, now)),
        }
    }
    keep_last(&mut batch.observations);
    batch
}

/// The mark of a hint, to be read in `lane`.
pub fn read_mark(system: &System, hint: Hint, lane: Lane, now: chrono::DateTime<chrono::Utc>) -> ReadMark {
    let Hint { subject, deleted } = hint;
    let said = if deleted { Word::Absent } else { Word::Changed };
    ReadMark { system: system.id.clone(), subject, lane, not_before: now, said }
}

/// A feed may list a record twice in one page; the later state contains the earlier one.
fn keep_last(observations: &mut Vec<Observation>) {
    let mut seen = std::collections::BTreeSet::new();
    observations.reverse();
    observations.retain(|observation| seen.insert(observation.subject.clone()));
    observations.reverse();
}

/// The feed does not reach back to our cursor: start anew at the present, and sweep to find what was missed.
async fn forget(hub: &Hub, system: &System, stream: &Stream, name: SmolStr) -> Result<(), CaptureError> {
    tracing::warn!(system.id = %system.id, stream = %stream.name, "the feed has expired; sweeping instead");
    let gone = |stream| CursorMove { system: system.id.clone(), stream, cursor: None };
    let cursors = vec![gone(name), gone(sweep::marker(stream.kind))];
    hub.store.commit(Commit { now: hub.clock.now(), cursors, ..Commit::default() }).await?;
    Ok(())
}

fn cursor_name(stream: &Stream) -> SmolStr {
    SmolStr::new(format!("changes:{}", stream.name))
}

impl Taken {
    /// Adds another batch's counts.
    pub fn add(&mut self, other: Self) {
        self.observed += other.observed;
        self.changed += other.changed;
        self.waiting += other.waiting;
    }
}
