//! Calendar dates and points in time. A date never becomes a point in time without a zone.

use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

use super::{Unreadable, text};

/// In which order a system writes day, month and year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// 31/12/2026, 31.12.2026
    DayMonthYear,
    /// 12/31/2026
    MonthDayYear,
    /// 2026-12-31, 2026/12/31
    YearMonthDay,
}

/// Reads an ISO 8601 date, with or without a time behind it, which is dropped. `Ok(None)` for an empty text and for
/// the placeholders that systems write instead of nothing (`0000-00-00`, `1900-01-01`).
///
/// # Errors
/// [`Unreadable`] for anything else.
pub fn iso(written: &str) -> Result<Option<NaiveDate>, Unreadable> {
    let written = text::line(written);
    let day = written.split(['T', 't', ' ']).next().unwrap_or_default();
    if day.is_empty() && !written.is_empty() {
        return Err(NO_DATE);
    }
    if day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()) {
        let (year, rest) = day.split_at(4);
        let (month, day) = rest.split_at(2);
        return date(year, month, day);
    }
    parts(day, Order::YearMonthDay)
}

/// Reads a date whose parts come in `order`, separated by `/`, `-`, `.` or a space; the year has four digits.
/// Placeholders are nothing, as in [`iso`].
///
/// # Errors
/// [`Unreadable`] for anything else.
pub fn ordered(written: &str, order: Order) -> Result<Option<NaiveDate>, Unreadable> {
    parts(&text::line(written), order)
}

fn parts(written: &str, order: Order) -> Result<Option<NaiveDate>, Unreadable> {
    if written.is_empty() {
        return Ok(None);
    }
    let found: Vec<&str> = written.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty()).collect();
    let [first, second, third] = found[..] else {
        return Err(NO_DATE);
    };
    match order {
        Order::DayMonthYear => date(third, second, first),
        Order::MonthDayYear => date(third, first, second),
        Order::YearMonthDay => date(first, second, third),
    }
}

const NO_DATE: Unreadable = Unreadable("is no date");

fn date(year: &str, month: &str, day: &str) -> Result<Option<NaiveDate>, Unreadable> {
    let number = |digits: &str, most: usize| {
        let plain =
            !digits.is_empty() && digits.len() <= most && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse::<u32>().ok()).flatten().ok_or(NO_DATE)
    };
    if year.len() != 4 {
        return Err(Unreadable("is a date without a year of four digits"));
    }
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    if matches!((year, month, day), (0 | 1, _, _) | (_, 0, _) | (_, _, 0) | (1900, 1, 1)) {
        return Ok(None);
    }
    let year = i32::try_from(year).map_err(|_| NO_DATE)?;
    NaiveDate::from_ymd_opt(year, month, day).map(Some).ok_or(NO_DATE)
}

/// Reads a point in time with its offset (RFC 3339). `Ok(None)` for an empty text.
///
/// # Errors
/// [`Unreadable`] for anything else, a time without an offset among it: that needs [`wall_clock`] and [`local`].
pub fn instant(written: &str) -> Result<Option<DateTime<Utc>>, Unreadable> {
    let written = text::line(written);
    if written.is_empty() {
        return Ok(None);
    }
    let parsed =
        DateTime::parse_from_rfc3339(&written).map_err(|_| Unreadable("is no time with an offset"))?;
    Ok(Some(parsed.to_utc()))
}

/// Reads a time without an offset, as a clock on a wall shows it: `2026-12-31 14:05:06`. `Ok(None)` for an empty text
/// and for placeholders.
///
/// # Errors
/// [`Unreadable`] for anything else.
pub fn wall_clock(written: &str) -> Result<Option<NaiveDateTime>, Unreadable> {
    let written = text::line(written);
    if iso(&written)?.is_none() {
        return Ok(None);
    }
    ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&written, format).ok())
        .map(Some)
        .ok_or(Unreadable("is no time of day"))
}

/// The point in time at which a clock in `zone` shows `wall`. Where it shows it twice, the first; where it never does
/// because clocks went forward, the moment they did.
pub fn local(wall: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    match zone.from_local_datetime(&wall) {
        LocalResult::Single(found) | LocalResult::Ambiguous(found, _) => found.to_utc(),
        LocalResult::None => after_gap(wall, zone),
    }
}

/// The first moment after the gap in which `wall` lies.
fn after_gap(wall: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    // Gaps end on a full minute, and none is longer than the day that some islands skipped.
    let from = wall - TimeDelta::seconds(i64::from(wall.second()));
    (1..=24 * 60 + 1)
        .filter_map(|minutes| from.checked_add_signed(TimeDelta::minutes(minutes)))
        .find_map(|later| zone.from_local_datetime(&later).earliest())
        .map_or_else(|| wall.and_utc(), |found| found.to_utc())
}
