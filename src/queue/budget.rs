//! The rate budget of one system, shared by everything that calls it.
//!
//! A sliding window: at most `calls` starts in any `per`, with a share that only lane 0 may use, so that a
//! cancellation never waits behind a backfill. A window is not used up at once, since who comes then would wait for as
//! long as it is: after a burst, calls are as far apart as the limit has them. Of calls that wait, those of the most
//! urgent lane go first, but nobody waits for ever. It also keeps the pause that the system itself asked for.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

use super::pace::Pace;
use super::progress;
use crate::model::{Lane, RateLimit};

/// How long a call that could start lets a more urgent one go first, before it looks again.
const COURTESY: Duration = Duration::from_millis(5);

/// The part of a window's calls that may start at once.
const BURSTS: u32 = 8;

/// Whoever has waited for this part of a window is as urgent as any.
const PATIENCE: u32 = 4;

/// The budget of one system.
#[derive(Debug)]
pub struct Budget {
    limit: RateLimit,
    reserved: u32,
    state: Mutex<State>,
}

/// How a budget is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Calls that have begun in the current window.
    pub used: u32,
    /// Calls that a window allows.
    pub allowed: u32,
    /// How long a window is.
    pub per: Duration,
    /// Calls that wait for their turn.
    pub waiting: u32,
}

#[derive(Debug)]
struct State {
    /// When the calls of the current window began, oldest first.
    started: VecDeque<Instant>,
    pace: Pace,
    /// Nobody calls before.
    paused_until: Option<Instant>,
    /// Calls that wait for their turn, by lane.
    waiting: [u32; Lane::ALL.len()],
}

/// A call that waits, until it is dropped.
struct Waiting<'a> {
    budget: &'a Budget,
    lane: Lane,
}

impl<'a> Waiting<'a> {
    fn of(budget: &'a Budget, lane: Lane) -> Self {
        *budget.lock().waiting_in(lane) += 1;
        Self { budget, lane }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        *self.budget.lock().waiting_in(self.lane) -= 1;
    }
}

