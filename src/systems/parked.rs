//! Work that was given up: trying it again, and forgetting it.

use chrono::{DateTime, Utc};

use crate::clock::new_id;
use crate::model::journal::Entry;
use crate::model::{ObservationId, OperatorId};
use crate::store::{Queue, QueueFilter, QueueItem, Store, StoreError};

/// What to do with marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Try again, with fresh tries.
    Retry,
    /// Forget; the next difference that is seen marks it again.
    Drop,
}

impl Verb {
    const fn name(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Drop => "drop",
        }
    }
}

/// What a mark is called: `due-17`.
pub fn mark_name(item: &QueueItem) -> String {
    format!("{}-{}", item.queue.name(), item.mark_id)
}

/// The mark that is called so; `None` when no mark can be.
pub fn mark_named(name: &str) -> Option<QueueFilter> {
    let (queue, number) = name.split_once('-')?;
    let queue = Queue::ALL.into_iter().find(|known| known.name() == queue)?;
    let mark_id = number.parse().ok()?;
    Some(QueueFilter { queue: Some(queue), mark_id: Some(mark_id), ..QueueFilter::default() })
}

/// Does it with the marks that a filter means, and says so in the journal; those that a worker has are left to it. Gives
/// back how many.
///
/// # Errors
/// The store did not answer; nothing has changed then.
pub async fn change_parked(
    store: &Store,
    now: DateTime<Utc>,
    filter: &QueueFilter,
    verb: Verb,
    by: &OperatorId,
) -> Result<u64, StoreError> {
    let mark = filter.mark_id.map_or_else(|| "parked".to_owned(), |id| id.to_string());
    let queue = filter.queue.map_or("both queues", Queue::name);
    let what = format!("{} {mark} of {queue}", verb.name());
    let id = ObservationId::new(new_id());
    let entries = [Entry::decided(id, now, filter.system.clone(), by, &what)];
    match verb {
        Verb::Retry => store.queue_retry(filter, &entries, now).await,
        Verb::Drop => store.queue_drop(filter, &entries, now).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mark_is_named_as_it_is_shown() {
        let named = |name| mark_named(name).map(|filter| (filter.queue, filter.mark_id, filter.parked_only));
        assert_eq!(named("due-17"), Some((Some(Queue::Due), Some(17), false)));
        assert_eq!(named("reads-3"), Some((Some(Queue::Reads), Some(3), false)));
        for name in ["17", "due", "due-x", "outbox-1", ""] {
            assert_eq!(named(name), None, "`{name}` was read");
        }
    }
}
