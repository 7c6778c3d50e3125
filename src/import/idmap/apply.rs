//! What a map of ids means for the hub: the records of the new system are those of the old one, whose links step back.
//!
//! A record that the new system has not shown yet is linked to what the hub has already, so that nothing is there twice.
//! One that it has shown is another record by now: persons and firms are made one, reservations become two legs of one
//! chain, of which the new system's is the active one. Applying a map twice changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::Pair;
use crate::capture::merges;
use crate::clock::new_id;
use crate::hub::{Hub, System};
use crate::model::ids::LinkId;
use crate::model::journal::{Entry, Event};
use crate::model::{
    ExternalId, Lane, Link, LinkLife, ObservationId, OperatorId, RecordId, RecordKind, RemoteRef, Role,
    SystemId,
};
use crate::reconcile::succeed;
use crate::store::{Commit, Due, Linked, Races, StoreError};

/// How many pairs are looked at together.
const BATCH: usize = 200;

/// What became of a map.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapped {
    /// New ids that stand for what the hub has already.
    pub linked: u64,
    /// Persons and firms that had been two and are one now.
    pub joined: u64,
    /// Reservations that had been two and are legs of one chain now.
    pub chained: u64,
    /// Pairs that were known.
    pub known: u64,
    /// Pairs that could not be followed.
    pub refused: Vec<Refused>,
}

impl Mapped {
    fn add(&mut self, other: Self) {
        let Self { linked, joined, chained, known, refused } = other;
        self.linked += linked;
        self.joined += joined;
        self.chained += chained;
        self.known += known;
        self.refused.extend(refused);
    }
}

/// A pair that could not be followed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Refused {
    /// Its line in the file.
    pub line: usize,
    /// Why.
    pub why: String,
}

/// Follows the pairs; without somebody who says so, it only tells what would become of them and stores nothing.
///
/// # Errors
/// The store did not answer; what was followed before is kept, and another run goes on.
pub async fn apply(
    hub: &Hub,
    new: &System,
    old: &SystemId,
    pairs: &[Pair],
    by: Option<&OperatorId>,
) -> Result<Mapped, StoreError> {
    let (mut mapped, mut taken) = (Mapped::default(), Taken::new());
    for batch in pairs.chunks(BATCH) {
        link(hub, new, old, batch, by, (&mut mapped, &mut taken)).await?;
    }
    Ok(mapped)
}

/// Which record has which counterpart at the new system.
type Taken = BTreeMap<(RecordId, RecordKind), ExternalId>;

/// Links what is new, and makes one of what is known twice.
async fn link(
    hub: &Hub,
    new: &System,
    old: &SystemId,
    pairs: &[Pair],
    by: Option<&OperatorId>,
    (mapped, taken): (&mut Mapped, &mut Taken),
) -> Result<(), StoreError> {
    let mut races = Races::of("a map of ids that lost every race");
    loop {
        let known = Known::load(hub, new, old, pairs).await?;
        let mut draft = Draft::behind(taken);
        for pair in pairs {
            draft.add(new, pair, &known);
        }
        let Draft { told, taken: taken_now, links, twice, .. } = draft;
        let commit = Commit { now: hub.clock.now(), links, ..Commit::default() };
        if !races.are_won(store(hub, new, by, commit).await)? {
            continue;
        }
        mapped.add(told);
        taken.extend(taken_now);
        for (pair, former, successor) in twice {
            make_one(hub, new, by, pair, (former, successor), mapped).await?;
        }
        return Ok(());
    }
}

/// Stores what an operator's map means, with his name.
async fn store(
    hub: &Hub,
    new: &System,
    by: Option<&OperatorId>,
    mut commit: Commit,
) -> Result<(), StoreError> {
    let Some(by) = by.filter(|_| !commit.is_empty()) else { return Ok(()) };
    let (id, at) = (ObservationId::new(new_id()), commit.now);
    commit.journal.push(Entry::decided(id, at, Some(new.id.clone()), by, "follow the map of ids"));
    for link in &commit.links {
        let event = Event::LinkLife { external_id: link.external_id.clone(), life: link.life.clone() };
        commit.journal.push(Entry {
            id: ObservationId::new(new_id()),
            at: commit.now,
            system: Some(link.system.clone()),
            record: Some(link.record),
            link: Some(link.id),
            event,
        });
    }
    hub.store.commit(commit).await
}

/// The links of some pairs.
struct Known {
    old: BTreeMap<RemoteRef, Linked>,
    new: BTreeMap<RemoteRef, Linked>,
    taken: Taken,
}

impl Known {
    async fn load(hub: &Hub, new: &System, old: &SystemId, pairs: &[Pair]) -> Result<Self, StoreError> {
        let of = |id: fn(&Pair) -> &ExternalId| -> Vec<RemoteRef> {
            let subject = |pair: &Pair| RemoteRef { kind: pair.kind, external_id: id(pair).clone() };
            pairs.iter().map(subject).collect()
        };
        let old = by_subject(hub.store.links(old, &of(|pair| &pair.old)).await?);
        let roots: BTreeSet<RecordId> = old.values().map(|linked| linked.root).collect();
        let roots: Vec<RecordId> = roots.into_iter().collect();
        let mut taken = Taken::new();
        for Linked { link, root } in hub.store.links_of(&roots, Some(&new.id)).await? {
            if let Some(external_id) = link.external_id.clone().filter(|_| link.holds_place()) {
                taken.insert((root, link.kind), external_id);
            }
        }
        Ok(Self { old, new: by_subject(hub.store.links(&new.id, &of(|pair| &pair.new)).await?), taken })
    }
}

