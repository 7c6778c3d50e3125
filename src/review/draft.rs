//! The transaction of a decision, as it grows.

use super::conflict::{Chosen, Settlement};
use super::decide::Decision;
use super::error::ReviewError;
use super::merge::Wish;
use crate::clock::new_id;
use crate::hub::{Hub, System};
use crate::model::journal::{Entry, Event};
use crate::model::review::{ReviewState, Task};
use crate::model::{
    ExternalId, Lane, Link, LinkLife, ObservationId, OperatorId, Record, RecordId, RecordKind, RemoteRef,
    Review, ReviewKind, Role, SystemId, Word, keys,
};
use crate::reconcile::{Answer, can_merge};
use crate::store::{Commit, Due, ReadMark, StoreError};

/// The transaction of a decision, as it grows.
pub(super) struct Draft<'a> {
    pub(super) hub: &'a Hub,
    pub(super) entry: ObservationId,
    pub(super) commit: Commit,
    pub(super) by_hand: bool,
    pub(super) main: Option<RecordId>,
}

impl<'a> Draft<'a> {
    /// The end of the review and its line in the journal.
    pub(super) fn new(hub: &'a Hub, review: &Review, decision: &Decision, operator: &OperatorId) -> Self {
        let (now, entry) = (hub.clock.now(), ObservationId::new(new_id()));
        let (state, word) = match decision {
            Decision::Accept | Decision::Merge(_) => {
                (ReviewState::Accepted { by: operator.clone(), at: now, merge: None }, "accept".to_owned())
            }
            Decision::Settle(Settlement { value, pin }) => {
                let fixed = if *pin { ", for good" } else { "" };
                let word = format!("settle: {}{fixed}", value.told());
                (ReviewState::Accepted { by: operator.clone(), at: now, merge: None }, word)
            }
            Decision::Relate { relation } => (
                ReviewState::Accepted { by: operator.clone(), at: now, merge: None },
                format!("accept: {relation}"),
            ),
            Decision::Reject { reason } => (
                ReviewState::Rejected { by: operator.clone(), at: now, reason: reason.clone() },
                format!("reject: {reason}"),
            ),
        };
        let event = Event::Decided {
            review: Some(review.id),
            operator: operator.as_str().into(),
            decision: word.into(),
        };
        let line = Entry {
            id: entry,
            at: now,
            system: review.system.clone(),
            record: review.record,
            link: None,
            event,
        };
        let commit = Commit {
            now,
            journal: vec![line],
            reviews: vec![Review { state, ..review.clone() }],
            ..Commit::default()
        };
        Self { hub, entry, commit, by_hand: false, main: None }
    }

    /// What follows from the decision. `merged` is set once the system has been asked to merge: a decision that has to be
    /// computed anew does not ask again.
    pub(super) async fn fill(
        &mut self,
        review: &Review,
        decision: &Decision,
        operator: &OperatorId,
        merged: &mut Option<bool>,
    ) -> Result<(), ReviewError> {
        let accept = match decision {
            Decision::Accept => true,
            Decision::Reject { .. } => false,
            Decision::Settle(settlement) => return self.conflict(review, settlement, operator).await,
            Decision::Merge(_) if review.kind.cluster().is_some() => true,
            Decision::Merge(_) => return Err(ReviewError::NotDuplicates(review.id)),
            Decision::Relate { .. } if matches!(review.kind, ReviewKind::Household(_)) => true,
            Decision::Relate { .. } => return Err(ReviewError::NotHousehold(review.id)),
        };
        match &review.kind {
            ReviewKind::Conflict { .. } => {
                let system = review.system.as_ref().filter(|_| accept);
                let value = system.map_or(Chosen::Hub, |system| Chosen::System(system.clone()));
                self.conflict(review, &Settlement { value, pin: false }, operator).await
            }
            ReviewKind::Quarantine { external_id, .. } => self.quarantine(review, external_id, accept).await,
            ReviewKind::Duplicates(cluster) | ReviewKind::Household(cluster) => match decision {
                Decision::Accept => self.make_one(review, cluster, &Wish::default()).await,
                Decision::Merge(wish) => self.make_one(review, cluster, wish).await,
                Decision::Relate { relation } => self.relate(cluster, relation, operator).await,
                Decision::Reject { reason } => self.keep_apart(cluster, operator, reason).await,
                Decision::Settle(_) => Err(ReviewError::NotConflict(review.id)),
            },
            ReviewKind::Proposal { main, .. } if accept => self.proposal(review, *main, merged).await,
            ReviewKind::Work { task } if accept => {
                self.look(review, task);
                Ok(())
            }
            // The next cycle of the system looks for holds that were let through.
            ReviewKind::Hold { .. } | ReviewKind::Proposal { .. } | ReviewKind::Work { .. } => Ok(()),
        }
    }

    /// The staff says that it is done: the system shows whether it is.
    fn look(&mut self, review: &Review, task: &Task) {
        let (Task::Merge { of, keep, lose, .. } | Task::Unmerge { of, keep, lose }) = task;
        for id in [keep, lose] {
            self.read(review.system.as_ref(), *of, id);
        }
    }

