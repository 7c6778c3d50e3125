//! A conflict or a quarantine: what the hub has, and what each system shows.

use super::form::{HUB, TYPED};
use super::moment;
use crate::desk::values;
use crate::desk::words::Words;
use crate::hub::Hub;
use crate::model::field::FieldType;
use crate::model::journal::Event;
use crate::model::{FieldKey, Record, Review, ReviewKind, Seen};
use crate::review;
use crate::review::{Conflict, ReviewError, Side};

/// How many entries of the journal are looked through for what a quarantined id shows.
const JOURNAL: u32 = 200;

/// What each side holds.
pub(super) enum Sides {
    /// Of one field, to choose from.
    Conflict {
        /// The field's name.
        field: String,
        /// The sides.
        rows: Vec<Row>,
        /// What is typed in the place of them, where it can be.
        typed: Option<Typed>,
    },
    /// Of several fields, to compare: name, the hub's, what the id shows now.
    Quarantine(Vec<(String, String, String)>),
}

/// One side of a conflict.
pub(super) struct Row {
    /// As the form calls it.
    pub(super) key: String,
    /// As operators call it.
    pub(super) name: String,
    /// What it holds.
    pub(super) holds: String,
    /// Since when, or when it was last seen.
    pub(super) at: String,
    /// Who has said so.
    pub(super) by: String,
}

/// How a value is typed.
pub(super) struct Typed {
    /// As the form calls it among the sides.
    pub(super) key: &'static str,
    /// The kind of control.
    pub(super) control: &'static str,
    /// The words to choose from, if there are any.
    pub(super) choices: &'static [&'static str],
}

/// What each side holds; `None` when there are no sides.
pub(super) async fn load(hub: &Hub, say: Words, review: &Review) -> Result<Option<Sides>, ReviewError> {
    match &review.kind {
        ReviewKind::Conflict { .. } => {
            Ok(review::sides(hub, review).await?.map(|conflict| of_conflict(say, conflict)))
        }
        ReviewKind::Quarantine { .. } => quarantine(hub, say, review).await,
        ReviewKind::Hold { .. }
        | ReviewKind::Proposal { .. }
        | ReviewKind::Duplicates(_)
        | ReviewKind::Household(_)
        | ReviewKind::Work { .. } => Ok(None),
    }
}

fn of_conflict(say: Words, conflict: Conflict) -> Sides {
    let row = |side: Side| Row {
        key: side.system.as_ref().map_or_else(|| HUB.to_owned(), |system| format!("at {system}")),
        name: side.system.as_ref().map_or_else(|| say.say("the hub").to_owned(), ToString::to_string),
        holds: values::seen(say, &side.holds),
        at: side.at.map(moment).unwrap_or_default(),
        by: side.by.unwrap_or_default(),
    };
    let typed = conflict.is_typed.then(|| typed(&conflict.field.of));
    let field = values::label(say, &conflict.field.labels);
    Sides::Conflict { field, rows: conflict.sides.into_iter().map(row).collect(), typed }
}

const fn typed(of: &FieldType) -> Typed {
    let (control, choices): (_, &'static [&'static str]) = match of {
        FieldType::Date | FieldType::LocalDate => ("date", &[]),
        FieldType::Email => ("email", &[]),
        FieldType::Phone => ("tel", &[]),
        FieldType::Choice(words) => ("text", words),
        FieldType::Bool => ("text", &["yes", "no"]),
        FieldType::Text
        | FieldType::LongText
        | FieldType::Name
        | FieldType::Integer
        | FieldType::Instant
        | FieldType::Money
        | FieldType::Decimal
        | FieldType::Country
        | FieldType::Language
        | FieldType::Address
        | FieldType::Reference(_)
        | FieldType::Content
        | FieldType::Entry(_) => ("text", &[]),
    };
    Typed { key: TYPED, control, choices }
}

/// What the hub has of whom it knows, beside what the id was last seen to show.
async fn quarantine(hub: &Hub, say: Words, review: &Review) -> Result<Option<Sides>, ReviewError> {
    let Some(id) = review.record else { return Ok(None) };
    let Some(record) = hub.store.records(&[id]).await?.pop() else { return Ok(None) };
    let journal = hub.store.journal_of(id, JOURNAL).await?;
    let shown = journal.into_iter().find_map(|entry| match entry.event {
        Event::Observed { dispositions } if entry.system == review.system => Some(dispositions),
        Event::Observed { .. }
        | Event::LinkLife { .. }
        | Event::Creating { .. }
        | Event::Written { .. }
        | Event::Merged { .. }
        | Event::Split { .. }
        | Event::ReviewOpened { .. }
        | Event::Decided { .. }
        | Event::Viewed { .. }
        | Event::Parked { .. } => None,
    });
    let row = |field: &FieldKey, observed: &Seen| {
        let name = values::field(say, &hub.rules.registry, record.kind, field);
        (name, held(say, &record, field), values::seen(say, observed))
    };
    let shown = shown.unwrap_or_default();
    Ok(Some(Sides::Quarantine(shown.iter().map(|one| row(&one.field, &one.observed)).collect())))
}

/// What a record has of a field.
pub(super) fn held(say: Words, record: &Record, field: &FieldKey) -> String {
    let cells = record.fields.get(field).into_iter().flat_map(crate::model::CellSet::cells);
    let values: Vec<String> =
        cells.filter_map(|cell| cell.value.as_deref()).map(|value| values::value(say, value)).collect();
    if values.is_empty() { say.say("nothing there").to_owned() } else { values.join("; ") }
}
