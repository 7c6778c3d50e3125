//! What the last pages of each feed were made of. Every poll lists anew what the one before may have missed: rows that
//! have been told as they are need not be read again with all that belongs to them.
//!
//! It is lost when the daemon stops, which costs reading them once more.

use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::connectors::Cursor;

/// More rows than this are not remembered of a feed.
const MOST: usize = 100_000;

/// The digests of rows.
pub(super) type Digests = Vec<i64>;

/// What each feed has told.
#[derive(Default)]
pub(super) struct Memory(Mutex<HashMap<&'static str, Told>>);

/// What one feed has told.
#[derive(Default)]
pub(super) struct Told {
    /// Rows of pages that are kept, with the time at which they were told.
    kept: HashMap<i64, DateTime<Utc>>,
    /// The last page: it is kept when somebody asks for what follows it.
    last: Option<Last>,
}

struct Last {
    next: Cursor,
    made_of: Digests,
    at: DateTime<Utc>,
}

impl Memory {
    /// Does something with what `feed` has told.
    pub(super) fn of<T>(&self, feed: &'static str, act: impl FnOnce(&mut Told) -> T) -> T {
        let mut feeds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(feeds.entry(feed).or_default())
    }
}

impl Told {
    /// Somebody goes on at `cursor`: the page that ended there is kept, any other is not. What was told before `oldest`
    /// will not be listed again.
    pub(super) fn go_on(&mut self, cursor: &Cursor, oldest: DateTime<Utc>) {
        self.kept.retain(|_, at| *at >= oldest);
        let Some(last) = self.last.take().filter(|last| last.next == *cursor) else { return };
        if self.kept.len() + last.made_of.len() <= MOST {
            self.kept.extend(last.made_of.into_iter().map(|digest| (digest, last.at)));
        }
    }

    /// Whether a row has been told as it is.
    pub(super) fn contains(&self, digest: i64) -> bool {
        self.kept.contains_key(&digest)
    }

    /// A page from `cursor` to `next` was told at `at`. A page that leads nowhere could not be told from one that was
    /// lost: it is not remembered.
    pub(super) fn page(&mut self, (cursor, next): (&Cursor, &Cursor), made_of: Digests, at: DateTime<Utc>) {
        self.last = (cursor != next).then(|| Last { next: next.clone(), made_of, at });
    }
}
