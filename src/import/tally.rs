//! What became of the rows of an import: every one is counted once.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::source::{Page, count};
use crate::capture::door::Taken;
use crate::model::disposition::Ignored;
use crate::model::journal::Event;
use crate::model::review::ReviewKind;
use crate::model::{Disposition, FieldKey, RecordKind, Verdict};
use crate::store::Commit;

/// The counts of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Rows that were read, good and bad.
    pub rows: u64,
    /// Rows that could not be taken.
    pub rejected: u64,
    /// Records that the good rows made: each is one of the four that follow.
    pub records: u64,
    /// Records that told the hub something.
    pub applied: u64,
    /// Records that told nothing new.
    pub unchanged: u64,
    /// Records that only told what is known better: history does not beat it.
    pub outdone: u64,
    /// Records that wait for another one, or for another look.
    pub waiting: u64,
    /// Of the applied ones, those that the hub had never heard of.
    pub new: u64,
    /// Records that may be somebody else under a known id: quarantined.
    pub doubtful: u64,
    /// Good rows of which something could not be taken.
    pub flagged: u64,
    /// Why rows were rejected, and how many.
    pub reasons: BTreeMap<String, u64>,
    /// What could not be taken of good rows, and how often.
    pub flags: BTreeMap<String, u64>,
    /// What became of the values, by field (`person.surname`).
    pub fields: BTreeMap<String, FieldTally>,
}

/// What became of the values of one field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldTally {
    /// The hub took it.
    pub taken: u64,
    /// The hub had it.
    pub equal: u64,
    /// The hub keeps another one.
    pub conflict: u64,
    /// It cannot be taken.
    pub refused: u64,
    /// A human is asked.
    pub asked: u64,
}

impl Tally {
    /// Counts what a page holds; `records` are what its good rows have made.
    pub(super) fn read(&mut self, page: &Page, records: u64) {
        self.rows += page.rows;
        self.records += records;
        self.rejected += count(&page.rejects, &mut self.reasons);
        self.flagged += count(&page.remarks, &mut self.flags);
    }

    /// Counts what a page means for the hub.
    pub(super) fn judge(&mut self, records: u64, taken: Taken, commit: &Commit) {
        let kinds: BTreeMap<_, RecordKind> = commit.links.iter().map(|link| (link.id, link.kind)).collect();
        let (mut applied, mut outdone) = (0, 0);
        let mut fields: BTreeMap<(&str, &FieldKey), FieldTally> = BTreeMap::new();
        for entry in &commit.journal {
            let Event::Observed { dispositions } = &entry.event else { continue };
            if is_late(dispositions) {
                outdone += 1;
            } else {
                applied += 1;
            }
            let kind = entry.link.and_then(|link| kinds.get(&link)).map_or("", |kind| kind.name());
            for disposition in dispositions {
                fields.entry((kind, &disposition.field)).or_default().count(&disposition.verdict);
            }
        }
        for ((kind, field), counted) in fields {
            self.fields.entry(format!("{kind}.{field}")).or_default().add(counted);
        }
        let waiting = taken.waiting as u64;
        self.applied += applied;
        self.outdone += outdone;
        self.waiting += waiting;
        self.unchanged += records.saturating_sub(applied + outdone + waiting);
        self.new += commit.records.iter().filter(|record| record.version == 0).count() as u64;
        let is_doubt = |kind: &ReviewKind| matches!(kind, ReviewKind::Quarantine { .. });
        self.doubtful += commit.reviews.iter().filter(|review| is_doubt(&review.kind)).count() as u64;
    }
}

impl FieldTally {
    const fn add(&mut self, other: Self) {
        let Self { taken, equal, conflict, refused, asked } = other;
        self.taken += taken;
        self.equal += equal;
        self.conflict += conflict;
        self.refused += refused;
        self.asked += asked;
    }

    const fn count(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Applied(_) => self.taken += 1,
            Verdict::Adopted => self.equal += 1,
            Verdict::Superseded { .. } | Verdict::Ignored(_) | Verdict::Erased => self.conflict += 1,
            Verdict::Rejected(_) => self.refused += 1,
            Verdict::Review(_) => self.asked += 1,
        }
    }
}

/// Whether an observation said nothing but what history may not say.
pub(super) fn is_late(dispositions: &[Disposition]) -> bool {
    dispositions.iter().all(|disposition| match &disposition.verdict {
        Verdict::Ignored(Ignored::HistoryLate | Ignored::HistoryConsent) => true,
        Verdict::Ignored(_)
        | Verdict::Applied(_)
        | Verdict::Adopted
        | Verdict::Superseded { .. }
        | Verdict::Rejected(_)
        | Verdict::Review(_)
        | Verdict::Erased => false,
    })
}
