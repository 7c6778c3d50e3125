//! `cardex status`: how each system stands. `cardex status RECORD`: how one record stands at each system.

mod daemon;
mod record;

use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::BTreeMap;

use super::{Context, Exit, Line, with_store};
use crate::model::SystemId;
use crate::store::{Health, MarkState, Queue, QueueCount, Store, SystemState};

/// The arguments of `status`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A record: its id, its number, or its id at any system
    record: Option<String>,
}

pub(super) async fn run(arguments: Arguments, context: &mut Context) -> anyhow::Result<Exit> {
    let store = with_store::to_read(context).await?;
    if let Some(record) = arguments.record {
        return record::run(&record, store, context).await;
    }
    let exit = systems(&store, context).await;
    store.close().await;
    exit
}

/// How one system stands.
#[derive(Debug, Serialize)]
struct Standing {
    system: String,
    side: &'static str,
    connector: String,
    health: &'static str,
    health_reason: Option<String>,
    /// How long the oldest change that is not yet delivered has been waiting, in seconds.
    lag_s: i64,
    oldest_due: Option<DateTime<Utc>>,
    waiting: u64,
    parked: u64,
    /// Calls that the budget still allows now; known only while the daemon runs.
    budget: Option<u64>,
    last_success: Option<DateTime<Utc>>,
    last_error: Option<String>,
    failures: u32,
    last_sweep: Option<DateTime<Utc>>,
}

impl Line for Standing {
    const HEAD: &'static [&'static str] = &[
        "system",
        "side",
        "health",
        "lag",
        "waiting",
        "parked",
        "budget",
        "last success",
        "last sweep",
        "last error",
    ];
    fn cells(&self) -> Vec<String> {
        let at = |instant: Option<DateTime<Utc>>| {
            instant.map_or_else(|| "never".to_owned(), |at| at.format("%Y-%m-%d %H:%M:%S").to_string())
        };
        let health = self.health_reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        vec![
            self.system.clone(),
            self.side.to_owned(),
            format!("{}{health}", self.health),
            format!("{}s", self.lag_s),
            self.waiting.to_string(),
            self.parked.to_string(),
            self.budget.map_or_else(|| "-".to_owned(), |calls| calls.to_string()),
            at(self.last_success),
            at(self.last_sweep),
            self.last_error.clone().unwrap_or_default(),
        ]
    }
}

async fn systems(store: &Store, context: &mut Context) -> anyhow::Result<Exit> {
    let now = context.clock.now();
    let counts = store.queue_counts(now).await?;
    let states = store.system_states().await?;
    let states: BTreeMap<&SystemId, &SystemState> =
        states.iter().map(|state| (&state.system, state)).collect();
    let daemon = daemon::ask(context.config.service.listen).await;
    let mut standings = Vec::new();
    for (name, system) in &context.config.systems {
        let id = SystemId::new(name.as_str());
        let last_sweep = store.last_run(&format!("sweep:{id}")).await?.map(|run| run.finished_at);
        let queued = Queued::of(&counts, &id);
        let (health, health_reason) = health(states.get(&id).copied());
        let state = states.get(&id);
        standings.push(Standing {
            system: name.clone(),
            side: match system.side {
                crate::model::SystemClass::Pms => "pms",
                crate::model::SystemClass::Crm => "crm",
            },
            connector: system.connector.clone(),
            health,
            health_reason,
            lag_s: queued.oldest_due.map_or(0, |oldest| (now - oldest).num_seconds().max(0)),
            oldest_due: queued.oldest_due,
            waiting: queued.waiting,
            parked: queued.parked,
            budget: daemon.budget(name),
            last_success: state.and_then(|state| state.last_success_at),
            last_error: state.and_then(|state| state.last_error.clone()),
            failures: state.map_or(0, |state| state.failures),
            last_sweep,
        });
    }
    context.output.say(&daemon.in_words());
    context.output.lines(&standings, "no system is configured")?;
    Ok(Exit::Success)
}

fn health(state: Option<&SystemState>) -> (&'static str, Option<String>) {
    match state.map(|state| &state.health) {
        None => ("new", None),
        Some(Health::Running) => ("running", None),
        Some(Health::Paused) => ("paused", None),
        Some(Health::Halted { reason }) => ("halted", Some(reason.clone())),
    }
}

/// What waits for one system.
struct Queued {
    waiting: u64,
    parked: u64,
    oldest_due: Option<DateTime<Utc>>,
}

impl Queued {
    fn of(counts: &[QueueCount], system: &SystemId) -> Self {
        let own = || counts.iter().filter(|count| count.system == *system);
        let moving = |count: &&QueueCount| count.state != MarkState::Parked;
        Self {
            waiting: own().filter(moving).map(|count| count.n_marks).sum(),
            parked: own().filter(|count| !moving(count)).map(|count| count.n_marks).sum(),
            oldest_due: own()
                .filter(|count| count.queue == Queue::Due && moving(count))
                .map(|count| count.oldest)
                .min(),
        }
    }
}
