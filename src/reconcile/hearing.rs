//! One observation being heard: what is new in it, what becomes of the record and the link, and what is said about it.
//!
//! It keeps the books and decides nothing: a single value is judged in `decide`, a set in `sets`.

use chrono::Duration;
use std::borrow::Cow;
use std::cell::Cell as Flag;
use std::sync::Arc;

use super::evidence::Sighting;
use super::policy::{Contest, Ruling};
use super::{
    Circumstances, FieldRule, Known, Outcome, ReadAgain, Rules, SystemRules, decide, due, mail_gate, norm,
    policy, sets, target,
};
use crate::model::disposition::Ignored;
use crate::model::document::Held;
use crate::model::field::FieldDef;
use crate::model::ids::{LinkId, ReviewId};
use crate::model::link::ShadowField;
use crate::model::record::Evidence;
use crate::model::review::ReviewState;
use crate::model::{
    Audience, Cell, CellSet, Disposition, Element, FieldCapability, FieldKey, KindCapabilities, Link,
    LinkLife, Multiplicity, Observation, Origin, Policy, Provenance, Record, RecordId, Review, ReviewKind,
    Role, Rule, Seen, Shape, SystemClass, Verdict,
};

/// How old `seen_at` may grow while nothing else changes. It is the lower end of the evidence for a change, so an old
/// one only makes the evidence less certain; moving it at every poll would turn each poll into a write.
pub(super) const SEEN_STEP: Duration = Duration::hours(1);

/// Whether the law is at stake: only what was read, and when, counts then.
fn is_law(field: &Field<'_>) -> bool {
    field.rule.policy == Policy::MostRestrictive
}

/// Whether the observation has a version that is certainly newer than the link's.
pub(super) fn is_newer_version(link: &Link, observation: &Observation) -> bool {
    link.source_version
        .as_ref()
        .zip(observation.source_version.as_ref())
        .is_some_and(|(known, given)| known.is_older_than(given))
}

/// A field that is being heard.
pub(super) struct Field<'a> {
    pub(super) key: &'a FieldKey,
    pub(super) def: &'a FieldDef,
    pub(super) capability: &'a FieldCapability,
    pub(super) rule: FieldRule,
}

/// One observation being judged: the record and the link as they become, and everything that will be said about it.
pub(super) struct Hearing<'a, 'n> {
    pub(super) rules: &'a Rules,
    pub(super) system: &'a SystemRules,
    pub(super) now: Circumstances<'n>,
    known: Known<'a>,
    pub(super) record: Cow<'a, Record>,
    pub(super) link: Cow<'a, Link>,
    pub(super) is_history: bool,
    pub(super) moved: Vec<FieldKey>,
    pub(super) reads_dates_again: bool,
    /// It hangs on when a field was changed, which the system can be asked.
    asks_for_dates: Flag<bool>,
    /// Something was put off until the present shows it.
    has_put_off: bool,
    observation: &'a Observation,
    kind: &'a KindCapabilities,
    dispositions: Vec<Disposition>,
    reviews: Vec<Review>,
    settled: Vec<ReviewId>,
    provenances: Vec<Arc<Provenance>>,
}

impl<'a, 'n> Hearing<'a, 'n> {
    pub(super) fn open(
        rules: &'a Rules,
        system: &'a SystemRules,
        kind: &'a KindCapabilities,
        known: Known<'a>,
        observation: &'a Observation,
        now: Circumstances<'n>,
    ) -> Self {
        let subject = &observation.subject;
        let record = known.record.map_or_else(
            || {
                let id = known.free_hub_id.unwrap_or_else(|| RecordId::new((now.new_id)()));
                Cow::Owned(Record::new(known.link.map_or(id, |link| link.record), subject.kind))
            },
            Cow::Borrowed,
        );
        let link = known.link.map_or_else(
            || {
                let id = LinkId::new((now.new_id)());
                Cow::Owned(Link::new(
                    id,
                    record.id,
                    now.system.clone(),
                    subject.kind,
                    subject.external_id.clone(),
                ))
            },
            |link| Self::returning(link, known.has_other_primary),
        );
        let newer = is_newer_version(&link, observation);
        Self {
            rules,
            system,
            known,
            is_history: observation.origin == Origin::History && !newer,
            record,
            link,
            now,
            observation,
            kind,
            moved: Vec::new(),
            reads_dates_again: false,
            asks_for_dates: Flag::new(false),
            has_put_off: false,
            dispositions: Vec::new(),
            reviews: Vec::new(),
            settled: Vec::new(),
            provenances: Vec::new(),
        }
    }

