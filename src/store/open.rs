//! Opening a database: pools sized on purpose, time limits on every connection, one process per SQLite file.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sqlx::any::AnyPoolOptions;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, Connection, Executor, Transaction};

use super::dialect::Dialect;
use super::error::StoreError;
use super::migrations;
use super::statistics::Growth;
use super::wake::Waker;
use crate::model::Door;

/// Where the hub's memory is, and how long it may take.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// `sqlite:/path/to/file` or `postgres://user:password@host/database?sslmode=verify-full`.
    pub url: SecretString,
    /// Connections that may be open at once (2..=1000): on PostgreSQL for everything, on SQLite for reading, beside
    /// the one that writes.
    pub max_connections: u32,
    /// How long to wait for a free connection.
    pub acquire_timeout: Duration,
    /// How long one statement may run (PostgreSQL).
    pub statement_timeout: Duration,
    /// How long a statement may wait for a row that somebody else has locked (PostgreSQL).
    pub lock_timeout: Duration,
    /// How long a transaction may sit idle before the server ends it (PostgreSQL).
    pub idle_in_transaction_timeout: Duration,
    /// How long to wait for the file's lock (SQLite); only a backup or a shell can hold it.
    pub busy_timeout: Duration,
}

impl StoreSettings {
    /// The defaults for the database at `url`.
    pub fn of(url: impl Into<SecretString>) -> Self {
        Self {
            url: url.into(),
            max_connections: 8,
            acquire_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
            lock_timeout: Duration::from_secs(5),
            idle_in_transaction_timeout: Duration::from_secs(30),
            busy_timeout: Duration::from_secs(10),
        }
    }
}

/// A handle on the hub's memory, and by which door whoever has it came. Clones share the connections.
#[derive(Debug, Clone)]
pub struct Store(pub(super) Arc<Inner>, Door);

/// What the clones of a [`Store`] share.
#[derive(Debug)]
pub(super) struct Inner {
    pub dialect: Dialect,
    pub read: AnyPool,
    pub write: AnyPool,
    pub waker: Waker,
    pub growth: Growth,
    pub settings: StoreSettings,
    /// Held as long as the store is open, so that a second process is refused; the system releases it when the
    /// process dies.
    lock: Option<File>,
}

