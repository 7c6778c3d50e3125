//! The mass guard: stops a cycle that would do too much at once.
//!
//! It only counts. Whether a held cycle goes on is an operator's decision.

use std::collections::{BTreeMap, HashSet};
use xxhash_rust::xxh3::xxh3_64;

use super::Outcome;
use crate::model::disposition::Ignored;
use crate::model::review::{Example, HoldReason};
use crate::model::{ExternalId, FieldKey, LinkLife, Observation, Origin, Rule, Verdict};

/// What a cycle may do without an operator: whichever of a number and a share of the known records is more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// So many deletions are never too many.
    pub deletions_min: u64,
    /// Nor is this share of the known records, 0 to 1.
    pub deletions_ratio: f64,
    /// One field may change on so many records.
    pub field_min: u64,
    /// And on this share of the known ones, 0 to 1.
    pub field_ratio: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { deletions_min: 5, deletions_ratio: 0.01, field_min: 200, field_ratio: 0.05 }
    }
}

/// How many records an operator is shown of those that a held cycle is about.
const EXAMPLES: usize = 20;

/// What one cycle of one system and kind of record would do.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    limits: Limits,
    gone: Count,
    seen: u64,
    changed: BTreeMap<FieldKey, Changed>,
}

/// How many records, and some of them.
#[derive(Debug, Clone, Default, PartialEq)]
struct Count {
    n: u64,
    examples: Vec<Example>,
}

/// On which records a field has changed. One that goes to and fro is one record.
#[derive(Debug, Clone, Default, PartialEq)]
struct Changed {
    /// The hashes of their ids; a cycle is held long before they are many.
    ids: HashSet<u64>,
    count: Count,
}

impl Count {
    fn add(&mut self, example: impl FnOnce() -> Example) {
        self.n = self.n.saturating_add(1);
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }
}

impl Tally {
    /// A cycle that has done nothing yet.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Counts one observation and what it would mean. Call it before the outcome is committed.
    ///
    /// First contact and history fill records by the thousand and are meant to: they do not count.
    pub fn count(&mut self, observation: &Observation, outcome: &Outcome) {
        if outcome.link.as_ref().is_some_and(|link| link.life == LinkLife::Gone) {
            self.miss([&observation.subject.external_id]);
        }
        let is_first_contact = outcome.link.as_ref().is_some_and(|link| link.version == 0);
        if observation.origin == Origin::History || is_first_contact {
            return;
        }
        let mut last = None;
        for disposition in outcome.dispositions.iter().filter(|disposition| is_change(&disposition.verdict)) {
            if last != Some(&disposition.field) {
                let changed = self.changed.entry(disposition.field.clone()).or_default();
                if changed.ids.insert(xxh3_64(observation.subject.external_id.as_str().as_bytes())) {
                    changed.count.add(|| Example {
                        external_id: observation.subject.external_id.clone(),
                        element: disposition.element.clone(),
                        observed: Some(Box::new(disposition.observed.clone())),
                    });
                }
            }
            last = Some(&disposition.field);
        }
    }

    /// Counts records that a sweep has listed.
    pub fn list(&mut self, records: u64) {
        self.seen = self.seen.saturating_add(records);
    }

    /// Counts records that are gone, or that a finished sweep has not listed: they would become suspects.
    pub fn miss<'i>(&mut self, records: impl IntoIterator<Item = &'i ExternalId>) {
        for id in records {
            self.gone.add(|| Example { external_id: id.clone(), element: None, observed: None });
        }
    }

    /// Some of the records that a reason is about.
    pub fn examples(&self, why: &HoldReason) -> &[Example] {
        match why {
            HoldReason::Deletions { .. } | HoldReason::Emptied { .. } => &self.gone.examples,
            HoldReason::FieldChanged { field, .. } => {
                self.changed.get(field).map_or(&[], |changed| changed.count.examples.as_slice())
            }
        }
    }

    /// Whether the cycle has to wait for an operator, and why; `known` is how many live links the system has of the kind.
    pub fn judge(&self, known: u64) -> Option<HoldReason> {
        let Limits { deletions_min, deletions_ratio, field_min, field_ratio } = self.limits;
        if self.gone.n > limit(deletions_min, deletions_ratio, known) {
            return Some(HoldReason::Deletions { gone: self.gone.n, known });
        }
        let allowed = limit(field_min, field_ratio, known);
        let numbers = self.changed.iter().map(|(field, changed)| (field, changed.count.n));
        let (field, changed) = numbers.max_by_key(|(_, n)| *n)?;
        (changed > allowed).then(|| HoldReason::FieldChanged { field: field.clone(), changed, known })
    }

    /// The same at the end of a complete sweep, which also shows whether a stream that was full is empty.
    pub fn judge_sweep(&self, known: u64) -> Option<HoldReason> {
        if self.seen == 0 && known > 0 {
            return Some(HoldReason::Emptied { known });
        }
        self.judge(known)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share of a count, which need not be exact"
)]
fn limit(floor: u64, share: f64, known: u64) -> u64 {
    floor.max((known as f64 * share) as u64)
}

/// Whether a disposition is of a change, and not of two sides that get to know each other.
const fn is_change(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Applied(Rule::FirstContact | Rule::Fill)
        | Verdict::Adopted
        | Verdict::Ignored(Ignored::HistoryConsent | Ignored::HistoryLate)
        | Verdict::Rejected(_)
        | Verdict::Erased => false,
        Verdict::Applied(_) | Verdict::Superseded { .. } | Verdict::Ignored(_) | Verdict::Review(_) => true,
    }
}
