//! Opening: create, migrate, refuse what is newer, in use, or not a database.

use cardex::model::{Lane, RecordKind};
use cardex::store::{Commit, QueueFilter, SCHEMA_VERSION, Store, StoreError, StoreSettings};
use secrecy::ExposeSecret as _;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _};

use super::{at, commit, person, pms, read, store_all};
use crate::support::hub::{Backend, Hub, on_both_databases};

on_both_databases!(
    what_was_stored_is_there_after_a_restart,
    newer_database_is_refused,
    reading_needs_no_write,
    operator_may_decide_beside_the_daemon,
    older_database_is_not_read,
    every_older_version_is_migrated,
    store_answers,
);

/// A connection beside the store.
async fn beside(settings: &StoreSettings) -> AnyConnection {
    sqlx::any::install_default_drivers();
    let url = settings.url.expose_secret();
    let url = if url.starts_with("sqlite") { format!("{url}?mode=rwc") } else { url.to_owned() };
    AnyConnection::connect(&url).await.expect("the database answers")
}

async fn what_was_stored_is_there_after_a_restart(hub: Hub) {
    let record = person();
    store_all(&hub.store, std::slice::from_ref(&record), &[]).await;
    hub.store.close().await;
    drop(hub.store);
    let store = Store::open(&hub.settings).await.expect("it opens again");
    assert_eq!(store.records(&[record.id]).await.expect("reads").len(), 1);
}

async fn newer_database_is_refused(hub: Hub) {
    hub.store.close().await;
    drop(hub.store);
    let mut db = beside(&hub.settings).await;
    let sql = format!(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
         select {}, 'from the future', success, checksum, 0 from _sqlx_migrations where version = 1",
        SCHEMA_VERSION + 1
    );
    db.execute(AssertSqlSafe(sql)).await.expect("the future is written");
    db.close().await.expect("the connection closes");
    for opened in [Store::open(&hub.settings).await, Store::open_read_only(&hub.settings).await] {
        let error = opened.expect_err("it is newer");
        assert!(
            matches!(error, StoreError::NewerDatabase { found, known }
                if found == SCHEMA_VERSION + 1 && known == SCHEMA_VERSION),
            "{error:?}"
        );
    }
}

async fn reading_needs_no_write(hub: Hub) {
    let record = person();
    store_all(&hub.store, std::slice::from_ref(&record), &[]).await;
    let reader = Store::open_read_only(&hub.settings).await.expect("it opens beside the daemon");
    assert_eq!(reader.records(&[record.id]).await.expect("reads").len(), 1);
    let write = Commit { reads: vec![read(&pms(), "1", Lane::Live)], ..commit() };
    reader.commit(write).await.expect_err("it only reads");
    assert!(hub.store.queue_counts(at(0)).await.expect("counts").is_empty());
}

async fn operator_may_decide_beside_the_daemon(hub: Hub) {
    let reads = vec![read(&pms(), "1", Lane::Live)];
    hub.store.commit(Commit { reads, ..commit() }).await.expect("a mark is set");
    let operator = Store::open_beside(&hub.settings).await.expect("it opens beside the daemon");
    let dropped = operator.queue_drop(&QueueFilter::default(), &[], at(0)).await.expect("drops");
    assert_eq!(dropped, 1);
    assert!(hub.store.queue_counts(at(0)).await.expect("counts").is_empty());
}

async fn older_database_is_not_read(hub: Hub) {
    hub.store.close().await;
    let mut db = beside(&hub.settings).await;
    let sql = format!("delete from _sqlx_migrations where version = {SCHEMA_VERSION}");
    db.execute(AssertSqlSafe(sql)).await.expect("the last step is forgotten");
    let error = Store::open_read_only(&hub.settings).await.expect_err("it is older");
    assert!(matches!(error, StoreError::OlderDatabase { .. }), "{error:?}");
}

async fn every_older_version_is_migrated(hub: Hub) {
    let backend = match hub.store.dialect() {
        cardex::store::Dialect::Sqlite => Backend::Sqlite,
        cardex::store::Dialect::Postgres => Backend::Postgres,
    };
    let folder = match backend {
        Backend::Sqlite => "migrations/sqlite",
        Backend::Postgres => "migrations/postgres",
    };
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let migrator = sqlx::migrate::Migrator::new(folder.as_path()).await.expect("the migrations are files");
    for version in 1..=SCHEMA_VERSION {
        let (settings, _dir) = backend.fresh_database().await;
        let mut db = beside(&settings).await;
        migrator.run_to(version, &mut db).await.expect("the old version is made");
        db.close().await.expect("the connection closes");
        let store = Store::open(&settings).await.expect("an older database is migrated");
        assert_eq!(store.count_live(&pms(), RecordKind::Person).await.expect("counts"), 0, "from {version}");
    }
}

async fn store_answers(hub: Hub) {
    hub.store.ping().await.expect("it answers");
    hub.store.close().await;
    let error = hub.store.ping().await.expect_err("it is closed");
    assert!(matches!(error, StoreError::Database(_)), "{error:?}");
}

#[tokio::test]
async fn second_process_on_a_file_is_refused() {
    let hub = Backend::Sqlite.fresh_hub().await;
    let error = Store::open(&hub.settings).await.expect_err("it is in use");
    assert!(matches!(error, StoreError::InUse { .. }), "{error:?}");
    hub.store.close().await;
    drop(hub.store);
    Store::open(&hub.settings).await.expect("it is free again");
}

#[tokio::test]
async fn file_names_may_hold_any_character_and_the_file_is_private() {
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let path = dir.path().join("hub 50% #1 é.db");
    let settings = StoreSettings::of(format!("sqlite://{}", path.display()));
    Store::open(&settings).await.expect("it opens");
    let rights = std::fs::metadata(&path).expect("the file is there").permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&rights) & 0o777, 0o600, "it holds personal data");
}

#[tokio::test]
async fn two_daemons_may_start_at_once() {
    let (settings, _dir) = Backend::Postgres.fresh_database().await;
    let (one, two) = tokio::join!(Store::open(&settings), Store::open(&settings));
    one.expect("one migrates");
    two.expect("the other waits");
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    for url in ["mysql://db/hub", "nonsense", "sqlite:", "sqlite::memory:"] {
        let error = Store::open(&StoreSettings::of(url)).await.expect_err("it names no database");
        assert!(matches!(error, StoreError::UnknownUrl), "{url}: {error:?}");
    }
    let dir = tempfile::tempdir().expect("a temporary directory can be made");
    let missing = format!("sqlite://{}/nowhere/hub.db", dir.path().display());
    let error = Store::open(&StoreSettings::of(missing)).await.expect_err("there is no such directory");
    assert!(matches!(error, StoreError::File { .. }), "{error:?}");
    let closed = StoreSettings::of("postgres://nobody:secret@127.0.0.1:1/hub");
    let error = Store::open(&closed).await.expect_err("nobody listens");
    assert!(error.is_transient(), "{error:?}");
    assert!(!format!("{error:?} {closed:?}").contains("secret"), "the password is printed");
}
