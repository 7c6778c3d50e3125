//! What every table of marks has: a mark says that a record has to be looked at and counts how often it was touched, and
//! one row without a record notes that something was stored which nobody has marked. Both end only as they were read.

use chrono::{DateTime, Utc};

use super::error::StoreError;
use super::open::Store;
use super::sql::{Columns, Statement, execute, fetch, row};
use crate::model::RecordId;

/// A record that has to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The record, aliases not followed.
    pub record: RecordId,
    /// How often it had been touched when it was read.
    pub touched: i64,
}

/// Everything has to be looked at that was stored since an instant, because nobody has marked it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since {
    /// Since when.
    pub at: DateTime<Utc>,
    /// How often it had been noted when it was read.
    pub touched: i64,
}

impl Store {
    /// Some of the marks of a table, as `page` orders them.
    pub(super) async fn marks(
        &self,
        (table, page): (&'static str, &Statement),
        limit: u32,
    ) -> Result<Vec<Mark>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, page, row![i64::from(limit)], vec![]).await?;
        let mark = |row| {
            let mut columns = Columns::of(row, table);
            Ok(Mark { record: RecordId::new(columns.uuid()?), touched: columns.int()? })
        };
        rows.iter().map(mark).collect()
    }

    /// Ends marks; one that was touched since it was read stays.
    pub(super) async fn end_marks(&self, end: &Statement, marks: &[Mark]) -> Result<(), StoreError> {
        let rows = marks.iter().map(|mark| row![mark.record.uuid(), mark.touched]).collect();
        let mut transaction = self.writer().await?;
        execute(&mut transaction, end, row![], rows).await?;
        Ok(transaction.commit().await?)
    }

    /// The note of a table; `None` when there is none.
    pub(super) async fn noted_since(
        &self,
        (table, since): (&'static str, &Statement),
    ) -> Result<Option<Since>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, since, row![], vec![]).await?;
        let since = |row| {
            let mut columns = Columns::of(row, table);
            Ok(Since { at: columns.instant()?, touched: columns.int()? })
        };
        rows.first().map(since).transpose()
    }

    /// Ends the note of a table, unless there is news.
    pub(super) async fn end_noted(&self, end: &Statement, since: Since) -> Result<(), StoreError> {
        execute(&mut *self.single_writer().await?, end, row![], vec![row!["", since.touched]]).await?;
        Ok(())
    }
}
