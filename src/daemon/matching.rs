//! The loop that looks for duplicates: of what changes at once, and of all by a schedule.

use chrono::TimeDelta;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

use super::left::Left;
use super::rounds::{self, Rounds};
use super::worker::Round;
use crate::clock::new_id;
use crate::hub::Hub;
use crate::matching::{Matcher, Scanned, report};
use crate::store::StoreError;
use crate::telemetry;

/// How long a scan that died holds its slot.
const LEASE: TimeDelta = TimeDelta::minutes(30);
/// The job under which the slots of the schedule are kept.
const JOB: &str = "duplicates";

struct Duplicates {
    hub: Hub,
    matcher: Matcher,
    left: Left,
}

/// Looks for duplicates until stopped.
pub(super) async fn run(hub: Hub, stop: CancellationToken) {
    let mut duplicates = Duplicates { matcher: Matcher::new(&hub), hub, left: Left::default() };
    rounds::run(&mut duplicates, &stop).await;
    // Another daemon need not wait until the lease ends.
    let _ = duplicates.matcher.rest().await;
}

impl Rounds for Duplicates {
    const LOOK: Duration = Duration::from_secs(1);
    const FAILED: &'static str = "duplicates could not be looked for";

    async fn round(&mut self) -> Result<Round, StoreError> {
        let Self { hub, matcher, left } = self;
        let worked = matcher.keep_up().await?;
        if worked.is_elsewhere {
            return Ok(Round::Idle);
        }
        if worked.profiles > 0 || worked.scanned.is_some() {
            return Ok(Round::Busy);
        }
        if left.behind(hub.store.match_since().await?) {
            matcher.scan().await?;
        }
        scheduled(hub, matcher).await?;
        matcher.rest().await?;
        Ok(Round::Idle)
    }
}

/// Looks at all profiles when the schedule says so, and tells what there is.
async fn scheduled(hub: &Hub, matcher: &Matcher) -> Result<(), StoreError> {
    let Some(schedule) = &hub.matching.schedule else { return Ok(()) };
    let now = hub.clock.now();
    let last = hub.store.last_run(JOB).await?.map(|run| run.slot);
    let Some(slot) = schedule.due_slot(hub.matching.time_zone, last, now) else { return Ok(()) };
    let token = new_id();
    if !hub.store.claim_slot(JOB, slot, now, now + LEASE, token).await? {
        return Ok(());
    }
    // A hub that has never been looked at is so when there is something in it.
    if last.is_some()
        && let Some(scanned) = matcher.scan().await?
    {
        tell(hub, &scanned).await?;
    }
    hub.store.record_run(JOB, slot, hub.clock.now(), token).await?;
    telemetry::job_done(JOB, hub.clock.now());
    Ok(())
}

/// The report of the day: counts, in the log and as metrics.
async fn tell(hub: &Hub, scanned: &Scanned) -> Result<(), StoreError> {
    let report = report(&hub.store).await?;
    let of = |band: &str| report.open.get(band).copied().unwrap_or_default();
    let decided = |state: &str| report.proposals.get(state).copied().unwrap_or_default();
    tracing::info!(
        profiles = scanned.profiles,
        pairs = scanned.judged,
        capped_blocks = scanned.capped,
        identity = of("identity"),
        strong = of("strong"),
        probable = of("probable"),
        accepted = decided("accepted"),
        rejected = decided("rejected"),
        "all profiles were compared: so many proposals wait"
    );
    for band in ["identity", "strong", "probable"] {
        telemetry::duplicates_open(band, of(band));
    }
    Ok(())
}
