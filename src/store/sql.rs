//! Statements as data, and the way values go in and out.
//!
//! A statement is written once for both databases: `$1` placeholders, text, whole numbers and bytes only. One that takes many
//! rows has `{values}` where the rows go. Nothing but placeholders is ever put into a statement's text.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Column, Row};
use uuid::Uuid;

use super::StoreError;
use super::dialect::Dialect;
use super::rows::{Marks, arrays, counted_from, placeholders};

/// How many rows go into one statement. Longer lists are no faster, and SQLite keeps some hundred bytes for each of their
/// parameters as long as it keeps the statement.
const ROWS_PER_STATEMENT: usize = 100;

/// One statement. Types are given as letters, `t` for text, `i` for a whole number and `b` for bytes.
pub(super) struct Statement {
    /// Its name, for the test that proves it.
    pub name: &'static str,
    /// Its text.
    pub sql: &'static str,
    /// The types of the parameters that it takes once: `$1` and on.
    pub fixed: &'static str,
    /// The types of the columns of its rows; empty when it takes none.
    pub columns: &'static str,
}

/// Declares statements as constants and collects them in `ALL`.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident($fixed:literal, $columns:literal) = $sql:expr;)*) => {
        $($(#[$doc])* pub(in crate::store) const $name: $crate::store::sql::Statement = $crate::store::sql::Statement {
            name: concat!(module_path!(), "::", stringify!($name)), sql: $sql, fixed: $fixed, columns: $columns,
        };)*
        /// Every statement of this module.
        pub(in crate::store) const ALL: &[$crate::store::sql::Statement] = &[$($name),*];
    };
}
pub(super) use statements;

/// One bound value.
#[derive(Debug, Clone)]
pub(super) enum Bind {
    /// Text or its absence.
    Text(Option<String>),
    /// A whole number or its absence.
    Int(Option<i64>),
    /// Bytes or their absence.
    Bytes(Option<Vec<u8>>),
}

impl From<&[u8]> for Bind {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(Some(bytes.to_owned()))
    }
}

impl From<String> for Bind {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<&str> for Bind {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<Option<&str>> for Bind {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<Option<String>> for Bind {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Bind {
    fn from(number: i64) -> Self {
        Self::Int(Some(number))
    }
}

impl From<Option<i64>> for Bind {
    fn from(number: Option<i64>) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Bind {
    fn from(flag: bool) -> Self {
        Self::Int(Some(i64::from(flag)))
    }
}

impl From<DateTime<Utc>> for Bind {
    fn from(at: DateTime<Utc>) -> Self {
        Self::Int(Some(micros(at)))
    }
}

impl From<Option<DateTime<Utc>>> for Bind {
    fn from(at: Option<DateTime<Utc>>) -> Self {
        Self::Int(at.map(micros))
    }
}

impl From<Uuid> for Bind {
    fn from(id: Uuid) -> Self {
        Self::Text(Some(id.to_string()))
    }
}

/// Builds a row of binds.
macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::sql::Bind::from($value)),*] };
}
pub(super) use row;

/// One row of values.
pub(super) type Binds = Vec<Bind>;

/// An instant as it is stored: microseconds since 1970. It is the finest unit that a whole number holds for as long
/// as anybody cares (290,000 years), and it compares and sorts alike on both databases.
pub(super) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// A document in its stored form.
pub(super) fn json<T: Serialize>(table: &'static str, document: &T) -> Result<String, StoreError> {
    // Most documents are a little longer than this: it saves growing by doubling.
    let mut text = Vec::with_capacity(2_048);
    serde_json::to_writer(&mut text, document).map_err(|source| StoreError::Unstorable { table, source })?;
    String::from_utf8(text)
        .map_err(|error| StoreError::Unstorable { table, source: serde::ser::Error::custom(error) })
}

/// Runs `statement` and gives back its rows; a statement that takes rows is not sent when there are none.
pub(super) async fn fetch(
    db: &mut AnyConnection,
    statement: &Statement,
    fixed: Binds,
    rows: Vec<Binds>,
) -> Result<Vec<AnyRow>, StoreError> {
    fetch_locking(db, statement, "", fixed, rows).await
}

/// [`fetch`], with the dialect's words in place of `{lock}`.
pub(super) async fn fetch_locking(
    db: &mut AnyConnection,
    statement: &Statement,
    lock: &'static str,
    fixed: Binds,
    rows: Vec<Binds>,
) -> Result<Vec<AnyRow>, StoreError> {
    let mut found = Vec::new();
    for query in queries(dialect_of(db), statement, lock, &fixed, rows) {
        found.extend(query.fetch_all(&mut *db).await?);
    }
    Ok(found)
}

/// Runs `statement` and says how many rows it has changed.
pub(super) async fn execute(
    db: &mut AnyConnection,
    statement: &Statement,
    fixed: Binds,
    rows: Vec<Binds>,
) -> Result<u64, StoreError> {
    Ready::of(dialect_of(db), statement, "", &fixed, rows).execute(db).await
}

/// A writing statement with everything that it takes, ready before a connection is held.
pub(super) struct Ready {
    queries: Vec<Query<'static, Any, AnyArguments>>,
    n_rows: u64,
}

impl Ready {
    /// Makes `statement` ready, with `lock` in place of `{lock}`.
    pub(super) fn of(
        dialect: Dialect,
        statement: &Statement,
        lock: &'static str,
        fixed: &Binds,
        rows: Vec<Binds>,
    ) -> Self {
        let n_rows = rows.len() as u64;
        Self { queries: queries(dialect, statement, lock, fixed, rows), n_rows }
    }

