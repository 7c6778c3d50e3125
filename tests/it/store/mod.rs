//! The store, every method on both databases.

mod alias;
mod apart;
mod claim;
mod commit;
mod link;
mod mark;
mod open;
mod queue;
mod record;
mod review;
mod schema;
mod system;
mod wake;

use cardex::model::ids::LinkId;
use cardex::model::{Lane, Link, Record, RecordId, RecordKind, RemoteRef, SystemId, Word};
use cardex::store::{Commit, Due, ReadMark, Store};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// A fixed instant, `seconds` after the tests' beginning of time.
fn at(seconds: i64) -> DateTime<Utc> {
    let start = DateTime::from_timestamp(1_770_000_000, 0).expect("a valid instant");
    start + TimeDelta::seconds(seconds)
}

fn pms() -> SystemId {
    SystemId::new("pms")
}

fn crm() -> SystemId {
    SystemId::new("crm")
}

fn record_id() -> RecordId {
    RecordId::new(Uuid::now_v7())
}

fn person() -> Record {
    Record::new(record_id(), RecordKind::Person)
}

/// A live, primary link of `record` at `system`.
fn link(record: &Record, system: &SystemId, external_id: &str) -> Link {
    let id = LinkId::new(Uuid::now_v7());
    Link::new(id, record.id, system.clone(), record.kind, external_id.into())
}

fn due(record: RecordId, system: &SystemId, lane: Lane) -> Due {
    Due { record, system: system.clone(), lane, rank: 1, not_before: at(0) }
}

fn read(system: &SystemId, external_id: &str, lane: Lane) -> ReadMark {
    let subject = RemoteRef::new(RecordKind::Person, external_id);
    ReadMark { system: system.clone(), subject, lane, not_before: at(0), said: Word::Changed }
}

/// An empty commit at the beginning of time.
fn commit() -> Commit {
    Commit { now: at(0), ..Commit::default() }
}

/// Stores new records and links.
async fn store_all(store: &Store, records: &[Record], links: &[Link]) {
    let commit = Commit { records: records.to_vec(), links: links.to_vec(), ..commit() };
    store.commit(commit).await.expect("new rows are stored");
}

/// The stored form of a record.
async fn stored(store: &Store, id: RecordId) -> Record {
    store.records(&[id]).await.expect("records are read").pop().expect("the record is there")
}

/// The stored form of a link.
async fn stored_link(store: &Store, link: &Link) -> Link {
    let links = store.links_of(&[root(store, link.record).await], None).await.expect("links are read");
    links.into_iter().map(|linked| linked.link).find(|found| found.id == link.id).expect("the link is there")
}

/// The live end of a record's alias chain.
async fn root(store: &Store, id: RecordId) -> RecordId {
    store.roots(&[id]).await.expect("roots are read")[&id]
}
