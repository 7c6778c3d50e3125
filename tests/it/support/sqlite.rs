//! A fresh SQLite file per test.

use tempfile::TempDir;

/// The URL of a database that does not exist yet, and the directory that goes with the test.
pub(crate) fn fresh_database() -> (String, TempDir) {
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let url = format!("sqlite://{}", dir.path().join("hub.db").display());
    (url, dir)
}
