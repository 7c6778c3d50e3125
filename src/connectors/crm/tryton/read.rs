//! Reads: change feeds, sweeps, direct reads and look-ups by hub id.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};

use super::facts::Facts;
use super::feed::{self, Place, Position};
use super::lens::HUB_ID;
use super::wire::{Row, rows};
use super::{Tryton, opportunity, party};
use crate::connectors::{Change, ChangePage, ConnectorError, Cursor, Hint, KeyPage, Reading};
use crate::model::capabilities::Stream;
use crate::model::link::SourceVersion;
use crate::model::{Document, ExternalId, Observation, RecordId, RecordKind, RemoteRef, Shape};

/// How many rows one page of a feed or a sweep reads.
const PAGE: usize = 200;

/// The model of parties.
pub(super) const PARTY: &str = "party.party";
/// The model of opportunities.
pub(super) const OPPORTUNITY: &str = "sale.opportunity";

/// How many relations back each poll reads: their feed goes by id.
const RELATION_WINDOW: i64 = 200;

/// The streams in the order in which they are polled.
pub(super) const FEEDS: [Feed; 6] = [
    Feed::of("party", RecordKind::Person, PARTY, "id"),
    Feed::of("contact_mechanism", RecordKind::Person, "party.contact_mechanism", "party"),
    Feed::of("address", RecordKind::Person, "party.address", "party"),
    Feed::of("identifier", RecordKind::Person, "party.identifier", "party"),
    // A view over both directions: it can be read, and its stamps are those of the moment of reading.
    Feed { stamped: false, ..Feed::of("relation", RecordKind::Person, "party.relation.all", "from_") },
    Feed::of("opportunity", RecordKind::Reservation, OPPORTUNITY, "id"),
];

/// A change feed.
pub(super) struct Feed {
    pub(super) stream: &'static str,
    /// What its changes concern; a party's own kind is only known once it is read.
    pub(super) kind: RecordKind,
    model: &'static str,
    /// The field that names a row's party or opportunity.
    owner: &'static str,
    /// Its rows carry the time of their last change.
    stamped: bool,
}

impl Feed {
    const fn of(stream: &'static str, kind: RecordKind, model: &'static str, owner: &'static str) -> Self {
        Self { stream, kind, model, owner, stamped: true }
    }

    /// Where a row stands in the feed.
    fn place(&self, row: Row<'_>) -> Option<Place> {
        let at = if self.stamped { row.changed_at()?.timestamp_micros() } else { row.id() };
        Some((at, row.id()))
    }
}

impl Tryton {
    /// One page of a feed.
    pub(super) async fn page(
        &self,
        stream: &Stream,
        cursor: Option<&Cursor>,
    ) -> Result<ChangePage, ConnectorError> {
        let facts = self.facts().await?;
        let feed = FEEDS.iter().find(|feed| feed.stream == stream.name);
        let feed = feed.ok_or_else(|| self.unsupported("read that stream"))?;
        let Some(cursor) = cursor else {
            let next = encode(&Position::at(self.newest(&facts, feed).await?));
            return Ok(ChangePage { changes: Vec::new(), next, more: false });
        };
        let position: Position = serde_json::from_str(&cursor.0)
            .map_err(|_| ConnectorError::CursorExpired { system: self.name() })?;
        let window = self.window(feed);
        let mut owners = BTreeMap::new();
        let halves = self.rows_after(&facts, feed, &position, &mut owners).await?;
        let page = position.advance(&halves, PAGE, window);
        let fresh: BTreeSet<i64> = page.fresh.iter().filter_map(|id| owners.get(id).copied()).collect();
        let changes = self.changed(&facts, feed.kind, &fresh).await?;
        Ok(ChangePage { changes, next: encode(&page.next), more: page.more })
    }

    /// How far each poll reads back, in the unit of the feed's places.
    fn window(&self, feed: &Feed) -> i64 {
        if feed.stamped { i64::from(self.settings.overlap_seconds) * 1_000_000 } else { RELATION_WINDOW }
    }

    /// The newest place of a feed, by the server's clock.
    async fn newest(&self, facts: &Facts, feed: &Feed) -> Result<Option<i64>, ConnectorError> {
        let mut newest = None;
        let stamps = if feed.stamped { ["write_date", "create_date"].as_slice() } else { &["id"] };
        for stamp in stamps {
            let order = json!([[stamp, "DESC NULLS LAST"], ["id", "DESC"]]);
            let fields = ["write_date", "create_date"];
            let found = self.search(facts, feed.model, json!([]), 1, order, &fields).await?;
            newest = newest.max(rows(&found).filter_map(|row| feed.place(row)).map(|(at, _)| at).max());
        }
        Ok(newest)
    }

