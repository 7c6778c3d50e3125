//! Follows merges that were made at a system: the loser's record becomes an alias of the survivor's.

use std::collections::BTreeSet;

use super::known::WorkingSet;
use crate::clock::new_id;
use crate::hub::{Hub, System};
use crate::model::ids::{LinkId, ReviewId};
use crate::model::journal::{Entry, Event};
use crate::model::review::{ReviewKind, ReviewState};
use crate::model::{Lane, Link, LinkLife, Observation, ObservationId, RecordId, RemoteRef, Review, Shape};
use crate::reconcile::{Merged, merge, yielding};
use crate::store::{Commit, Due, StoreError};

/// Follows each merge (main, other) of a batch within the batch's own commit: the other becomes an alias. Where
/// another system holds both, the same merge is proposed there.
pub(super) async fn follow(
    hub: &Hub,
    system: &System,
    joined: &[(RecordId, RecordId)],
    working: &mut WorkingSet,
    commit: &mut Commit,
) -> Result<(), StoreError> {
    for (main, other) in joined {
        let (main, other) = (working.root(*main), working.root(*other));
        if main != other {
            join(hub, system, main, other, working, commit).await?;
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

/// Both are known: one record becomes an alias of the other.
async fn join(
    hub: &Hub,
    system: &System,
    keeping: RecordId,
    losing: RecordId,
    working: &mut WorkingSet,
    commit: &mut Commit,
) -> Result<(), StoreError> {
    let (Some(main), Some(other)) = (working.record(keeping), working.record(losing)) else { return Ok(()) };
    let observation = ObservationId::new(new_id());
    let Merged { main, other, event, .. } = match merge(&hub.rules, main, other, &[], None) {
        Ok(merged) => merged,
        Err(refused) => {
            tracing::warn!(system.id = %system.id, record.id = %losing, reason = %refused, "a merge seen at a system cannot be followed");
            return Ok(());
        }
    };
    commit.journal.push(Entry {
        id: observation,
        at: commit.now,
        system: Some(system.id.clone()),
        record: Some(keeping),
        link: None,
        event,
    });
    let rank = main.kind.rank();
    working.put_record(main);
    working.put_record(other);
    working.redirect(losing, keeping);
    commit.due.extend(hub.rules.systems.keys().map(|system| Due {
        record: keeping,
        system: system.clone(),
        lane: Lane::Live,
        rank,
        not_before: commit.now,
    }));
    settle_roles(hub, keeping, losing, working, commit).await
}

/// Leaves one primary link per system, and proposes the merge where a system now holds two.
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
    let mut systems = BTreeSet::new();
    for link in yielding(&links, &|link| losing_links.contains(&link.id)) {
        if matches!(link.life, LinkLife::Live | LinkLife::Suspect(_)) {
            systems.insert(link.system.clone());
        }
        working.put_link(link);
    }
    for system in systems {
        let review = Review {
            id: ReviewId::new(new_id()),
            record: Some(keeping),
            system,
            kind: ReviewKind::Proposal { main: keeping, others: vec![losing] },
            opened_at: commit.now,
            state: ReviewState::Open,
        };
        commit.journal.push(Entry {
            id: ObservationId::new(new_id()),
            at: commit.now,
            system: Some(review.system.clone()),
            record: Some(keeping),
            link: None,
            event: Event::ReviewOpened { review: review.id },
        });
        commit.reviews.push(review);
    }
    Ok(())
}
