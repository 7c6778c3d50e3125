//! The loop that keeps the roll-ups true.

use std::time::Duration;
use tokio_util::sync::CancellationToken;

use super::left::Left;
use super::rounds::{self, Rounds};
use super::worker::Round;
use crate::hub::Hub;
use crate::rollup;
use crate::store::StoreError;

/// How many reservations from before there were figures get theirs at once.
const FILLED: u32 = 200;

struct Rollups {
    hub: Hub,
    left: Left,
}

/// Counts what is marked until stopped.
pub(super) async fn run(hub: Hub, stop: CancellationToken) {
    rounds::run(&mut Rollups { hub, left: Left::default() }, &stop).await;
}

impl Rounds for Rollups {
    // What changes within that is counted once.
    const LOOK: Duration = Duration::from_secs(2);
    const FAILED: &'static str = "the roll-ups could not be counted";

    async fn round(&mut self) -> Result<Round, StoreError> {
        let Self { hub, left } = self;
        let is_filling = hub.store.fill_figures(hub.clock.now(), FILLED).await?;
        if is_filling || rollup::work(hub, None).await?.persons > 0 {
            return Ok(Round::Busy);
        }
        if left.behind(hub.store.recount_since().await?) {
            rollup::catch_up(hub, None).await?;
        }
        Ok(Round::Idle)
    }
}
