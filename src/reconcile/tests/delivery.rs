//! The other half of the world in memory: what is due is planned, written with more or less luck, and acknowledged.

use super::world::{Row, World};
use crate::model::ids::LinkId;
use crate::model::journal::{Entry, Event, WRITE_DONE, WRITE_READ_BACK, WRITE_UNKNOWN};
use crate::model::{
    Action, Document, ExternalId, FieldKey, Lane, Link, ObservationId, RecordId, RecordKind, Role, SystemId,
    WriteOp,
};
use crate::reconcile::{Counterpart, Done, Planned, acknowledge, plan, plan_secondary, refuse, resolve};

/// How a write ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Luck {
    Good,
    /// Done, but the answer says nothing of what is held now.
    Mute,
    /// Done, but the answer was lost.
    LostAnswer,
    /// Done, the answer was lost, and the hub stopped before it could ask.
    Silence,
    /// Lost on the way there.
    LostRequest,
}

impl World {
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
        self.pass();
        let record = self.root(record);
        self.due.remove(&(record, system.clone()));
        let mut wrote = false;
        for link in self.links_of(record) {
            if link.system == *system && link.sent.is_some() {
                self.settle(system, &link);
            }
        }
        self.due.remove(&(record, system.clone()));
        // After a write the rest is planned anew; a record has few enough fields for this to end soon.
        for _ in 0..8 {
            match self.plan(system, record) {
                Planned::Write(op) => {
                    wrote = true;
                    if !self.write(system, &op, luck) {
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
            if link.system != *system || link.role != Role::Secondary {
                continue;
            }
            let record = &self.records[&record];
            let planned = plan_secondary(&self.rules, record, &link, &self.finder(system), false);
            if let Planned::Write(op) = planned {
                wrote |= self.write(system, &op, luck);
            }
        }
        wrote
    }

    /// Sends one write; gives whether its outcome is known.
    fn write(&mut self, system: &SystemId, op: &WriteOp, luck: Luck) -> bool {
        let link = match &op.action {
            Action::Update(id) => {
                self.link_of(system, op.kind, id).cloned().expect("the link that was planned for")
            }
            Action::Create => match self.creating(system, op.record).cloned() {
                Some(link) => link,
                None => Link::creating(LinkId::new(self.uuid()), op.record, system.clone(), op.kind),
            },
        };
        let sent = self.step_epoch(system);
        let mut resolved = op.clone();
        let record_of =
            |kind: RecordKind, id: &ExternalId| self.link_of(system, kind, id).map(|link| link.record);
        resolve(&self.rules.registry, op.kind, &mut resolved.document, &record_of);
        let link = Link { sent: Some(resolved.document.clone()), epoch: sent, ..link };
        self.links.insert(link.id, link.clone());
        if let Some(field) =
            op.document.iter().map(|(field, _)| field).find(|field| self.is_refused(system, field))
        {
            let epoch = self.step_epoch(system);
            self.links.insert(link.id, refuse(&link, &resolved, &field.clone(), "refused", epoch));
            return true;
        }
        let fields: Vec<FieldKey> = op.document.iter().map(|(field, _)| field.clone()).collect();
        let outcome = if matches!(luck, Luck::Good | Luck::Mute) { WRITE_DONE } else { WRITE_UNKNOWN };
        if luck == Luck::LostRequest {
            self.told(&link, &fields, outcome);
            return self.settle(system, &link);
        }
        let (id, mut stored) = self.store(system, op);
        self.told(&link, &fields, outcome);
        if luck == Luck::LostAnswer {
            return self.settle(system, &link);
        }
        if luck == Luck::Silence {
            self.mark(op.record, system, Lane::Live);
            return false;
        }
        let record_of =
            |kind: RecordKind, id: &ExternalId| self.link_of(system, kind, id).map(|link| link.record);
        resolve(&self.rules.registry, op.kind, &mut stored, &record_of);
        let epoch = self.step_epoch(system);
        let stored = (luck == Luck::Good).then_some(&stored);
        let version = self.remotes[system].rows[&(op.kind, id.clone())].version;
        let version = self.remotes[system].manners.version(version);
        let done = Done { external_id: &id, version: version.as_ref(), stored };
        let link = acknowledge(&self.rules, &link, &resolved, done, epoch, self.now());
        self.links.insert(link.id, link.clone());
        if luck == Luck::Mute {
            self.read_back(&link, &id, &fields);
        }
        true
    }

    /// The journal's word of something that was not observed.
    pub(super) fn tell(&mut self, record: RecordId, link: Option<&Link>, event: Event) {
        let id = ObservationId::new(self.uuid());
        self.note(id, Some(record), link, event);
    }

    /// A line of the journal.
    pub(super) fn note(
        &mut self,
        id: ObservationId,
        record: Option<RecordId>,
        link: Option<&Link>,
        event: Event,
    ) {
        let (at, system) = (self.now(), link.map(|link| link.system.clone()));
        self.journal.push(Entry { id, at, system, record, link: link.map(|link| link.id), event });
    }

    /// The journal's word of a write.
    fn told(&mut self, link: &Link, fields: &[FieldKey], outcome: &str) {
        let event = Event::Written { fields: fields.to_vec(), outcome: outcome.into(), version: None };
        self.tell(self.root(link.record), Some(link), event);
    }

    /// Reads what became of a write.
    fn read_back(&mut self, link: &Link, id: &ExternalId, fields: &[FieldKey]) {
        let flight = self.fetch(link.system.as_str(), link.kind, id);
        self.told(link, fields, WRITE_READ_BACK);
        self.judge(&flight);
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
    pub(super) fn store(&mut self, system: &SystemId, op: &WriteOp) -> (ExternalId, Document) {
        self.pass();
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
            self.written.entry((system.clone(), id.clone(), field.clone())).or_default().push(now);
        }
        row.version += 1;
        row.modified_at = Some(now);
        row.hub_id = Some(op.record);
        if op.action == Action::Create {
            row.made_for = Some(op.record);
        }
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
            let sent = link.sent.iter().flat_map(Document::iter).map(|(field, _)| field.clone());
            self.read_back(link, &id, &sent.collect::<Vec<_>>());
            if let Some(link) = self.links.get_mut(&link.id) {
                link.sent = None;
            }
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
}
