//! The hotel's own totals: one query per table of bookings, added up by the hotel's database. Nothing of it is the way on
//! which bookings are read, so that the one can prove the other.

use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{BTreeMap, HashMap};

use super::HotelDruid;
use super::assembly::{assemble, uses_check_in};
use super::bookings::{Shelf, without_twins};
use super::database::Row;
use super::map::{self, Hotel};
use super::stamp;
use super::wire::{Booking, Stored as _, number};
use super::years::Scope;
use crate::connectors::ConnectorError;
use crate::model::StayTotal;
use crate::model::normalise::money;
use crate::model::value::Money;

/// The status of a booking that is not cancelled, as far as its own row tells.
const STATUS: &str = "case when coalesce(cast(checkin as char(30)), '') <> ''
        then case when coalesce(cast(checkout as char(30)), '') <> '' then 'checked_out' else 'in_house' end
    when conferma = 'N' then 'tentative' else 'confirmed' end";
/// Whether the booking has a total.
const IS_PRICED: &str = "case when tariffa_tot is null then 0 else 1 end";

/// Totals by month of arrival, status and currency.
#[derive(Default)]
struct Totals(BTreeMap<(String, String, String), (u64, i64)>);

impl Totals {
    fn add(&mut self, arrives: Option<NaiveDate>, status: &str, reservations: u64, amount: Option<Money>) {
        let month = arrives.map(|day| day.format("%Y-%m").to_string()).unwrap_or_default();
        let (minor, currency) =
            amount.map_or((0, String::new()), |money| (money.amount_minor, money.currency.to_string()));
        let total = self.0.entry((month, status.to_owned(), currency)).or_default();
        total.0 += reservations;
        total.1 = total.1.saturating_add(minor);
    }
}

impl HotelDruid {
    /// What the hotel's bookings add up to.
    ///
    /// # Errors
    /// Whatever the database answers.
    pub(super) async fn own_totals(&self) -> Result<Vec<StayTotal>, ConnectorError> {
        let scope = Scope::now(&self.db, &self.hotel.settings).await?;
        let no_shows = NoShows { applies: uses_check_in(&self.db).await?, now: self.clock.now() };
        let mut totals = Totals::default();
        for year_shelf in Shelf::all(&scope.years) {
            let days = self.days(year_shelf.year).await?;
            let columns = ["iddatainizio", STATUS, IS_PRICED, "count(*)", "sum(tariffa_tot)"];
            let groups = "where idclienti <> 0 and coalesce(iddatainizio, -1) <> 0 group by 1, 2, 3";
            for row in self.db.rows(self.db.select(&columns, &year_shelf.table(), groups), &[]).await? {
                self.add_group(year_shelf, &days, &no_shows, row, &mut totals)?;
            }
            self.add_copies(&scope, year_shelf, &no_shows, &mut totals).await?;
        }
        let property = self.hotel.property.to_string();
        let total = |((month, status, currency), (reservations, amount))| StayTotal {
            property: property.clone(),
            month,
            status,
            currency,
            reservations,
            amount,
        };
        Ok(totals.0.into_iter().map(total).collect())
    }

    /// The first day of each period that can be sold.
    async fn days(&self, year: i32) -> Result<HashMap<i64, NaiveDate>, ConnectorError> {
        let select = self.db.select(&["idperiodi", "datainizio"], &format!("periodi{year}"), "");
        let rows = self.db.rows(select, &[]).await?;
        let day = |Row(cells): Row| {
            let mut cells = cells.into_iter();
            let id = number(cells.next().flatten().as_deref())?;
            Some((id, stamp::date(&cells.next().flatten()?)?))
        };
        Ok(rows.into_iter().filter_map(day).collect())
    }

    fn add_group(
        &self,
        year_shelf: Shelf,
        days: &HashMap<i64, NaiveDate>,
        no_shows: &NoShows,
        Row(cells): Row,
        totals: &mut Totals,
    ) -> Result<(), ConnectorError> {
        let [from, status, is_priced, count, sum] =
            <[Option<String>; 5]>::try_from(cells).map_err(|_| self.unreadable("a row of totals"))?;
        let arrives = number(from.as_deref()).and_then(|id| days.get(&id)).copied();
        let status = status.unwrap_or_default();
        let status = if year_shelf.cancelled { "cancelled" } else { status.as_str() };
        let status = if no_shows.is_one(status, arrives, &self.hotel) { "no_show" } else { status };
        let count = number(count.as_deref()).and_then(|count| u64::try_from(count).ok());
        let count = count.ok_or_else(|| self.unreadable("a count of bookings"))?;
        let amount = if number(is_priced.as_deref()) == Some(1) {
            let sum = sum.and_then(|sum| sum.trim().parse::<f64>().ok());
            let money = sum.and_then(|sum| money::from_float(sum, &self.hotel.currency).ok());
            Some(money.ok_or_else(|| self.unreadable("a sum of amounts"))?)
        } else {
            None
        };
        totals.add(arrives, status, count, amount);
        Ok(())
    }

    /// The copies that New Year made of stays whose old year is gone: they alone are left of them.
    async fn add_copies(
        &self,
        scope: &Scope,
        year_shelf: Shelf,
        no_shows: &NoShows,
        totals: &mut Totals,
    ) -> Result<(), ConnectorError> {
        let condition = "where idclienti <> 0 and iddatainizio = 0";
        let rows =
            self.db.rows(self.db.select(Booking::COLUMNS, &year_shelf.table(), condition), &[]).await?;
        let rows = rows.into_iter().map(Booking::read).collect();
        let rows = without_twins(&self.db, &scope.years, rows).await?;
        for stored in assemble(&self.db, scope, year_shelf, rows).await? {
            let status = map::status(&stored, &self.hotel, no_shows.now);
            let arrives = stored.arrives.as_deref().and_then(stamp::date);
            totals.add(arrives, status, 1, self.hotel.money(stored.row.tariffa_tot.as_deref()));
        }
        Ok(())
    }

    fn unreadable(&self, what: &str) -> ConnectorError {
        ConnectorError::Undecodable { system: self.db.system(), what: what.to_owned() }
    }
}

/// The hotel's rule for guests who do not come.
struct NoShows {
    /// Whether the hotel registers arrivals at all.
    applies: bool,
    now: DateTime<Utc>,
}

impl NoShows {
    fn is_one(&self, status: &str, arrives: Option<NaiveDate>, hotel: &Hotel) -> bool {
        let from = arrives.filter(|_| self.applies && status == "confirmed");
        from.and_then(|day| hotel.no_show_from(day)).is_some_and(|from| self.now >= from)
    }
}
