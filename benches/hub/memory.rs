//! Systems that live in memory and answer at once: what is measured is the hub, not a network.

use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cardex::connectors::{
    Change, ChangePage, Connector, ConnectorError, Cursor, Finding, KeyPage, Reading, Step,
};
use cardex::model::capabilities::{MergeSupport, Stream};
use cardex::model::link::SourceVersion;
use cardex::model::{
    Action, Capabilities, Document, ExternalId, FieldCapability, FieldKey, Guard, KindCapabilities,
    Observation, RateLimit, RecordId, RecordKind, RemoteRef, Withdrawal, WriteOp, WriteOutcome, keys,
};

/// The fields of a person that travel.
pub(crate) const FIELDS: [FieldKey; 12] = [
    keys::SURNAME,
    keys::SECOND_SURNAME,
    keys::GIVEN_NAMES,
    keys::TITLE,
    keys::SEX,
    keys::BIRTH_DATE,
    keys::LANGUAGE,
    keys::RESIDENCE,
    keys::EMAILS,
    keys::PHONES,
    keys::ADDRESSES,
    keys::POSITION,
];

/// A hotel whose feed holds whatever was put into it.
pub(crate) struct Source {
    capabilities: Capabilities,
    feed: Mutex<Vec<(String, Document)>>,
    page: usize,
}

impl Source {
    /// A hotel that gives at most `page` changes at once.
    pub(crate) fn new(page: usize) -> Self {
        let streams = vec![Stream { name: "person".into(), kind: RecordKind::Person }];
        Self { capabilities: capabilities(streams, page), feed: Mutex::default(), page }
    }

    /// Appends changes: whole records, by id.
    pub(crate) fn put(&self, changes: impl IntoIterator<Item = (String, Document)>) {
        self.feed.lock().expect("the feed").extend(changes);
    }
}

/// A CRM that keeps nothing but the time of the last write to each record.
pub(crate) struct Sink {
    capabilities: Capabilities,
    next_id: AtomicU64,
    written: Mutex<BTreeMap<RecordId, (u64, Instant)>>,
    /// How many writes arrived.
    pub(crate) n_writes: AtomicU64,
}

impl Sink {
    /// A CRM that takes at most `batch` writes at once.
    pub(crate) fn new(batch: usize) -> Self {
        Self {
            capabilities: capabilities(Vec::new(), batch),
            next_id: AtomicU64::new(1),
            written: Mutex::default(),
            n_writes: AtomicU64::new(0),
        }
    }
}

fn capabilities(streams: Vec<Stream>, batch: usize) -> Capabilities {
    let fields = FIELDS.into_iter().map(|field| (field, FieldCapability::full())).collect();
    let person = KindCapabilities { read: true, create: true, withdraw: false, fields };
    Capabilities {
        kinds: BTreeMap::from([(RecordKind::Person, person)]),
        streams,
        guard: Guard::Version,
        read_batch: batch,
        write_batch: batch,
        batch_is_atomic: false,
        finds_by_hub_id: true,
        merge: MergeSupport::None,
        suppress: true,
        rate: RateLimit { calls: u32::MAX, per: Duration::from_millis(1) },
    }
}

#[async_trait]
impl Connector for Source {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> Vec<Finding> {
        Vec::new()
    }

    async fn prepare(&self, _plan_only: bool) -> Result<Vec<Step>, ConnectorError> {
        Ok(Vec::new())
    }

    async fn changes(&self, _stream: &Stream, cursor: Option<&Cursor>) -> Result<ChangePage, ConnectorError> {
        let from = cursor.and_then(|cursor| cursor.0.parse().ok()).unwrap_or(0_usize);
        let feed = self.feed.lock().expect("the feed");
        let until = feed.len().min(from + self.page);
        let seen = |(id, document): &(String, Document)| {
            let subject = RemoteRef::new(RecordKind::Person, ExternalId::new(id.as_str()));
            Change::Seen(Box::new(Observation::full(subject, document.clone())))
        };
        let changes = feed.get(from..until).unwrap_or_default().iter().map(seen).collect();
        Ok(ChangePage { changes, next: Cursor(until.to_string()), more: until < feed.len() })
    }

