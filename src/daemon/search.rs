//! The loop that keeps the index of the search.

use std::time::Duration;
use tokio_util::sync::CancellationToken;

use super::left::Left;
use super::rounds::{self, Rounds};
use super::worker::Round;
use crate::finder::Keeper;
use crate::hub::Hub;
use crate::store::StoreError;

struct Search {
    hub: Hub,
    keeper: Keeper,
    left: Left,
}

/// Keeps the index until stopped.
pub(super) async fn run(hub: Hub, stop: CancellationToken) {
    let mut search = Search { keeper: Keeper::new(&hub), hub, left: Left::default() };
    rounds::run(&mut search, &stop).await;
    // Another daemon need not wait until the lease ends.
    let _ = search.keeper.rest().await;
}

impl Rounds for Search {
    const LOOK: Duration = Duration::from_secs(1);
    const FAILED: &'static str = "the index of the search could not be kept";

    async fn round(&mut self) -> Result<Round, StoreError> {
        if self.keeper.work().await? > 0 {
            return Ok(Round::Busy);
        }
        if self.left.behind(self.hub.store.search_since().await?) {
            self.keeper.catch_up().await?;
        }
        self.keeper.rest().await?;
        Ok(Round::Idle)
    }
}
