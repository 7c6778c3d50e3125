//! Absence, deletion, merges at a system, and ids that show somebody else.
//!
//! Nothing here deletes anything. A counterpart is gone only when the system said so, or two complete sweeps did not
//! list it, and a direct read then found nothing; what follows elsewhere is at most a reservation that is cancelled.

use litemap::LiteMap;
use std::collections::BTreeSet;

use super::{Circumstances, Known, Outcome, ReadAgain, Rules, SystemRules, due, mail_gate, norm, policy};
use crate::model::document::Held;
use crate::model::ids::{LinkId, ReviewId};
use crate::model::record::Evidence;
use crate::model::review::{QuarantineReason, ReviewState};
use crate::model::{
    Cell, CellSet, Disposition, Document, Element, ExternalId, FieldKey, KindCapabilities, Lane, Link,
    LinkLife, Observation, Provenance, Record, RecordKind, Review, ReviewKind, Role, Rule, Seen, Shape,
    SystemId, Value, Verdict, Word, keys,
};

/// How many complete sweeps, or one word of the system itself, make a direct read worth its answer.
const ENOUGH_ABSENCES: u32 = 2;
/// The statuses that a reservation can be cancelled from; one that has begun or ended is history.
const CANCELLABLE: [&str; 4] = ["requested", "tentative", "confirmed", "waitlisted"];

/// What a direct read that found nothing shows, by what was said of the record: the end, where it was missing before;
/// else the system's own word that it is not there, which is asked for once more before it is believed. The word that it
/// was erased may come after the one that it was deleted.
pub fn not_found(link: Option<&Link>, said: Word) -> Shape {
    match (link.map(|link| &link.life), said) {
        (Some(LinkLife::Suspect(n)), Word::Changed | Word::Absent) if *n >= ENOUGH_ABSENCES => {
            Shape::NotFound
        }
        (Some(LinkLife::Suspect(n)), Word::Erased) if *n >= ENOUGH_ABSENCES => Shape::Erased,
        (Some(LinkLife::Gone), Word::Erased) => Shape::Erased,
        (Some(_) | None, Word::Changed | Word::Absent | Word::Erased) => Shape::Deleted,
    }
}

/// Judges an observation that shows no record.
pub(super) fn not_there(
    rules: &Rules,
    system: &SystemRules,
    known: Known<'_>,
    observation: &Observation,
    now: &Circumstances<'_>,
) -> Outcome {
    let Some(link) = known.link else { return Outcome::default() };
    match &observation.shape {
        Shape::Absent => absent(link),
        Shape::Deleted => deleted(link),
        Shape::NotFound => match link.life {
            LinkLife::Suspect(n) if n >= ENOUGH_ABSENCES => {
                gone(rules, system, (link, LinkLife::Gone), known.record, now)
            }
            LinkLife::Suspect(_)
            | LinkLife::Live
            | LinkLife::Creating
            | LinkLife::Gone
            | LinkLife::MergedInto(_)
            | LinkLife::Quarantined
            | LinkLife::Erased => Outcome::default(),
        },
        Shape::Erased => match link.life {
            LinkLife::Suspect(n) if n >= ENOUGH_ABSENCES => {
                gone(rules, system, (link, LinkLife::Erased), known.record, now)
            }
            LinkLife::Gone => with_life(link, LinkLife::Erased, None),
            LinkLife::Suspect(_)
            | LinkLife::Live
            | LinkLife::Creating
            | LinkLife::MergedInto(_)
            | LinkLife::Quarantined
            | LinkLife::Erased => Outcome::default(),
        },
        Shape::MergedInto(survivor) => merged(link, survivor, known, observation.subject.kind),
        Shape::Full | Shape::Partial | Shape::StatusOnly => Outcome::default(),
    }
}

fn absent(link: &Link) -> Outcome {
    match link.life {
        LinkLife::Live => with_life(link, LinkLife::Suspect(1), None),
        LinkLife::Suspect(n) => {
            let n = n.saturating_add(1);
            with_life(link, LinkLife::Suspect(n), (n >= ENOUGH_ABSENCES).then_some(ReadAgain::Absence))
        }
        LinkLife::Creating
        | LinkLife::Gone
        | LinkLife::MergedInto(_)
        | LinkLife::Quarantined
        | LinkLife::Erased => Outcome::default(),
    }
}

