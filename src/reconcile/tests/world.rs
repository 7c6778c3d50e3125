//! A world in memory: systems that hold records in their own forms, the hub, and everything that can happen between.
//!
//! It applies outcomes the way the daemon does and knows no rule of its own.

use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

use super::values::minute;
use crate::model::capabilities::{Guard, MergeSupport, RateLimit};
use crate::model::fields::standard;
use crate::model::ids::{LinkId, ReviewId};
use crate::model::link::SourceVersion;
use crate::model::{
    Action, Capabilities, Disposition, Document, ExternalId, FieldCapability, FieldKey, KindCapabilities,
    Lane, Life, Link, LinkLife, Observation, ObservationId, Origin, Record, RecordId, RecordKind, RemoteRef,
    Review, Seen, Shape, SystemClass, SystemId, Value, WriteOp,
};
use crate::reconcile::{
    Circumstances, Counterpart, Done, Known, Outcome, Planned, ReadAgain, Rules, SystemRules, acknowledge,
    merge, observe, plan, plan_secondary, refuse, resolve, root,
};

/// A record as a system holds it, references as ids of that system.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) document: Document,
    pub(super) version: i64,
    pub(super) modified_at: Option<DateTime<Utc>>,
    pub(super) hub_id: Option<RecordId>,
}

/// What a system is like.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Manners {
    pub(super) gives_versions: bool,
    pub(super) gives_stamps: bool,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Remote {
    pub(super) rows: BTreeMap<(RecordKind, ExternalId), Row>,
    pub(super) manners: Manners,
    pub(super) epoch: i64,
    pub(super) writes: u64,
    /// Fields that the system refuses to be written.
    pub(super) refuses: BTreeSet<FieldKey>,
    born: u64,
}

/// Something that was fetched and has not been judged yet.
#[derive(Debug, Clone)]
pub(super) struct Flight {
    pub(super) system: SystemId,
    pub(super) observation: Observation,
    pub(super) epoch: i64,
    pub(super) fetched_at: DateTime<Utc>,
}

/// How a write ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Luck {
    Good,
    /// Done, but the answer says nothing of what is held now.
    Mute,
    /// Done, but the answer was lost.
    LostAnswer,
    /// Lost on the way there.
    LostRequest,
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
    pub(super) journal: Vec<(ObservationId, SystemId, Vec<Disposition>)>,
    pub(super) closed: Option<NaiveDate>,
    pub(super) minutes: i64,
    ids: u128,
}

impl World {
    /// A hub with the standard fields and no systems.
    pub(super) fn new() -> Self {
        Self { rules: Rules { registry: standard(), ..Rules::default() }, ..Self::default() }
    }