    /// Runs it and says how many rows it has changed.
    pub(super) async fn execute(self, db: &mut AnyConnection) -> Result<u64, StoreError> {
        let mut changed = 0;
        for query in self.queries {
            changed += query.execute(&mut *db).await?.rows_affected();
        }
        Ok(changed)
    }

    /// Runs it; a conflict about `what` when it has not changed one row for each that it was given.
    pub(super) async fn execute_all(self, db: &mut AnyConnection, what: &str) -> Result<(), StoreError> {
        let n_rows = self.n_rows;
        if self.execute(db).await? == n_rows {
            return Ok(());
        }
        Err(StoreError::Conflict { what: what.to_owned() })
    }
}

fn dialect_of(db: &AnyConnection) -> Dialect {
    if db.backend_name() == "SQLite" { Dialect::Sqlite } else { Dialect::Postgres }
}

fn queries(
    dialect: Dialect,
    statement: &Statement,
    lock: &'static str,
    fixed: &Binds,
    rows: Vec<Binds>,
) -> Vec<Query<'static, Any, AnyArguments>> {
    queries_of(dialect, statement, &statement.sql.replace("{lock}", lock), fixed, rows)
}

fn queries_of(
    dialect: Dialect,
    statement: &Statement,
    sql: &str,
    fixed: &Binds,
    rows: Vec<Binds>,
) -> Vec<Query<'static, Any, AnyArguments>> {
    debug_assert_eq!(fixed.len(), statement.fixed.len(), "parameters of {}", statement.name);
    if statement.columns.is_empty() {
        return vec![query(sql.to_owned(), fixed.clone(), true)];
    }
    batches(rows).into_iter().map(|batch| query_of(dialect, statement, sql, fixed, batch)).collect()
}

/// Asks the database to plan `statement`: proves syntax, tables, columns and types without running it.
pub(super) async fn explain(
    db: &mut AnyConnection,
    statement: &Statement,
    lock: &'static str,
) -> Result<(), sqlx::Error> {
    let nulls = |types: &str| -> Binds {
        let null = |of: char| match of {
            't' => Bind::Text(None),
            'b' => Bind::Bytes(None),
            _ => Bind::Int(None),
        };
        types.chars().map(null).collect()
    };
    let fixed = nulls(statement.fixed);
    let sql = format!("explain {}", statement.sql.replace("{lock}", lock));
    // One row and several are told apart.
    for n_rows in [1, 2] {
        let rows = vec![nulls(statement.columns); n_rows];
        for query in queries_of(dialect_of(db), statement, &sql, &fixed, rows) {
            query.execute(&mut *db).await?;
        }
    }
    Ok(())
}

