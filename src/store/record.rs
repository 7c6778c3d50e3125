//! Records: reading them in batches, and the writes of a commit.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use super::Recount;
use super::dialect::Dialect;
use super::error::StoreError;
use super::figures::{Figures, figure_columns};
use super::open::Store;
use super::recount::RecountMarks;
use super::sql::{Binds, Columns, Ready, execute, fetch, json, row, statements};
use super::stays::Moves;
use crate::model::packed::{Packed, Unpacked};
use crate::model::{FieldKey, Life, Record, RecordId, RecordKind, Value, keys};

const TABLE: &str = "record";

/// Every figure from the row `v`.
macro_rules! set_figures {
    () => {
        "holder = v.holder, status = v.status, property = v.property, channel = v.channel, nights = v.nights,
            lead_days = v.lead_days, currency = v.currency, amount = v.amount, room_spend = v.room_spend,
            other_spend = v.other_spend, worth = v.worth, stepped_back = v.stepped_back,
            company = v.company, agency = v.agency"
    };
}

statements! {
    BY_ID("", "t") = "with v(record_id) as (values {values})
        select r.record_id, r.kind, r.life, r.merged_into, r.version, r.fields
        from v cross join record r where r.record_id = v.record_id";
    ROOTS("", "t") = "with v(record_id) as (values {values})
        select r.record_id, r.root_id from v cross join record r where r.record_id = v.record_id";
    FIND("ti", "") = "select record_id, kind, changed_at from record
        where record_id in (
            select record_id from record where record_id = $1
            union select record_id from link where external_id = $1
            union select record_id from record where number = $1)
        order by changed_at desc, record_id desc limit $2";
    LIVE("tti", "") = "select record_id, kind, life, merged_into, version, fields from record
        where kind = $1 and life = 'live' and record_id > $2 order by record_id limit $3";
    ALIASES("", "t") = "with v(record_id) as (values {values})
        select r.record_id from v cross join record r
        where r.record_id = v.record_id and r.merged_into is not null";
    INSERT("i", "ttttttttttttiitiiiiitt") = concat!("with
        v(record_id, kind, life, merged_into, number, arrives_on, departs_on, fields, ", figure_columns!(), ")
            as (values {values})
        insert into record (record_id, kind, life, merged_into, root_id, number, arrives_on, departs_on,
            fields, version, created_at, changed_at, ", figure_columns!(), ")
        select v.record_id, v.kind, v.life, v.merged_into, v.record_id, v.number, v.arrives_on,
            v.departs_on, v.fields, 1, $1, $1, ", figure_columns!(), "
        from v");
    UPDATE("i", "tittttttttttiitiiiiitt") = concat!("with
        v(record_id, version, life, merged_into, number, arrives_on, departs_on, fields, ", figure_columns!(), ")
            as (values {values})
        update record set version = record.version + 1, life = v.life, merged_into = v.merged_into,
            number = v.number, arrives_on = v.arrives_on, departs_on = v.departs_on, fields = v.fields,
            changed_at = $1, ", set_figures!(), "
        from v where record.record_id = v.record_id and record.version = v.version");
    /// Of records from before there were figures: the document stays as it is, and so does the version.
    FILL("", "tittttiitiiiiitt") = concat!("with v(record_id, version, ", figure_columns!(), ") as (values {values})
        update record set ", set_figures!(), "
        from v where record.record_id = v.record_id and record.version = v.version");
}

/// A record as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordLine {
    /// Its id.
    pub id: RecordId,
    /// What it is of.
    pub kind: RecordKind,
    /// When it was last changed.
    pub changed_at: DateTime<Utc>,
}

impl Store {
    /// The records with these ids, in no order; an unknown id is left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn records(&self, ids: &[RecordId]) -> Result<Vec<Record>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &BY_ID, row![], id_rows(ids)).await?;
        rows.iter().map(record).collect()
    }

    /// Live records of `kind` in the order of their ids, after `after`, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn live_records(
        &self,
        kind: RecordKind,
        after: Option<RecordId>,
        limit: u32,
    ) -> Result<Vec<Record>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let fixed = row![kind.name(), after, i64::from(limit)];
        let rows = fetch(&mut *self.reader().await?, &LIVE, fixed, vec![]).await?;
        rows.iter().map(record).collect()
    }

    /// For each of these records the live end of its alias chain, itself when it was never merged; an unknown id is
    /// left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn roots(&self, ids: &[RecordId]) -> Result<BTreeMap<RecordId, RecordId>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &ROOTS, row![], id_rows(ids)).await?;
        rows.iter()
            .map(|row| {
                let mut columns = Columns::of(row, TABLE);
                Ok((RecordId::new(columns.uuid()?), RecordId::new(columns.uuid()?)))
            })
            .collect()
    }

    /// The records whose id, number or id at any system is exactly `text`, newest change first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn find_record(&self, text: &str, limit: u32) -> Result<Vec<RecordLine>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &FIND, row![text, i64::from(limit)], vec![]).await?;
        rows.iter().map(line).collect()
    }
}

/// The records of a commit, ready to be written.
pub(super) struct RecordWrites {
    merged: Vec<RecordId>,
    changed: Vec<RecordId>,
    marks: RecountMarks,
    moves: Moves,
    update: Ready,
    insert: Ready,
}

