//! Tryton as a CRM, over JSON-RPC: parties are persons, companies and agencies, sale opportunities are reservations.
//!
//! Made for 8.2 and 6.0; what differs between them is found out, never configured. It deletes no party, contact
//! mechanism or address, and no opportunity but one of its own that is taken back: what goes is archived. Its bus speaks of
//! windows to refresh, not of data: only polls find changes. See `docs/connectors/tryton.md`.

mod block;
mod capabilities;
mod check;
mod children;
mod classify;
mod client;
mod config;
mod facts;
mod feed;
mod known;
mod lens;
mod merge;
mod name;
mod opportunity;
mod party;
mod party_put;
mod read;
mod references;
mod state;
#[cfg(test)]
mod tests;
mod wire;
mod withdraw;
mod write;
mod write_opportunity;
mod write_party;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use smol_str::SmolStr;

use super::super::http;
use super::super::registry::{self, ConnectError, Context, Settings};
use crate::connectors::{ChangePage, Connector, ConnectorError, Cursor, Finding, KeyPage, Reading, Step};
use crate::model::capabilities::Stream;
use crate::model::{
    Capabilities, ExternalId, RecordId, RecordKind, RemoteRef, SystemId, Withdrawal, WriteOp, WriteOutcome,
};

use client::Client;
use config::TrytonSettings;
use facts::Facts;
use known::Known;
use lens::Lens;

/// A connection to one Tryton database.
struct Tryton {
    system: SystemId,
    settings: TrytonSettings,
    capabilities: Capabilities,
    client: Client,
    lens: Lens,
    known: Known,
}

/// Builds the connector of a Tryton; opens no connection.
///
/// # Errors
/// [`ConnectError`] names the setting, or the file of the password.
pub fn connect(
    system: &SystemId,
    context: &Context,
    settings: Settings,
) -> Result<Arc<dyn Connector>, ConnectError> {
    let settings = TrytonSettings::read(system, settings)?;
    let password = registry::secret(system, &settings.password_file)?;
    let http = http::client(Duration::from_millis(settings.timeout_ms))
        .map_err(|source| ConnectError::Setup { system: system.clone(), source: Box::new(source) })?;
    let lens = Lens::new(&settings, context);
    let client = Client::new(
        system.clone(),
        http,
        &settings.url,
        settings.database.clone(),
        settings.user.clone(),
        password,
    );
    Ok(Arc::new(Tryton {
        system: system.clone(),
        capabilities: capabilities::declare(&lens),
        client,
        lens,
        settings,
        known: Known::new(),
    }))
}

impl Tryton {
    /// The facts of the database as they were last read: never waits for a later reading.
    async fn facts(&self) -> Result<Arc<Facts>, ConnectorError> {
        self.known.any(&self.client).await
    }

    /// Reads the facts again, because something is known to be different or missing.
    async fn refresh_facts(&self) -> Result<Arc<Facts>, ConnectorError> {
        self.known.read_since(&self.client, Some(Instant::now())).await
    }

    fn name(&self) -> SmolStr {
        self.system.as_str().into()
    }

    fn unsupported(&self, what: &'static str) -> ConnectorError {
        ConnectorError::Unsupported { system: self.name(), what }
    }
}

#[async_trait]
impl Connector for Tryton {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> Vec<Finding> {
        self.findings().await
    }

    async fn prepare(&self, plan_only: bool) -> Result<Vec<Step>, ConnectorError> {
        self.set_up(plan_only).await
    }

    async fn changes(&self, stream: &Stream, cursor: Option<&Cursor>) -> Result<ChangePage, ConnectorError> {
        self.page(stream, cursor).await
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
        self.by_hub_id(kind, ids).await
    }

    async fn write(&self, ops: &[WriteOp]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        self.write_batch(ops).await
    }

    async fn withdraw(
        &self,
        kind: RecordKind,
        records: &[Withdrawal],
    ) -> Result<Vec<WriteOutcome>, ConnectorError> {
        self.take_back(kind, records).await
    }

    async fn merge(
        &self,
        kind: RecordKind,
        keep: &ExternalId,
        lose: &ExternalId,
    ) -> Result<(), ConnectorError> {
        self.replace(kind, keep, lose).await
    }
}
