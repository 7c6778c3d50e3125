//! Profiles by anything that is known of them.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::pages::{Page, answered};
use super::visitor::Visitor;
use super::words::Words;
use crate::finder::{Asked, find};
use crate::hub::Hub;
use crate::model::RecordKind;
use crate::profile::{ProfileLine, lines};
use crate::store::StoreError;

/// Rows of a page: whoever has not found it among these says more.
const ROWS: usize = 50;
const KINDS: [RecordKind; 3] = [RecordKind::Person, RecordKind::Company, RecordKind::Agency];

#[derive(Template)]
#[template(path = "search.html")]
struct Search {
    page: Page,
    asked: String,
    kinds: Vec<(&'static str, String, bool)>,
    told: Option<String>,
    rows: Vec<ProfileLine>,
}

/// What is asked.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
}

pub(super) async fn page(State(hub): State<Hub>, Query(wanted): Query<Wanted>, visitor: Visitor) -> Response {
    answered(search(&hub, &wanted, &visitor).await)
}

async fn search(hub: &Hub, wanted: &Wanted, visitor: &Visitor) -> Result<Search, StoreError> {
    let say = visitor.words;
    let chosen = KINDS.into_iter().find(|kind| kind.name() == wanted.kind);
    let asked = Asked { text: &wanted.q, kinds: chosen.as_slice(), limit: ROWS };
    let found = find(&hub.store, &asked).await?;
    let rows = lines(&hub.store, &found.hits, &wanted.q).await?;
    let is_asked = !wanted.q.trim().is_empty();
    let kind = |kind: RecordKind| (kind.name(), of(say, kind), chosen == Some(kind));
    Ok(Search {
        page: Page::of(visitor),
        asked: wanted.q.clone(),
        kinds: KINDS.into_iter().map(kind).collect(),
        told: is_asked.then(|| told(say, rows.len(), found.more)),
        rows,
    })
}

/// What a kind of record is called.
pub(super) fn of(say: Words, kind: RecordKind) -> String {
    say.say(&format!("of: {kind}")).to_owned()
}

fn told(say: Words, n: usize, more: bool) -> String {
    let key = match n {
        0 => "found: none",
        _ if more => "found: more",
        1 => "found: one",
        _ => "found: some",
    };
    say.with(key, &[("{n}", &n.to_string())])
}
