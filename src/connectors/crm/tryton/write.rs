//! Writes: what parties and opportunities have in common.
//!
//! A batch is read, compared with what each write rests on, sent in as few calls as Tryton allows, and read back.
//! Every call that changes an existing record carries the stamps that were read, so that a change made meanwhile
//! refuses it. A batch may be sent again after any failure: creates are looked up by hub id first.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::Tryton;
use super::classify::Refusal;
use super::client::{CallError, guarded};
use super::facts::Facts;
use super::read::{OPPORTUNITY, PARTY, Sight, number, version};
use super::wire::{Row, rows};
use crate::connectors::ConnectorError;
use crate::model::link::SourceVersion;
use crate::model::{
    Action, Document, ExternalId, FieldKey, RecordId, RecordKind, WriteOp, WriteOutcome, keys,
};

/// Fields whose elements are compared with the base of a write: a child that was deleted leaves no stamp.
const COMPARED: [FieldKey; 4] = [keys::EMAILS, keys::PHONES, keys::ADDRESSES, keys::TAGS];

/// A batch on its way.
pub(super) struct Batch<'a> {
    pub(super) kind: RecordKind,
    pub(super) ops: &'a [WriteOp],
    pub(super) outcomes: Vec<Option<WriteOutcome>>,
    /// The records of the batch at Tryton, as far as they exist.
    pub(super) ids: Vec<Option<i64>>,
}

/// A record about to be changed: its place in the batch, its id, and the stamps it must still have.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) index: usize,
    pub(super) id: i64,
    pub(super) stamps: Vec<(&'static str, i64, String)>,
    pub(super) version: Option<SourceVersion>,
}

impl Batch<'_> {
    /// The writes that have no outcome yet.
    pub(super) fn pending(&self) -> impl Iterator<Item = (usize, &WriteOp)> {
        let open = self.outcomes.iter().zip(self.ops).enumerate();
        open.filter(|(_, (outcome, _))| outcome.is_none()).map(|(index, (_, op))| (index, op))
    }

    pub(super) fn settle(&mut self, index: usize, outcome: WriteOutcome) {
        if let Some(slot) = self.outcomes.get_mut(index) {
            *slot = Some(outcome);
        }
    }

    pub(super) fn place(&mut self, index: usize, id: i64) {
        if let Some(slot) = self.ids.get_mut(index) {
            *slot = Some(id);
        }
    }
}

impl Tryton {
    /// Writes a batch of one kind.
    ///
    /// A refusal may be due to facts that are no longer true, such as the number of a category that somebody has
    /// deleted: what was refused is computed anew where the facts are others now.
    pub(super) async fn write_batch(&self, ops: &[WriteOp]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        let known = self.facts().await?;
        let result = self.write_by_facts(ops).await;
        let refused = refused(&result, ops.len());
        if refused.is_empty() || self.refresh_facts().await.map_or(true, |now| now == known) {
            return result;
        }
        let again: Vec<WriteOp> = refused.iter().filter_map(|index| ops.get(*index)).cloned().collect();
        let renewed = self.write_by_facts(&again).await?;
        let mut outcomes = result.unwrap_or_else(|_| vec![WriteOutcome::Unknown; ops.len()]);
        for (index, outcome) in refused.into_iter().zip(renewed) {
            if let Some(slot) = outcomes.get_mut(index) {
                *slot = outcome;
            }
        }
        Ok(outcomes)
    }

    async fn write_by_facts(&self, ops: &[WriteOp]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        let Some(kind) = ops.first().map(|op| op.kind) else { return Ok(Vec::new()) };
        let mut batch = Batch { kind, ops, outcomes: vec![None; ops.len()], ids: vec![None; ops.len()] };
        match kind {
            RecordKind::Person | RecordKind::Company | RecordKind::Agency => {
                self.write_parties(&mut batch).await?;
            }
            RecordKind::Reservation => self.write_opportunities(&mut batch).await?,
            RecordKind::Membership | RecordKind::Certificate => {
                return Err(self.unsupported("keep memberships or certificates"));
            }
        }
        let left = batch.outcomes.into_iter().map(|outcome| outcome.unwrap_or(WriteOutcome::Unknown));
        Ok(left.collect())
    }

    /// Settles creates of records that are there already.
    pub(super) async fn settle_existing(&self, batch: &mut Batch<'_>) -> Result<(), ConnectorError> {
        let creates: Vec<RecordId> =
            batch.pending().filter(|(_, op)| op.action == Action::Create).map(|(_, op)| op.record).collect();
        if creates.is_empty() {
            return Ok(());
        }
        let found: BTreeMap<RecordId, ExternalId> =
            self.by_hub_id(batch.kind, &creates).await?.into_iter().collect();
        let exists: Vec<(usize, ExternalId)> = batch
            .pending()
            .filter(|(_, op)| op.action == Action::Create)
            .filter_map(|(index, op)| Some((index, found.get(&op.record)?.clone())))
            .collect();
        for (index, external_id) in exists {
            batch.settle(index, WriteOutcome::Exists { external_id });
        }
        Ok(())
    }