impl Store {
    /// Opens the database for work; creates it where it does not exist (SQLite) and migrates it.
    ///
    /// # Errors
    /// [`StoreError::InUse`] for a SQLite file that another process works on, [`StoreError::NewerDatabase`] for one
    /// of a newer cardex, [`StoreError::Database`] when it cannot be reached.
    pub async fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        let dialect = dialect_of(settings)?;
        sqlx::any::install_default_drivers();
        match dialect {
            Dialect::Sqlite => {
                let path = sqlite_path(settings)?;
                let lock = lock(&path)?;
                private(&path)?;
                let mut first = connect(settings, &sqlite_url(&path, "rwc"), sqlite_writer(settings)).await?;
                migrations::migrate(&mut first, dialect).await?;
                first.close().await?;
                let write = pool(settings, 1, sqlite_writer(settings), &sqlite_url(&path, "rw")).await?;
                let read = pool(
                    settings,
                    settings.max_connections,
                    sqlite_reader(settings),
                    &sqlite_url(&path, "ro"),
                )
                .await?;
                Ok(Self::of(settings, dialect, read, write, Some(lock)))
            }
            Dialect::Postgres => {
                let url = settings.url.expose_secret();
                // A migration may take longer than any statement of daily work: it runs without the limits.
                let mut first = connect(settings, url, "set application_name = 'cardex'".to_owned()).await?;
                migrations::migrate(&mut first, dialect).await?;
                first.close().await?;
                let pool = pool(settings, settings.max_connections, postgres_session(settings), url).await?;
                Ok(Self::of(settings, dialect, pool.clone(), pool, None))
            }
        }
    }

    /// Opens the database for looking, beside a daemon that works on it. Nothing is created or migrated, and every
    /// write fails.
    ///
    /// # Errors
    /// [`StoreError::NewerDatabase`] and [`StoreError::OlderDatabase`] when its schema is another one,
    /// [`StoreError::Database`] when it cannot be reached.
    pub async fn open_read_only(settings: &StoreSettings) -> Result<Self, StoreError> {
        let dialect = dialect_of(settings)?;
        sqlx::any::install_default_drivers();
        let (url, session) = match dialect {
            Dialect::Sqlite => (sqlite_url(&sqlite_path(settings)?, "ro"), sqlite_reader(settings)),
            Dialect::Postgres => (
                settings.url.expose_secret().to_owned(),
                postgres_session(settings) + "; set default_transaction_read_only = on",
            ),
        };
        let pool = pool(settings, 2, session, &url).await?;
        migrations::check(&mut *pool.acquire().await?).await?;
        Ok(Self::of(settings, dialect, pool.clone(), pool, None))
    }

    /// Opens the database for an operator's decision beside a daemon that works on it: nothing is created or
    /// migrated, and the lock of a SQLite file stays the daemon's. Never claim marks through it.
    ///
    /// # Errors
    /// As [`Store::open_read_only`].
    pub async fn open_beside(settings: &StoreSettings) -> Result<Self, StoreError> {
        let dialect = dialect_of(settings)?;
        sqlx::any::install_default_drivers();
        let (url, session) = match dialect {
            Dialect::Sqlite => (sqlite_url(&sqlite_path(settings)?, "rw"), sqlite_writer(settings)),
            Dialect::Postgres => (settings.url.expose_secret().to_owned(), postgres_session(settings)),
        };
        let pool = pool(settings, 2, session, &url).await?;
        migrations::check(&mut *pool.acquire().await?).await?;
        Ok(Self::of(settings, dialect, pool.clone(), pool, None))
    }

    fn of(
        settings: &StoreSettings,
        dialect: Dialect,
        read: AnyPool,
        write: AnyPool,
        lock: Option<File>,
    ) -> Self {
        let waker = Waker::default();
        let growth = Growth::new();
        let inner = Inner { dialect, read, write, waker, growth, settings: settings.clone(), lock };
        Self(Arc::new(inner), Door::Daemon)
    }

    /// The same memory for whoever comes by this door: the audit says so of what he does.
    #[must_use]
    pub fn through(&self, door: Door) -> Self {
        Self(Arc::clone(&self.0), door)
    }

    /// By which door whoever has it came.
    pub(super) const fn door(&self) -> Door {
        self.1
    }

    /// Closes every connection once the work on it is done.
    pub async fn close(&self) {
        // Only by the process that works on the file: an operator's command does not wait for statistics.
        if self.0.lock.is_some()
            && let Ok(mut writer) = self.0.write.acquire().await
        {
            // Fresh statistics for the next start; losing them costs nothing.
            let _ = writer.execute("pragma optimize").await;
        }
        self.0.read.close().await;
        self.0.write.close().await;
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        self.0.dialect
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// [`StoreError::Database`] when it gives none.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.reader().await?.ping().await?)
    }

    /// A connection to read from.
    pub(super) async fn reader(&self) -> Result<PoolConnection<Any>, StoreError> {
        Ok(self.0.read.acquire().await?)
    }

    /// A connection to run one writing statement on: it is its own transaction.
    pub(super) async fn single_writer(&self) -> Result<PoolConnection<Any>, StoreError> {
        Ok(self.0.write.acquire().await?)
    }

    /// A transaction to write in. Dropped without a commit, it is rolled back.
    pub(super) async fn writer(&self) -> Result<Transaction<'static, Any>, StoreError> {
        Ok(self.0.write.begin_with(self.0.dialect.begin()).await?)
    }
}

fn dialect_of(settings: &StoreSettings) -> Result<Dialect, StoreError> {
    Dialect::of_url(settings.url.expose_secret()).ok_or(StoreError::UnknownUrl)
}

