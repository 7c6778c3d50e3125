//! The way in: what systems show becomes observations, and observations become the hub's cells, shadows and marks.
//!
//! [`door::take`] is the only way in, for polls, sweeps, pushed hints, read-backs and imports alike. Capture never
//! writes to a system.

pub mod cycle;
mod dates;
pub mod door;
mod holds;
mod known;
pub mod merges;
pub mod poll;
pub mod push;
mod quarantine;
pub mod reads;
pub mod stays;
pub mod sweep;

use crate::connectors::ConnectorError;
use crate::model::RecordKind;
use crate::model::review::HoldReason;
use crate::store::StoreError;

/// Why a piece of capture ended early. What was taken before is kept.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The system did not answer as it should.
    #[error("could not read from the system")]
    Connector(#[from] ConnectorError),
    /// The hub's own memory failed.
    #[error("could not use the store")]
    Store(#[from] StoreError),
    /// The cycle would have done too much at once; it waits for an operator.
    #[error("the {kind} stream is held: {why:?}")]
    Held {
        /// The kind of record.
        kind: RecordKind,
        /// What it would have done.
        why: HoldReason,
    },
}
