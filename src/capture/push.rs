//! Pushed requests: verified before anything is believed, and answered only after the hints are durable.

use super::poll::read_mark;
use crate::connectors::{Hint, PushError, PushRequest};
use crate::hub::{Hub, System};
use crate::model::{Lane, RecordKind, SystemClass};
use crate::store::{Commit, StoreError};

/// Why a pushed request was not taken.
#[derive(Debug, thiserror::Error)]
pub enum RefusedPush {
    /// It is not what it says it is, or cannot be read.
    #[error(transparent)]
    Push(#[from] PushError),
    /// The hints could not be kept: the sender has to send them again.
    #[error("could not keep the hints")]
    Store(#[from] StoreError),
}

/// Takes the hints of a pushed request in, and says how many there were. Nothing is read from the system here.
///
/// # Errors
/// [`RefusedPush`]: nothing was kept.
pub async fn accept(hub: &Hub, system: &System, request: &PushRequest<'_>) -> Result<usize, RefusedPush> {
    let hints = system.connector.push_in(request)?;
    let n_hints = hints.len();
    let now = hub.clock.now();
    let is_hotel = hub.rules.class(&system.id) == Some(SystemClass::Pms);
    // What happens to a reservation at the hotel may be a cancellation: nobody knows before it is read.
    let lane = |hint: &Hint| {
        if is_hotel && hint.subject.kind == RecordKind::Reservation { Lane::Status } else { Lane::Live }
    };
    let marks = hints.into_iter().map(|hint| (lane(&hint), hint));
    let reads = marks.map(|(lane, hint)| read_mark(system, hint, lane, now)).collect();
    hub.store.commit(Commit { now, reads, ..Commit::default() }).await?;
    Ok(n_hints)
}
