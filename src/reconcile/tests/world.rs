//! A world in memory: systems that hold records in their own forms, the hub, and everything that can happen between.
//!
//! It applies outcomes the way the daemon does and knows no rule of its own.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

use super::manners::Manners;
use super::values::minute;
use crate::model::capabilities::{Guard, MergeSupport, RateLimit};
use crate::model::fields::standard;
use crate::model::ids::{LinkId, ReviewId};
use crate::model::journal::{Entry, Event};
use crate::model::observation::ChangeTimes;
use crate::model::{
    Capabilities, Document, ExternalId, FieldCapability, FieldKey, KindCapabilities, Lane, Life, Link,
    LinkLife, Multiplicity, Observation, ObservationId, Origin, Record, RecordId, RecordKind, RemoteRef,
    Review, Seen, Shape, SystemClass, SystemId, Value,
};
use crate::reconcile::{
    Circumstances, Known, Outcome, ReadAgain, Rules, SystemRules, merge, norm, observe, resolve, root,
    yielding,
};

/// A record as a system holds it, references as ids of that system.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) document: Document,
    pub(super) version: i64,
    pub(super) modified_at: Option<DateTime<Utc>>,
    pub(super) hub_id: Option<RecordId>,
    /// The record that the hub created it for.
    pub(super) made_for: Option<RecordId>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Remote {
    pub(super) rows: BTreeMap<(RecordKind, ExternalId), Row>,
    pub(super) manners: Manners,
    pub(super) epoch: i64,
    pub(super) writes: u64,
    /// Fields that the system refuses to be written.
    pub(super) refuses: BTreeSet<FieldKey>,
    /// Fields that the system shows masked.
    pub(super) hides: BTreeSet<FieldKey>,
    pub(super) born: u64,
}

/// Something that was fetched and has not been judged yet.
#[derive(Debug, Clone)]
pub(super) struct Flight {
    pub(super) system: SystemId,
    pub(super) observation: Observation,
    pub(super) epoch: i64,
    pub(super) fetched_at: DateTime<Utc>,
    /// When the system really looked.
    pub(super) looked_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct World {
    pub(super) rules: Rules,
    pub(super) remotes: BTreeMap<SystemId, Remote>,
    pub(super) records: BTreeMap<RecordId, Record>,
    pub(super) links: BTreeMap<LinkId, Link>,
    pub(super) due: BTreeMap<(RecordId, SystemId), Lane>,
    pub(super) reads: Vec<(SystemId, RemoteRef, ReadAgain)>,
    pub(super) reviews: BTreeMap<ReviewId, Review>,
    pub(super) journal: Vec<Entry>,
    pub(super) closed: Option<NaiveDate>,
    /// When somebody last changed a field by hand: what evidence is measured against.
    pub(super) edited: BTreeMap<(SystemId, ExternalId, FieldKey), Vec<DateTime<Utc>>>,
    /// When the hub last wrote a field.
    pub(super) written: BTreeMap<(SystemId, ExternalId, FieldKey), Vec<DateTime<Utc>>>,
    /// How long everything takes.
    pub(super) step: TimeDelta,
    passed: TimeDelta,
    ids: u128,
}

impl World {
    /// A hub with the standard fields and no systems.
    pub(super) fn new() -> Self {
        let rules = Rules { registry: standard(), ..Rules::default() };
        Self { rules, step: TimeDelta::minutes(1), ..Self::default() }
    }

    /// The same systems and a hub that has lost everything.
    pub(super) fn forgetting(&self) -> Self {
        let mut fresh = Self { rules: self.rules.clone(), remotes: self.remotes.clone(), ..Self::new() };
        fresh.passed = self.passed;
        fresh.wait(10);
        fresh.remotes.values_mut().for_each(|remote| remote.epoch = 0);
        fresh
    }

    /// Adds a system that keeps `fields` of each kind as they are and creates every kind that it has.
    pub(super) fn with_system(
        mut self,
        id: &str,
        class: SystemClass,
        kinds: &[(RecordKind, &[FieldKey])],
    ) -> Self {
        let kind = |fields: &[FieldKey]| KindCapabilities {
            read: true,
            create: true,
            withdraw: false,
            fields: fields.iter().map(|field| (field.clone(), FieldCapability::full())).collect(),
        };
        let capabilities = Capabilities {
            kinds: kinds.iter().map(|(of, fields)| (*of, kind(fields))).collect(),
            streams: Vec::new(),
            guard: Guard::ReadCompare,
            read_batch: 100,
            write_batch: 100,
            batch_is_atomic: false,
            finds_by_hub_id: true,
            merge: MergeSupport::Seen,
            suppress: true,
            rate: RateLimit { calls: 100, per: std::time::Duration::from_secs(1) },
        };
        let creates = kinds.iter().map(|(kind, _)| *kind).collect();
        let rules = SystemRules {
            class,
            capabilities,
            creates,
            internal: false,
            purpose: None,
            clock_offset_seconds: 0,
            time_zone: Tz::UTC,
        };
        self.rules.systems.insert(id.into(), rules);
        self.remotes.insert(id.into(), Remote::default());
        self
    }

