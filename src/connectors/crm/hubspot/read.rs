//! Reads: records by id, walks over all of them, look-ups by the hub's id.

use chrono::DateTime;
use serde_json::json;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

use super::HubSpot;
use super::client::CallError;
use super::errors::is_missing;
use super::links::Links;
use super::schema::Table;
use super::wire::{Answer, Object};
use crate::connectors::http::Effect;
use crate::connectors::{ConnectorError, Cursor, KeyPage, Reading};
use crate::model::link::SourceVersion;
use crate::model::observation::ChangeTimes;
use crate::model::{Document, ExternalId, Observation, RecordId, RecordKind, RemoteRef, Shape};

/// How many records one call reads or writes.
pub(super) const BATCH: usize = 100;

/// The same of records with what their properties have held.
const DATED_BATCH: usize = 50;

/// What is read of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    /// What they hold.
    Now,
    /// Also since when.
    Dated,
}

/// What was read of some ids.
pub(super) struct Found {
    pub(super) objects: Vec<Object>,
    /// The ids that were merged away, and what they are now.
    pub(super) survivors: BTreeMap<String, String>,
}

impl HubSpot {
    /// The table of a kind.
    pub(super) fn table(&self, kind: RecordKind) -> Result<&Table, ConnectorError> {
        self.lens.table(kind).ok_or_else(|| self.client.unsupported("hold records of this kind"))
    }

    /// The current state of these records.
    pub(super) async fn current(
        &self,
        refs: &[RemoteRef],
        detail: Detail,
    ) -> Result<Vec<Reading>, ConnectorError> {
        let mut by_kind: BTreeMap<RecordKind, BTreeSet<&str>> = BTreeMap::new();
        for subject in refs {
            by_kind.entry(subject.kind).or_default().insert(subject.external_id.as_str());
        }
        let mut readings = Vec::with_capacity(refs.len());
        for (kind, ids) in by_kind {
            let table = self.table(kind)?;
            let asked: Vec<&str> = ids.into_iter().collect();
            let found = self.fetch(table, &asked, detail).await?;
            let links = self.links_of(table, &found.objects).await?;
            let by_id: BTreeMap<&str, &Object> =
                found.objects.iter().map(|object| (object.id.as_str(), object)).collect();
            readings.extend(asked.into_iter().map(|id| {
                let subject = RemoteRef::new(kind, id);
                if let Some(survivor) = found.survivors.get(id) {
                    let shape = Shape::MergedInto(ExternalId::new(survivor.as_str()));
                    return Reading::Found(Box::new(Observation::of(subject, shape, Document::new())));
                }
                let Some(object) = by_id.get(id) else { return Reading::NotFound(subject) };
                self.observation(table, object, &links)
                    .map_or(Reading::OutOfScope(subject), |seen| Reading::Found(Box::new(seen)))
            }));
        }
        Ok(readings)
    }

    /// Reads these records; those that do not exist, or not any more, are left out.
    pub(super) async fn fetch(
        &self,
        table: &Table,
        ids: &[&str],
        detail: Detail,
    ) -> Result<Found, ConnectorError> {
        let mut found = Found { objects: Vec::new(), survivors: BTreeMap::new() };
        let size = if detail == Detail::Dated { DATED_BATCH } else { BATCH };
        for chunk in ids.chunks(size) {
            let objects = self.batch(table, chunk, None, detail).await?;
            let asked: BTreeSet<&str> = chunk.iter().copied().collect();
            let mut missing = asked.clone();
            missing.retain(|id| !objects.iter().any(|object| object.id == *id));
            for object in &objects {
                let merged: Vec<&str> = object.merged_ids().filter(|id| missing.contains(id)).collect();
                found.survivors.extend(merged.iter().map(|id| ((*id).to_owned(), object.id.clone())));
                missing.retain(|id| !merged.contains(id));
            }
            // An old id is answered with what it is now, which need not say what it was: alone it cannot be mistaken.
            let is_strange = |object: &&Object| {
                !asked.contains(object.id.as_str()) && !found.survivors.values().any(|id| *id == object.id)
            };
            if objects.iter().any(|object| is_strange(&object)) {
                for id in missing {
                    if let Some(object) =
                        self.batch(table, &[id], None, Detail::Now).await?.into_iter().next()
                    {
                        found.survivors.insert(id.to_owned(), object.id);
                    }
                }
            }
            found.objects.extend(objects.into_iter().filter(|object| asked.contains(object.id.as_str())));
        }
        Ok(found)
    }