    /// Reads the records to change and settles the writes whose record is gone or has moved.
    pub(super) async fn settle_moved(
        &self,
        facts: &Facts,
        batch: &mut Batch<'_>,
    ) -> Result<Json, ConnectorError> {
        let target = |op: &WriteOp| match &op.action {
            Action::Update(id) => Some(number(id).unwrap_or(0)),
            Action::Create => None,
        };
        let wanted: Vec<(usize, i64)> =
            batch.pending().filter_map(|(index, op)| Some((index, target(op)?))).collect();
        let ids: Vec<i64> = wanted.iter().map(|(_, id)| *id).collect();
        let found = self.fetch(facts, batch.kind, &ids).await?;
        for (index, id) in wanted {
            let row = rows(&found).find(|row| row.id() == id);
            let op = batch.ops.get(index);
            match (row, op) {
                (Some(row), Some(op)) => match self.moved(facts, op, row) {
                    Some(outcome) => batch.settle(index, outcome),
                    None => batch.place(index, id),
                },
                (None, _) | (_, None) => batch.settle(index, WriteOutcome::NotFound),
            }
        }
        Ok(found)
    }

    /// Whether a record is not what a write rests on.
    fn moved(&self, facts: &Facts, op: &WriteOp, row: Row<'_>) -> Option<WriteOutcome> {
        let now = match self.see(facts, op.kind, row) {
            Sight::Shown(seen) if row.number("replaced_by").is_none() => seen,
            // A merged party: the read that follows says into which.
            Sight::Shown(_) => return Some(WriteOutcome::Stale),
            Sight::Archived(_) | Sight::OutOfScope => return Some(WriteOutcome::NotFound),
        };
        let other_version = op.precondition.is_some() && op.precondition != now.source_version;
        (other_version || has_other_elements(&op.base, &now.document)).then_some(WriteOutcome::Stale)
    }