    /// The link that is heard. A counterpart that had ended and shows again is the second one where another has taken its
    /// place, and is heard as such.
    fn returning(link: &'a Link, has_other_primary: bool) -> Cow<'a, Link> {
        let role = if has_other_primary { Role::Secondary } else { Role::Primary };
        if matches!(link.life, LinkLife::Gone | LinkLife::MergedInto(_)) && link.role != role {
            return Cow::Owned(Link { role, ..link.clone() });
        }
        Cow::Borrowed(link)
    }

    /// Hears every field that was shown; in a complete, live observation a field that is missing is held no more.
    pub(super) fn hear_all(&mut self) {
        let observation = self.observation;
        for (key, seen) in observation.document.iter() {
            self.hear(key, seen, true);
        }
        if observation.shape != Shape::Full || self.is_history {
            return;
        }
        let shadow = &self.link.shadow.0;
        let missing = |key: &FieldKey, field: &ShadowField| {
            observation.document.get(key).is_none() && !norm::is_nothing(&field.known)
        };
        let missing: Vec<FieldKey> =
            shadow.iter().filter(|(key, field)| missing(key, field)).map(|(key, _)| key.clone()).collect();
        for key in missing {
            self.hear(&key, &Seen::Empty, false);
        }
    }

    fn hear(&mut self, key: &FieldKey, seen: &Seen, is_explicit: bool) {
        let kind = self.observation.subject.kind;
        let Some(capability) = self.kind.fields.get(key).filter(|capability| capability.read) else { return };
        if let Some(shadow) = self.link.shadow.0.get(key)
            && shadow.blocked.is_none()
            && shadow.known == *seen
        {
            return; // As read, and normal forms are idempotent: nothing is new.
        }
        let Some(def) = self.rules.registry.field(kind, key) else { return };
        let is_barred = def.audience == Audience::SpecialCategory && self.system.purpose.is_none();
        if *seen == Seen::Masked || is_barred {
            return;
        }
        let field = Field { key, def, capability, rule: self.rules.field_rule(kind, def) };
        match def.multiplicity {
            Multiplicity::One => decide::hear(self, &field, seen, is_explicit),
            Multiplicity::Many(_) => sets::hear(self, &field, seen, is_explicit),
        }
    }

    /// The record as it is known; `None` where it is new to the hub.
    pub(super) const fn before(&self) -> Option<&'a Record> {
        self.known.record
    }

    /// Whether the record is new to the hub.
    pub(super) const fn is_new(&self) -> bool {
        self.before().is_none()
    }

    pub(super) fn is_secondary(&self) -> bool {
        self.link.role == Role::Secondary
    }

    /// Whether the observation came with history, be it newer than what is known or not.
    pub(super) fn is_backfill(&self) -> bool {
        self.observation.origin == Origin::History
    }

    /// Whether what the system showed is left for a reading of the present to show again: then the system is not known
    /// to hold it. History that came too late is no knowledge of the present, and a consent that it shows is heard when
    /// it is not history. What could not be understood at all never comes this far: it is looked at again.
    pub(super) fn puts_off(&mut self, field: &Field<'_>, verdict: &Verdict) -> bool {
        let puts_off = match verdict {
            Verdict::Ignored(Ignored::HistoryLate) => true,
            Verdict::Ignored(Ignored::HistoryConsent) => self.has_shadow(field.key),
            Verdict::Applied(_)
            | Verdict::Adopted
            | Verdict::Superseded { .. }
            | Verdict::Ignored(_)
            | Verdict::Rejected(_)
            | Verdict::Review(_)
            | Verdict::Erased => false,
        };
        self.has_put_off |= puts_off;
        puts_off
    }

    pub(super) fn shows(&self, key: &FieldKey) -> bool {
        self.observation.document.get(key).is_some()
    }

    pub(super) fn has_shadow(&self, key: &FieldKey) -> bool {
        self.link.shadow.0.contains_key(key)
    }

    /// What the hub has sent of a field in a write whose outcome is not known: finding it there shows that the write was
    /// done, not that somebody has changed the field.
    pub(super) fn sent(&self, key: &FieldKey) -> Option<&Seen> {
        self.link.sent.as_ref()?.get(key)
    }

    /// Whether a CRM may fill the field: whatever the hub has of it came from the CRM side.
    pub(super) fn is_fillable(&self, key: &FieldKey) -> bool {
        let from_crm = |cell: &Cell| {
            cell.provenance.system.as_ref().and_then(|system| self.rules.class(system))
                == Some(SystemClass::Crm)
        };
        match self.record.fields.get(key) {
            None => true,
            Some(CellSet::One(cell)) => cell.value.is_none() || from_crm(cell),
            Some(CellSet::Many(cells)) => cells.values().all(from_crm),
        }
    }

