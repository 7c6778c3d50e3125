//! Makes one of profiles that are probably one, or keeps them apart for ever.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::Draft;
use super::error::ReviewError;
use crate::clock::new_id;
use crate::model::ids::ReviewId;
use crate::model::journal::{Entry, Event};
use crate::model::review::{Apart, Band, Cluster, MadeOne, ReviewState};
use crate::model::{Element, Lane, Link, ObservationId, OperatorId, Record, RecordId, Review, ReviewKind};
use crate::reconcile::{MergeRefused, Pick, follow_ups, leaves_a_choice, merge_all, yielding};
use crate::store::{InUse, StoreError};

/// How profiles are to become one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// Which of them stays.
    pub main: Main,
    /// Whose values stay, where the rules would choose otherwise.
    pub picks: Vec<Pick>,
    /// Only these; empty for all of them.
    pub only: Vec<RecordId>,
}

/// Which profile stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Main {
    /// The one that the matcher suggests.
    #[default]
    Suggested,
    /// This one.
    Record(RecordId),
    /// A new one, of which all of them become aliases.
    New,
}

/// The records of a cluster, as they are today.
struct Members {
    /// Every record that somebody has named, and what it stands for.
    roots: BTreeMap<RecordId, RecordId>,
    /// What they stand for, in the order in which they are named, each once.
    in_order: Vec<RecordId>,
}

impl Members {
    fn root(&self, record: RecordId) -> Result<RecordId, ReviewError> {
        let root = self.roots.get(&record).filter(|root| self.in_order.contains(root));
        root.copied().ok_or(ReviewError::NotAMember(record))
    }
}