impl RecordWrites {
    /// Puts the records into their stored form, always in one order, so that two commits do not wait for each other.
    pub(super) fn of(
        dialect: Dialect,
        now: DateTime<Utc>,
        recount: Recount,
        records: &[Record],
    ) -> Result<Self, StoreError> {
        let mut records: Vec<&Record> = records.iter().collect();
        records.sort_by_key(|record| record.id);
        let is_merged = |record: &&&Record| matches!(record.life, Life::MergedInto(_));
        let merged = records.iter().filter(is_merged).map(|record| record.id).collect();
        let moves = Moves::of(recount, &records);
        let (new, changed): (Vec<&Record>, Vec<&Record>) =
            records.into_iter().partition(|record| record.version == 0);
        let update = |record: &&Record| row_of(row![record.id.uuid(), record.version], record);
        let insert = |record: &&Record| row_of(row![record.id.uuid(), record.kind.name()], record);
        let updates = changed.iter().map(update).collect::<Result<_, _>>()?;
        let inserts = new.iter().map(insert).collect::<Result<_, _>>()?;
        Ok(Self {
            merged,
            moves,
            marks: RecountMarks::of(dialect, now, recount, &new, &changed),
            changed: changed.into_iter().map(|record| record.id).collect(),
            update: Ready::of(dialect, &UPDATE, "", &row![now], updates),
            insert: Ready::of(dialect, &INSERT, "", &row![now], inserts),
        })
    }

    /// Writes them; gives back those that are or were aliases, whose trees have to be looked at, and the persons who
    /// were elsewhere than was known.
    pub(super) async fn write(
        self,
        db: &mut AnyConnection,
    ) -> Result<(Vec<RecordId>, Vec<RecordId>), StoreError> {
        let mut aliases = self.merged;
        for row in &fetch(db, &ALIASES, row![], id_rows(&self.changed)).await? {
            aliases.push(RecordId::new(Columns::of(row, TABLE).uuid()?));
        }
        let moved = self.moves.persons(db).await?;
        self.marks.set(db).await?;
        self.update.execute_all(db, "a record of the commit").await?;
        self.insert.execute_all(db, "a new record").await?;
        Ok((aliases, moved))
    }
}

/// What tells the record apart, and behind it the columns that both statements have.
fn row_of(identity: Binds, record: &Record) -> Result<Binds, StoreError> {
    let (life, merged_into) = life_columns(record.life);
    let mut row = identity;
    row.extend(row![
        life,
        merged_into,
        number_of(record),
        day_of(record, &keys::ARRIVES_ON),
        day_of(record, &keys::DEPARTS_ON),
        json(TABLE, &Packed(&record.fields))?
    ]);
    row.extend(Figures::of(record).binds());
    Ok(row)
}

/// Writes the figures of records that have none yet; one that was changed since it was read has got them by that.
pub(super) async fn fill_figures(db: &mut AnyConnection, records: &[Record]) -> Result<(), StoreError> {
    let row = |record: &Record| {
        let mut row: Binds = row![record.id.uuid(), record.version];
        row.extend(Figures::of(record).binds());
        row
    };
    execute(db, &FILL, row![], records.iter().map(row).collect()).await?;
    Ok(())
}

/// What is counted of a reservation: its id, its life, its days and its figures.
pub(super) fn figures_row(record: &Record) -> Binds {
    let (life, _) = life_columns(record.life);
    let (arrives_on, departs_on) = (day_of(record, &keys::ARRIVES_ON), day_of(record, &keys::DEPARTS_ON));
    let mut row: Binds = row![record.id.uuid(), life, arrives_on, departs_on];
    row.extend(Figures::of(record).binds());
    row
}

/// Rows of one id each.
pub(super) fn id_rows<'i>(ids: impl IntoIterator<Item = &'i RecordId>) -> Vec<Binds> {
    ids.into_iter().map(|id| row![id.uuid()]).collect()
}

/// The copy of the field `number` that look-ups use.
fn number_of(record: &Record) -> Option<&str> {
    record.value(&keys::NUMBER).and_then(Value::as_text)
}

/// The copy of a day of the stay: `arrives_on` for the mail before it, `departs_on` for the night audit.
fn day_of(record: &Record, field: &FieldKey) -> Option<String> {
    Some(record.value(field)?.as_date()?.to_string())
}

fn life_columns(life: Life) -> (&'static str, Option<String>) {
    match life {
        Life::Live => ("live", None),
        Life::MergedInto(main) => ("merged", Some(main.to_string())),
        Life::Erased => ("erased", None),
        Life::Retired => ("retired", None),
    }
}

fn life_of(word: &str, merged_into: Option<RecordId>) -> Option<Life> {
    match (word, merged_into) {
        ("live", None) => Some(Life::Live),
        ("merged", Some(main)) => Some(Life::MergedInto(main)),
        ("erased", None) => Some(Life::Erased),
        ("retired", None) => Some(Life::Retired),
        _unknown => None,
    }
}

pub(super) fn record(row: &AnyRow) -> Result<Record, StoreError> {
    let mut columns = Columns::of(row, TABLE);
    let id = RecordId::new(columns.uuid()?);
    let kind = columns.word(RecordKind::parse)?;
    let word = columns.text()?;
    let merged_into = columns.maybe_uuid()?.map(RecordId::new);
    let life = life_of(&word, merged_into).ok_or_else(|| columns.wrong("the life is not a known one"))?;
    Ok(Record { id, kind, life, version: columns.int()?, fields: columns.document::<Unpacked>()?.0 })
}

fn line(row: &AnyRow) -> Result<RecordLine, StoreError> {
    let mut columns = Columns::of(row, TABLE);
    Ok(RecordLine {
        id: RecordId::new(columns.uuid()?),
        kind: columns.word(RecordKind::parse)?,
        changed_at: columns.instant()?,
    })
}