/// Cuts `rows` into the batches of one statement each.
fn batches(rows: Vec<Binds>) -> Vec<Vec<Binds>> {
    let mut batches = Vec::with_capacity(rows.len().div_ceil(ROWS_PER_STATEMENT));
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        batches.push(rows.by_ref().take(ROWS_PER_STATEMENT).collect());
    }
    batches
}

/// What to send for one batch.
///
/// PostgreSQL is given each column as one text that it takes apart itself: the statement's text is then always the same,
/// planned once, and a row costs it a fraction of what a row of placeholders does.
///
/// SQLite finds a numbered parameter by its name among all those before it, which takes seconds where a statement has
/// thousands. So there the rows have nameless ones, which count from the first, and the statement's own come after. The
/// plan is kept where the same text comes again: single rows and full batches.
fn query_of(
    dialect: Dialect,
    statement: &Statement,
    sql: &str,
    fixed: &Binds,
    rows: Vec<Binds>,
) -> Query<'static, Any, AnyArguments> {
    debug_assert!(
        rows.iter().all(|row| row.len() == statement.columns.len()),
        "columns of {}",
        statement.name
    );
    let (n_fixed, n_columns, n_rows) = (fixed.len(), statement.columns.len(), rows.len());
    let marks = Marks::absent_from(&rows).filter(|_| dialect == Dialect::Postgres && n_rows > 1);
    let is_kept = n_rows <= 1 || n_rows == ROWS_PER_STATEMENT || marks.is_some();
    let (sql, binds) = match (dialect, marks) {
        (Dialect::Sqlite, _) => {
            let sql = counted_from(sql, n_rows * n_columns);
            let sql = sql.replace("{values}", &placeholders(n_columns, n_rows, |_| "?".to_owned()));
            (sql, rows.into_iter().flatten().chain(fixed.iter().cloned()).collect())
        }
        (Dialect::Postgres, Some(marks)) => {
            let sql = sql.replace("values {values}", &arrays(statement.columns, n_fixed));
            (sql, fixed.iter().cloned().chain(marks.columns(&rows, n_columns)).collect())
        }
        (Dialect::Postgres, None) => {
            let numbered = |nth| format!("${}", n_fixed + 1 + nth);
            let sql = sql.replace("{values}", &placeholders(n_columns, n_rows, numbered));
            (sql, fixed.iter().cloned().chain(rows.into_iter().flatten()).collect())
        }
    };
    query(sql, binds, is_kept)
}

fn query(sql: String, binds: Binds, is_kept: bool) -> Query<'static, Any, AnyArguments> {
    let query = sqlx::query(AssertSqlSafe(sql)).persistent(is_kept);
    binds.into_iter().fold(query, |query, bind| match bind {
        Bind::Text(text) => query.bind(text),
        Bind::Int(number) => query.bind(number),
        Bind::Bytes(bytes) => query.bind(bytes),
    })
}

/// Reads a row column by column, in the order of the `select`.
pub(super) struct Columns<'r> {
    row: &'r AnyRow,
    table: &'static str,
    next: usize,
    id: String,
}

impl<'r> Columns<'r> {
    /// Starts at the first column of a row of `table`.
    pub(super) const fn of(row: &'r AnyRow, table: &'static str) -> Self {
        Self { row, table, next: 0, id: String::new() }
    }

    /// The next column, as the driver gives it.
    fn take<T>(&mut self) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'r, Any> + sqlx::Type<Any>,
    {
        let at = self.next;
        self.next += 1;
        self.row.try_get(at).map_err(|error| self.unreadable(at, error))
    }

