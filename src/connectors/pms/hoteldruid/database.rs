//! The hotel's database: short, single statements, each its own transaction.
//!
//! The front desk takes exclusive locks on whole tables, one after the other. So no statement here touches two
//! of the hotel's tables (a deadlock could cost the desk its booking), none waits long for a lock, and every one
//! ends soon. Every value is fetched as text, because the databases disagree on types and agree on text.

use secrecy::ExposeSecret as _;
use smol_str::SmolStr;
use sqlx::mysql::MySqlPool;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgSslMode};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Row as _, SqlSafeStr as _, SqlStr, Sqlite};
use std::time::Duration;

use super::config::{DatabaseSettings, Settings};
use super::errors::Fault;
use super::mariadb;
use super::text;
use crate::connectors::ConnectorError;
use crate::connectors::registry::{self, ConnectError};
use crate::model::SystemId;

/// What our connections are called at PostgreSQL; the triggers pass over changes made under this name.
pub(super) const APPLICATION: &str = "cardex";
/// Below PostgreSQL's `deadlock_timeout` of a second: should we ever stand in the desk's way, we give way.
const LOCK_TIMEOUT: &str = "400ms";
const STATEMENT_TIMEOUT: &str = "5s";
/// How long a read of the SQLite file waits for the desk's write to end.
const BUSY: Duration = Duration::from_secs(2);
/// How long the desk is left alone before the SQLite file is asked for again.
const GIVE_WAY: Duration = Duration::from_millis(20);
pub(super) const ACQUIRE: Duration = Duration::from_secs(3);

/// One row, its columns as text in the order they were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row(pub(super) Vec<Option<String>>);

/// A value given to a statement.
#[derive(Debug, Clone)]
pub(super) enum Bind {
    Text(String),
    Null,
    Int(i64),
}

/// The hotel's database.
pub(super) struct Database {
    system: SmolStr,
    prefix: String,
    pub(super) flavour: Flavour,
}

/// Which database it is.
pub(super) enum Flavour {
    Postgres { pool: PgPool, schema: String, trigger_schema: String },
    Sqlite { reads: SqlitePool, writes: SqlitePool, file: std::path::PathBuf },
    Mariadb { pool: MySqlPool },
}

impl Database {
    /// Sets the pools up; nothing is opened before the first statement.
    ///
    /// # Errors
    /// [`ConnectError`] when the password cannot be read or a setting has no meaning.
    pub(super) fn new(system: &SystemId, settings: &Settings) -> Result<Self, ConnectError> {
        let flavour = match &settings.database {
            DatabaseSettings::Sqlite { file } => sqlite(file),
            DatabaseSettings::Postgresql { .. } => postgres(system, &settings.database)?,
            DatabaseSettings::Mariadb(server) => Flavour::Mariadb { pool: mariadb::pool(system, server)? },
        };
        Ok(Self { system: system.as_str().into(), prefix: settings.table_prefix.clone(), flavour })
    }

    /// The table called `name` in HotelDruid, as SQL.
    pub(super) fn table(&self, name: &str) -> String {
        match &self.flavour {
            Flavour::Postgres { schema, .. } => format!("\"{schema}\".\"{}{name}\"", self.prefix),
            Flavour::Sqlite { .. } => format!("\"{}{name}\"", self.prefix),
            Flavour::Mariadb { .. } => format!("`{}{name}`", self.prefix),
        }
    }

    /// What stands in front of every table name.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// `select` of these columns, each as text, from a table of HotelDruid.
    pub(super) fn select(&self, columns: &[&str], table: &str, rest: &str) -> String {
        // PostgreSQL would name the text after its column, and `order by` that text: 10 before 2.
        let named = |(place, column): (usize, &&str)| format!("{} as v{place}", self.as_text(column));
        let list: Vec<_> = columns.iter().enumerate().map(named).collect();
        format!("select {} from {} {rest}", list.join(", "), self.table(table))
    }

