//! The sweep: walks every record of a kind at a system, reads those whose digest has moved and finds those that
//! are missing. No feed is trusted alone; the sweep is what proves that nothing was overlooked.

use smol_str::SmolStr;
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::cycle::Cycle;
use super::door::{Batch, Taken, take};
use super::reads::read_now;
use super::{CaptureError, holds};
use crate::connectors::Cursor;
use crate::hub::{Hub, System};
use crate::model::{Document, ExternalId, Lane, LinkLife, Observation, RecordKind, RemoteRef, Shape};
use crate::store::{Commit, CursorMove};

/// How many known links are compared with the walk at once.
const PAGE: u32 = 2_000;

/// Sweeps one kind of record.
///
/// # Errors
/// [`CaptureError::Held`] when more records are missing than the mass guard allows; nothing was marked missing then.
pub async fn run(
    hub: &Hub,
    system: &System,
    kind: RecordKind,
    cycle: &mut Cycle,
) -> Result<Taken, CaptureError> {
    let mut total = Taken::default();
    let mut present = Present::new();
    let mut cursor: Option<Cursor> = None;
    loop {
        system.turn(Lane::Audit).await;
        let page = system.connector.enumerate(kind, cursor.as_ref()).await?;
        page.keys.iter().for_each(|(id, _)| present.insert(id));
        let moved = moved(hub, system, kind, page.keys).await?;
        total.add(read_now(hub, system, &moved, Lane::Audit, cycle).await?);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    if system.connector.lists_all(kind).await? {
        total.add(missing(hub, system, kind, &present, cycle).await?);
    }
    let stream = marker(kind);
    let done = CursorMove { system: system.id.clone(), stream, cursor: Some(hub.clock.now().to_rfc3339()) };
    hub.store.commit(Commit { now: hub.clock.now(), cursors: vec![done], ..Commit::default() }).await?;
    Ok(total)
}

/// Whether a sweep of this kind has ever reached its end.
pub(super) async fn was_completed(
    hub: &Hub,
    system: &System,
    kind: RecordKind,
) -> Result<bool, CaptureError> {
    Ok(hub.store.cursor(&system.id, &marker(kind)).await?.is_some())
}

/// The name under which the last complete sweep of a kind is noted.
pub(super) fn marker(kind: RecordKind) -> SmolStr {
    SmolStr::new(format!("swept:{kind}"))
}

/// The records that the hub does not know, or knows with another digest.
async fn moved(
    hub: &Hub,
    system: &System,
    kind: RecordKind,
    keys: Vec<(ExternalId, i64)>,
) -> Result<Vec<RemoteRef>, CaptureError> {
    let ids: Vec<ExternalId> = keys.iter().map(|(id, _)| id.clone()).collect();
    let known = hub.store.source_hashes(&system.id, kind, &ids).await?;
    let moved = keys.into_iter().filter(|(id, hash)| known.get(id) != Some(hash));
    Ok(moved.map(|(external_id, _)| RemoteRef { kind, external_id }).collect())
}

/// Tells the reconciler which known records the walk did not list.
async fn missing(
    hub: &Hub,
    system: &System,
    kind: RecordKind,
    present: &Present,
    cycle: &mut Cycle,
) -> Result<Taken, CaptureError> {
    let mut absent = Vec::new();
    let mut after: Option<ExternalId> = None;
    loop {
        let page = hub.store.live_links(&system.id, kind, after.as_ref(), PAGE).await?;
        let Some((last, _, _)) = page.last() else { break };
        after = Some(last.clone());
        let expected = |life: &LinkLife| matches!(life, LinkLife::Live | LinkLife::Suspect(_));
        let missing = page.into_iter().filter(|(id, _, life)| expected(life) && !present.contains(id));
        absent.extend(missing.map(|(id, _, _)| id));
    }
    cycle.of(kind).list(present.len());
    cycle.of(kind).miss(&absent);
    if let Some(why) = cycle.judge_sweep(hub, system, kind).await? {
        return Err(holds::hold(hub, system, cycle.of(kind), (kind, why)).await);
    }
    let observations = absent
        .into_iter()
        .map(|external_id| Observation::of(RemoteRef { kind, external_id }, Shape::Absent, Document::new()))
        .collect();
    let epoch = hub.store.epoch(&system.id).await?;
    let batch = Batch { observations, epoch, fetched_at: hub.clock.now(), ..Batch::default() };
    if batch.observations.is_empty() { Ok(Taken::default()) } else { take(hub, system, &batch, cycle).await }
}

/// Which ids a walk has listed: 8 bytes each, keyed anew for every sweep. Two ids that collide could hide one
/// absence in one sweep, never in two.
struct Present {
    hasher: RandomState,
    seen: HashSet<u64>,
}

impl Present {
    fn new() -> Self {
        Self { hasher: RandomState::new(), seen: HashSet::new() }
    }

    fn insert(&mut self, id: &ExternalId) {
        self.seen.insert(self.hasher.hash_one(id));
    }

    fn contains(&self, id: &ExternalId) -> bool {
        self.seen.contains(&self.hasher.hash_one(id))
    }

    fn len(&self) -> u64 {
        u64::try_from(self.seen.len()).unwrap_or(u64::MAX)
    }
}
