//! Readmits counterparts that were quarantined because their system had given an id to somebody else: once the one
//! who held it is known to be gone, whoever shows under it is a new record.

use smol_str::SmolStr;

use super::known::WorkingSet;
use crate::clock::new_id;
use crate::hub::{Hub, System};
use crate::model::journal::{Entry, Event};
use crate::model::review::{ReviewKind, ReviewState};
use crate::model::{
    Lane, Link, LinkLife, ObservationId, Record, RecordId, RecordKind, RemoteRef, Review, Role, Word,
};
use crate::store::{Commit, ReadMark, ReviewFilter, StoreError};

/// Reviews of one system that are looked through for the question that has answered itself.
const REVIEWS: u32 = 1_000;

/// Gives every quarantined counterpart that waits for one of the freed slots a record of its own, and has it read.
pub(super) async fn readmit(
    hub: &Hub,
    system: &System,
    freed: &[(RecordKind, SmolStr)],
    working: &mut WorkingSet,
    commit: &mut Commit,
) -> Result<(), StoreError> {
    for (kind, slot) in freed {
        for linked in hub.store.links_by_slot(&system.id, *kind, &[slot.as_str()]).await? {
            if linked.link.life == LinkLife::Quarantined {
                settle(hub, system, &linked.link, commit).await?;
                admit(system, linked.link, working, commit);
            }
        }
    }
    Ok(())
}

/// The counterpart begins anew, as somebody the hub has never met.
fn admit(system: &System, link: Link, working: &mut WorkingSet, commit: &mut Commit) {
    let record = Record::new(RecordId::new(new_id()), link.kind);
    let Some(external_id) = link.external_id.clone() else { return };
    commit.journal.push(Entry {
        id: ObservationId::new(new_id()),
        at: commit.now,
        system: Some(system.id.clone()),
        record: Some(record.id),
        link: Some(link.id),
        event: Event::LinkLife { external_id: Some(external_id.clone()), life: LinkLife::Live },
    });
    commit.reads.push(ReadMark {
        system: system.id.clone(),
        subject: RemoteRef { kind: link.kind, external_id: external_id.clone() },
        lane: Lane::Live,
        not_before: commit.now,
        said: Word::Changed,
    });
    let fresh = Link::new(link.id, record.id, link.system.clone(), link.kind, external_id);
    working.put_link(Link {
        version: link.version,
        epoch: link.epoch,
        slot: link.slot,
        role: Role::Primary,
        ..fresh
    });
    working.put_record(record);
}

async fn settle(hub: &Hub, system: &System, link: &Link, commit: &mut Commit) -> Result<(), StoreError> {
    let filter = ReviewFilter {
        systems: Some(vec![system.id.clone()]),
        kind: Some("quarantine"),
        ..ReviewFilter::default()
    };
    for review in hub.store.open_reviews(&filter, REVIEWS).await? {
        let about = matches!(
            &review.kind,
            ReviewKind::Quarantine { external_id, .. } if Some(external_id) == link.external_id.as_ref()
        );
        if about {
            commit.reviews.push(Review { state: ReviewState::Settled { at: commit.now }, ..review });
        }
    }
    Ok(())
}