    /// The rows after a position: in one call while they fit into a page, else as the two walks of a feed.
    async fn rows_after(
        &self,
        facts: &Facts,
        feed: &Feed,
        position: &Position,
        owners: &mut BTreeMap<i64, i64>,
    ) -> Result<Vec<Vec<Place>>, ConnectorError> {
        let lower = position.lower(self.window(feed));
        if !feed.stamped {
            let later = json!(["id", ">", lower.0]);
            return Ok(vec![self.places(facts, feed, later, "id", owners).await?]);
        }
        let written = feed::after("write_date", lower);
        let created = json!([feed::after("create_date", lower), ["write_date", "=", null]]);
        if !position.is_walking() {
            let either = json!(["OR", written, created]);
            let places = self.places(facts, feed, either, "id", owners).await?;
            if places.len() < PAGE {
                return Ok(vec![places]);
            }
        }
        let written = self.places(facts, feed, written, "write_date", owners).await?;
        Ok(vec![written, self.places(facts, feed, created, "create_date", owners).await?])
    }

    /// The first rows that a domain lets through, in the order of a field.
    async fn places(
        &self,
        facts: &Facts,
        feed: &Feed,
        domain: Json,
        by: &str,
        owners: &mut BTreeMap<i64, i64>,
    ) -> Result<Vec<Place>, ConnectorError> {
        let mut domain = vec![domain];
        if feed.model == OPPORTUNITY {
            domain.push(opportunity::scope());
        }
        let order = json!([[by, "ASC"], ["id", "ASC"]]);
        let fields = ["write_date", "create_date", feed.owner];
        let found = self.search(facts, feed.model, Json::Array(domain), PAGE, order, &fields).await?;
        owners.extend(rows(&found).filter_map(|row| Some((row.id(), row.number(feed.owner)?))));
        Ok(rows(&found).filter_map(|row| feed.place(row)).collect())
    }

    /// What has become of the records behind the rows of a page.
    async fn changed(
        &self,
        facts: &Facts,
        kind: RecordKind,
        ids: &BTreeSet<i64>,
    ) -> Result<Vec<Change>, ConnectorError> {
        let ids: Vec<i64> = ids.iter().copied().collect();
        let found = self.fetch(facts, kind, &ids).await?;
        let changes = rows(&found).filter_map(|row| match self.see(facts, kind, row) {
            Sight::Shown(observation) => Some(Change::Seen(observation)),
            Sight::Archived(subject) => Some(Change::Hint(Hint { subject, deleted: true })),
            Sight::OutOfScope => None,
        });
        Ok(changes.collect())
    }

    /// One page of a sweep.
    pub(super) async fn keys(
        &self,
        kind: RecordKind,
        after: Option<&Cursor>,
    ) -> Result<KeyPage, ConnectorError> {
        let facts = self.facts().await?;
        let last: i64 = after.and_then(|cursor| cursor.0.parse().ok()).unwrap_or(0);
        let (model, fields) = whole(&facts, kind);
        let mut domain = vec![json!(["id", ">", last])];
        if model == OPPORTUNITY {
            domain.push(opportunity::scope());
        }
        let order = json!([["id", "ASC"]]);
        let found = self.search(&facts, model, Json::Array(domain), PAGE, order, &fields).await?;
        let keys = rows(&found).filter_map(|row| match self.see(&facts, kind, row) {
            Sight::Shown(seen) if seen.subject.kind == kind && seen.shape == Shape::Full => {
                Some((seen.subject.external_id, seen.source_hash?))
            }
            Sight::Shown(_) | Sight::Archived(_) | Sight::OutOfScope => None,
        });
        let next = rows(&found).last().filter(|_| rows(&found).count() == PAGE);
        Ok(KeyPage { keys: keys.collect(), next: next.map(|row| Cursor(row.id().to_string())) })
    }

    /// The current state of these records.
    pub(super) async fn current(&self, refs: &[RemoteRef]) -> Result<Vec<Reading>, ConnectorError> {
        let facts = self.facts().await?;
        let mut readings = Vec::with_capacity(refs.len());
        let kinds: BTreeSet<RecordKind> = refs.iter().map(|subject| subject.kind).collect();
        for kind in kinds {
            let of_kind: Vec<&RemoteRef> = refs.iter().filter(|subject| subject.kind == kind).collect();
            let ids: Vec<i64> = of_kind.iter().filter_map(|subject| number(&subject.external_id)).collect();
            let found = self.fetch(&facts, kind, &ids).await?;
            let by_id: BTreeMap<i64, Row<'_>> = rows(&found).map(|row| (row.id(), row)).collect();
            for subject in of_kind {
                let row = number(&subject.external_id).and_then(|id| by_id.get(&id));
                readings.push(match row.map(|row| self.see(&facts, kind, *row)) {
                    None | Some(Sight::Archived(_)) => Reading::NotFound(subject.clone()),
                    Some(Sight::Shown(seen)) if seen.subject.kind == kind => Reading::Found(seen),
                    Some(Sight::Shown(_) | Sight::OutOfScope) => Reading::OutOfScope(subject.clone()),
                });
            }
        }
        Ok(readings)
    }

