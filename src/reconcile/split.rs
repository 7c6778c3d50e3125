//! A merge undone: both records as they were, with what has happened to them since.

use litemap::LiteMap;

use crate::model::journal::Event;
use crate::model::{Cell, CellSet, Element, FieldKey, Life, Provenance, Record, RecordId};

/// Two records again.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// The one that had survived.
    pub main: Record,
    /// The one that had been its alias.
    pub other: Record,
    /// The pair that is never to be proposed as one again.
    pub never_merge: (RecordId, RecordId),
    /// What the journal keeps.
    pub event: Event,
}

/// Why a merge cannot be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitRefused {
    /// The second record is no alias of the first.
    #[error("the records were not merged")]
    NotMerged,
    /// The entry of the journal is of another merge.
    #[error("the entry of the journal is of another merge")]
    OtherMerge,
}

/// Undoes the merge that `event` tells of.
///
/// A cell that is still as the merge left it goes back to what both records had. A cell that was edited since stays
/// edited, on the side that it was edited for: `was_for_other` tells by the provenance (through its observation, and
/// the link that was observed) whether an edit concerned the alias.
///
/// # Errors
/// [`SplitRefused`] when the two are no merged pair.
pub fn split(
    main: &Record,
    other: &Record,
    event: &Event,
    was_for_other: &dyn Fn(&Provenance) -> bool,
) -> Result<Split, SplitRefused> {
    if other.life != Life::MergedInto(main.id) {
        return Err(SplitRefused::NotMerged);
    }
    let Event::Merged { main_before, other_before, left_out } = event else {
        return Err(SplitRefused::OtherMerge);
    };
    if main_before.id != main.id || other_before.id != other.id {
        return Err(SplitRefused::OtherMerge);
    }
    let (mut first, mut second) = (main_before.fields.clone(), other_before.fields.clone());
    for (field, cells) in &main.fields {
        let before = (main_before.fields.get(field), other_before.fields.get(field));
        match cells {
            CellSet::One(cell) => {
                if is_edited(cell, [before.0, before.1].into_iter().flatten().filter_map(one)) {
                    let side = if was_for_other(&cell.provenance) { &mut second } else { &mut first };
                    side.insert(field.clone(), CellSet::One(cell.clone()));
                }
            }
            CellSet::Many(cells) => {
                split_set(field, cells, before, was_for_other, (&mut first, &mut second));
                forget_removed(field, cells, left_out, [&mut first, &mut second]);
            }
        }
    }
    let event = Event::Split { restored: other.id };
    Ok(Split {
        never_merge: (main.id.min(other.id), main.id.max(other.id)),
        main: Record { fields: first, ..main.clone() },
        other: Record { fields: second, life: Life::Live, ..other.clone() },
        event,
    })
}

type Fields = LiteMap<FieldKey, CellSet>;

/// Hands the elements that were added or edited since the merge to the side that they concern.
fn split_set(
    field: &FieldKey,
    now: &LiteMap<Element, Cell>,
    (main, other): (Option<&CellSet>, Option<&CellSet>),
    was_for_other: &dyn Fn(&Provenance) -> bool,
    (first, second): (&mut Fields, &mut Fields),
) {
    let (main, other) = (main.and_then(many), other.and_then(many));
    for (element, cell) in now {
        let before = [main, other].into_iter().flatten().filter_map(|cells| cells.get(element));
        if is_edited(cell, before) {
            let side = if was_for_other(&cell.provenance) { &mut *second } else { &mut *first };
            let cells = side.entry(field.clone()).or_insert_with(|| CellSet::Many(LiteMap::new_vec()));
            if let CellSet::Many(cells) = cells {
                cells.insert(element.clone(), cell.clone());
            }
        }
    }
}

/// The merge took every element that was not left out by choice, so any other one that is gone was removed since.
fn forget_removed(
    field: &FieldKey,
    now: &LiteMap<Element, Cell>,
    left_out: &[(FieldKey, Element)],
    sides: [&mut Fields; 2],
) {
    let is_left_out = |element: &Element| left_out.iter().any(|(of, left)| of == field && left == element);
    for side in sides {
        if let Some(CellSet::Many(cells)) = side.get_mut(field) {
            cells.retain(|element, _| now.contains_key(element) || is_left_out(element));
        }
    }
}

/// Whether a cell is none of those that the merge started from.
fn is_edited<'c>(cell: &Cell, mut before: impl Iterator<Item = &'c Cell>) -> bool {
    let origin =
        |cell: &Cell| (cell.provenance.system.clone(), cell.provenance.observation, cell.provenance.at);
    !before.any(|before| before.pinned_by == cell.pinned_by && origin(before) == origin(cell))
}

const fn one(cells: &CellSet) -> Option<&Cell> {
    match cells {
        CellSet::One(cell) => Some(cell),
        CellSet::Many(_) => None,
    }
}

const fn many(cells: &CellSet) -> Option<&LiteMap<Element, Cell>> {
    match cells {
        CellSet::Many(cells) => Some(cells),
        CellSet::One(_) => None,
    }
}

/// What is left once some of the merges into a record are undone.
#[derive(Debug, Clone, PartialEq)]
pub struct Unwound {
    /// The record that the others had gone into.
    pub main: Record,
    /// The records that have come back to life.
    pub restored: Vec<Record>,
    /// What the journal keeps: the merges that stand, as if those undone had never been, and the splits.
    pub events: Vec<Event>,
}

/// Undoes the merges into `main` of the records `undone`, the last one first, whatever else has gone into it since.
///
/// `standing` are the merges into `main` that stand, oldest first, with the alias that each has made; `owner` tells which
/// of those aliases an edit concerned, `None` the main record itself.
///
/// # Errors
/// [`SplitRefused`] when one of the merges is not what it is said to be.
pub fn unwind(
    main: &Record,
    standing: &[(Event, Record)],
    undone: &[RecordId],
    owner: &dyn Fn(&Provenance) -> Option<RecordId>,
) -> Result<Unwound, SplitRefused> {
    let mut unwound = Unwound { main: main.clone(), restored: Vec::new(), events: Vec::new() };
    let mut later: Vec<(Event, bool)> = Vec::new();
    for (event, alias) in standing.iter().rev() {
        let is_undone = undone.contains(&alias.id);
        if is_undone {
            let was_for_other = |provenance: &Provenance| owner(provenance) == Some(alias.id);
            let parted = split(&unwound.main, alias, event, &was_for_other)?;
            unwound.main = parted.main;
            unwound.restored.push(parted.other);
            unwound.events.push(parted.event);
            for (stands, is_rewritten) in &mut later {
                *is_rewritten |= forget(stands, alias, event, &was_for_other)?;
            }
        } else {
            later.push((event.clone(), false));
        }
    }
    let rewritten = later.into_iter().rev().filter(|(_, is_rewritten)| *is_rewritten);
    unwound.events.splice(0..0, rewritten.map(|(event, _)| event));
    Ok(unwound)
}

/// Takes an earlier merge out of what a later one started from.
fn forget(
    later: &mut Event,
    alias: &Record,
    earlier: &Event,
    was_for_other: &dyn Fn(&Provenance) -> bool,
) -> Result<bool, SplitRefused> {
    let Event::Merged { main_before, .. } = later else { return Err(SplitRefused::OtherMerge) };
    let without = split(main_before, alias, earlier, was_for_other)?.main;
    **main_before = without;
    Ok(true)
}
