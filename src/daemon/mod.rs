//! Wires the parts and is the only place that spawns tasks: per system a poller, a listener for its signals, a
//! reader, two writers and, where merges are made, a merger; for all of them the schedule, the roll-ups, the search for duplicates, the wake-ups of other daemons and
//! the watch over it all.

pub mod build;
pub mod hooks;
mod jobs;
mod left;
mod matching;
pub mod once;
mod poller;
mod rollups;
mod rounds;
mod search;
mod silence;
mod watch;
mod worker;

use anyhow::{Context as _, Result};
use axum::http::HeaderName;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api;
use crate::clock::Clock;
use crate::config::{Config, secret};
use crate::desk::{self, ProxySignIn};
use crate::hub::{Hub, System};
use crate::model::{Lane, Merging};
use crate::queue::progress::Pulses;
use crate::service::{self, Readiness};
use crate::store::{Health, StoreError};
use worker::{Duty, Worker};

/// The header that a request to poll now carries: no page in a browser can send it here.
pub const SYNC_HEADER: &str = "x-cardex-sync";
/// How long the relay of wake-ups rests after its line broke.
const RELAY_PAUSE: Duration = Duration::from_secs(5);

/// Runs the daemon until `stop` is cancelled, then lets running work finish within the configured time.
///
/// # Errors
/// The store, a connector or the listening address could not be set up. Once it runs, it does not fail: what goes
/// wrong with one system is that system's own matter.
pub async fn run(config: &Config, stop: CancellationToken) -> Result<()> {
    let readiness = Readiness::default();
    let listener = TcpListener::bind(config.service.listen)
        .await
        .with_context(|| format!("could not listen on `{}`", config.service.listen))?;
    let hub = build::assemble(config, Clock::system()).await?;
    let tracker = TaskTracker::new();
    // The listener outlives the work, so that it can say that the daemon is stopping.
    let silent = CancellationToken::new();
    let pages = desk::routes(&hub, silent.clone(), proxy_sign_in(config)?).merge(api::routes(&hub));
    let routes = hooks::routes(hub.clone()).merge(pages);
    let answering = tokio::spawn(service::serve_with(listener, readiness.clone(), routes, silent.clone()));
    let pulses = spawn(&hub, &tracker, &stop);
    tracker.spawn(watch::run(hub.clone(), readiness.clone(), pulses, stop.clone()));
    stop.cancelled().await;
    readiness.stopping();
    tracker.close();
    let finished = tokio::time::timeout(config.service.stop_timeout(), tracker.wait()).await;
    if finished.is_err() {
        tracing::warn!("work did not finish in time; its marks come back when their leases end");
    }
    silent.cancel();
    answering.await.context("the health listener panicked")?;
    hub.store.close().await;
    Ok(())
}

/// How a proxy signs operators in, if it does.
fn proxy_sign_in(config: &Config) -> Result<Option<ProxySignIn>> {
    let wanted = &config.service.proxy_sign_in;
    if wanted.header.is_empty() {
        return Ok(None);
    }
    let name = |text: &str| HeaderName::try_from(text).context("could not read the name of a header");
    let secret = secret::read(&wanted.secret_file).with_context(|| {
        format!("could not read `service.proxy_sign_in.secret_file` (`{}`)", wanted.secret_file)
    })?;
    let (header, secret_header) = (name(&wanted.header)?, name(&wanted.secret_header)?);
    Ok(Some(ProxySignIn { header, secret_header, secret }))
}

/// Spawns every loop of a hub; they end when `stop` is cancelled. Their pulses tell whether they are alive.
pub fn spawn(hub: &Hub, tracker: &TaskTracker, stop: &CancellationToken) -> Pulses {
    let pulses = Pulses::default();
    for system in hub.systems.values() {
        let pulse = pulses.add(format!("the poller of system `{}`", system.id));
        tracker.spawn(pulse.live(poller::run(hub.clone(), Arc::clone(system), stop.clone())));
        tracker.spawn(poller::watch(Arc::clone(system), stop.clone()));
        // What is urgent waits behind nothing else that is being read or written.
        let urgent = Lane::Status..=Lane::Arrival;
        let reads = [Duty::Read(urgent.clone()), Duty::Read(Lane::Live..=Lane::Audit)];
        let writes = [Duty::Deliver(urgent), Duty::Deliver(Lane::Status..=Lane::Audit)];
        let merges = (system.settings.merges == Merging::Make).then_some(Duty::Merge);
        for duty in reads.into_iter().chain(writes).chain(merges) {
            let worker = Worker::new(hub, system, duty);
            tracker.spawn(pulses.add(worker.name()).live(worker.run(stop.clone())));
        }
    }
    let schedule = jobs::run(hub.clone(), tracker.clone(), pulses.clone(), stop.clone());
    tracker.spawn(pulses.add("the schedule").live(schedule));
    tracker.spawn(pulses.add("the roll-ups").live(rollups::run(hub.clone(), stop.clone())));
    tracker.spawn(pulses.add("the search for duplicates").live(matching::run(hub.clone(), stop.clone())));
    tracker.spawn(pulses.add("the index of the search").live(search::run(hub.clone(), stop.clone())));
    tracker.spawn(relay(hub.clone(), stop.clone()));
    pulses
}

/// Passes on what other daemons on the same database have marked.
async fn relay(hub: Hub, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let relayed = stop.run_until_cancelled(hub.store.relay_wakeups()).await;
        if let Some(Err(error)) = relayed {
            tracing::warn!(error = %error, "the line of wake-ups broke; the queues are polled meanwhile");
            stop.run_until_cancelled(tokio::time::sleep(RELAY_PAUSE)).await;
        }
    }
}

/// Stops work on one system until an operator resumes it; the others go on.
pub(crate) async fn halt(hub: &Hub, system: &System, why: &str) -> Result<(), StoreError> {
    system.set_halted(true);
    tracing::error!(system.id = %system.id, why, "the system is stopped; `cardex queue retry` resumes it");
    hub.store.set_health(&system.id, &Health::Halted { reason: why.to_owned() }, &[]).await.map(drop)
}