fn by_subject(links: Vec<Linked>) -> BTreeMap<RemoteRef, Linked> {
    let subject = |linked: Linked| {
        let external_id = linked.link.external_id.clone()?;
        Some((RemoteRef { kind: linked.link.kind, external_id }, linked))
    };
    links.into_iter().filter_map(subject).collect()
}

/// What some pairs mean.
struct Draft<'p, 'b> {
    told: Mapped,
    /// What the batches before take: of what was only rehearsed, the store knows nothing.
    before: &'b Taken,
    taken: Taken,
    links: Vec<Link>,
    /// Pairs whose ids stand for two records: the old system's and the new one's.
    twice: Vec<(&'p Pair, RecordId, RecordId)>,
}

impl<'p, 'b> Draft<'p, 'b> {
    fn behind(before: &'b Taken) -> Self {
        let (taken, links, twice) = (Taken::new(), Vec::new(), Vec::new());
        Self { told: Mapped::default(), before, taken, links, twice }
    }

    fn add(&mut self, new: &System, pair: &'p Pair, known: &Known) {
        let subject = |id: &ExternalId| RemoteRef { kind: pair.kind, external_id: id.clone() };
        let Some(Linked { link: former, root }) = known.old.get(&subject(&pair.old)) else {
            return self.refuse(pair, "the hub does not know the old id");
        };
        if former.life == LinkLife::Erased {
            return self.refuse(pair, "what the old id stands for was erased");
        }
        match known.new.get(&subject(&pair.new)) {
            None => {
                let place = (*root, pair.kind);
                let taken = [&self.taken, &known.taken, self.before];
                let other = taken.into_iter().find_map(|taken| taken.get(&place));
                if let Some(other) = other {
                    let why = format!("the record is `{other}` at `{}` already", new.id);
                    return self.refuse(pair, &why);
                }
                self.taken.insert(place, pair.new.clone());
                let id = LinkId::new(new_id());
                self.links.push(Link::new(id, former.record, new.id.clone(), pair.kind, pair.new.clone()));
                self.step_back(former);
                self.told.linked += 1;
            }
            Some(successor) if successor.link.life == LinkLife::Erased => {
                self.refuse(pair, "what the new id stands for was erased");
            }
            Some(successor) if successor.root == *root => {
                self.step_back(former);
                self.told.known += 1;
            }
            Some(successor) => {
                self.step_back(former);
                self.twice.push((pair, *root, successor.root));
            }
        }
    }

    /// The old system does not speak for the record any more, and nothing but a refusal of consent goes there.
    fn step_back(&mut self, link: &Link) {
        if link.role == Role::Primary {
            self.links.push(Link { role: Role::Secondary, ..link.clone() });
        }
    }

    fn refuse(&mut self, pair: &Pair, why: &str) {
        self.told.refused.push(Refused { line: pair.line, why: why.to_owned() });
    }
}

/// Makes one of what the hub has come to know as two.
async fn make_one(
    hub: &Hub,
    new: &System,
    by: Option<&OperatorId>,
    pair: &Pair,
    (former, successor): (RecordId, RecordId),
    mapped: &mut Mapped,
) -> Result<(), StoreError> {
    let mut races = Races::of("a pair of ids that lost every race");
    loop {
        let mut commit = Commit { now: hub.clock.now(), ..Commit::default() };
        match pair.kind {
            RecordKind::Person | RecordKind::Company | RecordKind::Agency => {
                merges::make_one(hub, new, (former, successor), &mut commit).await?;
            }
            RecordKind::Reservation => chain(hub, new, (former, successor), &mut commit).await?,
            RecordKind::Membership | RecordKind::Certificate => {}
        }
        let is_done = !commit.is_empty();
        if races.are_won(store(hub, new, by, commit).await)? {
            count(pair, is_done, mapped);
            return Ok(());
        }
    }
}

fn count(pair: &Pair, is_done: bool, mapped: &mut Mapped) {
    match pair.kind {
        RecordKind::Person | RecordKind::Company | RecordKind::Agency if is_done => mapped.joined += 1,
        RecordKind::Reservation if is_done => mapped.chained += 1,
        RecordKind::Reservation => mapped.known += 1,
        RecordKind::Person | RecordKind::Company | RecordKind::Agency => mapped
            .refused
            .push(Refused { line: pair.line, why: "the two records cannot be made one".to_owned() }),
        RecordKind::Membership | RecordKind::Certificate => {
            let why = format!("the hub knows both, and a {} is not made one with another", pair.kind);
            mapped.refused.push(Refused { line: pair.line, why });
        }
    }
}

/// Makes two reservations the legs of one chain.
async fn chain(
    hub: &Hub,
    new: &System,
    (former, successor): (RecordId, RecordId),
    commit: &mut Commit,
) -> Result<(), StoreError> {
    let records = hub.store.records(&[former, successor]).await?;
    let of = |id: RecordId| records.iter().find(|record| record.id == id);
    let (Some(former), Some(successor)) = (of(former), of(successor)) else { return Ok(()) };
    let closed = Some(new.closed_business_date(commit.now));
    let entry = ObservationId::new(new_id());
    let Some(legs) = succeed(&hub.rules, former, successor, closed, entry, commit.now) else { return Ok(()) };
    for leg in legs {
        // A mail about the leg that steps back must not go out any more.
        commit.due.extend(hub.rules.systems.keys().map(|system| Due {
            record: leg.id,
            system: system.clone(),
            lane: Lane::Status,
            rank: leg.kind.rank(),
            not_before: commit.now,
        }));
        commit.records.push(leg);
    }
    Ok(())
}
