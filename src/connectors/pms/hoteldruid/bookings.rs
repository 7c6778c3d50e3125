//! Reading bookings: the tables of every year, cancelled ones included, with their children.
//!
//! Each statement looks at one table, so a booking may move while the tables are walked. It only ever moves from
//! `prenota<Y>` to `prenotacanc<Y>` or to `prenota<Y+1>`; walking in that order meets it in its new place, and a
//! second walk is made for what the first did not find. A deletion and an insertion inside one request of the desk
//! are one transaction and are never seen halfway.

use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::assembly::{StoredBooking, assemble};
use super::database::{Bind, Database};
use super::guests::list;
use super::keys::{BookingKey, lineage};
use super::wire::{Booking, Stored as _, number};
use super::years::Scope;
use crate::connectors::ConnectorError;

/// Where a booking is: its year, and whether it is among the cancelled ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Shelf {
    pub(super) year: i32,
    pub(super) cancelled: bool,
}

impl Shelf {
    pub(super) fn table(self) -> String {
        let Self { year, cancelled } = self;
        if cancelled { format!("prenotacanc{year}") } else { format!("prenota{year}") }
    }

    /// Every shelf of these years, in the order in which bookings move.
    pub(super) fn all(years: &[i32]) -> impl Iterator<Item = Self> {
        years.iter().flat_map(|year| [false, true].map(|cancelled| Self { year: *year, cancelled }))
    }
}

/// The bookings with these keys; those that do not exist are left out.
pub(super) async fn by_keys(
    db: &Database,
    scope: &Scope,
    keys: &[BookingKey],
) -> Result<HashMap<BookingKey, StoredBooking>, ConnectorError> {
    let mut wanted: BTreeSet<&BookingKey> = keys.iter().collect();
    let mut found: HashMap<BookingKey, (Shelf, Booking)> = HashMap::new();
    for _walk in 0..2 {
        for shelf in Shelf::all(&scope.years) {
            for row in matching(db, shelf, &wanted).await? {
                let Some(key) = BookingKey::of(&row) else { continue };
                // The copy that New Year makes of a stay yields to the original.
                let original_known = is_twin(&row) && found.contains_key(&key);
                if wanted.contains(&key) && !original_known {
                    found.insert(key, (shelf, row));
                }
            }
        }
        wanted.retain(|key| !found.contains_key(key));
        if wanted.is_empty() {
            break;
        }
    }
    let mut shelves: BTreeMap<Shelf, Vec<Booking>> = BTreeMap::new();
    for (shelf, row) in found.into_values() {
        shelves.entry(shelf).or_default().push(row);
    }
    let mut stored = HashMap::new();
    for (shelf, rows) in shelves {
        for booking in assemble(db, scope, shelf, rows).await? {
            stored.insert(booking.key.clone(), booking);
        }
    }
    Ok(stored)
}

/// At most `limit` rows of a shelf with numbers above `after`, and the last number looked at; placeholders and the
/// copies that New Year makes are left out.
pub(super) async fn page(
    db: &Database,
    scope: &Scope,
    shelf: Shelf,
    after: i64,
    limit: usize,
) -> Result<(Vec<StoredBooking>, Option<i64>), ConnectorError> {
    let condition = format!("where idprenota > $1 order by idprenota limit {limit}");
    let rows = db.rows(db.select(Booking::COLUMNS, &shelf.table(), &condition), &[Bind::Int(after)]).await?;
    let full = rows.len() == limit;
    let rows: Vec<_> = rows.into_iter().map(Booking::read).collect();
    let last = rows.iter().filter_map(|row| number(row.idprenota.as_deref())).max();
    let rows = rows.into_iter().filter(|row| !is_placeholder(row)).collect();
    let rows = without_twins(db, &scope.years, rows).await?;
    let stored = assemble(db, scope, shelf, rows).await?;
    Ok((stored, last.filter(|_| full)))
}

