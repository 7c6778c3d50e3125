//! Everything that planning a batch of marks needs, loaded with a constant number of statements.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

use crate::hub::{Hub, System};
use crate::model::{Action, Document, ExternalId, Link, LinkLife, Record, RecordId, RecordKind, RemoteRef};
use crate::reconcile::{Counterpart, resolve};
use crate::store::{Due, End, Lease, Linked, StoreError};

/// The records of a batch, their links at one system, and the counterparts of what they refer to.
pub(super) struct Situation {
    roots: BTreeMap<RecordId, RecordId>,
    records: BTreeMap<RecordId, Record>,
    links: BTreeMap<RecordId, Vec<Link>>,
    /// The record that each counterpart is linked to, aliases not followed.
    linked: BTreeMap<RemoteRef, RecordId>,
}

impl Situation {
    /// Loads the situation of the claimed marks at `system`.
    pub(super) async fn load(hub: &Hub, system: &System, leases: &[&Lease<Due>]) -> Result<Self, StoreError> {
        let marked: Vec<RecordId> = leases.iter().map(|lease| lease.mark.record).collect();
        Self::of(hub, system, &marked).await
    }

    /// Loads the situation of these records at `system`.
    pub(super) async fn of(hub: &Hub, system: &System, marked: &[RecordId]) -> Result<Self, StoreError> {
        let mut roots = hub.store.roots(marked).await?;
        let wanted: Vec<RecordId> = distinct(roots.values().copied());
        let records: BTreeMap<RecordId, Record> =
            hub.store.records(&wanted).await?.into_iter().map(|record| (record.id, record)).collect();
        let referred: Vec<RecordId> =
            distinct(records.values().flat_map(Record::references).map(|(_, id)| id));
        roots.extend(hub.store.roots(&referred).await?);
        let everyone: Vec<RecordId> = distinct(roots.values().copied());
        let (mut links, mut linked) = (BTreeMap::<RecordId, Vec<Link>>::new(), BTreeMap::new());
        for Linked { link, root } in hub.store.links_of(&everyone, Some(&system.id)).await? {
            if let Some(external_id) = link.external_id.clone() {
                linked.insert(RemoteRef { kind: link.kind, external_id }, link.record);
            }
            links.entry(root).or_default().push(link);
        }
        Ok(Self { roots, records, links, linked })
    }

    /// The live record at the end of a record's aliases.
    pub(super) fn root(&self, record: RecordId) -> RecordId {
        self.roots.get(&record).copied().unwrap_or(record)
    }

    /// A record of the batch.
    pub(super) fn record(&self, root: RecordId) -> Option<&Record> {
        self.records.get(&root)
    }

    /// The links of a record and its aliases at the system.
    pub(super) fn links(&self, root: RecordId) -> &[Link] {
        self.links.get(&root).map_or(&[], Vec::as_slice)
    }

    /// The link that a write goes through: that of the counterpart it changes, or the one that waits for its id.
    pub(super) fn link_for(&self, root: RecordId, action: &Action) -> Option<&Link> {
        let mut links = self.links(root).iter();
        match action {
            Action::Update(id) => links.find(|link| link.external_id.as_ref() == Some(id)),
            Action::Create => links.find(|link| link.life == LinkLife::Creating),
        }
    }

    /// Puts the hub's own ids in the place of the system's.
    pub(super) fn resolve(&self, hub: &Hub, kind: RecordKind, document: &mut Document) {
        let lookup =
            |kind, id: &ExternalId| self.linked.get(&RemoteRef { kind, external_id: id.clone() }).copied();
        resolve(&hub.rules.registry, kind, document, &lookup);
    }

    /// How the system knows a record that another one refers to; `from` is the other's kind, and whether it exists
    /// there.
    ///
    /// Records of one rank can refer to each other, so a create leaves out what is not delivered before it (a
    /// person is, before his reservation); the mark stays until the reference can be written.
    pub(super) fn counterpart(
        &self,
        hub: &Hub,
        system: &System,
        from: (RecordKind, bool),
        kind: RecordKind,
        record: RecordId,
    ) -> Counterpart {
        let links = self.links(self.root(record));
        let usable = |link: &&Link| link.kind.rank() == kind.rank() && link.is_writable();
        if let Some(id) = links.iter().find(usable).and_then(|link| link.external_id.clone()) {
            return Counterpart::At(id);
        }
        let (from, exists) = from;
        let in_time = exists || kind.rank() < from.rank();
        if in_time && self.will_exist(hub, system, kind, record) {
            Counterpart::Awaited
        } else {
            Counterpart::Never
        }
    }

    /// Whether the record refers to one that is not at the system yet and will be.
    pub(super) fn is_incomplete(&self, hub: &Hub, system: &System, record: &Record) -> bool {
        record.references().into_iter().any(|(kind, id)| {
            let there = self.links(self.root(id)).iter().any(Link::is_writable);
            !there && self.will_exist(hub, system, kind, id)
        })
    }

    fn will_exist(&self, hub: &Hub, system: &System, kind: RecordKind, record: RecordId) -> bool {
        let creates = hub.rules.systems.get(&system.id).is_some_and(|rules| rules.creates.contains(&kind));
        let given_up = self.links(self.root(record)).iter().any(|link| link.life != LinkLife::Creating);
        creates && !given_up
    }
}

/// The end of a mark that waits for another record.
pub(super) fn awaiting(lease: &Lease<Due>, now: DateTime<Utc>) -> End {
    let not_before = now + TimeDelta::seconds(1 << lease.attempts.min(5));
    End::Again { not_before, failed: true, reason: "waits for a record that it refers to".into() }
}

fn distinct(ids: impl Iterator<Item = RecordId>) -> Vec<RecordId> {
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}