    /// The same systems and a hub that has lost everything.
    pub(super) fn forgetting(&self) -> Self {
        let mut fresh = Self { rules: self.rules.clone(), remotes: self.remotes.clone(), ..Self::default() };
        fresh.minutes = self.minutes + 10;
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

    pub(super) fn now(&self) -> DateTime<Utc> {
        minute(self.minutes)
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
    pub(super) fn edit(
        &mut self,
        system: &str,
        kind: RecordKind,
        id: &ExternalId,
        field: &FieldKey,
        seen: Seen,
    ) {
        self.minutes += 1;
        let now = self.now();
        let form = self.capability(system, kind, field).form.clone();
        let def = self.rules.registry.field(kind, field).expect("a declared field").clone();
        let row = self.remote(system).rows.get_mut(&(kind, id.clone())).expect("a row");
        row.document.insert(field.clone(), form.apply(&def, &seen));
        row.version += 1;
        row.modified_at = Some(now);
    }

    /// Reads a record now; judges nothing.
    pub(super) fn fetch(&mut self, system: &str, kind: RecordKind, id: &ExternalId) -> Flight {
        self.minutes += 1;
        let fetched_at = self.now();
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
            let seen = |field: &FieldKey| row.document.get(field).cloned().unwrap_or(Seen::Empty);
            let document = readable.iter().map(|field| (field.clone(), seen(field))).collect();
            observation = Observation::full(subject, document);
            observation.hub_id = row.hub_id;
            observation.source_version =
                remote.manners.gives_versions.then_some(SourceVersion::Number(row.version));
            observation.modified_at = row.modified_at.filter(|_| remote.manners.gives_stamps);
        }
        Flight { system: system.into(), observation, epoch: remote.epoch, fetched_at }
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

    /// What an observation would mean, without committing it.
    pub(super) fn weigh(&mut self, flight: &Flight) -> Outcome {
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
        let by_hub_id = observation.hub_id.filter(|id| self.records.contains_key(id));
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
            _ => None,
        };
        let (journal_id, now, closed) = (ObservationId::new(self.uuid()), self.now(), self.closed);
        let mut ids = self.ids;
        let mut new_id = || {
            ids += 1;
            Uuid::from_u128(ids)
        };
        let known = Known {
            link: link.as_ref(),
            record: record.as_ref(),
            slot_holder: slot_holder.as_ref(),
            survivor: survivor.as_ref(),
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
            self.journal.push((journal_id, flight.system.clone(), outcome.dispositions.clone()));
        }
        outcome
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
        let merged =
            merge(&self.rules, &self.records[&main], &self.records[&other], &[], None).expect("a merge");
        self.put(merged.main);
        self.put(merged.other);
        let mut held = BTreeSet::new();
        for link in self.links.values_mut() {
            let is_of = link.record == main || link.record == other;
            let is_here = is_of && link.life == LinkLife::Live;
            if is_here && !held.insert((link.system.clone(), link.kind)) {
                link.role = crate::model::Role::Secondary;
            }
        }
        for system in self.remotes.keys().cloned().collect::<Vec<_>>() {
            self.mark(main, &system, Lane::Live);
        }
    }

    fn mark(&mut self, record: RecordId, system: &SystemId, lane: Lane) {
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

    fn creating(&self, system: &SystemId, record: RecordId) -> Option<&Link> {
        let mut links = self.links.values();
        links.find(|link| link.system == *system && link.record == record && link.life == LinkLife::Creating)
    }

    /// The links of a record and its aliases.
    pub(super) fn links_of(&self, record: RecordId) -> Vec<Link> {
        self.links.values().filter(|link| self.root(link.record) == record).cloned().collect()
    }

    /// What would be written to a system about a record.
    pub(super) fn plan(&self, system: &SystemId, record: RecordId) -> Planned {
        plan(&self.rules, system, &self.records[&record], &self.links_of(record), &self.finder(system), false)
    }

    fn finder<'w>(&'w self, system: &'w SystemId) -> impl Fn(RecordKind, RecordId) -> Counterpart + 'w {
        move |kind, id| {
            let links = self.links_of(self.root(id));
            let live =
                links.iter().find(|link| link.system == *system && link.kind == kind && link.is_writable());
            let creates = self.rules.systems[system].creates.contains(&kind);
            match live.and_then(|link| link.external_id.clone()) {
                Some(id) => Counterpart::At(id),
                None if creates => Counterpart::Awaited,
                None => Counterpart::Never,
            }
        }
    }

    /// Delivers one mark with luck; gives whether something was written.
    pub(super) fn deliver(&mut self, record: RecordId, system: &SystemId, luck: Luck) -> bool {
        self.minutes += 1;
        let record = self.root(record);
        self.due.remove(&(record, system.clone()));
        let mut wrote = false;
        // After a write the rest is planned anew; a record has few enough fields for this to end soon.
        for _ in 0..8 {
            match self.plan(system, record) {
                Planned::Write(op) => {
                    wrote = true;
                    if !self.write(system, op, luck) {
                        break;
                    }
                }
                Planned::Await(_) => {
                    self.mark(record, system, Lane::Live);
                    break;
                }
                Planned::Nothing | Planned::Excluded(_) => break,
            }
        }
        for link in self.links_of(record) {
            if link.system != *system || link.role != crate::model::Role::Secondary {
                continue;
            }
            let record = &self.records[&record];
            let planned = plan_secondary(&self.rules, record, &link, &self.finder(system), false);
            if let Planned::Write(op) = planned {
                wrote |= self.write(system, op, luck);
            }
        }
        wrote
    }

    /// Sends one write; gives whether its outcome is known.
    fn write(&mut self, system: &SystemId, op: WriteOp, luck: Luck) -> bool {
        let mut link = match &op.action {
            Action::Update(id) => {
                self.link_of(system, op.kind, id).cloned().expect("the link that was planned for")
            }
            Action::Create => match self.creating(system, op.record).cloned() {
                Some(link) => link,
                None => Link::creating(LinkId::new(self.uuid()), op.record, system.clone(), op.kind),
            },
        };
        let sent = self.step_epoch(system);
        link.epoch = sent;
        link.unsettled = true;
        self.links.insert(link.id, link.clone());
        let mut resolved = op.clone();
        let resolver =
            |kind: RecordKind, id: &ExternalId| self.link_of(system, kind, id).map(|link| link.record);
        resolve(&self.rules.registry, op.kind, &mut resolved.document, &resolver);
        if let Some(field) =
            op.document.iter().map(|(field, _)| field).find(|field| self.is_refused(system, field))
        {
            let epoch = self.step_epoch(system);
            self.links.insert(link.id, refuse(&link, &resolved, &field.clone(), "refused", epoch));
            return true;
        }
        if luck == Luck::LostRequest {
            return self.settle(system, &link);
        }
        let (id, mut stored) = self.store(system, &op);
        if luck == Luck::LostAnswer {
            return self.settle(system, &link);
        }
        let resolver =
            |kind: RecordKind, id: &ExternalId| self.link_of(system, kind, id).map(|link| link.record);
        resolve(&self.rules.registry, op.kind, &mut stored, &resolver);
        let epoch = self.step_epoch(system);
        let stored = (luck == Luck::Good).then_some(&stored);
        let version = self.remotes[system].rows[&(op.kind, id.clone())].version;
        let version = SourceVersion::Number(version);
        let version = self.remotes[system].manners.gives_versions.then_some(&version);
        let done = Done { external_id: &id, version, stored };
        let link = acknowledge(&self.rules, &link, &resolved, done, epoch, self.now());
        self.links.insert(link.id, link);
        if luck == Luck::Mute {
            self.see(system.as_str(), op.kind, &id);
        }
        true
    }

    fn is_refused(&self, system: &SystemId, field: &FieldKey) -> bool {
        self.remotes[system].refuses.contains(field)
    }

    fn step_epoch(&mut self, system: &SystemId) -> i64 {
        let remote = self.remotes.get_mut(system).expect("a system");
        remote.epoch += 1;
        remote.epoch
    }

    /// The system takes a write.
    fn store(&mut self, system: &SystemId, op: &WriteOp) -> (ExternalId, Document) {
        self.minutes += 1;
        let now = self.now();
        let kind = &self.rules.systems[system].capabilities.kinds[&op.kind];
        let kept = op.document.iter().map(|(field, seen)| {
            let def = self.rules.registry.field(op.kind, field).expect("a declared field");
            (field.clone(), kind.fields[field].form.apply(def, seen))
        });
        let kept: Document = kept.collect();
        let remote = self.remotes.get_mut(system).expect("a system");
        remote.writes += 1;
        let id = match &op.action {
            Action::Update(id) => id.clone(),
            Action::Create => {
                remote.born += 1;
                ExternalId::new(format!("{system}-{}", remote.born))
            }
        };
        let row = remote.rows.entry((op.kind, id.clone())).or_default();
        for (field, seen) in kept.iter() {
            row.document.insert(field.clone(), seen.clone());
        }
        row.version += 1;
        row.modified_at = Some(now);
        row.hub_id = Some(op.record);
        (id, kept)
    }

    /// Finds out by reading what became of a write, and says that it has to be planned again.
    fn settle(&mut self, system: &SystemId, link: &Link) -> bool {
        let remote = &self.remotes[system];
        let carries = |(key, row): (&(RecordKind, ExternalId), &Row)| {
            (row.hub_id == Some(link.record) && key.0 == link.kind).then(|| key.1.clone())
        };
        let id = link.external_id.clone().or_else(|| remote.rows.iter().find_map(carries));
        if let Some(id) = id {
            self.see(system.as_str(), link.kind, &id);
        } else {
            self.links.remove(&link.id);
        }
        self.mark(self.root(link.record), system, Lane::Live);
        false
    }

    /// Delivers every mark; gives how many writes it took.
    pub(super) fn deliver_all(&mut self) -> usize {
        let marks: Vec<(RecordId, SystemId)> = self.due.keys().cloned().collect();
        let mut marks: Vec<_> =
            marks.into_iter().map(|(id, to)| (self.records[&id].kind.rank(), id, to)).collect();
        marks.sort();
        marks.into_iter().filter(|(_, record, system)| self.deliver(*record, system, Luck::Good)).count()
    }

    /// Reads every record of every system once, persons before what refers to them.
    pub(super) fn see_all(&mut self) {
        let mut all: Vec<(RecordKind, SystemId, ExternalId)> = Vec::new();
        for (system, remote) in &self.remotes {
            all.extend(remote.rows.keys().map(|(kind, id)| (*kind, system.clone(), id.clone())));
        }
        all.sort_by_key(|(kind, ..)| kind.rank());
        for (kind, system, id) in all {
            self.see(system.as_str(), kind, &id);
        }
    }

    /// One round: everything is read, everything due is written.
    pub(super) fn round(&mut self) -> usize {
        self.see_all();
        self.deliver_all()
    }

    /// Rounds until nothing is written any more; fails when that does not come soon.
    pub(super) fn settle_down(&mut self) {
        let rounds = (0..6).take_while(|_| self.round() > 0).count();
        assert!(rounds < 6, "the world does not come to rest");
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