    /// When a change of `field` that shows in this observation was made.
    pub(super) fn evidence(&self, field: &Field<'_>) -> Evidence {
        let sighting = Sighting {
            last: self.link.seen_at.filter(|_| self.has_shadow(field.key)),
            until: self.now.now.max(self.now.fetched_at),
            offset: Duration::seconds(i64::from(self.system.clock_offset_seconds)),
        };
        if is_law(field) { sighting.alone() } else { sighting.with_stamps(self.observation, field.key) }
    }

    /// Rules on one change, and notes whether the system has to be asked first when the field was changed: before the
    /// change is taken, not when another one contests it, so that it does not matter which of the two was seen first.
    pub(super) fn rule(&self, field: &Field<'_>, contest: &Contest<'_>) -> Ruling {
        let can_be_asked =
            field.capability.dated && self.observation.changed_at.is_none() && !self.is_backfill();
        if can_be_asked && policy::may_hang_on_time(contest) {
            self.asks_for_dates.set(true);
        }
        policy::judge(contest)
    }

    fn provenance(&mut self, rule: Rule, evidence: Evidence) -> Arc<Provenance> {
        let is_it = |known: &&Arc<Provenance>| known.rule == rule && known.evidence == evidence;
        if let Some(provenance) = self.provenances.iter().find(is_it) {
            return Arc::clone(provenance);
        }
        let provenance = Arc::new(Provenance {
            system: (rule != Rule::Derived).then(|| self.now.system.clone()),
            observation: Some(self.now.observation),
            actor: self.observation.actor.clone().filter(|_| rule != Rule::Derived),
            rule,
            at: self.now.now,
            evidence,
        });
        self.provenances.push(Arc::clone(&provenance));
        provenance
    }

    /// A cell that this observation brings.
    pub(super) fn cell(&mut self, value: Option<Held>, rule: Rule, evidence: Evidence) -> Cell {
        Cell { value, provenance: self.provenance(rule, evidence), pinned_by: None }
    }

    /// The hub takes a single value.
    pub(super) fn set_value(&mut self, key: &FieldKey, value: Option<Held>, rule: Rule, evidence: Evidence) {
        let cell = self.cell(value, rule, evidence);
        self.change(key).fields.insert(key.clone(), CellSet::One(cell));
    }

    /// The record, to change `key` of it.
    pub(super) fn change(&mut self, key: &FieldKey) -> &mut Record {
        if !self.moved.contains(key) {
            self.moved.push(key.clone());
        }
        self.record.to_mut()
    }

    /// The system is known to hold this now; whatever waited for an older state of the field is settled.
    pub(super) fn know(&mut self, field: &Field<'_>, observed: Seen) {
        self.know_in_review(field, observed, Seen::Empty, &[]);
    }

    /// The same, with conflicts that wait for a human.
    pub(super) fn know_in_review(
        &mut self,
        field: &Field<'_>,
        observed: Seen,
        hub: Seen,
        reviews: &[ReviewId],
    ) {
        let mut shadow = decide::known(observed);
        if !reviews.is_empty() {
            shadow.blocked = Some(target::in_review(hub, reviews));
        }
        let before = self.link.to_mut().shadow.0.insert(field.key.clone(), shadow);
        let waited = before.and_then(|before| before.blocked).map(|blocked| target::reviews_of(&blocked));
        self.settled.extend(waited.into_iter().flatten().filter(|review| !reviews.contains(review)));
    }

    /// The system still holds what it held. A first emptiness is noted, so that a later value is a change; a conflict
    /// on which the hub has come round is settled.
    pub(super) fn unchanged(&mut self, field: &Field<'_>, observed: Seen) {
        match self.link.shadow.0.get(field.key) {
            None => self.know(field, observed),
            Some(shadow) => {
                let waits = shadow.blocked.as_ref().is_some_and(target::is_under_review);
                let hub = self.record.fields.get(field.key);
                let hub = hub.and_then(|cells| {
                    target::target(field.def, field.capability, cells, Some(&shadow.known))
                });
                if waits && hub.is_some_and(|hub| norm::same(&hub, &shadow.known)) {
                    self.know(field, observed);
                }
            }
        }
    }

    /// Notes what became of a changed cell.
    pub(super) fn dispose(
        &mut self,
        field: &Field<'_>,
        element: Option<Element>,
        observed: Seen,
        verdict: Verdict,
    ) {
        self.dispositions.push(Disposition { field: field.key.clone(), element, observed, verdict });
    }

