//! A booking with everything that belongs to it: nights, room, guests, extras and payments.

use std::collections::{BTreeMap, BTreeSet};

use super::bookings::Shelf;
use super::database::{Bind, Database, Flavour};
use super::guests::{self, StoredGuest, list};
use super::keys::{BookingKey, lineage};
use super::wire::{Booking, Companion, Extra, Payment, Period, Room, Stored as _, Sum, number};
use super::years::Scope;
use crate::connectors::ConnectorError;

/// A booking as it is stored, its references resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredBooking {
    pub(super) key: BookingKey,
    pub(super) shelf: Shelf,
    pub(super) row: Booking,
    /// First day of the first night; none for the copy that New Year makes of a stay.
    pub(super) arrives: Option<String>,
    /// Day after the last night.
    pub(super) departs: Option<String>,
    /// How many nights or weeks it spans, by the numbers of its periods.
    pub(super) first_period: i64,
    pub(super) last_period: i64,
    pub(super) room: Option<Room>,
    /// The holder first, then the others in HotelDruid's order.
    pub(super) guests: Vec<StoredGuest>,
    pub(super) extras: Vec<Extra>,
    /// With the year of the table each is in.
    pub(super) payments: Vec<(i32, Payment)>,
    /// Whether this hotel registers arrivals at all.
    pub(super) uses_check_in: bool,
}

impl StoredBooking {
    /// The digest of everything the mapping reads of the database.
    pub(super) fn add_to(&self, sum: &mut Sum) {
        let Shelf { year, cancelled } = self.shelf;
        sum.add(Some(&format!("{year} {cancelled} {}", self.uses_check_in)));
        self.row.digest(sum);
        sum.add(self.arrives.as_deref());
        sum.add(self.departs.as_deref());
        self.room.clone().unwrap_or_default().digest(sum);
        for guest in &self.guests {
            sum.add(guest.row.idclienti.as_deref());
            sum.add(guest.row.datainserimento.as_deref());
        }
        for extra in &self.extras {
            extra.digest(sum);
        }
        for (year, payment) in &self.payments {
            sum.add(Some(&year.to_string()));
            payment.digest(sum);
        }
    }

    pub(super) fn number(&self) -> i64 {
        number(self.row.idprenota.as_deref()).unwrap_or_default()
    }
}

/// Fetches what belongs to these rows of one shelf. A row without a number is left out.
///
/// # Errors
/// Whatever the database answers.
pub(super) async fn assemble(
    db: &Database,
    scope: &Scope,
    shelf: Shelf,
    rows: Vec<Booking>,
) -> Result<Vec<StoredBooking>, ConnectorError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: Vec<i64> = rows.iter().filter_map(|row| number(row.idprenota.as_deref())).collect();
    let year = shelf.year;
    let mut extras =
        children(db, &format!("costiprenota{year}"), &numbers, "idcostiprenota", Extra::COLUMNS).await?;
    let mut others =
        children(db, &format!("rclientiprenota{year}"), &numbers, "num_ordine", Companion::COLUMNS).await?;
    let periods = periods(db, year, &rows).await?;
    let rooms = rooms(db).await?;
    let mut payments = payments(db, &scope.years, year, &rows).await?;
    let uses_check_in = uses_check_in(db).await?;

    let mut stored = Vec::with_capacity(rows.len());
    let mut everybody = BTreeSet::new();
    for row in rows {
        let (Some(key), Some(own)) = (BookingKey::of(&row), number(row.idprenota.as_deref())) else {
            continue;
        };
        let holder = number(row.idclienti.as_deref()).unwrap_or_default();
        let others = others.remove(&own).unwrap_or_default().into_iter().map(Companion::read);
        let others = others.filter_map(|other| number(other.idclienti.as_deref()));
        let mut ids = vec![holder];
        ids.extend(others.filter(|id| *id != holder));
        everybody.extend(ids.iter().copied());
        let first_period = number(row.iddatainizio.as_deref()).unwrap_or_default();
        let last_period = number(row.iddatafine.as_deref()).unwrap_or_default();
        let booking = StoredBooking {
            key,
            shelf,
            arrives: periods.get(&first_period).and_then(|period| period.datainizio.clone()),
            departs: periods.get(&last_period).and_then(|period| period.datafine.clone()),
            first_period,
            last_period,
            room: rooms.get(row.idappartamenti.as_deref().unwrap_or_default()).cloned(),
            guests: Vec::new(),
            extras: extras.remove(&own).unwrap_or_default().into_iter().map(Extra::read).collect(),
            payments: payments.remove(&own).unwrap_or_default(),
            uses_check_in,
            row,
        };
        stored.push((booking, ids));
    }
    let known = guests::by_ids(db, &everybody.into_iter().collect::<Vec<_>>(), scope.custom).await?;
    let with_guests = |(mut booking, ids): (StoredBooking, Vec<i64>)| {
        // A holder who was deleted leaves an empty first place.
        booking.guests = ids.iter().map(|id| known.get(id).cloned().unwrap_or_default()).collect();
        booking
    };
    Ok(stored.into_iter().map(with_guests).collect())
}

