//! What the hub knows of the subjects of one batch: loaded with a constant number of statements, moved in memory
//! as the observations are judged, and handed to the store as one commit.

use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

use super::door::Familiar;
use crate::model::ids::LinkId;
use crate::model::{Link, LinkLife, Observation, Record, RecordId, RecordKind, RemoteRef, Shape, SystemId};
use crate::reconcile::{Known, Outcome};
use crate::store::{Linked, Store, StoreError};

/// The links and records that a batch touches.
#[derive(Default)]
pub(super) struct WorkingSet {
    links: BTreeMap<LinkId, Link>,
    by_subject: BTreeMap<RemoteRef, LinkId>,
    by_slot: BTreeMap<(RecordKind, SmolStr), LinkId>,
    /// The links of each record, those of its aliases included.
    by_root: BTreeMap<(RecordId, RecordKind), BTreeSet<LinkId>>,
    /// Links that wait for their counterpart's id, by the record whose hub id the counterpart carries.
    creating: BTreeMap<RecordId, LinkId>,
    records: BTreeMap<RecordId, Record>,
    roots: BTreeMap<RecordId, RecordId>,
    /// The records behind what the observations refer to.
    referred: BTreeMap<RemoteRef, RecordId>,
    changed_links: BTreeSet<LinkId>,
    changed_records: BTreeSet<RecordId>,
}

impl WorkingSet {
    /// Loads what the observations are about and what they refer to: `referred`.
    pub(super) async fn load(
        store: &Store,
        system: &SystemId,
        observations: &[Observation],
        referred: impl Iterator<Item = &RemoteRef>,
        familiar: &Familiar,
    ) -> Result<Self, StoreError> {
        let mut set = Self::default();
        for linked in store.links(system, &subjects(observations)).await? {
            set.add_link(linked);
        }
        set.load_referred(store, system, referred, familiar).await?;
        set.load_slots(store, system, observations).await?;
        set.load_hub_ids(store, system, observations).await?;
        set.load_beside_ended(store, system).await?;
        let wanted: Vec<RecordId> =
            set.roots.values().copied().collect::<BTreeSet<_>>().into_iter().collect();
        for record in store.records(&wanted).await? {
            set.records.insert(record.id, record);
        }
        Ok(set)
    }

