//! An operator's answer to a conflict: which value stands, whether for good, and who is due then.

use chrono::{DateTime, NaiveDate, Utc};
use litemap::LiteMap;
use std::sync::Arc;

use super::{Rules, due, mail_gate, norm, target};
use crate::model::record::Evidence;
use crate::model::{
    Cell, CellSet, Element, FieldKey, Lane, Link, ObservationId, Provenance, Record, Review, ReviewKind,
    Rule, Seen, SystemId, Value,
};

/// What an answer means. The review itself is ended by the caller.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The record as it is now; `None` when it stays as it was.
    pub record: Option<Record>,
    /// The links whose fields do not wait any more.
    pub links: Vec<Link>,
    /// The systems that now differ from the hub.
    pub due: Vec<(SystemId, Lane)>,
}

/// Who answers, and when.
#[derive(Debug, Clone, Copy)]
pub struct Answering<'a> {
    /// The operator.
    pub operator: &'a str,
    /// The entry of the journal that says so.
    pub entry: ObservationId,
    /// Now.
    pub now: DateTime<Utc>,
    /// The last business date that the property's night audit has closed.
    pub closed_business_date: Option<NaiveDate>,
}

/// What an operator says to a conflict.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// The value that stands, and the system that has it, if one has; `None`: the hub's.
    pub value: Option<(&'a Seen, Option<&'a SystemId>)>,
    /// Whether it stands for good. If not, whoever changes it later is heard as ever.
    pub pin: bool,
}

/// Settles a conflict: a value is taken into the hub, or the hub's stands and the system is written.
///
/// `links` are the record's links. `None` when the review is no conflict.
pub fn answer(
    rules: &Rules,
    record: &Record,
    links: &[Link],
    review: &Review,
    said: Said<'_>,
    by: Answering<'_>,
) -> Option<Answer> {
    let ReviewKind::Conflict { field, element, .. } = &review.kind else { return None };
    let system = review.system.as_ref()?;
    let links = links
        .iter()
        .filter(|link| link.system == *system)
        .filter_map(|link| unblocked(link, field, review))
        .collect();
    let moved = std::slice::from_ref(field);
    let Some((value, from)) = said.value else {
        let lane = due::lane(rules, record, moved, false, by.now);
        let record = said.pin.then(|| pinned(record, field, element.as_ref(), by));
        return Some(Answer { record, links, due: vec![(system.clone(), lane)] });
    };
    let provenance = decided(by, from);
    let mut after = record.clone();
    take(&mut after, field, element.as_ref(), value, &provenance);
    if said.pin {
        after = pinned(&after, field, element.as_ref(), by);
    }
    let mut moved = vec![field.clone()];
    let derived =
        Arc::new(Provenance { system: None, rule: Rule::Derived, ..Provenance::clone(&provenance) });
    moved.extend(mail_gate::refresh(rules, &mut after, by.closed_business_date, &derived));
    let lane = due::lane(rules, &after, &moved, false, by.now);
    Some(Answer { due: due::others(rules, &after, &moved, None, lane), record: Some(after), links })
}

/// Writes down an operator's word about one element of a field that nobody has asked about.
pub fn note(
    rules: &Rules,
    record: &Record,
    field: &FieldKey,
    said: Value,
    by: Answering<'_>,
) -> Option<Answer> {
    let def = rules.registry.field(record.kind, field)?;
    let provenance = decided(by, None);
    let mut after = record.clone();
    take(&mut after, field, Some(&norm::key(def, &said)), &Seen::one(said), &provenance);
    let moved = std::slice::from_ref(field);
    let lane = due::lane(rules, &after, moved, false, by.now);
    Some(Answer { due: due::others(rules, &after, moved, None, lane), record: Some(after), links: vec![] })
}

/// The record with a field, or one element of it, fixed.
fn pinned(record: &Record, field: &FieldKey, element: Option<&Element>, by: Answering<'_>) -> Record {
    let mut record = record.clone();
    let pin = |cell: &mut Cell| cell.pinned_by = Some(by.operator.into());
    match (record.fields.get_mut(field), element) {
        (Some(CellSet::One(cell)), _) => pin(cell),
        (Some(CellSet::Many(cells)), Some(element)) => cells.get_mut(element).into_iter().for_each(pin),
        (Some(CellSet::Many(cells)), None) => cells.iter_mut().for_each(|(_, cell)| pin(cell)),
        (None, _) => {}
    }
    record
}

/// The record with the values of a field free to change again; `None` when none of them is fixed.
pub fn unpinned(record: &Record, field: &FieldKey) -> Option<Record> {
    let mut record = record.clone();
    let mut n_freed = 0;
    let mut free = |cell: &mut Cell| n_freed += usize::from(cell.pinned_by.take().is_some());
    match record.fields.get_mut(field)? {
        CellSet::One(cell) => free(cell),
        CellSet::Many(cells) => cells.iter_mut().for_each(|(_, cell)| free(cell)),
    }
    (n_freed > 0).then_some(record)
}

/// Where a value comes from that an operator has decided: `system` has said it, or nobody but him.
fn decided(by: Answering<'_>, system: Option<&SystemId>) -> Arc<Provenance> {
    Arc::new(Provenance {
        system: system.cloned(),
        observation: Some(by.entry),
        actor: Some(by.operator.to_owned()),
        rule: Rule::Operator,
        at: by.now,
        evidence: Evidence { after: None, until: by.now },
    })
}

/// Puts what was observed into the record.
fn take(
    record: &mut Record,
    field: &FieldKey,
    element: Option<&Element>,
    observed: &Seen,
    provenance: &Arc<Provenance>,
) {
    let cell = |held: Option<&crate::model::document::Held>| Cell {
        value: held.cloned(),
        provenance: Arc::clone(provenance),
        pinned_by: None,
    };
    match (observed, element) {
        (Seen::One(held), Some(element)) => {
            let cells =
                record.fields.entry(field.clone()).or_insert_with(|| CellSet::Many(LiteMap::new_vec()));
            if let CellSet::Many(cells) = cells {
                cells.insert(element.clone(), cell(Some(held)));
            }
        }
        (Seen::Empty, Some(element)) => {
            if let Some(CellSet::Many(cells)) = record.fields.get_mut(field) {
                cells.remove(element);
            }
        }
        (Seen::One(held), None) => {
            record.fields.insert(field.clone(), CellSet::One(cell(Some(held))));
        }
        (Seen::Empty, None) => {
            record.fields.insert(field.clone(), CellSet::One(cell(None)));
        }
        (Seen::Set(elements), _) => {
            let cells = elements.iter().map(|(key, held)| (key.clone(), cell(Some(held)))).collect();
            record.fields.insert(field.clone(), CellSet::Many(cells));
        }
        (Seen::Masked, _) => {}
    }
}

/// The link with the field no longer waiting for this review; `None` when it did not wait.
fn unblocked(link: &Link, field: &FieldKey, review: &Review) -> Option<Link> {
    let blocked =
        link.shadow.0.get(field)?.blocked.as_ref().filter(|blocked| target::is_under_review(blocked))?;
    let mut waits_for = target::reviews_of(blocked);
    if !waits_for.contains(&review.id) {
        return None;
    }
    waits_for.retain(|id| *id != review.id);
    let still = (!waits_for.is_empty()).then(|| target::in_review(blocked.target.clone(), &waits_for));
    let mut link = link.clone();
    link.shadow.0.get_mut(field)?.blocked = still;
    Some(link)
}
