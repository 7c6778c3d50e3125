//! The Tryton connector against real servers: 8.2 and 6.0, each test on both unless it says why not.

pub(crate) mod conformance;
mod errors;
mod facts;
mod feed;
mod merge;
mod parties;
mod reservations;
mod server;
mod withdraw;

use std::sync::Arc;

use cardex::connectors::registry::connect;
use cardex::connectors::{Change, Connector, Cursor, Reading};
use cardex::model::link::SourceVersion;
use cardex::model::{
    Action, Document, ExternalId, FieldKey, Observation, RecordId, RecordKind, RemoteRef, Seen, SystemId,
    WriteOp, WriteOutcome, fields,
};
use uuid::Uuid;

use crate::connectors::subject::context;
use crate::connectors::values::{set, text};
use crate::support::tryton::{Release, Tryton};

const RELEASES: [Release; 2] = [Release::V8_2, Release::V6_0];

/// A connector to `url` with this password.
fn connector_with(url: &str, database: &str, password: &str) -> Arc<dyn Connector> {
    let dir = tempfile::TempDir::new().expect("a temporary folder can be made");
    let file = dir.path().join("password");
    std::fs::write(&file, format!("{password}\n")).expect("the password can be written");
    let settings = config::Config::builder()
        .set_override("system.url", url)
        .and_then(|builder| builder.set_override("system.database", database))
        .and_then(|builder| builder.set_override("system.user", Tryton::USER))
        .and_then(|builder| builder.set_override("system.password_file", file.display().to_string()))
        .and_then(|builder| builder.set_override("system.timeout_ms", 20_000))
        .and_then(config::ConfigBuilder::<config::builder::DefaultState>::build)
        .and_then(|config| config.get::<config::Value>("system"))
        .expect("the settings are complete");
    connect("tryton", &SystemId::new("crm"), &context("H1"), settings).expect("the settings fit")
}

fn connector(tryton: &Tryton) -> Arc<dyn Connector> {
    connector_with(&tryton.url(), Tryton::DATABASE, Tryton::PASSWORD)
}

/// A connector whose categories and relation types exist, and whose meter starts at nothing.
async fn prepared(tryton: &Tryton) -> Arc<dyn Connector> {
    let connector = connector(tryton);
    connector.prepare(false).await.expect("the database can be prepared");
    tryton.meter().reset();
    connector
}

fn new_id() -> RecordId {
    RecordId::new(Uuid::now_v7())
}

fn create(kind: RecordKind, record: RecordId, document: Document) -> WriteOp {
    WriteOp {
        record,
        kind,
        action: Action::Create,
        document,
        base: Document::new(),
        precondition: None,
        quiet: false,
        purpose: None,
    }
}

/// A write of `document` that rests on what was seen.
fn update(seen: &Observation, record: RecordId, document: Document) -> WriteOp {
    WriteOp {
        action: Action::Update(seen.subject.external_id.clone()),
        base: seen.document.clone(),
        precondition: seen.source_version.clone(),
        ..create(seen.subject.kind, record, document)
    }
}

async fn write_one(connector: &dyn Connector, op: WriteOp) -> WriteOutcome {
    connector.write(&[op]).await.expect("the batch is taken").remove(0)
}

/// Writes and expects success: the id, the version and what is stored.
async fn written(connector: &dyn Connector, op: WriteOp) -> (ExternalId, Option<SourceVersion>, Document) {
    let outcome = write_one(connector, op).await;
    let WriteOutcome::Done { external_id, version, stored } = outcome else {
        panic!("the write was not done: {outcome:?}")
    };
    (external_id, version, stored.expect("the answer says what is stored"))
}

async fn read_one(connector: &dyn Connector, kind: RecordKind, id: &ExternalId) -> Observation {
    let subject = RemoteRef { kind, external_id: id.clone() };
    let answer = connector.read(&[subject]).await.expect("the read is answered").remove(0);
    let Reading::Found(seen) = answer else { panic!("the record was not found: {answer:?}") };
    *seen
}

/// Everything that a stream has had since `cursor`, and where it stands now.
async fn poll(connector: &dyn Connector, stream: &str, cursor: Option<&Cursor>) -> (Vec<Change>, Cursor) {
    let stream = connector
        .capabilities()
        .streams
        .iter()
        .find(|known| known.name == stream)
        .expect("the stream exists")
        .clone();
    let mut changes = Vec::new();
    let mut cursor = cursor.cloned();
    loop {
        let page = connector.changes(&stream, cursor.as_ref()).await.expect("the page is answered");
        changes.extend(page.changes);
        cursor = Some(page.next.clone());
        if !page.more {
            return (changes, page.next);
        }
    }
}

/// `document` as the system's normal form has it.
fn normal(connector: &dyn Connector, kind: RecordKind, document: &Document) -> Document {
    let registry = fields::standard();
    let capabilities = &connector.capabilities().kinds[&kind];
    let norm = |(field, seen): (&FieldKey, &Seen)| {
        let declared = registry.field(kind, field).expect("the field is declared");
        let form = &capabilities.fields.get(field).expect("the field is held").form;
        (field.clone(), form.apply(declared, seen))
    };
    document.iter().map(norm).collect()
}
