//! The system behind a connector, as its own users see it: what the suite needs beside the connector.

use async_trait::async_trait;
use cardex::connectors::registry::Context;
use cardex::connectors::{Change, Connector, Cursor, Reading};
use cardex::model::field::Registry;
use cardex::model::normalise::email::Relays;
use cardex::model::{
    Action, Document, ExternalId, FieldKey, Observation, RecordId, RecordKind, RemoteRef, Shape, WriteOp,
    WriteOutcome,
};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A running system with its connector.
#[async_trait]
pub(crate) trait Subject: Send + Sync {
    /// The connector.
    fn connector(&self) -> Arc<dyn Connector>;

    /// Every field, for the normal forms.
    fn registry(&self) -> Registry {
        cardex::model::fields::standard()
    }

    /// A user of the system makes a record. `n` tells records of one test apart.
    async fn make(&self, kind: RecordKind, n: u32) -> ExternalId;

    /// A user of the system sets the fields of [`Subject::changed`].
    async fn edit(&self, kind: RecordKind, id: &ExternalId, n: u32);

    /// A user of the system deletes the record; `false` when its users cannot.
    async fn delete(&self, kind: RecordKind, id: &ExternalId) -> bool;

    /// An id in the system's style that no record has.
    fn unknown_id(&self, kind: RecordKind) -> ExternalId;

    /// A document to create a record from, `n` telling records apart. Only asked for kinds that can be created.
    async fn sample(&self, kind: RecordKind, n: u32) -> Document;

    /// At least one field of a record that the connector can write, with other values for other `n`; `None` for a
    /// kind of which nothing can be written.
    fn changed(&self, kind: RecordKind, n: u32) -> Option<Document>;

    /// A document like [`Subject::sample`] that the system itself refuses; `None` when it takes everything.
    async fn refused(&self, kind: RecordKind) -> Option<Document>;

    /// A user gives a field with a closed list a word of his own: the record, the field, the word. `None` when the
    /// system has no such field.
    async fn unknown_word(&self) -> Option<(RemoteRef, FieldKey, String)>;

    /// A user makes a person whose only e-mail address is at the domain [`RELAY`].
    async fn make_relayed(&self) -> ExternalId;

    /// How many writes the system has really carried out on the record, by its own count.
    async fn writes_to(&self, kind: RecordKind, id: &ExternalId) -> usize;

    /// A connector to the same system with a wrong password.
    async fn with_wrong_password(&self) -> Arc<dyn Connector>;

    /// A connector of the same sort to a place where nothing answers.
    async fn unreachable(&self) -> Arc<dyn Connector>;
}

/// A domain that [`context`] names as a booking portal's relay.
pub(crate) const RELAY: &str = "relay.example";

/// What the connectors of the tests are told: a hotel in Madrid, the standard fields, one relay of its own.
pub(crate) fn context(property: &str) -> Context {
    Context {
        property: property.to_owned(),
        time_zone: chrono_tz::Europe::Madrid,
        default_region: "ES".to_owned(),
        currency: "EUR".to_owned(),
        relays: Relays::with([RELAY]),
        registry: Arc::new(cardex::model::fields::standard()),
    }
}

/// How long the suite waits for a feed that lags.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long it waits between two looks at a feed.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// More pages than this are a loop.
const MOST_PAGES: usize = 10_000;

/// The kinds that the connector reads.
pub(crate) fn read_kinds(subject: &impl Subject) -> Vec<RecordKind> {
    let connector = subject.connector();
    let kinds = connector.capabilities().kinds.iter();
    kinds.filter(|(_, can)| can.read).map(|(kind, _)| *kind).collect()
}

/// The kinds that the connector creates.
pub(crate) fn created_kinds(subject: &impl Subject) -> Vec<RecordKind> {
    let connector = subject.connector();
    let kinds = connector.capabilities().kinds.iter();
    kinds.filter(|(_, can)| can.create).map(|(kind, _)| *kind).collect()
}

/// A write that creates.
pub(crate) fn create(kind: RecordKind, document: Document) -> WriteOp {
    WriteOp {
        record: RecordId::new(uuid::Uuid::now_v7()),
        kind,
        action: Action::Create,
        document,
        base: Document::new(),
        precondition: None,
        quiet: true,
        purpose: None,
    }
}

/// A write of `document` that rests on what was read.
pub(crate) fn update(seen: &Observation, document: Document) -> WriteOp {
    let base = document.iter().filter_map(|(key, _)| Some((key.clone(), seen.document.get(key)?.clone())));
    WriteOp {
        record: seen.hub_id.unwrap_or_else(|| RecordId::new(uuid::Uuid::now_v7())),
        action: Action::Update(seen.subject.external_id.clone()),
        base: base.collect(),
        precondition: seen.source_version.clone(),
        ..create(seen.subject.kind, document)
    }
}

