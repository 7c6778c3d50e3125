//! Waking workers: at once within the process, by `LISTEN`/`NOTIFY` between processes. A wake-up is a hint: workers
//! poll as well, because a notification can be lost with its connection.

use sqlx::AnyConnection;
use sqlx::postgres::PgListener;
use tokio::sync::broadcast::{self, error::RecvError};
use uuid::Uuid;

use secrecy::ExposeSecret;

use super::dialect::Dialect;
use super::error::StoreError;
use super::open::Store;
use crate::model::SystemId;

/// Wake-ups that a slow worker may miss before it is told that it missed some.
const BUFFERED: usize = 64;

/// The sending side of wake-ups.
#[derive(Debug)]
pub(super) struct Waker {
    /// Tells notifications of this store from those of other processes: its own workers are awake already.
    id: Uuid,
    sender: broadcast::Sender<SystemId>,
}

impl Default for Waker {
    fn default() -> Self {
        Self { id: Uuid::now_v7(), sender: broadcast::Sender::new(BUFFERED) }
    }
}

impl Waker {
    /// Wakes the workers of `system` in this process.
    pub(super) fn wake(&self, system: &SystemId) {
        // Nobody listening is fine.
        let _ = self.sender.send(system.clone());
    }

    /// Wakes the workers of `system` in other processes, when the transaction commits.
    pub(super) async fn notify(
        &self,
        db: &mut AnyConnection,
        dialect: Dialect,
        system: &SystemId,
    ) -> Result<(), StoreError> {
        if let Some(sql) = dialect.notify() {
            sqlx::query(sql).bind(format!("{} {system}", self.id)).execute(db).await?;
        }
        Ok(())
    }

    /// The system of a notification that another process has sent.
    fn foreign(&self, payload: &str) -> Option<SystemId> {
        let (sender, system) = payload.split_once(' ')?;
        (sender != self.id.to_string()).then(|| SystemId::new(system))
    }
}

/// The receiving side of wake-ups: what was sent before it was made is not received.
#[derive(Debug)]
pub struct Wakeups(broadcast::Receiver<SystemId>);

impl Wakeups {
    /// Waits until there may be work for `system`. Cancel-safe; it may return without work.
    pub async fn woken(&mut self, system: &SystemId) {
        loop {
            match self.0.recv().await {
                Ok(woken) if woken != *system => {}
                Ok(_) | Err(RecvError::Lagged(_)) => return,
                // The store is gone with its sender; whoever waits here is about to be stopped.
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }
}

impl Store {
    /// Wakes the workers of `system` in this process, for example after a configuration change.
    pub fn wake(&self, system: &SystemId) {
        self.0.waker.wake(system);
    }

    /// A subscription to wake-ups. Subscribe first and look for work then: nothing falls between.
    pub fn wakeups(&self) -> Wakeups {
        Wakeups(self.0.waker.sender.subscribe())
    }

    /// Passes on the wake-ups of other processes until it is dropped. On SQLite there are none, and it only waits.
    ///
    /// # Errors
    /// [`StoreError::Database`] when the line is cut; call it again after a pause.
    pub async fn relay_wakeups(&self) -> Result<(), StoreError> {
        match self.0.dialect {
            Dialect::Sqlite => std::future::pending().await,
            Dialect::Postgres => {
                let mut listener = PgListener::connect(self.0.settings.url.expose_secret()).await?;
                listener.listen("cardex_wake").await?;
                loop {
                    let notification = listener.recv().await?;
                    if let Some(system) = self.0.waker.foreign(notification.payload()) {
                        self.wake(&system);
                    }
                }
            }
        }
    }
}
