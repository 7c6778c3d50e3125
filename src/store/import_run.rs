//! How far imports are: one row for each, written now and then by the process that runs it.

use chrono::{DateTime, Utc};
use sqlx::any::AnyRow;
use uuid::Uuid;

use super::error::StoreError;
use super::open::Store;
use super::sql::{Columns, execute, fetch, row, statements};
use crate::model::SystemId;

const TABLE: &str = "import_run";

statements! {
    PUT("tttiiiiiiiii", "") = "insert into import_run
            (run_id, system_id, source, begun_at, seen_at, ended_at, succeeded, total, rows_before, n_rows, applied, rejected)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        on conflict (run_id) do update set seen_at = excluded.seen_at, ended_at = excluded.ended_at,
            succeeded = excluded.succeeded, n_rows = excluded.n_rows, applied = excluded.applied,
            rejected = excluded.rejected";
    LAST("i", "") = "select run_id, system_id, source, begun_at, seen_at, ended_at, succeeded, total, rows_before, n_rows,
            applied, rejected
        from import_run order by begun_at desc, run_id desc limit $1";
}

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRun {
    /// Its id.
    pub id: Uuid,
    /// Whose history it takes in.
    pub system: SystemId,
    /// What it reads: `system` or `files`.
    pub source: String,
    /// When it began.
    pub begun_at: DateTime<Utc>,
    /// When it last said so.
    pub seen_at: DateTime<Utc>,
    /// When it ended, and whether it was told to its end; `None`: it is running, or was killed.
    pub ended: Option<(DateTime<Utc>, bool)>,
    /// How many rows there are, where that is known.
    pub total: Option<u64>,
    /// Rows that an interrupted run had read.
    pub before: u64,
    /// Rows that were read, those of an interrupted run included.
    pub rows: u64,
    /// Records that told the hub something.
    pub applied: u64,
    /// Rows that could not be taken.
    pub rejected: u64,
}

impl Store {
    /// Notes how far an import is.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn note_import(&self, run: &ImportRun) -> Result<(), StoreError> {
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let (ended_at, succeeded) = run.ended.unzip();
        let fixed = row![
            run.id,
            run.system.as_str(),
            run.source.as_str(),
            run.begun_at,
            run.seen_at,
            ended_at,
            succeeded.map(i64::from),
            run.total.map(count),
            count(run.before),
            count(run.rows),
            count(run.applied),
            count(run.rejected),
        ];
        execute(&mut *self.single_writer().await?, &PUT, fixed, vec![]).await.map(drop)
    }

    /// The imports that began last, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer or a row cannot be read.
    pub async fn import_runs(&self, limit: u32) -> Result<Vec<ImportRun>, StoreError> {
        let rows = fetch(&mut *self.reader().await?, &LAST, row![i64::from(limit)], vec![]).await?;
        rows.iter().map(run).collect()
    }
}

fn run(row: &AnyRow) -> Result<ImportRun, StoreError> {
    let mut columns = Columns::of(row, TABLE);
    Ok(ImportRun {
        id: columns.uuid()?,
        system: SystemId::new(columns.text()?),
        source: columns.text()?,
        begun_at: columns.instant()?,
        seen_at: columns.instant()?,
        ended: columns.maybe_instant()?.zip(columns.maybe_int()?.map(|succeeded| succeeded == 1)),
        total: columns.maybe_int()?.map(|total| u64::try_from(total).unwrap_or_default()),
        before: columns.count()?,
        rows: columns.count()?,
        applied: columns.count()?,
        rejected: columns.count()?,
    })
}