/// Rows of a child table by the number of their booking, which is the second column or, for guests, the first.
async fn children(
    db: &Database,
    table: &str,
    numbers: &[i64],
    order: &str,
    columns: &[&str],
) -> Result<BTreeMap<i64, Vec<super::database::Row>>, ConnectorError> {
    let at = columns.iter().position(|column| *column == "idprenota").unwrap_or_default();
    let condition = format!("where idprenota in ({}) order by idprenota, {order}", list(numbers));
    let mut by_booking: BTreeMap<i64, Vec<_>> = BTreeMap::new();
    for row in db.rows(db.select(columns, table, &condition), &[]).await? {
        if let Some(booking) = number(row.0.get(at).and_then(Option::as_deref)) {
            by_booking.entry(booking).or_default().push(row);
        }
    }
    Ok(by_booking)
}

async fn periods(
    db: &Database,
    year: i32,
    rows: &[Booking],
) -> Result<BTreeMap<i64, Period>, ConnectorError> {
    let ids: BTreeSet<i64> = rows
        .iter()
        .flat_map(|row| [row.iddatainizio.as_deref(), row.iddatafine.as_deref()])
        .filter_map(number)
        .collect();
    let ids: Vec<_> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let condition = format!("where idperiodi in ({})", list(&ids));
    let rows = db.rows(db.select(Period::COLUMNS, &format!("periodi{year}"), &condition), &[]).await?;
    let periods = rows.into_iter().map(Period::read);
    Ok(periods.filter_map(|period| Some((number(period.idperiodi.as_deref())?, period))).collect())
}

async fn rooms(db: &Database) -> Result<BTreeMap<String, Room>, ConnectorError> {
    let rows = db.rows(db.select(Room::COLUMNS, "appartamenti", ""), &[]).await?;
    let rooms = rows.into_iter().map(Room::read);
    Ok(rooms.filter_map(|room| Some((room.idappartamenti.clone()?, room))).collect())
}

/// Payments by the number a booking has now. A payment stays in the table of the year it was made in, under the
/// number the booking had then; a stay across New Year is also paid under the number of its copy.
async fn payments(
    db: &Database,
    years: &[i32],
    year: i32,
    rows: &[Booking],
) -> Result<BTreeMap<i64, Vec<(i32, Payment)>>, ConnectorError> {
    let mut aliases: BTreeMap<i32, BTreeMap<i64, i64>> = BTreeMap::new();
    for row in rows {
        let Some(own) = number(row.idprenota.as_deref()) else { continue };
        aliases.entry(year).or_default().insert(own, own);
        for (earlier, number) in lineage(row.id_anni_prec.as_deref()) {
            aliases.entry(earlier).or_default().insert(number, own);
        }
    }
    if years.contains(&(year + 1)) {
        for (copy, original) in copies(db, year).await? {
            if aliases.get(&year).is_some_and(|own| own.contains_key(&original)) {
                aliases.entry(year + 1).or_default().insert(copy, original);
            }
        }
    }
    let mut payments: BTreeMap<i64, Vec<_>> = BTreeMap::new();
    for (paid_in, numbers) in aliases.iter().filter(|(year, _)| years.contains(year)) {
        for payment in paid(db, *paid_in, numbers).await? {
            let number = payment.motivazione.as_deref().and_then(|text| number(text.rsplit(';').next()));
            if let Some(own) = number.and_then(|number| numbers.get(&number)) {
                payments.entry(*own).or_default().push((*paid_in, payment));
            }
        }
    }
    Ok(payments)
}

/// The number of each copy in the year after `year`, with the number of its original.
async fn copies(db: &Database, year: i32) -> Result<Vec<(i64, i64)>, ConnectorError> {
    let select =
        db.select(&["idprenota", "id_anni_prec"], &format!("prenota{}", year + 1), "where iddatainizio = 0");
    let mut copies = Vec::new();
    for row in db.rows(select, &[]).await? {
        let mut cells = row.0.into_iter();
        let copy = number(cells.next().flatten().as_deref());
        let original = lineage(cells.next().flatten().as_deref()).last().copied();
        if let (Some(copy), Some((origin_year, original))) = (copy, original)
            && origin_year == year
        {
            copies.push((copy, original));
        }
    }
    Ok(copies)
}

async fn paid(
    db: &Database,
    year: i32,
    numbers: &BTreeMap<i64, i64>,
) -> Result<Vec<Payment>, ConnectorError> {
    // The booking's number is what follows the last semicolon of the reason: guest;period;period;booking.
    let quoted: Vec<_> = numbers.keys().map(|number| format!("'{number}'")).collect();
    let number = match &db.flavour {
        Flavour::Mariadb { .. } => "substring_index(motivazione, ';', -1)",
        Flavour::Postgres { .. } | Flavour::Sqlite { .. } => {
            "substr(motivazione, length(rtrim(motivazione, '0123456789')) + 1)"
        }
    };
    let condition = format!(
        "where saldo_prenota is not null and motivazione like '%;%;%;%' and {number} in ({}) order by idsoldi",
        quoted.join(",")
    );
    let rows = db.rows(db.select(Payment::COLUMNS, &format!("soldi{year}"), &condition), &[]).await?;
    Ok(rows.into_iter().map(Payment::read).collect())
}

/// Whether the front desk registers arrivals and departures: a setting of the hotel.
pub(super) async fn uses_check_in(db: &Database) -> Result<bool, ConnectorError> {
    let condition = "where idpersonalizza = $1 and idutente = 1";
    let select = db.select(&["valpersonalizza"], "personalizza", condition);
    let rows = db.rows(select, &[Bind::Text("attiva_checkin".to_owned())]).await?;
    Ok(rows.iter().any(|row| row.0.iter().flatten().any(|value| value == "SI")))
}