    /// Looks records up by the hub id they carry.
    pub(super) async fn by_hub_id(
        &self,
        kind: RecordKind,
        ids: &[RecordId],
    ) -> Result<Vec<(RecordId, ExternalId)>, ConnectorError> {
        let facts = self.facts().await?;
        let codes: Vec<String> = ids.iter().map(|id| format!("{HUB_ID}{id}")).collect();
        let (model, code, owner) = match kind {
            RecordKind::Reservation => (OPPORTUNITY, "reference", "id"),
            RecordKind::Person
            | RecordKind::Company
            | RecordKind::Agency
            | RecordKind::Membership
            | RecordKind::Certificate => ("party.identifier", "code", "party"),
        };
        let domain = json!([[code, "in", codes]]);
        let order = json!([["id", "ASC"]]);
        let found = self.search(&facts, model, domain, codes.len() * 4, order, &[code, owner]).await?;
        let mut carriers = BTreeMap::new();
        for row in rows(&found) {
            let id = row.text(code).and_then(|code| RecordId::parse(code.strip_prefix(HUB_ID)?));
            if let (Some(id), Some(owner)) = (id, row.number(owner)) {
                carriers.entry(id).or_insert_with(|| ExternalId::new(owner.to_string()));
            }
        }
        Ok(carriers.into_iter().collect())
    }

    /// Reads these records whole; those that do not exist are left out.
    pub(super) async fn fetch(
        &self,
        facts: &Facts,
        kind: RecordKind,
        ids: &[i64],
    ) -> Result<Json, ConnectorError> {
        if ids.is_empty() {
            return Ok(json!([]));
        }
        let (model, fields) = whole(facts, kind);
        let order = json!([["id", "ASC"]]);
        self.search(facts, model, json!([["id", "in", ids]]), ids.len(), order, &fields).await
    }

    async fn search(
        &self,
        facts: &Facts,
        model: &str,
        domain: Json,
        limit: usize,
        order: Json,
        fields: &[&str],
    ) -> Result<Json, ConnectorError> {
        let params = [domain, json!(0), json!(limit), order, json!(fields)];
        let method = format!("model.{model}.search_read");
        let answer = self.client.call(&method, &params, &facts.context()).await;
        answer.map_err(|error| self.client.whole(error))
    }

    /// What a row shows; `kind` tells a party from an opportunity.
    pub(super) fn see(&self, facts: &Facts, kind: RecordKind, row: Row<'_>) -> Sight {
        if kind == RecordKind::Reservation {
            let Some(hub_id) = opportunity::hub_id(&self.lens, row) else { return Sight::OutOfScope };
            let document = opportunity::document(&self.lens, row);
            return Sight::Shown(Box::new(observation(kind, row, Some(hub_id), document)));
        }
        if facts.own_parties.contains(&row.id()) {
            return Sight::OutOfScope;
        }
        let kind = self.lens.kind_of(row);
        if let Some(survivor) = row.number("replaced_by") {
            let shape = Shape::MergedInto(ExternalId::new(survivor.to_string()));
            let seen = observation(kind, row, None, Document::new());
            return Sight::Shown(Box::new(Observation { shape, ..seen }));
        }
        if !row.is_active() {
            return Sight::Archived(RemoteRef::new(kind, ExternalId::new(row.id().to_string())));
        }
        let document = party::document(&self.lens, kind, row);
        Sight::Shown(Box::new(observation(kind, row, party::hub_id(row), document)))
    }
}

/// The model of a kind, and the fields that a whole read asks for.
fn whole(facts: &Facts, kind: RecordKind) -> (&'static str, Vec<&'static str>) {
    if kind == RecordKind::Reservation {
        return (OPPORTUNITY, opportunity::FIELDS.to_vec());
    }
    let mut fields = party::FIELDS.to_vec();
    fields.extend(facts.identifiers_have_active.then_some("identifiers.active"));
    (PARTY, fields)
}

/// What a row shows.
pub(super) enum Sight {
    /// A record, whole or merged into another.
    Shown(Box<Observation>),
    /// A party that its users have archived.
    Archived(RemoteRef),
    /// The hotel's own party, or a lead that is no reservation.
    OutOfScope,
}

fn observation(kind: RecordKind, row: Row<'_>, hub_id: Option<RecordId>, document: Document) -> Observation {
    let subject = RemoteRef::new(kind, ExternalId::new(row.id().to_string()));
    let modified_at = modified_at(row);
    Observation {
        source_version: version(row),
        modified_at,
        hub_id,
        source_hash: document.digest(),
        ..Observation::full(subject, document)
    }
}

/// The newest stamp of a record and its children; relations have none.
fn modified_at(row: Row<'_>) -> Option<DateTime<Utc>> {
    let children = ["contact_mechanisms", "addresses", "identifiers"];
    let stamps = children.into_iter().flat_map(|field| row.children(field)).filter_map(Row::changed_at);
    stamps.chain(row.changed_at()).max()
}

/// The version of a record: its newest stamp in microseconds.
pub(super) fn version(row: Row<'_>) -> Option<SourceVersion> {
    modified_at(row).map(|at| SourceVersion::Number(at.timestamp_micros()))
}

/// A record's number at Tryton; `None` for an id that cannot be one.
pub(super) fn number(id: &ExternalId) -> Option<i64> {
    id.as_str().parse().ok()
}

fn encode(position: &Position) -> Cursor {
    Cursor(serde_json::to_string(position).unwrap_or_default())
}
