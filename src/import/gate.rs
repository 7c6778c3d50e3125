//! The gate: what an import would write to a CRM that already has people, or that would start its automations, waits until
//! an operator lets it go.
//!
//! Held writes are parked marks like any other, with the import as their reason: a live change of the same record sets
//! it going, `cardex queue list` shows them, and dropping them drops them.

use chrono::{DateTime, Utc};
use smol_str::{SmolStr, format_smolstr};
use std::collections::BTreeMap;

use super::ImportError;
use super::plan::{Sample, Writes};
use crate::clock::new_id;
use crate::hub::{Hub, System};
use crate::model::journal::Entry;
use crate::model::{Lane, ObservationId, OperatorId, RecordKind, SystemClass, SystemId};
use crate::store::{Commit, CursorMove, Gate, HeldBack, Linked, Queue, QueueFilter, StoreError};

/// Where it is kept since when the last release has been creating records.
const RELEASED: &str = "import:released";

/// How many records are shown of what waits.
const SAMPLES: u32 = 10;

/// The reason of a held mark.
pub fn reason(system: &SystemId) -> SmolStr {
    format_smolstr!("the import of `{system}` holds it until `cardex import {system} --release`")
}

/// The CRMs, beside `system`, that already have people, or whose automations cannot be told to stay quiet. One that does
/// not answer counts as one that has people.
///
/// # Errors
/// The store did not answer.
pub(super) async fn systems(hub: &Hub, system: &System) -> Result<Vec<SystemId>, ImportError> {
    let mut held = Vec::new();
    let crms = hub.rules.systems.iter().filter(|(_, rules)| rules.class == SystemClass::Crm);
    for (id, _) in crms.filter(|(id, _)| **id != system.id) {
        if must_wait(hub, id).await? {
            held.push(id.clone());
        }
    }
    Ok(held)
}

async fn must_wait(hub: &Hub, id: &SystemId) -> Result<bool, ImportError> {
    if hub.store.count_live(id, RecordKind::Person).await? > 0 {
        return Ok(true);
    }
    let Some(crm) = hub.systems.get(id) else { return Ok(true) };
    if !crm.capabilities.suppress {
        return Ok(true);
    }
    if !crm.settings.kinds.contains(&RecordKind::Person) {
        return Ok(false);
    }
    crm.turn(Lane::Backfill).await;
    match crm.connector.enumerate(RecordKind::Person, None).await {
        Ok(page) => Ok(!page.keys.is_empty() || page.next.is_some()),
        Err(error) => {
            tracing::warn!(system.id = %id, error = %error, "the CRM does not say whether it has people; it is taken to have some");
            Ok(true)
        }
    }
}

/// The gate before these systems; `None` where there is nothing to hold.
pub(super) fn before(system: &SystemId, systems: &[SystemId]) -> Option<Gate> {
    let some = !systems.is_empty();
    some.then(|| Gate { systems: systems.to_vec(), reason: reason(system) })
}

/// How many writes are held, by system.
///
/// # Errors
/// The store did not answer.
pub async fn held(hub: &Hub, system: &SystemId) -> Result<Vec<(SystemId, u64)>, StoreError> {
    let mut held: BTreeMap<SystemId, u64> = BTreeMap::new();
    for of_kind in hub.store.held_back(&reason(system)).await? {
        *held.entry(of_kind.system).or_default() += of_kind.n_writes;
    }
    Ok(held.into_iter().collect())
}

/// What letting go would mean: what would be written, by system, and some of the records that it is about, by their ids at
/// `system`.
///
/// # Errors
/// The store did not answer.
pub async fn waiting(
    hub: &Hub,
    system: &SystemId,
) -> Result<(BTreeMap<SystemId, Writes>, Vec<Sample>), StoreError> {
    let mut writes: BTreeMap<SystemId, Writes> = BTreeMap::new();
    for HeldBack { system, kind, n_writes, n_known } in hub.store.held_back(&reason(system)).await? {
        let creates = hub.rules.systems.get(&system).is_some_and(|rules| rules.creates.contains(&kind));
        let of_system = writes.entry(system).or_default();
        of_system.held = true;
        of_system.updates += n_known;
        of_system.creates += if creates { n_writes.saturating_sub(n_known) } else { 0 };
    }
    for (id, of_system) in &mut writes {
        of_system.estimate(hub.systems.get(id).map(AsRef::as_ref));
    }
    let records = hub.store.held_records(&reason(system), SAMPLES).await?;
    let linked = hub.store.links_of(&records, None).await?;
    let (here, elsewhere): (Vec<Linked>, Vec<Linked>) =
        linked.into_iter().partition(|linked| linked.link.system == *system);
    let sample = |Linked { link, root }: Linked| {
        let is_new = elsewhere.iter().all(|other| other.root != root);
        Some(Sample { kind: link.kind, external_id: link.external_id?, is_new })
    };
    Ok((writes, here.into_iter().filter_map(sample).collect()))
}

/// Lets go what is held, and says how much it was. What is created from now on can be taken back.
///
/// # Errors
/// The store did not answer; nothing was let go then.
pub async fn release(hub: &Hub, system: &SystemId, by: &OperatorId) -> Result<u64, StoreError> {
    if held(hub, system).await?.is_empty() {
        return Ok(0);
    }
    begin_batch(hub, system, by).await?;
    let filter = QueueFilter {
        queue: Some(Queue::Due),
        parked_only: true,
        reason: Some(reason(system).to_string()),
        ..QueueFilter::default()
    };
    hub.store.queue_retry(&filter, &[], hub.clock.now()).await
}

/// Notes that an operator lets the import go: whatever it creates from now on belongs together.
///
/// # Errors
/// The store did not answer.
pub async fn begin_batch(hub: &Hub, system: &SystemId, by: &OperatorId) -> Result<(), StoreError> {
    note(hub, system, by, "let go what the import held", Some(hub.clock.now())).await
}

/// Since when what the import has created belongs to its last release; `None` when there was none.
pub(super) async fn released_at(hub: &Hub, system: &SystemId) -> Result<Option<DateTime<Utc>>, ImportError> {
    let stored = hub.store.cursor(system, RELEASED).await?;
    stored.map(|text| serde_json::from_str(&text).map_err(ImportError::Checkpoint)).transpose()
}

/// Has the journal say who decided what, and where it begins, if it does.
pub(super) async fn note(
    hub: &Hub,
    system: &SystemId,
    by: &OperatorId,
    decision: &str,
    begins: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    let now = hub.clock.now();
    let entry = Entry::decided(ObservationId::new(new_id()), now, Some(system.clone()), by, decision);
    let begins = begins.and_then(|at| serde_json::to_string(&at).ok());
    let cursor =
        begins.map(|at| CursorMove { system: system.clone(), stream: RELEASED.into(), cursor: Some(at) });
    let commit =
        Commit { now, journal: vec![entry], cursors: cursor.into_iter().collect(), ..Commit::default() };
    hub.store.commit(commit).await
}
