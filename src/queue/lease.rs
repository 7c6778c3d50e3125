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
    let jitter = fraction(lease.token.as_u128() ^ u128::from(lease.mark_id.unsigned_abs()));
    let wait = settings.delay(attempt, jitter, wait);
    let not_before = now + TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX / 2);
    End::Again { not_before, failed: true, reason }
}

/// A number from 0 to 1 out of random bits.
#[expect(clippy::cast_precision_loss, reason = "a jitter needs no more than 32 bits")]
fn fraction(bits: u128) -> f64 {
    let mixed = (bits as u64 ^ (bits >> 64) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 32) as f64 / f64::from(u32::MAX)
}