    fn unreadable(
        &self,
        at: usize,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> StoreError {
        let column =
            self.row.columns().get(at).map_or_else(|| at.to_string(), |column| column.name().to_owned());
        StoreError::Unreadable { table: self.table, column, id: self.id.clone(), source: source.into() }
    }

    /// Passes over a column.
    pub(super) const fn skip(&mut self) {
        self.next += 1;
    }

    /// Text.
    pub(super) fn text(&mut self) -> Result<String, StoreError> {
        self.take()
    }

    /// Text or nothing.
    pub(super) fn maybe_text(&mut self) -> Result<Option<String>, StoreError> {
        self.take()
    }

    /// A whole number.
    pub(super) fn int(&mut self) -> Result<i64, StoreError> {
        self.take()
    }

    /// A whole number or nothing.
    pub(super) fn maybe_int(&mut self) -> Result<Option<i64>, StoreError> {
        self.take()
    }

    /// Bytes.
    pub(super) fn bytes(&mut self) -> Result<Vec<u8>, StoreError> {
        self.take()
    }

    /// A count; a negative one is 0.
    pub(super) fn count(&mut self) -> Result<u64, StoreError> {
        Ok(u64::try_from(self.int()?).unwrap_or(0))
    }

    /// Yes or no.
    pub(super) fn flag(&mut self) -> Result<bool, StoreError> {
        Ok(self.int()? != 0)
    }

    /// A UUID.
    pub(super) fn uuid(&mut self) -> Result<Uuid, StoreError> {
        let text = self.text()?;
        let id = Uuid::try_parse(&text).map_err(|error| self.unreadable(self.next - 1, error))?;
        if self.id.is_empty() {
            self.id = text;
        }
        Ok(id)
    }

    /// A UUID or nothing.
    pub(super) fn maybe_uuid(&mut self) -> Result<Option<Uuid>, StoreError> {
        let Some(text) = self.maybe_text()? else { return Ok(None) };
        Uuid::try_parse(&text).map(Some).map_err(|error| self.unreadable(self.next - 1, error))
    }

    /// An instant.
    pub(super) fn instant(&mut self) -> Result<DateTime<Utc>, StoreError> {
        let micros = self.int()?;
        DateTime::from_timestamp_micros(micros)
            .ok_or_else(|| self.unreadable(self.next - 1, "the instant is out of range"))
    }

    /// An instant or nothing.
    pub(super) fn maybe_instant(&mut self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let Some(micros) = self.maybe_int()? else { return Ok(None) };
        DateTime::from_timestamp_micros(micros)
            .map(Some)
            .ok_or_else(|| self.unreadable(self.next - 1, "the instant is out of range"))
    }

    /// A document.
    pub(super) fn document<T: DeserializeOwned>(&mut self) -> Result<T, StoreError> {
        let text = self.text()?;
        serde_json::from_str(&text).map_err(|error| self.unreadable(self.next - 1, redacted(&error)))
    }

    /// A document or nothing.
    pub(super) fn maybe_document<T: DeserializeOwned>(&mut self) -> Result<Option<T>, StoreError> {
        let Some(text) = self.maybe_text()? else { return Ok(None) };
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| self.unreadable(self.next - 1, redacted(&error)))
    }

    /// The column read last holds something that does not fit.
    pub(super) fn wrong(&self, why: &'static str) -> StoreError {
        self.unreadable(self.next.saturating_sub(1), why)
    }

    /// A word that `parse` knows.
    pub(super) fn word<T>(&mut self, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, StoreError> {
        let text = self.text()?;
        parse(&text).ok_or_else(|| self.unreadable(self.next - 1, "the word is not one of the known ones"))
    }
}

/// Where a document breaks, without the text that serde quotes: it may be personal.
fn redacted(error: &serde_json::Error) -> String {
    format!("{:?} error at line {}, column {}", error.classify(), error.line(), error.column())
}
