//! Some of the merges into a record undone, whatever else has gone into it since.

use litemap::LiteMap;
use std::collections::BTreeSet;

use super::Rules;
use super::merge::{Choice, MergeRefused, Side, merge};
use super::own_words::{Story, tighten};
use super::split::{SplitRefused, is_same, many, one, split};
use crate::model::journal::{Entry, Event};
use crate::model::{Cell, CellSet, FieldKey, Record, RecordId};

/// What is left once some of the merges into a record are undone.
#[derive(Debug, Clone, PartialEq)]
pub struct Unwound {
    /// The record that the others had gone into.
    pub main: Record,
    /// The records that have come back to life.
    pub restored: Vec<Record>,
    /// Those that have gone into it after one of them and stay its aliases, with what was said of them since.
    pub rejoined: Vec<Record>,
    /// What the journal keeps: the splits, and the merges that are told anew.
    pub events: Vec<Event>,
    /// Fields of which what allows less stays because nobody can tell whether it was meant of this record too.
    pub doubtful: Vec<(RecordId, FieldKey)>,
}

/// Why merges cannot be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnwindRefused {
    /// One of them is not what it is said to be.
    #[error("a merge cannot be undone")]
    Split(#[from] SplitRefused),
    /// What stays one cannot be put together again.
    #[error("the records that stay one cannot be put together again")]
    Merge(#[from] MergeRefused),
}

/// Undoes the merges into `main` of the records `undone`. Every merge since the first of them is undone, the last one
/// first, and those that stand are made again, with the values that stood.
///
/// `standing` are the merges into `main` that stand, oldest first, each with the alias that it has made; `story` tells whom
/// an edit concerned, and what the systems of each have said beside what stands: nobody gets back more than they allow.
///
/// # Errors
/// [`UnwindRefused`] when the merges are not what they are said to be.
pub fn unwind(
    rules: &Rules,
    main: &Record,
    standing: &[(Entry, Record)],
    undone: &[RecordId],
    story: Story<'_>,
) -> Result<Unwound, UnwindRefused> {
    let is_undone = |(_, alias): &(Entry, Record)| undone.contains(&alias.id);
    let first = standing.iter().position(is_undone).unwrap_or(standing.len());
    let mut unwound = Unwound {
        main: main.clone(),
        restored: Vec::new(),
        rejoined: Vec::new(),
        events: Vec::new(),
        doubtful: Vec::new(),
    };
    let (mut again, mut doubtful) = (Vec::new(), Vec::new());
    let mut hear = |record: &mut Record, words| {
        let fields = tighten(rules, record, words);
        doubtful.extend(fields.into_iter().map(|field| (record.id, field)));
    };
    for (entry, alias) in standing.iter().skip(first).rev() {
        let mut parted = split(&unwound.main, alias, &entry.event, &|edit| story.is_of(alias.id, edit))?;
        hear(&mut parted.other, story.words(rules, alias, entry.id));
        hear(&mut parted.other, story.of_either(rules, &unwound.main, &entry.event));
        unwound.main = parted.main;
        if undone.contains(&alias.id) {
            unwound.restored.push(parted.other);
            unwound.events.push(parted.event);
        } else {
            again.push(parted.other);
        }
    }
    if let Some((entry, _)) = standing.get(first) {
        hear(&mut unwound.main, story.words(rules, main, entry.id));
    }
    for other in again.into_iter().rev() {
        let choices = as_before(main, &unwound.main, &other);
        let merged = merge(rules, &unwound.main, &other, &choices, None)?;
        unwound.main = merged.main;
        unwound.rejoined.push(merged.other);
        unwound.events.push(merged.event);
    }
    Ok(Unwound { doubtful, ..unwound })
}

/// The choices that bring back what `was`, as far as it is of one of the two.
fn as_before(was: &Record, main: &Record, other: &Record) -> Vec<Choice> {
    let mut choices = Vec::new();
    for (field, cells) in &other.fields {
        let of_main = main.fields.get(field);
        match (was.fields.get(field), cells) {
            (Some(CellSet::One(known)), CellSet::One(theirs)) => {
                let side = side_of(Some(known), of_main.and_then(one), Some(theirs));
                choices.extend(side.map(|side| Choice { field: field.clone(), element: None, side }));
            }
            (known, CellSet::Many(theirs)) => {
                let (known, mine) = (known.and_then(many), of_main.and_then(many));
                let mine_too = mine.into_iter().flat_map(LiteMap::keys);
                let elements: BTreeSet<_> = theirs.keys().chain(mine_too).collect();
                for element in elements {
                    let [known, mine, theirs] =
                        [known, mine, Some(theirs)].map(|cells| cells.and_then(|cells| cells.get(element)));
                    let side = side_of(known, mine, theirs);
                    let element = Some(element.clone());
                    choices.extend(side.map(|side| Choice { field: field.clone(), element, side }));
                }
            }
            (Some(CellSet::Many(_)) | None, CellSet::One(_)) => {}
        }
    }
    choices
}

/// Whose cell stood; `None` when it was of neither of the two, or when there is nothing to choose.
fn side_of(known: Option<&Cell>, mine: Option<&Cell>, theirs: Option<&Cell>) -> Option<Side> {
    let is_known = |cell: Option<&Cell>| known.zip(cell).is_some_and(|(known, cell)| is_same(known, cell));
    match (known, mine, theirs) {
        (Some(_), _, _) if is_known(mine) => Some(Side::Main),
        (Some(_), _, _) if is_known(theirs) => Some(Side::Other),
        // It was left out: the side that does not have it is the one that was chosen.
        (None, None, Some(_)) => Some(Side::Main),
        (None, Some(_), None) => Some(Side::Other),
        (Some(_), _, _) | (None, Some(_), Some(_)) | (None, None, None) => None,
    }
}