    /// What is known of the observation's subject.
    pub(super) fn of(&self, observation: &Observation) -> Known<'_> {
        let linked = self.by_subject.get(&observation.subject);
        let claimed = || observation.hub_id.and_then(|id| self.creating.get(self.roots.get(&id)?));
        let link = linked.or_else(claimed).and_then(|id| self.links.get(id));
        Known {
            link,
            record: link.map_or_else(|| self.claimed(observation), |link| self.record_of(link)),
            free_hub_id: observation.hub_id.filter(|id| !self.roots.contains_key(id)),
            slot_holder: self.slot_holder(observation),
            survivor: self.survivor(observation),
            has_other_primary: link.is_some_and(|link| self.has_other_primary(link)),
        }
    }

    /// The record that a subject stands for, aliases resolved.
    pub(super) fn record_behind(&self, subject: &RemoteRef) -> Option<RecordId> {
        let link = self.links.get(self.by_subject.get(subject)?)?;
        self.roots.get(&link.record).copied()
    }

    /// The record that a subject was linked to, aliases not followed: what references keep, so that a split is exact.
    pub(super) fn linked_record(&self, subject: &RemoteRef) -> Option<RecordId> {
        self.link(subject).map(|link| link.record)
    }

    /// Every subject that is linked now, with its record.
    pub(super) fn resolved(&self) -> BTreeMap<RemoteRef, RecordId> {
        let linked = self.by_subject.keys();
        let linked = linked.filter_map(|subject| Some((subject.clone(), self.linked_record(subject)?)));
        self.referred.clone().into_iter().chain(linked).collect()
    }

    /// What the observations refer to beside each other: of these records nothing but the id is needed.
    async fn load_referred(
        &mut self,
        store: &Store,
        system: &SystemId,
        referred: impl Iterator<Item = &RemoteRef>,
        familiar: &Familiar,
    ) -> Result<(), StoreError> {
        let mut unknown = BTreeSet::new();
        for subject in referred {
            if let Some(record) = familiar.get(subject) {
                self.referred.insert(subject.clone(), *record);
            } else if !self.by_subject.contains_key(subject) {
                unknown.insert(subject);
            }
        }
        let unknown: Vec<RemoteRef> = unknown.into_iter().cloned().collect();
        self.referred.extend(store.linked_records(system, &unknown).await?);
        Ok(())
    }

    /// The live record at the end of a record's aliases.
    pub(super) fn root(&self, record: RecordId) -> RecordId {
        self.roots.get(&record).copied().unwrap_or(record)
    }

    /// A record of the batch.
    pub(super) fn record(&self, id: RecordId) -> Option<&Record> {
        self.records.get(&id)
    }

    /// The link of a subject.
    pub(super) fn link(&self, subject: &RemoteRef) -> Option<&Link> {
        self.links.get(self.by_subject.get(subject)?)
    }

    /// The link of a subject, if this batch has changed it.
    pub(super) fn changed_link(&self, subject: &RemoteRef) -> Option<&Link> {
        self.link(subject).filter(|link| self.changed_links.contains(&link.id))
    }

    /// The links that this batch has changed.
    pub(super) fn changed_links(&self) -> impl Iterator<Item = &Link> {
        self.changed_links.iter().filter_map(|id| self.links.get(id))
    }

    /// A link of the batch.
    pub(super) fn link_by_id(&self, id: LinkId) -> Option<&Link> {
        self.links.get(&id)
    }

    /// Moves on to what an observation meant.
    pub(super) fn apply(&mut self, outcome: &mut Outcome) {
        if let Some(record) = outcome.record.take() {
            self.put_record(record);
        }
        if let Some(link) = outcome.link.take() {
            self.put_link(link);
        }
    }

    /// Notes a changed or new record.
    pub(super) fn put_record(&mut self, record: Record) {
        self.roots.entry(record.id).or_insert(record.id);
        self.changed_records.insert(record.id);
        self.records.insert(record.id, record);
    }

    /// Notes a changed or new link.
    pub(super) fn put_link(&mut self, link: Link) {
        self.changed_links.insert(link.id);
        self.keep(link);
    }

    /// Resolves `alias` to `root` from now on.
    pub(super) fn redirect(&mut self, alias: RecordId, root: RecordId) {
        for target in self.roots.values_mut().filter(|target| **target == alias) {
            *target = root;
        }
        let kinds: Vec<RecordKind> =
            self.by_root.keys().filter(|(of, _)| *of == alias).map(|(_, kind)| *kind).collect();
        for kind in kinds {
            let links = self.by_root.remove(&(alias, kind)).unwrap_or_default();
            self.by_root.entry((root, kind)).or_default().extend(links);
        }
    }

    /// What has changed, to be committed.
    pub(super) fn into_changes(mut self) -> (Vec<Record>, Vec<Link>) {
        let records = self.changed_records.iter().filter_map(|id| self.records.remove(id)).collect();
        let links = self.changed_links.iter().filter_map(|id| self.links.remove(id)).collect();
        (records, links)
    }

    async fn load_slots(
        &mut self,
        store: &Store,
        system: &SystemId,
        observations: &[Observation],
    ) -> Result<(), StoreError> {
        let mut wanted: BTreeMap<RecordKind, Vec<SmolStr>> = BTreeMap::new();
        for observation in observations {
            if let (Some(slot), None) = (&observation.slot, self.by_subject.get(&observation.subject)) {
                wanted.entry(observation.subject.kind).or_default().push(slot.clone());
            }
        }
        for (kind, slots) in wanted {
            let slots: Vec<&str> = slots.iter().map(SmolStr::as_str).collect();
            for linked in store.links_by_slot(system, kind, &slots).await? {
                self.add_link(linked);
            }
        }
        Ok(())
    }

    async fn load_hub_ids(
        &mut self,
        store: &Store,
        system: &SystemId,
        observations: &[Observation],
    ) -> Result<(), StoreError> {
        let unlinked = observations.iter().filter(|seen| !self.by_subject.contains_key(&seen.subject));
        let claimed: Vec<RecordId> =
            unlinked.filter_map(|seen| seen.hub_id).collect::<BTreeSet<_>>().into_iter().collect();
        if claimed.is_empty() {
            return Ok(());
        }
        let roots = store.roots(&claimed).await?;
        let live: Vec<RecordId> = roots.values().copied().collect::<BTreeSet<_>>().into_iter().collect();
        self.roots.extend(roots);
        for linked in store.links_of(&live, Some(system)).await? {
            self.add_link(linked);
        }
        Ok(())
    }

    /// The other counterparts of records one of whose counterparts had ended: should it be there again, only one of
    /// them is written to.
    async fn load_beside_ended(&mut self, store: &Store, system: &SystemId) -> Result<(), StoreError> {
        let ended = self.links.values().filter(|link| link.life.has_ended());
        let roots: BTreeSet<RecordId> = ended.map(|link| self.root(link.record)).collect();
        if roots.is_empty() {
            return Ok(());
        }
        let roots: Vec<RecordId> = roots.into_iter().collect();
        for linked in store.links_of(&roots, Some(system)).await? {
            self.add_link(linked);
        }
        Ok(())
    }

    fn has_other_primary(&self, link: &Link) -> bool {
        let root = self.root(link.record);
        let is_other = |other: &Link| other.id != link.id && other.holds_place();
        link.life.has_ended() && self.links_of(root, link.kind).any(is_other)
    }

    /// The links of a record and its aliases.
    fn links_of(&self, root: RecordId, kind: RecordKind) -> impl Iterator<Item = &Link> {
        self.by_root.get(&(root, kind)).into_iter().flatten().filter_map(|id| self.links.get(id))
    }

    fn add_link(&mut self, linked: Linked) {
        let Linked { link, root } = linked;
        self.roots.insert(link.record, root);
        self.roots.insert(root, root);
        if link.life == LinkLife::Creating {
            self.creating.insert(root, link.id);
        }
        self.keep(link);
    }

    fn keep(&mut self, link: Link) {
        if let Some(before) = self.links.get(&link.id)
            && let Some(links) = self.by_root.get_mut(&(self.root(before.record), before.kind))
        {
            links.remove(&link.id);
        }
        self.by_root.entry((self.root(link.record), link.kind)).or_default().insert(link.id);
        self.index(&link);
        self.links.insert(link.id, link);
    }

    fn index(&mut self, link: &Link) {
        let Some(external_id) = &link.external_id else { return };
        let subject = RemoteRef { kind: link.kind, external_id: external_id.clone() };
        self.by_subject.insert(subject, link.id);
        let alive = matches!(link.life, LinkLife::Live | LinkLife::Suspect(_));
        if let (Some(slot), true) = (&link.slot, alive) {
            self.by_slot.insert((link.kind, slot.clone()), link.id);
        }
    }

    fn record_of(&self, link: &Link) -> Option<&Record> {
        self.records.get(self.roots.get(&link.record)?)
    }

    /// The record whose hub id the observed one carries. A copy that somebody made of a counterpart carries the id too,
    /// and is somebody else.
    fn claimed(&self, observation: &Observation) -> Option<&Record> {
        let root = self.roots.get(&observation.hub_id?)?;
        let is_there = |link: &Link| matches!(link.life, LinkLife::Live | LinkLife::Suspect(_));
        let is_copy = self.links_of(*root, observation.subject.kind).any(is_there);
        self.records.get(root).filter(|_| !is_copy)
    }

    /// The link of the record that the observed one was merged into.
    fn survivor(&self, observation: &Observation) -> Option<&Link> {
        let Shape::MergedInto(id) = &observation.shape else { return None };
        self.link(&RemoteRef { kind: observation.subject.kind, external_id: id.clone() })
    }

    fn slot_holder(&self, observation: &Observation) -> Option<&Link> {
        let slot = observation.slot.clone()?;
        let holder = self.links.get(self.by_slot.get(&(observation.subject.kind, slot))?)?;
        let alive = matches!(holder.life, LinkLife::Live | LinkLife::Suspect(_));
        (alive && holder.external_id.as_ref() != Some(&observation.subject.external_id)).then_some(holder)
    }
}

/// The subjects of the observations and what they were merged into.
fn subjects(observations: &[Observation]) -> Vec<RemoteRef> {
    let mut found = BTreeSet::new();
    for observation in observations {
        found.insert(observation.subject.clone());
        if let Shape::MergedInto(survivor) = &observation.shape {
            found.insert(RemoteRef { kind: observation.subject.kind, external_id: survivor.clone() });
        }
    }
    found.into_iter().collect()
}
