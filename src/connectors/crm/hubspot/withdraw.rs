//! Takes back what cardex has created, and merges records.

use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

use super::HubSpot;
use super::client::CallError;
use super::errors::reason;
use super::read::Detail;
use super::wire::Object;
use crate::connectors::http::Effect;
use crate::connectors::{ConnectorError, Reading};
use crate::model::{ExternalId, RecordKind, RemoteRef, Shape, Withdrawal, WriteOutcome};

impl HubSpot {
    /// Archives records that nobody has changed since.
    pub(super) async fn take_back(
        &self,
        kind: RecordKind,
        records: &[Withdrawal],
    ) -> Result<Vec<WriteOutcome>, ConnectorError> {
        let table = self.table(kind)?;
        let refs = records.iter().map(|record| RemoteRef::new(kind, record.external_id.clone()));
        let readings = self.current(&refs.collect::<Vec<_>>(), Detail::Now).await?;
        let now: BTreeMap<&ExternalId, &Reading> =
            readings.iter().map(|reading| (&subject(reading).external_id, reading)).collect();
        let judged: Vec<WriteOutcome> =
            records.iter().map(|record| judge(record, now.get(&record.external_id).copied())).collect();
        let is_done = |outcome: &WriteOutcome| matches!(outcome, WriteOutcome::Done { .. });
        let going = records.iter().zip(&judged).filter(|(_, outcome)| is_done(outcome));
        let inputs: Vec<Json> = going.map(|(record, _)| json!({"id": record.external_id.as_str()})).collect();
        if !inputs.is_empty() {
            let path = [table.object.as_str(), "batch", "archive"];
            let archived =
                self.client.objects::<Json>(&path, json!({"inputs": inputs}), Effect::Writes).await;
            match archived {
                Ok(_) => {}
                Err(CallError::Refused(refusal)) => {
                    let why = reason(&refusal.problem);
                    let refused = || WriteOutcome::Rejected { field: None, why: why.clone() };
                    let outcomes = judged.into_iter();
                    return Ok(outcomes.map(|one| if is_done(&one) { refused() } else { one }).collect());
                }
                Err(error) => return Err(self.client.whole(error)),
            }
        }
        Ok(judged)
    }

    /// Merges `lose` into `keep`, which nothing undoes. What is left may have a new id: then both are old ones.
    pub(super) async fn join(
        &self,
        kind: RecordKind,
        keep: &ExternalId,
        lose: &ExternalId,
    ) -> Result<(), ConnectorError> {
        let table = self.table(kind)?;
        if kind == RecordKind::Reservation {
            return Err(self.client.unsupported("merge stays"));
        }
        let body = json!({"primaryObjectId": keep.as_str(), "objectIdToMerge": lose.as_str()});
        let path = [table.object.as_str(), "merge"];
        let refusal = match self.client.objects::<Json>(&path, body, Effect::Writes).await {
            Ok(_) => return Ok(()),
            Err(CallError::Refused(refusal)) => refusal,
            Err(error) => return Err(self.client.whole(error)),
        };
        // Asked for again after an answer that was lost, it is refused: the two are one already.
        let found = self.fetch(table, &[keep.as_str(), lose.as_str()], Detail::Now).await?;
        let is_now = |id: &ExternalId| {
            let is_there = |object: &&Object| object.id == id.as_str();
            let there = found.objects.iter().find(is_there).map(|object| object.id.as_str());
            found.survivors.get(id.as_str()).map(String::as_str).or(there)
        };
        if is_now(keep).is_some() && is_now(keep) == is_now(lose) {
            return Ok(());
        }
        let why = match refusal.status {
            414 => "a contact that was merged 250 times can be merged no further".to_owned(),
            _ => reason(&refusal.problem),
        };
        Err(ConnectorError::Refused { system: self.client.system(), why })
    }
}

const fn subject(reading: &Reading) -> &RemoteRef {
    match reading {
        Reading::Found(seen) => &seen.subject,
        Reading::NotFound(subject) | Reading::OutOfScope(subject) | Reading::Undecodable { subject, .. } => {
            subject
        }
    }
}

/// What becomes of a record: `Done` for one that may go.
fn judge(record: &Withdrawal, now: Option<&Reading>) -> WriteOutcome {
    match now {
        None | Some(Reading::NotFound(_)) => WriteOutcome::NotFound,
        Some(Reading::OutOfScope(_) | Reading::Undecodable { .. }) => WriteOutcome::Stale,
        Some(Reading::Found(seen)) => {
            let is_ours = seen.shape == Shape::Full
                && seen.hub_id == Some(record.record)
                && (record.precondition.is_none() || record.precondition == seen.source_version);
            if is_ours {
                WriteOutcome::Done { external_id: record.external_id.clone(), version: None, stored: None }
            } else {
                WriteOutcome::Stale
            }
        }
    }
}
