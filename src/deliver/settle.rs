//! Finds out before writing: writes whose outcome is not known, creates that may have happened, and systems that
//! cannot refuse a write that rests on an old state.

use std::collections::BTreeSet;

use super::load::Situation;
use super::{DeliverError, Planning, uncounted};
use crate::capture::reads::read_now;
use crate::hub::{Hub, System};
use crate::model::{Action, Guard, Lane, Link, LinkLife, RecordId, RecordKind, RemoteRef};
use crate::store::{Due, Lease};

/// Reads every counterpart whose last write has no known outcome, and looks for those that may have been created.
/// Says whether anything was looked at, so that the caller loads the situation anew.
pub(super) async fn unsettled(
    hub: &Hub,
    system: &System,
    situation: &Situation,
    leases: &[&Lease<Due>],
) -> Result<bool, DeliverError> {
    let roots: BTreeSet<RecordId> = leases.iter().map(|lease| situation.root(lease.mark.record)).collect();
    let open: Vec<&Link> =
        roots.iter().flat_map(|root| situation.links(*root)).filter(|link| link.sent.is_some()).collect();
    if open.is_empty() {
        return Ok(false);
    }
    let mut refs: Vec<RemoteRef> = open.iter().filter_map(|link| remote(link)).collect();
    for kind in RecordKind::ALL {
        let creating = |link: &&&Link| link.life == LinkLife::Creating && link.kind == kind;
        let ids: Vec<RecordId> = open.iter().filter(creating).map(|link| link.record).collect();
        if !ids.is_empty() {
            system.turn(lane(leases)).await;
            let found = system.connector.find(kind, &ids).await?;
            refs.extend(found.into_iter().map(|(_, external_id)| RemoteRef { kind, external_id }));
        }
    }
    if !refs.is_empty() {
        read_now(hub, system, &refs, lane(leases), &mut uncounted()).await?;
    }
    Ok(true)
}

/// Reads what is about to be written where the system itself cannot refuse a stale write. Says whether it read.
pub(super) async fn compare_first(
    hub: &Hub,
    system: &System,
    situation: &Situation,
    writes: &[Planning<'_>],
) -> Result<bool, DeliverError> {
    if system.capabilities.guard != Guard::ReadCompare {
        return Ok(false);
    }
    let updates: Vec<RemoteRef> = writes
        .iter()
        .filter(|planning| matches!(planning.op.action, Action::Update(_)))
        .filter_map(|planning| situation.link_for(planning.record, &planning.op.action).and_then(remote))
        .collect();
    if updates.is_empty() {
        return Ok(false);
    }
    let lane = writes.iter().map(|planning| planning.lease.mark.lane).min().unwrap_or(Lane::Audit);
    read_now(hub, system, &updates, lane, &mut uncounted()).await?;
    Ok(true)
}

fn remote(link: &Link) -> Option<RemoteRef> {
    let external_id = link.external_id.clone()?;
    Some(RemoteRef { kind: link.kind, external_id })
}

fn lane(leases: &[&Lease<Due>]) -> Lane {
    leases.iter().map(|lease| lease.mark.lane).min().unwrap_or(Lane::Audit)
}