    /// A column as text. SQLite hands out bytes, because a cut text may not be UTF-8.
    pub(super) fn as_text(&self, column: &str) -> String {
        match &self.flavour {
            Flavour::Postgres { .. } => format!("cast({column} as text)"),
            Flavour::Sqlite { .. } => format!("cast({column} as blob)"),
            Flavour::Mariadb { .. } => mariadb::as_text(column),
        }
    }

    /// The rows of a `select` made by [`Database::select`].
    ///
    /// # Errors
    /// See [`Fault`].
    pub(super) async fn rows(&self, sql: String, binds: &[Bind]) -> Result<Vec<Row>, ConnectorError> {
        let sql = safe(sql);
        match &self.flavour {
            Flavour::Postgres { pool, .. } => {
                let query = binds.iter().fold(sqlx::query(sql).persistent(false), |query, bind| match bind {
                    Bind::Text(text) => query.bind(text.as_str()),
                    Bind::Null => query.bind(None::<String>),
                    Bind::Int(number) => query.bind(*number),
                });
                let rows = query.fetch_all(pool).await.map_err(|error| self.read_fault(error))?;
                rows.iter()
                    .map(postgres_row)
                    .collect::<Result<_, _>>()
                    .map_err(|error| self.read_fault(error))
            }
            Flavour::Sqlite { reads, .. } => {
                let query = binds.iter().fold(sqlx::query(sql).persistent(false), |query, bind| match bind {
                    Bind::Text(text) => query.bind(text.as_str()),
                    Bind::Null => query.bind(None::<String>),
                    Bind::Int(number) => query.bind(*number),
                });
                let rows = query.fetch_all(reads).await.map_err(|error| self.read_fault(error))?;
                rows.iter().map(sqlite_row).collect::<Result<_, _>>().map_err(|error| self.read_fault(error))
            }
            Flavour::Mariadb { pool } => {
                let rows = mariadb::rows(pool, sql.as_str(), binds).await;
                rows.map_err(|error| self.read_fault(error))
            }
        }
    }

    /// Runs one statement that changes something and gives the number of rows it touched.
    ///
    /// # Errors
    /// See [`Fault`].
    pub(super) async fn execute(&self, sql: String, binds: &[Bind]) -> Result<u64, ConnectorError> {
        let sql = safe(sql);
        match &self.flavour {
            Flavour::Postgres { pool, .. } => {
                let query = binds.iter().fold(sqlx::query(sql).persistent(false), |query, bind| match bind {
                    Bind::Text(text) => query.bind(text.as_str()),
                    Bind::Null => query.bind(None::<String>),
                    Bind::Int(number) => query.bind(*number),
                });
                query.execute(pool).await.map(|done| done.rows_affected()).map_err(|error| self.fault(error))
            }
            Flavour::Sqlite { writes, .. } => {
                let mut transaction = self.alone(writes).await?;
                let query = binds.iter().fold(sqlx::query(sql).persistent(false), |query, bind| match bind {
                    Bind::Text(text) => query.bind(text.as_str()),
                    Bind::Null => query.bind(None::<String>),
                    Bind::Int(number) => query.bind(*number),
                });
                let done = query.execute(&mut *transaction).await.map_err(|error| self.fault(error))?;
                transaction.commit().await.map_err(|error| self.fault(error))?;
                Ok(done.rows_affected())
            }
            Flavour::Mariadb { pool } => {
                mariadb::execute(pool, sql.as_str(), binds).await.map_err(|error| self.fault(error))
            }
        }
    }

