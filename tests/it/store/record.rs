//! Records: what goes in comes out, and a stale write is refused.

use litemap::LiteMap;
use std::sync::Arc;

use cardex::model::document::Held;
use cardex::model::record::Evidence;
use cardex::model::value::Special;
use cardex::model::{
    Cell, CellSet, Element, FieldKey, Life, ObservationId, OperatorId, Provenance, Record, RecordKind, Rule,
    Value, keys,
};
use cardex::store::{Commit, StoreError};
use uuid::Uuid;

use super::{at, commit, person, record_id, store_all, stored};
use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(
    record_keeps_every_cell,
    second_write_needs_the_first_ones_version,
    new_record_that_is_there_is_a_conflict,
    record_is_found_by_id_and_number,
    a_page_of_records_is_read_at_once,
);

pub(super) fn cell(value: Value) -> Cell {
    let provenance = Provenance {
        system: Some("pms".into()),
        observation: Some(ObservationId::new(Uuid::now_v7())),
        actor: Some("reception".to_owned()),
        rule: Rule::FirstContact,
        at: at(1),
        evidence: Evidence { after: None, until: at(1) },
    };
    Cell { value: Some(Held::new(value)), provenance: Arc::new(provenance), pinned_by: None }
}

fn reservation(number: &str) -> Record {
    let mut record = Record::new(record_id(), RecordKind::Reservation);
    record.fields.insert(keys::NUMBER, CellSet::One(cell(Value::Text(number.to_owned()))));
    record
}

async fn record_keeps_every_cell(hub: Hub) {
    let mut record = person();
    let name = "Łukasz \"O'Ærø\" \u{1F600}\n; drop table record; --";
    record.fields.insert(keys::SURNAME, CellSet::One(cell(Value::Text(name.to_owned()))));
    let cleared = Cell { value: None, pinned_by: Some(OperatorId::new("ana")), ..cell(Value::Bool(true)) };
    record.fields.insert(keys::TITLE, CellSet::One(cleared));
    let elements =
        [(Element::new("a"), cell(Value::Text("a".into()))), (Element::new("b"), cell(Value::Integer(7)))];
    record.fields.insert(keys::EMAILS, CellSet::Many(elements.into_iter().collect()));
    let passport = Value::Special(Special::seal(Value::Text("X123".to_owned())));
    record.fields.insert(keys::IDENTITY_DOCUMENTS, CellSet::One(cell(passport)));
    record.fields.insert(FieldKey::new("x_custom"), CellSet::Many(LiteMap::new_vec()));
    store_all(&hub.store, std::slice::from_ref(&record), &[]).await;
    assert_eq!(stored(&hub.store, record.id).await, Record { version: 1, ..record });
}

async fn second_write_needs_the_first_ones_version(hub: Hub) {
    let record = person();
    store_all(&hub.store, std::slice::from_ref(&record), &[]).await;
    let read = stored(&hub.store, record.id).await;
    let retired = Record { life: Life::Retired, ..read.clone() };
    let write =
        |record: &Record, other: &Record| Commit { records: vec![record.clone(), other.clone()], ..commit() };
    hub.store.commit(write(&retired, &person())).await.expect("the version fits");
    let innocent = person();
    let error = hub.store.commit(write(&read, &innocent)).await.expect_err("the version is old");
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    assert!(error.is_transient());
    assert_eq!(stored(&hub.store, record.id).await, Record { version: 2, ..retired });
    assert!(hub.store.records(&[innocent.id]).await.expect("reads").is_empty(), "half a commit is left");
}

async fn new_record_that_is_there_is_a_conflict(hub: Hub) {
    let record = person();
    store_all(&hub.store, std::slice::from_ref(&record), &[]).await;
    let again = Commit { records: vec![record.clone()], ..commit() };
    let error = hub.store.commit(again).await.expect_err("it is there already");
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    let missing = Commit { records: vec![Record { version: 3, ..person() }], ..commit() };
    let error = hub.store.commit(missing).await.expect_err("it was never stored");
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
}

async fn record_is_found_by_id_and_number(hub: Hub) {
    let (wanted, other) = (reservation("2026/17"), reservation("2026/18"));
    let link = super::link(&wanted, &super::pms(), "ext-17");
    store_all(&hub.store, &[wanted.clone(), other.clone()], &[link]).await;
    for text in ["2026/17", &wanted.id.to_string(), "ext-17"] {
        let found = hub.store.find_record(text, 10).await.expect("finds");
        assert_eq!(found.iter().map(|line| line.id).collect::<Vec<_>>(), [wanted.id], "by `{text}`");
        assert_eq!(found[0].kind, RecordKind::Reservation);
    }
    assert!(hub.store.find_record("2026", 10).await.expect("finds").is_empty());
    let mut renumbered = stored(&hub.store, other.id).await;
    renumbered.fields = reservation("2027/1").fields;
    hub.store.commit(Commit { records: vec![renumbered], ..commit() }).await.expect("it changes");
    assert!(hub.store.find_record("2026/18", 10).await.expect("finds").is_empty(), "the old number stays");
    assert_eq!(hub.store.find_record("2027/1", 10).await.expect("finds").len(), 1);
}

async fn a_page_of_records_is_read_at_once(hub: Hub) {
    // More than the rows of one statement, and not a multiple of it.
    let records: Vec<_> = (0..1_203).map(|_| person()).collect();
    store_all(&hub.store, &records, &[]).await;
    let ids: Vec<_> = records.iter().map(|record| record.id).chain([record_id()]).collect();
    assert_eq!(hub.store.records(&ids).await.expect("reads").len(), records.len());
    assert_eq!(hub.store.roots(&ids).await.expect("reads").len(), records.len());
    assert!(hub.store.records(&[]).await.expect("reads").is_empty());
}
