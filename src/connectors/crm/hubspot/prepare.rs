//! What cardex needs at HubSpot: the properties of its own, in a group of their own.

use serde_json::{Value as Json, json};
use std::sync::atomic::Ordering;

use super::HubSpot;
use super::client::{CallError, Request};
use super::errors::reason;
use super::schema::{GROUP, Own, Table};
use super::wire::{Answer, Definition};
use crate::connectors::http::Effect;
use crate::connectors::{ConnectorError, Step};

impl HubSpot {
    /// Makes the properties that are missing. Once all are there nothing is asked any more, until a write says that one
    /// of them is gone.
    pub(super) async fn set_up(&self, plan_only: bool) -> Result<Vec<Step>, ConnectorError> {
        if !plan_only && self.is_prepared.load(Ordering::Acquire) {
            return Ok(Vec::new());
        }
        let mut steps = Vec::new();
        for table in &self.lens.tables {
            let known = self.definitions(table).await.map_err(|error| self.client.whole(error))?;
            let missing = missing(table, &known);
            if missing.is_empty() {
                continue;
            }
            let has_group = known.iter().any(|property| property.group_name == GROUP);
            if !plan_only {
                self.make(table, &missing, has_group).await?;
            }
            let group =
                (!has_group).then(|| format!("create the group `{GROUP}` of properties of {}", table.object));
            let create = |own: &&Own| format!("create the property `{}` of {}", own.name, table.object);
            let taken = !plan_only;
            let what = group.into_iter().chain(missing.iter().map(create));
            steps.extend(what.map(|what| Step { what, taken }));
        }
        if !plan_only {
            self.is_prepared.store(true, Ordering::Release);
        }
        Ok(steps)
    }

    /// A property of ours is gone: the next cycle looks for it.
    pub(super) fn forget_properties(&self) {
        self.is_prepared.store(false, Ordering::Release);
    }

    /// The properties that an object has.
    pub(super) async fn definitions(&self, table: &Table) -> Result<Vec<Definition>, CallError> {
        let answer: Answer<Definition> =
            self.client.get("crm/properties", &[table.object.as_str()], &[]).await?;
        Ok(answer.results)
    }

    async fn make(&self, table: &Table, missing: &[&Own], has_group: bool) -> Result<(), ConnectorError> {
        if !has_group {
            let group = json!({"name": GROUP, "label": "PMS"});
            match self.property_call(table, &["groups"], group).await {
                // It is there, and has no property yet.
                Err(CallError::Refused(refusal)) if refusal.status == 409 => {}
                made => drop(made.map_err(|error| self.client.whole(error))?),
            }
        }
        let inputs: Vec<Json> = missing.iter().map(|own| own.definition()).collect();
        let made = self.property_call(table, &["batch", "create"], json!({"inputs": inputs})).await;
        let answer: Answer<Json> = made.map_err(|error| self.client.whole(error))?;
        match answer.errors.first() {
            None => Ok(()),
            Some(problem) => {
                let why = format!("the properties of {}: {}", table.object, reason(problem));
                Err(ConnectorError::Refused { system: self.client.system(), why })
            }
        }
    }

    async fn property_call(
        &self,
        table: &Table,
        path: &[&str],
        body: Json,
    ) -> Result<Answer<Json>, CallError> {
        let rest: Vec<&str> = [table.object.as_str()].iter().chain(path).copied().collect();
        let effect = Effect::Writes;
        let request = Request { area: "crm/properties", rest: &rest, query: &[], body: Some(body), effect };
        self.client.call(&request).await
    }
}

/// Our properties that an object lacks.
pub(super) fn missing<'t>(table: &'t Table, known: &[Definition]) -> Vec<&'t Own> {
    table.own().iter().filter(|own| !known.iter().any(|property| property.name == *own.name)).collect()
}
