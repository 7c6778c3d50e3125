//! Follows merges that were made at a system: the loser's record becomes an alias of the survivor's.

use std::collections::BTreeSet;

use super::known::WorkingSet;
use crate::clock::new_id;
use crate::hub::{Hub, System};
use crate::model::ids::{LinkId, ReviewId};
use crate::model::journal::Entry;
use crate::model::review::{ReviewState, Task};
use crate::model::{
    ExternalId, Lane, Link, Observation, ObservationId, RecordId, RemoteRef, Review, ReviewKind, Shape,
};
use crate::reconcile::{FollowUp, Merged, follow_ups, merge, yielding};
use crate::store::{Commit, StoreError};

/// A merge that a system has shown.
pub(super) struct Shown {
    /// The records that are one there: the main one and the other.
    pub(super) records: (RecordId, RecordId),
    /// What went.
    pub(super) lost: RemoteRef,
    /// What it went into.
    pub(super) into: ExternalId,
    /// It was not known before.
    pub(super) is_news: bool,
}

impl Shown {
    /// The merge that an observation shows, if it has made one of two records.
    pub(super) fn of(
        observation: &Observation,
        records: Option<(RecordId, RecordId)>,
        is_news: bool,
    ) -> Option<Self> {
        let Shape::MergedInto(into) = &observation.shape else { return None };
        Some(Self { records: records?, lost: observation.subject.clone(), into: into.clone(), is_news })
    }
}

/// Follows each merge of a batch within the batch's own commit: the other record becomes an alias. Where another system
/// holds both, the same merge is asked for there. What operators keep apart stays apart, and the system's staff is told.
pub(super) async fn follow(
    hub: &Hub,
    system: &System,
    shown: &[Shown],
    working: &mut WorkingSet,
    commit: &mut Commit,
) -> Result<(), StoreError> {
    for Shown { records: (main, other), lost, into, is_news } in shown {
        let (main, other) = (working.root(*main), working.root(*other));
        if main == other {
            continue;
        }
        let followed = join(hub, system, main, other, working, commit).await?;
        if followed == Followed::KeptApart && *is_news {
            let lose = lost.external_id.clone();
            let task = Task::Unmerge { of: lost.kind, keep: into.clone(), lose };
            let record = working.linked_record(lost).unwrap_or(other);
            let kind = ReviewKind::Work { task };
            let question = FollowUp { record, system: system.id.clone(), kind };
            commit.open(question.asked(ReviewId::new(new_id()), commit.now), ObservationId::new(new_id()));
        }
    }
    Ok(())
}

/// Makes one of two records that stand for the same, as an operator says: `other` becomes an alias of `main`. Nothing
/// is added to the commit where that cannot be.
///
/// # Errors
/// The store did not answer.
pub async fn make_one(
    hub: &Hub,
    system: &System,
    (main, other): (RecordId, RecordId),
    commit: &mut Commit,
) -> Result<(), StoreError> {
    let mut working = WorkingSet::default();
    for record in hub.store.records(&[main, other]).await? {
        working.put_record(record);
    }
    join(hub, system, main, other, &mut working, commit).await?;
    if commit.is_empty() {
        return Ok(());
    }
    let (records, links) = working.into_changes();
    commit.records.extend(records);
    commit.links.extend(links);
    Ok(())
}

/// The survivor of a merge is new to the hub: it is the loser's record under another id.
pub(super) fn relink(system: &System, observation: &Observation, working: &mut WorkingSet) {
    let Shape::MergedInto(survivor) = &observation.shape else { return };
    let kind = observation.subject.kind;
    let known = working.link(&RemoteRef { kind, external_id: survivor.clone() }).is_some();
    if let (false, Some(record)) = (known, working.record_behind(&observation.subject)) {
        let id = LinkId::new(new_id());
        working.put_link(Link::new(id, record, system.id.clone(), kind, survivor.clone()));
    }
}

