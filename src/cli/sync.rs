//! `cardex sync`: one cycle now. Where a daemon is at work on the same file, it is asked to do it.

use anyhow::Context as _;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

use super::{Context, Exit, Failure, Line};
use crate::connectors::http;
use crate::daemon::once::{self, Cycle};
use crate::daemon::{SYNC_HEADER, build};
use crate::hub::System;
use crate::matching::Matcher;
use crate::model::SystemId;
use crate::store::StoreError;

/// How long the daemon may take to say that it has heard.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);

/// The arguments of `sync`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Ask only this system for changes [default: every system]
    system: Option<String>,
}

/// What a cycle did at one system.
#[derive(Debug, Serialize)]
struct AtSystem {
    system: String,
    observed: usize,
    changed: usize,
    sent: usize,
    done: usize,
    parked: usize,
    failure: Option<String>,
}

impl Line for AtSystem {
    const HEAD: &'static [&'static str] =
        &["system", "observed", "changed", "sent", "done", "parked", "failure"];

    fn cells(&self) -> Vec<String> {
        let counts =
            [self.observed, self.changed, self.sent, self.done, self.parked].map(|count| count.to_string());
        let failure = self.failure.clone().unwrap_or_default();
        [self.system.clone()].into_iter().chain(counts).chain([failure]).collect()
    }
}

/// Polls, then works off what follows.
pub(super) async fn run(arguments: Arguments, context: &mut Context) -> anyhow::Result<Exit> {
    let wanted = arguments.system.map(SystemId::new);
    if let Some(unknown) = wanted.as_ref().filter(|id| !context.config.systems.contains_key(id.as_str())) {
        return Err(Failure::new(Exit::Usage, format!("there is no system `{unknown}`")).into());
    }
    let hub = match build::assemble(&context.config, context.clock.clone()).await {
        Ok(hub) => hub,
        Err(error) if is_in_use(&error) => return ask_daemon(wanted.as_ref(), context).await,
        Err(error) => return Err(error),
    };
    let systems: Vec<Arc<System>> = hub
        .systems
        .values()
        .filter(|system| wanted.as_ref().is_none_or(|id| *id == system.id))
        .cloned()
        .collect();
    let cycles = once::cycle(&hub, &systems).await;
    if let Err(error) = Matcher::new(&hub).catch_up().await {
        tracing::warn!(%error, "duplicates could not be looked for; the profiles stay marked");
    }
    hub.store.close().await;
    let failed = cycles.iter().any(|(_, cycle)| cycle.failure.is_some());
    let lines: Vec<AtSystem> = cycles.into_iter().map(|(id, cycle)| line(&id, cycle)).collect();
    context.output.lines(&lines, "there is no system")?;
    Ok(if failed { Exit::Unavailable } else { Exit::Success })
}

fn line(id: &SystemId, cycle: Cycle) -> AtSystem {
    let failure = cycle.failure.map(anyhow::Error::new).map(|error| format!("{error:#}"));
    AtSystem {
        system: id.to_string(),
        observed: cycle.observed,
        changed: cycle.changed,
        sent: cycle.sent,
        done: cycle.done,
        parked: cycle.parked,
        failure,
    }
}

/// Whether another process, the daemon, works on the hub's file.
pub(super) fn is_in_use(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| matches!(cause.downcast_ref(), Some(StoreError::InUse { .. })))
}

async fn ask_daemon(wanted: Option<&SystemId>, context: &mut Context) -> anyhow::Result<Exit> {
    let path = wanted.map_or_else(String::new, |id| format!("/{id}"));
    let address = format!("http://{}/sync{path}", context.config.service.listen);
    let request = http::client(ANSWER_TIMEOUT)?.post(address).header(SYNC_HEADER, "now");
    let answer = request.send().await.context("the hub's store is in use, and no daemon answers")?;
    if !answer.status().is_success() {
        return Err(Failure::new(Exit::TryAgain, format!("the daemon answered {}", answer.status())).into());
    }
    context.output.say("the running daemon polls now; `cardex status` shows how it gets on");
    Ok(Exit::Success)
}
