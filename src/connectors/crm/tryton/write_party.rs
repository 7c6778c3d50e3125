//! Writes of persons, companies and agencies: one create and one write per batch, children in the same call.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::client::CallError;
use super::facts::Facts;
use super::lens::Lens;
use super::party_put::{Target, category_names, role_names};
use super::read::version;
use super::wire::{Row, rows};
use super::write::{Batch, Held, created, pairs, stamps};
use super::{Tryton, children};
use crate::connectors::ConnectorError;
use crate::model::{Action, WriteOp};

impl Tryton {
    pub(super) async fn write_parties(&self, batch: &mut Batch<'_>) -> Result<(), ConnectorError> {
        let facts = self.with_names(batch).await?;
        self.settle_existing(batch).await?;
        let current = self.settle_moved(&facts, batch).await?;
        self.create_parties(&facts, batch).await?;
        let current = self.revive_children(&facts, batch, current).await?;
        self.change_parties(&facts, batch, &current).await?;
        self.settle_done(&facts, batch).await
    }

    async fn create_parties(&self, facts: &Facts, batch: &mut Batch<'_>) -> Result<(), ConnectorError> {
        let creates: Vec<(usize, Json)> = batch
            .pending()
            .filter(|(_, op)| op.action == Action::Create)
            .map(|(index, op)| (index, Json::Object(target(&self.lens, facts, op, None).values())))
            .collect();
        if creates.is_empty() {
            return Ok(());
        }
        let (indices, values): (Vec<usize>, Vec<Json>) = creates.into_iter().unzip();
        match self.client.call("model.party.party.create", &[json!(values)], &facts.context()).await {
            Ok(answer) => {
                for (index, id) in indices.into_iter().zip(created(&answer)) {
                    batch.place(index, id);
                }
                Ok(())
            }
            Err(CallError::Refused(refusal)) => self.refuse(batch, &indices, &refusal),
            Err(error) => Err(self.client.whole(error)),
        }
    }

    async fn change_parties(
        &self,
        facts: &Facts,
        batch: &mut Batch<'_>,
        current: &Json,
    ) -> Result<(), ConnectorError> {
        let mut changes: BTreeMap<i64, Json> = BTreeMap::new();
        let mut held = Vec::new();
        for (index, op) in batch.pending().filter(|(_, op)| op.action != Action::Create) {
            let id = batch.ids.get(index).copied().flatten();
            let Some(row) = rows(current).find(|row| Some(row.id()) == id) else { continue };
            let values = target(&self.lens, facts, op, Some(row)).values();
            if !values.is_empty() {
                let version = version(row);
                held.push(Held { index, id: row.id(), stamps: stamps(op.kind, row), version });
                changes.insert(row.id(), Json::Object(values));
            }
        }
        drop_mirrored_relations(&mut changes);
        let call = |records: &[Held]| {
            let values = records.iter().filter_map(|record| Some((record.id, changes.get(&record.id)?)));
            ("model.party.party.write", pairs(values))
        };
        self.guarded(facts, batch, held, call).await.map(drop)
    }

    /// Revives archived children that the batch brings back, and reads their parties again.
    async fn revive_children(
        &self,
        facts: &Facts,
        batch: &mut Batch<'_>,
        current: Json,
    ) -> Result<Json, ConnectorError> {
        let mut revivals: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for (index, op) in batch.pending() {
            let id = batch.ids.get(index).copied().flatten();
            let Some(row) = rows(&current).find(|row| Some(row.id()) == id) else { continue };
            for (model, child) in children::revivals(&target(&self.lens, facts, op, Some(row))) {
                revivals.entry(model).or_default().push(child);
            }
        }
        if revivals.is_empty() {
            return Ok(current);
        }
        for (model, ids) in revivals {
            let params = [json!(ids), json!({"active": true})];
            let answer = self.client.call(&format!("model.{model}.write"), &params, &facts.context()).await;
            answer.map_err(|error| self.client.whole(error))?;
        }
        let ids: Vec<i64> = rows(&current).map(Row::id).collect();
        self.fetch(facts, batch.kind, &ids).await
    }

    /// The facts, once the categories and relation types that the batch names exist.
    async fn with_names(&self, batch: &Batch<'_>) -> Result<Arc<Facts>, ConnectorError> {
        let facts = self.facts().await?;
        let ops = || batch.pending().map(|(_, op)| op);
        let categories: BTreeSet<&str> =
            ops().flat_map(|op| category_names(&self.lens, op.kind, &op.document)).collect();
        let roles: BTreeSet<&str> = ops().flat_map(|op| role_names(&op.document)).collect();
        let missing = [
            (
                "party.category",
                categories.into_iter().filter(|name| !facts.categories.contains_key(*name)).collect(),
            ),
            (
                "party.relation.type",
                roles.into_iter().filter(|name| facts.relation_type(name).is_none()).collect(),
            ),
        ];
        let missing: Vec<(&str, Vec<&str>)> =
            missing.into_iter().filter(|(_, names): &(_, Vec<&str>)| !names.is_empty()).collect();
        if missing.is_empty() {
            return Ok(facts);
        }
        // Somebody else may have made them since the facts were read.
        let facts = self.refresh_facts().await?;
        for (model, names) in missing {
            let known = if model == "party.category" { &facts.categories } else { &facts.relation_types };
            self.create_named(&facts, model, names.into_iter().filter(|name| !known.contains_key(*name)))
                .await?;
        }
        self.refresh_facts().await
    }

    /// Creates records of a table of names.
    pub(super) async fn create_named(
        &self,
        facts: &Facts,
        model: &str,
        names: impl Iterator<Item = &str>,
    ) -> Result<(), ConnectorError> {
        let values: Vec<Json> = names.map(|name| json!({"name": name})).collect();
        if values.is_empty() {
            return Ok(());
        }
        let method = format!("model.{model}.create");
        let answer = self.client.call(&method, &[json!(values)], &facts.context()).await;
        answer.map(drop).map_err(|error| self.client.whole(error))
    }
}

fn target<'a>(lens: &'a Lens, facts: &'a Facts, op: &'a WriteOp, current: Option<Row<'a>>) -> Target<'a> {
    Target { lens, facts, kind: op.kind, record: op.record, document: &op.document, current }
}

/// Tryton shows a relation on both of its parties: of two writes that would create it once each, one is enough.
fn drop_mirrored_relations(changes: &mut BTreeMap<i64, Json>) {
    let mut pairs: BTreeSet<(i64, i64)> = BTreeSet::new();
    for (from, values) in changes {
        let Some(commands) = values.get_mut("relations").and_then(Json::as_array_mut) else { continue };
        for command in commands.iter_mut().filter(|command| command[0] == "create") {
            let Some(rows) = command.get_mut(1).and_then(Json::as_array_mut) else { continue };
            rows.retain(|row| row["to"].as_i64().is_none_or(|to| !pairs.contains(&(to, *from))));
            pairs.extend(rows.iter().filter_map(|row| Some((*from, row["to"].as_i64()?))));
        }
    }
}
