//! The roll-ups of persons (stays, nights, spend, channels), kept true: whoever changes reservations, or joins and parts
//! persons, marks in the same transaction whom it concerns; here the marked are counted, set by set, and written as an
//! ordinary commit, so that systems become due, and only where a value has truly changed.
//!
//! What counts as what is [`crate::reconcile::roll_up`]'s business. Nothing here reads a reservation: the database adds
//! them up. Counting twice changes nothing, so nothing here is leased, and everything may be cut off anywhere.

use chrono::{Days, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};
use tokio::task::JoinSet;

use crate::hub::Hub;
use crate::model::{Lane, Life, Record, RecordId, StaySum, SystemId};
use crate::reconcile::{Outcome, roll_up};
use crate::store::{Commit, CursorMove, Due, Gate, Races, StoreError};

/// How many persons are counted with one statement.
const BATCH: u32 = 500;
/// How many batches an import has counted at once: one is stored while another is read.
const AT_ONCE: usize = 2;
/// The stream of the day on which passed arrivals were looked for last.
const DAY: &str = "rollups:day";

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// How many persons.
    pub persons: usize,
    /// How many of them have changed by it.
    pub changed: usize,
}

/// Counts some of the persons who are marked, and what is due by it in a background lane waits before `gate`. None
/// counted means that none is left.
///
/// # Errors
/// The store did not answer; the marks stay.
pub async fn work(hub: &Hub, gate: Option<&Gate>) -> Result<Counted, StoreError> {
    turn_day(hub).await?;
    let marks = hub.store.recounts(BATCH).await?;
    if marks.is_empty() {
        return Ok(Counted::default());
    }
    let mut lanes = BTreeMap::new();
    for mark in &marks {
        lanes.insert(mark.person, mark.lane);
    }
    let counted = recount(hub, &lanes, gate).await?;
    hub.store.end_recounts(&marks).await?;
    Ok(counted)
}

/// Counts everybody whom an import concerns, those included who are marked.
///
/// # Errors
/// The store did not answer; the next call begins anew.
pub async fn after_import(hub: &Hub, gate: Option<&Gate>) -> Result<Counted, StoreError> {
    fill(hub).await?;
    let mut counted = catch_up(hub, gate).await?;
    loop {
        let more = work(hub, gate).await?;
        if more.persons == 0 {
            return Ok(counted);
        }
        counted += more;
    }
}

/// Gives reservations from before there were figures theirs.
///
/// # Errors
/// The store did not answer; the next call goes on.
pub async fn fill(hub: &Hub) -> Result<(), StoreError> {
    while hub.store.fill_figures(hub.clock.now(), BATCH).await? {}
    Ok(())
}

/// Counts everybody of whom an import has brought reservations and who was not marked for it.
///
/// # Errors
/// The store did not answer; the next call begins anew.
pub async fn catch_up(hub: &Hub, gate: Option<&Gate>) -> Result<Counted, StoreError> {
    let mut counted = Counted::default();
    let Some(since) = hub.store.recount_since().await? else { return Ok(counted) };
    hub.store.freshen_statistics().await?;
    let (mut after, mut under_way) = (None, JoinSet::new());
    loop {
        let holders = hub.store.holders_since(since.at, after, BATCH).await?;
        let Some(last) = holders.last() else { break };
        after = Some(*last);
        if under_way.len() >= AT_ONCE {
            counted += finished(&mut under_way).await?;
        }
        let lanes: BTreeMap<RecordId, Lane> =
            holders.into_iter().map(|person| (person, Lane::Backfill)).collect();
        let (hub, gate) = (hub.clone(), gate.cloned());
        under_way.spawn(async move { recount(&hub, &lanes, gate.as_ref()).await });
    }
    while !under_way.is_empty() {
        counted += finished(&mut under_way).await?;
    }
    hub.store.end_recount_since(since).await?;
    Ok(counted)
}