    /// A transaction that has the file to itself, or none.
    ///
    /// HotelDruid reads before it writes inside one transaction, and SQLite refuses it at once when somebody else is
    /// about to write by then: the desk's booking would be lost. So we never wait while holding anything; we take the
    /// file only when nobody is reading it, and give way otherwise.
    async fn alone(&self, writes: &SqlitePool) -> Result<sqlx::Transaction<'static, Sqlite>, ConnectorError> {
        let tries = BUSY.as_millis() / GIVE_WAY.as_millis();
        for _ in 1..tries {
            match writes.begin_with("begin exclusive").await {
                Err(error @ sqlx::Error::Database(_)) if Fault::of(&error) == Fault::Passing => {
                    tokio::time::sleep(GIVE_WAY).await;
                }
                other => return other.map_err(|error| self.read_fault(error)),
            }
        }
        writes.begin_with("begin exclusive").await.map_err(|error| self.read_fault(error))
    }

    /// What an error of the driver means for a statement that only reads.
    pub(super) fn read_fault(&self, error: sqlx::Error) -> ConnectorError {
        Fault::of(&error).of_read().into_error(self.system.clone(), error)
    }

    /// What an error of the driver means.
    pub(super) fn fault(&self, error: sqlx::Error) -> ConnectorError {
        Fault::of(&error).into_error(self.system.clone(), error)
    }

    /// A system that is not a HotelDruid cardex knows.
    pub(super) fn incompatible(&self, what: impl Into<String>) -> ConnectorError {
        ConnectorError::Incompatible { system: self.system.clone(), what: what.into() }
    }

    /// The system's name, for errors.
    pub(super) fn system(&self) -> SmolStr {
        self.system.clone()
    }
}

/// Every text pasted into SQL is written in this folder or checked by [`Settings::read`].
pub(super) fn safe(sql: String) -> SqlStr {
    AssertSqlSafe(sql).into_sql_str()
}

fn postgres_row(row: &sqlx::postgres::PgRow) -> Result<Row, sqlx::Error> {
    (0..row.len()).map(|at| row.try_get(at)).collect::<Result<_, _>>().map(Row)
}

fn sqlite_row(row: &sqlx::sqlite::SqliteRow) -> Result<Row, sqlx::Error> {
    let column = |at| row.try_get::<Option<Vec<u8>>, _>(at).map(|bytes| bytes.map(text::lossy));
    (0..row.len()).map(column).collect::<Result<_, _>>().map(Row)
}

fn sqlite(file: &std::path::Path) -> Flavour {
    let options = SqliteConnectOptions::new().filename(file).busy_timeout(BUSY).foreign_keys(false);
    let pool = |options, size| {
        let pool = SqlitePoolOptions::new().max_connections(size).acquire_timeout(ACQUIRE);
        pool.idle_timeout(Duration::from_secs(30)).connect_lazy_with(options)
    };
    Flavour::Sqlite {
        reads: pool(options.clone().read_only(true), 2),
        writes: pool(options.busy_timeout(Duration::ZERO), 1),
        file: file.to_owned(),
    }
}

fn postgres(system: &SystemId, settings: &DatabaseSettings) -> Result<Flavour, ConnectError> {
    let DatabaseSettings::Postgresql { host, port, name, user, password_file, tls, schema, trigger_schema } =
        settings
    else {
        return Err(ConnectError::BadSettings { system: system.clone(), why: "`database.kind`".to_owned() });
    };
    let tls: PgSslMode = tls.parse().map_err(|_| ConnectError::BadSettings {
        system: system.clone(),
        why: "`database.tls` is `disable`, `prefer`, `require` or `verify-full`".to_owned(),
    })?;
    let mut options = PgConnectOptions::new_without_pgpass()
        .port(*port)
        .database(name)
        .username(user)
        .ssl_mode(tls)
        .application_name(APPLICATION)
        .statement_cache_capacity(0)
        .options([
            ("lock_timeout", LOCK_TIMEOUT),
            ("statement_timeout", STATEMENT_TIMEOUT),
            ("idle_in_transaction_session_timeout", STATEMENT_TIMEOUT),
            ("datestyle", "ISO"),
        ]);
    options = if host.starts_with('/') { options.socket(host) } else { options.host(host) };
    if let Some(file) = password_file {
        let password = registry::secret(system, file)?;
        options = options.password(password.expose_secret());
    }
    let pool = PgPoolOptions::new().max_connections(4).acquire_timeout(ACQUIRE).connect_lazy_with(options);
    Ok(Flavour::Postgres { pool, schema: schema.clone(), trigger_schema: trigger_schema.clone() })
}
