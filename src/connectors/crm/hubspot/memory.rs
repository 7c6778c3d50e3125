//! The stamps that our own writes have left. The feed lists every write once more: such a row brings nothing that calls for
//! further reads, because the record was read before it was written.
//!
//! It is lost when the daemon stops, which costs reading what the echo is about once more.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, PoisonError};

use crate::model::RemoteRef;

/// How many writes are remembered for sure; at most twice as many are.
pub(super) const MOST: usize = 50_000;

/// What was written last, in two halves of one age each.
#[derive(Default)]
pub(super) struct Memory(Mutex<Halves>);

#[derive(Default)]
struct Halves {
    newer: HashMap<RemoteRef, i64>,
    older: HashMap<RemoteRef, i64>,
}

impl Memory {
    /// A write has left a record with this stamp.
    pub(super) fn note(&self, subject: RemoteRef, stamp: i64) {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if halves.newer.len() >= MOST {
            halves.older = mem::take(&mut halves.newer);
        }
        halves.newer.insert(subject, stamp);
    }

    /// Whether a record with this stamp is as our last write of it has left it.
    pub(super) fn is_own(&self, subject: &RemoteRef, stamp: i64) -> bool {
        let halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halves.newer.get(subject).or_else(|| halves.older.get(subject)) == Some(&stamp)
    }
}
