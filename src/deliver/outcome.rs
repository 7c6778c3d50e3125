//! What became of each write, and what that means for its link and its mark.

use chrono::{DateTime, Utc};
use smol_str::SmolStr;
use std::collections::BTreeMap;

use super::load::Situation;
use super::{DeliverError, Planning, finished};
use crate::clock::new_id;
use crate::hub::{Hub, System};
use crate::model::ids::LinkId;
use crate::model::journal::{Entry, Event, WRITE_DONE, WRITE_UNKNOWN};
use crate::model::link::SourceVersion;
use crate::model::{
    Action, Document, ExternalId, FieldKey, Lane, Link, LinkLife, ObservationId, RecordId, RemoteRef, Word,
    WriteOp, WriteOutcome, keys,
};
use crate::queue::lease::after_failure;
use crate::reconcile::{Done, acknowledge, refuse};
use crate::store::{Commit, Due, End, Lease, Queue, Races, ReadMark, StoreError};

/// A write that was sent, with its mark and its link as it was committed before; what was sent is beside it.
pub(super) struct Sent<'a> {
    pub(super) lease: &'a Lease<Due>,
    pub(super) record: RecordId,
    pub(super) link: Link,
    /// The record has more to write, or refers to one that is not there yet: plan again after this write.
    pub(super) plan_again: bool,
}

impl<'a> Sent<'a> {
    /// A write that is about to be sent: its link keeps what is sent until the outcome is known.
    pub(super) fn intended(
        hub: &Hub,
        system: &System,
        situation: &Situation,
        planning: &Planning<'a>,
        epoch: i64,
    ) -> Self {
        let Planning { lease, record, op } = planning;
        let (lease, record) = (*lease, *record);
        let existing = situation.link_for(record, &op.action).cloned();
        let creating = || Link::creating(LinkId::new(new_id()), record, system.id.clone(), op.kind);
        let mut document = op.document.clone();
        situation.resolve(hub, op.kind, &mut document);
        let link = Link { sent: Some(document), epoch, ..existing.unwrap_or_else(creating) };
        let incomplete =
            situation.record(record).is_some_and(|record| situation.is_incomplete(hub, system, record));
        let plan_again = incomplete || situation.links(record).len() > 1;
        Self { lease, record, link, plan_again }
    }

    /// The journal's word of a counterpart that is about to be created: in which lane. Whoever takes back what the
    /// history has made goes by it, whatever becomes of the call.
    pub(super) fn creating(&self, system: &System, at: DateTime<Utc>) -> Entry {
        self.tell(system, at, Event::Creating { lane: self.lease.mark.lane })
    }

    /// The journal's word of the write.
    fn entry(&self, system: &System, op: &WriteOp, at: DateTime<Utc>, outcome: &WriteOutcome) -> Entry {
        let fields = op.document.iter().map(|(field, _)| field.clone()).collect();
        let version = version(outcome).cloned();
        self.tell(system, at, Event::Written { fields, outcome: word(outcome), version })
    }

    fn tell(&self, system: &System, at: DateTime<Utc>, event: Event) -> Entry {
        Entry {
            id: ObservationId::new(new_id()),
            at,
            system: Some(system.id.clone()),
            record: Some(self.record),
            link: Some(self.link.id),
            event,
        }
    }
}

/// A write whose outcome has been judged.
pub(super) struct Concluded<'a> {
    lease: &'a Lease<Due>,
    record: RecordId,
    /// What was sent, should the answer have to be forgotten.
    sent: Document,
    link: Link,
    end: End,
    entry: Entry,
    read: Option<ReadMark>,
}

impl Concluded<'_> {
    /// The system is where the hub wants it.
    pub(super) fn is_done(&self) -> bool {
        self.end == End::Done
    }

    /// The write was given up until somebody looks.
    pub(super) fn is_parked(&self) -> bool {
        matches!(self.end, End::Parked { .. })
    }
}