    /// Opens a conflict between the hub and what was observed.
    pub(super) fn open_conflict(
        &mut self,
        field: &Field<'_>,
        element: Option<Element>,
        observed: Seen,
    ) -> ReviewId {
        let id = ReviewId::new((self.now.new_id)());
        let hub = match (self.record.fields.get(field.key), &element) {
            (Some(CellSet::Many(cells)), Some(element)) => {
                Seen::optional(cells.get(element).and_then(target::value_of).cloned())
            }
            (Some(cells), _) => norm::of_cells(cells),
            (None, _) => Seen::Empty,
        };
        let (hub, observed) = (Box::new(hub), Box::new(observed));
        self.reviews.push(Review {
            id,
            record: Some(self.record.id),
            system: Some(self.now.system.clone()),
            kind: ReviewKind::Conflict { field: field.key.clone(), element, hub, observed },
            opened_at: self.now.now,
            state: ReviewState::Open,
            postponed: None,
        });
        id
    }

    /// Ends the hearing: what the hub computes, the link's bookkeeping, and who is due.
    pub(super) fn close(mut self) -> Outcome {
        if self.asks_for_dates.get() {
            return Outcome { read_again: Some(ReadAgain::FieldDates), ..Outcome::default() };
        }
        mail_gate::after_observation(&mut self);
        self.keep_link();
        let due = due::after_observation(&self);
        let link_before = self.known.link;
        let version_reused = !self.dispositions.is_empty()
            && link_before.is_some_and(|link| link.source_version.is_some() && link.seen_at.is_some())
            && link_before.and_then(|link| link.source_version.as_ref())
                == self.observation.source_version.as_ref();
        let is_link_changed = self.is_link_changed();
        // What nobody has touched is still the known one.
        let record = match self.record {
            Cow::Owned(record) => Some(record),
            Cow::Borrowed(_) => None,
        };
        Outcome {
            record,
            link: is_link_changed.then(|| self.link.into_owned()),
            dispositions: self.dispositions,
            due,
            reviews: self.reviews,
            settled: self.settled,
            read_again: self.reads_dates_again.then_some(ReadAgain::MovedDates),
            merge: None,
            version_reused,
        }
    }

    /// Whether anything is new that could make this very system due.
    pub(super) fn is_eventful(&self) -> bool {
        !self.moved.is_empty() || self.is_link_changed()
    }

    /// Whether the link differs from the stored one. One that was never touched is not compared.
    fn is_link_changed(&self) -> bool {
        matches!(&self.link, Cow::Owned(link) if self.known.link != Some(link))
    }

    /// Whether every field of the shadow was seen to be what the shadow says now: nothing of it was hidden, left out
    /// or not understood.
    fn confirms_shadow(&self) -> bool {
        let document = &self.observation.document;
        let is_open = |key: &FieldKey| match document.get(key) {
            Some(seen) => *seen != Seen::Masked,
            None => self.observation.shape == Shape::Full,
        };
        let is_understood = |disposition: &Disposition| {
            disposition.element.is_some() || !matches!(disposition.verdict, Verdict::Rejected(_))
        };
        self.link.shadow.0.keys().all(is_open) && self.dispositions.iter().all(is_understood)
    }

    fn keep_link(&mut self) {
        let observation = self.observation;
        let was = &*self.link;
        let is_alive = self.is_history || was.life == LinkLife::Live;
        // What was put off must not look as if it had been heard.
        let is_heard = !self.has_put_off;
        let version = observation.source_version.as_ref();
        let version = version.filter(|_| is_heard && observation.source_version != was.source_version);
        let hash = observation.source_hash.filter(|_| is_heard && observation.source_hash != was.source_hash);
        let slot = observation.slot.as_ref().filter(|_| observation.slot != was.slot);
        let is_bound = was.external_id.is_some();
        let is_changed = matches!(self.link, Cow::Owned(_))
            || self.known.link.is_none()
            || !(is_alive && is_bound && version.is_none() && hash.is_none() && slot.is_none());
        let is_old = was.seen_at.is_none_or(|seen| self.now.fetched_at - seen >= SEEN_STEP);
        // History says nothing of the present.
        let is_sighting = is_heard && !self.is_history && self.confirms_shadow();
        let is_due = is_changed || (is_sighting && is_old);
        if !is_due {
            return;
        }
        let (fetched_at, is_history) = (self.now.fetched_at, self.is_history);
        let link = self.link.to_mut();
        if is_sighting {
            link.seen_at = Some(link.seen_at.map_or(fetched_at, |seen| seen.max(fetched_at)));
        }
        if !is_history || link.life == LinkLife::Creating {
            link.life = LinkLife::Live;
        }
        link.external_id.get_or_insert_with(|| observation.subject.external_id.clone());
        link.source_version = version.cloned().or(link.source_version.take());
        link.source_hash = hash.or(link.source_hash);
        link.slot = slot.cloned().or(link.slot.take());
    }
}
