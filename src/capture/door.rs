//! The one way in: a batch of observations becomes one commit of the store.

use chrono::{DateTime, TimeDelta, Utc};
use smol_str::SmolStr;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

use super::cycle::Cycle;
use super::known::WorkingSet;
use super::merges::{self, Shown};
use super::{CaptureError, dates, holds, quarantine};
use crate::clock::new_id;
use crate::hub::{Hub, System};
use crate::model::ids::ReviewId;
use crate::model::journal::{Entry, Event, WRITE_READ_BACK};
use crate::model::review::ReviewState;
use crate::model::{
    ExternalId, Lane, Link, LinkLife, Observation, ObservationId, Origin, RecordId, RecordKind, RemoteRef,
    Review, Shape, Word,
};
use crate::reconcile::{Circumstances, Outcome, ReadAgain, not_found, observe, resolve, settles};
use crate::store::{Commit, CursorMove, Due, End, Finished, Lease, Queue, Races, ReadMark, StoreError};

/// How many reads of a subject wait for a record that it refers to.
const MAX_WAITS: u32 = 3;

/// Observations that belong together: a page of a feed, or the answers to one read.
#[derive(Clone, Default)]
pub struct Batch {
    /// What was seen.
    pub observations: Vec<Observation>,
    /// The system's epoch when the fetch began.
    pub epoch: i64,
    /// When the fetch began.
    pub fetched_at: DateTime<Utc>,
    /// The observations are direct reads: they settle writes whose outcome was not known.
    pub settles: bool,
    /// The claimed marks that asked for the observations.
    pub leases: BTreeMap<RemoteRef, Lease<ReadMark>>,
    /// Work that ends with this batch beside the leases.
    pub finished: Vec<Finished>,
    /// Subjects to read beside those that the observations ask for.
    pub reads: Vec<ReadMark>,
    /// Where the stream goes on.
    pub cursor: Option<CursorMove>,
    /// Nothing waits for a record that is referred to: it is taken for known. Only for a rehearsal.
    pub waits_for_nothing: bool,
}

/// The records behind some of a system's ids, as linked.
pub type Familiar = HashMap<RemoteRef, RecordId>;

/// What became of a batch.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// How many observations were judged.
    pub observed: usize,
    /// How many of them had changed something.
    pub changed: usize,
    /// How many wait for a record that they refer to, or for another read.
    pub waiting: usize,
}

/// Takes a batch in. What cannot be judged yet is marked to be read again; nothing is dropped.
///
/// # Errors
/// [`CaptureError::Held`] when the cycle would do too much at once: nothing of the batch was taken then.
pub async fn take(
    hub: &Hub,
    system: &System,
    batch: &Batch,
    cycle: &mut Cycle,
) -> Result<Taken, CaptureError> {
    let mut races = Races::of("a batch that lost every race");
    let mut batch = Cow::Borrowed(batch);
    loop {
        let prepared = prepare(hub, system, &batch, &Familiar::new(), cycle).await?;
        if !prepared.undated.is_empty() {
            batch = Cow::Owned(dates::ask(system, batch.into_owned(), &prepared.undated).await?);
            continue; // Nothing is asked for twice.
        }
        if races.are_won(hub.store.commit(prepared.commit).await)? {
            *cycle = prepared.cycle;
            return Ok(prepared.taken);
        }
    }
}

/// A batch that was judged and is not stored yet.
#[derive(Debug)]
pub struct Prepared {
    /// What it means. It is refused as a conflict when something that it was computed from has changed since.
    pub commit: Commit,
    /// What became of the batch.
    pub taken: Taken,
    /// The cycle with the batch.
    pub cycle: Cycle,
    /// What could not be judged without knowing when its fields were changed, which the system can be asked. It is marked
    /// to be read again.
    pub undated: Vec<RemoteRef>,
}

/// Judges a batch without storing anything, for whoever stores one batch while he judges the next. Records that are
/// `familiar` are not looked up: they may be those of a batch that is being stored.
///
/// # Errors
/// As [`take`].
pub async fn prepare(
    hub: &Hub,
    system: &System,
    batch: &Batch,
    familiar: &Familiar,
    cycle: &Cycle,
) -> Result<Prepared, CaptureError> {
    let mut cycle = cycle.clone();
    let (commit, taken, undated) = judge_all(hub, system, batch, familiar, &mut cycle).await?;
    match cycle.judge(hub, system).await? {
        Some((kind, why)) => Err(holds::hold(hub, system, cycle.of(kind), (kind, why)).await),
        None => Ok(Prepared { commit, taken, cycle, undated }),
    }
}

