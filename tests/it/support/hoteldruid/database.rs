//! The database behind an instance, for looking and for damage that no form can do.

use serde_json::Value;
use sqlx::mysql::{MySqlConnectOptions, MySqlPool, MySqlPoolOptions};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{AssertSqlSafe, Column as _, Row as _, TypeInfo as _, ValueRef as _};
use std::path::Path;
use std::time::Duration;

use super::mariadb::ADMINISTRATOR;
use crate::support::postgres::OWNER;

/// A small pool on the instance's database.
pub(super) enum Database {
    Sqlite(SqlitePool),
    Postgres(PgPool),
    Mariadb(MySqlPool),
}

impl Database {
    pub(super) fn sqlite(file: &Path) -> Self {
        let options = SqliteConnectOptions::new().filename(file).busy_timeout(Duration::from_secs(20));
        Self::Sqlite(SqlitePoolOptions::new().max_connections(2).connect_lazy_with(options))
    }

    pub(super) fn postgres(port: u16, name: &str) -> Self {
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(port)
            .username(OWNER)
            .database(name);
        Self::Postgres(PgPoolOptions::new().max_connections(2).connect_lazy_with(options))
    }

    pub(super) fn mariadb(port: u16, name: &str) -> Self {
        let options = MySqlConnectOptions::new().host("127.0.0.1").port(port).username(ADMINISTRATOR);
        let pool = MySqlPoolOptions::new().max_connections(2);
        Self::Mariadb(pool.connect_lazy_with(options.database(name)))
    }

    /// Runs one statement or several.
    pub(super) async fn execute(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        let done = match self {
            Self::Sqlite(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop),
            Self::Postgres(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop),
            Self::Mariadb(pool) => sqlx::raw_sql(sql).execute(pool).await.map(drop),
        };
        done.expect("the statement runs");
    }

    /// The rows of a `select`, each as a JSON object.
    pub(super) async fn rows(&self, select: &str) -> Vec<Value> {
        match self {
            Self::Sqlite(pool) => {
                let rows = sqlx::query(AssertSqlSafe(select.to_owned())).fetch_all(pool).await;
                rows.expect("the query runs").iter().map(sqlite_row).collect()
            }
            Self::Postgres(pool) => {
                let wrapped = AssertSqlSafe(format!("select to_jsonb(q)::text from ({select}) q"));
                let rows = sqlx::query_scalar::<_, String>(wrapped).fetch_all(pool).await;
                rows.expect("the query runs")
                    .iter()
                    .map(|row| serde_json::from_str(row).expect("it is JSON"))
                    .collect()
            }
            Self::Mariadb(pool) => {
                // Unprepared, so that every value comes as text.
                let rows = sqlx::raw_sql(AssertSqlSafe(select.to_owned())).fetch_all(pool).await;
                rows.expect("the query runs").iter().map(mariadb_row).collect()
            }
        }
    }

    /// Locks a table as the front desk does, until the guard is dropped.
    pub(super) async fn lock(&self, table: &str) -> Lock {
        match self {
            Self::Sqlite(_) => panic!("SQLite has no table locks"),
            Self::Postgres(pool) => {
                let mut transaction = pool.begin().await.expect("a transaction begins");
                let sql = AssertSqlSafe(format!("lock table {table}"));
                sqlx::query(sql).execute(&mut *transaction).await.expect("the table can be locked");
                Lock::Postgres { _transaction: transaction }
            }
            Self::Mariadb(pool) => {
                let mut connection = pool.acquire().await.expect("a connection").detach();
                let sql = AssertSqlSafe(format!("lock tables {table} write"));
                sqlx::raw_sql(sql).execute(&mut connection).await.expect("the table can be locked");
                Lock::Mariadb { _connection: connection }
            }
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
            Self::Mariadb(pool) => pool.close().await,
        }
    }
}

/// A locked table.
pub(crate) enum Lock {
    Postgres { _transaction: sqlx::Transaction<'static, sqlx::Postgres> },
    Mariadb { _connection: sqlx::MySqlConnection },
}

fn mariadb_row(row: &sqlx::mysql::MySqlRow) -> Value {
    let cells = row.columns().iter().map(|column| {
        let at = column.ordinal();
        let raw = row.try_get_raw(at).expect("the column exists");
        let kind = raw.type_info().name().to_owned();
        let value = match kind.as_str() {
            _ if raw.is_null() => Value::Null,
            "DOUBLE" | "FLOAT" => Value::from(row.get::<f64, _>(at)),
            kind if kind.contains("INT") => Value::from(row.get_unchecked::<i64, _>(at)),
            _ => Value::from(row.get_unchecked::<String, _>(at)),
        };
        (column.name().to_owned(), value)
    });
    Value::Object(cells.collect())
}

fn sqlite_row(row: &sqlx::sqlite::SqliteRow) -> Value {
    let cells = row.columns().iter().map(|column| {
        let at = column.ordinal();
        let raw = row.try_get_raw(at).expect("the column exists");
        let value = match raw.type_info().name() {
            _ if raw.is_null() => Value::Null,
            "INTEGER" => Value::from(row.get::<i64, _>(at)),
            "REAL" => Value::from(row.get::<f64, _>(at)),
            _ => Value::from(row.get_unchecked::<String, _>(at)),
        };
        (column.name().to_owned(), value)
    });
    Value::Object(cells.collect())
}