    pub(super) fn system(&mut self, id: &str) -> &mut SystemRules {
        self.rules.systems.get_mut(&SystemId::from(id)).expect("a system")
    }

    pub(super) fn remote(&mut self, id: &str) -> &mut Remote {
        self.remotes.get_mut(&SystemId::from(id)).expect("a system")
    }

    pub(super) fn capability(
        &mut self,
        id: &str,
        kind: RecordKind,
        field: &FieldKey,
    ) -> &mut FieldCapability {
        let kinds = &mut self.system(id).capabilities.kinds;
        kinds.get_mut(&kind).and_then(|kind| kind.fields.get_mut(field)).expect("a field of the system")
    }

    /// Whether a field holds one value.
    pub(super) fn is_single(&self, kind: RecordKind, field: &FieldKey) -> bool {
        self.rules.registry.field(kind, field).is_some_and(|def| def.multiplicity == Multiplicity::One)
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        minute(0) + self.passed
    }

    pub(super) fn wait(&mut self, minutes: i64) {
        self.passed += TimeDelta::minutes(minutes);
    }

    /// Time passes with everything that happens.
    pub(super) fn pass(&mut self) {
        self.passed += self.step;
    }

    pub(super) fn uuid(&mut self) -> Uuid {
        self.ids += 1;
        Uuid::from_u128(self.ids)
    }

    /// Somebody at the system creates a record there.
    pub(super) fn create(
        &mut self,
        system: &str,
        kind: RecordKind,
        fields: &[(FieldKey, Seen)],
    ) -> ExternalId {
        let remote = self.remote(system);
        remote.born += 1;
        let id = ExternalId::new(format!("{system}-{}", remote.born));
        remote.rows.insert((kind, id.clone()), Row::default());
        for (field, seen) in fields {
            self.edit(system, kind, &id, field, seen.clone());
        }
        id
    }

    /// Somebody at the system edits a field; the system keeps what its form lets it keep.
    #[expect(clippy::needless_pass_by_value, reason = "a scenario reads better without references")]
    pub(super) fn edit(
        &mut self,
        system: &str,
        kind: RecordKind,
        id: &ExternalId,
        field: &FieldKey,
        seen: Seen,
    ) {
        self.pass();
        let now = self.now();
        let form = self.capability(system, kind, field).form.clone();
        let def = self.rules.registry.field(kind, field).expect("a declared field").clone();
        let kept = form.apply(&def, &seen);
        let row = self.remote(system).rows.get_mut(&(kind, id.clone())).expect("a row");
        let before = row.document.get(field).cloned().unwrap_or(Seen::Empty);
        row.document.insert(field.clone(), kept.clone());
        row.version += 1;
        row.modified_at = Some(now);
        if !norm::same(&before, &kept) {
            self.edited.entry((system.into(), id.clone(), field.clone())).or_default().push(now);
        }
    }

    /// Reads a record now; judges nothing.
    pub(super) fn fetch(&mut self, system: &str, kind: RecordKind, id: &ExternalId) -> Flight {
        let fetched_at = self.now();
        self.pass();
        let looked_at = self.now();
        let readable: Vec<FieldKey> = self.system(system).capabilities.kinds[&kind]
            .fields
            .iter()
            .filter(|(_, capability)| capability.read)
            .map(|(field, _)| field.clone())
            .collect();
        let remote = self.remote(system);
        let subject = RemoteRef { kind, external_id: id.clone() };
        let mut observation = Observation::of(subject.clone(), Shape::NotFound, Document::new());
        if let Some(row) = remote.rows.get(&(kind, id.clone())) {
            let seen = |field: &FieldKey| match row.document.get(field) {
                _ if remote.hides.contains(field) => Seen::Masked,
                Some(seen) => seen.clone(),
                None => Seen::Empty,
            };
            let document = readable.iter().map(|field| (field.clone(), seen(field))).collect();
            observation = Observation::full(subject, document);
            observation.hub_id = row.hub_id;
            observation.source_version = remote.manners.version(row.version);
            observation.modified_at = row.modified_at.and_then(|at| remote.manners.stamp(at));
        }
        Flight { system: system.into(), observation, epoch: remote.epoch, fetched_at, looked_at }
    }