    /// Makes a guarded call for these records, leaving out those that have moved meanwhile, until it succeeds.
    ///
    /// Those left out are settled as stale; the ones that were changed are returned.
    pub(super) async fn guarded(
        &self,
        facts: &Facts,
        batch: &mut Batch<'_>,
        mut records: Vec<Held>,
        call: impl Fn(&[Held]) -> (&'static str, Vec<Json>),
    ) -> Result<Vec<Held>, ConnectorError> {
        while !records.is_empty() {
            let stamps = records.iter().flat_map(|record| &record.stamps);
            let stamps = stamps.map(|(model, id, stamp)| (*model, *id, stamp.as_str()));
            let context = guarded(&facts.context(), stamps);
            let (method, params) = call(&records);
            match self.client.call(method, &params, &context).await {
                Ok(_) => return Ok(records),
                Err(CallError::Stale) => self.leave_out_moved(facts, batch, &mut records).await?,
                Err(CallError::Refused(refusal)) => {
                    let indices: Vec<usize> = records.iter().map(|record| record.index).collect();
                    self.refuse(batch, &indices, &refusal)?;
                    return Ok(Vec::new());
                }
                Err(CallError::System(error)) => return Err(error),
            }
        }
        Ok(records)
    }

    async fn leave_out_moved(
        &self,
        facts: &Facts,
        batch: &mut Batch<'_>,
        records: &mut Vec<Held>,
    ) -> Result<(), ConnectorError> {
        let ids: Vec<i64> = records.iter().map(|record| record.id).collect();
        let found = self.fetch(facts, batch.kind, &ids).await?;
        let now: BTreeMap<i64, Option<SourceVersion>> =
            rows(&found).map(|row| (row.id(), version(row))).collect();
        let has_moved = |record: &Held| now.get(&record.id) != Some(&record.version);
        // When no stamp tells which one it was, all of them are read again.
        let all = !records.iter().any(has_moved);
        records.retain(|record| {
            let moved = all || has_moved(record);
            if moved {
                batch.settle(record.index, WriteOutcome::Stale);
            }
            !moved
        });
        Ok(())
    }

    /// A refusal of values: of one record it is an outcome, of several it is for the core to find out which.
    pub(super) fn refuse(
        &self,
        batch: &mut Batch<'_>,
        indices: &[usize],
        refusal: &Refusal,
    ) -> Result<(), ConnectorError> {
        match indices {
            [index] => {
                let field = batch.ops.get(*index).and_then(|op| field_of(refusal, &op.document));
                batch.settle(*index, WriteOutcome::Rejected { field, why: refusal.why.clone() });
                Ok(())
            }
            _ => Err(ConnectorError::BatchRefused { system: self.name(), why: refusal.why.clone() }),
        }
    }

    /// Reads back what has been written and settles it as done.
    pub(super) async fn settle_done(
        &self,
        facts: &Facts,
        batch: &mut Batch<'_>,
    ) -> Result<(), ConnectorError> {
        let open: Vec<(usize, i64)> =
            batch.pending().filter_map(|(index, _)| Some((index, (*batch.ids.get(index)?)?))).collect();
        let ids: Vec<i64> = open.iter().map(|(_, id)| *id).collect();
        let found = self.fetch(facts, batch.kind, &ids).await?;
        for (index, id) in open {
            let row = rows(&found).find(|row| row.id() == id);
            let seen = row.map(|row| self.see(facts, batch.kind, row));
            let (version, stored) = match seen {
                Some(Sight::Shown(seen)) => (seen.source_version, Some(seen.document)),
                Some(Sight::Archived(_) | Sight::OutOfScope) | None => (None, None),
            };
            let stored = stored.zip(batch.ops.get(index)).map(|(now, op)| written(&now, &op.document));
            let external_id = ExternalId::new(id.to_string());
            batch.settle(index, WriteOutcome::Done { external_id, version, stored });
        }
        Ok(())
    }
}

/// The writes of a batch that other facts might have let through.
fn refused(result: &Result<Vec<WriteOutcome>, ConnectorError>, n_ops: usize) -> Vec<usize> {
    match result {
        Ok(outcomes) => {
            let rejected = |outcome: &WriteOutcome| matches!(outcome, WriteOutcome::Rejected { .. });
            outcomes.iter().enumerate().filter(|(_, one)| rejected(one)).map(|(index, _)| index).collect()
        }
        Err(ConnectorError::Refused { .. } | ConnectorError::Incompatible { .. }) => (0..n_ops).collect(),
        Err(_) => Vec::new(),
    }
}

/// The fields of `sent`, as they are now.
fn written(now: &Document, sent: &Document) -> Document {
    sent.iter().filter_map(|(field, _)| Some((field.clone(), now.get(field)?.clone()))).collect()
}

/// Whether a list has gained or lost elements since the base of a write.
fn has_other_elements(base: &Document, now: &Document) -> bool {
    COMPARED.iter().any(|field| {
        let keys = |document: &Document| {
            let elements = document.get(field)?.elements()?;
            Some(elements.keys().cloned().collect::<Vec<_>>())
        };
        keys(base).is_some_and(|before| keys(now) != Some(before))
    })
}

/// The stamps of a record and its children, for the optimistic lock.
pub(super) fn stamps(kind: RecordKind, row: Row<'_>) -> Vec<(&'static str, i64, String)> {
    let model = if kind == RecordKind::Reservation { OPPORTUNITY } else { PARTY };
    let stamp = |model: &'static str, row: Row<'_>| Some((model, row.id(), row.timestamp()?.to_owned()));
    let children = [
        ("contact_mechanisms", "party.contact_mechanism"),
        ("addresses", "party.address"),
        ("identifiers", "party.identifier"),
    ];
    let children = children
        .into_iter()
        .flat_map(|(field, model)| row.children(field).filter_map(move |child| stamp(model, child)));
    stamp(model, row).into_iter().chain(children).collect()
}

/// The field of the document that a refusal speaks of.
fn field_of(refusal: &Refusal, sent: &Document) -> Option<FieldKey> {
    let candidates: &[FieldKey] = match (refusal.field.as_deref(), refusal.model.as_deref()) {
        (_, Some("Contact Mechanism" | "Party Contact Mechanism")) => {
            &[keys::EMAILS, keys::PHONES, keys::WEB]
        }
        (_, Some("Address" | "Party Address")) => &[keys::ADDRESSES],
        (_, Some("Identifier" | "Party Identifier")) => &[keys::TAX_ID],
        (Some("Name"), _) => &[keys::SURNAME, keys::NAME, keys::GIVEN_NAMES],
        (Some("Language"), _) => &[keys::LANGUAGE],
        (Some("Amount" | "Currency"), _) => &[keys::TOTAL],
        (Some("Start Date"), _) => &[keys::ARRIVES_ON],
        (Some("End Date"), _) => &[keys::DEPARTS_ON],
        (Some("Party"), _) => &[keys::HOLDER],
        (Some("State" | "Employee"), _) => &[keys::STATUS],
        // The check of an identifier's number names its type and no field.
        (None, None) if refusal.why.contains("is not valid") => &[keys::TAX_ID],
        _ => &[],
    };
    let named = candidates.iter().find(|field| sent.get(field).is_some());
    let only = sent.iter().map(|(field, _)| field).next().filter(|_| sent.len() == 1);
    named.or(only).cloned()
}

/// The ids that a create returned.
pub(super) fn created(answer: &Json) -> Vec<i64> {
    answer.as_array().into_iter().flatten().filter_map(Json::as_i64).collect()
}

/// The arguments of a write of several records: ids and values in turns.
pub(super) fn pairs<'a>(changes: impl Iterator<Item = (i64, &'a Json)>) -> Vec<Json> {
    changes.flat_map(|(id, values)| [json!([id]), values.clone()]).collect()
}
