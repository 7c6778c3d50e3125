//! Guests who did not come: what time alone does to a booking.
//!
//! No trigger fires and no file changes when a booking becomes a no-show. So the feed looks, once for each day of
//! arrival, when the hour of the hotel's rule has come. What is looked at is one day's arrivals.

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::HotelDruid;
use super::bookings;
use super::keys::BookingKey;
use super::map::Hotel;
use super::years::Scope;
use crate::connectors::ConnectorError;

/// Days of arrival beyond these are left to the sweep.
const MOST_DAYS: u64 = 30;

/// The bookings that have become no-shows.
pub(super) struct Absent {
    pub(super) keys: Vec<BookingKey>,
    /// The last day of arrival that was looked at.
    pub(super) told: NaiveDate,
}

impl HotelDruid {
    /// Who was to arrive after the day `told` and has not come; nobody for the first time, when the sweep tells. `None`
    /// where the hotel has no rule.
    pub(super) async fn absent(
        &self,
        told: Option<NaiveDate>,
        now: DateTime<Utc>,
    ) -> Result<Option<Absent>, ConnectorError> {
        let Some(last) = last_due(&self.hotel, now) else { return Ok(None) };
        let days = told.map(|told| arrivals(told, last)).unwrap_or_default();
        if days.is_empty() {
            return Ok(Some(Absent { keys: Vec::new(), told: told.map_or(last, |told| told.max(last)) }));
        }
        let scope = Scope::now(&self.db, &self.hotel.settings).await?;
        let keys = bookings::expected(&self.db, &scope.years, &days).await?;
        Ok(Some(Absent { keys, told: last }))
    }
}

/// The last day of arrival for which the hour of the hotel's rule has come.
fn last_due(hotel: &Hotel, now: DateTime<Utc>) -> Option<NaiveDate> {
    let today = now.with_timezone(&hotel.zone).date_naive();
    let mut back = (0..=MOST_DAYS).filter_map(|ago| today.checked_sub_days(Days::new(ago)));
    back.find(|day| hotel.no_show_from(*day).is_some_and(|from| from <= now))
}

/// The days after `told` until `last`, the latest only when they are many.
fn arrivals(told: NaiveDate, last: NaiveDate) -> Vec<NaiveDate> {
    let days = told.iter_days().skip(1).take_while(|day| *day <= last);
    let days: Vec<_> = days.collect();
    let most = usize::try_from(MOST_DAYS).unwrap_or(usize::MAX);
    days.get(days.len().saturating_sub(most)..).unwrap_or_default().to_vec()
}
