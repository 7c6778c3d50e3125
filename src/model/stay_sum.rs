//! What reservations add up to: the row that the roll-ups of a person are made of, and the one that is compared with a
//! system's own totals.

use chrono::NaiveDate;
use smol_str::SmolStr;

/// The sum of a person's reservations of one status, channel and currency. Amounts are minor units of the currency.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StaySum {
    /// The status, whatever word it is; empty where it is not known.
    pub status: SmolStr,
    /// The channel; empty where it is not known.
    pub channel: SmolStr,
    /// ISO 4217; empty where no amount is known.
    pub currency: SmolStr,
    /// How many reservations.
    pub reservations: i64,
    /// Nights, as booked.
    pub nights: i64,
    /// Days from the bookings to the arrivals, of those for which both are known.
    pub lead_days: i64,
    /// For how many they are known.
    pub with_lead_days: i64,
    /// Spent on rooms; `None` when it is not known for any.
    pub room_spend: Option<i64>,
    /// Spent on the rest; `None` when it is not known for any.
    pub other_spend: Option<i64>,
    /// What they are worth: spent as far as known, else the total; `None` when it is not known for any.
    pub worth: Option<i64>,
    /// The first arrival.
    pub first_arrival: Option<NaiveDate>,
    /// The last departure, or arrival where no departure is known.
    pub last_departure: Option<NaiveDate>,
    /// The first arrival that is not over.
    pub next_arrival: Option<NaiveDate>,
}

/// The reservations of a property, month of arrival, status and currency; each empty where it is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StayTotal {
    /// The property, as its reservations name it.
    pub property: String,
    /// The month of arrival, `2026-05`.
    pub month: String,
    /// The status.
    pub status: String,
    /// ISO 4217.
    pub currency: String,
    /// How many reservations.
    pub reservations: u64,
    /// Their totals, in minor units of the currency.
    pub amount: i64,
}
