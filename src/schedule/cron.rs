//! A cron expression of five fields (minute, hour, day of month, month, day of week), right in every time zone.
//!
//! The `cron` crate parses the fields and walks a timeline of local civil time that is labelled UTC; the mapping of
//! that timeline to instants is done here. Asked directly for the next run in a zone, the crate is silent for over
//! an hour when clocks go back, yields runs out of order, and skips a daily job that falls into the hour that
//! clocks jump over.

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

use super::weekday;

/// A cron expression cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CronError {
    /// There are not five fields.
    #[error("`{0}` has not five fields: minute, hour, day of month, month, day of week")]
    FieldCount(String),
    /// A field cannot be read.
    #[error("`{text}` cannot be read: {why}")]
    Unreadable {
        /// The expression.
        text: String,
        /// What the parser says.
        why: String,
    },
    /// Day of month and day of week both restrict: some programs then mean either, others both.
    #[error("`{0}` restricts both the day of the month and the day of the week, which is ambiguous")]
    TwoDays(String),
    /// No date ever matches.
    #[error("`{0}` never runs")]
    Never(String),
}

/// How far back on the local timeline a run is looked for, and how far past the first find: more than any
/// daylight-saving change moves the clock. (Three islands once skipped a whole day; schedules live in the future.)
const WINDOW: TimeDelta = TimeDelta::hours(4);

/// A gap in local time is shorter than this many minutes.
const LONGEST_GAP_MINUTES: i64 = 25 * 60;

/// A cron expression.
#[derive(Clone)]
pub struct Cron {
    text: String,
    schedule: Box<cron::Schedule>,
    kind: Kind,
}

/// What a run means when the clock changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A job that runs every so many minutes or hours: by elapsed time, so also in the hour that comes twice,
    /// and not at all for the times that do not exist.
    Interval,
    /// A job at a fixed time: once a day, at the first of two, or right after the gap.
    FixedTime,
}

impl Cron {
    /// Reads an expression of five fields. Weekdays count from 0 or 7 (Sunday), or are named `MON`.
    ///
    /// # Errors
    /// [`CronError`] says what cannot be read or used.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(CronError::FieldCount(text.to_owned()));
        };
        let any = |field: &str| field == "*" || field == "?";
        if !any(day) && !any(weekday) {
            return Err(CronError::TwoDays(text.to_owned()));
        }
        let unreadable = |why: &str| CronError::Unreadable { text: text.to_owned(), why: why.to_owned() };
        let spelt =
            weekday::spell_out(weekday).ok_or_else(|| unreadable("the day of the week is not 0 to 7"))?;
        let schedule = cron::Schedule::from_str(&format!("0 {minute} {hour} {day} {month} {spelt}"))
            .map_err(|error| unreadable(error.to_string().trim()))?;
        let repeats = |field: &str| field.contains(['*', '/']);
        let kind = if repeats(minute) || repeats(hour) { Kind::Interval } else { Kind::FixedTime };
        if schedule.after(&DateTime::UNIX_EPOCH).next().is_none() {
            return Err(CronError::Never(text.to_owned()));
        }
        Ok(Self { text: fields.join(" "), schedule: Box::new(schedule), kind })
    }

    /// The first run after `after`, in a hotel whose clock is `zone`. `None` past the end of the calendar (2100).
    pub fn next(&self, zone: Tz, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let start = (after.with_timezone(&zone).naive_local() - WINDOW).and_utc();
        let mut best: Option<DateTime<Utc>> = None;
        let mut stop: Option<NaiveDateTime> = None;
        for civil in self.schedule.after(&start).map(|civil| civil.naive_utc()) {
            if stop.is_some_and(|stop| civil > stop) {
                break;
            }
            for instant in self.instants(zone, civil).into_iter().flatten() {
                if instant > after && best.is_none_or(|best| instant < best) {
                    best = Some(instant);
                    stop = Some(civil + WINDOW);
                }
            }
        }
        best
    }

    /// The instants at which a local time that matches the expression is a run: none, one or two.
    fn instants(&self, zone: Tz, civil: NaiveDateTime) -> [Option<DateTime<Utc>>; 2] {
        match (zone.from_local_datetime(&civil), self.kind) {
            (LocalResult::Single(only), Kind::Interval | Kind::FixedTime) => [Some(only.to_utc()), None],
            (LocalResult::Ambiguous(first, second), Kind::Interval) => {
                [Some(first.to_utc()), Some(second.to_utc())]
            }
            (LocalResult::Ambiguous(first, _), Kind::FixedTime) => [Some(first.to_utc()), None],
            (LocalResult::None, Kind::Interval) => [None, None],
            (LocalResult::None, Kind::FixedTime) => [end_of_gap(zone, civil), None],
        }
    }
}

/// The first instant after the gap in which `civil` would lie.
fn end_of_gap(zone: Tz, civil: NaiveDateTime) -> Option<DateTime<Utc>> {
    (1..=LONGEST_GAP_MINUTES)
        .find_map(|minutes| zone.from_local_datetime(&(civil + TimeDelta::minutes(minutes))).earliest())
        .map(|instant| instant.to_utc())
}

impl PartialEq for Cron {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Cron {}

impl fmt::Debug for Cron {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Cron").field(&self.text).finish()
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}