/// The file of a SQLite URL: what stands between `sqlite:` (and `//`) and `?`.
fn sqlite_path(settings: &StoreSettings) -> Result<PathBuf, StoreError> {
    let url = settings.url.expose_secret();
    let path = url.strip_prefix("sqlite:").unwrap_or(url);
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    if path.is_empty() || path.starts_with(':') {
        return Err(StoreError::UnknownUrl);
    }
    std::path::absolute(path).map_err(|source| StoreError::File { path: path.into(), source })
}

/// The URL of an absolute path; characters that a URL gives a meaning are escaped.
fn sqlite_url(path: &Path, mode: &str) -> String {
    let escaped = path.to_string_lossy().replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite://{escaped}?mode={mode}")
}

/// Takes the lock that says "a cardex process works on this file": there is one writer, and claims rely on it.
fn lock(path: &Path) -> Result<File, StoreError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let beside = PathBuf::from(beside);
    let file = private(&beside)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(StoreError::File { path: beside, source }),
    }
}

/// Opens `path`, creating it for nobody else's eyes: it will hold personal data. SQLite gives its other files the same
/// rights.
fn private(path: &Path) -> Result<File, StoreError> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = File::options();
    options.create(true).truncate(false).write(true).mode(0o600);
    options.open(path).map_err(|source| StoreError::File { path: path.to_owned(), source })
}

/// WAL so that readers and the writer do not wait for each other; FULL because NORMAL can lose what was committed
/// when the power fails.
fn sqlite_writer(settings: &StoreSettings) -> String {
    format!(
        "pragma busy_timeout = {}; pragma journal_mode = wal; pragma synchronous = full; \
         pragma foreign_keys = on; pragma cache_size = -16384; \
         pragma journal_size_limit = 67108864",
        settings.busy_timeout.as_millis()
    )
}

fn sqlite_reader(settings: &StoreSettings) -> String {
    format!("pragma busy_timeout = {}; pragma query_only = on", settings.busy_timeout.as_millis())
}

fn postgres_session(settings: &StoreSettings) -> String {
    format!(
        "set application_name = 'cardex'; set statement_timeout = {}; set lock_timeout = {}; \
         set idle_in_transaction_session_timeout = {}",
        settings.statement_timeout.as_millis(),
        settings.lock_timeout.as_millis(),
        settings.idle_in_transaction_timeout.as_millis()
    )
}

/// A pool whose connections all begin with `session`; the text holds settings, never input.
async fn pool(
    settings: &StoreSettings,
    max_connections: u32,
    session: String,
    url: &str,
) -> Result<AnyPool, StoreError> {
    let session: Arc<str> = session.into();
    let options = AnyPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(settings.acquire_timeout)
        // A file does not hang up.
        .test_before_acquire(!url.starts_with("sqlite:"))
        .after_connect(move |db, _| {
            let session = Arc::clone(&session);
            Box::pin(async move { begin_session(db, &session).await })
        })
        .after_release(|db, _| Box::pin(is_usable(db)));
    Ok(options.connect(url).await?)
}

/// Whether a connection that was given back can be used again. When a disk is full, SQLite ends the transaction by
/// itself, and the driver goes on believing in it: no transaction would ever begin on this connection again.
async fn is_usable(db: &mut AnyConnection) -> Result<bool, sqlx::Error> {
    if !db.is_in_transaction() {
        return Ok(true);
    }
    // A transaction that was dropped is rolled back before the answer comes.
    db.ping().await?;
    Ok(!db.is_in_transaction())
}

/// One connection of its own; refused connections are not tried again here.
async fn connect(settings: &StoreSettings, url: &str, session: String) -> Result<AnyConnection, StoreError> {
    let connecting = tokio::time::timeout(settings.acquire_timeout, AnyConnection::connect(url));
    let mut db = connecting.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
    begin_session(&mut db, &session).await?;
    Ok(db)
}

async fn begin_session(db: &mut AnyConnection, session: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(session.to_owned())).execute(db).await?;
    Ok(())
}
