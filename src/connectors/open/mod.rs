//! The open connector: any in-house PMS or CRM that implements `docs/open-connector.md` is connected without Rust.
//!
//! What the system can do is declared in its settings, in the shape of its own `GET /v1/capabilities`; without a
//! declaration it is taken to do the whole contract. `check` compares the two. This folder only speaks the
//! contract: it must never learn of one implementation's habits.

mod check;
mod client;
mod config;
mod declare;
mod map;
mod push;
#[cfg(test)]
mod tests;
mod values;
mod wire;

use async_trait::async_trait;
use secrecy::SecretString;
use serde::Deserialize as _;
use serde_json::{Value as Json, json};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use self::client::Client;
use self::config::Settings;
use self::declare::Declaration;
use self::map::{Mapper, digest};
use super::http::Effect;
use super::registry::{ConnectError, Context};
use super::{
    Change, ChangePage, Connector, ConnectorError, Cursor, Finding, Hint, KeyPage, PushError, PushRequest,
    Reading, Step, registry,
};
use crate::model::capabilities::{MergeSupport, Stream};
use crate::model::normalise::country;
use crate::model::{
    Capabilities, Document, ExternalId, Observation, RecordId, RecordKind, RemoteRef, Shape, SystemId,
    Withdrawal, WriteOp, WriteOutcome,
};

/// A system that speaks the open contract.
struct Open {
    client: Client,
    mapper: Mapper,
    declared: Declaration,
    page_size: u16,
    webhook_secrets: Vec<SecretString>,
}

/// Builds the connector of `system`.
///
/// # Errors
/// The settings do not fit, or a secret's file cannot be read.
pub fn connect(
    system: &SystemId,
    context: &Context,
    settings: registry::Settings,
) -> Result<Arc<dyn Connector>, ConnectError> {
    let settings = Settings::read(system, settings)?;
    let secrets = settings.secrets(system)?;
    let registry = Arc::clone(&context.registry);
    let capabilities = settings.capabilities.capabilities(&registry).map_err(|why| {
        ConnectError::BadSettings { system: system.clone(), why: format!("`capabilities`: {why}") }
    })?;
    let timeout = Duration::from_secs(settings.timeout_seconds);
    let client = Client::new(system, settings.base_url, secrets.token, timeout)
        .map_err(|error| ConnectError::Setup { system: system.clone(), source: error.into() })?;
    let region = country::read(&context.default_region).ok().flatten();
    let locale = values::Locale { region, relays: context.relays.clone() };
    Ok(Arc::new(Open {
        client,
        mapper: Mapper { registry, capabilities, locale },
        declared: settings.capabilities,
        page_size: settings.page_size,
        webhook_secrets: secrets.webhook,
    }))
}

#[async_trait]
impl Connector for Open {
    fn capabilities(&self) -> &Capabilities {
        &self.mapper.capabilities
    }

    async fn check(&self) -> Vec<Finding> {
        let answer: Result<Json, _> = self.client.get(&["capabilities"], &[]).await;
        let mut findings = match answer {
            Ok(said) => check::differences(&self.declared, &self.mapper.capabilities, &said),
            Err(error) => vec![check::failure(&error)],
        };
        findings.extend(check::push(&self.webhook_secrets));
        findings
    }

    async fn prepare(&self, _plan_only: bool) -> Result<Vec<Step>, ConnectorError> {
        Ok(Vec::new())
    }

    async fn changes(&self, stream: &Stream, cursor: Option<&Cursor>) -> Result<ChangePage, ConnectorError> {
        let limit = self.page_size.to_string();
        let mut query = vec![("limit", limit.as_str())];
        query.extend(cursor.map(|cursor| ("changed_since", cursor.0.as_str())));
        let page: wire::Changes = self.client.get(&[stream.kind.name()], &query).await?;
        self.complete(page.capped)?;
        let next = Cursor(page.next);
        if page.more && cursor == Some(&next) {
            return Err(self.client.undecodable("the cursor does not move"));
        }
        let changes = page.page.iter().map(|change| self.change(stream.kind, change));
        Ok(ChangePage { changes: changes.collect::<Result<_, _>>()?, next, more: page.more })
    }