/// What taking a batch in would commit, however much it is. Nothing is stored and nothing is marked.
///
/// # Errors
/// The store did not answer.
pub async fn rehearse(
    hub: &Hub,
    system: &System,
    batch: &Batch,
    cycle: &mut Cycle,
) -> Result<(Commit, Taken), CaptureError> {
    let (commit, taken, _) = judge_all(hub, system, batch, &Familiar::new(), cycle).await?;
    Ok((commit, taken))
}

async fn judge_all(
    hub: &Hub,
    system: &System,
    batch: &Batch,
    familiar: &Familiar,
    cycle: &mut Cycle,
) -> Result<(Commit, Taken, Vec<RemoteRef>), CaptureError> {
    let references: Vec<Vec<RemoteRef>> =
        batch.observations.iter().map(|seen| seen.document.remote_references()).collect();
    let referred = references.iter().flatten();
    let mut working =
        WorkingSet::load(&hub.store, &system.id, &batch.observations, referred, familiar).await?;
    let mut judged = judge(hub, system, batch, &references, &mut working, cycle);
    merges::follow(hub, system, &judged.shown, &mut working, &mut judged.commit).await?;
    merges::settle(hub, system, &working, &mut judged.commit).await?;
    quarantine::readmit(hub, system, &judged.freed, &mut working, &mut judged.commit).await?;
    settle_reviews(hub, &judged.settled, &mut judged.commit).await?;
    let (records, links) = working.into_changes();
    Ok((Commit { records, links, ..judged.commit }, judged.taken, judged.undated))
}

/// The commit of a batch without its records and links, which are still in the working set.
#[derive(Default)]
struct Judged {
    commit: Commit,
    taken: Taken,
    /// Records that have become one at their system.
    shown: Vec<Shown>,
    /// Slots whose holder is gone.
    freed: Vec<(RecordKind, SmolStr)>,
    /// Reviews whose question has gone away.
    settled: Vec<ReviewId>,
    /// What hangs on when its fields were changed.
    undated: Vec<RemoteRef>,
}

/// Judges every observation; `references` are those of each.
fn judge(
    hub: &Hub,
    system: &System,
    batch: &Batch,
    references: &[Vec<RemoteRef>],
    working: &mut WorkingSet,
    cycle: &mut Cycle,
) -> Judged {
    let now = hub.clock.now();
    let commit = Commit {
        now,
        reads: batch.reads.clone(),
        finished: batch.finished.clone(),
        cursors: batch.cursor.iter().cloned().collect(),
        ..Commit::default()
    };
    let mut judged = Judged { commit, ..Judged::default() };
    let mut resolved = working.resolved();
    let mut in_order: Vec<(&Observation, &Vec<RemoteRef>)> =
        batch.observations.iter().zip(references).collect();
    in_order.sort_by_key(|(observation, _)| observation.subject.kind.rank());

    for (observation, references) in in_order {
        let lease = batch.leases.get(&observation.subject);
        let missing = missing_references(system, references, &resolved);
        let may_wait = !batch.waits_for_nothing && lease.is_none_or(|lease| lease.attempts < MAX_WAITS);
        if may_wait && !missing.is_empty() {
            judged.taken.waiting += 1;
            wait_for(system, observation, missing, lease, now, &mut judged.commit);
            continue;
        }
        let mut observation = if references.is_empty() {
            Cow::Borrowed(observation)
        } else {
            Cow::Owned(with_references(hub, observation, &resolved))
        };
        if observation.shape == Shape::NotFound {
            let said = lease.map_or(Word::Changed, |lease| lease.mark.said);
            observation.to_mut().shape = not_found(working.link(&observation.subject), said);
        }
        let outcome = judge_one(hub, system, batch, working, &observation, cycle, &mut judged);
        judged.taken.observed += 1;
        let again = read_again(system, &observation, &outcome, now);
        judged.taken.waiting += usize::from(again.is_some());
        if let Some(record) = working.linked_record(&observation.subject) {
            resolved.insert(observation.subject.clone(), record);
        }
        match outcome.read_again {
            Some(ReadAgain::Survivor) => merges::relink(system, &observation, working),
            Some(ReadAgain::FieldDates) => judged.undated.push(observation.subject.clone()),
            Some(ReadAgain::StaleEpoch | ReadAgain::Absence | ReadAgain::MovedDates) | None => {}
        }
        judged.freed.extend(freed_slot(&observation, working));
        judged.settled.extend(&outcome.settled);
        finish(lease, again, &mut judged.commit);
    }
    judged
}

