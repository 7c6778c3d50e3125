//! The limits of calls: one in ten seconds for the app, and one a second for its searches. They are really counted.

use axum::http::{HeaderMap, HeaderValue};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::WINDOW;

/// The windows.
pub(crate) struct Budget {
    /// The calls in any ten seconds.
    pub(crate) most: usize,
    /// The searches in any second.
    pub(crate) most_searches: usize,
    /// The most calls that any ten seconds have seen.
    pub(crate) fullest: usize,
    /// How many calls were refused, of both sorts.
    pub(crate) n_refused: usize,
    calls: VecDeque<Instant>,
    searches: VecDeque<Instant>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            most: 190,
            most_searches: 5,
            fullest: 0,
            n_refused: 0,
            calls: VecDeque::new(),
            searches: VecDeque::new(),
        }
    }
}

impl Budget {
    /// Counts a call, or names the policy that refuses it.
    pub(super) fn spend(&mut self, is_search: bool) -> Result<(), &'static str> {
        let now = Instant::now();
        forget(&mut self.calls, now, WINDOW);
        forget(&mut self.searches, now, Duration::from_secs(1));
        let policy = if self.calls.len() >= self.most {
            "TEN_SECONDLY_ROLLING"
        } else if is_search && self.searches.len() >= self.most_searches {
            "SECONDLY"
        } else {
            self.calls.push_back(now);
            if is_search {
                self.searches.push_back(now);
            }
            self.fullest = self.fullest.max(self.calls.len());
            return Ok(());
        };
        self.n_refused += 1;
        Err(policy)
    }

    /// The headers of every answer but a search's.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        let left = self.most.saturating_sub(self.calls.len());
        for (name, value) in [
            ("x-hubspot-ratelimit-max", self.most),
            ("x-hubspot-ratelimit-remaining", left),
            ("x-hubspot-ratelimit-interval-milliseconds", 10_000),
        ] {
            headers.insert(name, HeaderValue::from(value));
        }
    }
}

fn forget(calls: &mut VecDeque<Instant>, now: Instant, window: Duration) {
    while calls.front().is_some_and(|at| now.duration_since(*at) >= window) {
        calls.pop_front();
    }
}
