//! What the door of one system remembers of the requests that are pushed to it: how many may come, which of them have been
//! taken, and when the last was. All of it is bounded, and only a request that was verified leaves a trace.

use chrono::{DateTime, Utc};
use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use xxhash_rust::xxh3::xxh3_128;

use super::pace::Pace;
use super::together::Together;

/// So many seconds' worth of requests may come at once.
const BURST_SECONDS: u32 = 5;
/// The hints of how many requests are kept in one transaction: as many as there may be connections.
const TOGETHER: usize = 256;
/// How many requests are remembered: an older one that comes again costs a read of what it names.
const REMEMBERED: usize = 20_000;
/// How long a request is remembered: longer than signatures are good for.
const MEMORY: Duration = Duration::from_mins(15);

/// How a system's pushed requests are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PushSettings {
    /// How many requests a second it may send for long; a burst may be five times that. At least 1.
    pub per_second: u32,
    /// After how long without a request it counts as silent; `None`: it never does.
    pub silence: Option<Duration>,
}

/// The door of one system.
#[derive(Debug)]
pub struct Pushes {
    /// How many requests may come at once.
    burst: u32,
    state: Mutex<State>,
    /// Where hints are kept.
    pub hints: Together,
}

#[derive(Debug)]
struct State {
    pace: Pace,
    taken: Taken,
    last: Option<DateTime<Utc>>,
}

/// What was taken.
#[derive(Debug, Default)]
struct Taken {
    /// The hashes of the stamps of what was taken, and the same with when, oldest first.
    known: HashSet<u128>,
    in_order: VecDeque<(Instant, u128)>,
}

impl Pushes {
    /// A door that nobody has come to.
    pub fn new(settings: PushSettings) -> Self {
        let per_second = settings.per_second.max(1);
        let pace = Pace::new(Duration::from_secs(1) / per_second);
        let state = Mutex::new(State { pace, taken: Taken::default(), last: None });
        Self { burst: per_second * BURST_SECONDS, state, hints: Together::new(TOGETHER) }
    }

    /// Counts a request that has come.
    ///
    /// # Errors
    /// There are too many: how long to wait.
    pub fn admit(&self) -> Result<(), Duration> {
        self.admit_at(Instant::now())
    }

    fn admit_at(&self, now: Instant) -> Result<(), Duration> {
        let mut state = self.lock();
        if let Some(until) = state.pace.wait(self.burst, now) {
            return Err(until - now);
        }
        state.pace.count(1, now);
        Ok(())
    }

    /// Takes a request out of the count that was not what it said: whoever forges must not use up the share of the system.
    pub fn give_back(&self) {
        self.lock().pace.give_back();
    }

    /// Whether a request with this stamp was taken not long ago.
    pub fn has_taken(&self, stamp: &str) -> bool {
        let mut state = self.lock();
        state.taken.forget(Instant::now());
        state.taken.known.contains(&xxh3_128(stamp.as_bytes()))
    }

    /// Remembers a request whose hints are durable; without a stamp only that there was one.
    pub fn took(&self, stamp: Option<&str>, now: DateTime<Utc>) {
        let mut state = self.lock();
        state.last = state.last.max(Some(now));
        if let Some(stamp) = stamp {
            state.taken.remember(xxh3_128(stamp.as_bytes()), Instant::now());
        }
    }

    /// When the last request was taken since the start.
    pub fn last(&self) -> Option<DateTime<Utc>> {
        self.lock().last
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is consistent after every statement, so a panic elsewhere cannot have spoilt it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn remember(&mut self, hash: u128, now: Instant) {
        self.forget(now);
        if self.known.insert(hash) {
            self.in_order.push_back((now, hash));
        }
    }

    fn forget(&mut self, now: Instant) {
        while let Some((at, hash)) = self.in_order.front().copied() {
            if self.in_order.len() <= REMEMBERED && at + MEMORY > now {
                return;
            }
            self.in_order.pop_front();
            self.known.remove(&hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(per_second: u32) -> Pushes {
        Pushes::new(PushSettings { per_second, silence: None })
    }

    #[test]
    fn a_burst_is_let_in_and_then_what_the_limit_allows() {
        let (door, start) = (door(200), Instant::now());
        let n_let_in = |second: f64, n: usize| {
            let now = start + Duration::from_secs_f64(second);
            (0..n).filter(|_| door.admit_at(now).is_ok()).count()
        };
        assert_eq!(n_let_in(0.0, 2_000), 1_000);
        assert_eq!(n_let_in(1.0, 2_000), 200);
        assert_eq!(n_let_in(60.0, 2_000), 1_000, "a rest saves up one burst and no more");
        let wait = door.admit_at(start + Duration::from_mins(1)).expect_err("there are too many");
        assert_eq!(wait, Duration::from_millis(5));
        assert!(door.admit_at(start + Duration::from_mins(1) + wait).is_ok(), "the wait leads somewhere");
    }

    #[test]
    fn what_is_given_back_leaves_room_for_others() {
        let (door, now) = (door(1), Instant::now());
        for _ in 0..100 {
            assert!(door.admit_at(now).is_ok());
            door.give_back();
        }
        assert_eq!((0..100).filter(|_| door.admit_at(now).is_ok()).count(), 5);
    }

    #[test]
    fn the_last_request_is_the_latest() {
        let (door, at) = (door(1), |second| DateTime::from_timestamp(second, 0).expect("an instant"));
        assert_eq!(door.last(), None);
        door.took(None, at(5));
        door.took(Some("a"), at(3));
        assert_eq!(door.last(), Some(at(5)));
        assert!(door.has_taken("a") && !door.has_taken("b"));
    }

    #[test]
    fn memory_of_what_was_taken_is_bounded_in_number_and_in_time() {
        let (mut taken, start) = (Taken::default(), Instant::now());
        for hash in 0..=REMEMBERED as u128 {
            taken.remember(hash, start);
            taken.remember(hash, start);
        }
        taken.forget(start);
        assert_eq!((taken.known.len(), taken.in_order.len()), (REMEMBERED, REMEMBERED));
        assert!(!taken.known.contains(&0) && taken.known.contains(&1), "the oldest goes");
        taken.forget(start + MEMORY);
        assert_eq!((taken.known.len(), taken.in_order.len()), (0, 0));
    }
}
