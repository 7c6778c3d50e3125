//! Who has done what, for administrators.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::pages::{Page, failed, forbidden, shown};
use super::visitor::Visitor;
use super::words::Words;
use crate::hub::Hub;
use crate::model::{AuditLine, OperatorId, OperatorRole};
use crate::store::AuditFilter;

/// Lines of a page.
const ROWS: usize = 100;

#[derive(Template)]
#[template(path = "audit.html")]
struct Audit {
    page: Page,
    who: String,
    lines: Vec<Line>,
    next: Option<i64>,
}

struct Line {
    at: String,
    who: String,
    door: String,
    deed: String,
    about: String,
}

/// Which lines are wanted.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    who: String,
    before: Option<i64>,
}

pub(super) async fn page(
    State(hub): State<Hub>,
    Query(wanted): Query<Wanted>,
    visitor: Visitor,
) -> Result<Response, Response> {
    if !visitor.is(OperatorRole::Administrator) {
        return Err(forbidden(&visitor));
    }
    let who = wanted.who.trim();
    let filter = AuditFilter { who: (!who.is_empty()).then(|| OperatorId::new(who)), before: wanted.before };
    let limit = u32::try_from(ROWS + 1).unwrap_or(u32::MAX);
    let mut lines = hub.store.audit(&filter, limit).await.map_err(|error| failed(&error))?;
    let has_more = lines.len() > ROWS;
    lines.truncate(ROWS);
    let audit = Audit {
        page: Page::of(&visitor),
        who: who.to_owned(),
        next: lines.last().filter(|_| has_more).map(|line| line.seq),
        lines: lines.into_iter().map(|one| line(visitor.words, one)).collect(),
    };
    Ok(shown(StatusCode::OK, &audit))
}

fn line(say: Words, line: AuditLine) -> Line {
    let who = line.who.to_string();
    Line {
        at: line.at.format("%Y-%m-%d %H:%M:%S").to_string(),
        who: if who.is_empty() { say.say("audit: nobody").to_owned() } else { who },
        door: say.say(&format!("door: {}", line.door.name())).to_owned(),
        deed: say.say(&format!("deed: {}", line.deed.name())).to_owned(),
        about: line.about,
    }
}