/// The observation with the hub's own ids in the place of its system's.
fn with_references(
    hub: &Hub,
    observation: &Observation,
    resolved: &BTreeMap<RemoteRef, RecordId>,
) -> Observation {
    let mut observation = observation.clone();
    let lookup = |kind, id: &ExternalId| resolved.get(&RemoteRef { kind, external_id: id.clone() }).copied();
    resolve(&hub.rules.registry, observation.subject.kind, &mut observation.document, &lookup);
    observation
}

/// The slot of a counterpart that has turned out to be gone: whoever shows under it now is not the one of before.
fn freed_slot(observation: &Observation, working: &WorkingSet) -> Option<(RecordKind, SmolStr)> {
    let has_ended = |link: &&Link| matches!(link.life, LinkLife::Gone | LinkLife::Erased);
    let link = working.changed_link(&observation.subject).filter(has_ended)?;
    Some((observation.subject.kind, link.slot.clone()?))
}

/// Ends the reviews whose question has gone away.
async fn settle_reviews(hub: &Hub, settled: &[ReviewId], commit: &mut Commit) -> Result<(), StoreError> {
    for id in settled {
        if let Some(review) = hub.store.review(*id).await?.filter(|review| review.state == ReviewState::Open)
        {
            commit.reviews.push(Review { state: ReviewState::Settled { at: commit.now }, ..review });
        }
    }
    Ok(())
}

/// Judges one observation and notes what it means in the working set and the commit.
fn judge_one(
    hub: &Hub,
    system: &System,
    batch: &Batch,
    working: &mut WorkingSet,
    observation: &Observation,
    cycle: &mut Cycle,
    judged: &mut Judged,
) -> Outcome {
    let commit = &mut judged.commit;
    let (id, now) = (ObservationId::new(new_id()), commit.now);
    let circumstances = Circumstances {
        system: &system.id,
        observation: id,
        epoch: batch.epoch,
        fetched_at: batch.fetched_at,
        now,
        closed_business_date: Some(system.closed_business_date(now)),
        new_id: &mut new_id,
    };
    let life_before = working.link(&observation.subject).map(|link| link.life.clone());
    let mut outcome = observe(&hub.rules, working.of(observation), observation, circumstances);
    let is_judged = !matches!(outcome.read_again, Some(ReadAgain::StaleEpoch | ReadAgain::FieldDates));
    if batch.settles && is_judged {
        let found = settle(working, observation, &mut outcome);
        commit.journal.extend(found.map(|event| entry(new_id(), system, working, observation, now, event)));
    }
    cycle.count(observation, &outcome);
    working.apply(&mut outcome);
    let life = working.link(&observation.subject).map(|link| &link.life);
    let life_changed = life_before.is_some() && life_before.as_ref() != life;
    judged.taken.changed += usize::from(!outcome.dispositions.is_empty());
    journal(system, observation, id, working, &mut outcome, life_changed, commit);
    judged.shown.extend(Shown::of(observation, outcome.merge, life_changed));
    outcome
}

/// A direct read has shown what the system holds: the outcome of an earlier write is known now.
fn settle(working: &WorkingSet, observation: &Observation, outcome: &mut Outcome) -> Option<Event> {
    let link = outcome.link.as_ref().or_else(|| working.link(&observation.subject));
    let is_settled = |sent| settles(sent, observation);
    let mut link = link.filter(|link| link.sent.as_ref().is_some_and(is_settled))?.clone();
    let fields = link.sent.take()?.into_iter().map(|(field, _)| field).collect();
    outcome.link = Some(link);
    let version = observation.source_version.clone();
    Some(Event::Written { fields, outcome: WRITE_READ_BACK.into(), version })
}

/// The journal's word about the subject of an observation.
fn entry(
    id: Uuid,
    system: &System,
    working: &WorkingSet,
    observation: &Observation,
    at: DateTime<Utc>,
    event: Event,
) -> Entry {
    Entry {
        id: ObservationId::new(id),
        at,
        system: Some(system.id.clone()),
        record: working.record_behind(&observation.subject),
        link: working.link(&observation.subject).map(|link| link.id),
        event,
    }
}