/// The system says that it was deleted: as good as enough absences, and like them settled by a direct read.
fn deleted(link: &Link) -> Outcome {
    match link.life {
        LinkLife::Live => with_life(link, LinkLife::Suspect(ENOUGH_ABSENCES), Some(ReadAgain::Absence)),
        LinkLife::Suspect(n) => {
            with_life(link, LinkLife::Suspect(n.max(ENOUGH_ABSENCES)), Some(ReadAgain::Absence))
        }
        LinkLife::Creating
        | LinkLife::Gone
        | LinkLife::MergedInto(_)
        | LinkLife::Quarantined
        | LinkLife::Erased => Outcome::default(),
    }
}

fn with_life(link: &Link, life: LinkLife, read_again: Option<ReadAgain>) -> Outcome {
    let changed = (link.life != life).then(|| Link { life, ..link.clone() });
    Outcome { link: changed, read_again, ..Outcome::default() }
}

/// The counterpart does not exist any more. A reservation that its owner has dropped is cancelled; everything else
/// stays everywhere as it is.
fn gone(
    rules: &Rules,
    system: &SystemRules,
    (link, life): (&Link, LinkLife),
    record: Option<&Record>,
    now: &Circumstances<'_>,
) -> Outcome {
    let mut link = Link { life, sent: None, ..link.clone() };
    let speaks = |record: &&Record| {
        link.role == Role::Primary && is_cancelled_by_absence(rules, system, now.system, record)
    };
    let Some(record) = record.filter(speaks) else {
        return Outcome { link: Some(link), ..Outcome::default() };
    };
    // Should the id come back, its status is news whatever it is, not an echo of what was known.
    link.shadow.0.remove(&keys::STATUS);
    let mut record = record.clone();
    let evidence = Evidence { after: link.seen_at, until: now.fetched_at };
    let provenance = |rule, system| Provenance {
        system,
        observation: Some(now.observation),
        actor: None,
        rule,
        at: now.now,
        evidence,
    };
    let cancelled = Cell {
        value: Some(Held::new(mail_gate::status("cancelled"))),
        provenance: provenance(Rule::GoneAtOwner, Some(now.system.clone())).into(),
        pinned_by: None,
    };
    record.fields.insert(keys::STATUS, CellSet::One(cancelled));
    let mut moved = vec![keys::STATUS];
    let derived = provenance(Rule::Derived, None);
    moved.extend(mail_gate::refresh(rules, &mut record, now.closed_business_date, &derived.into()));
    let disposition = Disposition {
        field: keys::STATUS,
        element: None,
        observed: Seen::Empty,
        verdict: Verdict::Applied(Rule::GoneAtOwner),
    };
    Outcome {
        due: due::others(rules, &record, &moved, Some(now.system), Lane::Status),
        record: Some(record),
        link: Some(link),
        dispositions: vec![disposition],
        ..Outcome::default()
    }
}

fn is_cancelled_by_absence(rules: &Rules, system: &SystemRules, id: &SystemId, record: &Record) -> bool {
    let Some(def) = rules.registry.field(record.kind, &keys::STATUS) else { return false };
    let rule = rules.field_rule(record.kind, def);
    let is_owner = rule.owner.as_ref().is_some_and(|owner| policy::is_authority(owner, id, system.class));
    let status = record.value(&keys::STATUS).and_then(Value::as_text);
    record.kind == RecordKind::Reservation
        && is_owner
        && status.is_some_and(|status| CANCELLABLE.contains(&status))
}

/// The system has merged the record into another one. The hub follows: both records are one, and the older one stays,
/// whichever way round which system merged, so that opposite merges end in the same forest.
fn merged(link: &Link, survivor: &ExternalId, known: Known<'_>, kind: RecordKind) -> Outcome {
    let life = LinkLife::MergedInto(survivor.clone());
    let Some(survivor) = known.survivor else { return with_life(link, life, Some(ReadAgain::Survivor)) };
    let (one, other) = (known.record.map_or(link.record, |record| record.id), survivor.record);
    let is_merge = one != other && survivor.kind == kind;
    Outcome { merge: is_merge.then(|| (one.min(other), one.max(other))), ..with_life(link, life, None) }
}

