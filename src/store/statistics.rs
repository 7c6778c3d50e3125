//! What PostgreSQL believes of its tables while they grow from nothing.
//!
//! Its own look comes about a minute late. A plan that it has made and kept for an empty table reads the whole of it for
//! every single row until then, which is most of what a first import would cost it.

use std::sync::atomic::{AtomicU64, Ordering};

use super::error::StoreError;
use super::open::Store;

/// After so many new links it looks for the first time; then each time when there are four times as many.
const FIRST_LOOK: u64 = 500;
/// How much more there has to be for another look.
const FACTOR: u64 = 4;

/// How much this process has added since it began.
#[derive(Debug)]
pub(super) struct Growth {
    added: AtomicU64,
    next_look: AtomicU64,
}

impl Growth {
    pub(super) const fn new() -> Self {
        Self { added: AtomicU64::new(0), next_look: AtomicU64::new(FIRST_LOOK) }
    }

    /// Notes that `n` more are there, and says whether it is time for a look: to one caller only.
    pub(super) fn is_time_for_a_look(&self, n: usize) -> bool {
        let added = self.added.fetch_add(n as u64, Ordering::Relaxed) + n as u64;
        let due = self.next_look.load(Ordering::Relaxed);
        let next = added.saturating_mul(FACTOR);
        added >= due
            && self.next_look.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl Store {
    /// Has the database look at what it holds, after much has come in at once.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not answer.
    pub async fn freshen_statistics(&self) -> Result<(), StoreError> {
        let Some(statements) = self.dialect().freshen_statistics() else { return Ok(()) };
        let mut transaction = self.writer().await?;
        for statement in statements.iter().copied() {
            sqlx::query(statement).execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The same when enough has been added since. What was stored stays stored whatever comes of it.
    pub(super) async fn freshen_statistics_after(&self, n_links: usize) {
        if self.0.growth.is_time_for_a_look(n_links)
            && let Err(error) = self.freshen_statistics().await
        {
            tracing::warn!(%error, "the database has not looked at its tables anew");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_become_rarer_as_there_is_more() {
        let growth = Growth::new();
        let looks: Vec<u64> = (1..=100)
            .filter(|_| growth.is_time_for_a_look(100))
            .map(|_| growth.added.load(Ordering::Relaxed))
            .collect();
        assert_eq!(looks, [500, 2_000, 8_000]);
    }
}
