//! Pairs that operators keep apart: they go where their records go.

use cardex::model::review::Apart;
use cardex::model::{Life, OperatorId, Record, RecordId};
use cardex::store::{Commit, StoreError};

use super::{at, commit, person, store_all, stored};
use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(
    pair_follows_its_records_and_comes_back_with_them,
    pair_kept_apart_is_not_made_one,
    first_word_about_a_pair_stands_until_it_is_taken_back,
);

async fn people(hub: &Hub) -> [RecordId; 3] {
    let people = [person(), person(), person()];
    store_all(&hub.store, &people, &[]).await;
    people.map(|record| record.id)
}

async fn keep_apart(hub: &Hub, pair: &[RecordId], why: &str) {
    let apart = Apart::all(pair, &OperatorId::new("ana"), at(3), why);
    hub.store.commit(Commit { apart, ..commit() }).await.expect("it is written down");
}

async fn merge(hub: &Hub, main: RecordId, other: RecordId) -> Result<(), StoreError> {
    let merged = Record { life: Life::MergedInto(main), ..stored(&hub.store, other).await };
    hub.store.commit(Commit { records: vec![merged], made_one: vec![main, other], ..commit() }).await
}

async fn pair_follows_its_records_and_comes_back_with_them(hub: Hub) {
    let [one, other, third] = people(&hub).await;
    keep_apart(&hub, &[other, one], "twins").await;
    merge(&hub, third, other).await.expect("they may");
    let pairs = hub.store.kept_apart(&[third]).await.expect("reads");
    assert_eq!(pairs.len(), 1);
    assert_eq!((pairs[0].apart.one, pairs[0].apart.other), (one, other), "as it was decided, lower id first");
    assert_eq!(pairs[0].roots, (one, third), "it holds for what the record went into");
    assert!(pairs[0].is_between(&[third, one]) && !pairs[0].is_between(&[one, other]));
    let live = Record { life: Life::Live, ..stored(&hub.store, other).await };
    hub.store.commit(Commit { records: vec![live], ..commit() }).await.expect("it splits");
    assert_eq!(hub.store.kept_apart(&[third]).await.expect("reads"), vec![]);
    assert_eq!(hub.store.kept_apart(&[other]).await.expect("reads")[0].roots, (one, other));
}

async fn pair_kept_apart_is_not_made_one(hub: Hub) {
    let [one, other, third] = people(&hub).await;
    keep_apart(&hub, &[one, other], "twins").await;
    merge(&hub, third, other).await.expect("they may");
    let error = merge(&hub, one, third).await.expect_err("one of its aliases is kept apart from it");
    assert!(matches!(&error, StoreError::Conflict { what } if what.contains("kept apart")), "{error:?}");
    assert_eq!(stored(&hub.store, third).await.life, Life::Live, "nothing was stored");
}

async fn first_word_about_a_pair_stands_until_it_is_taken_back(hub: Hub) {
    let [one, other, _] = people(&hub).await;
    keep_apart(&hub, &[one, other], "twins").await;
    keep_apart(&hub, &[other, one], "cousins").await;
    let pairs = hub.store.kept_apart(&[one, other]).await.expect("reads");
    assert_eq!((pairs.len(), pairs[0].apart.why.as_str(), pairs[0].apart.at), (1, "twins", at(3)));
    let release = Commit { no_longer_apart: vec![(one, other)], ..commit() };
    hub.store.commit(release).await.expect("it is taken back");
    assert_eq!(hub.store.kept_apart(&[one, other]).await.expect("reads"), vec![]);
    merge(&hub, one, other).await.expect("they may now");
}