    /// What one call finds of these ids, or of these values of a unique property.
    async fn batch(
        &self,
        table: &Table,
        ids: &[&str],
        by: Option<&str>,
        detail: Detail,
    ) -> Result<Vec<Object>, ConnectorError> {
        let inputs: Vec<_> = ids.iter().map(|id| json!({"id": id})).collect();
        let mut body = json!({"inputs": inputs, "properties": table.reads});
        if let Some(property) = by {
            body["idProperty"] = json!(property);
        }
        if detail == Detail::Dated {
            let names: Vec<&str> = table.dated().flat_map(|(_, names)| names).collect();
            body["propertiesWithHistory"] = json!(names);
        }
        let path = [table.object.as_str(), "batch", "read"];
        let answer: Answer<Object> = match self.client.objects(&path, body, Effect::Reads).await {
            Ok(answer) => answer,
            Err(CallError::Refused(refusal)) if is_missing(&refusal.problem) => return Ok(Vec::new()),
            Err(error) => return Err(self.client.whole(error)),
        };
        if let Some(problem) = answer.errors.iter().find(|problem| !is_missing(problem)) {
            // What was not read for another reason is not gone.
            let source = super::errors::reason(problem).into();
            return Err(ConnectorError::Unreachable { system: self.client.system(), sent: false, source });
        }
        let mut known = BTreeSet::new();
        Ok(answer.results.into_iter().filter(|object| known.insert(object.id.clone())).collect())
    }

    /// What a record shows; `None` for a deal that is no stay.
    pub(super) fn observation(&self, table: &Table, object: &Object, links: &Links) -> Option<Observation> {
        let hub_id = object.text(table.key).and_then(RecordId::parse);
        if table.kind == RecordKind::Reservation && hub_id.is_none() {
            return None;
        }
        let mut document = self.lens.document(table, &object.properties);
        // A walk shows the properties alone: what a record belongs to is not in the digest.
        let source_hash = document.digest();
        for (field, seen) in links.of(&object.id) {
            document.insert(field, seen);
        }
        let changed_at = object.changed_at();
        let subject = RemoteRef::new(table.kind, object.id.as_str());
        Some(Observation {
            source_version: changed_at.map(SourceVersion::Number),
            modified_at: changed_at.and_then(DateTime::from_timestamp_millis),
            changed_at: (!object.history.is_empty()).then(|| change_times(table, object)),
            hub_id,
            source_hash,
            ..Observation::full(subject, document)
        })
    }

    /// One page of every record's id and digest. It goes by a list, which lags behind nothing and ends nowhere early.
    pub(super) async fn keys(
        &self,
        kind: RecordKind,
        after: Option<&Cursor>,
    ) -> Result<KeyPage, ConnectorError> {
        let table = self.table(kind)?;
        let (limit, properties) = (BATCH.to_string(), table.reads.join(","));
        let mut query = vec![("limit", limit.as_str()), ("properties", properties.as_str())];
        query.extend(after.map(|cursor| ("after", cursor.0.as_str())));
        let page: Result<Answer<Object>, CallError> =
            self.client.get("crm/objects", &[table.object.as_str()], &query).await;
        let page = page.map_err(|error| self.client.whole(error))?;
        let next = page.next().map(|next| Cursor(next.to_owned()));
        if next.is_some() && next.as_ref() == after {
            return Err(self.client.undecodable("the list does not move"));
        }
        let none = Links::default();
        let key = |object: &Object| {
            let seen = self.observation(table, object, &none)?;
            Some((seen.subject.external_id, seen.source_hash?))
        };
        Ok(KeyPage { keys: page.results.iter().filter_map(key).collect(), next })
    }

    /// Looks records up by the hub's id.
    pub(super) async fn by_hub_id(
        &self,
        kind: RecordKind,
        ids: &[RecordId],
    ) -> Result<Vec<(RecordId, ExternalId)>, ConnectorError> {
        let table = self.table(kind)?;
        let mut found = Vec::new();
        for chunk in ids.chunks(BATCH) {
            let keys: Vec<SmolStr> = chunk.iter().map(|id| SmolStr::new(id.to_string())).collect();
            let keys: Vec<&str> = keys.iter().map(SmolStr::as_str).collect();
            let objects = self.batch(table, &keys, Some(table.key), Detail::Now).await?;
            found.extend(objects.iter().filter_map(|object| {
                let id = object.text(table.key).and_then(RecordId::parse)?;
                Some((id, ExternalId::new(object.id.as_str())))
            }));
        }
        Ok(found)
    }
}

/// When each field was given what it holds now, in each of its properties.
fn change_times(table: &Table, object: &Object) -> ChangeTimes {
    let times = table.dated().map(|(field, names)| {
        let times = names.into_iter().filter_map(|name| object.set_at(name));
        (field.clone(), times.collect::<Vec<_>>())
    });
    times.filter(|(_, times)| !times.is_empty()).collect()
}