/// Both are known: one record becomes an alias of the other, unless operators keep the two apart.
async fn join(
    hub: &Hub,
    system: &System,
    keeping: RecordId,
    losing: RecordId,
    working: &mut WorkingSet,
    commit: &mut Commit,
) -> Result<Followed, StoreError> {
    let (Some(main), Some(other)) = (working.record(keeping), working.record(losing)) else {
        return Ok(Followed::Yes);
    };
    let apart = hub.store.kept_apart(&[keeping, losing]).await?;
    if apart.iter().any(|pair| pair.is_between(&[keeping, losing])) {
        tracing::warn!(system.id = %system.id, record.id = %losing, "a merge seen at a system is not followed: the records are kept apart");
        return Ok(Followed::KeptApart);
    }
    let Merged { main, other, event, .. } = match merge(&hub.rules, main, other, &[], None) {
        Ok(merged) => merged,
        Err(refused) => {
            tracing::warn!(system.id = %system.id, record.id = %losing, reason = %refused, "a merge seen at a system cannot be followed");
            return Ok(Followed::Yes);
        }
    };
    commit.journal.push(Entry {
        id: ObservationId::new(new_id()),
        at: commit.now,
        system: Some(system.id.clone()),
        record: Some(keeping),
        link: None,
        event,
    });
    commit.due_at(hub.rules.systems.keys(), (keeping, main.kind), Lane::Live);
    working.put_record(main);
    working.put_record(other);
    working.redirect(losing, keeping);
    settle_roles(hub, keeping, losing, working, commit).await?;
    Ok(Followed::Yes)
}

/// Whether a merge was followed as far as it can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Followed {
    Yes,
    /// Operators keep the two apart.
    KeptApart,
}

/// Leaves one primary link per system, and asks for the merge where a system now holds two.
async fn settle_roles(
    hub: &Hub,
    keeping: RecordId,
    losing: RecordId,
    working: &mut WorkingSet,
    commit: &mut Commit,
) -> Result<(), StoreError> {
    let (mut links, mut losing_links) = (Vec::new(), BTreeSet::new());
    for linked in hub.store.links_of(&[keeping, losing], None).await? {
        if linked.root == losing {
            losing_links.insert(linked.link.id);
        }
        links.push(working.link_by_id(linked.link.id).cloned().unwrap_or(linked.link));
    }
    let yielded = yielding(&links, &|link| losing_links.contains(&link.id));
    for question in follow_ups(&hub.rules, keeping, &[losing], &links, &yielded) {
        let review = question.asked(ReviewId::new(new_id()), commit.now);
        commit.open(review, ObservationId::new(new_id()));
    }
    for link in yielded {
        working.put_link(link);
    }
    Ok(())
}

/// Ends the questions about records of `system` that have been made one there, by whoever it was.
pub(super) async fn settle(
    hub: &Hub,
    system: &System,
    working: &WorkingSet,
    commit: &mut Commit,
) -> Result<(), StoreError> {
    let ended: Vec<&Link> = working.changed_links().filter(|link| link.life.has_ended()).collect();
    if ended.is_empty() {
        return Ok(());
    }
    let roots: BTreeSet<RecordId> = ended.iter().map(|link| working.root(link.record)).collect();
    // A record that this very batch has made an alias is still a root to the store.
    let stored: Vec<RecordId> = roots.iter().copied().chain(ended.iter().map(|link| link.record)).collect();
    let links = hub.store.links_of(&stored, Some(&system.id)).await?.into_iter();
    let links: Vec<Link> =
        links.map(|one| working.link_by_id(one.link.id).cloned().unwrap_or(one.link)).collect();
    let about: BTreeSet<RecordId> = stored.into_iter().chain(links.iter().map(|link| link.record)).collect();
    for review in hub.store.reviews_about(&about.into_iter().collect::<Vec<_>>()).await? {
        if review.system.as_ref() == Some(&system.id) && is_answered(&review.kind, &ended, &links) {
            commit.reviews.push(Review { state: ReviewState::Settled { at: commit.now }, ..review });
        }
    }
    Ok(())
}

/// Whether what was asked for has been done.
fn is_answered(kind: &ReviewKind, ended: &[&Link], links: &[Link]) -> bool {
    let has_ended = |id: &ExternalId| ended.iter().any(|link| link.external_id.as_ref() == Some(id));
    match kind {
        ReviewKind::Work { task: Task::Merge { keep, lose, .. } } => has_ended(keep) || has_ended(lose),
        ReviewKind::Proposal { .. } => links.iter().filter(|link| !link.life.has_ended()).count() < 2,
        ReviewKind::Work { task: Task::Unmerge { .. } }
        | ReviewKind::Conflict { .. }
        | ReviewKind::Hold { .. }
        | ReviewKind::Quarantine { .. }
        | ReviewKind::Duplicates(_)
        | ReviewKind::Household(_) => false,
    }
}
