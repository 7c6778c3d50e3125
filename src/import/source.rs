//! Where an import's rows come from: a system's own interface, or files that it has exported.

use async_trait::async_trait;

use crate::model::Observation;

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
    /// The row itself. It may hold personal data: it goes into the file of rejects and nowhere else.
    pub row: String,
}

impl std::fmt::Debug for Reject {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { origin, line, field, reason, row: _ } = self;
        write!(out, "{origin}:{line}: {field}: {reason}")
    }
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
