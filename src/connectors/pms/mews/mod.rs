//! Mews, by its Connector API: customers, companies and reservations are read, customers and companies are changed, and made
//! where the hotel says so.
//!
//! Everything that a reservation names is read in batches, never one by one. It never writes a reservation, an order or
//! a payment, so that nothing it does sends a guest a mail or prices a stay anew. See `docs/connectors/mews.md`.

mod check;
mod client;
mod config;
mod create;
mod errors;
mod feed;
mod map;
mod memory;
mod names;
mod push;
mod read;
#[cfg(test)]
mod tests;
mod window;
mod wire;
mod write;

use async_trait::async_trait;
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;

use self::client::Client;
use self::config::Settings;
use self::map::Hotel;
use self::memory::Memory;
use self::names::Names;
use super::super::registry::{self, ConnectError, Context};
use super::super::{
    ChangePage, Connector, ConnectorError, Cursor, Finding, Hint, KeyPage, PushError, PushRequest, Reading,
    Step,
};
use crate::clock::Clock;
use crate::model::capabilities::{MergeSupport, Stream};
use crate::model::normalise::country;
use crate::model::{
    Capabilities, ExternalId, Guard, RateLimit, RecordId, RecordKind, RemoteRef, SystemId, Withdrawal,
    WriteOp, WriteOutcome,
};

/// How many records one call reads, and one call writes.
const BATCH: usize = 1000;

/// How many requests may have begun in 30 seconds when another call starts. Mews allows 200: what is left is for the
/// requests that the calls under way still make.
const CALLS: u32 = 160;

/// A hotel's Mews.
struct Mews {
    client: Client,
    hotel: Hotel,
    names: Names,
    memory: Memory,
    capabilities: Capabilities,
    settings: Settings,
    webhook_tokens: Vec<SecretString>,
}

/// Builds the connector of `system` on the machine's clock; see `config/examples/mews.toml`.
///
/// # Errors
/// [`ConnectError`] names the key or the file.
pub fn connect(
    system: &SystemId,
    context: &Context,
    settings: registry::Settings,
) -> Result<Arc<dyn Connector>, ConnectError> {
    let mut settings = Settings::read(system, settings)?;
    let tokens = settings.tokens(system)?;
    let webhook_tokens = tokens.webhook.clone();
    let client = Client::new(system, &settings, tokens, Clock::system())
        .map_err(|error| ConnectError::Setup { system: system.clone(), source: error.into() })?;
    let capabilities = capabilities(&settings);
    Ok(Arc::new(Mews {
        client,
        names: Names::new(&settings.language),
        memory: Memory::default(),
        capabilities,
        webhook_tokens,
        hotel: Hotel {
            property: context.property.as_str().into(),
            zone: context.time_zone,
            region: country::read(&context.default_region).ok().flatten(),
            relays: context.relays.clone(),
            registry: Arc::clone(&context.registry),
            identity_documents: settings.identity_documents,
            medical: settings.medical,
            boards: std::mem::take(&mut settings.boards),
        },
        settings,
    }))
}

fn capabilities(settings: &Settings) -> Capabilities {
    Capabilities {
        kinds: map::kinds(settings),
        streams: feed::streams(),
        guard: Guard::ReadCompare,
        read_batch: BATCH,
        write_batch: BATCH,
        // A list of changes is; records are made one by one.
        batch_is_atomic: false,
        finds_by_hub_id: true,
        merge: MergeSupport::Full,
        suppress: true,
        rate: RateLimit { calls: CALLS, per: Duration::from_secs(30) },
    }
}

#[async_trait]
impl Connector for Mews {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn further_calls(&self) -> u32 {
        self.client.requests().saturating_sub(1)
    }

    async fn check(&self) -> Vec<Finding> {
        self.findings().await
    }

    async fn prepare(&self, _plan_only: bool) -> Result<Vec<Step>, ConnectorError> {
        Ok(Vec::new())
    }

    async fn changes(&self, stream: &Stream, cursor: Option<&Cursor>) -> Result<ChangePage, ConnectorError> {
        self.feed(stream, cursor).await
    }

    async fn enumerate(&self, kind: RecordKind, after: Option<&Cursor>) -> Result<KeyPage, ConnectorError> {
        self.keys(kind, after).await
    }

    async fn read(&self, refs: &[RemoteRef]) -> Result<Vec<Reading>, ConnectorError> {
        self.current(refs).await
    }

    async fn find(
        &self,
        kind: RecordKind,
        ids: &[RecordId],
    ) -> Result<Vec<(RecordId, ExternalId)>, ConnectorError> {
        self.marked(kind, ids).await
    }

    async fn write(&self, ops: &[WriteOp]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        self.update(ops).await
    }

    async fn withdraw(&self, _: RecordKind, _: &[Withdrawal]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        Err(self.client.unsupported("take records back"))
    }

    async fn merge(
        &self,
        kind: RecordKind,
        keep: &ExternalId,
        lose: &ExternalId,
    ) -> Result<(), ConnectorError> {
        self.join(kind, keep, lose).await
    }

    fn push_in(&self, request: &PushRequest<'_>) -> Result<Vec<Hint>, PushError> {
        push::hints(&self.webhook_tokens, self.settings.enterprise_id.as_deref(), request)
    }
}
