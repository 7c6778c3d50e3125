//! Work that was given up: what it is, why, and what becomes of it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;

use super::pages::{Page, answered, failed, forbidden, missing, notice, shown};
use super::systems::{age, lane};
use super::visitor::{Posted, Visitor};
use super::words::Words;
use crate::hub::Hub;
use crate::model::{RecordId, SystemId};
use crate::store::{MarkState, Queue, QueueCount, QueueFilter, QueueItem, StoreError, Subject};
use crate::systems::{Verb, change_parked, mark_name, mark_named};
use crate::words;

/// Rows of a page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "parked.html")]
struct Parked {
    page: Page,
    may_change: bool,
    /// What is shown of each queue: its name, how many marks, and whether this page shows it.
    queues: Vec<(&'static str, u64, bool)>,
    system: String,
    rows: Vec<Row>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "forget.html")]
struct Asked {
    page: Page,
    row: Row,
    lost: String,
}

struct Row {
    mark: String,
    system: String,
    /// The record of the hub, where it is about one.
    record: Option<String>,
    subject: String,
    lane: String,
    tries: u32,
    age: String,
    reason: String,
}

/// Which marks are wanted.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    queue: String,
    #[serde(default)]
    system: String,
    #[serde(default)]
    after: String,
}

impl Wanted {
    /// Writing first: that is what the front desk misses.
    fn queue(&self) -> Queue {
        Queue::ALL.into_iter().find(|queue| queue.name() == self.queue).unwrap_or(Queue::Due)
    }

    fn filter(&self) -> QueueFilter {
        QueueFilter {
            system: (!self.system.is_empty()).then(|| SystemId::new(self.system.as_str())),
            queue: Some(self.queue()),
            parked_only: true,
            after: place(&self.after),
            limit: u32::try_from(ROWS + 1).ok(),
            ..QueueFilter::default()
        }
    }
}

/// Where a page goes on, as its link says.
fn place(text: &str) -> Option<(DateTime<Utc>, i64)> {
    let (micros, mark) = text.split_once('-')?;
    Some((DateTime::from_timestamp_micros(micros.parse().ok()?)?, mark.parse().ok()?))
}

pub(super) async fn page(State(hub): State<Hub>, Query(wanted): Query<Wanted>, visitor: Visitor) -> Response {
    answered(parked(&hub, &wanted, &visitor).await)
}

/// Asks whether work is really to be forgotten, and says what would be lost.
pub(super) async fn ask(
    State(hub): State<Hub>,
    Path(mark): Path<String>,
    visitor: Visitor,
) -> Result<Response, Response> {
    if !visitor.may_decide() {
        return Err(forbidden(&visitor));
    }
    let filter = only_parked(&mark).ok_or_else(|| missing(&visitor))?;
    let now = hub.clock.now();
    let found = hub.store.queue_list(&filter, now).await.map_err(|error| failed(&error))?;
    let item = found.first().ok_or_else(|| missing(&visitor))?;
    let names = names(&hub, &found).await.map_err(|error| failed(&error))?;
    let row = row(visitor.words, now, item, &names);
    let key = match item.queue {
        Queue::Due => "lost: due",
        Queue::Reads => "lost: reads",
    };
    let lost = visitor.words.with(key, &[("{system}", &row.system), ("{subject}", &row.subject)]);
    Ok(shown(StatusCode::OK, &Asked { page: Page::of(&visitor), row, lost }))
}

/// Tries work again, or forgets it.
pub(super) async fn change(
    State(hub): State<Hub>,
    Path(mark): Path<String>,
    posted: Posted,
) -> Result<Response, Response> {
    let visitor = &posted.visitor;
    if !visitor.may_decide() {
        return Err(forbidden(visitor));
    }
    let verb = match posted.field("do") {
        "retry" => Verb::Retry,
        "drop" => Verb::Drop,
        _ => return Err(missing(visitor)),
    };
    let filter = only_parked(&mark).ok_or_else(|| missing(visitor))?;
    let (now, by) = (hub.clock.now(), &visitor.operator.name);
    let n_marks = change_parked(&hub.store, now, &filter, verb, by).await.map_err(|error| failed(&error))?;
    if n_marks == 0 {
        let what = visitor.words.say("parked: moved on").to_owned();
        return Err(notice(StatusCode::CONFLICT, Page::of(visitor), what));
    }
    let queue = filter.queue.map_or("", Queue::name);
    Ok(Redirect::to(&format!("/desk/parked?queue={queue}")).into_response())
}

/// The mark of this name, as long as it is given up: what works again is left alone.
fn only_parked(mark: &str) -> Option<QueueFilter> {
    mark_named(mark).map(|filter| QueueFilter { parked_only: true, ..filter })
}

async fn parked(hub: &Hub, wanted: &Wanted, visitor: &Visitor) -> Result<Parked, StoreError> {
    let now = hub.clock.now();
    let mut items = hub.store.queue_list(&wanted.filter(), now).await?;
    let has_more = items.len() > ROWS;
    items.truncate(ROWS);
    let next = items.last().filter(|_| has_more);
    let names = names(hub, &items).await?;
    let counts = hub.store.queue_counts(now).await?;
    let count = |queue: Queue| {
        let of_system =
            |count: &&QueueCount| wanted.system.is_empty() || count.system.as_str() == wanted.system;
        let meant = counts.iter().filter(|count| count.queue == queue && count.state == MarkState::Parked);
        let n_marks = meant.filter(of_system).map(|count| count.n_marks).sum();
        (queue.name(), n_marks, queue == wanted.queue())
    };
    Ok(Parked {
        next: next.map(|item| format!("{}-{}", item.created_at.timestamp_micros(), item.mark_id)),
        rows: items.iter().map(|item| row(visitor.words, now, item, &names)).collect(),
        queues: [Queue::Due, Queue::Reads].map(count).to_vec(),
        system: wanted.system.clone(),
        may_change: visitor.may_decide(),
        page: Page::of(visitor),
    })
}

/// What the records are called that work is about.
async fn names(hub: &Hub, items: &[QueueItem]) -> Result<BTreeMap<RecordId, String>, StoreError> {
    let id = |item: &QueueItem| match &item.subject {
        Subject::Record(record) => Some(*record),
        Subject::Remote(_) => None,
    };
    let records = hub.store.records(&items.iter().filter_map(id).collect::<Vec<_>>()).await?;
    Ok(records.iter().map(|record| (record.id, words::name(record))).collect())
}

fn row(say: Words, now: DateTime<Utc>, item: &QueueItem, names: &BTreeMap<RecordId, String>) -> Row {
    let (record, subject) = match &item.subject {
        Subject::Record(record) => {
            let name = names.get(record).cloned();
            (Some(record.to_string()), name.unwrap_or_else(|| record.to_string()))
        }
        Subject::Remote(remote) => (None, format!("{} {}", remote.kind, remote.external_id)),
    };
    Row {
        mark: mark_name(item),
        system: item.system.to_string(),
        record,
        subject,
        lane: say.say(lane(item.lane)).to_owned(),
        tries: item.attempts,
        age: age(now - item.created_at),
        reason: item.reason.clone().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn place_of_a_page_is_read_or_left_alone() {
        assert_eq!(
            place("1700000000000000-17").map(|(at, mark)| (at.timestamp(), mark)),
            Some((1_700_000_000, 17))
        );
        for text in ["", "17", "x-17", "17-x", "99999999999999999999-1"] {
            assert_eq!(place(text), None, "{text}");
        }
    }
}
