//! The loop that keeps the roll-ups true.

use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

use super::worker::{Round, guarded};
use crate::hub::Hub;
use crate::queue::progress;
use crate::rollup;
use crate::store::{RecountSince, StoreError};

/// How often the loop looks for marks: what changes within that is counted once.
const LOOK: Duration = Duration::from_secs(2);
/// How long it rests after a failure.
const PAUSE: Duration = Duration::from_secs(15);
/// How many reservations from before there were figures get theirs at once.
const FILLED: u32 = 200;
/// An import that has brought nothing for so long is not going to count what it has brought.
const PATIENCE: Duration = Duration::from_mins(15);

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
    if left.behind(hub.store.recount_since().await?) {
        rollup::catch_up(hub, None).await?;
    }
    Ok(Round::Idle)
}

/// What an import has left to be counted, and since when it is known.
#[derive(Default)]
struct Left(Option<(RecountSince, Instant)>);

impl Left {
    /// Whether nobody else is going to count it.
    fn behind(&mut self, since: Option<RecountSince>) -> bool {
        let Some(since) = since else {
            self.0 = None;
            return false;
        };
        match self.0 {
            Some((known, at)) if known == since => at.elapsed() >= PATIENCE,
            Some(_) => {
                self.0 = Some((since, Instant::now()));
                false
            }
            None => {
                self.0 = Some((since, Instant::now()));
                // What a migration has noted belongs to nobody.
                since.at == chrono::DateTime::UNIX_EPOCH
            }
        }
    }
}
