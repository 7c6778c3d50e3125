//! Pushed requests: verified before anything is believed, and answered only after the hints are durable.

use super::poll::read_mark;
use crate::connectors::{Hint, PushError, PushRequest};
use crate::hub::{Hub, System};
use crate::model::{Lane, RecordKind, SystemClass, Word};
use crate::store::{ReadMark, StoreError};

/// No system has longer ids; the database of a hub cannot index much longer ones.
const LONGEST_ID_BYTES: usize = 512;

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

/// What became of a pushed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// So many hints are kept.
    Kept(usize),
    /// It was taken before: nothing was done, which its sender, who may have missed the answer, need not know.
    Before,
}

/// Takes the hints of a pushed request in, together with those of others that come at the same time. Nothing is read from
/// the system here.
///
/// # Errors
/// [`RefusedPush`]: nothing was kept.
pub async fn accept(hub: &Hub, system: &System, request: &PushRequest<'_>) -> Result<Taken, RefusedPush> {
    let mut hints = system.connector.push_in(request)?;
    let stamp = system.connector.push_stamp(request);
    if stamp.as_ref().is_some_and(|stamp| system.pushes.has_taken(stamp)) {
        return Ok(Taken::Before);
    }
    // A hint that the store refuses would come again and again, and others of the same message with it.
    hints.retain(can_be);
    let n_hints = hints.len();
    let now = hub.clock.now();
    if n_hints > 0 {
        let is_hotel = hub.rules.class(&system.id) == Some(SystemClass::Pms);
        let erased = system.connector.push_erased(request);
        let mark = |hint: Hint| {
            let lane = lane(is_hotel, hint.subject.kind);
            let is_erased = erased.contains(&hint.subject);
            let mark = read_mark(system, hint, lane, now);
            if is_erased { ReadMark { said: Word::Erased, ..mark } } else { mark }
        };
        let reads: Vec<ReadMark> = hints.into_iter().map(mark).collect();
        system.pushes.hints.keep(&hub.store, reads, now).await?;
    }
    // Not before: what could not be kept has to be taken when it is sent again.
    system.pushes.took(stamp.as_deref(), now);
    Ok(Taken::Kept(n_hints))
}

/// Whether there can be a record of this id.
fn can_be(hint: &Hint) -> bool {
    let id = hint.subject.external_id.as_str();
    (1..=LONGEST_ID_BYTES).contains(&id.len()) && !id.contains('\0')
}

/// What happens to a reservation at the hotel may be a cancellation: nobody knows before it is read.
fn lane(is_hotel: bool, kind: RecordKind) -> Lane {
    if is_hotel && kind == RecordKind::Reservation { Lane::Status } else { Lane::Live }
}
