//! The plan: what an import would mean, judged by the same rules, page by page, without storing anything.
//!
//! A page is judged against the hub as it is, not against the pages before it: what these would create is taken for
//! known where a record refers to it, and a record that two pages tell of is counted twice.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::ahead::{Ahead, Fetched};
use super::source::Source;
use super::{ImportError, Tally, gate};
use crate::capture::cycle::Cycle;
use crate::capture::door::{Batch, rehearse};
use crate::hub::{Hub, System};
use crate::model::{ExternalId, RecordId, RecordKind, SystemId};
use crate::store::Commit;

/// How many records are shown.
const SAMPLES: usize = 10;

/// What an import would do.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What would become of the rows.
    pub tally: Tally,
    /// What would be written, by system.
    pub writes: BTreeMap<SystemId, Writes>,
    /// Some of the records that would be new or told more of.
    pub samples: Vec<Sample>,
}

/// What would be written to a system.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Writes {
    /// Records that would be created.
    pub creates: u64,
    /// Records that would be changed.
    pub updates: u64,
    /// How many calls that takes.
    pub calls: u64,
    /// How long these take within the system's budget, in seconds.
    pub seconds: u64,
    /// It would wait for an operator.
    pub held: bool,
}

/// One record of a plan, without what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// Its kind.
    pub kind: RecordKind,
    /// Its id at the system.
    pub external_id: ExternalId,
    /// Whether the hub has never heard of it; of what waits, whether no other system has it.
    pub is_new: bool,
}

/// Judges a source without storing anything.
///
/// # Errors
/// [`ImportError`]: the source or the store cannot be read.
pub async fn plan(
    hub: &Hub,
    system: &System,
    source: Box<dyn Source>,
    tell: &mut (dyn FnMut(&Tally) + Send),
) -> Result<Plan, ImportError> {
    let mut plan = Plan::default();
    let mut cycle = Cycle::new(system);
    let mut ahead = Ahead::start(hub, &system.id, source, None);
    while let Some(Fetched { page, epoch, at }) = ahead.next().await? {
        let records = page.observations.len() as u64;
        plan.tally.read(&page, records);
        let observations = page.observations;
        let batch =
            Batch { observations, epoch, fetched_at: at, waits_for_nothing: true, ..Batch::default() };
        let (commit, taken) = rehearse(hub, system, &batch, &mut cycle).await?;
        plan.tally.judge(records, taken, &commit);
        plan.sample(&commit);
        plan.count_writes(hub, &commit).await?;
        tell(&plan.tally);
    }
    let held = gate::systems(hub, system).await?;
    for (id, writes) in &mut plan.writes {
        writes.held = held.contains(id);
        writes.estimate(hub.systems.get(id).map(AsRef::as_ref));
    }
    Ok(plan)
}

impl Plan {
    fn sample(&mut self, commit: &Commit) {
        let new: BTreeSet<RecordId> =
            commit.records.iter().filter(|record| record.version == 0).map(|record| record.id).collect();
        let room = SAMPLES.saturating_sub(self.samples.len());
        let shown = commit.links.iter().filter_map(|link| {
            let external_id = link.external_id.clone()?;
            Some(Sample { kind: link.kind, external_id, is_new: new.contains(&link.record) })
        });
        self.samples.extend(shown.take(room));
    }

    async fn count_writes(&mut self, hub: &Hub, commit: &Commit) -> Result<(), ImportError> {
        let kinds: BTreeMap<RecordId, RecordKind> =
            commit.records.iter().map(|record| (record.id, record.kind)).collect();
        let mut due: BTreeMap<&SystemId, BTreeSet<RecordId>> = BTreeMap::new();
        for mark in &commit.due {
            due.entry(&mark.system).or_default().insert(mark.record);
        }
        for (id, records) in due {
            let ids: Vec<RecordId> = records.iter().copied().collect();
            let linked = hub.store.links_of(&ids, Some(id)).await?;
            let linked: BTreeSet<RecordId> = linked.into_iter().map(|linked| linked.root).collect();
            let creates = hub.rules.systems.get(id).map(|rules| rules.creates.as_slice()).unwrap_or_default();
            let writes = self.writes.entry(id.clone()).or_default();
            for record in records {
                if linked.contains(&record) {
                    writes.updates += 1;
                } else if kinds.get(&record).is_some_and(|kind| creates.contains(kind)) {
                    writes.creates += 1;
                }
            }
        }
        self.writes.retain(|_, writes| writes.creates + writes.updates > 0);
        Ok(())
    }
}

impl Writes {
    /// Works out how many calls it takes, and how long these take.
    pub(super) fn estimate(&mut self, system: Option<&System>) {
        let Some(system) = system else { return };
        let able = &system.capabilities;
        self.calls = (self.creates + self.updates).div_ceil(able.write_batch.max(1) as u64);
        let per_window = u64::from(able.rate.calls.max(1));
        let window = able.rate.per.max(Duration::from_millis(1)).as_millis();
        let millis = u128::from(self.calls) * window / u128::from(per_window);
        self.seconds = u64::try_from(millis.div_ceil(1_000)).unwrap_or(u64::MAX);
    }
}
