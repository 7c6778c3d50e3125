//! A hub's memory for one test, on either database.

use cardex::store::{Store, StoreSettings};
use tempfile::TempDir;

use super::{postgres, sqlite};

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    /// A file.
    Sqlite,
    /// A database of the process's cluster.
    Postgres,
}

/// An open store on a database of its own.
pub(crate) struct Hub {
    /// The store.
    pub(crate) store: Store,
    /// What it was opened with, to open it again.
    pub(crate) settings: StoreSettings,
    _dir: Option<TempDir>,
}

impl Backend {
    /// The settings of a database that nothing has been done to yet.
    pub(crate) async fn fresh_database(self) -> (StoreSettings, Option<TempDir>) {
        match self {
            Self::Sqlite => {
                let (url, dir) = sqlite::fresh_database();
                (StoreSettings::of(url), Some(dir))
            }
            Self::Postgres => (StoreSettings::of(postgres::cluster().fresh_database().await), None),
        }
    }

    /// A new, migrated, open hub.
    pub(crate) async fn fresh_hub(self) -> Hub {
        let (settings, dir) = self.fresh_database().await;
        let store = Store::open(&settings).await.expect("a fresh database opens");
        Hub { store, settings, _dir: dir }
    }
}

/// What a test of both databases is given: the database, or an open hub on it.
pub(crate) trait Given {
    async fn on(backend: Backend) -> Self;
}

impl Given for Backend {
    async fn on(backend: Backend) -> Self {
        backend
    }
}

impl Given for Hub {
    async fn on(backend: Backend) -> Self {
        backend.fresh_hub().await
    }
}

/// Runs a test on a database.
pub(crate) async fn run_on<T: Given>(backend: Backend, test: impl AsyncFnOnce(T)) {
    test(T::on(backend).await).await;
}

/// Makes a test per database out of each `async fn(Hub)` or `async fn(Backend)` that is named.
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use crate::support::hub::{Backend, run_on};

            #[tokio::test]
            async fn on_sqlite() {
                run_on(Backend::Sqlite, super::$name).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                run_on(Backend::Postgres, super::$name).await;
            }
        }
    )*};
}
pub(crate) use on_both_databases;