    /// What follows from an answer about a record.
    pub(super) fn follow(&mut self, record: &Record, answer: Answer) {
        let due = |(system, lane)| Due {
            record: record.id,
            system,
            lane,
            rank: record.kind.rank(),
            not_before: self.commit.now,
        };
        self.commit.due = answer.due.into_iter().map(due).collect();
        self.commit.records.extend(answer.record);
        self.commit.links = answer.links;
    }

    /// Somebody else: the counterpart gets a record of its own. The same one: it is believed again, and what it shows
    /// is judged like any other change.
    async fn quarantine(
        &mut self,
        review: &Review,
        external_id: &ExternalId,
        is_somebody_else: bool,
    ) -> Result<(), ReviewError> {
        let Some((record, links)) = load(self.hub, review.record).await? else { return Ok(()) };
        let here =
            |link: &&Link| Some(&link.system) == review.system.as_ref() && link.life == LinkLife::Quarantined;
        let Some(link) =
            links.iter().filter(here).find(|link| link.external_id.as_ref() == Some(external_id))
        else {
            return Ok(());
        };
        let link = if is_somebody_else {
            let own = Record::new(RecordId::new(new_id()), link.kind);
            let fresh = Link::new(link.id, own.id, link.system.clone(), link.kind, external_id.clone());
            self.commit.records.push(own);
            Link { version: link.version, epoch: link.epoch, slot: link.slot.clone(), ..fresh }
        } else {
            let is_taken = links
                .iter()
                .any(|other| other.system == link.system && other.kind == record.kind && other.is_writable());
            let role = if is_taken { Role::Secondary } else { Role::Primary };
            let mut known = Link { life: LinkLife::Live, role, ..link.clone() };
            // It takes all three of name, birth date and addresses to be suspicious. Without a shadow the addresses
            // are put beside those that are known, and the other two are changes like any other.
            known.shadow.0.remove(&keys::EMAILS);
            known
        };
        self.read(review.system.as_ref(), link.kind, external_id);
        self.commit.links.push(link);
        Ok(())
    }

    /// Asks the system to merge what is one record in the hub, where it can be asked.
    async fn proposal(
        &mut self,
        review: &Review,
        main: RecordId,
        merged: &mut Option<bool>,
    ) -> Result<(), ReviewError> {
        let system = review.system.as_ref().and_then(|id| self.hub.systems.get(id));
        let system = system.ok_or(ReviewError::NoSystem(review.id))?;
        let Some((record, links)) = load(self.hub, Some(main)).await? else { return Ok(()) };
        let (keep, lose) = sides(&links, &system.id, record.kind);
        let can_merge = can_merge(&self.hub.rules, &system.id);
        self.by_hand = !can_merge;
        if let (Some(keep), true, None) = (keep.first(), can_merge, *merged) {
            ask(system, record.kind, keep, &lose).await?;
            *merged = Some(true);
        }
        for id in keep.iter().chain(&lose) {
            self.read(Some(&system.id), record.kind, id);
        }
        Ok(())
    }

    fn read(&mut self, system: Option<&SystemId>, kind: RecordKind, id: &ExternalId) {
        let mark = |system: &SystemId| ReadMark {
            system: system.clone(),
            subject: RemoteRef { kind, external_id: id.clone() },
            lane: Lane::Live,
            not_before: self.commit.now,
            said: Word::Changed,
        };
        self.commit.reads.extend(system.map(mark));
    }
}

/// The record, aliases followed, with all its links.
pub(super) async fn load(
    hub: &Hub,
    record: Option<RecordId>,
) -> Result<Option<(Record, Vec<Link>)>, StoreError> {
    let Some(record) = record else { return Ok(None) };
    let Some(root) = hub.store.roots(&[record]).await?.remove(&record) else { return Ok(None) };
    let Some(record) = hub.store.records(&[root]).await?.into_iter().next() else { return Ok(None) };
    let links = hub.store.links_of(&[root], None).await?;
    Ok(Some((record, links.into_iter().map(|linked| linked.link).collect())))
}

/// The counterparts of a record that a system has several of: the one that stays and those that would go.
pub(super) fn sides(
    links: &[Link],
    system: &SystemId,
    kind: RecordKind,
) -> (Vec<ExternalId>, Vec<ExternalId>) {
    let is_there = |link: &&Link| {
        link.system == *system
            && link.kind == kind
            && matches!(link.life, LinkLife::Live | LinkLife::Suspect(_))
    };
    let ids = |role: Role| {
        let of_role = links.iter().filter(is_there).filter(move |link| link.role == role);
        of_role.filter_map(|link| link.external_id.clone()).collect()
    };
    (ids(Role::Primary), ids(Role::Secondary))
}

/// Asks a system to merge its records.
async fn ask(
    system: &System,
    kind: RecordKind,
    keep: &ExternalId,
    lose: &[ExternalId],
) -> Result<(), ReviewError> {
    for lose in lose {
        system.turn(Lane::Live).await;
        system.connector.merge(kind, keep, lose).await.map_err(ReviewError::Merge)?;
    }
    Ok(())
}
