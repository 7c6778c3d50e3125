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

/// Makes a test per database out of each `async fn(Hub)` that is named.
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use crate::support::hub::Backend;

            #[tokio::test]
            async fn on_sqlite() {
                super::$name(Backend::Sqlite.fresh_hub().await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                super::$name(Backend::Postgres.fresh_hub().await).await;
            }
        }
    )*};
}
pub(crate) use on_both_databases;
