//! MariaDB: what is different there.
//!
//! Nothing is installed in it. HotelDruid locks tables by name, and a trigger that wrote to a table which anybody else
//! reads would then fail the desk's own statement; so changes are found by looking. Its tables are `MyISAM`: a statement
//! is all or nothing only because it touches one row.

use secrecy::ExposeSecret as _;
use sqlx::mysql::{MySqlArguments, MySqlConnectOptions, MySqlPool, MySqlPoolOptions, MySqlRow, MySqlSslMode};
use sqlx::query::Query;
use sqlx::{Executor as _, MySql, Row as _};
use std::time::Duration;

use super::config::MariadbServer;
use super::database::{ACQUIRE, Bind, Row, safe};
use super::text;
use crate::connectors::registry::{self, ConnectError};
use crate::model::SystemId;

/// How long we wait for a table that the desk has locked, and how long a statement may take at all, in seconds.
///
/// The waits are whole seconds there. Nothing is held while waiting, so that the desk never waits for us.
const LIMITS: &str = "set session lock_wait_timeout = 1, max_statement_time = 5";

/// Sets the pool up; nothing is opened before the first statement.
///
/// # Errors
/// [`ConnectError`] when the password cannot be read or a setting has no meaning.
pub(super) fn pool(system: &SystemId, server: &MariadbServer) -> Result<MySqlPool, ConnectError> {
    let tls = match server.tls.as_str() {
        "disable" => MySqlSslMode::Disabled,
        "prefer" => MySqlSslMode::Preferred,
        "require" => MySqlSslMode::Required,
        "verify-full" => MySqlSslMode::VerifyIdentity,
        _ => {
            let why = "`database.tls` is `disable`, `prefer`, `require` or `verify-full`".to_owned();
            return Err(ConnectError::BadSettings { system: system.clone(), why });
        }
    };
    let mut options = MySqlConnectOptions::new()
        .port(server.port)
        .database(&server.name)
        .username(&server.user)
        .ssl_mode(tls)
        .statement_cache_capacity(0);
    options =
        if server.host.starts_with('/') { options.socket(&server.host) } else { options.host(&server.host) };
    if let Some(file) = &server.password_file {
        let password = registry::secret(system, file)?;
        options = options.password(password.expose_secret());
    }
    let pool = MySqlPoolOptions::new().max_connections(4).acquire_timeout(ACQUIRE);
    let pool = pool
        .idle_timeout(Duration::from_mins(1))
        .after_connect(|connection, _| Box::pin(async move { connection.execute(LIMITS).await.map(drop) }));
    Ok(pool.connect_lazy_with(options))
}

/// A column as text: whatever its own character set, the bytes of UTF-8.
pub(super) fn as_text(column: &str) -> String {
    format!("cast(convert({column} using utf8mb4) as binary)")
}

/// The condition that a column still holds the bound text, byte for byte: collations take `a` for `A` and `á`.
pub(super) fn unchanged(column: &str, value: &str) -> String {
    format!("{} <=> cast({value} as binary)", as_text(column))
}

/// The rows of a `select`, each column of which is [`as_text`].
///
/// # Errors
/// Whatever the driver says.
pub(super) async fn rows(pool: &MySqlPool, sql: &str, binds: &[Bind]) -> Result<Vec<Row>, sqlx::Error> {
    let (sql, binds) = in_order(sql, binds);
    let rows = query(sql, binds).fetch_all(pool).await?;
    rows.iter().map(row).collect()
}

/// Runs one statement and gives the number of rows it matched.
///
/// # Errors
/// Whatever the driver says.
pub(super) async fn execute(pool: &MySqlPool, sql: &str, binds: &[Bind]) -> Result<u64, sqlx::Error> {
    let (sql, binds) = in_order(sql, binds);
    query(sql, binds).execute(pool).await.map(|done| done.rows_affected())
}

fn query(sql: String, binds: Vec<&Bind>) -> Query<'static, MySql, MySqlArguments> {
    binds.into_iter().fold(sqlx::query(safe(sql)).persistent(false), |query, bind| match bind {
        Bind::Text(text) => query.bind(text.clone()),
        Bind::Null => query.bind(None::<String>),
        Bind::Int(number) => query.bind(*number),
    })
}

fn row(row: &MySqlRow) -> Result<Row, sqlx::Error> {
    let column = |at| row.try_get::<Option<Vec<u8>>, _>(at).map(|bytes| bytes.map(text::lossy));
    (0..row.len()).map(column).collect::<Result<_, _>>().map(Row)
}

/// MariaDB knows its parameters by their order only: `$2 … $1` becomes `? … ?`, with the values in that order.
pub(super) fn in_order<'a>(sql: &str, binds: &'a [Bind]) -> (String, Vec<&'a Bind>) {
    let mut parts = sql.split('$');
    let mut out = parts.next().unwrap_or_default().to_owned();
    let mut ordered = Vec::new();
    for part in parts {
        let digits = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (number, rest) = part.split_at(digits);
        ordered.extend(number.parse::<usize>().ok().and_then(|number| binds.get(number.checked_sub(1)?)));
        out.push('?');
        out.push_str(rest);
    }
    (out, ordered)
}
