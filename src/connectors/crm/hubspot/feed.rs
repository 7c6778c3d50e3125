//! The change feeds: a search by the stamp of the last change, one per object.

use chrono::DateTime;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

use super::HubSpot;
use super::links::Links;
use super::position::{Lag, Place, Position, Query};
use super::read::Detail;
use super::schema::Table;
use super::wire::{Answer, MERGED, Object};
use crate::connectors::{Change, ChangePage, ConnectorError, Cursor, Hint};
use crate::model::capabilities::Stream;
use crate::model::normalise::date;
use crate::model::{Observation, RecordKind, RemoteRef, Shape};

/// The id of a record as a property.
const ID: &str = "hs_object_id";

impl HubSpot {
    /// One page of a feed.
    pub(super) async fn feed(
        &self,
        stream: &Stream,
        cursor: Option<&Cursor>,
    ) -> Result<ChangePage, ConnectorError> {
        let table = self.lens.tables.iter().find(|table| stream_name(table) == stream.name);
        let table = table.ok_or_else(|| self.client.unsupported("serve this feed"))?;
        let now = self.clock.now().timestamp_millis();
        let Some(cursor) = cursor else {
            let next = Position::at(self.newest(table).await?, now).cursor();
            return Ok(ChangePage { changes: Vec::new(), next, more: false });
        };
        let expired = || ConnectorError::CursorExpired { system: self.client.system() };
        let position = Position::parse(cursor).ok_or_else(expired)?;
        let lag = Lag { longest: self.settings.overlap_ms(), now };
        let size = self.settings.page_size;
        let query = position.query(size, lag);
        let found = self.search(table, filters(table, query), query, size).await?;
        let is_full = found.len() >= size;
        let mut rows = BTreeMap::new();
        for object in found {
            let place = self.place(table, &object)?;
            rows.insert(place, object);
        }
        let places: Vec<Place> = rows.keys().copied().collect();
        let step = position.advance(query, &places, is_full, lag);
        let fresh = step.fresh.iter().filter_map(|place| rows.remove(place)).collect();
        let changes = self.told(table, fresh).await?;
        Ok(ChangePage { changes, next: step.next.cursor(), more: step.more })
    }

    /// The newest stamp of a feed.
    async fn newest(&self, table: &Table) -> Result<Option<i64>, ConnectorError> {
        let body = json!({
            "filterGroups": groups(table, Vec::new()),
            "sorts": [{"propertyName": table.stamp, "direction": "DESCENDING"}],
            "properties": [table.stamp],
            "limit": 1,
        });
        let answer: Answer<Object> =
            self.client.search(&table.object, body).await.map_err(|error| self.client.whole(error))?;
        answer.results.first().map(|object| self.place(table, object).map(|(stamp, _)| stamp)).transpose()
    }

    async fn search(
        &self,
        table: &Table,
        filters: Vec<Json>,
        query: Query,
        limit: usize,
    ) -> Result<Vec<Object>, ConnectorError> {
        let by = match query {
            Query::Since(_) => table.stamp,
            Query::At(..) => ID,
        };
        let body = json!({
            "filterGroups": groups(table, filters),
            "sorts": [{"propertyName": by, "direction": "ASCENDING"}],
            "properties": table.reads,
            "limit": limit,
        });
        let answer: Answer<Object> =
            self.client.search(&table.object, body).await.map_err(|error| self.client.whole(error))?;
        Ok(answer.results)
    }

    /// Where a row stands in its feed.
    fn place(&self, table: &Table, object: &Object) -> Result<Place, ConnectorError> {
        let stamp = object.text(table.stamp).and_then(stamp);
        let place = stamp.zip(object.id.parse().ok());
        place.ok_or_else(|| self.client.undecodable(&format!("`{}` or the id of a row", table.stamp)))
    }

    /// What the rows of a page tell: themselves, and of the records that were merged into them.
    ///
    /// A search may leave out which those are: then they are read. Of a row that our own write has left, only its
    /// properties are told: what it belongs to and what was merged into it was read before the write.
    async fn told(&self, table: &Table, rows: Vec<Object>) -> Result<Vec<Change>, ConnectorError> {
        let (own, mut rows): (Vec<Object>, Vec<Object>) =
            rows.into_iter().partition(|object| self.is_own(table, object));
        let can_merge = table.kind != RecordKind::Reservation;
        if can_merge && rows.iter().any(|object| !object.properties.contains_key(MERGED)) {
            let ids: Vec<&str> = rows.iter().map(|object| object.id.as_str()).collect();
            rows = self.fetch(table, &ids, Detail::Now).await?.objects;
        }
        let merged: BTreeSet<RemoteRef> = own
            .iter()
            .chain(&rows)
            .flat_map(|object| object.merged_ids().map(|id| RemoteRef::new(table.kind, id)))
            .collect();
        let links = self.links_of(table, &rows).await?;
        let none = Links::default();
        let own = own.iter().filter_map(|object| self.observation(table, object, &none));
        let own = own.map(|seen| Observation { shape: Shape::Partial, ..seen });
        let seen = rows.iter().filter_map(|object| self.observation(table, object, &links));
        let seen = own.chain(seen).map(|observation| Change::Seen(Box::new(observation)));
        let hints = merged.into_iter().map(|subject| Change::Hint(Hint { subject, deleted: false }));
        Ok(seen.chain(hints).collect())
    }

    /// Whether a row is as our own last write has left it.
    fn is_own(&self, table: &Table, object: &Object) -> bool {
        let subject = RemoteRef::new(table.kind, object.id.as_str());
        object.changed_at().is_some_and(|stamp| self.written.is_own(&subject, stamp))
    }
}

/// The name of the feed of a table.
pub(super) fn stream_name(table: &Table) -> &str {
    match table.kind {
        RecordKind::Person => "contacts",
        RecordKind::Company => "companies",
        RecordKind::Reservation | RecordKind::Agency | RecordKind::Membership | RecordKind::Certificate => {
            "stays"
        }
    }
}

/// Of stays only those that carry the hub's id: the others are the hotel's own.
fn groups(table: &Table, mut filters: Vec<Json>) -> Json {
    if table.kind == RecordKind::Reservation {
        filters.push(json!({"propertyName": table.key, "operator": "HAS_PROPERTY"}));
    }
    if filters.is_empty() { json!([]) } else { json!([{"filters": filters}]) }
}

fn filters(table: &Table, query: Query) -> Vec<Json> {
    let filter = |name: &str, operator: &str, value: String| json!({"propertyName": name, "operator": operator, "value": value});
    match query {
        Query::Since(stamp) => vec![filter(table.stamp, "GTE", stamp.to_string())],
        Query::At(stamp, after) => {
            vec![filter(table.stamp, "EQ", stamp.to_string()), filter(ID, "GT", after.to_string())]
        }
    }
}

/// A stamp in milliseconds: HubSpot shows it as text of either sort.
fn stamp(text: &str) -> Option<i64> {
    let by_count =
        || text.trim().parse().ok().filter(|count| DateTime::from_timestamp_millis(*count).is_some());
    date::instant(text).ok().flatten().map(|at| at.timestamp_millis()).or_else(by_count)
}
