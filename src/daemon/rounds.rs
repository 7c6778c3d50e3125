//! The loops that work off what is marked in the store, round by round.

use std::future::Future;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

use super::worker::{Round, guarded};
use crate::queue::progress;
use crate::store::StoreError;

/// How long a loop rests after a failure.
const PAUSE: Duration = Duration::from_secs(15);

/// Work that is done in rounds.
pub(super) trait Rounds: Send {
    /// How long the loop rests where there was no work.
    const LOOK: Duration;
    /// What is told after a failure.
    const FAILED: &'static str;

    /// Does some of it.
    fn round(&mut self) -> impl Future<Output = Result<Round, StoreError>> + Send;
}

/// Does one round after the other until stopped, and tries again what failed.
pub(super) async fn run<W: Rounds>(work: &mut W, stop: &CancellationToken) {
    while !stop.is_cancelled() {
        let round = async { Ok(work.round().await?) };
        let rest = match guarded(Box::pin(round)).await {
            Ok(Round::Busy) => {
                progress::beat();
                continue;
            }
            Ok(Round::Idle) => {
                progress::beat();
                W::LOOK
            }
            Err(error) => {
                tracing::warn!(error = %error, "{}; it is tried again", W::FAILED);
                PAUSE
            }
        };
        progress::rest(stop.run_until_cancelled(tokio::time::sleep(rest))).await;
    }
}
