//! Finding changes by looking: the digests of the last look, kept in memory, against those of this one.
//!
//! Used where the database cannot say what changed: on SQLite, and on PostgreSQL without triggers. What it knows
//! dies with the process; then the feed says so and the core sweeps, which fills the memory anew.

use std::collections::HashMap;

use crate::model::{ExternalId, RecordKind};

/// What was seen of one kind of record, and the page of the feed that was last handed out.
#[derive(Debug, Default)]
pub(super) struct Baseline {
    digests: HashMap<ExternalId, i64>,
    /// Set once everything has been looked at: only then can an absence mean something.
    complete: bool,
    /// Counts the pages handed out.
    sequence: u64,
    /// The last page, to hand out again when its receiver lost it.
    last_page: Vec<Found>,
}

/// A difference between two looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: RecordKind,
    pub(super) id: ExternalId,
    pub(super) deleted: bool,
}

impl Baseline {
    /// Notes what a sweep saw.
    pub(super) fn note(&mut self, keys: &[(ExternalId, i64)]) {
        self.digests.extend(keys.iter().cloned());
    }

    /// A sweep has been through.
    pub(super) const fn note_end(&mut self) {
        self.complete = true;
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.complete
    }

    pub(super) const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The page handed out last, when its receiver asks for it again.
    pub(super) fn again(&self, after: u64) -> Option<&[Found]> {
        (after + 1 == self.sequence).then_some(self.last_page.as_slice())
    }

    /// Compares a complete look with the last one and remembers it.
    pub(super) fn compare(&mut self, kind: RecordKind, look: HashMap<ExternalId, i64>) -> &[Found] {
        let changed = look.iter().filter(|(id, digest)| self.digests.get(*id) != Some(*digest));
        let changed = changed.map(|(id, _)| Found { kind, id: id.clone(), deleted: false });
        let gone = self.digests.keys().filter(|id| !look.contains_key(*id));
        let gone = gone.map(|id| Found { kind, id: id.clone(), deleted: true });
        let mut page: Vec<_> = changed.chain(gone).collect();
        page.sort_by(|a, b| a.id.cmp(&b.id));
        self.digests = look;
        self.complete = true;
        if !page.is_empty() {
            self.sequence += 1;
            self.last_page = page;
            return &self.last_page;
        }
        &[]
    }
}