impl Budget {
    /// A budget of `limit`, of which `reserved_share` (0 to 1) is kept for lane 0. At least one call per window is
    /// left to the other lanes.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a u32, clamped to it"
    )]
    pub fn new(limit: RateLimit, reserved_share: f64) -> Self {
        let calls = limit.calls.max(1);
        let reserved = (f64::from(calls) * reserved_share.clamp(0.0, 1.0)) as u32;
        let limit = RateLimit { calls, per: limit.per };
        let state = State {
            started: VecDeque::new(),
            pace: Pace::new(apart(limit)),
            paused_until: None,
            waiting: [0; Lane::ALL.len()],
        };
        Self { limit, reserved: reserved.min(calls - 1), state: Mutex::new(state) }
    }

    /// Waits until a call of `lane` may start, and counts it.
    pub async fn take(&self, lane: Lane) {
        self.wait(lane, |lane, now| self.try_take(lane, now)).await;
        progress::beat();
    }

    /// Waits until a call of `lane` could start, without counting one: what comes meanwhile can go with it.
    pub async fn room(&self, lane: Lane) {
        self.wait(lane, |lane, now| self.look(&mut self.lock(), lane, now)).await;
    }

    async fn wait(&self, lane: Lane, attempt: impl Fn(Lane, Instant) -> Result<(), Instant>) {
        let began = Instant::now();
        let mut waiting = None;
        loop {
            let now = Instant::now();
            let is_patient = now - began < self.limit.per / PATIENCE;
            let Err(until) = attempt(if is_patient { lane } else { Lane::Status }, now) else { return };
            waiting.get_or_insert_with(|| Waiting::of(self, lane));
            progress::rest(sleep_until(until)).await;
        }
    }

    /// Counts calls that have been made already.
    pub fn charge(&self, calls: u32) {
        self.lock().count(calls, Instant::now());
    }

    /// Obeys the system's wish: no lane calls before `wait` has passed.
    pub fn pause(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut state = self.lock();
        state.paused_until = Some(state.paused_until.map_or(until, |earlier| earlier.max(until)));
    }

    /// How many calls lane 2 could start now.
    pub fn remaining(&self) -> u32 {
        let mut state = self.lock();
        state.forget(Instant::now(), self.limit.per);
        let used = u32::try_from(state.started.len()).unwrap_or(u32::MAX);
        (self.limit.calls - self.reserved).saturating_sub(used)
    }

    /// How it is used now.
    pub fn usage(&self) -> Usage {
        let mut state = self.lock();
        state.forget(Instant::now(), self.limit.per);
        let used = u32::try_from(state.started.len()).unwrap_or(u32::MAX);
        Usage { used, allowed: self.limit.calls, per: self.limit.per, waiting: state.waiting.iter().sum() }
    }

    /// Starts a call, or says when to try again.
    fn try_take(&self, lane: Lane, now: Instant) -> Result<(), Instant> {
        let mut state = self.lock();
        self.look(&mut state, lane, now)?;
        state.count(1, now);
        Ok(())
    }

    /// Whether a call could start, or when to look again.
    fn look(&self, state: &mut State, lane: Lane, now: Instant) -> Result<(), Instant> {
        if let Some(until) = state.paused_until.filter(|until| *until > now) {
            return Err(until);
        }
        state.forget(now, self.limit.per);
        let whole = match lane {
            Lane::Status => self.limit.calls,
            Lane::Arrival | Lane::Live | Lane::Backfill | Lane::Audit => self.limit.calls - self.reserved,
        };
        // The call that has to leave the window before this lane has room again.
        let blocking = state.started.len().checked_sub(whole as usize);
        if let Some(started) = blocking.and_then(|place| state.started.get(place)) {
            return Err(*started + self.limit.per);
        }
        if let Some(until) = state.pace.wait(whole.div_ceil(BURSTS), now) {
            return Err(until);
        }
        if state.is_awaited_before(lane) { Err(now + COURTESY) } else { Ok(()) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // The state is consistent after every statement, so a panic elsewhere cannot have spoilt it.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// How far apart calls are that come after a burst: the burst and they are no more than a window has.
fn apart(RateLimit { calls, per }: RateLimit) -> Duration {
    per / (calls - calls.div_ceil(BURSTS)).max(1)
}

impl State {
    fn count(&mut self, calls: u32, now: Instant) {
        self.started.extend(std::iter::repeat_n(now, calls as usize));
        self.pace.count(calls, now);
    }

    fn forget(&mut self, now: Instant, per: Duration) {
        while self.started.front().is_some_and(|started| *started + per <= now) {
            self.started.pop_front();
        }
    }

    fn waiting_in(&mut self, lane: Lane) -> &mut u32 {
        &mut self.waiting[lane as usize]
    }

    /// Whether a call of a more urgent lane waits.
    fn is_awaited_before(&self, lane: Lane) -> bool {
        self.waiting[..lane as usize].iter().any(|n_calls| *n_calls > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(calls: u32) -> Budget {
        Budget::new(RateLimit { calls, per: Duration::from_secs(10) }, 0.25)
    }

    /// How many calls of `lane` start in a time if one is tried every millisecond.
    fn started(budget: &Budget, lane: Lane, from: Instant, millis: u64) -> usize {
        let moments = (0..millis).map(|millis| from + Duration::from_millis(millis));
        moments.filter(|now| budget.try_take(lane, *now).is_ok()).count()
    }

    #[test]
    fn a_share_of_the_window_is_left_to_lane_zero() {
        let (budget, start) = (budget(80), Instant::now());
        assert_eq!(started(&budget, Lane::Backfill, start, 9_000), 60);
        assert_eq!(started(&budget, Lane::Status, start + Duration::from_secs(9), 900), 16);
    }

    #[test]
    fn a_burst_leaves_room_for_whoever_comes_next() {
        let (budget, now) = (budget(80), Instant::now());
        let burst = |lane| (0..80).filter(|_| budget.try_take(lane, now).is_ok()).count();
        assert_eq!([burst(Lane::Audit), burst(Lane::Status)], [8, 2]);
        let until = budget.try_take(Lane::Status, now).expect_err("the burst is used up");
        assert_eq!(until, now + apart(budget.limit));
        assert_eq!(budget.try_take(Lane::Status, until), Ok(()));
    }

    #[tokio::test]
    async fn nobody_waits_for_ever_behind_what_is_more_urgent() {
        let budget = Budget::new(RateLimit { calls: 80, per: Duration::from_millis(80) }, 0.25);
        let _urgent = Waiting::of(&budget, Lane::Status);
        let began = Instant::now();
        budget.take(Lane::Audit).await;
        assert!(began.elapsed() >= Duration::from_millis(20), "it was not the first");
    }

    #[test]
    fn whoever_waits_in_a_more_urgent_lane_goes_first() {
        let (budget, now) = (budget(80), Instant::now());
        let waits = Waiting::of(&budget, Lane::Live);
        assert_eq!(budget.try_take(Lane::Audit, now), Err(now + COURTESY));
        assert_eq!(budget.try_take(Lane::Backfill, now), Err(now + COURTESY));
        for lane in [Lane::Live, Lane::Arrival, Lane::Status] {
            assert_eq!(budget.try_take(lane, now), Ok(()));
        }
        drop(waits);
        assert_eq!(budget.try_take(Lane::Audit, now), Ok(()));
    }

    #[test]
    fn no_window_ever_holds_more_than_the_limit() {
        let (budget, start) = (budget(5), Instant::now());
        let mut now = start;
        let mut taken = Vec::new();
        while taken.len() < 40 {
            match budget.try_take(Lane::Status, now) {
                Ok(()) => taken.push(now),
                Err(until) => {
                    assert!(until > now, "a wait must lead somewhere");
                    now = until;
                }
            }
        }
        for window in taken.windows(6) {
            assert!(window[5] - window[0] >= Duration::from_secs(10));
        }
    }

    #[test]
    fn calls_made_already_keep_later_ones_waiting() {
        let budget = budget(5);
        assert!(budget.try_take(Lane::Status, Instant::now()).is_ok());
        budget.charge(7);
        let refused =
            budget.try_take(Lane::Status, Instant::now()).expect_err("the window is more than full");
        assert!(refused > Instant::now() + Duration::from_secs(9));
        assert_eq!((budget.usage().used, budget.remaining()), (8, 0));
    }

    #[test]
    fn the_system_s_own_wish_stops_every_lane() {
        let budget = budget(5);
        budget.pause(Duration::from_secs(30));
        let refused = budget.try_take(Lane::Status, Instant::now()).expect_err("paused");
        assert!(refused > Instant::now() + Duration::from_secs(29));
    }

    #[tokio::test]
    async fn usage_tells_calls_that_have_begun_and_calls_that_wait() {
        let budget = budget(1);
        budget.take(Lane::Live).await;
        {
            let late = budget.take(Lane::Live);
            let given_up = tokio::time::timeout(Duration::from_millis(5), async {
                tokio::join!(late, async { assert_eq!(budget.usage().waiting, 1) })
            });
            assert!(given_up.await.is_err(), "there is no call left");
        }
        let usage = Usage { used: 1, allowed: 1, per: Duration::from_secs(10), waiting: 0 };
        assert_eq!(budget.usage(), usage, "whoever gives up waits no longer");
    }

    #[test]
    fn a_budget_of_one_call_still_serves_every_lane() {
        assert!(budget(1).try_take(Lane::Audit, Instant::now()).is_ok());
    }
}
