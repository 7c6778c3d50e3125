//! A commit is whole or nothing; the journal and the cursors go with it.

use cardex::model::ids::LinkId;
use cardex::model::journal::{Entry, Event};
use cardex::model::{Lane, Life, ObservationId, Record, RecordId, SystemId, keys};
use cardex::store::{Commit, CursorMove, StoreError};
use uuid::Uuid;

use super::{at, commit, crm, due, link, person, pms, read, store_all, stored};
use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(
    empty_commit_is_fine,
    failed_commit_leaves_nothing,
    journal_is_kept_in_order,
    journal_of_a_record_tells_of_its_aliases,
    cursors_move_and_are_forgotten,
    large_commit_is_stored_whole,
    commits_that_meet_keep_one,
);

fn entry(second: i64, record: Option<RecordId>, link: Option<LinkId>) -> Entry {
    let event = Event::Written { fields: vec![keys::SURNAME], outcome: "done".into(), version: None };
    Entry { id: ObservationId::new(Uuid::now_v7()), at: at(second), system: Some(pms()), record, link, event }
}

async fn empty_commit_is_fine(hub: Hub) {
    hub.store.commit(commit()).await.expect("nothing to do");
}

async fn failed_commit_leaves_nothing(hub: Hub) {
    let (record, stale) = (person(), Record { version: 4, ..person() });
    let step = Commit {
        records: vec![record.clone()],
        links: vec![link(&record, &pms(), "1"), link(&stale, &pms(), "2")],
        journal: vec![entry(0, Some(record.id), None)],
        due: vec![due(record.id, &crm(), Lane::Live)],
        reads: vec![read(&pms(), "1", Lane::Live)],
        cursors: vec![CursorMove { system: pms(), stream: "s".into(), cursor: Some("1".into()) }],
        ..commit()
    };
    let error = hub.store.commit(step).await.expect_err("a link without a record");
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    assert!(hub.store.records(&[record.id]).await.expect("reads").is_empty());
    assert!(hub.store.journal_of(record.id, 10).await.expect("reads").is_empty());
    assert!(hub.store.queue_counts(at(0)).await.expect("counts").is_empty());
    assert_eq!(hub.store.cursor(&pms(), "s").await.expect("reads"), None);
}

async fn journal_is_kept_in_order(hub: Hub) {
    let (record, other) = (person(), person());
    let (one, two) = (LinkId::new(Uuid::now_v7()), LinkId::new(Uuid::now_v7()));
    let entries = [
        entry(3, Some(record.id), Some(one)),
        entry(1, Some(record.id), Some(two)),
        entry(2, Some(other.id), None),
        Entry { system: None, ..entry(2, None, None) },
    ];
    hub.store.commit(Commit { journal: entries[..2].to_vec(), ..commit() }).await.expect("appended");
    hub.store.commit(Commit { journal: entries[2..].to_vec(), ..commit() }).await.expect("appended");
    let of_record = hub.store.journal_of(record.id, 10).await.expect("reads");
    assert_eq!(of_record, [entries[1].clone(), entries[0].clone()], "newest first, by order, not by clock");
    assert_eq!(hub.store.journal_of(record.id, 1).await.expect("reads"), entries[1..2]);
    let recent = hub.store.recent_journal(None, 2).await.expect("reads");
    assert_eq!(recent, [entries[3].clone(), entries[2].clone()]);
    assert_eq!(hub.store.recent_journal(Some(&pms()), 9).await.expect("reads").len(), 3);
}

async fn journal_of_a_record_tells_of_its_aliases(hub: Hub) {
    let main = person();
    let alias = Record { life: Life::MergedInto(main.id), ..person() };
    store_all(&hub.store, &[main.clone(), alias.clone()], &[]).await;
    let journal = vec![entry(0, Some(alias.id), None), entry(1, Some(main.id), None)];
    hub.store.commit(Commit { journal, ..commit() }).await.expect("appended");
    assert_eq!(hub.store.journal_of(main.id, 10).await.expect("reads").len(), 2);
    assert_eq!(hub.store.journal_of(alias.id, 10).await.expect("reads").len(), 1);
}

async fn cursors_move_and_are_forgotten(hub: Hub) {
    let step = |system: &SystemId, stream: &str, cursor: Option<&str>| CursorMove {
        system: system.clone(),
        stream: stream.into(),
        cursor: cursor.map(str::to_owned),
    };
    let moves =
        vec![step(&pms(), "a", Some("1")), step(&pms(), "b", Some("2")), step(&crm(), "a", Some("3"))];
    hub.store.commit(Commit { cursors: moves, ..commit() }).await.expect("moves");
    let moves = vec![step(&pms(), "a", Some("4")), step(&pms(), "b", None)];
    hub.store.commit(Commit { cursors: moves, ..commit() }).await.expect("moves");
    assert_eq!(hub.store.cursor(&pms(), "a").await.expect("reads").as_deref(), Some("4"));
    assert_eq!(hub.store.cursor(&pms(), "b").await.expect("reads"), None);
    assert_eq!(hub.store.cursor(&crm(), "a").await.expect("reads").as_deref(), Some("3"));
}

async fn large_commit_is_stored_whole(hub: Hub) {
    let records: Vec<_> = (0..1_234).map(|_| person()).collect();
    let links = records.iter().zip(0..).map(|(record, id): (_, u32)| link(record, &pms(), &id.to_string()));
    let step = Commit {
        links: links.collect(),
        journal: records.iter().map(|record| entry(0, Some(record.id), None)).collect(),
        due: records.iter().map(|record| due(record.id, &crm(), Lane::Live)).collect(),
        reads: records
            .iter()
            .zip(0..)
            .map(|(_, id): (_, u32)| read(&pms(), &id.to_string(), Lane::Live))
            .collect(),
        records: records.clone(),
        ..commit()
    };
    hub.store.commit(step).await.expect("it is stored");
    let ids: Vec<_> = records.iter().map(|record| record.id).collect();
    let read = hub.store.records(&ids).await.expect("reads");
    assert_eq!(hub.store.links_of(&ids, None).await.expect("reads").len(), 1_234);
    assert_eq!(hub.store.recent_journal(None, 9_999).await.expect("reads").len(), 1_234);
    let counts = hub.store.queue_counts(at(0)).await.expect("counts");
    assert_eq!(counts.iter().map(|count| count.n_marks).collect::<Vec<_>>(), [1_234, 1_234]);
    hub.store.commit(Commit { records: read, ..commit() }).await.expect("all change at once");
    assert!(hub.store.records(&ids).await.expect("reads").iter().all(|record| record.version == 2));
}

async fn commits_that_meet_keep_one(hub: Hub) {
    let record = person();
    store_all(&hub.store, std::slice::from_ref(&record), &[]).await;
    let read = stored(&hub.store, record.id).await;
    let racers = (0..8).map(|_| {
        let (store, record) = (hub.store.clone(), read.clone());
        tokio::spawn(async move { store.commit(Commit { records: vec![record], ..commit() }).await })
    });
    let mut n_won = 0;
    for racer in racers.collect::<Vec<_>>() {
        match racer.await.expect("the task ends") {
            Ok(()) => n_won += 1,
            Err(error) => assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}"),
        }
    }
    assert_eq!(n_won, 1);
    assert_eq!(stored(&hub.store, record.id).await.version, 2);
}
