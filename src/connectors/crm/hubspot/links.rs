//! What stays belong to: associations with a contact and a company, read and made in batches.
//!
//! A stay may have more associations than ours: people add them. Which is ours is told by a property that is written with
//! the stay, before the association is made. So an association that is missing shows, and the next write makes it.

use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

use super::HubSpot;
use super::client::{CallError, Request};
use super::errors::is_missing;
use super::read::Detail;
use super::schema::{Kept, Table, Way};
use super::wire::{Answer, Associated, Object};
use crate::connectors::ConnectorError;
use crate::connectors::http::Effect;
use crate::model::{ExternalId, FieldKey, RecordKind, Reference, Seen, Value, keys};

/// The fields that are associations, and what they lead to.
pub(super) const SIDES: [(FieldKey, RecordKind); 2] =
    [(keys::HOLDER, RecordKind::Person), (keys::COMPANY, RecordKind::Company)];

/// What records belong to, by their ids.
#[derive(Default)]
pub(super) struct Links(BTreeMap<String, Vec<(FieldKey, Seen)>>);

/// An association: of a stay with a contact or a company.
pub(super) type Pair = (String, String);

impl Links {
    /// The fields of one record.
    pub(super) fn of(&self, id: &str) -> impl Iterator<Item = (FieldKey, Seen)> {
        self.0.get(id).into_iter().flatten().cloned()
    }
}

impl HubSpot {
    /// What these records belong to; only stays belong to anything.
    pub(super) async fn links_of(&self, table: &Table, objects: &[Object]) -> Result<Links, ConnectorError> {
        let mut links = Links::default();
        let stays: Vec<&Object> = objects.iter().filter(|object| object.text(table.key).is_some()).collect();
        if table.kind != RecordKind::Reservation || stays.is_empty() {
            return Ok(links);
        }
        for (field, kind) in SIDES {
            let Some(kept) = kept(table, &field) else { continue };
            let to = self.table(kind)?;
            let noted = stays.iter().filter(|object| object.text(&kept.property).is_some());
            let ids: Vec<&str> = noted.map(|object| object.id.as_str()).collect();
            let found = self.associated(table, to, &ids).await?;
            let ours = self.ours(to, kept, &stays, &found).await?;
            for stay in &stays {
                let id = ours.get(stay.id.as_str()).map(|id| ExternalId::new(id.as_str()));
                let seen = Seen::optional(id.map(|id| Value::Reference(Reference::Remote(kind, id))));
                links.0.entry(stay.id.clone()).or_default().push((field.clone(), seen));
            }
        }
        Ok(links)
    }

    /// Which association of each stay is ours: the one noted there, as long as it is there.
    async fn ours(
        &self,
        to: &Table,
        kept: &Kept,
        stays: &[&Object],
        found: &BTreeMap<String, BTreeSet<String>>,
    ) -> Result<BTreeMap<String, String>, ConnectorError> {
        let mut ours = BTreeMap::new();
        let mut moved = Vec::new();
        for stay in stays {
            let Some(noted) = stay.text(&kept.property) else { continue };
            match found.get(&stay.id) {
                Some(ends) if ends.contains(noted) => drop(ours.insert(stay.id.clone(), noted.to_owned())),
                Some(ends) => moved.push((stay.id.as_str(), noted, ends)),
                None => {}
            }
        }
        if moved.is_empty() {
            return Ok(ours);
        }
        // A merge leaves another id at the end of the association, or somebody has chosen another contact.
        let noted: BTreeSet<&str> = moved.iter().map(|(_, noted, _)| *noted).collect();
        let noted: Vec<&str> = noted.into_iter().collect();
        let survivors = self.fetch(to, &noted, Detail::Now).await?.survivors;
        for (stay, noted, ends) in moved {
            let survivor = survivors.get(noted).filter(|id| ends.contains(*id));
            if let Some(end) = survivor.or_else(|| ends.first()) {
                ours.insert(stay.to_owned(), end.clone());
            }
        }
        Ok(ours)
    }

    /// The ids that these stays are associated with.
    async fn associated(
        &self,
        from: &Table,
        to: &Table,
        ids: &[&str],
    ) -> Result<BTreeMap<String, BTreeSet<String>>, ConnectorError> {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        if ids.is_empty() {
            return Ok(found);
        }
        let inputs: Vec<Json> = ids.iter().map(|id| json!({"id": id})).collect();
        let answer = self.associations(from, to, &["batch", "read"], inputs, Effect::Reads).await;
        let answer: Answer<Associated> = match answer {
            Ok(answer) => answer,
            Err(CallError::Refused(refusal)) if is_missing(&refusal.problem) => return Ok(found),
            Err(error) => return Err(self.client.whole(error)),
        };
        for row in answer.results {
            let ends = row.to.iter().map(super::wire::End::id).filter(|id| !id.is_empty());
            let ends: BTreeSet<String> = ends.collect();
            if !ends.is_empty() {
                found.entry(row.from.id()).or_default().extend(ends);
            }
        }
        Ok(found)
    }

    /// Makes associations of the usual sort. Those that are there already stay as they are.
    pub(super) async fn associate(
        &self,
        from: &Table,
        to: &Table,
        pairs: &[Pair],
    ) -> Result<Answer<Json>, CallError> {
        let inputs = pairs.iter().map(|(from, to)| json!({"from": {"id": from}, "to": {"id": to}}));
        let path = ["batch", "associate", "default"];
        self.associations(from, to, &path, inputs.collect(), Effect::Writes).await
    }

    /// Takes associations away.
    pub(super) async fn dissociate(&self, from: &Table, to: &Table, pairs: &[Pair]) -> Result<(), CallError> {
        let inputs = pairs.iter().map(|(from, to)| json!({"from": {"id": from}, "to": [{"id": to}]}));
        let path = ["batch", "archive"];
        self.associations::<Json>(from, to, &path, inputs.collect(), Effect::Writes).await.map(drop)
    }

    async fn associations<T: serde::de::DeserializeOwned>(
        &self,
        from: &Table,
        to: &Table,
        path: &[&str],
        inputs: Vec<Json>,
        effect: Effect,
    ) -> Result<T, CallError> {
        let rest: Vec<&str> =
            [from.object.as_str(), to.object.as_str()].iter().chain(path).copied().collect();
        let body = Some(json!({"inputs": inputs}));
        self.client.call(&Request { area: "crm/associations", rest: &rest, query: &[], body, effect }).await
    }
}

fn kept<'t>(table: &'t Table, field: &FieldKey) -> Option<&'t Kept> {
    table.kept.iter().find(|kept| kept.field == *field && kept.way == Way::Link)
}
