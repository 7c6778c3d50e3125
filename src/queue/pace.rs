//! Evenness: after a burst, what comes is as far apart as a limit has it.

use std::time::Duration;
use tokio::time::Instant;

/// How evenly something comes.
#[derive(Debug)]
pub(super) struct Pace {
    apart: Duration,
    /// When the next would come if all had been as far apart as they should.
    next: Option<Instant>,
}

impl Pace {
    /// Nothing has come yet; after a burst, two are `apart`.
    pub(super) const fn new(apart: Duration) -> Self {
        Self { apart, next: None }
    }

    /// When one more may come, should `burst` be allowed to come at once; `None`: now.
    pub(super) fn wait(&self, burst: u32, now: Instant) -> Option<Instant> {
        let ahead = self.apart * burst.saturating_sub(1);
        self.next.and_then(|next| next.checked_sub(ahead)).filter(|until| *until > now)
    }

    /// Counts `n` that come now.
    pub(super) fn count(&mut self, n: u32, now: Instant) {
        self.next = Some(self.next.map_or(now, |next| next.max(now)) + self.apart * n);
    }

    /// Takes one out of the count.
    pub(super) fn give_back(&mut self) {
        self.next = self.next.and_then(|next| next.checked_sub(self.apart));
    }
}
