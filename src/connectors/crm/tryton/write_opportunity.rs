//! Writes of reservations: create or write the fields, then press the buttons that lead to the state.
//!
//! Tryton closes fields by state, so a write may open the opportunity first (`lead`); all records of a batch that
//! need the same step share one call.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::Tryton;
use super::client::CallError;
use super::facts::Facts;
use super::opportunity::{Change, Target};
use super::read::version;
use super::state::{Button, Route, State, Touches};
use super::wire::{Row, rows};
use super::write::{Batch, Held, created, pairs, stamps};
use crate::connectors::ConnectorError;
use crate::model::{Action, RecordKind, WriteOp, WriteOutcome};

/// The way of one existing opportunity.
struct Way {
    held: Held,
    values: Json,
    writes: bool,
    route: Route,
}

impl Tryton {
    pub(super) async fn write_opportunities(&self, batch: &mut Batch<'_>) -> Result<(), ConnectorError> {
        let facts = self.facts().await?;
        self.settle_existing(batch).await?;
        let current = self.settle_moved(&facts, batch).await?;
        let ways = self.ways(&facts, batch, &current);
        let presses = self.create_opportunities(&facts, batch).await?;
        self.follow(&facts, batch, ways).await?;
        for (button, records) in presses {
            self.press(&facts, batch, button, records).await?;
        }
        self.settle_done(&facts, batch).await
    }

    /// Creates what is new, in state `lead`; returns the buttons to press after it.
    async fn create_opportunities(
        &self,
        facts: &Facts,
        batch: &mut Batch<'_>,
    ) -> Result<BTreeMap<Button, Vec<Held>>, ConnectorError> {
        let creates: Vec<(usize, Change)> = batch
            .pending()
            .filter(|(_, op)| op.action == Action::Create)
            .map(|(index, op)| (index, self.target(facts, op, None).change()))
            .collect();
        let mut presses = BTreeMap::new();
        if creates.is_empty() {
            return Ok(presses);
        }
        let values: Vec<&serde_json::Map<String, Json>> =
            creates.iter().map(|(_, change)| &change.values).collect();
        let answer =
            self.client.call("model.sale.opportunity.create", &[json!(values)], &facts.context()).await;
        let ids = match answer {
            Ok(answer) => created(&answer),
            Err(CallError::Refused(refusal)) => {
                let indices: Vec<usize> = creates.iter().map(|(index, _)| *index).collect();
                return self.refuse(batch, &indices, &refusal).map(|()| presses);
            }
            Err(error) => return Err(self.client.whole(error)),
        };
        for ((index, change), id) in creates.iter().zip(ids) {
            batch.place(*index, id);
            let route = State::Lead.route(Touches::Nothing, change.state);
            if let Some(button) = route.and_then(|route| route.after) {
                let held = Held { index: *index, id, stamps: Vec::new(), version: None };
                presses.entry(button).or_insert_with(Vec::new).push(held);
            }
        }
        Ok(presses)
    }

    /// The way of every existing opportunity; those that a sale has closed are settled.
    fn ways(&self, facts: &Facts, batch: &mut Batch<'_>, current: &Json) -> Vec<Way> {
        let mut ways = Vec::new();
        let mut closed = Vec::new();
        for (index, op) in batch.pending().filter(|(_, op)| op.action != Action::Create) {
            let id = batch.ids.get(index).copied().flatten();
            let Some(row) = rows(current).find(|row| Some(row.id()) == id) else { continue };
            let change = self.target(facts, op, Some(row)).change();
            let state = row.text("state").and_then(State::parse);
            match state.and_then(|state| state.route(change.touches, change.state)) {
                Some(route) => ways.push(Way {
                    held: held(index, row),
                    writes: !change.values.is_empty(),
                    values: Json::Object(change.values),
                    route,
                }),
                None => closed.push(index),
            }
        }
        for index in closed {
            let why = "a sale was made out of the opportunity, which closes its fields".to_owned();
            batch.settle(index, WriteOutcome::Rejected { field: None, why });
        }
        ways
    }

    /// Opens, writes and closes the existing opportunities.
    async fn follow(
        &self,
        facts: &Facts,
        batch: &mut Batch<'_>,
        ways: Vec<Way>,
    ) -> Result<(), ConnectorError> {
        let opened: Vec<Held> =
            ways.iter().filter(|way| way.route.before.is_some()).map(|way| way.held.clone()).collect();
        self.press(facts, batch, Button::Lead, opened).await?;
        let writes: Vec<Held> =
            ways.iter().filter(|way| way.writes).map(|way| unless_pressed(way, way.route.before)).collect();
        let values: BTreeMap<i64, &Json> = ways.iter().map(|way| (way.held.id, &way.values)).collect();
        let writes = open(batch, writes);
        self.guarded(facts, batch, writes, |records| {
            let values = records.iter().filter_map(|record| Some((record.id, *values.get(&record.id)?)));
            ("model.sale.opportunity.write", pairs(values))
        })
        .await?;
        for button in [Button::Lead, Button::Opportunity, Button::Lost, Button::Cancel] {
            let pressed = ways.iter().filter(|way| way.route.after == Some(button));
            let records: Vec<Held> = pressed
                .map(|way| {
                    if way.writes { without_stamps(&way.held) } else { unless_pressed(way, way.route.before) }
                })
                .collect();
            self.press(facts, batch, button, records).await?;
        }
        Ok(())
    }

    /// Presses a button for all of these records that are still on their way.
    async fn press(
        &self,
        facts: &Facts,
        batch: &mut Batch<'_>,
        button: Button,
        records: Vec<Held>,
    ) -> Result<(), ConnectorError> {
        let records = open(batch, records);
        let call = |records: &[Held]| {
            let ids: Vec<i64> = records.iter().map(|record| record.id).collect();
            (button.method(), vec![json!(ids)])
        };
        self.guarded(facts, batch, records, call).await.map(drop)
    }

    fn target<'a>(&'a self, facts: &'a Facts, op: &'a WriteOp, current: Option<Row<'a>>) -> Target<'a> {
        Target { lens: &self.lens, facts, record: op.record, document: &op.document, current }
    }
}

fn held(index: usize, row: Row<'_>) -> Held {
    Held { index, id: row.id(), stamps: stamps(RecordKind::Reservation, row), version: version(row) }
}

/// A record whose stamp cardex has moved itself in this batch.
fn without_stamps(held: &Held) -> Held {
    Held { stamps: Vec::new(), ..held.clone() }
}

fn unless_pressed(way: &Way, pressed: Option<Button>) -> Held {
    if pressed.is_some() { without_stamps(&way.held) } else { way.held.clone() }
}

/// The records whose write has no outcome yet.
fn open(batch: &Batch<'_>, records: Vec<Held>) -> Vec<Held> {
    let is_open = |record: &Held| batch.outcomes.get(record.index).is_some_and(Option::is_none);
    records.into_iter().filter(is_open).collect()
}
