//! Claiming: the order, the lanes, and workers that claim at the same time.

use std::collections::BTreeSet;

use cardex::model::{Lane, SystemId};
use cardex::store::{Commit, Due, End, Queue, Store};
use uuid::Uuid;

use super::mark::finished;
use super::{at, commit, crm, due, person, pms, read, store_all};
use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(
    most_urgent_comes_first,
    only_asked_lanes_are_claimed,
    workers_never_share_a_mark,
    work_is_done_exactly_once_by_many_workers,
);

async fn most_urgent_comes_first(hub: Hub) {
    let records: Vec<_> = (0..5).map(|_| person()).collect();
    store_all(&hub.store, &records, &[]).await;
    let mark = |index: usize, lane, rank, second| Due {
        rank,
        not_before: at(second),
        ..due(records[index].id, &crm(), lane)
    };
    let marks = vec![
        mark(0, Lane::Backfill, 0, 0),
        mark(1, Lane::Live, 2, 0),
        mark(2, Lane::Live, 1, 2),
        mark(3, Lane::Live, 1, 1),
        mark(4, Lane::Status, 4, 3),
    ];
    hub.store.commit(Commit { due: marks, ..commit() }).await.expect("marks are set");
    let claim = async |limit| {
        let lanes = Lane::Status..=Lane::Audit;
        hub.store.claim_due(&crm(), lanes, limit, at(9), at(60), Uuid::now_v7()).await.expect("claims")
    };
    let order = |leases: Vec<cardex::store::Lease<Due>>| {
        let index = |lease: &cardex::store::Lease<Due>| {
            records.iter().position(|record| record.id == lease.mark.record).expect("it is one of them")
        };
        leases.iter().map(index).collect::<Vec<_>>()
    };
    assert_eq!(order(claim(3).await), [4, 3, 2]);
    assert_eq!(order(claim(3).await), [1, 0]);
}

async fn only_asked_lanes_are_claimed(hub: Hub) {
    let reads = Lane::ALL.map(|lane| read(&pms(), &format!("{lane:?}"), lane)).into();
    hub.store.commit(Commit { reads, ..commit() }).await.expect("marks are set");
    let claim = async |system: &SystemId, lanes| {
        let claimed = hub.store.claim_reads(system, lanes, 100, at(0), at(60), Uuid::now_v7()).await;
        claimed.expect("claims").into_iter().map(|lease| lease.mark.lane).collect::<Vec<_>>()
    };
    assert!(claim(&crm(), Lane::Status..=Lane::Audit).await.is_empty());
    assert_eq!(claim(&pms(), Lane::Status..=Lane::Status).await, [Lane::Status]);
    assert_eq!(claim(&pms(), Lane::Live..=Lane::Backfill).await, [Lane::Live, Lane::Backfill]);
    assert_eq!(claim(&pms(), Lane::Status..=Lane::Audit).await, [Lane::Arrival, Lane::Audit]);
}

async fn set_reads(store: &Store, n_marks: usize) {
    let reads = (0..n_marks).map(|id| read(&pms(), &id.to_string(), Lane::Live)).collect();
    store.commit(Commit { reads, ..commit() }).await.expect("marks are set");
}

async fn workers_never_share_a_mark(hub: Hub) {
    set_reads(&hub.store, 600).await;
    let workers = (0..6).map(|_| {
        let store = hub.store.clone();
        tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                let lanes = Lane::Status..=Lane::Audit;
                let claimed = store.claim_reads(&pms(), lanes, 7, at(0), at(60), Uuid::now_v7()).await;
                let leases = claimed.expect("claims");
                if leases.is_empty() {
                    return mine;
                }
                mine.extend(leases.into_iter().map(|lease| lease.mark_id));
            }
        })
    });
    let mut all = Vec::new();
    for worker in workers.collect::<Vec<_>>() {
        all.extend(worker.await.expect("the worker ends"));
    }
    assert_eq!(all.len(), 600, "a mark was claimed twice");
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), 600);
}

async fn work_is_done_exactly_once_by_many_workers(hub: Hub) {
    set_reads(&hub.store, 300).await;
    let workers = (0..4).map(|_| {
        let store = hub.store.clone();
        tokio::spawn(async move { drain(&store).await })
    });
    let mut n_done = 0;
    for worker in workers.collect::<Vec<_>>() {
        n_done += worker.await.expect("the worker ends");
    }
    assert_eq!(n_done, 300);
    assert!(hub.store.queue_counts(at(0)).await.expect("counts").is_empty());
}

/// Claims and finishes until nothing is left; says how much it has done.
async fn drain(store: &Store) -> usize {
    let mut n_done = 0;
    loop {
        let lanes = Lane::Status..=Lane::Audit;
        let claimed = store.claim_reads(&pms(), lanes, 20, at(0), at(60), Uuid::now_v7()).await;
        let leases = claimed.expect("claims");
        if leases.is_empty() {
            return n_done;
        }
        let finished = leases.iter().map(|lease| finished(Queue::Reads, lease, End::Done)).collect();
        let records = vec![person()];
        store.commit(Commit { finished, records, ..commit() }).await.expect("the leases hold");
        n_done += leases.len();
    }
}
