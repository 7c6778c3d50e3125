//! Birth dates: those that stand for nothing are none.

use chrono::{Datelike, NaiveDate};
use std::collections::HashSet;
use std::sync::LazyLock;

use super::table;
use crate::duplicates::features::Birth;
use crate::model::normalise::date::{self, Order};
use crate::model::normalise::placeholder::Known;

static SENTINELS: LazyLock<HashSet<NaiveDate>> = LazyLock::new(|| {
    table::lines(include_str!("../data/sentinel_dates.txt")).filter_map(|line| line.parse().ok()).collect()
});
/// Nobody's guest was born before.
const FIRST_YEAR: i32 = 1900;

/// Reads a birth date: ISO 8601, else day, month and year, else month, day and year. Where two readings are possible
/// the swapped one is a twin of the other.
pub(super) fn read(written: &str, placeholders: &Known) -> Option<Birth> {
    let found = date::iso(written)
        .or_else(|_| date::ordered(written, Order::DayMonthYear))
        .or_else(|_| date::ordered(written, Order::MonthDayYear))
        .ok()??;
    let says_nothing = SENTINELS.contains(&found) || placeholders.is_date(found) || found.year() < FIRST_YEAR;
    (!says_nothing).then_some(Birth(found))
}
