//! How the systems stand; pausing, resuming and asking them.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::{DateTime, TimeDelta, Utc};

use super::pages::{Page, answered, failed, forbidden, missing, notice};
use super::visitor::{Posted, Visitor};
use super::words::Words;
use crate::hub::Hub;
use crate::model::{Lane, OperatorRole, SystemClass, SystemId};
use crate::queue::budget::Usage;
use crate::store::{Health, Queue, StoreError};
use crate::systems::{Lag, Obeyed, Order, Standing, standings, steer};

#[derive(Template)]
#[template(path = "systems.html")]
struct Systems {
    page: Page,
    may_ask: bool,
    cards: Vec<Card>,
}

struct Card {
    id: String,
    class: &'static str,
    health: String,
    /// The class of the colour.
    mood: &'static str,
    is_running: bool,
    is_paused: bool,
    read: String,
    lags: Vec<String>,
    parked: u64,
    budget: String,
    sweep: String,
    /// Nothing where it has never sent a webhook: most systems cannot.
    push: Option<String>,
    error: Option<String>,
}

pub(super) async fn page(State(hub): State<Hub>, visitor: Visitor) -> Response {
    answered(systems(&hub, &visitor).await)
}

/// Pauses a system, resumes it, or asks it now.
pub(super) async fn order(
    State(hub): State<Hub>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Response> {
    let visitor = &posted.visitor;
    let known = hub.systems.get(&SystemId::new(id)).zip(Order::named(posted.field("do")));
    let Some((system, order)) = known else { return Err(missing(visitor)) };
    let needed = match order {
        Order::Pause | Order::Resume => OperatorRole::Administrator,
        Order::Sync => OperatorRole::Operator,
    };
    if !visitor.is(needed) {
        return Err(forbidden(visitor));
    }
    match steer(&hub, system, order, &visitor.operator.name).await.map_err(|error| failed(&error))? {
        Obeyed::Done | Obeyed::WasSo => Ok(Redirect::to("/desk/systems").into_response()),
        Obeyed::AtRest => {
            let what = visitor.words.say("system: at rest").to_owned();
            Err(notice(StatusCode::CONFLICT, Page::of(visitor), what))
        }
    }
}

async fn systems(hub: &Hub, visitor: &Visitor) -> Result<Systems, StoreError> {
    let now = hub.clock.now();
    let known = standings(&hub.store, now, hub.systems.keys().cloned()).await?;
    let cards = known.into_iter().map(|standing| card(hub, visitor.words, now, &standing));
    Ok(Systems {
        cards: cards.collect(),
        may_ask: visitor.is(OperatorRole::Operator),
        page: Page::of(visitor),
    })
}

fn card(hub: &Hub, say: Words, now: DateTime<Utc>, standing: &Standing) -> Card {
    let usage = hub.systems.get(&standing.system).map(|system| system.budget.usage());
    let ago = |at: Option<DateTime<Utc>>| match at {
        Some(at) => say.with("ago", &[("{age}", &age(now - at))]),
        None => say.say("never").to_owned(),
    };
    let (health, mood) = health(say, standing);
    Card {
        id: standing.system.to_string(),
        class: match hub.rules.class(&standing.system) {
            Some(SystemClass::Pms) => "PMS",
            Some(SystemClass::Crm) => "CRM",
            None => "",
        },
        is_running: matches!(standing.health, None | Some(Health::Running)),
        is_paused: matches!(standing.health, Some(Health::Paused { .. })),
        read: ago(standing.last_success),
        lags: standing.lags.iter().map(|lag| lagging(say, now, lag)).collect(),
        parked: standing.parked,
        budget: usage.map(|usage| budget(say, usage)).unwrap_or_default(),
        sweep: ago(standing.last_sweep),
        push: standing.last_push.map(|at| ago(Some(at))),
        error: standing.last_error.clone(),
        health,
        mood,
    }
}

/// How it is, and the class of its colour.
fn health(say: Words, standing: &Standing) -> (String, &'static str) {
    let since = |at: &DateTime<Utc>| at.format("%Y-%m-%d %H:%M UTC").to_string();
    match &standing.health {
        Some(Health::Paused { by, at }) => {
            (say.with("health: paused", &[("{who}", by.as_str()), ("{when}", &since(at))]), "warns")
        }
        Some(Health::Halted { reason }) => (say.with("health: halted", &[("{why}", reason)]), "fails"),
        Some(Health::Running) if standing.failures > 0 => {
            let tries = standing.failures.to_string();
            let last = standing.last_success.as_ref();
            let since = last.map_or_else(|| say.say("health: ever").to_owned(), since);
            (say.with("health: failing", &[("{when}", &since), ("{n}", &tries)]), "fails")
        }
        Some(Health::Running) => (say.say("health: running").to_owned(), "works"),
        None => (say.say("health: new").to_owned(), "works"),
    }
}

fn lagging(say: Words, now: DateTime<Utc>, lag: &Lag) -> String {
    let key = match lag.queue {
        Queue::Due => "lag: due",
        Queue::Reads => "lag: reads",
    };
    let parts = [
        ("{n}", lag.waiting.to_string()),
        ("{lane}", say.say(lane(lag.lane)).to_owned()),
        ("{age}", age(now - lag.oldest)),
    ];
    say.with(key, &parts.each_ref().map(|(name, text)| (*name, text.as_str())))
}

/// What is said of a lane.
pub(super) const fn lane(lane: Lane) -> &'static str {
    match lane {
        Lane::Status => "lane: status",
        Lane::Arrival => "lane: arrival",
        Lane::Live => "lane: live",
        Lane::Backfill => "lane: backfill",
        Lane::Audit => "lane: audit",
    }
}

fn budget(say: Words, usage: Usage) -> String {
    let parts = [usage.used, usage.allowed, usage.waiting].map(|count| count.to_string());
    let per = age(TimeDelta::from_std(usage.per).unwrap_or_default());
    say.with(
        "budget: use",
        &[("{used}", &parts[0]), ("{allowed}", &parts[1]), ("{waiting}", &parts[2]), ("{per}", &per)],
    )
}

/// How long something has been, in one unit that every language writes alike.
pub(super) fn age(since: TimeDelta) -> String {
    let seconds = since.num_seconds().max(0);
    match seconds {
        ..100 => format!("{seconds} s"),
        100..6_000 => format!("{} min", seconds / 60),
        6_000..172_800 => format!("{} h", seconds / 3_600),
        172_800.. => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_is_told_in_the_unit_that_fits() {
        for (seconds, told) in
            [(-5, "0 s"), (99, "99 s"), (100, "1 min"), (5_999, "99 min"), (6_000, "1 h"), (172_800, "2 d")]
        {
            assert_eq!(age(TimeDelta::seconds(seconds)), told);
        }
    }
}
