//! Where an import's rows come from: a system's own interface, or files that it has exported.

use async_trait::async_trait;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use crate::model::Observation;

/// So many reasons are told apart; more are counted together.
const REASONS: usize = 200;

/// Something that remembers history and tells it page by page, always in the same order.
#[async_trait]
pub trait Source: Send {
    /// The next rows after `after`, the position of an earlier page; from the beginning without one.
    ///
    /// # Errors
    /// The source as a whole cannot be read any further. A bad row is no error: it is one of the page's rejects.
    async fn next(&mut self, after: Option<&Position>) -> Result<Page, SourceError>;
}

/// A place in a source, in its own words: what was told before it is not told again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position(pub String);

/// Some rows of a source.
#[derive(Debug)]
pub struct Page {
    /// How many rows it is made of, good and bad: an observation may be made of several.
    pub rows: u64,
    /// What the good rows say, of origin `history`.
    pub observations: Vec<Observation>,
    /// The bad rows.
    pub rejects: Vec<Reject>,
    /// Rows that are among the good ones but for a field: what of them was left out or kept as it was typed, and why.
    pub remarks: Vec<Reject>,
    /// Where the source goes on; `None` at its end.
    pub next: Option<Position>,
}

/// A row that cannot be taken.
#[derive(Clone, PartialEq, Eq)]
pub struct Reject {
    /// The file, or the stream of a system.
    pub origin: String,
    /// The line, counted from 1; where there are no lines, the number of the row.
    pub line: u64,
    /// The field, as the source names it; empty when it is about the whole row.
    pub field: String,
    /// Why, and what to do, without the value.
    pub reason: String,
    /// The line that is to blame, where it is another one.
    pub because_of: Option<u64>,
    /// The row itself. It may hold personal data: it goes into the file of rejects and nowhere else.
    pub row: String,
}

impl std::fmt::Debug for Reject {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { origin, line, field, reason, because_of, row: _ } = self;
        write!(out, "{origin}:{line}: {field}: {reason}")?;
        because_of.map_or(Ok(()), |line| write!(out, " (line {line})"))
    }
}

impl Reject {
    /// Writes it as a line of a file of bad rows; `outcome` is `rejected` or `flagged`.
    pub(crate) fn write(&self, outcome: &str, out: &mut impl Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Entry<'a> {
            outcome: &'a str,
            origin: &'a str,
            line: u64,
            field: &'a str,
            reason: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            because_of_line: Option<u64>,
            row: &'a str,
        }
        let Self { origin, line, field, reason, because_of, row } = self;
        let (line, because_of_line) = (*line, *because_of);
        serde_json::to_writer(
            &mut *out,
            &Entry { outcome, origin, line, field, reason, because_of_line, row },
        )?;
        out.write_all(b"\n")
    }
}

/// Counts why, and gives back how many rows it is about: a row may have several faults.
pub(crate) fn count(faults: &[Reject], reasons: &mut BTreeMap<String, u64>) -> u64 {
    let mut rows = BTreeSet::new();
    for Reject { origin, line, field, reason, .. } in faults {
        rows.insert((origin, line));
        let reason = if field.is_empty() { reason.clone() } else { format!("{field}: {reason}") };
        let is_known = reasons.contains_key(&reason) || reasons.len() < REASONS;
        *reasons.entry(if is_known { reason } else { "other reasons".to_owned() }).or_default() += 1;
    }
    rows.len() as u64
}

/// Why a source cannot be read any further.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file or folder cannot be read.
    #[error("could not read `{path}`")]
    File {
        /// Its path.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is not what it should be, from its beginning on.
    #[error("{path}: {why}")]
    Format {
        /// Its path.
        path: String,
        /// What is wrong, and what to do.
        why: String,
    },
    /// The system did not answer as it should.
    #[error(transparent)]
    System(#[from] crate::connectors::ConnectorError),
    /// The source has changed since the position was noted: what was told before it cannot be known.
    #[error("{what} has changed since the import was interrupted: start it anew with `--restart`")]
    Moved {
        /// The file or stream.
        what: String,
    },
}