impl Draft<'_> {
    /// Makes one of the profiles: aliases, links, questions to the systems, everything in the decision's commit.
    pub(super) async fn make_one(
        &mut self,
        review: &Review,
        cluster: &Cluster,
        wish: &Wish,
    ) -> Result<(), ReviewError> {
        if cluster.band == Band::Household && wish.main == Main::Suggested {
            return Err(ReviewError::Household);
        }
        let members = self.members(cluster, wish).await?;
        let (main, others) = self.chosen(&members, cluster, wish).await?;
        let everyone: Vec<RecordId> = others.iter().map(|record| record.id).chain([main.id]).collect();
        let apart = self.hub.store.kept_apart(&everyone).await?;
        if let Some(pair) = apart.into_iter().find(|pair| pair.is_between(&everyone)) {
            return Err(ReviewError::KeptApart(Box::new(pair.apart)));
        }
        let hindrance = self.hub.store.in_use(&everyone).await?.map(|why| match why {
            InUse::FolioInHouse => MergeRefused::FolioInHouse,
            InUse::Certificate => MergeRefused::CertificateInUse,
        });
        let picks = self.picks(&members, cluster, wish)?;
        has_elements(&picks, &main, &others)?;
        let merged = merge_all(&self.hub.rules, &main, &others, &picks, hindrance)?;
        let is_new = wish.main == Main::New;
        let made = MadeOne { main: main.id, others: others.iter().map(|record| record.id).collect(), is_new };
        self.tell(&made, merged.events);
        self.settle_roles(&made, &everyone).await?;
        self.settle_others(review, &everyone).await?;
        self.commit.due_at(self.hub.rules.systems.keys(), (main.id, main.kind), Lane::Live);
        self.commit.records.push(merged.main);
        self.commit.records.extend(merged.others);
        self.commit.made_one = everyone;
        self.main = Some(main.id);
        for ended in self.commit.reviews.iter_mut().filter(|ended| ended.id == review.id) {
            if let ReviewState::Accepted { merge, .. } = &mut ended.state {
                *merge = Some(made.clone());
            }
        }
        Ok(())
    }

    /// Keeps every pair of the profiles apart.
    pub(super) async fn keep_apart(
        &mut self,
        cluster: &Cluster,
        operator: &OperatorId,
        reason: &str,
    ) -> Result<(), ReviewError> {
        let members: Vec<RecordId> = cluster.members().collect();
        let roots = self.hub.store.roots(&members).await?;
        let mut pairs = Apart::all(&members, operator, self.commit.now, reason);
        pairs.retain(|pair| roots.get(&pair.one) != roots.get(&pair.other));
        self.commit.apart = pairs;
        Ok(())
    }

    async fn members(&self, cluster: &Cluster, wish: &Wish) -> Result<Members, ReviewError> {
        let members: Vec<RecordId> = cluster.members().collect();
        let named = match wish.main {
            Main::Record(record) => Some(record),
            Main::Suggested | Main::New => None,
        };
        let picked = wish.picks.iter().map(|pick| pick.from);
        let all: Vec<RecordId> =
            members.iter().copied().chain(named).chain(picked).chain(wish.only.iter().copied()).collect();
        let roots = self.hub.store.roots(&all).await?;
        let of_members: BTreeSet<RecordId> = members.iter().filter_map(|id| roots.get(id).copied()).collect();
        let wanted: Vec<RecordId> =
            if wish.only.is_empty() { members } else { named.into_iter().chain(wish.only.clone()).collect() };
        let mut in_order = Vec::new();
        for record in wanted {
            let root = roots.get(&record).filter(|root| of_members.contains(root));
            let root = *root.ok_or(ReviewError::NotAMember(record))?;
            if !in_order.contains(&root) {
                in_order.push(root);
            }
        }
        Ok(Members { roots, in_order })
    }

    /// The record that stays and those that go into it.
    async fn chosen(
        &self,
        members: &Members,
        cluster: &Cluster,
        wish: &Wish,
    ) -> Result<(Record, Vec<Record>), ReviewError> {
        if members.in_order.len() < 2 {
            return Err(ReviewError::OneAlready);
        }
        let main = match wish.main {
            Main::Record(record) => Some(members.root(record)?),
            Main::Suggested => members.root(cluster.main).ok().or_else(|| members.in_order.first().copied()),
            Main::New => None,
        };
        let stored = self.hub.store.records(&members.in_order).await?;
        let mut stored: BTreeMap<RecordId, Record> =
            stored.into_iter().map(|record| (record.id, record)).collect();
        let fresh = || Record::new(RecordId::new(new_id()), cluster.of);
        let main = main.and_then(|main| stored.remove(&main)).unwrap_or_else(fresh);
        let others = members.in_order.iter().filter_map(|id| stored.remove(id)).collect();
        Ok((main, others))
    }

    fn picks(&self, members: &Members, cluster: &Cluster, wish: &Wish) -> Result<Vec<Pick>, ReviewError> {
        let rules = &self.hub.rules;
        let pick = |pick: &Pick| {
            let no_field = || ReviewError::NoField(pick.field.clone());
            let def = rules.registry.field(cluster.of, &pick.field).ok_or_else(no_field)?;
            if !leaves_a_choice(rules.field_rule(cluster.of, def).policy) {
                return Err(ReviewError::NoChoice(pick.field.clone()));
            }
            Ok(Pick { from: members.root(pick.from)?, ..pick.clone() })
        };
        wish.picks.iter().map(pick).collect()
    }

    /// The journal's word: the decision is about the record that stays, and each merge can be undone.
    fn tell(&mut self, made: &MadeOne, events: Vec<Event>) {
        for line in &mut self.commit.journal {
            line.record = Some(made.main);
        }
        let at = self.commit.now;
        let line = |event| {
            let id = ObservationId::new(new_id());
            Entry { id, at, system: None, record: Some(made.main), link: None, event }
        };
        self.commit.journal.extend(events.into_iter().map(line));
    }

    /// Leaves one primary link per system, and asks where a system holds several of the records.
    async fn settle_roles(&mut self, made: &MadeOne, everyone: &[RecordId]) -> Result<(), StoreError> {
        let linked = self.hub.store.links_of(everyone, None).await?;
        let of_main: BTreeSet<_> =
            linked.iter().filter(|one| one.root == made.main).map(|one| one.link.id).collect();
        let links: Vec<Link> = linked.into_iter().map(|one| one.link).collect();
        let yielded = yielding(&links, &|link| !of_main.contains(&link.id));
        for question in follow_ups(&self.hub.rules, made.main, &made.others, &links, &yielded) {
            self.by_hand |= matches!(question.kind, ReviewKind::Work { .. });
            let review = question.asked(ReviewId::new(new_id()), self.commit.now);
            self.commit.open(review, ObservationId::new(new_id()));
        }
        self.commit.links.extend(yielded);
        Ok(())
    }

    /// Ends the other proposals of the matcher that have nothing left to ask.
    async fn settle_others(&mut self, review: &Review, everyone: &[RecordId]) -> Result<(), StoreError> {
        let others = self.hub.store.open_clusters(everyone).await?;
        let members: Vec<RecordId> = others.iter().flat_map(members_of).collect();
        let roots = self.hub.store.roots(&members).await?;
        let is_answered = |other: &Review| {
            members_of(other).iter().all(|id| roots.get(id).is_some_and(|root| everyone.contains(root)))
        };
        let at = self.commit.now;
        let answered = others.into_iter().filter(|other| other.id != review.id && is_answered(other));
        let settled = answered.map(|other| Review { state: ReviewState::Settled { at }, ..other });
        self.commit.reviews.extend(settled);
        Ok(())
    }
}

/// Whether somebody has each element that is picked: a wrong letter must not become a choice that nobody sees fail.
fn has_elements(picks: &[Pick], main: &Record, others: &[Record]) -> Result<(), ReviewError> {
    let has = |pick: &Pick, element: &Element| {
        let mut cells = others.iter().chain([main]).filter_map(|record| record.elements(&pick.field));
        cells.any(|cells| cells.contains_key(element))
    };
    let is_nowhere = |pick: &&Pick| pick.element.as_ref().is_some_and(|element| !has(pick, element));
    match picks.iter().find(is_nowhere) {
        Some(pick) => Err(ReviewError::NoElement(pick.field.clone())),
        None => Ok(()),
    }
}

/// The profiles that the matcher asks about.
pub(super) fn members_of(review: &Review) -> Vec<RecordId> {
    review.kind.cluster().into_iter().flat_map(Cluster::members).collect()
}
