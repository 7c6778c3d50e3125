//! How work on claimed marks begins, how its leases are kept, and how it ends.
//!
//! A lease runs out only over a worker that is gone: one that works renews it. So a lease that ran out counts as a try,
//! and a record over which the worker dies every time is parked in the end like one that is refused every time.

use chrono::{DateTime, TimeDelta, Utc};
use smol_str::SmolStr;
use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

use super::retry::RetrySettings;
use crate::store::{End, Finished, Lease, Queue, Store};

/// A mark the work on which was cut off so often is worked on alone: should it be the one that the worker dies over,
/// then it takes nobody with it.
const SUSPECT: u32 = 2;

/// Freshly claimed marks, sorted.
#[derive(Debug)]
pub struct Sorted<T> {
    /// Those to work on now.
    pub work: Vec<Lease<T>>,
    /// The others: given up, because too many leases on them ran out, or handed back untouched, because one that is
    /// suspect has to be alone.
    pub ended: Vec<Finished>,
}

/// Sorts what was claimed at once.
pub fn sort<T>(leases: Vec<Lease<T>>, queue: Queue, settings: &RetrySettings) -> Sorted<T> {
    let (lost, mut work): (Vec<_>, Vec<_>) =
        leases.into_iter().partition(|lease| lease.cut_off && settings.give_up(lease.attempts));
    let reason = SmolStr::new_static("the work on it was cut off every time");
    let mut ended: Vec<Finished> =
        lost.iter().map(|lease| lease.finish(queue, End::Parked { reason: reason.clone() })).collect();
    if let Some(suspect) = work.iter().position(|lease| lease.cut_off && lease.attempts >= SUSPECT) {
        let alone = work.swap_remove(suspect);
        ended.extend(work.iter().map(|lease| lease.finish(queue, End::Released)));
        work = vec![alone];
    }
    Sorted { work, ended }
}

/// Marks that were claimed together.
#[derive(Debug)]
pub struct Claim {
    queue: Queue,
    token: Uuid,
    marks: Vec<i64>,
    at: DateTime<Utc>,
    lease: Duration,
}

impl Claim {
    /// The claim of these leases, made at an instant for so long.
    pub fn of<T>(
        queue: Queue,
        token: Uuid,
        (at, lease): (DateTime<Utc>, Duration),
        leases: &[Lease<T>],
    ) -> Self {
        Self { queue, token, marks: leases.iter().map(|lease| lease.mark_id).collect(), at, lease }
    }
}

/// Does some work on marks of a claim that has just been made, and keeps their leases from running out meanwhile: a
/// slow system, or one that asked for a pause, is no reason to give the work to somebody else.
pub async fn keeping<T>(store: &Store, claim: Claim, work: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let renewing = async {
        loop {
            tokio::time::sleep(claim.lease / 3).await;
            let until = TimeDelta::from_std(began.elapsed() + claim.lease).unwrap_or_default();
            // The work itself will say what is wrong with the store.
            let _ = store.renew(claim.queue, claim.token, &claim.marks, claim.at + until).await;
        }
    };
    let never: Infallible = tokio::select! {
        done = work => return done,
        never = renewing => never,
    };
    match never {}
}

impl<T> Lease<T> {
    /// Ends the work on the mark.
    pub fn finish(&self, queue: Queue, end: End) -> Finished {
        Finished { queue, mark_id: self.mark_id, token: self.token, touched: self.touched, end }
    }
}

/// A try has failed: another one after a wait, or parked when there were enough of them.
///
/// `wait` is what the system itself asked for. The jitter comes from the lease's token, so that two marks that
/// failed together do not come back together.
pub fn after_failure<T>(
    settings: &RetrySettings,
    lease: &Lease<T>,
    wait: Option<Duration>,
    now: DateTime<Utc>,
    reason: SmolStr,
) -> End {
    let attempt = lease.attempts + 1;
    if settings.give_up(attempt) {
        return End::Parked { reason };
    }
    let jitter = fraction(lease.token.as_u64_pair(), lease.mark_id);
    let wait = settings.delay(attempt, jitter, wait);
    let not_before = now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX / 2);
    End::Again { not_before, failed: true, reason }
}

/// A number from 0 to 1 out of the random bits of a token and the mark's number.
fn fraction((high, low): (u64, u64), mark_id: i64) -> f64 {
    let mixed = (high ^ low ^ mark_id.unsigned_abs()).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    f64::from(u32::try_from(mixed >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: RetrySettings =
        RetrySettings { base: Duration::from_secs(2), longest: Duration::from_mins(15), max_attempts: 5 };

    /// What becomes of marks that were cut off so often, or failed so often for another reason where the number is
    /// negative: those that are worked on, given up and handed back.
    #[track_caller]
    fn check(tries: &[i32], work: &[i64], parked: &[i64], released: &[i64]) {
        let lease = |(mark_id, tries): (i64, &i32)| Lease {
            mark_id,
            token: Uuid::nil(),
            touched: 1,
            attempts: tries.unsigned_abs(),
            cut_off: *tries > 0,
            mark: (),
        };
        let sorted = sort((0..).zip(tries).map(lease).collect(), Queue::Due, &SETTINGS);
        let worked: Vec<i64> = sorted.work.iter().map(|lease| lease.mark_id).collect();
        let (given_up, back): (Vec<_>, Vec<_>) =
            sorted.ended.iter().partition(|ended| matches!(ended.end, End::Parked { .. }));
        let mut back: Vec<i64> = back.iter().map(|ended| ended.mark_id).collect();
        back.sort_unstable();
        let given_up: Vec<i64> = given_up.iter().map(|ended| ended.mark_id).collect();
        assert_eq!((worked.as_slice(), given_up.as_slice(), back.as_slice()), (work, parked, released));
    }

    #[test]
    fn marks_that_were_not_cut_off_twice_are_worked_on_together() {
        check(&[], &[], &[], &[]);
        check(&[0, 1, 0, -4, -9], &[0, 1, 2, 3, 4], &[], &[]);
    }

    #[test]
    fn suspect_is_alone() {
        check(&[0, 2, -3, 3], &[1], &[], &[0, 2, 3]);
        check(&[4], &[0], &[], &[]);
    }

    #[test]
    fn mark_that_is_cut_off_every_time_is_given_up() {
        check(&[0, 5, -7], &[0, 2], &[1], &[]);
        check(&[6, 2, 0], &[1], &[0], &[2]);
    }
}
