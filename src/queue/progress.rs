//! Proof of life: a counter that moves only when a piece of work has really been done or looked for.

use std::sync::atomic::{AtomicU64, Ordering};

/// A counter of rounds.
#[derive(Debug, Default)]
pub struct Progress(AtomicU64);

impl Progress {
    /// A round was done.
    pub fn tick(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many rounds were done.
    pub fn rounds(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