/// The id of a write that must have been done.
#[track_caller]
pub(crate) fn done(outcome: &WriteOutcome) -> ExternalId {
    let WriteOutcome::Done { external_id, .. } = outcome else { panic!("not done: {outcome:?}") };
    external_id.clone()
}

/// Writes one record.
pub(crate) async fn write_one(connector: &Arc<dyn Connector>, op: WriteOp) -> WriteOutcome {
    let mut outcomes = connector.write(std::slice::from_ref(&op)).await.expect("a write");
    assert_eq!(outcomes.len(), 1, "one outcome per write");
    outcomes.remove(0)
}

/// Reads one record.
pub(crate) async fn read_one(connector: &Arc<dyn Connector>, kind: RecordKind, id: &ExternalId) -> Reading {
    let subject = RemoteRef::new(kind, id.clone());
    let mut readings = connector.read(&[subject]).await.expect("a read");
    assert_eq!(readings.len(), 1, "one answer per record");
    readings.remove(0)
}

/// Reads one record that must be there.
pub(crate) async fn found(connector: &Arc<dyn Connector>, kind: RecordKind, id: &ExternalId) -> Observation {
    let reading = read_one(connector, kind, id).await;
    let Reading::Found(observation) = reading else { panic!("{kind} {id} is not found: {reading:?}") };
    *observation
}

/// Every key of a walk over `kind`.
pub(crate) async fn walk(connector: &Arc<dyn Connector>, kind: RecordKind) -> BTreeMap<ExternalId, i64> {
    let (mut keys, mut after) = (BTreeMap::new(), None);
    for _ in 0..MOST_PAGES {
        let page = connector.enumerate(kind, after.as_ref()).await.expect("a page of keys");
        keys.extend(page.keys);
        match page.next {
            Some(next) => after = Some(next),
            None => return keys,
        }
    }
    panic!("the walk over {kind} does not end");
}

/// Where the feeds of `kind` stand, and the keys where there is no feed.
#[derive(Clone)]
pub(crate) struct Place {
    streams: BTreeMap<cardex::model::capabilities::Stream, Cursor>,
    keys: BTreeMap<ExternalId, i64>,
}

/// Notes where the feeds of `kind` stand now.
pub(crate) async fn place(connector: &Arc<dyn Connector>, kind: RecordKind) -> Place {
    let mut streams = BTreeMap::new();
    for stream in connector.capabilities().streams.iter().filter(|stream| stream.kind == kind) {
        let page = connector.changes(stream, None).await.expect("the present of a feed");
        streams.insert(stream.clone(), page.next);
    }
    let keys = if streams.is_empty() { walk(connector, kind).await } else { BTreeMap::new() };
    Place { streams, keys }
}

/// What the feeds say of `id` beyond `place`, which moves on. Without a feed, what a walk shows.
pub(crate) async fn news(
    connector: &Arc<dyn Connector>,
    kind: RecordKind,
    id: &ExternalId,
    place: &mut Place,
) -> Vec<Change> {
    let mut news = Vec::new();
    for (stream, cursor) in &mut place.streams {
        for turn in 0.. {
            assert!(turn < MOST_PAGES, "the feed `{}` does not end", stream.name);
            let page = connector.changes(stream, Some(cursor)).await.expect("a page of changes");
            *cursor = page.next;
            news.extend(page.changes);
            if !page.more {
                break;
            }
        }
    }
    if place.streams.is_empty() {
        let keys = walk(connector, kind).await;
        if keys.get(id) != place.keys.get(id) {
            let subject = RemoteRef::new(kind, id.clone());
            news.push(Change::Hint(cardex::connectors::Hint { subject, deleted: !keys.contains_key(id) }));
        }
        place.keys = keys;
    }
    let about = |change: &Change| match change {
        Change::Seen(observation) => observation.subject.external_id == *id,
        Change::Hint(hint) => hint.subject.external_id == *id,
    };
    news.retain(about);
    news
}

/// Waits until the feeds say something of `id` that fits.
pub(crate) async fn noticed(
    connector: &Arc<dyn Connector>,
    kind: RecordKind,
    id: &ExternalId,
    place: &mut Place,
    fits: impl Fn(&Change) -> bool,
) {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if news(connector, kind, id, place).await.iter().any(&fits) {
            return;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    panic!("nothing is said of {kind} {id}");
}

/// Whether a change tells that its record is gone, or may be.
pub(crate) fn may_be_gone(change: &Change) -> bool {
    match change {
        Change::Hint(_) => true,
        Change::Seen(observation) => match observation.shape {
            Shape::Absent | Shape::NotFound | Shape::Deleted | Shape::Erased | Shape::MergedInto(_) => true,
            Shape::Full | Shape::Partial | Shape::StatusOnly => false,
        },
    }
}