    async fn enumerate(&self, kind: RecordKind, after: Option<&Cursor>) -> Result<KeyPage, ConnectorError> {
        let limit = self.page_size.to_string();
        let mut query = vec![("limit", limit.as_str())];
        query.extend(after.map(|after| ("after", after.0.as_str())));
        let page: wire::Keys = self.client.get(&[kind.name(), "keys"], &query).await?;
        self.complete(page.capped)?;
        let next = page.next.map(Cursor);
        if next.is_some() && next.as_ref() == after {
            return Err(self.client.undecodable("the walk does not move"));
        }
        let keys = page.page.into_iter().map(|key| (ExternalId::new(key.id), digest(&key.hash)));
        Ok(KeyPage { keys: keys.collect(), next })
    }

    async fn read(&self, refs: &[RemoteRef]) -> Result<Vec<Reading>, ConnectorError> {
        let mut by_kind: BTreeMap<RecordKind, Vec<&RemoteRef>> = BTreeMap::new();
        for subject in refs {
            by_kind.entry(subject.kind).or_default().push(subject);
        }
        let mut readings = Vec::with_capacity(refs.len());
        for (kind, subjects) in by_kind {
            let ids: Vec<_> = subjects.iter().map(|subject| subject.external_id.as_str()).collect();
            let body = json!({"ids": ids});
            let answer: wire::Readings =
                self.client.post(&[kind.name(), "read"], &body, Effect::Reads).await?;
            let mut found = BTreeMap::new();
            for result in answer.results {
                let (id, reading) = self.reading(kind, result);
                found.insert(id, reading);
            }
            let missing = "the answer leaves the record out";
            readings.extend(subjects.into_iter().map(|subject| {
                let undecodable =
                    || Reading::Undecodable { subject: subject.clone(), why: missing.to_owned() };
                found.remove(&subject.external_id).unwrap_or_else(undecodable)
            }));
        }
        Ok(readings)
    }

    async fn find(
        &self,
        kind: RecordKind,
        ids: &[RecordId],
    ) -> Result<Vec<(RecordId, ExternalId)>, ConnectorError> {
        let hub_ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        let body = json!({"hub_ids": hub_ids});
        let answer: wire::Found = self.client.post(&[kind.name(), "find"], &body, Effect::Reads).await?;
        let found = answer.found.into_iter().map(|one| {
            let hub_id = RecordId::parse(&one.hub_id).filter(|id| ids.contains(id));
            Ok((
                hub_id.ok_or_else(|| self.client.undecodable("a hub id that was not asked for"))?,
                one.id.as_str().into(),
            ))
        });
        found.collect()
    }

    async fn write(&self, ops: &[WriteOp]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        let Some(first) = ops.first() else { return Ok(Vec::new()) };
        let requests: Vec<_> = ops.iter().map(|op| self.mapper.write(op)).collect();
        let writes: Vec<_> = requests.iter().filter_map(|request| request.as_ref().ok()).collect();
        let mut outcomes = if writes.is_empty() {
            Vec::new().into_iter()
        } else {
            let body = json!({"writes": writes});
            let path = [first.kind.name(), "write"];
            let answer: wire::Written = self.client.post(&path, &body, Effect::Writes).await?;
            // With another number of answers none can be told apart: nothing is known of any.
            let matches = answer.results.len() == writes.len();
            (if matches { answer.results } else { Vec::new() }).into_iter()
        };
        let outcome = |(op, request): (&WriteOp, &Result<_, map::BadField>)| match request {
            Ok(_) => {
                outcomes.next().map_or(WriteOutcome::Unknown, |outcome| self.mapper.outcome(op, outcome))
            }
            Err(bad) => WriteOutcome::Rejected {
                field: Some(bad.field.clone()),
                why: format!("the value {}", bad.why),
            },
        };
        Ok(ops.iter().zip(&requests).map(outcome).collect())
    }