/// The keys of bookings by year and number; a number that is not in use is left out.
pub(super) async fn keys_of(
    db: &Database,
    years: &[i32],
    numbers: &BTreeSet<(i32, i64)>,
) -> Result<BTreeSet<BookingKey>, ConnectorError> {
    let mut keys = BTreeSet::new();
    for shelf in Shelf::all(years) {
        let here: Vec<_> =
            numbers.iter().filter(|(year, _)| *year == shelf.year).map(|(_, number)| number).collect();
        if here.is_empty() {
            continue;
        }
        let condition = format!("where idprenota in ({}) and idclienti <> 0", list(&here));
        let rows = db.rows(db.select(Booking::COLUMNS, &shelf.table(), &condition), &[]).await?;
        keys.extend(rows.into_iter().filter_map(|row| BookingKey::of(&Booking::read(row))));
    }
    Ok(keys)
}

/// The keys of bookings that begin on one of these days and whose guest has not been checked in.
pub(super) async fn expected(
    db: &Database,
    years: &[i32],
    days: &[NaiveDate],
) -> Result<Vec<BookingKey>, ConnectorError> {
    let days: Vec<_> = days.iter().map(|day| format!("'{day}'")).collect();
    let condition = format!("where cast(datainizio as char(10)) in ({})", days.join(","));
    let mut keys = Vec::new();
    for shelf in years.iter().map(|year| Shelf { year: *year, cancelled: false }) {
        let periods = db.select(&["idperiodi"], &format!("periodi{}", shelf.year), &condition);
        let periods = db.rows(periods, &[]).await?;
        let periods: Vec<_> = periods.iter().filter_map(|row| number(row.0.first()?.as_deref())).collect();
        if periods.is_empty() {
            continue;
        }
        let condition =
            format!("where idclienti <> 0 and checkin is null and iddatainizio in ({})", list(&periods));
        let rows = db.rows(db.select(Booking::COLUMNS, &shelf.table(), &condition), &[]).await?;
        keys.extend(rows.into_iter().filter_map(|row| BookingKey::of(&Booking::read(row))));
    }
    Ok(keys)
}

/// A held room without a guest: a booking that somebody is still typing, or gave up.
fn is_placeholder(row: &Booking) -> bool {
    number(row.idclienti.as_deref()).unwrap_or_default() == 0
}

/// The copy in the new year of a stay that began in the old one.
pub(super) fn is_twin(row: &Booking) -> bool {
    number(row.iddatainizio.as_deref()) == Some(0)
}

/// The rows of a shelf that may have one of these keys.
async fn matching(
    db: &Database,
    shelf: Shelf,
    wanted: &BTreeSet<&BookingKey>,
) -> Result<Vec<Booking>, ConnectorError> {
    let mut binds = Vec::new();
    let mut places = Vec::new();
    let mut numbers = Vec::new();
    for BookingKey { code, number, .. } in wanted {
        if code.is_empty() {
            numbers.push(format!("idprenota = {number} or id_anni_prec like ';%,{number};%'"));
        } else {
            binds.push(Bind::Text(code.clone()));
            places.push(format!("${}", binds.len()));
        }
    }
    let mut conditions = Vec::new();
    if !places.is_empty() {
        conditions.push(format!("codice in ({})", places.join(",")));
    }
    if !numbers.is_empty() {
        conditions.push(format!("(coalesce(codice, '') = '' and ({}))", numbers.join(" or ")));
    }
    if conditions.is_empty() {
        return Ok(Vec::new());
    }
    let condition = format!("where idclienti <> 0 and ({})", conditions.join(" or "));
    let rows = db.rows(db.select(Booking::COLUMNS, &shelf.table(), &condition), &binds).await?;
    Ok(rows.into_iter().map(Booking::read).collect())
}

/// Leaves out the copies whose original is still there.
pub(super) async fn without_twins(
    db: &Database,
    years: &[i32],
    rows: Vec<Booking>,
) -> Result<Vec<Booking>, ConnectorError> {
    let origin = |row: &Booking| lineage(row.id_anni_prec.as_deref()).last().copied();
    let origins: BTreeSet<_> = rows.iter().filter(|row| is_twin(row)).filter_map(origin).collect();
    if origins.is_empty() {
        return Ok(rows);
    }
    let known = keys_of(db, years, &origins).await?;
    let keep = |row: &Booking| {
        // Copy and original have the same code, stamp and first number, and with them the same key.
        let key = origin(row).and_then(|_| BookingKey::of(row));
        !is_twin(row) || key.is_none_or(|key| !known.contains(&key))
    };
    Ok(rows.into_iter().filter(keep).collect())
}