fn journal(
    system: &System,
    observation: &Observation,
    id: ObservationId,
    working: &WorkingSet,
    outcome: &mut Outcome,
    life_changed: bool,
    commit: &mut Commit,
) {
    let now = commit.now;
    let entry = |id, event| entry(id, system, working, observation, now, event);
    let dispositions = std::mem::take(&mut outcome.dispositions);
    if !dispositions.is_empty() {
        commit.journal.push(entry(id.uuid(), Event::Observed { dispositions }));
    }
    if let Some(changed) = working.link(&observation.subject).filter(|_| life_changed) {
        let event = Event::LinkLife { external_id: changed.external_id.clone(), life: changed.life.clone() };
        commit.journal.push(entry(new_id(), event));
    }
    let opened = outcome.reviews.iter().map(|review| Event::ReviewOpened { review: review.id });
    commit.journal.extend(opened.map(|event| entry(new_id(), event)));
    commit.reviews.append(&mut outcome.reviews);
    if let Some(record) = working.record_behind(&observation.subject) {
        let rank = observation.subject.kind.rank();
        commit.due.extend(outcome.due.iter().map(|(system, lane)| Due {
            record,
            system: system.clone(),
            lane: *lane,
            rank,
            not_before: commit.now,
        }));
    }
}

/// The references that the hub cannot name yet, though the system can be asked for them.
fn missing_references(
    system: &System,
    references: &[RemoteRef],
    resolved: &BTreeMap<RemoteRef, RecordId>,
) -> Vec<RemoteRef> {
    let kinds = &system.capabilities.kinds;
    let readable = |subject: &RemoteRef| kinds.get(&subject.kind).is_some_and(|kind| kind.read);
    let is_missing = |subject: &&RemoteRef| readable(subject) && !resolved.contains_key(*subject);
    references.iter().filter(is_missing).cloned().collect()
}

/// Puts an observation off until the records that it refers to have been read.
fn wait_for(
    system: &System,
    observation: &Observation,
    missing: Vec<RemoteRef>,
    lease: Option<&Lease<ReadMark>>,
    now: DateTime<Utc>,
    commit: &mut Commit,
) {
    let lane = lease.map_or(live_lane(observation), |lease| lease.mark.lane);
    let mark = |subject, not_before| ReadMark {
        system: system.id.clone(),
        subject,
        lane,
        not_before,
        said: Word::Changed,
    };
    commit.reads.extend(missing.into_iter().map(|subject| mark(subject, now)));
    match lease {
        Some(lease) => {
            let reason = "waits for a record that it refers to".into();
            let not_before = now + TimeDelta::seconds(1 << lease.attempts.min(6));
            commit.finished.push(lease.finish(Queue::Reads, End::Again { not_before, failed: true, reason }));
        }
        None => commit.reads.push(mark(observation.subject.clone(), now)),
    }
}

/// The mark of a subject that has to be read again.
fn read_again(
    system: &System,
    observation: &Observation,
    outcome: &Outcome,
    now: DateTime<Utc>,
) -> Option<ReadMark> {
    let grace = TimeDelta::from_std(system.settings.absence_grace).unwrap_or_default();
    let mut subject = observation.subject.clone();
    let (not_before, said) = match outcome.read_again? {
        ReadAgain::StaleEpoch | ReadAgain::FieldDates => (now, Word::Changed),
        ReadAgain::Absence => (now + grace, Word::Absent),
        ReadAgain::MovedDates => (now + grace, Word::Changed),
        ReadAgain::Survivor => {
            if let Shape::MergedInto(survivor) = &observation.shape {
                subject.external_id = survivor.clone();
            }
            (now, Word::Changed)
        }
    };
    Some(ReadMark { system: system.id.clone(), subject, lane: live_lane(observation), not_before, said })
}

/// Ends the mark that asked for an observation, or keeps it for the next read of the same subject.
fn finish(lease: Option<&Lease<ReadMark>>, again: Option<ReadMark>, commit: &mut Commit) {
    match (lease, again) {
        (Some(lease), Some(mark)) if lease.mark.subject == mark.subject => {
            let end =
                End::Again { not_before: mark.not_before, failed: false, reason: "to be confirmed".into() };
            commit.finished.push(lease.finish(Queue::Reads, end));
        }
        (lease, again) => {
            commit.finished.extend(lease.map(|lease| lease.finish(Queue::Reads, End::Done)));
            commit.reads.extend(again);
        }
    }
}

fn live_lane(observation: &Observation) -> Lane {
    match observation.origin {
        Origin::Live => Lane::Live,
        Origin::History => Lane::Backfill,
    }
}
