//! Where a feed stands. Pure.
//!
//! The search stamps whole batches with one millisecond, lists rows of one stamp in no order, gives 10,000 results of a
//! query at most, and knows of a change only some seconds later. So each page is a query of its own that begins at the
//! last stamp of the page before; a stamp that fills a page by itself is walked by id. Polls look back over the lag until
//! nothing that old can still come, and leave out what was seen: each of them while that fits into a page, else one as
//! often as the lag is long.

use serde::{Deserialize, Serialize};

use crate::connectors::Cursor;

/// Most rows that a position remembers; beyond them the oldest are read twice, which does no harm.
const MAX_SEEN: usize = 10_000;

/// A row's place: stamp in milliseconds of Unix time, then id.
pub(super) type Place = (i64, u64);

/// Where a poll stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// The newest stamp seen.
    high: i64,
    /// When that stamp was first seen, by this machine's clock in milliseconds.
    high_seen_at: i64,
    /// Everything before this stamp was listed when the search knew of it all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sure: Option<i64>,
    /// What will be sure when the walk under way has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    soon_sure: Option<i64>,
    /// When a walk last began at what is sure.
    #[serde(default)]
    looked_back_at: i64,
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

/// How far the search may be behind at a moment, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lag {
    /// How long a change may take until the search knows of it.
    pub(super) longest: i64,
    /// The moment, by this machine's clock.
    pub(super) now: i64,
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
        Self { high: newest.unwrap_or(0), high_seen_at: now, looked_back_at: now, ..Self::default() }
    }

    pub(super) fn parse(cursor: &Cursor) -> Option<Self> {
        serde_json::from_str(&cursor.0).ok()
    }

    pub(super) fn cursor(&self) -> Cursor {
        Cursor(serde_json::to_string(self).expect("numbers are JSON"))
    }

    /// The page to ask for, of so many rows at most.
    pub(super) fn query(&self, size: usize, lag: Lag) -> Query {
        let sure = self.sure(lag);
        let is_due = lag.now - self.looked_back_at > lag.longest;
        let begin = if is_due || self.seen.len() < size / 2 { sure } else { sure.max(self.high) };
        self.walk.unwrap_or(Query::Since(begin.max(0)))
    }

    fn sure(&self, lag: Lag) -> i64 {
        self.sure.unwrap_or(self.high - lag.longest)
    }

    /// What a walk that begins now makes sure: its system's clock has gone on since the newest stamp was seen.
    fn sure_by_now(&self, lag: Lag) -> i64 {
        let known = self.high + lag.now.saturating_sub(self.high_seen_at) - lag.longest;
        known.max(self.sure(lag))
    }

    /// Takes a page in that `query` has brought, of which `is_full` says whether there may be more.
    pub(super) fn advance(&self, query: Query, rows: &[Place], is_full: bool, lag: Lag) -> Step {
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
        let looks_back =
            self.walk.is_none() && matches!(query, Query::Since(begin) if begin <= self.sure(lag).max(0));
        let (soon_sure, looked_back_at) = if looks_back {
            (Some(self.sure_by_now(lag)), lag.now)
        } else {
            (self.soon_sure, self.looked_back_at)
        };
        let (high, high_seen_at) =
            if last > self.high { (last, lag.now) } else { (self.high, self.high_seen_at) };
        // A clock of this machine that leaps makes nothing sure that the system has not come to.
        let sure = soon_sure.filter(|_| walk.is_none()).map_or(self.sure(lag), |sure| sure.min(high + 1));
        let soon_sure = soon_sure.filter(|_| walk.is_some());
        let mut seen: Vec<Place> = self.seen.iter().chain(&fresh).copied().collect();
        seen.retain(|(stamp, _)| *stamp >= sure);
        seen.sort_unstable();
        seen.dedup();
        seen.drain(..seen.len().saturating_sub(MAX_SEEN));
        let next = Self { high, high_seen_at, sure: Some(sure), soon_sure, looked_back_at, walk, seen };
        Step { fresh, more: walk.is_some(), next }
    }
}
