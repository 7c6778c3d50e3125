//! Companies and agencies, those with the most bookings first.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use std::collections::BTreeMap;

use super::pages::{Page, answered};
use super::search::of;
use super::turning::{Pages, skipped};
use super::visitor::Visitor;
use super::words::Words;
use crate::finder::{Asked, Hit, find};
use crate::hub::Hub;
use crate::model::value::Money;
use crate::model::{RecordId, RecordKind, Value};
use crate::profile::{ProfileLine, lines};
use crate::search::Fit;
use crate::store::{FirmLine, FirmSum, StoreError};
use crate::words;

const ROWS: u32 = 50;
/// How many are found at most.
const FOUND: usize = 50;

#[derive(Template)]
#[template(path = "companies.html")]
struct Companies {
    page: Page,
    asked: String,
    rows: Vec<Row>,
    pages: Option<Pages>,
}

struct Row {
    id: String,
    name: String,
    kind: String,
    city: String,
    bookings: i64,
    nights: i64,
    revenue: String,
}

/// Which are wanted.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    page: u32,
}

pub(super) async fn page(State(hub): State<Hub>, Query(wanted): Query<Wanted>, visitor: Visitor) -> Response {
    answered(companies(&hub, &wanted, &visitor).await)
}

async fn companies(hub: &Hub, wanted: &Wanted, visitor: &Visitor) -> Result<Companies, StoreError> {
    let (say, at) = (visitor.words, wanted.page.max(1));
    let is_asked = !wanted.q.trim().is_empty();
    let firms = if is_asked {
        asked(hub, &wanted.q).await?
    } else {
        hub.store.firms(skipped(at, ROWS), ROWS).await?
    };
    let n = if is_asked { 0 } else { hub.store.n_firms().await? };
    let hits: Vec<Hit> = firms.iter().map(|firm| Hit { record: firm.record, fit: Fit::Exact }).collect();
    let mut sums: BTreeMap<RecordId, FirmSum> =
        firms.into_iter().map(|firm| (firm.record, firm.sum)).collect();
    let found = lines(&hub.store, &hits, "").await?;
    let row = |line: ProfileLine| {
        let sum = sums.remove(&line.id).unwrap_or_default();
        row(say, line, &sum)
    };
    Ok(Companies {
        page: Page::of(visitor),
        asked: wanted.q.clone(),
        rows: found.into_iter().map(row).collect(),
        pages: Pages::of(say, say.say("companies"), (at, ROWS, n), |page| {
            format!("/desk/companies?page={page}")
        }),
    })
}

/// Those that were asked for, with the most bookings first too.
async fn asked(hub: &Hub, text: &str) -> Result<Vec<FirmLine>, StoreError> {
    let kinds = [RecordKind::Company, RecordKind::Agency];
    let found = find(&hub.store, &Asked { text, kinds: &kinds, limit: FOUND }).await?;
    let ids: Vec<RecordId> = found.hits.iter().map(|hit| hit.record).collect();
    let documents = hub.store.search_documents(&ids).await?.into_iter();
    let mut firms: Vec<FirmLine> = documents
        .map(|document| FirmLine { record: document.record, sum: document.firm.unwrap_or_default() })
        .collect();
    firms.sort_by_key(|firm| (-firm.sum.bookings, firm.record));
    Ok(firms)
}

fn row(say: Words, line: ProfileLine, sum: &FirmSum) -> Row {
    Row {
        id: line.id.to_string(),
        name: line.name,
        kind: of(say, line.kind),
        city: line.city,
        bookings: sum.bookings,
        nights: sum.nights,
        revenue: revenue(sum),
    }
}

/// The worth of the bookings, an amount for each currency.
pub(super) fn revenue(sum: &FirmSum) -> String {
    let amount = |(currency, minor): (&String, &i64)| {
        words::value(&Value::Money(Money { amount_minor: *minor, currency: currency.as_str().into() }))
    };
    sum.revenue.iter().map(amount).collect::<Vec<_>>().join(", ")
}
