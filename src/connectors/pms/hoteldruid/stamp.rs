//! HotelDruid's stamps: wall time of its server, to the second, without a zone.
//!
//! Pure. The zone is the one the operator configured for the property.

use chrono::{NaiveDate, NaiveDateTime};

/// The stamp in the one spelling that ids use: `2026-11-22 01:52:34`, without a fraction.
///
/// PostgreSQL's JSON puts a `T` between date and time; some versions of PHP leave the seconds out.
pub(super) fn canonical(stamp: &str) -> String {
    parse(stamp).map_or_else(|| stamp.trim().to_owned(), |at| at.format("%Y-%m-%d %H:%M:%S").to_string())
}

/// The stamp as wall time.
pub(super) fn parse(stamp: &str) -> Option<NaiveDateTime> {
    let stamp = stamp.trim().replacen('T', " ", 1);
    let stamp = stamp.split('.').next().unwrap_or_default();
    NaiveDateTime::parse_from_str(stamp, "%Y-%m-%d %H:%M:%S")
        .or_else(|_| NaiveDateTime::parse_from_str(stamp, "%Y-%m-%d %H:%M"))
        .ok()
}

/// A calendar date, as SQLite and PostgreSQL print it.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()
}
