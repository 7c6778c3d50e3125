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
    !before.any(|before| is_same(before, cell))
}

/// Whether two cells are the same one, by whichever merge it came.
pub(super) fn is_same(one: &Cell, other: &Cell) -> bool {
    let (first, second) = (&one.provenance, &other.provenance);
    one.pinned_by == other.pinned_by
        && first.system == second.system
        && first.observation == second.observation
        && first.at == second.at
}

pub(super) const fn one(cells: &CellSet) -> Option<&Cell> {
    match cells {
        CellSet::One(cell) => Some(cell),
        CellSet::Many(_) => None,
    }
}

pub(super) const fn many(cells: &CellSet) -> Option<&LiteMap<Element, Cell>> {
    match cells {
        CellSet::Many(cells) => Some(cells),
        CellSet::One(_) => None,
    }
}
