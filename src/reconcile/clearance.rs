//! When the mail before an arrival is due, and until when a reservation stays cleared for it.
//!
//! A clearance is a promise that the reservation's own PMS has just shown it as it is. It runs out by itself: when the
//! PMS, the hub or the line between them is down, nothing is cleared and no mail is sent.

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// When the mail before an arrival goes out, and how long a reading is proof enough for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailWindow {
    /// So many days before the arrival.
    pub pre_arrival_days: u32,
    /// At this time on the hotel's clock.
    pub pre_arrival_at: NaiveTime,
    /// How long a reservation stays cleared after it was read at its PMS.
    pub clearance: Duration,
}

impl Default for MailWindow {
    /// Three days before, at midnight; a reading is proof for a day.
    fn default() -> Self {
        Self { pre_arrival_days: 3, pre_arrival_at: NaiveTime::MIN, clearance: Duration::days(1) }
    }
}

impl MailWindow {
    /// When the mail before an arrival is due. A time that the clocks skip is the first one after it, one that they
    /// show twice is the earlier.
    pub(super) fn due(&self, arrives_on: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
        let day = arrives_on.checked_sub_days(Days::new(self.pre_arrival_days.into()))?;
        let local = day.and_time(self.pre_arrival_at);
        let at = |local| zone.from_local_datetime(&local).earliest();
        at(local).or_else(|| at(local + Duration::hours(1))).map(|due| due.with_timezone(&Utc))
    }

    /// At what time on the hotel's clock reservations are read once more before their mail, and how many days before they
    /// arrive. It is half a clearance before the mail: they stay cleared while the mails go out, and there is time for a
    /// PMS that does not answer at once.
    pub fn reread(&self) -> (NaiveTime, Days) {
        let (at, whole_days) = self.pre_arrival_at.overflowing_sub_signed(self.clearance / 2);
        let back = u64::try_from(whole_days / 86_400).unwrap_or_default();
        (at, Days::new(u64::from(self.pre_arrival_days) + back))
    }

    /// Until when a reading clears the reservation; `None` when the mail is not that near, or too late for it.
    ///
    /// `cleared` is the clearance that it has. It is not moved for less than a quarter of its length, because each move
    /// is a write.
    pub(super) fn cleared_until(
        &self,
        (due, arrives_on): (DateTime<Utc>, NaiveDate),
        read_at: DateTime<Utc>,
        cleared: Option<DateTime<Utc>>,
    ) -> Option<DateTime<Utc>> {
        let until = read_at + self.clearance;
        let is_near = until >= due && read_at.date_naive() <= arrives_on;
        let gain = cleared.map_or(self.clearance, |cleared| until - cleared);
        (is_near && gain * 4 >= self.clearance).then_some(until)
    }
}
