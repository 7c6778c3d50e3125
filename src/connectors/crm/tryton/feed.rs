//! Change feeds: where a poll stands, and which rows of a page are new.
//!
//! Tryton stamps every row with the start of its transaction, so a stamp says nothing about the order of commits:
//! each poll reads a window back from the newest stamp and leaves out what it has seen. `write_date` is null until
//! the first change, so a feed is two walks, by `write_date` and by `create_date` of rows never changed, merged;
//! what fits into one page is no walk and needs no order.
//! Relations carry no stamp that means anything; their feed goes by their ids in place of stamps.
//! This module computes; it makes no calls.

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::wire;

/// Most rows that a position remembers; beyond them the oldest are read twice, which does no harm.
const MAX_SEEN: usize = 5_000;

/// A row's place in a feed: stamp in microseconds of Unix time (or id, where there are no stamps), then id.
pub(super) type Place = (i64, i64);

/// Where a poll stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Position {
    /// The newest stamp seen.
    high: i64,
    /// The last row of the page before, while a walk is under way.
    walked: Option<Place>,
    /// The rows inside the window that were seen.
    seen: Vec<Place>,
}

/// One page of a walk.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// The ids of new rows, oldest first.
    pub(super) fresh: Vec<i64>,
    pub(super) next: Position,
    /// The walk goes on.
    pub(super) more: bool,
}

impl Position {
    /// The present, given the newest stamp of the feed.
    pub(super) fn at(newest: Option<i64>) -> Self {
        Self { high: newest.unwrap_or(0), ..Self::default() }
    }

    /// The rows before which everything has been read.
    pub(super) fn lower(&self, window: i64) -> Place {
        self.walked.unwrap_or((self.high - window, 0))
    }

    /// Whether a page before did not hold all that was new.
    pub(super) const fn is_walking(&self) -> bool {
        self.walked.is_some()
    }

    /// Takes the halves of a page in: rows changed since the lower place, and rows created since and never changed,
    /// each at most `limit` long and, if it is that long, in order. Halves that are shorter may come as one.
    pub(super) fn advance(&self, halves: &[Vec<Place>], limit: usize, window: i64) -> Page {
        // A half that is full may go on before the other one ends: nothing after its last row is certain.
        let ends = halves.iter().filter(|half| half.len() >= limit);
        let certain = ends.filter_map(|half| half.last().copied()).min();
        let mut rows: Vec<Place> = halves.iter().flatten().copied().collect();
        rows.sort_unstable();
        rows.dedup();
        rows.retain(|place| certain.is_none_or(|end| *place <= end));
        let fresh =
            rows.iter().filter(|place| self.seen.binary_search(place).is_err()).map(|(_, id)| *id).collect();
        let high = rows.iter().map(|(stamp, _)| *stamp).max().unwrap_or(self.high).max(self.high);
        let floor = high - window;
        let mut seen: Vec<Place> = self.seen.iter().chain(&rows).copied().collect();
        seen.retain(|(stamp, _)| *stamp > floor);
        seen.sort_unstable();
        seen.dedup();
        seen.drain(..seen.len().saturating_sub(MAX_SEEN));
        Page { fresh, next: Self { high, walked: certain, seen }, more: certain.is_some() }
    }
}

/// The rows whose stamp `field` comes after a place.
pub(super) fn after(field: &str, (stamp, id): Place) -> Json {
    let at = wire::instant(wire::from_micros(stamp));
    json!(["OR", [field, ">", at], [[field, "=", at], ["id", ">", id]]])
}
