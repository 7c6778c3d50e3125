//! A conflict: what each side holds, and the value that an operator settles it with.

use chrono::{DateTime, Utc};
use std::borrow::Cow;

use super::draft::Draft;
use super::error::ReviewError;
use crate::hub::Hub;
use crate::model::field::{FieldDef, Multiplicity};
use crate::model::normalise::email::Relays;
use crate::model::normalise::typed;
use crate::model::value::Country;
use crate::model::{
    Audience, CellSet, Element, FieldKey, Link, OperatorId, Record, Review, ReviewKind, Role, Seen, SystemId,
    Value,
};
use crate::reconcile::{Answering, Said, answer};

/// The value that an operator settles a conflict with, and whether it stands for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Which value.
    pub value: Chosen,
    /// Nobody's later change is heard, but one that allows less.
    pub pin: bool,
}

/// Which value.
#[derive(Clone, PartialEq, Eq)]
pub enum Chosen {
    /// What the hub holds.
    Hub,
    /// What this system holds.
    System(SystemId),
    /// What the operator has typed; nothing clears the field.
    Typed(String),
}

impl std::fmt::Debug for Chosen {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hub => out.write_str("Hub"),
            Self::System(system) => write!(out, "System({system})"),
            Self::Typed(_) => out.write_str("Typed(…)"),
        }
    }
}

impl Chosen {
    /// What the journal calls it; values are in the record.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Hub => "the hub's value".to_owned(),
            Self::System(system) => format!("the value of {system}"),
            Self::Typed(_) => "a typed value".to_owned(),
        }
    }
}

/// What one side of a conflict holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Side {
    /// The system; `None`: the hub.
    pub system: Option<SystemId>,
    /// What it holds.
    pub holds: Seen,
    /// Since when the hub has it, or when the system was last seen to hold it.
    pub at: Option<DateTime<Utc>>,
    /// Who has said so at the hub's source, where that is known.
    pub by: Option<String>,
}

/// A conflict as it stands today.
#[derive(Clone)]
pub struct Conflict {
    /// The record, aliases followed.
    pub record: Record,
    /// The field.
    pub field: FieldDef,
    /// The hub first, then the systems by name.
    pub sides: Vec<Side>,
    /// Whether another value can be typed.
    pub is_typed: bool,
}

/// What each side of a conflict holds today; `None` when the review is no conflict, or about nothing that is left.
///
/// # Errors
/// [`ReviewError::Store`] when the store does not answer.
pub async fn sides(hub: &Hub, review: &Review) -> Result<Option<Conflict>, ReviewError> {
    let ReviewKind::Conflict { field, element, observed, .. } = &review.kind else { return Ok(None) };
    let Some((record, links)) = super::draft::load(hub, review.record).await? else { return Ok(None) };
    let Some(def) = hub.rules.registry.field(record.kind, field).cloned() else { return Ok(None) };
    let mut sides = vec![of_hub(&record, field, element.as_ref())];
    for link in links.iter().filter(|link| link.role == Role::Primary && !link.life.has_ended()) {
        let holds = match held(link, field, element.as_ref()) {
            Some(holds) => holds,
            None if Some(&link.system) == review.system.as_ref() => Seen::clone(observed),
            None => continue,
        };
        sides.push(Side { system: Some(link.system.clone()), holds, at: link.seen_at, by: None });
    }
    sides[1..].sort_by(|one, other| one.system.cmp(&other.system));
    let is_typed = can_be_typed(&def, element.as_ref());
    Ok(Some(Conflict { record, field: def, sides, is_typed }))
}

