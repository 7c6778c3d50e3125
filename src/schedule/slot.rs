//! Slots: the moments at which a job is due, and the rule that missed ones never pile up.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use std::fmt;
use std::time::Duration;

use super::{Cron, TriggerError, span};

/// A stored slot further in the future than this was written by a clock that was wrong.
const WRONG_CLOCK: TimeDelta = TimeDelta::days(1);

/// How far back the latest slot is looked for, shortest first, so that a frequent job is found in few steps.
const LOOK_BACK_DAYS: [i64; 5] = [1, 8, 32, 367, 5 * 366];

/// When a job runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// So long after the last slot, by elapsed time: no zone, no clock changes.
    Every(Duration),
    /// At the times of a cron expression, on the property's clock.
    Cron(Cron),
}

impl Trigger {
    /// Reads `every 15s` or a cron expression of five fields.
    ///
    /// # Errors
    /// [`TriggerError`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TriggerError> {
        match text.trim().strip_prefix("every ") {
            Some(interval) => Ok(Self::Every(span::parse(interval)?)),
            None => Ok(Self::Cron(Cron::parse(text)?)),
        }
    }

    /// The first slot after `after`; `None` past the end of the calendar.
    pub fn next(&self, zone: Tz, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Every(interval) => after.checked_add_signed(delta(*interval)),
            Self::Cron(cron) => cron.next(zone, after),
        }
    }

    /// The slot that is due at `now` when `last` is the slot that ran last, or `None` when nothing is due.
    ///
    /// However many slots were missed, the answer is one: the latest. The caller stores it once the run has begun, so
    /// a restart neither repeats nor forgets it. A job that never ran is due. A `last` far in the future was written
    /// by a clock that was wrong, and counts as never.
    pub fn due_slot(
        &self,
        zone: Tz,
        last: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let last = last.filter(|last| *last <= now + WRONG_CLOCK);
        match (self, last) {
            (Self::Every(_), None) => Some(now),
            (Self::Every(interval), Some(last)) => latest_multiple(last, *interval, now),
            (Self::Cron(cron), None) => latest_slot(cron, zone, now),
            (Self::Cron(cron), Some(last)) => {
                cron.next(zone, last).filter(|next| *next <= now)?;
                latest_slot(cron, zone, now)
            }
        }
    }
}

/// The latest instant not after `now` that lies a whole number of intervals, at least one, after `last`.
fn latest_multiple(last: DateTime<Utc>, interval: Duration, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let interval_ms = delta(interval).num_milliseconds().max(1);
    let passed = (now - last).num_milliseconds() / interval_ms;
    (passed >= 1).then(|| last + TimeDelta::milliseconds(passed * interval_ms))
}

/// The latest slot of `cron` not after `now`; `None` when there was none in years.
fn latest_slot(cron: &Cron, zone: Tz, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let not_after = |from: DateTime<Utc>| cron.next(zone, from).filter(|slot| *slot <= now);
    let windows =
        [TimeDelta::minutes(10), TimeDelta::hours(2)].into_iter().chain(LOOK_BACK_DAYS.map(TimeDelta::days));
    let first = windows.into_iter().find_map(|window| not_after(now - window))?;
    std::iter::successors(Some(first), |slot| not_after(*slot)).last()
}

/// As a signed difference; longer than the calendar is clamped.
fn delta(span: Duration) -> TimeDelta {
    TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX)
}

impl fmt::Display for Trigger {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(interval) => write!(out, "every {}", span::print(*interval)),
            Self::Cron(cron) => cron.fmt(out),
        }
    }
}