    /// Reads a record and judges it.
    pub(super) fn see(&mut self, system: &str, kind: RecordKind, id: &ExternalId) -> Outcome {
        let flight = self.fetch(system, kind, id);
        self.judge(&flight)
    }

    /// Shows the hub a record in another shape than a full one.
    pub(super) fn show(&mut self, system: &str, kind: RecordKind, id: &ExternalId, shape: Shape) -> Outcome {
        let mut flight = self.fetch(system, kind, id);
        if !matches!(shape, Shape::Full | Shape::Partial | Shape::StatusOnly) {
            flight.observation.document = Document::new();
        }
        flight.observation.shape = shape;
        self.judge(&flight)
    }

    /// Shows history instead of news.
    pub(super) fn import(&mut self, system: &str, kind: RecordKind, id: &ExternalId) -> Outcome {
        let mut flight = self.fetch(system, kind, id);
        flight.observation.origin = Origin::History;
        self.judge(&flight)
    }

    /// What an observation would mean, without committing it. A system that is asked when its fields were changed tells.
    pub(super) fn weigh(&mut self, flight: &Flight) -> Outcome {
        let outcome = self.weigh_once(flight);
        if outcome.read_again != Some(ReadAgain::FieldDates) {
            return outcome;
        }
        let mut dated = flight.clone();
        dated.observation.changed_at = Some(self.change_times(flight));
        self.weigh_once(&dated)
    }

    /// What an observation would mean as it is.
    pub(super) fn weigh_once(&mut self, flight: &Flight) -> Outcome {
        let mut observation = flight.observation.clone();
        let kind = observation.subject.kind;
        let resolver = |of: RecordKind, id: &ExternalId| {
            self.link_of(&flight.system, of, id)
                .filter(|link| link.external_id.is_some())
                .map(|link| link.record)
        };
        resolve(&self.rules.registry, kind, &mut observation.document, &resolver);
        let link = self.link_of(&flight.system, kind, &observation.subject.external_id).cloned();
        let link = link.or_else(|| self.creating(&flight.system, observation.hub_id?).cloned());
        let is_copy = |id: &RecordId| {
            let links = self.links_of(self.root(*id));
            links.iter().any(|link| link.system == flight.system && link.kind == kind && link.is_writable())
        };
        let by_hub_id = observation.hub_id.filter(|id| self.records.contains_key(id) && !is_copy(id));
        let id = link.as_ref().map(|link| link.record).or(by_hub_id).map(|id| self.root(id));
        let record = id.and_then(|id| self.records.get(&id)).cloned();
        let slot = |other: &&Link| {
            other.slot.is_some()
                && other.slot == observation.slot
                && other.system == flight.system
                && other.life == LinkLife::Live
                && other.external_id.as_ref() != Some(&observation.subject.external_id)
        };
        let slot_holder = self.links.values().find(slot).cloned();
        let survivor = match &observation.shape {
            Shape::MergedInto(id) => self.link_of(&flight.system, kind, id).cloned(),
            Shape::Full
            | Shape::Partial
            | Shape::StatusOnly
            | Shape::Absent
            | Shape::NotFound
            | Shape::Deleted
            | Shape::Erased => None,
        };
        let (journal_id, now, closed) = (ObservationId::new(self.uuid()), self.now(), self.closed);
        let mut ids = self.ids;
        let mut new_id = || {
            ids += 1;
            Uuid::from_u128(ids)
        };
        let holds_place = |other: &Link| {
            let is_here = other.system == flight.system && other.kind == kind;
            other.holds_place() && is_here && Some(other.id) != link.as_ref().map(|link| link.id)
        };
        let has_other_primary = id.is_some_and(|id| self.links_of(id).iter().any(holds_place));
        let known = Known {
            has_other_primary,
            link: link.as_ref(),
            record: record.as_ref(),
            slot_holder: slot_holder.as_ref(),
            survivor: survivor.as_ref(),
            free_hub_id: observation.hub_id.filter(|id| !self.records.contains_key(id)),
        };
        let circumstances = Circumstances {
            system: &flight.system,
            observation: journal_id,
            epoch: flight.epoch,
            fetched_at: flight.fetched_at,
            now,
            closed_business_date: closed,
            new_id: &mut new_id,
        };
        let outcome = observe(&self.rules, known, &observation, circumstances);
        self.ids = ids;
        if !outcome.dispositions.is_empty() {
            let event = Event::Observed { dispositions: outcome.dispositions.clone() };
            self.note(journal_id, id, outcome.link.as_ref().or(link.as_ref()), event);
        }
        outcome
    }