/// What the next batch that is ready has counted.
async fn finished(under_way: &mut JoinSet<Result<Counted, StoreError>>) -> Result<Counted, StoreError> {
    match under_way.join_next().await {
        Some(Ok(counted)) => counted,
        // Nobody ends a batch but by dropping all of them: what is left is a panic, and a bug.
        Some(Err(error)) => std::panic::resume_unwind(error.into_panic()),
        None => Ok(Counted::default()),
    }
}

/// Marks those whose next arrival has passed without them: nothing else would tell. Once a day.
async fn turn_day(hub: &Hub) -> Result<(), StoreError> {
    let (nobody, now, today) = (SystemId::new(""), hub.clock.now(), first_day(hub));
    let before = hub.store.cursor(&nobody, DAY).await?.and_then(|text| text.parse::<NaiveDate>().ok());
    if before == Some(today) {
        return Ok(());
    }
    if let Some(before) = before {
        let passed = hub.store.expected_between(before, today).await?;
        hub.store.mark_recounts(now, &passed).await?;
    }
    let step = CursorMove { system: nobody, stream: DAY.into(), cursor: Some(today.to_string()) };
    hub.store.commit(Commit { now, cursors: vec![step], ..Commit::default() }).await
}

/// The first day on which an arrival may still be to come somewhere on earth.
fn first_day(hub: &Hub) -> NaiveDate {
    let today = hub.clock.now().date_naive();
    today.checked_sub_days(Days::new(1)).unwrap_or(today)
}

/// Counts these persons, aliases followed.
async fn recount(
    hub: &Hub,
    persons: &BTreeMap<RecordId, Lane>,
    gate: Option<&Gate>,
) -> Result<Counted, StoreError> {
    let mut races = Races::of("roll-ups that lost every race");
    loop {
        let commit = count(hub, persons, gate).await?;
        let counted = Counted { persons: persons.len(), changed: commit.records.len() };
        if races.are_won(hub.store.commit(commit).await)? {
            return Ok(counted);
        }
    }
}

/// What counting these persons would change. The records are read before the sums: whoever has counted in between has
/// moved them, and this commit is refused.
async fn count(
    hub: &Hub,
    persons: &BTreeMap<RecordId, Lane>,
    gate: Option<&Gate>,
) -> Result<Commit, StoreError> {
    let ids: Vec<RecordId> = persons.keys().copied().collect();
    let mut lanes: BTreeMap<RecordId, Lane> = BTreeMap::new();
    for (person, root) in hub.store.roots(&ids).await? {
        let lane = persons.get(&person).copied().unwrap_or(Lane::Backfill);
        lanes.entry(root).and_modify(|known| *known = lane.min(*known)).or_insert(lane);
    }
    let roots: Vec<RecordId> = lanes.keys().copied().collect();
    let records = hub.store.records(&roots).await?;
    let mut sums = hub.store.stay_sums(&roots, first_day(hub)).await?;
    let mut commit = Commit { now: hub.clock.now(), gate: gate.cloned(), ..Commit::default() };
    for record in records.iter().filter(|record| record.life == Life::Live) {
        let sums = sums.remove(&record.id).unwrap_or_default();
        let lane = lanes.get(&record.id).copied().unwrap_or(Lane::Backfill);
        add(hub, record, &sums, lane, &mut commit);
    }
    Ok(commit)
}

fn add(hub: &Hub, record: &Record, sums: &[StaySum], lane: Lane, commit: &mut Commit) {
    let Outcome { record: after, due, .. } = roll_up(&hub.rules, record, sums, lane, commit.now);
    commit.records.extend(after);
    let systems: BTreeSet<(SystemId, Lane)> = due.into_iter().collect();
    commit.due.extend(systems.into_iter().map(|(system, lane)| Due {
        record: record.id,
        system,
        lane,
        rank: record.kind.rank(),
        not_before: commit.now,
    }));
}

impl std::ops::AddAssign for Counted {
    fn add_assign(&mut self, other: Self) {
        self.persons += other.persons;
        self.changed += other.changed;
    }
}