    async fn withdraw(
        &self,
        kind: RecordKind,
        records: &[Withdrawal],
    ) -> Result<Vec<WriteOutcome>, ConnectorError> {
        if !self.mapper.capabilities.kinds.get(&kind).is_some_and(|able| able.withdraw) {
            return Err(ConnectorError::Unsupported {
                system: self.client.system(),
                what: "take records back",
            });
        }
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let records: Vec<_> = records.iter().map(Mapper::withdraw).collect();
        let body = json!({"records": records});
        let answer: wire::Written =
            self.client.post(&[kind.name(), "withdraw"], &body, Effect::Writes).await?;
        if answer.results.len() != records.len() {
            return Ok(vec![WriteOutcome::Unknown; records.len()]);
        }
        let outcome = |outcome| Mapper::plain_outcome(outcome, None);
        Ok(answer.results.into_iter().map(outcome).collect())
    }

    async fn merge(
        &self,
        kind: RecordKind,
        keep: &ExternalId,
        lose: &ExternalId,
    ) -> Result<(), ConnectorError> {
        if self.mapper.capabilities.merge != MergeSupport::Full {
            return Err(ConnectorError::Unsupported { system: self.client.system(), what: "merge records" });
        }
        let body = json!({"keep": keep.as_str(), "lose": lose.as_str()});
        self.client.post_only(&[kind.name(), "merge"], &body).await
    }

    fn push_in(&self, request: &PushRequest<'_>) -> Result<Vec<Hint>, PushError> {
        push::hints(&self.webhook_secrets, &self.mapper.capabilities, request)
    }

    fn push_stamp(&self, request: &PushRequest<'_>) -> Option<SmolStr> {
        push::stamp(request)
    }
}

impl Open {
    /// A listing that the system cut short is no listing.
    fn complete(&self, capped: bool) -> Result<(), ConnectorError> {
        let (system, why) = (self.client.system(), "the listing is cut short".to_owned());
        if capped { Err(ConnectorError::Refused { system, why }) } else { Ok(()) }
    }

    /// A record that cannot be understood becomes a hint, so that reading it shows why; the rest of the page goes on.
    fn change(&self, kind: RecordKind, json: &Json) -> Result<Change, ConnectorError> {
        let unreadable = || self.client.undecodable("a change of the feed");
        let hint = |id: String, deleted| {
            Change::Hint(Hint { subject: RemoteRef::new(kind, ExternalId::new(id)), deleted })
        };
        Ok(match wire::Change::deserialize(json).map_err(|_| unreadable())? {
            wire::Change::Upserted { record } => match self.mapper.observation(kind, &record) {
                Ok(observation) => Change::Seen(Box::new(observation)),
                Err(_) => hint(wire::Name::deserialize(&record).map_err(|_| unreadable())?.id, false),
            },
            wire::Change::Deleted(name) => hint(name.id, true),
            wire::Change::Merged(merged) => Change::Seen(Box::new(merged_into(kind, merged))),
        })
    }

    fn reading(&self, kind: RecordKind, result: wire::Reading) -> (ExternalId, Reading) {
        let subject = |id: String| RemoteRef::new(kind, ExternalId::new(id));
        let (subject, reading): (_, fn(RemoteRef) -> Reading) = match result {
            wire::Reading::NotFound(name) => (subject(name.id), Reading::NotFound),
            wire::Reading::OutOfScope(name) => (subject(name.id), Reading::OutOfScope),
            wire::Reading::Merged(merged) => {
                let id = ExternalId::new(merged.id.as_str());
                return (id, Reading::Found(Box::new(merged_into(kind, merged))));
            }
            wire::Reading::Found { id, record } => {
                let subject = subject(id);
                let reading = match self.mapper.observation(kind, &record) {
                    Ok(observation) if observation.subject == subject => {
                        Reading::Found(Box::new(observation))
                    }
                    Ok(_) => {
                        Reading::Undecodable { subject: subject.clone(), why: "it has another id".into() }
                    }
                    Err(why) => Reading::Undecodable { subject: subject.clone(), why },
                };
                return (subject.external_id, reading);
            }
        };
        (subject.external_id.clone(), reading(subject))
    }
}

fn merged_into(kind: RecordKind, merged: wire::Merged) -> Observation {
    let subject = RemoteRef::new(kind, ExternalId::new(merged.id));
    Observation::of(subject, Shape::MergedInto(ExternalId::new(merged.into)), Document::new())
}