    /// When each single field of what was fetched was last changed, by the system's own history.
    fn change_times(&self, flight: &Flight) -> ChangeTimes {
        let manners = self.remotes[&flight.system].manners;
        let id = &flight.observation.subject.external_id;
        let kind = flight.observation.subject.kind;
        let mut times = ChangeTimes::new();
        for ((system, of, field), made) in self.edited.iter().chain(&self.written) {
            let made = made.iter().filter(|at| **at <= flight.looked_at).max();
            if let Some(made) =
                made.filter(|_| *system == flight.system && of == id && self.is_single(kind, field))
            {
                let time = times.entry(field.clone()).or_insert_with(|| vec![manners.time(*made)]);
                time[0] = time[0].max(manners.time(*made));
            }
        }
        times
    }

    /// Judges what was fetched and commits what it means.
    pub(super) fn judge(&mut self, flight: &Flight) -> Outcome {
        let outcome = self.weigh(flight);
        let kind = flight.observation.subject.kind;
        if let Some(record) = &outcome.record {
            self.put(record.clone());
        }
        if let Some(link) = &outcome.link {
            self.links.insert(link.id, Link { version: link.version + 1, ..link.clone() });
        }
        let link = self.link_of(&flight.system, kind, &flight.observation.subject.external_id);
        if let Some(record) = link.map(|link| self.root(link.record)) {
            for (system, lane) in &outcome.due {
                self.mark(record, system, *lane);
            }
        }
        for settled in &outcome.settled {
            self.reviews.remove(settled);
        }
        self.reviews.extend(outcome.reviews.iter().map(|review| (review.id, review.clone())));
        if let Some(why) = outcome.read_again {
            self.reads.push((flight.system.clone(), flight.observation.subject.clone(), why));
        }
        if let Some((main, other)) = outcome.merge {
            self.merge(main, other);
        }
        outcome
    }

    pub(super) fn merge(&mut self, main: RecordId, other: RecordId) {
        let (main, other) = (self.root(main), self.root(other));
        if main == other {
            return;
        }
        let losing: BTreeSet<LinkId> = self.links_of(other).iter().map(|link| link.id).collect();
        let links: Vec<Link> = self.links_of(main).into_iter().chain(self.links_of(other)).collect();
        let merged =
            merge(&self.rules, &self.records[&main], &self.records[&other], &[], None).expect("a merge");
        self.tell(main, None, merged.event);
        self.put(merged.main);
        self.put(merged.other);
        for link in yielding(&links, &|link| losing.contains(&link.id)) {
            self.links.insert(link.id, link);
        }
        for system in self.remotes.keys().cloned().collect::<Vec<_>>() {
            self.mark(main, &system, Lane::Live);
        }
    }

    pub(super) fn mark(&mut self, record: RecordId, system: &SystemId, lane: Lane) {
        let mark = self.due.entry((record, system.clone())).or_insert(lane);
        *mark = lane.min(*mark);
    }

    pub(super) fn put(&mut self, record: Record) {
        self.records.insert(record.id, Record { version: record.version + 1, ..record });
    }

    pub(super) fn root(&self, id: RecordId) -> RecordId {
        root(id, &|id| self.records.get(&id).map(|record| record.life))
    }

    pub(super) fn link_of(&self, system: &SystemId, kind: RecordKind, id: &ExternalId) -> Option<&Link> {
        let mut links = self.links.values();
        links
            .find(|link| link.system == *system && link.kind == kind && link.external_id.as_ref() == Some(id))
    }

    pub(super) fn creating(&self, system: &SystemId, record: RecordId) -> Option<&Link> {
        let mut links = self.links.values();
        links.find(|link| link.system == *system && link.record == record && link.life == LinkLife::Creating)
    }

    /// The links of a record and its aliases.
    pub(super) fn links_of(&self, record: RecordId) -> Vec<Link> {
        self.links.values().filter(|link| self.root(link.record) == record).cloned().collect()
    }

    /// The hub's record behind an id of a system.
    pub(super) fn record(&self, system: &str, kind: RecordKind, id: &ExternalId) -> &Record {
        let link = self.link_of(&system.into(), kind, id).expect("a link");
        &self.records[&self.root(link.record)]
    }

    /// What a system holds of a single-valued field.
    pub(super) fn held(
        &self,
        system: &str,
        kind: RecordKind,
        id: &ExternalId,
        field: &FieldKey,
    ) -> Option<&Value> {
        self.remotes[&SystemId::from(system)].rows[&(kind, id.clone())].document.value(field)
    }

    /// The id of the counterpart of a record at another system.
    pub(super) fn counterpart(&self, record: RecordId, system: &str) -> Option<ExternalId> {
        let links = self.links_of(self.root(record));
        links.into_iter().find(|link| link.system == system.into() && link.is_writable())?.external_id
    }

    pub(super) fn is_live(&self, record: RecordId) -> bool {
        self.records.get(&record).is_some_and(|record| record.life == Life::Live)
    }
}
