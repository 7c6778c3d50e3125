//! The mass guard: stops a cycle that would do too much at once.
//!
//! It only counts. Whether a held cycle goes on is an operator's decision.

use std::collections::BTreeMap;

use super::Outcome;
use crate::model::disposition::Ignored;
use crate::model::review::HoldReason;
use crate::model::{FieldKey, LinkLife, Observation, Origin, Rule, Verdict};

/// This many deletions in one cycle are never too many, and this share of the known records.
const DELETIONS: (u64, u64) = (5, 100);
/// The same for records on which one and the same field changed.
const CHANGES: (u64, u64) = (200, 20);

/// What one cycle of one system and kind of record would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    gone: u64,
    seen: u64,
    changed: BTreeMap<FieldKey, u64>,
}

impl Tally {
    /// A cycle that has done nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts one observation and what it would mean. Call it before the outcome is committed.
    ///
    /// First contact and history fill records by the thousand and are meant to: they do not count.
    pub fn count(&mut self, observation: &Observation, outcome: &Outcome) {
        if outcome.link.as_ref().is_some_and(|link| link.life == LinkLife::Gone) {
            self.gone += 1;
        }
        if observation.origin == Origin::History {
            return;
        }
        let mut last = None;
        for disposition in outcome.dispositions.iter().filter(|disposition| is_change(&disposition.verdict)) {
            if last != Some(&disposition.field) {
                *self.changed.entry(disposition.field.clone()).or_default() += 1;
            }
            last = Some(&disposition.field);
        }
    }

    /// Counts records that a sweep has listed.
    pub fn list(&mut self, records: u64) {
        self.seen = self.seen.saturating_add(records);
    }

    /// Counts records that a finished sweep has not listed; they would become suspects.
    pub fn miss(&mut self, records: u64) {
        self.gone = self.gone.saturating_add(records);
    }

    /// Whether the cycle has to wait for an operator, and why; `known` is how many live links the system has of the kind.
    pub fn judge(&self, known: u64) -> Option<HoldReason> {
        if self.gone > limit(DELETIONS, known) {
            return Some(HoldReason::Deletions { gone: self.gone, known });
        }
        let allowed = limit(CHANGES, known);
        let (field, changed) = self.changed.iter().max_by_key(|(_, changed)| **changed)?;
        (*changed > allowed).then(|| HoldReason::FieldChanged {
            field: field.clone(),
            changed: *changed,
            known,
        })
    }

    /// The same at the end of a complete sweep, which also shows whether a stream that was full is empty.
    pub fn judge_sweep(&self, known: u64) -> Option<HoldReason> {
        if self.seen == 0 && known > 0 {
            return Some(HoldReason::Emptied { known });
        }
        self.judge(known)
    }
}

const fn limit((floor, share): (u64, u64), known: u64) -> u64 {
    let share = known / share;
    if share > floor { share } else { floor }
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
