//! Systems: how each stands, and steering it.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::caller::{Caller, Desk, Named, Sent};
use super::problem::Problem;
use crate::hub::Hub;
use crate::model::{Scope, SystemClass, SystemId};
use crate::store::{Health, StoreError};
use crate::systems::{Obeyed, Order, Standing, standings, steer};

/// Every system.
#[derive(Serialize)]
pub(super) struct All {
    systems: Vec<Told>,
}

/// How a system stands.
#[derive(Serialize)]
pub(super) struct Told {
    id: SystemId,
    #[serde(skip_serializing_if = "Option::is_none")]
    side: Option<&'static str>,
    /// `new`, `running`, `paused` by an operator, or `halted` by itself.
    health: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_at: Option<DateTime<Utc>>,
    failures: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sweep: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_push: Option<DateTime<Utc>>,
    waiting: Vec<Lag>,
    parked: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<Budget>,
}

#[derive(Serialize)]
struct Lag {
    queue: &'static str,
    lane: i64,
    marks: u64,
    oldest: DateTime<Utc>,
}

#[derive(Serialize)]
struct Budget {
    used: u32,
    allowed: u32,
    per_s: u64,
    waiting: u32,
}

/// What is wanted of a system.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ordered {
    #[serde(rename = "do")]
    order: String,
}

pub(super) async fn list(State(desk): State<Desk>, caller: Caller) -> Result<Json<All>, Problem> {
    caller.may(Scope::SystemsRead)?;
    Ok(Json(All { systems: all(&desk.hub, desk.hub.systems.keys().cloned()).await? }))
}

pub(super) async fn one(
    State(desk): State<Desk>,
    caller: Caller,
    Named(id): Named,
) -> Result<Json<Told>, Problem> {
    caller.may(Scope::SystemsRead)?;
    answer(&desk.hub, SystemId::new(id)).await
}

/// Pauses a system, resumes it, or asks it now.
pub(super) async fn order(
    State(desk): State<Desk>,
    caller: Caller,
    Named(id): Named,
    Sent(ordered): Sent<Ordered>,
) -> Result<Json<Told>, Problem> {
    caller.may(Scope::SystemsManage)?;
    let id = SystemId::new(id);
    let system = desk.hub.systems.get(&id).ok_or_else(Problem::not_found)?;
    let unknown = || Problem::unfit("`do` is not `pause`, `resume` or `sync`");
    let order = Order::named(&ordered.order).ok_or_else(unknown)?;
    match steer(&desk.hub, system, order, &caller.name).await? {
        Obeyed::Done | Obeyed::WasSo => answer(&desk.hub, id).await,
        Obeyed::AtRest => Err(Problem::at_rest()),
    }
}

async fn answer(hub: &Hub, id: SystemId) -> Result<Json<Told>, Problem> {
    if !hub.systems.contains_key(&id) {
        return Err(Problem::not_found());
    }
    all(hub, std::iter::once(id)).await?.pop().map(Json).ok_or_else(Problem::not_found)
}

async fn all(hub: &Hub, ids: impl Iterator<Item = SystemId>) -> Result<Vec<Told>, StoreError> {
    let known = standings(&hub.store, hub.clock.now(), ids).await?;
    Ok(known.into_iter().map(|standing| told(hub, standing)).collect())
}

fn told(hub: &Hub, standing: Standing) -> Told {
    let usage = hub.systems.get(&standing.system).map(|system| system.budget.usage());
    let lags = standing.lags.iter().map(|lag| Lag {
        queue: lag.queue.name(),
        lane: lag.lane.number(),
        marks: lag.waiting,
        oldest: lag.oldest,
    });
    let (reason, paused_by, paused_at) = match &standing.health {
        None | Some(Health::Running) => (None, None, None),
        Some(Health::Halted { reason }) => (Some(reason.clone()), None, None),
        Some(Health::Paused { by, at }) => (None, Some(by.to_string()), Some(*at)),
    };
    Told {
        side: hub.rules.class(&standing.system).map(|class| match class {
            SystemClass::Pms => "pms",
            SystemClass::Crm => "crm",
        }),
        health: standing.health_name(),
        reason,
        paused_by,
        paused_at,
        failures: standing.failures,
        last_success: standing.last_success,
        last_sweep: standing.last_sweep,
        last_push: standing.last_push,
        waiting: lags.collect(),
        parked: standing.parked,
        budget: usage.map(|usage| Budget {
            used: usage.used,
            allowed: usage.allowed,
            per_s: usage.per.as_secs(),
            waiting: usage.waiting,
        }),
        last_error: standing.last_error,
        id: standing.system,
    }
}
