//! The loop that keeps the index of the search.

use std::time::Duration;
use tokio_util::sync::CancellationToken;

use super::left::Left;
use super::worker::{Round, guarded};
use crate::finder::Keeper;
use crate::hub::Hub;
use crate::queue::progress;
use crate::store::StoreError;

/// How often the loop looks for marks.
const LOOK: Duration = Duration::from_secs(1);
/// How long it rests after a failure.
const PAUSE: Duration = Duration::from_secs(15);

/// Keeps the index until stopped.
pub(super) async fn run(hub: Hub, stop: CancellationToken) {
    let keeper = Keeper::new(&hub);
    let mut left = Left::default();
    while !stop.is_cancelled() {
        let round = async { Ok(round(&hub, &keeper, &mut left).await?) };
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
                tracing::warn!(error = %error, "the index of the search could not be kept; it is tried again");
                PAUSE
            }
        };
        progress::rest(stop.run_until_cancelled(tokio::time::sleep(rest))).await;
    }
    // Another daemon need not wait until the lease ends.
    let _ = keeper.rest().await;
}

async fn round(hub: &Hub, keeper: &Keeper, left: &mut Left) -> Result<Round, StoreError> {
    if keeper.work().await? > 0 {
        return Ok(Round::Busy);
    }
    if left.behind(hub.store.search_since().await?.map(|since| (since.at, since.touched))) {
        keeper.catch_up().await?;
    }
    keeper.rest().await?;
    Ok(Round::Idle)
}