fn of_hub(record: &Record, field: &FieldKey, element: Option<&Element>) -> Side {
    let cells = record.fields.get(field);
    let cell = match (cells, element) {
        (Some(CellSet::One(cell)), _) => Some(cell),
        (Some(CellSet::Many(cells)), Some(element)) => cells.get(element),
        (Some(CellSet::Many(cells)), None) => cells.values().max_by_key(|cell| cell.provenance.at),
        (None, _) => None,
    };
    let holds = match (cells, element) {
        (Some(CellSet::Many(cells)), None) => {
            let held =
                |(key, cell): (&Element, &crate::model::Cell)| Some((key.clone(), cell.value.clone()?));
            Seen::Set(cells.iter().filter_map(held).collect())
        }
        _ => cell.and_then(|cell| cell.value.clone()).map_or(Seen::Empty, Seen::One),
    };
    let story = cell.map(|cell| &cell.provenance);
    let by = story.and_then(|story| {
        let system = story.system.as_ref().map(ToString::to_string);
        let both = [system, story.actor.clone()].into_iter().flatten().collect::<Vec<_>>();
        (!both.is_empty()).then(|| both.join(", "))
    });
    Side { system: None, holds, at: story.map(|story| story.at), by }
}

/// What a system is known to hold of a field, or of one element of it.
fn held(link: &Link, field: &FieldKey, element: Option<&Element>) -> Option<Seen> {
    let known = &link.shadow.0.get(field)?.known;
    match (known, element) {
        (Seen::Set(elements), Some(element)) => {
            Some(elements.get(element).map_or(Seen::Empty, |held| Seen::One(held.clone())))
        }
        (Seen::Masked, _) => None,
        (Seen::Empty | Seen::One(_) | Seen::Set(_), _) => Some(known.clone()),
    }
}

fn can_be_typed(def: &FieldDef, element: Option<&Element>) -> bool {
    element.is_none()
        && def.multiplicity == Multiplicity::One
        && def.audience != Audience::SpecialCategory
        && typed::is_typed(&def.of)
}

impl Draft<'_> {
    /// What follows for the record and the systems when a conflict is settled.
    pub(super) async fn conflict(
        &mut self,
        review: &Review,
        settlement: &Settlement,
        operator: &OperatorId,
    ) -> Result<(), ReviewError> {
        let ReviewKind::Conflict { field, element, observed, .. } = &review.kind else {
            return Err(ReviewError::NotConflict(review.id));
        };
        let Some((record, links)) = super::draft::load(self.hub, review.record).await? else { return Ok(()) };
        let system = review.system.as_ref().and_then(|id| self.hub.systems.get(id));
        let value: Option<(Cow<'_, Seen>, Option<&SystemId>)> = match &settlement.value {
            Chosen::Hub => None,
            Chosen::System(id) if Some(id) == review.system.as_ref() => {
                Some((Cow::Borrowed(&**observed), Some(id)))
            }
            Chosen::System(id) => {
                let there = |link: &&Link| link.system == *id && link.role == Role::Primary;
                let held = links.iter().find(there).and_then(|link| held(link, field, element.as_ref()));
                Some((Cow::Owned(held.ok_or_else(|| ReviewError::NoSide(id.clone()))?), Some(id)))
            }
            Chosen::Typed(text) => {
                let seen = self.typed(&record, field, element.as_ref(), text)?;
                Some((Cow::Owned(seen), None))
            }
        };
        let by = Answering {
            operator: operator.as_str(),
            entry: self.entry,
            now: self.commit.now,
            closed_business_date: system.map(|system| system.closed_business_date(self.commit.now)),
        };
        let value = value.as_ref().map(|(seen, from)| (&**seen, *from));
        let said = Said { value, pin: settlement.pin };
        if let Some(answer) = answer(&self.hub.rules, &record, &links, review, said, by) {
            self.follow(&record, answer);
        }
        Ok(())
    }

    fn typed(
        &self,
        record: &Record,
        field: &FieldKey,
        element: Option<&Element>,
        text: &str,
    ) -> Result<Seen, ReviewError> {
        let def = self.hub.rules.registry.field(record.kind, field);
        let def = def.filter(|def| can_be_typed(def, element));
        let def = def.ok_or_else(|| ReviewError::NotTyped(field.clone()))?;
        let relays = Relays::with(&self.hub.matching.relays);
        let region = Country(self.hub.matching.country_of(record).into());
        let region = (!region.0.is_empty()).then_some(region);
        let read: Option<Value> = typed::read(&def.of, text, &relays, region.as_ref())
            .map_err(|why| ReviewError::Unreadable(field.clone(), why))?;
        Ok(Seen::optional(read))
    }
}
