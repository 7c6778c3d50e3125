//! Where a feed stands. Pure.
//!
//! The search stamps whole batches with one millisecond, lists rows of one stamp in no order, gives 10,000 results of a
//! query at most, and knows of a change only some seconds later. So each page is a query of its own that begins at the
//! last stamp of the page before; a stamp that fills a page by itself is walked by id. A poll reads back over the lag
//! until nothing that old can still come, and leaves out what it has seen.

use serde::{Deserialize, Serialize};

use crate::connectors::Cursor;

/// Most rows that a position remembers; beyond them the oldest are read twice, which does no harm.
const MAX_SEEN: usize = 5_000;

/// A row's place: stamp in milliseconds of Unix time, then id.
pub(super) type Place = (i64, u64);

/// Where a poll stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// The newest stamp seen.
    high: i64,
    /// When that stamp was first seen, by this machine's clock in milliseconds.
    high_seen_at: i64,
    /// The page to come, while a walk is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    walk: Option<Query>,
    /// The rows that may be listed again and were seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    seen: Vec<Place>,
}

/// What a page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Query {
    /// Rows of this stamp and later ones, by stamp.
    Since(i64),
    /// Rows of one stamp with later ids, by id.
    At(i64, u64),
}

/// What a page has brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// The new rows.
    pub(super) fresh: Vec<Place>,
    pub(super) next: Position,
    /// The walk goes on.
    pub(super) more: bool,
}

impl Position {
    /// The present, given the newest stamp of the feed.
    pub(super) fn at(newest: Option<i64>, now: i64) -> Self {
        Self { high: newest.unwrap_or(0), high_seen_at: now, ..Self::default() }
    }

    pub(super) fn parse(cursor: &Cursor) -> Option<Self> {
        serde_json::from_str(&cursor.0).ok()
    }

    pub(super) fn cursor(&self) -> Cursor {
        Cursor(serde_json::to_string(self).expect("numbers are JSON"))
    }

    /// The page to ask for. `overlap` is how long a change may take until the search knows of it.
    pub(super) fn query(&self, overlap: i64, now: i64) -> Query {
        let begin = if self.is_settled(overlap, now) { self.high + 1 } else { self.high - overlap };
        self.walk.unwrap_or(Query::Since(begin.max(0)))
    }

    /// Whether the search knows of everything up to the newest stamp.
    const fn is_settled(&self, overlap: i64, now: i64) -> bool {
        now - self.high_seen_at > overlap
    }

    /// Takes a page in that `query` has brought, of which `is_full` says whether there may be more.
    pub(super) fn advance(
        &self,
        query: Query,
        rows: &[Place],
        is_full: bool,
        overlap: i64,
        now: i64,
    ) -> Step {
        let fresh: Vec<Place> =
            rows.iter().filter(|place| self.seen.binary_search(place).is_err()).copied().collect();
        let first = rows.iter().map(|(stamp, _)| *stamp).min().unwrap_or(self.high);
        let last = rows.iter().map(|(stamp, _)| *stamp).max().unwrap_or(self.high);
        let walk = match query {
            Query::Since(_) if !is_full => None,
            Query::Since(begin) if first == last || last == begin => Some(Query::At(last, 0)),
            Query::Since(_) => Some(Query::Since(last)),
            Query::At(stamp, _) if is_full => {
                Some(Query::At(stamp, rows.iter().map(|(_, id)| *id).max().unwrap_or(0)))
            }
            Query::At(stamp, _) => Some(Query::Since(stamp + 1)),
        };
        let (high, high_seen_at) =
            if last > self.high { (last, now) } else { (self.high, self.high_seen_at) };
        let mut seen: Vec<Place> = self.seen.iter().chain(&fresh).copied().collect();
        let next = Self { high, high_seen_at, walk, seen: Vec::new() };
        let floor = if next.is_settled(overlap, now) { high } else { high - overlap - 1 };
        seen.retain(|(stamp, _)| *stamp > floor);
        seen.sort_unstable();
        seen.dedup();
        seen.drain(..seen.len().saturating_sub(MAX_SEEN));
        Step { fresh, more: walk.is_some(), next: Self { seen, ..next } }
    }
}
