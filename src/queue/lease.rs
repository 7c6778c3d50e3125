//! How work on a claimed mark ends.

use chrono::{DateTime, TimeDelta, Utc};
use smol_str::SmolStr;
use std::time::Duration;

use super::retry::RetrySettings;
use crate::store::{End, Finished, Lease, Queue};

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