/// The record that has to be read because the answer does not say what the system holds now.
pub(super) fn asks_for_read(sent: &Sent<'_>, outcome: &WriteOutcome) -> Option<RemoteRef> {
    let external_id = match outcome {
        WriteOutcome::Done { external_id, stored: None, .. } | WriteOutcome::Exists { external_id } => {
            external_id.clone()
        }
        WriteOutcome::Stale => sent.link.external_id.clone()?,
        WriteOutcome::Done { stored: Some(_), .. }
        | WriteOutcome::NotFound
        | WriteOutcome::Rejected { .. }
        | WriteOutcome::Retry { .. }
        | WriteOutcome::Unknown => return None,
    };
    Some(RemoteRef { kind: sent.link.kind, external_id })
}

/// Judges one outcome.
pub(super) fn conclude<'a>(
    hub: &Hub,
    system: &System,
    situation: &Situation,
    (mut sent, mut op): (Sent<'a>, WriteOp),
    mut outcome: WriteOutcome,
    epoch: i64,
    system_failed: bool,
) -> Concluded<'a> {
    let now = hub.clock.now();
    op.document = sent.link.sent.take().unwrap_or_default();
    if let WriteOutcome::Done { stored: Some(stored), .. } = &mut outcome {
        situation.resolve(hub, op.kind, stored);
    }
    let entry = sent.entry(system, &op, now, &outcome);
    sent.link.epoch = epoch;
    let (link, mut end, read) = judge(hub, system, &sent, &op, outcome, now);
    if let (End::Again { failed, .. }, true) = (&mut end, system_failed) {
        // The system is down, not the record wrong: an outage must not park what waits for its end.
        *failed = false;
    }
    Concluded { lease: sent.lease, record: sent.record, sent: op.document, link, end, entry, read }
}

fn judge(
    hub: &Hub,
    system: &System,
    sent: &Sent<'_>,
    op: &WriteOp,
    outcome: WriteOutcome,
    now: DateTime<Utc>,
) -> (Link, End, Option<ReadMark>) {
    let (settled, epoch) = (&sent.link, sent.link.epoch);
    let open = |link: Link| Link { sent: Some(op.document.clone()), ..link };
    let now_again =
        |reason: &'static str| End::Again { not_before: now, failed: false, reason: reason.into() };
    match outcome {
        WriteOutcome::Done { external_id, version, stored: Some(stored) } => {
            let done = Done { external_id: &external_id, version: version.as_ref(), stored: Some(&stored) };
            let link = acknowledge(&hub.rules, settled, op, done, epoch, now);
            let end = if sent.plan_again { now_again("it has more to write") } else { End::Done };
            (link, end, None)
        }
        // The read-back that follows settles the link and finds what is left to do.
        WriteOutcome::Done { external_id, version, stored: None } => {
            let done = Done { external_id: &external_id, version: version.as_ref(), stored: None };
            let link = acknowledge(&hub.rules, settled, op, done, epoch, now);
            (open(link), now_again("to be read back"), None)
        }
        WriteOutcome::Exists { external_id } => {
            (open(bound(settled, external_id)), now_again("it exists already"), None)
        }
        WriteOutcome::Stale => {
            (open(settled.clone()), failed(system, sent, None, now, "the record has moved".into()), None)
        }
        WriteOutcome::NotFound => {
            let subject =
                sent.link.external_id.clone().map(|id| RemoteRef { kind: op.kind, external_id: id });
            let read = subject.map(|subject| ReadMark {
                system: system.id.clone(),
                subject,
                lane: Lane::Live,
                not_before: now,
                said: Word::Absent,
            });
            (settled.clone(), failed(system, sent, None, now, "the record is not there".into()), read)
        }
        WriteOutcome::Rejected { field: Some(field), why } => {
            let link = refuse(settled, op, &field, &why, epoch);
            (link, without_field(system, sent, op, &field, &why, now), None)
        }
        WriteOutcome::Rejected { field: None, why } => {
            (settled.clone(), End::Parked { reason: why.into() }, None)
        }
        WriteOutcome::Retry { after } => {
            (settled.clone(), failed(system, sent, after, now, "the system asked to wait".into()), None)
        }
        WriteOutcome::Unknown => {
            (open(settled.clone()), failed(system, sent, None, now, "the outcome is not known".into()), None)
        }
    }
}

