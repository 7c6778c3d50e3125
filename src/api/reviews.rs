//! Reviews: what waits, and deciding it.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::caller::{Asked, Caller, Desk, Named, Sent, out_of_range};
use super::deciding::{Deciding, Said};
use super::problem::Problem;
use crate::model::ids::ReviewId;
use crate::model::review::{Cluster, HoldReason, QuarantineReason, ReviewState, Task};
use crate::model::{RecordId, Review, ReviewKind, Scope, SystemId};
use crate::{review, words};

/// The most reviews of a page.
const LONGEST: u32 = 200;

/// Which reviews are wanted.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    kind: Option<String>,
    system: Option<SystemId>,
    state: Option<String>,
    after: Option<ReviewId>,
    limit: Option<u32>,
}

/// A page of reviews.
#[derive(Serialize)]
pub(super) struct Page {
    reviews: Vec<Told>,
    /// What the next page begins after; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<ReviewId>,
}

/// A review as programs are told.
#[derive(Serialize)]
pub(super) struct Told {
    id: ReviewId,
    kind: &'static str,
    state: &'static str,
    opened_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postponed_until: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<SystemId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<RecordId>,
    #[serde(flatten)]
    question: Question,
}

/// What is asked; each kind fills what it has.
#[derive(Default, Serialize)]
struct Question {
    /// The records that may be one or belong together, the suggested main one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    records: Vec<RecordId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    band: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probability_ppm: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_arrival: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    element: Option<String>,
    /// The values in words; what the law protects especially is not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    hub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    affected: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<u64>,
    /// Ids at the system.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    external_ids: Vec<String>,
}

/// The reviews that wait, oldest first.
pub(super) async fn list(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page>, Problem> {
    caller.may(Scope::ReviewsRead)?;
    if wanted.state.as_deref().is_some_and(|state| state != "open") {
        return Err(out_of_range("`state` can only be `open`"));
    }
    let kind = wanted
        .kind
        .as_deref()
        .map(|kind| ReviewKind::named(kind).ok_or_else(|| out_of_range("`kind` is none of the kinds")));
    let limit = wanted.limit.unwrap_or(50);
    if !(1..=LONGEST).contains(&limit) {
        return Err(out_of_range("`limit` is not between 1 and 200"));
    }
    let (system, kind) = (wanted.system.as_ref(), kind.transpose()?);
    let mut reviews = desk.hub.store.open_reviews_after(system, kind, wanted.after, limit + 1).await?;
    let has_more = reviews.len() > limit as usize;
    reviews.truncate(limit as usize);
    let next = reviews.last().filter(|_| has_more).map(|review| review.id);
    Ok(Json(Page { reviews: reviews.into_iter().map(told).collect(), next }))
}

/// One review, whether it waits or has ended.
pub(super) async fn one(
    State(desk): State<Desk>,
    caller: Caller,
    Named(id): Named,
) -> Result<Json<Told>, Problem> {
    caller.may(Scope::ReviewsRead)?;
    let id = ReviewId::parse(&id).ok_or_else(Problem::not_found)?;
    answer(&desk, id).await
}

/// Decides a review, or takes a decision back.
pub(super) async fn decide(
    State(desk): State<Desk>,
    caller: Caller,
    Named(id): Named,
    Sent(deciding): Sent<Deciding>,
) -> Result<Json<Told>, Problem> {
    caller.may(Scope::ReviewsDecide)?;
    let id = ReviewId::parse(&id).ok_or_else(Problem::not_found)?;
    match deciding.said()? {
        Said::Undo => review::undo(&desk.hub, id, &caller.name).await.map(drop)?,
        Said::Postpone(days) => review::postpone(&desk.hub, id, days, &caller.name).await.map(drop)?,
        Said::Decision(decision) => {
            review::decide(&desk.hub, id, &decision, &caller.name).await.map(drop)?;
        }
    }
    answer(&desk, id).await
}

async fn answer(desk: &Desk, id: ReviewId) -> Result<Json<Told>, Problem> {
    let review = desk.hub.store.review(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(told(review)))
}

fn told(review: Review) -> Told {
    let state = review.state.name();
    let (decided_by, decided_at, reason) = match review.state {
        ReviewState::Open => (None, None, None),
        ReviewState::Accepted { by, at, .. } | ReviewState::Undone { by, at } => (Some(by), Some(at), None),
        ReviewState::Rejected { by, at, reason } => (Some(by), Some(at), Some(reason)),
        ReviewState::Settled { at } => (None, Some(at), None),
    };
    let question = asked(&review.kind);
    Told {
        id: review.id,
        kind: review.kind.name(),
        state,
        opened_at: review.opened_at,
        postponed_until: review.postponed.map(|postponed| postponed.until),
        decided_at,
        decided_by: decided_by.map(|by| by.to_string()),
        reason,
        system: review.system,
        record: review.record,
        question,
    }
}

/// What is asked.
fn asked(kind: &ReviewKind) -> Question {
    match kind {
        ReviewKind::Conflict { field, element, hub, observed } => Question {
            field: Some(field.to_string()),
            element: element.as_ref().map(ToString::to_string),
            hub: Some(words::seen(hub)),
            observed: Some(words::seen(observed)),
            ..Question::default()
        },
        ReviewKind::Hold { of, why, examples } => {
            let external_ids = examples.iter().map(|one| one.external_id.to_string()).collect();
            Question { of: Some(of.name()), external_ids, ..held(why) }
        }
        ReviewKind::Quarantine { external_id, why } => {
            let why = match why {
                QuarantineReason::IdentityChanged => "identity_changed",
                QuarantineReason::SlotReused => "slot_reused",
            };
            let external_ids = vec![external_id.to_string()];
            Question { why: Some(why), external_ids, ..Question::default() }
        }
        ReviewKind::Proposal { main, others } => {
            let records = std::iter::once(*main).chain(others.iter().copied()).collect();
            Question { records, ..Question::default() }
        }
        ReviewKind::Duplicates(cluster) | ReviewKind::Household(cluster) => clustered(cluster),
        ReviewKind::Work { task } => {
            let (why, of, keep, lose) = match task {
                Task::Merge { of, keep, lose, .. } => ("merge", of, keep, lose),
                Task::Unmerge { of, keep, lose } => ("unmerge", of, keep, lose),
            };
            let external_ids = vec![keep.to_string(), lose.to_string()];
            Question { why: Some(why), of: Some(of.name()), external_ids, ..Question::default() }
        }
    }
}

fn held(why: &HoldReason) -> Question {
    let (why, field, affected, known) = match why {
        HoldReason::Deletions { gone, known } => ("deletions", None, Some(*gone), *known),
        HoldReason::FieldChanged { field, changed, known } => {
            ("field_changed", Some(field.to_string()), Some(*changed), *known)
        }
        HoldReason::Emptied { known } => ("emptied", None, None, *known),
    };
    Question { why: Some(why), field, affected, known: Some(known), ..Question::default() }
}

fn clustered(cluster: &Cluster) -> Question {
    Question {
        records: cluster.members().collect(),
        of: Some(cluster.of.name()),
        band: Some(cluster.band.name()),
        probability_ppm: Some(cluster.probability_ppm),
        next_arrival: cluster.next_arrival,
        ..Question::default()
    }
}
