//! The historical import: everything that a system remembers, taken in once, beside a daemon that goes on working.
//!
//! Rows become observations of origin `history` and enter by [`crate::capture::door`] like everything else: they may
//! create and fill, and never beat what was heard live. Nothing here knows what a row looks like: that is a
//! [`source::Source`]'s business. Nothing here writes to a system: what has to be sent is marked, and delivered by
//! whoever delivers.
//!
//! Where the code is: `run` takes a source in, `ahead` reads it one step ahead, `checkpoint` is where a run goes on,
//! `tally` counts, `diary` tells whoever looks on, `rejects` keeps the bad rows, `gate` holds the writes to a CRM back, `plan` rehearses without
//! storing anything, `rollback` takes a released import back, `control` compares totals, `idmap` follows a change of the
//! PMS, `systems` makes a source of a connector.

mod ahead;
mod checkpoint;
pub mod control;
mod diary;
pub mod gate;
pub mod idmap;
pub mod plan;
mod rejects;
pub mod rollback;
pub mod run;
pub mod source;
pub mod systems;
mod tally;

pub use tally::{FieldTally, Tally};

use std::path::PathBuf;

use crate::capture::CaptureError;
use crate::store::StoreError;
use source::SourceError;

/// Why an import ended early. What was taken before is kept, and the next run goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The source cannot be read any further.
    #[error("could not read the history")]
    Source(#[from] SourceError),
    /// The hub could not take a page in.
    #[error("could not take the history in")]
    Capture(#[from] CaptureError),
    /// The hub's own memory failed.
    #[error("could not use the store")]
    Store(#[from] StoreError),
    /// The task that stores broke down.
    #[error("could not store a page")]
    Storing(#[source] tokio::task::JoinError),
    /// The bad rows have nowhere to go.
    #[error("could not write the rejected rows to `{}`", path.display())]
    Rejects {
        /// Their file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// An earlier run's notes cannot be read: another version of cardex has made them.
    #[error("the notes of the interrupted import cannot be read: start it anew with `--restart`")]
    Checkpoint(#[source] serde_json::Error),
}
