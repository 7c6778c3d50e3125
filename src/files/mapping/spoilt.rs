//! Which records of a file cannot be put together from their rows: seen by going through the whole file once before.
//!
//! So what becomes of a row never depends on where reading began, and nothing is told of a record of which a row turns up
//! later.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::model::RemoteRef;

/// Whose a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whose {
    /// It is none of the mapping's.
    Nobodys,
    /// Its id cannot be read: it may be any record's.
    Unknown,
    /// This record's.
    Of(RemoteRef),
}

/// Why a record cannot be put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    Apart,
    TooMany,
    Beside,
}

impl Why {
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Apart => {
                "the rows of this record do not all follow one another, so that it is not taken: sort the export by it"
            }
            Self::TooMany => {
                "this record has more rows than `most_rows`: the column is no id of a record, or the limit is too low"
            }
            Self::Beside => {
                "a row beside those of this record has no id that can be read and may be one of them: it is taken whole or \
                 not at all"
            }
        }
    }
}

/// The records that cannot be put together, each with the line that is to blame.
#[derive(Debug, Default)]
pub(crate) struct Spoilt(HashMap<u64, (Why, u64)>);

impl Spoilt {
    pub(crate) fn has(&self, subject: &RemoteRef) -> bool {
        self.0.contains_key(&digest(subject))
    }

    pub(super) fn why(&self, subject: &RemoteRef) -> Option<(Why, u64)> {
        self.0.get(&digest(subject)).copied()
    }

    fn note(&mut self, record: u64, why: Why, line: u64) {
        self.0.entry(record).or_insert((why, line));
    }
}

/// Eight bytes tell ten million records apart.
fn digest(subject: &RemoteRef) -> u64 {
    let mut hasher = DefaultHasher::new();
    subject.hash(&mut hasher);
    hasher.finish()
}

/// A file being gone through.
pub(crate) struct Survey {
    most: usize,
    seen: HashSet<u64>,
    spoilt: Spoilt,
    run: Option<Run>,
    /// The last row is one whose id cannot be read.
    unknown: Option<u64>,
}

/// Rows of one record that follow one another, with those between them that are nobody's.
struct Run {
    record: u64,
    rows: usize,
}

impl Survey {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, seen: HashSet::new(), spoilt: Spoilt::default(), run: None, unknown: None }
    }

    /// Notes the next row.
    pub(crate) fn note(&mut self, line: u64, whose: &Whose) {
        match whose {
            Whose::Nobodys => self.run.iter_mut().for_each(|run| run.rows += 1),
            Whose::Unknown => {
                if let Some(run) = self.run.take() {
                    self.spoilt.note(run.record, Why::Beside, line);
                }
                self.unknown = Some(line);
            }
            Whose::Of(subject) => self.row(line, digest(subject)),
        }
    }

    fn row(&mut self, line: u64, record: u64) {
        if let Some(run) = self.run.as_mut().filter(|run| run.record == record) {
            run.rows += 1;
            if run.rows > self.most {
                self.spoilt.note(record, Why::TooMany, line);
            }
        } else {
            if !self.seen.insert(record) {
                self.spoilt.note(record, Why::Apart, line);
            }
            self.run = Some(Run { record, rows: 1 });
        }
        if let Some(bad) = self.unknown.take() {
            self.spoilt.note(record, Why::Beside, bad);
        }
    }

    pub(crate) fn finish(self) -> Spoilt {
        self.spoilt
    }
}
