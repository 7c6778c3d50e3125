//! What the files of a system have told: an SQLite file of the connector's own, one row a record with the last that was
//! read of it. It holds personal data: nobody but the daemon's user may read it.
//!
//! A page of rows is one transaction. A file that was cut off is read again from its beginning, which changes nothing
//! that was taken before.

use serde::Serialize;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Row as _};
use std::collections::HashMap;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use crate::model::{ExternalId, Observation, RecordKind, RemoteRef};

const SCHEMA: &[&str] = &[
    // The last that was read of each record; `told` counts what is new, `missing` the full exports without it.
    "create table if not exists record (kind text not null, id text not null, hash integer not null, \
     modified_at integer, told integer not null, source text not null, file integer not null, \
     missing integer not null, seen text not null, primary key (kind, id)) without rowid",
    "create index if not exists record_told on record (kind, told)",
    "create index if not exists record_source on record (source, missing)",
    // The files that were read, by the digest of what they hold.
    "create table if not exists file (number integer primary key, digest text not null unique, \
     name text not null, outcome text not null, target text not null, report text not null, \
     moved integer not null)",
    // How many complete full exports there have been, and the last of them.
    "create table if not exists export (source text primary key, complete integer not null, \
     digest text not null)",
    "create table if not exists counter (name text primary key, value integer not null)",
];

/// What is known of a record before a page.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) hash: i64,
    pub(super) modified_at: Option<i64>,
    /// The file that told it last.
    pub(super) file: i64,
    pub(super) missing: u32,
    pub(super) told: i64,
}

/// A file that was read.
#[derive(Debug, Clone)]
pub(super) struct Past {
    pub(super) name: String,
    pub(super) outcome: String,
    /// What it and its report are called where it went.
    pub(super) target: String,
    pub(super) report: String,
    pub(super) moved: bool,
}

/// One record to store: kind, id, hash, time, order of telling, what was seen (`None` when it is as it was).
#[derive(Debug, Serialize)]
pub(super) struct Entry(
    pub(super) &'static str,
    pub(super) String,
    pub(super) i64,
    pub(super) Option<i64>,
    pub(super) i64,
    pub(super) Option<String>,
);

/// The index, open.
pub(super) struct Index {
    pool: SqlitePool,
}

