//! HotelDruid, the real one: what its forms do, and what the connector makes of it.

use chrono::NaiveDate;

mod changes;
pub(crate) mod conformance;
mod desk;
mod facts;
mod placeholders;
mod reading;
mod rig;
mod totals;
mod trouble;
mod writing;

/// A date that exists.
fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("the test names a date that exists")
}
