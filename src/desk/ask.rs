//! What a review asks, in the operator's language.

use std::collections::BTreeMap;

use super::values::{self, seen};
use super::words::Words;
use crate::model::field::Registry;
use crate::model::review::{HoldReason, QuarantineReason, Task};
use crate::model::{Record, RecordId, RecordKind, Review, ReviewKind};
use crate::words;

/// The names of records, for questions about them, and what their fields are called.
pub(super) struct Names<'r> {
    registry: &'r Registry,
    records: BTreeMap<RecordId, (RecordKind, String)>,
}

impl<'r> Names<'r> {
    /// The names of these records.
    pub(super) fn of(registry: &'r Registry, records: &[Record]) -> Self {
        let records = records.iter().map(|record| (record.id, (record.kind, words::name(record)))).collect();
        Self { registry, records }
    }

    fn all(&self, ids: impl Iterator<Item = RecordId>) -> String {
        let names =
            ids.map(|id| self.records.get(&id).map_or_else(|| id.to_string(), |(_, name)| name.clone()));
        names.collect::<Vec<_>>().join(" · ")
    }
}

/// The records whose names a question tells.
pub(super) fn records(review: &Review) -> Vec<RecordId> {
    match &review.kind {
        ReviewKind::Duplicates(cluster) | ReviewKind::Household(cluster) => cluster.members().collect(),
        ReviewKind::Proposal { main, others } => others.iter().copied().chain([*main]).collect(),
        ReviewKind::Conflict { .. }
        | ReviewKind::Hold { .. }
        | ReviewKind::Quarantine { .. }
        | ReviewKind::Work { .. } => review.record.into_iter().collect(),
    }
}

/// The question.
pub(super) fn question(say: Words, review: &Review, names: &Names<'_>) -> String {
    match &review.kind {
        ReviewKind::Duplicates(cluster) => {
            say.with("ask: duplicates", &[("{names}", &names.all(cluster.members()))])
        }
        ReviewKind::Household(cluster) => {
            let one = names.all(std::iter::once(cluster.main));
            let other = names.all(cluster.others.iter().copied());
            say.with("ask: household", &[("{one}", &one), ("{other}", &other)])
        }
        ReviewKind::Conflict { field, hub, observed, .. } => {
            let (hub, observed) = (seen(say, hub), seen(say, observed));
            let whose = names.all(review.record.into_iter());
            let kind =
                review.record.and_then(|id| names.records.get(&id)).map_or(RecordKind::Person, |it| it.0);
            let field = values::field(say, names.registry, kind, field);
            let asked =
                say.with("ask: conflict", &[("{field}", &field), ("{hub}", &hub), ("{observed}", &observed)]);
            format!("{whose}: {asked}")
        }
        ReviewKind::Hold { why: HoldReason::Deletions { gone, known }, .. } => {
            say.with("ask: deletions", &[("{n}", &gone.to_string()), ("{all}", &known.to_string())])
        }
        ReviewKind::Hold { of, why: HoldReason::FieldChanged { field, changed, known }, .. } => {
            let (field, n, all) =
                (values::field(say, names.registry, *of, field), changed.to_string(), known.to_string());
            say.with("ask: field changed", &[("{field}", &field), ("{n}", &n), ("{all}", &all)])
        }
        ReviewKind::Hold { why: HoldReason::Emptied { known }, .. } => {
            say.with("ask: emptied", &[("{all}", &known.to_string())])
        }
        ReviewKind::Quarantine { external_id, why } => {
            let key = match why {
                QuarantineReason::IdentityChanged => "ask: identity changed",
                QuarantineReason::SlotReused => "ask: slot reused",
            };
            say.with(key, &[("{id}", external_id.as_str())])
        }
        ReviewKind::Proposal { main, others } => {
            let all = others.iter().copied().chain([*main]);
            say.with("ask: proposal", &[("{names}", &names.all(all))])
        }
        ReviewKind::Work { task: Task::Merge { keep, lose, .. } } => {
            say.with("ask: merge", &[("{keep}", keep.as_str()), ("{lose}", lose.as_str())])
        }
        ReviewKind::Work { task: Task::Unmerge { keep, lose, .. } } => {
            say.with("ask: unmerge", &[("{keep}", keep.as_str()), ("{lose}", lose.as_str())])
        }
    }
}
