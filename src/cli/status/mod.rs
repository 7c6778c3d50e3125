//! `cardex status`: how each system stands. `cardex status RECORD`: how one record stands at each system.

mod daemon;
mod record;

pub(super) use record::life as link_life;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Context, Exit, Line, with_store};
use crate::model::SystemId;
use crate::store::{Health, Store};
use crate::systems;

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
    last_push: Option<DateTime<Utc>>,
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
        "last webhook",
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
            self.last_push.map_or_else(|| "-".to_owned(), |pushed| at(Some(pushed))),
            self.last_error.clone().unwrap_or_default(),
        ]
    }
}

async fn systems(store: &Store, context: &mut Context) -> anyhow::Result<Exit> {
    let now = context.clock.now();
    let ids = context.config.systems.keys().map(|name| SystemId::new(name.as_str()));
    let known = systems::standings(store, now, ids).await?;
    let daemon = daemon::ask(context.config.service.listen).await;
    let mut standings = Vec::new();
    for ((name, system), known) in context.config.systems.iter().zip(known) {
        let oldest_due = known.oldest_due();
        standings.push(Standing {
            system: name.clone(),
            side: match system.side {
                crate::model::SystemClass::Pms => "pms",
                crate::model::SystemClass::Crm => "crm",
            },
            connector: system.connector.clone(),
            health: known.health_name(),
            health_reason: known.health.as_ref().and_then(reason),
            lag_s: oldest_due.map_or(0, |oldest| (now - oldest).num_seconds().max(0)),
            oldest_due,
            waiting: known.waiting(),
            parked: known.parked,
            budget: daemon.budget(name),
            last_success: known.last_success,
            last_error: known.last_error,
            failures: known.failures,
            last_sweep: known.last_sweep,
            last_push: known.last_push,
        });
    }
    context.output.say(&daemon.in_words());
    context.output.lines(&standings, "no system is configured")?;
    Ok(Exit::Success)
}

/// Who has paused it, or why it stopped.
fn reason(health: &Health) -> Option<String> {
    match health {
        Health::Running => None,
        Health::Paused { by, at } => Some(format!("by {by} since {}", at.format("%Y-%m-%d %H:%M UTC"))),
        Health::Halted { reason } => Some(reason.clone()),
    }
}
