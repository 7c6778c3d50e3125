//! The loop that keeps the roll-ups true.

use std::time::Duration;
use tokio_util::sync::CancellationToken;

use super::left::Left;
use super::worker::{Round, guarded};
use crate::hub::Hub;
use crate::queue::progress;
use crate::rollup;
use crate::store::StoreError;

/// How often the loop looks for marks: what changes within that is counted once.
const LOOK: Duration = Duration::from_secs(2);
/// How long it rests after a failure.
const PAUSE: Duration = Duration::from_secs(15);
/// How many reservations from before there were figures get theirs at once.
const FILLED: u32 = 200;

/// Counts what is marked until stopped.
pub(super) async fn run(hub: Hub, stop: CancellationToken) {
    let mut left = Left::default();
    while !stop.is_cancelled() {
        let round = async { Ok(round(&hub, &mut left).await?) };
        let rest = match guarded(Box::pin(round)).await {
            Ok(Round::Busy) => {
                progress::beat();
                continue;
            }
            Ok(Round::Idle) => {
                progress::beat();
                LOOK
            }
            Err(error) => {
                tracing::warn!(error = %error, "the roll-ups could not be counted; they are tried again");
                PAUSE
            }
        };
        progress::rest(stop.run_until_cancelled(tokio::time::sleep(rest))).await;
    }
}

async fn round(hub: &Hub, left: &mut Left) -> Result<Round, StoreError> {
    if hub.store.fill_figures(hub.clock.now(), FILLED).await? || rollup::work(hub, None).await?.persons > 0 {
        return Ok(Round::Busy);
    }
    if left.behind(hub.store.recount_since().await?.map(|since| (since.at, since.touched))) {
        rollup::catch_up(hub, None).await?;
    }
    Ok(Round::Idle)
}
