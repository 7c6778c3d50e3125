//! HubSpot as a CRM, by its interface for apps: contacts are persons, companies are companies, and stays are deals,
//! appointments or an object of the account's own.
//!
//! Every record that cardex makes carries the hub's id in a unique property, so that it is found without the search,
//! whose index lags. HubSpot refuses no write that rests on an old state: the core reads first. See
//! `docs/connectors/hubspot.md`.

mod check;
mod client;
mod config;
mod errors;
mod feed;
mod links;
mod map;
mod memory;
mod position;
mod prepare;
mod push;
mod read;
mod schema;
#[cfg(test)]
mod tests;
mod value;
mod wire;
mod withdraw;
mod write;

use async_trait::async_trait;
use smol_str::SmolStr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use self::client::Client;
use self::config::Settings;
use self::map::Lens;
use self::memory::Memory;
use self::push::Door;
use self::read::Detail;
use crate::clock::Clock;
use crate::connectors::registry::{self, ConnectError, Context};
use crate::connectors::{
    ChangePage, Connector, ConnectorError, Cursor, Finding, Hint, KeyPage, PushError, PushRequest, Reading,
    Step,
};
use crate::model::capabilities::{MergeSupport, Stream};
use crate::model::{
    Capabilities, ExternalId, Guard, KindCapabilities, RateLimit, RecordId, RecordKind, RemoteRef, SystemId,
    Withdrawal, WriteOp, WriteOutcome,
};

/// An account.
struct HubSpot {
    client: Client,
    lens: Lens,
    capabilities: Capabilities,
    settings: Settings,
    door: Door,
    clock: Clock,
    /// What our own writes have left, which the feeds will list again.
    written: Memory,
    /// Our properties were all there when they were last looked for.
    is_prepared: AtomicBool,
}

/// Builds the connector of `system` on the machine's clock; see `config/examples/hubspot.toml`.
///
/// # Errors
/// [`ConnectError`] names the key or the file.
pub fn connect(
    system: &SystemId,
    context: &Context,
    settings: registry::Settings,
) -> Result<Arc<dyn Connector>, ConnectError> {
    let settings = Settings::read(system, settings)?;
    let secrets = settings.secrets(system)?;
    let lens = Lens::new(&settings, context)
        .map_err(|why| ConnectError::BadSettings { system: system.clone(), why })?;
    let client = Client::new(system, &settings, secrets.access)
        .map_err(|error| ConnectError::Setup { system: system.clone(), source: error.into() })?;
    Ok(Arc::new(HubSpot {
        client,
        capabilities: capabilities(&settings, &lens),
        lens,
        door: Door {
            secrets: secrets.client,
            url: settings.webhook_url.clone().unwrap_or_default(),
            app_id: settings.app_id.clone(),
            stay_type: settings.stay_type(),
        },
        settings,
        clock: Clock::system(),
        written: Memory::default(),
        is_prepared: AtomicBool::new(false),
    }))
}

fn capabilities(settings: &Settings, lens: &Lens) -> Capabilities {
    let kinds = lens.tables.iter().map(|table| {
        let fields = table.kept.iter().map(|kept| (kept.field.clone(), lens.capability(table.kind, kept)));
        let can = KindCapabilities { read: true, create: true, withdraw: true, fields: fields.collect() };
        (table.kind, can)
    });
    let stream = |table| Stream { name: feed::stream_name(table).into(), kind: table.kind };
    Capabilities {
        kinds: kinds.collect(),
        streams: lens.tables.iter().map(stream).collect(),
        guard: Guard::ReadCompare,
        read_batch: read::BATCH,
        write_batch: read::BATCH,
        // What breaks a rule is told apart, but two contacts with one e-mail address refuse the whole batch.
        batch_is_atomic: false,
        finds_by_hub_id: true,
        merge: MergeSupport::Full,
        // Workflows start by what changes, whoever changes it.
        suppress: false,
        // What is left of the limit is for the requests that the calls under way still make.
        rate: RateLimit { calls: settings.calls * 4 / 5, per: Duration::from_secs(10) },
    }
}

#[async_trait]
impl Connector for HubSpot {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn further_calls(&self) -> u32 {
        self.client.further()
    }

    async fn check(&self) -> Vec<Finding> {
        self.client.begin();
        self.findings().await
    }

    async fn prepare(&self, plan_only: bool) -> Result<Vec<Step>, ConnectorError> {
        self.client.begin();
        self.set_up(plan_only).await
    }

    async fn changes(&self, stream: &Stream, cursor: Option<&Cursor>) -> Result<ChangePage, ConnectorError> {
        self.client.begin();
        self.feed(stream, cursor).await
    }

    async fn enumerate(&self, kind: RecordKind, after: Option<&Cursor>) -> Result<KeyPage, ConnectorError> {
        self.client.begin();
        self.keys(kind, after).await
    }

    async fn read(&self, refs: &[RemoteRef]) -> Result<Vec<Reading>, ConnectorError> {
        self.client.begin();
        self.current(refs, Detail::Now).await
    }

    async fn read_with_dates(&self, refs: &[RemoteRef]) -> Result<Vec<Reading>, ConnectorError> {
        self.client.begin();
        self.current(refs, Detail::Dated).await
    }

    async fn find(
        &self,
        kind: RecordKind,
        ids: &[RecordId],
    ) -> Result<Vec<(RecordId, ExternalId)>, ConnectorError> {
        self.client.begin();
        self.by_hub_id(kind, ids).await
    }

    async fn write(&self, ops: &[WriteOp]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        self.client.begin();
        self.write_batch(ops).await
    }

    async fn withdraw(
        &self,
        kind: RecordKind,
        records: &[Withdrawal],
    ) -> Result<Vec<WriteOutcome>, ConnectorError> {
        self.client.begin();
        self.take_back(kind, records).await
    }

    async fn merge(
        &self,
        kind: RecordKind,
        keep: &ExternalId,
        lose: &ExternalId,
    ) -> Result<(), ConnectorError> {
        self.client.begin();
        self.join(kind, keep, lose).await
    }

    fn push_in(&self, request: &PushRequest<'_>) -> Result<Vec<Hint>, PushError> {
        self.door.hints(request)
    }

    fn push_erased(&self, request: &PushRequest<'_>) -> Vec<RemoteRef> {
        self.door.erased(request)
    }

    fn push_stamp(&self, request: &PushRequest<'_>) -> Option<SmolStr> {
        Door::stamp(request)
    }
}
