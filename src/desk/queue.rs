//! What waits for a decision.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use chrono::NaiveDate;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

use super::ask::{self, Names};
use super::pages::{Page, answered};
use super::visitor::Visitor;
use super::words::Words;
use crate::hub::Hub;
use crate::model::review::Band;
use crate::model::{Record, RecordId, Review, ReviewKind, SystemId, keys};
use crate::store::{ReviewFilter, StoreError};

/// Rows of a page: more are decided no sooner.
const ROWS: u32 = 50;
/// What is chosen in the place of a kind for those that nobody wants to be asked now.
pub(super) const POSTPONED: &str = "postponed";

#[derive(Template)]
#[template(path = "queue.html")]
struct Queue {
    page: Page,
    wanted: Wanted,
    kinds: Vec<(&'static str, u64)>,
    bands: [&'static str; 4],
    /// Those of a chain; of a single house there is nothing to choose.
    properties: BTreeSet<String>,
    systems: Vec<String>,
    rows: Vec<Row>,
    /// The pages before and after this one, as addresses.
    newer: Option<String>,
    older: Option<String>,
}

struct Row {
    id: String,
    question: String,
    kind: String,
    probability: String,
    arrival: String,
    system: String,
    since: String,
}

/// Which reviews are wanted.
#[derive(Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    kind: String,
    property: String,
    system: String,
    band: String,
    page: u32,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            kind: String::new(),
            property: String::new(),
            system: String::new(),
            band: String::new(),
            page: 1,
        }
    }
}

impl Wanted {
    /// The filter that it means, with one row more than a page has: whether there is another page.
    fn filter(&self, hub: &Hub) -> ReviewFilter {
        ReviewFilter {
            kind: ReviewKind::named(&self.kind),
            of: Band::named(&self.band),
            systems: self.systems(hub),
            now: Some(hub.clock.now()),
            postponed: self.kind == POSTPONED,
            skip: self.page.saturating_sub(1).saturating_mul(ROWS),
            ..ReviewFilter::default()
        }
    }

    /// The systems that are meant, where not all are.
    fn systems(&self, hub: &Hub) -> Option<Vec<SystemId>> {
        if !self.system.is_empty() {
            return Some(vec![SystemId::new(self.system.as_str())]);
        }
        let of = hub.systems.values().filter(|system| system.settings.property == self.property);
        (!self.property.is_empty()).then(|| of.map(|system| system.id.clone()).collect())
    }

    /// The address of another page of the same.
    fn at(&self, page: u32) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::from("/desk/queue?"));
        let parts = [
            ("kind", self.kind.as_str()),
            ("property", &self.property),
            ("system", &self.system),
            ("band", &self.band),
        ];
        query.extend_pairs(parts.into_iter().filter(|(_, value)| !value.is_empty()));
        query.append_pair("page", &page.to_string()).finish()
    }
}

pub(super) async fn page(State(hub): State<Hub>, Query(wanted): Query<Wanted>, visitor: Visitor) -> Response {
    answered(queue(&hub, wanted, &visitor).await)
}

async fn queue(hub: &Hub, wanted: Wanted, visitor: &Visitor) -> Result<Queue, StoreError> {
    let mut reviews = hub.store.open_reviews(&wanted.filter(hub), ROWS + 1).await?;
    let is_more = reviews.len() > ROWS as usize;
    reviews.truncate(ROWS as usize);
    let records: Vec<_> = reviews.iter().flat_map(ask::records).collect();
    let records = hub.store.records(&records).await?;
    let arrivals = arrivals(hub, &reviews, &records).await?;
    let names = Names::of(&hub.rules.registry, &records);
    let news = &visitor.news;
    let count = |kind: &'static str| (kind, news.reviews.get(kind).copied().unwrap_or_default());
    let properties = hub.systems.values().map(|system| system.settings.property.to_string());
    let properties: BTreeSet<String> = properties.collect();
    Ok(Queue {
        rows: reviews.iter().map(|review| row(visitor.words, review, &names, &arrivals)).collect(),
        page: Page::of(visitor),
        kinds: ReviewKind::NAMES.into_iter().map(count).chain([(POSTPONED, news.postponed)]).collect(),
        bands: Band::PROPOSED,
        properties: Some(properties).filter(|all| all.len() > 1).unwrap_or_default(),
        systems: hub.systems.keys().map(ToString::to_string).collect(),
        newer: (wanted.page > 1).then(|| wanted.at(wanted.page - 1)),
        older: is_more.then(|| wanted.at(wanted.page.max(1) + 1)),
        wanted,
    })
}

/// When whoever these reviews are about arrives next: reservations themselves, and whoever has booked. The matcher says it
/// itself.
async fn arrivals(
    hub: &Hub,
    reviews: &[Review],
    records: &[Record],
) -> Result<BTreeMap<RecordId, NaiveDate>, StoreError> {
    let others = reviews.iter().filter(|review| review.kind.cluster().is_none());
    let ids: Vec<RecordId> = others.filter_map(|review| review.record).collect();
    let today = hub.clock.now().date_naive();
    let mut arrivals = hub.store.next_arrivals(&ids, today).await?;
    let own = |record: &Record| Some((record.id, record.value(&keys::ARRIVES_ON)?.as_date()?));
    arrivals.extend(records.iter().filter_map(own).filter(|(_, day)| *day >= today));
    Ok(arrivals)
}

fn row(words: Words, review: &Review, names: &Names<'_>, arrivals: &BTreeMap<RecordId, NaiveDate>) -> Row {
    let cluster = review.kind.cluster();
    let arrival = match cluster {
        Some(cluster) => cluster.next_arrival,
        None => review.record.and_then(|record| arrivals.get(&record).copied()),
    };
    let arrival = arrival.map(|day| day.to_string());
    let percent = cluster.map(|cluster| format!("{:.0} %", f64::from(cluster.probability_ppm) / 10_000.0));
    Row {
        id: review.id.to_string(),
        question: ask::question(words, review, names),
        kind: words.say(&format!("kind: {}", review.kind.name())).to_owned(),
        probability: percent.unwrap_or_default(),
        arrival: arrival.unwrap_or_default(),
        system: review.system.as_ref().map(ToString::to_string).unwrap_or_default(),
        since: review.opened_at.format("%Y-%m-%d").to_string(),
    }
}
