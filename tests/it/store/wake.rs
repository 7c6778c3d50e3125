//! Wake-ups: within the process at once, between processes by the database.

use std::time::Duration;

use cardex::model::Lane;
use cardex::store::{Commit, Store};

use super::{commit, crm, pms, read};
use crate::support::hub::{Backend, Hub, on_both_databases};

on_both_databases!(commit_wakes_the_workers_of_its_systems);

/// Far longer than a wake-up takes; passing it fails the test.
const PATIENCE: Duration = Duration::from_secs(20);

async fn commit_wakes_the_workers_of_its_systems(hub: Hub) {
    let (mut at_pms, mut at_crm) = (hub.store.wakeups(), hub.store.wakeups());
    let reads = vec![read(&pms(), "1", Lane::Live)];
    hub.store.commit(Commit { reads, ..commit() }).await.expect("a mark is set");
    tokio::time::timeout(PATIENCE, at_pms.woken(&pms())).await.expect("the PMS's worker wakes");
    hub.store.wake(&crm());
    tokio::time::timeout(PATIENCE, at_crm.woken(&crm())).await.expect("the CRM's worker wakes");
    assert!(
        tokio::time::timeout(Duration::ZERO, at_pms.woken(&pms())).await.is_err(),
        "nothing was set for the PMS since"
    );
}

#[tokio::test]
async fn commit_wakes_the_workers_of_another_daemon() {
    let hub = Backend::Postgres.fresh_hub().await;
    let other = Store::open(&hub.settings).await.expect("two daemons share a database");
    let mut woken = other.wakeups();
    let relay = tokio::spawn({
        let other = other.clone();
        async move { other.relay_wakeups().await }
    });
    // The relay listens from some moment on: mark until one is heard.
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let reads = vec![read(&pms(), "1", Lane::Live)];
        hub.store.commit(Commit { reads, ..commit() }).await.expect("a mark is set");
        if tokio::time::timeout(Duration::from_millis(100), woken.woken(&pms())).await.is_ok() {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "the other daemon sleeps on");
    }
    relay.abort();
}
