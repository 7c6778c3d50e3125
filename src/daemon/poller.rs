//! Asks one system for what changed: on its schedule, when it signals, and when an operator wants it now.

use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

use super::worker::{Round, RoundError, guarded};
use crate::capture::{CaptureError, poll};
use crate::hub::{Hub, System};
use crate::queue::progress;
use crate::telemetry;

/// How long a poller rests whose schedule has no next time.
const IDLE_PAUSE: Duration = Duration::from_mins(5);
/// How long the line of signals rests after it broke.
const SIGNAL_PAUSE: Duration = Duration::from_secs(5);

/// A system is asked for at most half of the time: after a cycle it is left alone for as long as that took, but for no
/// longer than this. One booking at the desk is many statements, and each of them signals.
const LONGEST_BREATH: Duration = Duration::from_millis(250);

/// Polls until stopped.
pub(super) async fn run(hub: Hub, system: Arc<System>, stop: CancellationToken) {
    let mut failures = 0;
    while !stop.is_cancelled() {
        let began = Instant::now();
        let round = async {
            if system.is_halted() {
                return Ok(Round::Idle);
            }
            let taken = poll::cycle(&hub, &system).await?;
            telemetry::observed(&system.id, taken.observed, taken.changed);
            hub.store.note_success(&system.id, hub.clock.now()).await?;
            Ok(Round::Idle)
        };
        let rest = match guarded(round).await {
            Ok(_) => {
                failures = 0;
                progress::trouble(None);
                telemetry::polled(&system.id, hub.clock.now());
                until_next(&hub, &system)
            }
            // An operator has to look at the hold; the other kinds go on at their own pace.
            Err(RoundError::Capture(CaptureError::Held { .. })) => until_next(&hub, &system),
            Err(error) => {
                failures += 1;
                telemetry::round_failed(&system.id, &error, failures);
                progress::trouble(error.of_the_store());
                note(&hub, &system, &error).await;
                error.rest(&system, failures)
            }
        };
        let breath = began.elapsed().min(LONGEST_BREATH);
        let waiting = async {
            stop.run_until_cancelled(tokio::time::sleep(breath)).await;
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(rest.saturating_sub(breath)) => {}
                () = system.poll_now.notified() => {}
            }
        };
        progress::rest(waiting).await;
    }
}

/// Passes the system's own signals on until stopped.
pub(super) async fn watch(system: Arc<System>, stop: CancellationToken) {
    loop {
        let signal = tokio::select! {
            () = stop.cancelled() => return,
            signal = system.connector.watch() => signal,
        };
        if signal.is_err() {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(SIGNAL_PAUSE) => {}
            }
        }
        system.poll_now.notify_one();
    }
}

async fn note(hub: &Hub, system: &System, error: &RoundError) {
    let told = error.connector().map_or_else(|| error.to_string(), ToString::to_string);
    // The failure itself has been logged; a store that cannot be written now will say so in every other place.
    let _ = hub.store.note_failure(&system.id, &told).await;
}

fn until_next(hub: &Hub, system: &System) -> Duration {
    let now = hub.clock.now();
    let next = system.settings.poll.next(system.settings.time_zone, now);
    next.map_or(IDLE_PAUSE, |next| (next - now).to_std().unwrap_or_default())
}