    async fn enumerate(&self, _kind: RecordKind, _after: Option<&Cursor>) -> Result<KeyPage, ConnectorError> {
        Ok(KeyPage { keys: Vec::new(), next: None })
    }

    async fn read(&self, refs: &[RemoteRef]) -> Result<Vec<Reading>, ConnectorError> {
        let feed = self.feed.lock().expect("the feed");
        let latest = |subject: &RemoteRef| {
            feed.iter()
                .rev()
                .find(|(id, _)| id == subject.external_id.as_str())
                .map(|(_, document)| document.clone())
        };
        Ok(refs
            .iter()
            .map(|subject| match latest(subject) {
                Some(document) => Reading::Found(Box::new(Observation::full(subject.clone(), document))),
                None => Reading::NotFound(subject.clone()),
            })
            .collect())
    }

    async fn find(
        &self,
        _kind: RecordKind,
        _ids: &[RecordId],
    ) -> Result<Vec<(RecordId, ExternalId)>, ConnectorError> {
        Ok(Vec::new())
    }

    async fn write(&self, ops: &[WriteOp]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        Ok(ops.iter().map(|_| WriteOutcome::Stale).collect())
    }

    async fn withdraw(&self, _: RecordKind, _: &[Withdrawal]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        Err(ConnectorError::Unsupported { system: "source".into(), what: "withdraw" })
    }

    async fn merge(&self, _: RecordKind, _: &ExternalId, _: &ExternalId) -> Result<(), ConnectorError> {
        Err(ConnectorError::Unsupported { system: "source".into(), what: "merge" })
    }
}

#[async_trait]
impl Connector for Sink {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> Vec<Finding> {
        Vec::new()
    }

    async fn prepare(&self, _plan_only: bool) -> Result<Vec<Step>, ConnectorError> {
        Ok(Vec::new())
    }

    async fn changes(
        &self,
        _stream: &Stream,
        _cursor: Option<&Cursor>,
    ) -> Result<ChangePage, ConnectorError> {
        Ok(ChangePage { changes: Vec::new(), next: Cursor(String::new()), more: false })
    }

    async fn enumerate(&self, _kind: RecordKind, _after: Option<&Cursor>) -> Result<KeyPage, ConnectorError> {
        Ok(KeyPage { keys: Vec::new(), next: None })
    }

    async fn read(&self, refs: &[RemoteRef]) -> Result<Vec<Reading>, ConnectorError> {
        Ok(refs.iter().map(|subject| Reading::OutOfScope(subject.clone())).collect())
    }

    async fn find(
        &self,
        _kind: RecordKind,
        _ids: &[RecordId],
    ) -> Result<Vec<(RecordId, ExternalId)>, ConnectorError> {
        Ok(Vec::new())
    }

    async fn write(&self, ops: &[WriteOp]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        let now = Instant::now();
        let mut written = self.written.lock().expect("the writes");
        let outcomes = ops.iter().map(|op| {
            let external_id = match &op.action {
                Action::Create => ExternalId::new(self.next_id.fetch_add(1, Ordering::Relaxed).to_string()),
                Action::Update(id) => id.clone(),
            };
            let (version, at) = written.entry(op.record).or_insert((0, now));
            *version += 1;
            *at = now;
            let version = i64::try_from(*version).ok().map(SourceVersion::Number);
            WriteOutcome::Done { external_id, version, stored: Some(op.document.clone()) }
        });
        let outcomes: Vec<WriteOutcome> = outcomes.collect();
        self.n_writes.fetch_add(ops.len() as u64, Ordering::Relaxed);
        Ok(outcomes)
    }

    async fn withdraw(&self, _: RecordKind, _: &[Withdrawal]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        Err(ConnectorError::Unsupported { system: "sink".into(), what: "withdraw" })
    }

    async fn merge(&self, _: RecordKind, _: &ExternalId, _: &ExternalId) -> Result<(), ConnectorError> {
        Err(ConnectorError::Unsupported { system: "sink".into(), what: "merge" })
    }
}
