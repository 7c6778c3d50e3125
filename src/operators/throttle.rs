//! How long somebody who does not know the password waits, by the name that he gives: pure.

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::Failures;

/// So many tries cost nothing: people mistype.
const FREE: u32 = 5;
/// The first wait; every further one is twice as long.
const FIRST: TimeDelta = TimeDelta::seconds(2);
/// The longest one.
const LONGEST: TimeDelta = TimeDelta::minutes(15);
/// After so long without a try everything is forgotten.
const FORGOTTEN: TimeDelta = TimeDelta::hours(24);

/// How long to wait before the next try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait(pub TimeDelta);

/// The wait that is left at `now`; `None`: a try is free.
pub(super) fn wait(failures: Option<Failures>, now: DateTime<Utc>) -> Option<Wait> {
    let Failures { count, last_at } = failures?;
    let since = now - last_at;
    if count < FREE || since >= FORGOTTEN {
        return None;
    }
    let doubled = FIRST.checked_mul(2_i32.saturating_pow(count - FREE)).unwrap_or(LONGEST);
    let left = doubled.clamp(FIRST, LONGEST) - since;
    (left > TimeDelta::zero()).then_some(Wait(left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(count: u32, seconds_ago: i64, left: Option<i64>) {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(9);
        let failures = Failures { count, last_at: now - TimeDelta::seconds(seconds_ago) };
        let found = wait(Some(failures), now).map(|wait| wait.0.num_seconds());
        assert_eq!(found, left, "{count} tries, {seconds_ago} s ago");
    }

    #[test]
    fn waits_grow_and_end() {
        check(4, 0, None);
        check(5, 0, Some(2));
        check(5, 2, None);
        check(8, 0, Some(16));
        check(14, 0, Some(900));
        check(36, 0, Some(900));
        check(u32::MAX, 0, Some(900));
        check(u32::MAX, 899, Some(1));
        check(u32::MAX, 24 * 3600, None);
    }
}
