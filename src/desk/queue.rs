//! What waits for a decision.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::ask::{self, Names};
use super::pages::{Page, failed, shown};
use super::visitor::Visitor;
use super::words::Words;
use crate::hub::Hub;
use crate::model::{Review, SystemId};
use crate::store::{ReviewFilter, StoreError};

/// Rows of a page: more are decided no sooner.
const ROWS: u32 = 50;
const KINDS: [&str; 7] = ["conflict", "hold", "quarantine", "proposal", "duplicates", "work", "household"];

#[derive(Template)]
#[template(path = "queue.html")]
struct Queue {
    page: Page,
    chosen: String,
    kinds: Vec<(&'static str, u64)>,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    question: String,
    kind: String,
    arrival: String,
    system: String,
    since: String,
}

/// Which reviews are wanted.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    system: String,
}

pub(super) async fn page(State(hub): State<Hub>, Query(wanted): Query<Wanted>, visitor: Visitor) -> Response {
    match queue(&hub, &wanted, &visitor).await {
        Ok(queue) => shown(StatusCode::OK, &queue),
        Err(error) => failed(&error),
    }
}

async fn queue(hub: &Hub, wanted: &Wanted, visitor: &Visitor) -> Result<Queue, StoreError> {
    let filter = ReviewFilter {
        kind: KINDS.into_iter().find(|kind| *kind == wanted.kind),
        system: (!wanted.system.is_empty()).then(|| SystemId::new(wanted.system.as_str())),
        record: None,
    };
    let reviews = hub.store.open_reviews(&filter, ROWS).await?;
    let records: Vec<_> = reviews.iter().flat_map(ask::records).collect();
    let names = Names::of(&hub.store.records(&records).await?);
    let counts = hub.store.open_review_counts().await?;
    let count = |kind: &'static str| (kind, counts.get(kind).copied().unwrap_or_default());
    Ok(Queue {
        rows: reviews.iter().map(|review| row(visitor.words, review, &names)).collect(),
        page: Page::of(visitor),
        chosen: wanted.kind.clone(),
        kinds: KINDS.into_iter().map(count).collect(),
    })
}

fn row(words: Words, review: &Review, names: &Names) -> Row {
    let arrival = review.kind.cluster().and_then(|cluster| cluster.next_arrival).map(|day| day.to_string());
    Row {
        id: review.id.to_string(),
        question: ask::question(words, review, names),
        kind: words.say(&format!("kind: {}", ask::kind(&review.kind))).to_owned(),
        arrival: arrival.unwrap_or_default(),
        system: review.system.as_ref().map(ToString::to_string).unwrap_or_default(),
        since: review.opened_at.format("%Y-%m-%d %H:%M").to_string(),
    }
}