/// A refused field does not hold back the rest of its record, unless the record is to be created and the field is
/// its name; and a system that refuses one field after the other is not asked for ever.
fn without_field(
    system: &System,
    sent: &Sent<'_>,
    op: &WriteOp,
    field: &FieldKey,
    why: &str,
    now: DateTime<Utc>,
) -> End {
    let is_nameless = op.action == Action::Create && [keys::SURNAME, keys::NAME].contains(field);
    if is_nameless || system.settings.retry.give_up(sent.lease.attempts + 1) {
        return End::Parked { reason: format!("`{field}` was refused: {why}").into() };
    }
    End::Again { not_before: now, failed: true, reason: "sent again without the refused field".into() }
}

/// The link with the id that the system gave.
fn bound(link: &Link, external_id: ExternalId) -> Link {
    let life = if link.life == LinkLife::Creating { LinkLife::Live } else { link.life.clone() };
    Link { external_id: Some(external_id), life, ..link.clone() }
}

fn failed(
    system: &System,
    sent: &Sent<'_>,
    wait: Option<std::time::Duration>,
    now: DateTime<Utc>,
    reason: SmolStr,
) -> End {
    after_failure(&system.settings.retry, sent.lease, wait, now, reason)
}

const fn version(outcome: &WriteOutcome) -> Option<&SourceVersion> {
    match outcome {
        WriteOutcome::Done { version, .. } => version.as_ref(),
        WriteOutcome::Exists { .. }
        | WriteOutcome::Stale
        | WriteOutcome::NotFound
        | WriteOutcome::Rejected { .. }
        | WriteOutcome::Retry { .. }
        | WriteOutcome::Unknown => None,
    }
}

fn word(outcome: &WriteOutcome) -> SmolStr {
    match outcome {
        WriteOutcome::Done { .. } => WRITE_DONE.into(),
        WriteOutcome::Exists { .. } => "exists".into(),
        WriteOutcome::Stale => "stale".into(),
        WriteOutcome::NotFound => "not found".into(),
        WriteOutcome::Rejected { why, .. } => SmolStr::new(format!("rejected: {why}")),
        WriteOutcome::Retry { .. } => "asked to wait".into(),
        WriteOutcome::Unknown => WRITE_UNKNOWN.into(),
    }
}

/// Commits the outcomes of a batch.
///
/// A link that a change has moved meanwhile keeps the shadow of that change: its write is only noted as sent, and
/// the record is read before anything else is done with it.
pub(super) async fn commit(
    hub: &Hub,
    system: &System,
    mut concluded: Vec<Concluded<'_>>,
) -> Result<(), DeliverError> {
    let mut races = Races::of("the outcomes of a batch that lost every race");
    loop {
        let now = hub.clock.now();
        let commit = Commit {
            now,
            links: concluded.iter().map(|one| one.link.clone()).collect(),
            journal: concluded.iter().map(|one| one.entry.clone()).collect(),
            reads: concluded.iter().filter_map(|one| one.read.clone()).collect(),
            finished: concluded.iter().map(|one| finished(one.lease, one.end.clone())).collect(),
            ..Commit::default()
        };
        if races.are_won(hub.store.commit(commit).await)? {
            return Ok(());
        }
        reload(hub, system, &mut concluded, now).await?;
    }
}

async fn reload(
    hub: &Hub,
    system: &System,
    concluded: &mut [Concluded<'_>],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let records: Vec<RecordId> = concluded.iter().map(|one| one.record).collect();
    let fresh = hub.store.links_of(&records, Some(&system.id)).await?;
    let fresh: BTreeMap<LinkId, Link> =
        fresh.into_iter().map(|linked| (linked.link.id, linked.link)).collect();
    for one in concluded {
        let Some(link) = fresh.get(&one.link.id).filter(|link| link.version != one.link.version) else {
            continue;
        };
        let external_id = one.link.external_id.clone();
        let link = Link { epoch: one.link.epoch, sent: Some(one.sent.clone()), ..link.clone() };
        one.link = external_id.map_or(link.clone(), |id| bound(&link, id));
        one.end = End::Again { not_before: now, failed: false, reason: "overtaken by a change".into() };
    }
    Ok(())
}

/// Gives back every mark of a claim that is still held after a failure.
pub(super) async fn hand_back(
    hub: &Hub,
    leases: &[Lease<Due>],
    error: &DeliverError,
) -> Result<(), StoreError> {
    hub.store.hand_back(Queue::Due, leases, hub.clock.now(), &error.to_string()).await
}
