//! Word that something changed: PostgreSQL's notifications, or the version of the SQLite file.

use sqlx::postgres::PgListener;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;

use super::database::{Database, Flavour};
use super::outbox::Outbox;
use crate::connectors::ConnectorError;

/// The connections that wait: kept open between calls, so that no signal is lost in between.
#[derive(Default)]
pub(super) struct Signal {
    listener: Mutex<Option<PgListener>>,
    file: Mutex<Option<SqliteConnection>>,
    /// Counts the connections to the file: versions of two of them cannot be compared.
    opened: AtomicI64,
    /// The version that was last signalled.
    told: Mutex<Option<i64>>,
}

impl Signal {
    /// Waits for the next signal. Right after a connection was made it signals once, because what happened before
    /// is not known.
    pub(super) async fn wait(
        &self,
        db: &Database,
        poll: Duration,
        triggers: bool,
    ) -> Result<(), ConnectorError> {
        match &db.flavour {
            Flavour::Postgres { .. } if !triggers => std::future::pending().await,
            Flavour::Mariadb { .. } => std::future::pending().await,
            Flavour::Postgres { pool, .. } => self.notified(db, pool).await,
            Flavour::Sqlite { .. } => loop {
                let version = self.version(db).await?;
                let mut told = self.told.lock().await;
                if *told != version {
                    *told = version;
                    return Ok(());
                }
                drop(told);
                tokio::time::sleep(poll).await;
            },
        }
    }

    async fn notified(&self, db: &Database, pool: &sqlx::PgPool) -> Result<(), ConnectorError> {
        let mut held = self.listener.lock().await;
        let Some(listener) = held.as_mut() else {
            let mut listener = PgListener::connect_with(pool).await.map_err(|error| db.read_fault(error))?;
            // A silent line is found out by the next poll; the listener itself must not hold a statement back.
            listener.eager_reconnect(false);
            if let Some(outbox) = Outbox::of(db) {
                listener.listen(&outbox.channel()).await.map_err(|error| db.read_fault(error))?;
            }
            *held = Some(listener);
            return Ok(());
        };
        match listener.try_recv().await {
            Ok(Some(_)) => {
                // One look answers for everything that is waiting.
                while listener.next_buffered().is_some() {}
                Ok(())
            }
            Ok(None) => {
                *held = None;
                Ok(())
            }
            Err(error) => {
                *held = None;
                Err(db.read_fault(error))
            }
        }
    }

    /// A number that changes when another connection has changed the file; `None` where there is no file.
    pub(super) async fn version(&self, db: &Database) -> Result<Option<i64>, ConnectorError> {
        let Flavour::Sqlite { file, .. } = &db.flavour else { return Ok(None) };
        let mut held = self.file.lock().await;
        if held.is_none() {
            let options = SqliteConnectOptions::new().filename(file).read_only(true);
            let options = options.busy_timeout(Duration::from_secs(2)).disable_statement_logging();
            *held = Some(options.connect().await.map_err(|error| db.read_fault(error))?);
            self.opened.fetch_add(1, Ordering::Relaxed);
        }
        let Some(connection) = held.as_mut() else { return Ok(None) };
        let version = sqlx::query_scalar::<_, i64>("pragma data_version").fetch_one(&mut *connection).await;
        match version {
            Ok(version) => Ok(Some((self.opened.load(Ordering::Relaxed) << 32) + version)),
            Err(error) => {
                if let Some(broken) = held.take() {
                    // It is given up; how closing went changes nothing.
                    let _ = broken.close().await;
                }
                Err(db.read_fault(error))
            }
        }
    }
}
