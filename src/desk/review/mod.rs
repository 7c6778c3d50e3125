//! One review: what is asked, what is known about it, and the decision.

mod form;
mod hold;
mod profiles;
mod refusal;
mod sides;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{DateTime, Utc};

use super::ask::{self, Names};
use super::pages::{Page, failed, forbidden, missing, notice, shown};
use super::visitor::{Posted, Visitor};
use super::words::Words;
use crate::hub::Hub;
use crate::model::fields::RELATIONS;
use crate::model::ids::ReviewId;
use crate::model::review::ReviewState;
use crate::model::{Review, ReviewKind};
use crate::review::{self, ReviewError, Wish};
use crate::store::{ReviewFilter, StoreError};
use form::Said;
use hold::Example;
use profiles::Profiles;
use sides::Sides;

/// For how many days a review can be postponed at the desk.
const DAYS: [u16; 4] = [1, 3, 7, 30];

#[derive(Template)]
#[template(path = "review.html")]
struct Shown {
    page: Page,
    id: String,
    question: String,
    kind: String,
    state: String,
    ended: Option<String>,
    postponed: Option<String>,
    why: Option<String>,
    is_open: bool,
    may_decide: bool,
    can_undo: bool,
    accept: String,
    reject: String,
    days: [u16; 4],
    /// The review that is asked next, once this one has ended.
    next: Option<String>,
    profiles: Option<Profiles>,
    sides: Option<Sides>,
    examples: Vec<Example>,
    /// The words for how two people belong together, where that is asked, with what they are called.
    relations: Vec<(&'static str, String)>,
}

/// What is shown beside the review itself.
#[derive(Default)]
struct With {
    /// Why what was asked for was not done.
    why: Option<String>,
    /// How the profiles would become one.
    wish: Wish,
}

pub(super) async fn page(State(hub): State<Hub>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer(&hub, &visitor, &id, StatusCode::OK, With::default()).await
}

/// Decides as the form says, and shows what has become of it.
pub(super) async fn decide(State(hub): State<Hub>, Path(id): Path<String>, posted: Posted) -> Response {
    let visitor = &posted.visitor;
    if !visitor.may_decide() {
        return forbidden(visitor);
    }
    let Some(review) = ReviewId::parse(&id) else { return missing(visitor) };
    let operator = &visitor.operator.name;
    let done = match form::said(&posted) {
        Some(Said::Preview(wish)) => {
            return answer(&hub, visitor, &id, StatusCode::OK, With { why: None, wish }).await;
        }
        Some(Said::Lacking(key)) => {
            let why = Some(visitor.words.say(key).to_owned());
            return answer(
                &hub,
                visitor,
                &id,
                StatusCode::UNPROCESSABLE_ENTITY,
                With { why, ..With::default() },
            )
            .await;
        }
        Some(Said::Decision(decision)) => review::decide(&hub, review, &decision, operator).await.map(drop),
        Some(Said::Postpone(days)) => review::postpone(&hub, review, days, operator).await.map(drop),
        Some(Said::Undo) => review::undo(&hub, review, operator).await.map(drop),
        None => return missing(visitor),
    };
    match done {
        Ok(()) => Redirect::to(&format!("/desk/reviews/{id}")).into_response(),
        Err(ReviewError::Unknown(_)) => missing(visitor),
        Err(ReviewError::Store(error)) => failed(&error),
        // Whoever decided is named on the page.
        Err(ReviewError::Ended(..)) => {
            answer(&hub, visitor, &id, StatusCode::CONFLICT, With::default()).await
        }
        Err(refused) => {
            let why = Some(refusal::told(visitor.words, &refused));
            answer(&hub, visitor, &id, StatusCode::CONFLICT, With { why, ..With::default() }).await
        }
    }
}

async fn answer(hub: &Hub, visitor: &Visitor, id: &str, status: StatusCode, with: With) -> Response {
    let Some(id) = ReviewId::parse(id) else { return missing(visitor) };
    match load(hub, visitor, id, with).await {
        Ok(Some(page)) => shown(status, &page),
        Ok(None) => missing(visitor),
        Err(ReviewError::Store(error)) => failed(&error),
        Err(refused) => {
            let why = refusal::told(visitor.words, &refused);
            notice(StatusCode::CONFLICT, Page::of(visitor), why)
        }
    }
}

async fn load(hub: &Hub, visitor: &Visitor, id: ReviewId, with: With) -> Result<Option<Shown>, ReviewError> {
    let Some(review) = hub.store.review(id).await? else { return Ok(None) };
    let say = visitor.words;
    let names = Names::of(&hub.rules.registry, &hub.store.records(&ask::records(&review)).await?);
    let is_open = review.state == ReviewState::Open;
    let profiles = match review.kind.cluster() {
        Some(cluster) => Some(profiles::load(hub, say, cluster, &with.wish).await?),
        None => None,
    };
    let kind = review.kind.name();
    Ok(Some(Shown {
        id: id.to_string(),
        question: ask::question(say, &review, &names),
        kind: say.say(&format!("kind: {kind}")).to_owned(),
        state: say.say(&format!("state: {}", review.state.name())).to_owned(),
        ended: ended(say, &review),
        postponed: postponed(say, &review, hub.clock.now()),
        can_undo: matches!(review.state, ReviewState::Accepted { merge: Some(_), .. }),
        accept: say.say(&format!("yes: {kind}")).to_owned(),
        reject: say.say(&format!("no: {kind}")).to_owned(),
        days: DAYS,
        next: if is_open { None } else { next(hub).await? },
        sides: sides::load(hub, say, &review).await?,
        examples: hold::examples(hub, say, &review).await?,
        relations: relations(say, &review.kind),
        page: Page::of(visitor),
        may_decide: visitor.may_decide(),
        why: with.why,
        is_open,
        profiles,
    }))
}

/// The review that is asked next.
async fn next(hub: &Hub) -> Result<Option<String>, StoreError> {
    let waiting = ReviewFilter { now: Some(hub.clock.now()), ..ReviewFilter::default() };
    let first = hub.store.open_reviews(&waiting, 1).await?.pop();
    Ok(first.map(|review| review.id.to_string()))
}

/// How two people can belong together, where that is asked.
fn relations(say: Words, kind: &ReviewKind) -> Vec<(&'static str, String)> {
    let words = if matches!(kind, ReviewKind::Household(_)) { RELATIONS } else { &[] };
    words.iter().map(|(word, _)| (*word, say.say(&format!("relation: {word}")).to_owned())).collect()
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// Who ended it, when, and why.
fn ended(say: Words, review: &Review) -> Option<String> {
    let decided =
        |by: &str, at: DateTime<Utc>| say.with("decided", &[("{who}", by), ("{when}", &moment(at))]);
    match &review.state {
        ReviewState::Open => None,
        ReviewState::Accepted { by, at, .. } | ReviewState::Undone { by, at } => {
            Some(decided(by.as_str(), *at))
        }
        ReviewState::Rejected { by, at, reason } => Some(format!("{} {reason}", decided(by.as_str(), *at))),
        ReviewState::Settled { at } => Some(say.with("settled", &[("{when}", &moment(*at))])),
    }
}

/// Who does not want to be asked for now.
fn postponed(say: Words, review: &Review, now: DateTime<Utc>) -> Option<String> {
    let is_open = review.state == ReviewState::Open;
    let postponed = review.postponed.as_ref().filter(|postponed| is_open && postponed.until > now)?;
    let until = moment(postponed.until);
    Some(say.with("postponed", &[("{who}", postponed.by.as_str()), ("{when}", &until)]))
}
