//! What can go wrong in the store, and whether trying again can help.

use std::path::PathBuf;

use super::Queue;

/// Why the store could not do what was asked. Messages carry ids, never values.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else has changed what the commit was computed from. Nothing was committed: read again, compute
    /// again.
    #[error("{what} was changed meanwhile")]
    Conflict {
        /// Which rows.
        what: String,
    },
    /// A claimed mark has passed to somebody else, or an operator has dropped it. Nothing was committed.
    #[error("the lease on a mark of the queue `{}` is lost", queue.name())]
    LeaseLost {
        /// The queue.
        queue: Queue,
    },
    /// A merge would make a record its own alias.
    #[error("the record `{record}` would become an alias of itself")]
    AliasLoop {
        /// The record.
        record: String,
    },
    /// The URL names no database that the store knows.
    #[error("the database URL must begin with `sqlite:` or `postgres:` and name a file or a database")]
    UnknownUrl,
    /// The database file is in use by another process.
    #[error("the database `{}` is in use by another cardex process", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The database was written by a newer cardex.
    #[error(
        "the database has schema version {found}, but this cardex knows only versions up to {known}: use a newer cardex"
    )]
    NewerDatabase {
        /// Its version.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The database was written by an older cardex and was opened for reading only.
    #[error(
        "the database has schema version {found}, and this cardex needs {known}: start the daemon once to migrate it"
    )]
    OlderDatabase {
        /// Its version; 0 when it is empty.
        found: i64,
        /// The version that this program needs.
        known: i64,
    },
    /// A migration has failed or was changed after it was applied.
    #[error("could not migrate the database")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// A file beside the database could not be used.
    #[error("could not use `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A stored value is not what the schema says.
    #[error("column `{column}` of a row of `{table}` (`{id}`) cannot be read")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
        /// The row's key, as far as it was read.
        id: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A value could not be put into its stored form.
    #[error("could not store a document of `{table}`")]
    Unstorable {
        /// The table.
        table: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The database said no, or nothing.
    #[error("the database did not answer as it should")]
    Database(#[from] sqlx::Error),
}

impl StoreError {
    /// Whether the same call may succeed later without anybody doing anything: a conflict, a busy, unreachable or
    /// full database.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Conflict { .. } => true,
            Self::Database(error) => is_transient(error),
            Self::LeaseLost { .. }
            | Self::AliasLoop { .. }
            | Self::UnknownUrl
            | Self::InUse { .. }
            | Self::NewerDatabase { .. }
            | Self::OlderDatabase { .. }
            | Self::Migrate(_)
            | Self::File { .. }
            | Self::Unreadable { .. }
            | Self::Unstorable { .. } => false,
        }
    }
}

/// Two workers met: unique violations (both inserted), serialization failures and deadlocks.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    let Some(database) = error.as_database_error() else { return false };
    database.is_unique_violation() || matches!(database.code().as_deref(), Some("40001" | "40P01"))
}

/// SQLSTATE classes 08 (connection), 25006 (read-only after a fail-over), 40 (rollback), 53 (resources, disk full),
/// 55P03 (lock), 57 (shutdown, cancelled); SQLite 5 busy, 6 locked, 10 I/O, 13 full, with their extended codes.
fn is_transient(error: &sqlx::Error) -> bool {
    if let Some(database) = error.as_database_error() {
        let code = database.code().unwrap_or_default();
        return match code.parse::<u32>() {
            Ok(number) if code.len() < 5 => matches!(number & 0xff, 5 | 6 | 10 | 13),
            Ok(_) | Err(_) => {
                ["08", "40", "53", "57"].iter().any(|class| code.starts_with(class))
                    || code == "55P03"
                    || code == "25006"
            }
        };
    }
    matches!(
        error,
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::WorkerCrashed | sqlx::Error::Tls(_)
    )
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Migrate(error)
    }
}