/// Why an observation must not be believed to show the record that its id was linked to.
pub(super) fn suspicion(
    known: Known<'_>,
    observation: &Observation,
    system: &SystemRules,
) -> Option<QuarantineReason> {
    if known.link.is_none() && known.slot_holder.is_some() {
        return Some(QuarantineReason::SlotReused);
    }
    let kind = system.capabilities.kinds.get(&observation.subject.kind)?;
    is_somebody_else(known.link?, known.record?, &observation.document, kind)
        .then_some(QuarantineReason::IdentityChanged)
}

/// Surname, birth date and e-mail changed at once, and not to what the hub has.
fn is_somebody_else(link: &Link, record: &Record, document: &Document, kind: &KindCapabilities) -> bool {
    let differs = |field: &FieldKey| {
        let (known, seen) = (link.shadow.0.get(field).map(|shadow| &shadow.known), document.get(field));
        let (Some(Seen::One(known)), Some(Seen::One(seen))) = (known, seen) else { return false };
        let is_readable = kind.fields.get(field).is_some_and(|capability| capability.read);
        is_readable && known.0 != seen.0 && record.value(field) != Some(&seen.0)
    };
    record.kind == RecordKind::Person
        && differs(&keys::SURNAME)
        && differs(&keys::BIRTH_DATE)
        && are_other_addresses(link, document)
}

fn are_other_addresses(link: &Link, document: &Document) -> bool {
    let known = link.shadow.0.get(&keys::EMAILS).and_then(|shadow| shadow.known.elements());
    let seen = document.get(&keys::EMAILS).and_then(Seen::elements);
    let (Some(known), Some(seen)) = (known, seen) else { return false };
    let typed = |elements: &LiteMap<Element, Held>| -> BTreeSet<Element> {
        let typed = elements.iter().filter(|(_, held)| !norm::is_relay(&held.0));
        typed.map(|(key, _)| key.clone()).collect()
    };
    let (known, seen) = (typed(known), typed(seen));
    !known.is_empty() && !seen.is_empty() && known.is_disjoint(&seen)
}

/// Takes nothing and asks a human. A reused slot leaves a quarantined link on the record that held it, so that nothing
/// is written there either until somebody has decided who it is.
pub(super) fn quarantine(
    known: Known<'_>,
    observation: &Observation,
    now: &mut Circumstances<'_>,
    why: QuarantineReason,
) -> Outcome {
    let subject = &observation.subject;
    let link = match (known.link, known.slot_holder) {
        (Some(link), _) => Link { life: LinkLife::Quarantined, ..link.clone() },
        (None, Some(holder)) => Link {
            life: LinkLife::Quarantined,
            role: Role::Secondary,
            slot: observation.slot.clone(),
            ..Link::new(
                LinkId::new((now.new_id)()),
                holder.record,
                now.system.clone(),
                subject.kind,
                subject.external_id.clone(),
            )
        },
        (None, None) => return Outcome::default(),
    };
    let review = Review {
        id: ReviewId::new((now.new_id)()),
        record: Some(link.record),
        system: Some(now.system.clone()),
        kind: ReviewKind::Quarantine { external_id: subject.external_id.clone(), why },
        opened_at: now.now,
        state: ReviewState::Open,
        postponed: None,
    };
    let is_changed = |field: &FieldKey, seen: &Seen| {
        *seen != Seen::Masked && link.shadow.0.get(field).is_none_or(|shadow| shadow.known != *seen)
    };
    let changed = observation.document.iter().filter(|(field, seen)| is_changed(field, seen));
    let dispositions = changed
        .map(|(field, seen)| Disposition {
            field: field.clone(),
            element: None,
            observed: seen.clone(),
            verdict: Verdict::Review(review.id),
        })
        .collect();
    Outcome { link: Some(link), dispositions, reviews: vec![review], ..Outcome::default() }
}
