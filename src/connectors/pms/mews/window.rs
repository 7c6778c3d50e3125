//! Where a feed stands: of each of its listings, which span of time has been listed and which is being listed. Pure.
//!
//! Mews lists at most three months at once, newest first, and goes on behind a row. What changes while a span is being
//! listed gets a later stamp and belongs to the next one, which begins earlier than this one ends.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

use crate::connectors::Cursor;

/// Where each listing of a feed stands, by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Places(BTreeMap<String, Place>);

/// A place in a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Everything that was stamped before has been listed.
    pub(super) since: DateTime<Utc>,
    /// The span that is being listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) listing: Option<Span>,
}

/// A span of time that is being listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Span {
    pub(super) from: DateTime<Utc>,
    pub(super) until: DateTime<Utc>,
    /// The last row of the page before; `None` for the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<String>,
}

impl Span {
    /// As a filter of Mews, whose stamps have whole seconds.
    pub(super) fn filter(&self) -> Json {
        let stamp = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        json!({"StartUtc": stamp(self.from), "EndUtc": stamp(self.until)})
    }
}

impl Places {
    /// All of `names` at `since`.
    pub(super) fn at<'a>(names: impl Iterator<Item = &'a str>, since: DateTime<Utc>) -> Self {
        Self(names.map(|name| (name.to_owned(), Place::at(since))).collect())
    }

    pub(super) fn parse(cursor: &Cursor) -> Option<Self> {
        serde_json::from_str(&cursor.0).ok()
    }

    pub(super) fn cursor(&self) -> Cursor {
        Cursor(serde_json::to_string(self).expect("stamps and ids are JSON"))
    }

    /// Where `name` stands: at the present where it was not listed before.
    pub(super) fn of(&self, name: &str, now: DateTime<Utc>) -> Place {
        self.0.get(name).cloned().unwrap_or_else(|| Place::at(now))
    }

    pub(super) fn set(&mut self, name: &str, place: Place) {
        self.0.insert(name.to_owned(), place);
    }
}

impl Place {
    pub(super) const fn at(since: DateTime<Utc>) -> Self {
        Self { since, listing: None }
    }

    /// Whether the next page does not reach the present: a span is being listed, or is too long to be listed at once.
    pub(super) fn is_behind(&self, now: DateTime<Utc>, overlap: TimeDelta, longest: TimeDelta) -> bool {
        self.listing.is_some() || self.since - overlap + longest < now
    }

    /// The span to list at `now`: the one begun, or the next one, reading back over `overlap` and at most `longest`.
    pub(super) fn span(&self, now: DateTime<Utc>, overlap: TimeDelta, longest: TimeDelta) -> Span {
        self.listing.clone().unwrap_or_else(|| {
            let from = self.since - overlap;
            Span { from, until: now.max(from).min(from + longest), after: None }
        })
    }

    /// Where to go on after a page of `span` that ends at `next`.
    pub(super) fn after(&self, span: &Span, next: Option<String>) -> Self {
        let since = if next.is_some() {
            self.since
        } else {
            // A clock that was set back must not make the feed list again what it has listed.
            span.until.max(self.since)
        };
        let listing = next.map(|after| Span { from: span.from, until: span.until, after: Some(after) });
        Self { since, listing }
    }
}
