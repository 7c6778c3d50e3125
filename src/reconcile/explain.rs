//! Why a value is what it is: where it came from, what it beat, and why a system still shows something else.
//!
//! Data only; whoever prints it finds the words.

use chrono::{DateTime, Utc};
use std::sync::Arc;

use super::{Rules, SystemRules, norm, target};
use crate::model::field::FieldDef;
use crate::model::journal::{Entry, Event};
use crate::model::{
    Audience, Cell, CellSet, Element, ExternalId, FieldKey, Link, LinkLife, OperatorId, Provenance, Record,
    RecordId, Seen, SystemId, Verdict,
};

/// The story of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The record.
    pub record: RecordId,
    /// Each of its fields, in key order.
    pub fields: Vec<FieldStory>,
}

/// The story of one field.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldStory {
    /// The field.
    pub field: FieldKey,
    /// Its cells: one, or one per element.
    pub cells: Vec<CellStory>,
    /// The values that did not make it, newest first.
    pub beaten: Vec<Beaten>,
    /// The systems that show something else, and why.
    pub gaps: Vec<Gap>,
}

/// Where one value came from.
#[derive(Debug, Clone, PartialEq)]
pub struct CellStory {
    /// The element of a many-valued field.
    pub element: Option<Element>,
    /// The value.
    pub value: Seen,
    /// Where it came from.
    pub provenance: Arc<Provenance>,
    /// The operator who fixed it.
    pub pinned_by: Option<OperatorId>,
}

/// A value that did not make it.
#[derive(Debug, Clone, PartialEq)]
pub struct Beaten {
    /// The system that said so.
    pub system: Option<SystemId>,
    /// When it was heard.
    pub at: DateTime<Utc>,
    /// The element of a many-valued field.
    pub element: Option<Element>,
    /// What the system said.
    pub observed: Seen,
    /// What became of it.
    pub verdict: Verdict,
}

/// A system that shows something else than the hub has.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// The system.
    pub system: SystemId,
    /// The record there.
    pub external_id: Option<ExternalId>,
    /// What it holds; `None` when nobody knows.
    pub known: Option<Seen>,
    /// Why.
    pub reason: GapReason,
}

/// Why a system shows something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GapReason {
    /// It has no such field, or nobody can write it.
    NoField,
    /// It can hold the value only like this.
    Form,
    /// It does not keep what it is sent.
    Lossy,
    /// It has refused the value.
    Refused(String),
    /// A human has still to decide.
    UnderReview,
    /// The field does not travel to it.
    Direction,
    /// The field is not for it to see.
    Audience,
    /// Its record is gone, merged, quarantined or not there yet.
    NoCounterpart,
    /// It will be written.
    Due,
}

/// Explains every field of `record` from its links (those of its aliases included) and its entries of the journal.
pub fn explain(rules: &Rules, record: &Record, links: &[Link], journal: &[Entry]) -> Explanation {
    let story = |(field, cells): (&FieldKey, &CellSet)| FieldStory {
        field: field.clone(),
        cells: cell_stories(cells),
        beaten: beaten(field, journal),
        gaps: links.iter().filter_map(|link| gap(rules, record, field, cells, link)).collect(),
    };
    Explanation { record: record.id, fields: record.fields.iter().map(story).collect() }
}

fn cell_stories(cells: &CellSet) -> Vec<CellStory> {
    let story = |element: Option<&Element>, cell: &Cell| CellStory {
        element: element.cloned(),
        value: Seen::optional(target::value_of(cell).cloned()),
        provenance: Arc::clone(&cell.provenance),
        pinned_by: cell.pinned_by.clone(),
    };
    match cells {
        CellSet::One(cell) => vec![story(None, cell)],
        CellSet::Many(cells) => cells.iter().map(|(element, cell)| story(Some(element), cell)).collect(),
    }
}

fn beaten(field: &FieldKey, journal: &[Entry]) -> Vec<Beaten> {
    let mut found = Vec::new();
    for entry in journal.iter().rev() {
        let Event::Observed { dispositions } = &entry.event else { continue };
        let of_field = dispositions.iter().filter(|one| one.field == *field && lost(&one.verdict));
        found.extend(of_field.map(|disposition| Beaten {
            system: entry.system.clone(),
            at: entry.at,
            element: disposition.element.clone(),
            observed: disposition.observed.clone(),
            verdict: disposition.verdict.clone(),
        }));
    }
    found
}

const fn lost(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Superseded { .. }
        | Verdict::Ignored(_)
        | Verdict::Rejected(_)
        | Verdict::Review(_)
        | Verdict::Erased => true,
        Verdict::Applied(_) | Verdict::Adopted => false,
    }
}

fn gap(rules: &Rules, record: &Record, field: &FieldKey, cells: &CellSet, link: &Link) -> Option<Gap> {
    let system = rules.systems.get(&link.system)?;
    let def = rules.registry.field(record.kind, field)?;
    let known = link.shadow.0.get(field).map(|shadow| shadow.known.clone());
    let hub = norm::of_cells(cells);
    if known.as_ref().map_or_else(|| norm::is_nothing(&hub), |known| norm::same(known, &hub)) {
        return None;
    }
    let reason = reason(rules, system, record, def, cells, link);
    Some(Gap { system: link.system.clone(), external_id: link.external_id.clone(), known, reason })
}

fn reason(
    rules: &Rules,
    system: &SystemRules,
    record: &Record,
    def: &FieldDef,
    cells: &CellSet,
    link: &Link,
) -> GapReason {
    let kind = system.capabilities.kinds.get(&record.kind);
    let Some(capability) = kind.and_then(|kind| kind.fields.get(&def.key)) else { return GapReason::NoField };
    let shadow = link.shadow.0.get(&def.key);
    let target = target::target(def, capability, cells, shadow.map(|shadow| &shadow.known));
    let holds_target =
        target.as_ref().zip(shadow).is_some_and(|(target, shadow)| norm::same(target, &shadow.known));
    if holds_target {
        return GapReason::Form;
    }
    let is_barred = match def.audience {
        Audience::All => false,
        Audience::Internal => !system.internal,
        Audience::SpecialCategory => system.purpose.is_none(),
    };
    if is_barred {
        return GapReason::Audience;
    }
    if !matches!(link.life, LinkLife::Live | LinkLife::Suspect(_)) {
        return GapReason::NoCounterpart;
    }
    if !target::may_write(rules, system, record.kind, def, Some(cells)) {
        return GapReason::Direction;
    }
    if !capability.write {
        return GapReason::NoField;
    }
    match shadow.and_then(|shadow| Some((shadow.lossy, shadow.blocked.as_ref()?))) {
        Some((_, blocked)) if target::is_under_review(blocked) => GapReason::UnderReview,
        Some((true, _)) => GapReason::Lossy,
        Some((false, blocked)) if target.is_some_and(|target| norm::same(&target, &blocked.target)) => {
            GapReason::Refused(blocked.reason.clone())
        }
        Some(_) | None => GapReason::Due,
    }
}
