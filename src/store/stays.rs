//! Who was at which hotel in which nights: the stays of persons, in batches, and whose stays a commit changes.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::AnyConnection;

use super::Recount;
use super::error::StoreError;
use super::figures::figure_columns;
use super::open::Store;
use super::record::{figures_row, id_rows};
use super::roots::in_trees;
use super::sql::{Binds, Columns, fetch, row, statements};
use crate::model::{Record, RecordId, RecordKind, Value, keys};

const TABLE: &str = "record";
/// What a stay is that has begun, as the statements have it too.
const STAYED: [&str; 2] = ["in_house", "checked_out"];

statements! {
    /// Of the person and of everything that is one with him.
    OF("", "t") = concat!(in_trees!(), "
        select m.root_id, r.record_id, r.property, r.arrives_on, r.departs_on, r.status
        from member m cross join record r
        where r.holder = m.record_id and r.kind = 'reservation' and r.life = 'live' and r.stepped_back is null
            and r.status in ('in_house', 'checked_out') and r.property is not null
            and r.arrives_on < r.departs_on");
    /// The last of each person and of everything that is one with him, whatever became of them.
    BOOKED("i", "t") = concat!(in_trees!(), ",
        booked as (
            select m.root_id, r.record_id, r.property, r.arrives_on, r.departs_on, r.status,
                row_number() over (partition by m.root_id order by r.arrives_on desc, r.record_id desc) as nth
            from member m cross join record r
            where r.holder = m.record_id and r.kind = 'reservation' and r.life = 'live'
                and r.arrives_on <= r.departs_on)
        select root_id, record_id, property, arrives_on, departs_on, status from booked
        where nth <= $1 order by root_id, nth");
    /// Of reservations that are about to change: their persons before and after, where the nights that somebody was there
    /// differ and the person is probably another profile too.
    MOVED("", "ttttttttiitiiiiitt") = concat!("with
        v(record_id, life, arrives_on, departs_on, ", figure_columns!(), ") as (values {values}),
        moved(before, after) as (
            select case when r.life = 'live' and r.status in ('in_house', 'checked_out') then r.holder end,
                case when v.life = 'live' and v.status in ('in_house', 'checked_out') then v.holder end
            from v left join record r on r.record_id = v.record_id
            where r.holder is distinct from v.holder or r.life is distinct from v.life
                or r.status is distinct from v.status or r.property is distinct from v.property
                or r.arrives_on is distinct from v.arrives_on or r.departs_on is distinct from v.departs_on
                or r.stepped_back is distinct from v.stepped_back),
        person(record_id) as (
            select before from moved where before is not null
            union select after from moved where after is not null)
        select f.record_id from person cross join record r cross join profile_features f
        where r.record_id = person.record_id and f.record_id = r.root_id
            and (exists (select 1 from profile_pair p where p.a = f.number and p.ppm > 500000)
                or exists (select 1 from profile_pair p where p.b = f.number and p.ppm > 500000))");
}

/// A stay that has begun: its holder was there, or is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// The reservation.
    pub reservation: RecordId,
    /// The hotel.
    pub property: String,
    /// The first night.
    pub from: NaiveDate,
    /// The day after the last night, as booked.
    pub until: NaiveDate,
    /// Whether he is still there.
    pub is_in_house: bool,
}

/// A reservation of a person, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The reservation.
    pub reservation: RecordId,
    /// The hotel, where it is known.
    pub property: Option<String>,
    /// The day of the arrival.
    pub from: NaiveDate,
    /// The day of the departure.
    pub until: NaiveDate,
    /// What became of it, as the model names it.
    pub status: Option<String>,
}

impl Store {
    /// The last `limit` reservations of each of these persons, the latest arrival first; who has none is left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn last_bookings(
        &self,
        roots: &[RecordId],
        limit: u32,
    ) -> Result<BTreeMap<RecordId, Vec<Booked>>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &BOOKED, row![i64::from(limit)], id_rows(roots)).await?;
        let mut bookings: BTreeMap<RecordId, Vec<Booked>> = BTreeMap::new();
        for row in &rows {
            let mut columns = Columns::of(row, TABLE);
            let person = RecordId::new(columns.uuid()?);
            let booked = Booked {
                reservation: RecordId::new(columns.uuid()?),
                property: columns.maybe_text()?,
                from: columns.word(|day| day.parse().ok())?,
                until: columns.word(|day| day.parse().ok())?,
                status: columns.maybe_text()?,
            };
            bookings.entry(person).or_default().push(booked);
        }
        Ok(bookings)
    }

    /// The stays of these persons that have begun; who has none is left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn begun_stays(&self, roots: &[RecordId]) -> Result<BTreeMap<RecordId, Vec<Stay>>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &OF, row![], id_rows(roots)).await?;
        let mut stays: BTreeMap<RecordId, Vec<Stay>> = BTreeMap::new();
        for row in &rows {
            let mut columns = Columns::of(row, TABLE);
            let person = RecordId::new(columns.uuid()?);
            let stay = Stay {
                reservation: RecordId::new(columns.uuid()?),
                property: columns.text()?,
                from: columns.word(|day| day.parse().ok())?,
                until: columns.word(|day| day.parse().ok())?,
                is_in_house: columns.text()? == "in_house",
            };
            stays.entry(person).or_default().push(stay);
        }
        Ok(stays)
    }
}

/// The reservations of a commit, whose persons may have been elsewhere than was known.
pub(super) struct Moves(Vec<Binds>);

impl Moves {
    /// Of an import nobody is looked at by himself.
    pub(super) fn of(recount: Recount, records: &[&Record]) -> Self {
        let has_begun = |record: &Record| {
            let status = record.value(&keys::STATUS).and_then(Value::as_text);
            status.is_some_and(|status| STAYED.contains(&status))
        };
        let counts = |record: &&&Record| {
            let is_stay = record.kind == RecordKind::Reservation && recount == Recount::Soon;
            is_stay && (record.version > 0 || has_begun(record))
        };
        Self(records.iter().filter(counts).map(|record| figures_row(record)).collect())
    }

    /// The profiles that have to be looked at. Comes before the records are written.
    pub(super) async fn persons(self, db: &mut AnyConnection) -> Result<Vec<RecordId>, StoreError> {
        let rows = fetch(db, &MOVED, row![], self.0).await?;
        rows.iter().map(|row| Ok(RecordId::new(Columns::of(row, TABLE).uuid()?))).collect()
    }
}
