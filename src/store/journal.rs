//! The journal: appended to by commits, never changed.

use sqlx::any::AnyRow;

use super::dialect::Dialect;
use super::error::StoreError;
use super::open::Store;
use super::record::id_rows;
use super::sql::{Columns, Ready, fetch, json, row, statements};
use crate::model::ids::LinkId;
use crate::model::journal::Entry;
use crate::model::{ObservationId, RecordId, SystemId};

const TABLE: &str = "journal";

statements! {
    APPEND("", "titttt") = "insert into journal (entry_id, at, system_id, record_id, link_id, event)
        values {values}";
    OF_RECORD("ti", "") = "select entry_id, at, system_id, record_id, link_id, event from journal
        where record_id = $1 or record_id in (
            select r.record_id from record r where r.root_id = $1 and r.merged_into is not null)
        order by seq desc limit $2";
    AT_SYSTEM("t", "t") = "with v(record_id) as (values {values})
        select j.entry_id, j.at, j.system_id, j.record_id, j.link_id, j.event
        from v cross join journal j where j.record_id = v.record_id and j.system_id = $1 order by j.seq";
    OF_ALL("", "t") = "with v(record_id) as (values {values})
        select j.entry_id, j.at, j.system_id, j.record_id, j.link_id, j.event
        from v cross join journal j where j.record_id = v.record_id order by j.seq";
    RECENT("ti", "") = "select entry_id, at, system_id, record_id, link_id, event from journal
        where $1 is null or system_id = $1
        order by seq desc limit $2";
}

impl Store {
    /// What happened to a record and to everything merged into it, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn journal_of(&self, record: RecordId, limit: u32) -> Result<Vec<Entry>, StoreError> {
        let fixed = row![record.uuid(), i64::from(limit)];
        let rows = fetch(&mut *self.reader().await?, &OF_RECORD, fixed, vec![]).await?;
        rows.iter().map(entry).collect()
    }

    /// What happened to these records at `system`, each one's story oldest first. What was merged into them is not told.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn journal_at(
        &self,
        system: &SystemId,
        records: &[RecordId],
    ) -> Result<Vec<Entry>, StoreError> {
        let fixed = row![system.as_str()];
        let rows = fetch(&mut *self.reader().await?, &AT_SYSTEM, fixed, id_rows(records)).await?;
        rows.iter().map(entry).collect()
    }

    /// What happened to these records, oldest first. What was merged into them is not told.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn story_of(&self, records: &[RecordId]) -> Result<Vec<Entry>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &OF_ALL, row![], id_rows(records)).await?;
        rows.iter().map(entry).collect()
    }

    /// What happened last, at `system` or at all, newest first, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn recent_journal(
        &self,
        system: Option<&SystemId>,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let fixed = row![system.map(SystemId::as_str), i64::from(limit)];
        let rows = fetch(&mut *self.reader().await?, &RECENT, fixed, vec![]).await?;
        rows.iter().map(entry).collect()
    }
}

/// Entries in their stored form, ready to be appended in order.
pub(super) fn append(dialect: Dialect, entries: &[Entry]) -> Result<Ready, StoreError> {
    let rows = entries.iter().map(|entry| {
        Ok(row![
            entry.id.uuid(),
            entry.at,
            entry.system.as_ref().map(SystemId::as_str),
            entry.record.map(|id| id.to_string()),
            entry.link.map(|id| id.to_string()),
            json(TABLE, &entry.event)?,
        ])
    });
    let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
    Ok(Ready::of(dialect, &APPEND, "", &row![], rows))
}

fn entry(row: &AnyRow) -> Result<Entry, StoreError> {
    let mut columns = Columns::of(row, TABLE);
    Ok(Entry {
        id: ObservationId::new(columns.uuid()?),
        at: columns.instant()?,
        system: columns.maybe_text()?.map(SystemId::new),
        record: columns.maybe_uuid()?.map(RecordId::new),
        link: columns.maybe_uuid()?.map(LinkId::new),
        event: columns.document()?,
    })
}
