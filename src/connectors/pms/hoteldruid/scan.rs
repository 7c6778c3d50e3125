//! Finding changes by looking: the digests of the last look, kept in memory, against those of this one.
//!
//! Used where the database cannot say what changed: on SQLite, and on PostgreSQL without triggers. What it knows
//! dies with the process; then the feed says so and the core sweeps, which fills the memory anew.

use std::collections::HashMap;

use crate::model::{ExternalId, RecordKind};

/// What was seen of one half of the hotel, and the page of the feed that was handed out last.
#[derive(Debug, Default)]
pub(super) struct Baseline {
    digests: HashMap<(RecordKind, ExternalId), i64>,
    /// Set once everything has been looked at: only then can an absence mean something.
    complete: bool,
    /// Counts the pages handed out.
    sequence: u64,
    /// The last page, to hand out again when its receiver lost it.
    last_page: Vec<Found>,
    /// The version of the file before the last look, where the file has one.
    pub(super) version: Option<i64>,
}

/// A difference between two looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: RecordKind,
    pub(super) id: ExternalId,
    pub(super) deleted: bool,
}

impl Baseline {
    /// Notes what a sweep saw; `is_last` when it has been through.
    pub(super) fn note(&mut self, kind: RecordKind, keys: &[(ExternalId, i64)], is_last: bool) {
        self.digests.extend(keys.iter().map(|(id, digest)| ((kind, id.clone()), *digest)));
        self.complete |= is_last;
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

    /// Compares a complete look at one kind with the last one and remembers it.
    pub(super) fn compare(
        &mut self,
        kind: RecordKind,
        look: HashMap<(RecordKind, ExternalId), i64>,
    ) -> Vec<Found> {
        let changed = look.iter().filter(|(key, digest)| self.digests.get(*key) != Some(*digest));
        let changed = changed.map(|((_, id), _)| Found { kind, id: id.clone(), deleted: false });
        let gone = self.digests.keys().filter(|key| key.0 == kind && !look.contains_key(*key));
        let gone = gone.map(|(_, id)| Found { kind, id: id.clone(), deleted: true });
        let mut page: Vec<_> = changed.chain(gone).collect();
        page.sort_by(|a, b| a.id.cmp(&b.id));
        self.digests.retain(|key, _| key.0 != kind);
        self.digests.extend(look);
        page
    }

    /// Ends a look that began at `version` of the file and found `page`.
    pub(super) fn finish(&mut self, version: Option<i64>, page: &[Found]) {
        self.complete = true;
        self.version = version;
        if !page.is_empty() {
            self.sequence += 1;
            self.last_page = page.to_vec();
        }
    }
}
