//! Merges and splits: every record and link knows the live end of its chain.

use cardex::model::{Life, Link, Record, RecordId, Role};
use cardex::store::{Commit, StoreError};

use super::{commit, crm, link, person, pms, root, store_all, stored, stored_link};
use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(
    chain_ends_at_the_survivor,
    split_gives_back_both_trees,
    merge_moves_the_links_of_the_whole_tree,
    ring_of_aliases_is_refused,
    record_born_merged_finds_its_root,
    merge_into_an_unknown_record_is_a_conflict,
);

async fn set_life(hub: &Hub, id: RecordId, life: Life) -> Result<(), StoreError> {
    let record = Record { life, ..stored(&hub.store, id).await };
    hub.store.commit(Commit { records: vec![record], ..commit() }).await
}

async fn people(hub: &Hub, n_people: usize) -> Vec<RecordId> {
    let people: Vec<_> = (0..n_people).map(|_| person()).collect();
    store_all(&hub.store, &people, &[]).await;
    people.iter().map(|record| record.id).collect()
}

async fn chain_ends_at_the_survivor(hub: Hub) {
    let ids = people(&hub, 4).await;
    // Not in the order of the chain: 0 -> 1 -> 2 -> 3.
    for step in [1, 0, 2] {
        set_life(&hub, ids[step], Life::MergedInto(ids[step + 1])).await.expect("it merges");
    }
    let roots = hub.store.roots(&ids).await.expect("reads");
    assert_eq!(roots, ids.iter().map(|id| (*id, ids[3])).collect());
}

async fn split_gives_back_both_trees(hub: Hub) {
    let ids = people(&hub, 3).await;
    set_life(&hub, ids[0], Life::MergedInto(ids[1])).await.expect("it merges");
    set_life(&hub, ids[1], Life::MergedInto(ids[2])).await.expect("it merges");
    set_life(&hub, ids[1], Life::Live).await.expect("it splits");
    assert_eq!(root(&hub.store, ids[0]).await, ids[1]);
    assert_eq!(root(&hub.store, ids[1]).await, ids[1]);
    assert_eq!(root(&hub.store, ids[2]).await, ids[2]);
    set_life(&hub, ids[0], Life::MergedInto(ids[2])).await.expect("it merges elsewhere");
    assert_eq!(root(&hub.store, ids[0]).await, ids[2]);
    assert_eq!(root(&hub.store, ids[1]).await, ids[1]);
}

async fn merge_moves_the_links_of_the_whole_tree(hub: Hub) {
    let (main, other) = (person(), person());
    let (at_main, at_other) = (link(&main, &pms(), "1"), link(&other, &pms(), "2"));
    let elsewhere = link(&other, &crm(), "9");
    let links = [at_main.clone(), at_other.clone(), elsewhere.clone()];
    store_all(&hub.store, &[main.clone(), other.clone()], &links).await;
    let merged = Record { life: Life::MergedInto(main.id), ..stored(&hub.store, other.id).await };
    let still_primary = Commit { records: vec![merged.clone()], ..commit() };
    let error = hub.store.commit(still_primary).await.expect_err("two primary links at the PMS");
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    let stepped_back = Link { role: Role::Secondary, ..stored_link(&hub.store, &at_other).await };
    let merge = Commit { records: vec![merged], links: vec![stepped_back], ..commit() };
    hub.store.commit(merge).await.expect("one steps back");
    let linked = hub.store.links_of(&[main.id], None).await.expect("reads");
    assert_eq!(linked.len(), 3);
    assert!(linked.iter().all(|linked| linked.root == main.id));
    assert_eq!(
        stored_link(&hub.store, &elsewhere).await.record,
        other.id,
        "the link itself is not rewritten"
    );
    let split = Commit {
        records: vec![Record { life: Life::Live, ..stored(&hub.store, other.id).await }],
        links: vec![Link { role: Role::Primary, ..stored_link(&hub.store, &at_other).await }],
        ..commit()
    };
    hub.store.commit(split).await.expect("both are primary again, each of its own");
    assert_eq!(hub.store.links_of(&[other.id], None).await.expect("reads").len(), 2);
}

async fn ring_of_aliases_is_refused(hub: Hub) {
    let ids = people(&hub, 2).await;
    set_life(&hub, ids[0], Life::MergedInto(ids[1])).await.expect("it merges");
    let error = set_life(&hub, ids[1], Life::MergedInto(ids[0])).await.expect_err("a ring");
    assert!(matches!(error, StoreError::AliasLoop { .. }), "{error:?}");
    assert_eq!(root(&hub.store, ids[0]).await, ids[1]);
}

async fn record_born_merged_finds_its_root(hub: Hub) {
    let main = person();
    let alias = Record { life: Life::MergedInto(main.id), ..person() };
    let at_alias = link(&alias, &pms(), "1");
    store_all(&hub.store, &[alias.clone(), main.clone()], &[at_alias]).await;
    assert_eq!(root(&hub.store, alias.id).await, main.id);
    assert_eq!(hub.store.links_of(&[main.id], None).await.expect("reads").len(), 1);
}

async fn merge_into_an_unknown_record_is_a_conflict(hub: Hub) {
    let ids = people(&hub, 1).await;
    let error = set_life(&hub, ids[0], Life::MergedInto(person().id)).await.expect_err("nobody is there");
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
}
