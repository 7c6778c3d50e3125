//! Taking back what cardex has created: parties are archived, opportunities are cancelled and deleted.
//!
//! An opportunity cannot be archived, and one that is only cancelled would be read as a reservation still. It is cardex's
//! own, nobody has changed it since, and the call that begins it carries its stamps. What others have come to use stays.

use std::collections::BTreeMap;

use serde_json::json;

use super::Tryton;
use super::facts::Facts;
use super::read::{Sight, number, version};
use super::state::{Button, State};
use super::wire::{Row, rows};
use super::write::{Batch, Held, stamps};
use crate::connectors::ConnectorError;
use crate::model::{ExternalId, RecordKind, Shape, Withdrawal, WriteOutcome};

/// A call that takes records by their ids alone.
type Deed = fn(&[i64]) -> (&'static str, Vec<serde_json::Value>);

const ARCHIVE: Deed = |ids| ("model.party.party.write", vec![json!(ids), json!({"active": false})]);
const DELETE: Deed = |ids| ("model.sale.opportunity.delete", vec![json!(ids)]);
const REOPEN: Deed = |ids| (Button::Lead.method(), vec![json!(ids)]);
const CANCEL: Deed = |ids| (Button::Cancel.method(), vec![json!(ids)]);

impl Tryton {
    /// Takes records of one kind back.
    pub(super) async fn take_back(
        &self,
        kind: RecordKind,
        records: &[Withdrawal],
    ) -> Result<Vec<WriteOutcome>, ConnectorError> {
        let facts = self.facts().await?;
        let ids: Vec<i64> = records.iter().filter_map(|record| number(&record.external_id)).collect();
        let found = self.fetch(&facts, kind, &ids).await?;
        let in_use = self.in_use(&facts, kind, &ids).await?;
        let n_records = records.len();
        let mut batch = Batch { kind, ops: &[], outcomes: vec![None; n_records], ids: vec![None; n_records] };
        let mut held = Vec::new();
        for (index, record) in records.iter().enumerate() {
            let row = rows(&found).find(|row| Some(row.id()) == number(&record.external_id));
            let Some(row) = row else {
                batch.settle(index, WriteOutcome::NotFound);
                continue;
            };
            match self.objection(&facts, kind, record, row, &in_use) {
                Some(outcome) => batch.settle(index, outcome),
                None => held.push((held_of(kind, index, row), row.text("state").and_then(State::parse))),
            }
        }
        let gone = if kind == RecordKind::Reservation {
            self.delete(&facts, &mut batch, held).await?
        } else {
            let held = held.into_iter().map(|(held, _)| held).collect();
            self.step(&facts, &mut batch, held, ARCHIVE).await?
        };
        for Held { index, id, .. } in gone {
            let external_id = ExternalId::new(id.to_string());
            batch.settle(index, WriteOutcome::Done { external_id, version: None, stored: None });
        }
        Ok(batch.outcomes.into_iter().map(|outcome| outcome.unwrap_or(WriteOutcome::Unknown)).collect())
    }

    /// Why a record is not taken back.
    fn objection(
        &self,
        facts: &Facts,
        kind: RecordKind,
        record: &Withdrawal,
        row: Row<'_>,
        in_use: &BTreeMap<i64, String>,
    ) -> Option<WriteOutcome> {
        let rejected = |why: &str| Some(WriteOutcome::Rejected { field: None, why: why.to_owned() });
        let seen = match self.see(facts, kind, row) {
            Sight::Archived(_) => return Some(WriteOutcome::NotFound),
            Sight::OutOfScope => {
                return rejected("it has become something that is none of cardex's business");
            }
            Sight::Shown(seen) => seen,
        };
        let is_ours = seen.shape == Shape::Full
            && seen.subject.kind == kind
            && seen.hub_id == Some(record.record)
            && (record.precondition.is_none() || record.precondition == seen.source_version);
        if !is_ours {
            return Some(WriteOutcome::Stale);
        }
        if row.text("state").and_then(State::parse).is_some_and(State::is_sale) {
            return rejected("a sale was made out of the opportunity");
        }
        in_use.get(&row.id()).and_then(|why| rejected(why))
    }

    /// Deletes opportunities: only a cancelled one can be, and one that is lost is cancelled by way of `lead`.
    async fn delete(
        &self,
        facts: &Facts,
        batch: &mut Batch<'_>,
        held: Vec<(Held, Option<State>)>,
    ) -> Result<Vec<Held>, ConnectorError> {
        let in_state = |wanted: State| {
            let of_state = held.iter().filter(move |(_, state)| *state == Some(wanted));
            of_state.map(|(held, _)| held.clone()).collect::<Vec<Held>>()
        };
        let (lost, mut cancelled) = (in_state(State::Lost), in_state(State::Cancelled));
        let mut open: Vec<Held> = [in_state(State::Lead), in_state(State::Opportunity)].concat();
        open.extend(self.step(facts, batch, lost, REOPEN).await?.into_iter().map(moved_by_us));
        cancelled.extend(self.step(facts, batch, open, CANCEL).await?.into_iter().map(moved_by_us));
        self.step(facts, batch, cancelled, DELETE).await
    }

    /// Does something with these records together, or one by one where that is refused: one bad record holds up none.
    async fn step(
        &self,
        facts: &Facts,
        batch: &mut Batch<'_>,
        records: Vec<Held>,
        deed: Deed,
    ) -> Result<Vec<Held>, ConnectorError> {
        let call = |records: &[Held]| deed(&records.iter().map(|record| record.id).collect::<Vec<_>>());
        match self.guarded(facts, batch, records.clone(), call).await {
            Err(ConnectorError::BatchRefused { .. }) => {}
            done => return done,
        }
        let mut done = Vec::new();
        for record in records {
            if batch.outcomes.get(record.index).is_some_and(Option::is_none) {
                done.extend(self.guarded(facts, batch, vec![record], call).await?);
            }
        }
        Ok(done)
    }
}

fn held_of(kind: RecordKind, index: usize, row: Row<'_>) -> Held {
    Held { index, id: row.id(), stamps: stamps(kind, row), version: version(row) }
}

/// A record whose stamp the step before has moved.
fn moved_by_us(held: Held) -> Held {
    Held { stamps: Vec::new(), ..held }
}