/// The index could not be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum IndexError {
    #[error("the index of what was read does not answer")]
    Database(#[from] sqlx::Error),
    #[error("the index of what was read cannot be opened")]
    File(#[from] std::io::Error),
    #[error("the index of what was read holds what it should not")]
    Unreadable(#[from] serde_json::Error),
}

impl Index {
    /// Opens the index, or makes it.
    pub(super) async fn open(path: &Path) -> Result<Self, IndexError> {
        std::fs::File::options().create(true).append(true).mode(0o600).open(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(Duration::from_secs(10))
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new().max_connections(2).connect_with(options).await?;
        for statement in SCHEMA {
            sqlx::query(*statement).execute(&pool).await?;
        }
        Ok(Self { pool })
    }

    /// The file with this digest, if one was read.
    pub(super) async fn past(&self, digest: &str) -> Result<Option<Past>, IndexError> {
        let row = sqlx::query("select name, outcome, target, report, moved from file where digest = ?")
            .bind(digest)
            .fetch_optional(&self.pool)
            .await?;
        let past = |row: sqlx::sqlite::SqliteRow| -> Result<Past, sqlx::Error> {
            Ok(Past {
                name: row.try_get(0)?,
                outcome: row.try_get(1)?,
                target: row.try_get(2)?,
                report: row.try_get(3)?,
                moved: row.try_get::<i64, _>(4)? != 0,
            })
        };
        Ok(row.map(past).transpose()?)
    }

    /// A number that no file has had.
    pub(super) async fn next_file(&self) -> Result<i64, IndexError> {
        self.count("file", 1).await
    }

    async fn count(&self, name: &str, by: i64) -> Result<i64, IndexError> {
        let row = sqlx::query(
            "insert into counter (name, value) values (?1, ?2) on conflict (name) do update \
             set value = value + excluded.value returning value",
        )
        .bind(name)
        .bind(by)
        .fetch_one(&self.pool)
        .await?;
        Ok(row.try_get(0)?)
    }

    /// So many numbers for telling, and the first of them.
    pub(super) async fn tell(&self, records: usize) -> Result<i64, IndexError> {
        let by = i64::try_from(records).unwrap_or_default();
        Ok(self.count("told", by).await? - by + 1)
    }

    /// How much was told so far.
    pub(super) async fn told(&self) -> Result<i64, IndexError> {
        let row = sqlx::query("select value from counter where name = 'told'").fetch_optional(&self.pool);
        Ok(row.await?.map(|row| row.try_get(0)).transpose()?.unwrap_or_default())
    }

    /// What is known of these records.
    pub(super) async fn known(
        &self,
        observations: &[Observation],
    ) -> Result<HashMap<RemoteRef, Known>, IndexError> {
        let refs = observations.iter().map(|seen| &seen.subject);
        let rows = sqlx::query(
            "select record.kind, record.id, hash, modified_at, file, missing, told \
             from json_each(?1) as wanted \
             join record on record.kind = wanted.value ->> 0 and record.id = wanted.value ->> 1",
        )
        .bind(listed(refs)?)
        .fetch_all(&self.pool)
        .await?;
        let mut known = HashMap::with_capacity(rows.len());
        for row in rows {
            let Some(subject) = subject(&row)? else { continue };
            let of = Known {
                hash: row.try_get(2)?,
                modified_at: row.try_get(3)?,
                file: row.try_get(4)?,
                missing: u32::try_from(row.try_get::<i64, _>(5)?).unwrap_or_default(),
                told: row.try_get(6)?,
            };
            known.insert(subject, of);
        }
        Ok(known)
    }

    /// Stores a page.
    pub(super) async fn store(&self, entries: &[Entry], source: &str, file: i64) -> Result<(), IndexError> {
        sqlx::query(
            "insert into record (kind, id, hash, modified_at, told, source, file, missing, seen) \
             select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, ?2, ?3, 0, \
             coalesce(value ->> 5, '') from json_each(?1) where true \
             on conflict (kind, id) do update set hash = excluded.hash, \
             modified_at = excluded.modified_at, told = excluded.told, source = excluded.source, \
             file = excluded.file, missing = 0, \
             seen = case excluded.seen when '' then record.seen else excluded.seen end",
        )
        .bind(serde_json::to_string(entries)?)
        .bind(source)
        .bind(file)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Rows that could not be taken show their records all the same.
    pub(super) async fn touch(&self, refs: &[RemoteRef], file: i64) -> Result<(), IndexError> {
        sqlx::query(
            "update record set file = ?2, missing = 0 where (kind, id) in \
             (select value ->> 0, value ->> 1 from json_each(?1))",
        )
        .bind(listed(refs.iter())?)
        .bind(file)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that a file was read to its end, and what it did not show of these full exports.
    pub(super) async fn finish(
        &self,
        number: i64,
        digest: &str,
        past: &Past,
        complete: &[String],
    ) -> Result<(), IndexError> {
        let mut work = self.pool.begin().await?;
        for source in complete {
            sqlx::query("update record set missing = missing + 1 where source = ? and file <> ?")
                .bind(source)
                .bind(number)
                .execute(&mut *work)
                .await?;
            sqlx::query(
                "insert into export (source, complete, digest) values (?, 1, ?) on conflict (source) \
                 do update set complete = complete + 1, digest = excluded.digest",
            )
            .bind(source)
            .bind(digest)
            .execute(&mut *work)
            .await?;
        }
        sqlx::query(
            "insert into file (number, digest, name, outcome, target, report, moved) \
             values (?, ?, ?, ?, ?, ?, 0) on conflict (digest) do update set name = excluded.name, \
             outcome = excluded.outcome, target = excluded.target, report = excluded.report, moved = 0",
        )
        .bind(number)
        .bind(digest)
        .bind(&past.name)
        .bind(&past.outcome)
        .bind(&past.target)
        .bind(&past.report)
        .execute(&mut *work)
        .await?;
        Ok(work.commit().await?)
    }

    /// The file is where it belongs.
    pub(super) async fn moved(&self, digest: &str) -> Result<(), IndexError> {
        sqlx::query("update file set moved = 1 where digest = ?").bind(digest).execute(&self.pool).await?;
        Ok(())
    }

    /// Whether the last complete full export of these files is the one with this digest.
    pub(super) async fn is_last(&self, source: &str, digest: &str) -> Result<bool, IndexError> {
        let row =
            sqlx::query("select 1 from export where source = ? and digest = ?").bind(source).bind(digest);
        Ok(row.fetch_optional(&self.pool).await?.is_some())
    }

    /// Whether there was a complete full export of these files.
    pub(super) async fn complete(&self, source: &str) -> Result<bool, IndexError> {
        let row = sqlx::query("select 1 from export where source = ? and complete > 0").bind(source);
        Ok(row.fetch_optional(&self.pool).await?.is_some())
    }

    /// What was told after `after`, with its number.
    pub(super) async fn after(
        &self,
        kind: RecordKind,
        after: i64,
        limit: i64,
    ) -> Result<Vec<(i64, Observation)>, IndexError> {
        let rows =
            sqlx::query("select told, seen from record where kind = ? and told > ? order by told limit ?")
                .bind(kind.name())
                .bind(after)
                .bind(limit)
                .fetch_all(&self.pool)
                .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, serde_json::from_str(row.try_get(1)?)?))).collect()
    }

    /// The records that are there, in the order of their ids.
    pub(super) async fn keys(
        &self,
        kind: RecordKind,
        after: &str,
        absences: u32,
        limit: i64,
    ) -> Result<Vec<(ExternalId, i64)>, IndexError> {
        let rows = sqlx::query(
            "select id, hash from record where kind = ? and id > ? and missing < ? order by id limit ?",
        )
        .bind(kind.name())
        .bind(after)
        .bind(i64::from(absences))
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok((ExternalId::new(row.try_get::<String, _>(0)?), row.try_get(1)?))).collect()
    }

    /// What was last seen of these records, and how many full exports did not have them since.
    pub(super) async fn read(
        &self,
        refs: &[RemoteRef],
    ) -> Result<HashMap<RemoteRef, (Observation, u32)>, IndexError> {
        let rows = sqlx::query(
            "select record.kind, record.id, seen, missing from json_each(?1) as wanted \
             join record on record.kind = wanted.value ->> 0 and record.id = wanted.value ->> 1",
        )
        .bind(listed(refs.iter())?)
        .fetch_all(&self.pool)
        .await?;
        let mut found = HashMap::with_capacity(rows.len());
        for row in rows {
            let Some(subject) = subject(&row)? else { continue };
            let missing = u32::try_from(row.try_get::<i64, _>(3)?).unwrap_or_default();
            found.insert(subject, (serde_json::from_str(row.try_get(2)?)?, missing));
        }
        Ok(found)
    }
}

fn listed<'a>(refs: impl Iterator<Item = &'a RemoteRef>) -> Result<String, IndexError> {
    let refs: Vec<(&str, &str)> =
        refs.map(|subject| (subject.kind.name(), subject.external_id.as_str())).collect();
    Ok(serde_json::to_string(&refs)?)
}

fn subject(row: &sqlx::sqlite::SqliteRow) -> Result<Option<RemoteRef>, IndexError> {
    let kind = RecordKind::parse(row.try_get(0)?);
    let id: String = row.try_get(1)?;
    Ok(kind.map(|kind| RemoteRef::new(kind, id.as_str())))
}
