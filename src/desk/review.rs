//! One review: what is asked, the profiles side by side with the evidence, and the decision.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{DateTime, Utc};

use super::ask::{self, Names};
use super::pages::{Page, failed, notice, shown};
use super::visitor::{Posted, Visitor};
use super::words::Words;
use crate::duplicates::explain::{self, Tongue};
use crate::hub::Hub;
use crate::matching;
use crate::model::field::Labels;
use crate::model::fields::RELATIONS;
use crate::model::ids::ReviewId;
use crate::model::review::ReviewState;
use crate::model::{OperatorId, Policy, RecordId, Review, ReviewKind};
use crate::reconcile::leaves_a_choice;
use crate::review::{self, Compared, Decision, Main, ReviewError, SideBySide, Wish, pick, side_by_side};
use crate::store::StoreError;
use crate::words;

#[derive(Template)]
#[template(path = "review.html")]
struct Shown {
    page: Page,
    question: String,
    kind: String,
    state: String,
    ended: Option<String>,
    why: Option<String>,
    is_open: bool,
    may_decide: bool,
    can_undo: bool,
    accept: String,
    reject: String,
    records: Vec<Profile>,
    fields: Vec<Field>,
    steps: Vec<Step>,
    /// The words for how two people belong together, where that is asked, with what they are called.
    relations: Vec<(&'static str, String)>,
}

struct Profile {
    id: String,
    name: String,
}

struct Field {
    /// As choices take it.
    key: String,
    name: String,
    differs: bool,
    can_choose: bool,
    values: Vec<Held>,
    stays: String,
}

struct Held {
    record: String,
    text: Option<String>,
}

/// A step of the evidence.
struct Step {
    says: String,
    weight: String,
    side: &'static str,
    size: String,
}

pub(super) async fn page(State(hub): State<Hub>, Path(id): Path<String>, visitor: Visitor) -> Response {
    answer(&hub, &visitor, &id, StatusCode::OK, None).await
}

/// Decides as the form says, and shows what has become of it.
pub(super) async fn decide(State(hub): State<Hub>, Path(id): Path<String>, posted: Posted) -> Response {
    let visitor = &posted.visitor;
    if !visitor.may_decide() {
        let what = visitor.words.say("not allowed").to_owned();
        return notice(StatusCode::FORBIDDEN, Page::of(visitor), what);
    }
    let Some(review) = ReviewId::parse(&id) else { return unknown(visitor) };
    let operator = &visitor.operator.name;
    let done = match posted.field("do") {
        "accept" => accept(&hub, review, &posted, operator).await,
        "reject" if posted.field("reason").trim().is_empty() => {
            let why = visitor.words.say("reason: needed").to_owned();
            return answer(&hub, visitor, &id, StatusCode::UNPROCESSABLE_ENTITY, Some(why)).await;
        }
        "reject" => {
            let decision = Decision::Reject { reason: posted.field("reason").trim().to_owned() };
            review::decide(&hub, review, &decision, operator).await.map(drop)
        }
        "undo" => review::undo(&hub, review, operator).await.map(drop),
        _ => return unknown(visitor),
    };
    match done {
        Ok(()) => Redirect::to(&format!("/desk/reviews/{id}")).into_response(),
        Err(ReviewError::Unknown(_)) => unknown(visitor),
        Err(ReviewError::Store(error)) => failed(&error),
        // Whoever decided is named on the page.
        Err(ReviewError::Ended(..)) => answer(&hub, visitor, &id, StatusCode::CONFLICT, None).await,
        Err(refused) => {
            let why = crate::telemetry::Chain(&refused).to_string();
            answer(&hub, visitor, &id, StatusCode::CONFLICT, Some(why)).await
        }
    }
}

async fn accept(hub: &Hub, id: ReviewId, posted: &Posted, operator: &OperatorId) -> Result<(), ReviewError> {
    let relation = posted.field("relation");
    if !relation.is_empty() {
        let decision = Decision::Relate { relation: relation.to_owned() };
        return review::decide(hub, id, &decision, operator).await.map(drop);
    }
    let main = match posted.field("main") {
        "new" => Main::New,
        text => RecordId::parse(text).map_or(Main::Suggested, Main::Record),
    };
    let picks = posted.beginning("choose ").filter_map(|(name, from)| pick(name, RecordId::parse(from)?));
    let wish = Wish { main, picks: picks.collect(), only: Vec::new() };
    let decision = if wish == Wish::default() { Decision::Accept } else { Decision::Merge(wish) };
    review::decide(hub, id, &decision, operator).await.map(drop)
}

fn unknown(visitor: &Visitor) -> Response {
    notice(StatusCode::NOT_FOUND, Page::of(visitor), visitor.words.say("not found").to_owned())
}

async fn answer(hub: &Hub, visitor: &Visitor, id: &str, status: StatusCode, why: Option<String>) -> Response {
    let Some(id) = ReviewId::parse(id) else { return unknown(visitor) };
    match load(hub, visitor, id, why).await {
        Ok(Some(page)) => shown(status, &page),
        Ok(None) => unknown(visitor),
        Err(error) => failed(&error),
    }
}

async fn load(
    hub: &Hub,
    visitor: &Visitor,
    id: ReviewId,
    why: Option<String>,
) -> Result<Option<Shown>, StoreError> {
    let Some(review) = hub.store.review(id).await? else { return Ok(None) };
    let say = visitor.words;
    let names = Names::of(&hub.store.records(&ask::records(&review)).await?);
    let is_open = review.state == ReviewState::Open;
    let (mut records, mut fields, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(cluster) = review.kind.cluster() {
        let profiles = side_by_side(hub, cluster).await?;
        steps = evidence(hub, say, &profiles).await?;
        fields = table(hub, say, &profiles);
        records = profiles
            .records
            .iter()
            .map(|it| Profile { id: it.id.to_string(), name: ask::name(it) })
            .collect();
    }
    let kind = ask::kind(&review.kind);
    Ok(Some(Shown {
        question: ask::question(say, &review, &names),
        kind: say.say(&format!("kind: {kind}")).to_owned(),
        state: say.say(state(&review.state)).to_owned(),
        ended: ended(say, &review),
        can_undo: matches!(review.state, ReviewState::Accepted { merge: Some(_), .. }),
        accept: say.say(&format!("yes: {kind}")).to_owned(),
        reject: say.say(&format!("no: {kind}")).to_owned(),
        relations: relations(say, &review.kind),
        page: Page::of(visitor),
        may_decide: visitor.may_decide(),
        why,
        is_open,
        records,
        fields,
        steps,
    }))
}

/// The fields side by side: what differs first, then what several have, then what one has. What the hub computes of them is
/// left out: it is computed anew of what they become.
fn table(hub: &Hub, say: Words, profiles: &SideBySide) -> Vec<Field> {
    let mut fields: Vec<Field> =
        profiles.fields.iter().filter_map(|compared| row(hub, say, profiles, compared)).collect();
    fields.sort_by_key(|field| {
        let n_values = field.values.iter().filter(|value| value.text.is_some()).count();
        (!field.differs, n_values < 2)
    });
    fields
}

fn row(hub: &Hub, say: Words, profiles: &SideBySide, compared: &Compared) -> Option<Field> {
    let kind = profiles.records.first()?.kind;
    let def = hub.rules.registry.field(kind, &compared.field)?;
    let policy = hub.rules.field_rule(kind, def).policy;
    if policy == Policy::Derived {
        return None;
    }
    let values = compared.values.iter().zip(&profiles.records).map(|(value, record)| Held {
        record: record.id.to_string(),
        text: value.as_ref().map(words::value),
    });
    let known = compared.values.iter().flatten().collect::<Vec<_>>();
    let differs = compared.element.is_none() && known.windows(2).any(|pair| pair[0] != pair[1]);
    Some(Field {
        key: compared.name(),
        name: label(say, &def.labels),
        differs,
        can_choose: differs && leaves_a_choice(policy),
        values: values.collect(),
        stays: compared.stays.as_ref().map(words::value).unwrap_or_default(),
    })
}

/// How two people can belong together, where that is asked.
fn relations(say: Words, kind: &ReviewKind) -> Vec<(&'static str, String)> {
    let words = if matches!(kind, ReviewKind::Household(_)) { RELATIONS } else { &[] };
    words.iter().map(|(word, _)| (*word, say.say(&format!("relation: {word}")).to_owned())).collect()
}

fn label(say: Words, labels: &Labels) -> String {
    match say.0 {
        Tongue::English => &labels.en,
        Tongue::Spanish => &labels.es,
        Tongue::French => &labels.fr,
    }
    .to_string()
}

/// The evidence about the first two profiles.
async fn evidence(hub: &Hub, say: Words, profiles: &SideBySide) -> Result<Vec<Step>, StoreError> {
    let [one, other, ..] = profiles.records.as_slice() else { return Ok(Vec::new()) };
    let Some(explained) =
        matching::explain(&hub.store, hub.clock.now().date_naive(), [one.id, other.id]).await?
    else {
        return Ok(Vec::new());
    };
    let step = |step: &explain::Step| Step {
        says: step.says.iter().map(|key| explain::words(key, say.0)).collect::<Vec<_>>().join("; "),
        weight: format!("{:+.1}", step.weight),
        side: if step.weight < 0.0 { "against" } else { "for" },
        size: format!("{:.1}", step.weight.abs()),
    };
    Ok(explained.evidence.steps.iter().map(step).collect())
}

const fn state(state: &ReviewState) -> &'static str {
    match state {
        ReviewState::Open => "state: open",
        ReviewState::Accepted { .. } => "state: accepted",
        ReviewState::Rejected { .. } => "state: rejected",
        ReviewState::Settled { .. } => "state: settled",
        ReviewState::Undone { .. } => "state: undone",
    }
}

/// Who ended it, and when.
fn ended(say: Words, review: &Review) -> Option<String> {
    let when = |at: &DateTime<Utc>| at.format("%Y-%m-%d %H:%M UTC").to_string();
    match &review.state {
        ReviewState::Open => None,
        ReviewState::Accepted { by, at, .. }
        | ReviewState::Rejected { by, at, .. }
        | ReviewState::Undone { by, at } => {
            Some(say.with("decided", &[("{who}", by.as_str()), ("{when}", &when(at))]))
        }
        ReviewState::Settled { at } => Some(say.with("settled", &[("{when}", &when(at))])),
    }
}
