//! What should be true of a world, found without the reconciler: who has to show what, which cells of a reading are
//! new, and when somebody really made a change.

use litemap::LiteMap;
use std::collections::BTreeSet;

use super::natures::PERSON;
use super::storm::Storm;
use super::world::Flight;
use crate::model::document::Held;
use crate::model::keys::MEDICAL;
use crate::model::{
    Cell, CellSet, Direction, Element, FieldKey, Form, Multiplicity, Seen, SystemClass, SystemId, Value,
};
use crate::reconcile::norm;

/// Whether a human has still to decide something about the field, or a system has refused it.
pub(super) fn is_in_review(storm: &Storm, field: &FieldKey) -> bool {
    let shadows = storm.world.links.values().filter_map(|link| link.shadow.0.get(field));
    shadows.into_iter().any(|shadow| shadow.blocked.is_some())
}

/// The cells of a field.
pub(super) fn cells_of(cells: &CellSet) -> Vec<&Cell> {
    match cells {
        CellSet::One(cell) => vec![cell],
        CellSet::Many(cells) => cells.values().collect(),
    }
}

/// What the hub has of a field.
pub(super) fn hub(storm: &Storm, field: &FieldKey) -> Seen {
    storm.world.records[&storm.record].fields.get(field).map_or(Seen::Empty, norm::of_cells)
}

/// What a system really holds of a field.
pub(super) fn held(storm: &Storm, system: &SystemId, field: &FieldKey) -> Seen {
    let (_, id) = storm.ids.iter().find(|(at, _)| at == system).expect("a known system");
    let row = &storm.world.remotes[system].rows[&(PERSON, id.clone())];
    row.document.get(field).cloned().unwrap_or(Seen::Empty)
}

/// Whether the hub's values of a field are for a system to have.
fn travels(storm: &Storm, system: &SystemId, field: &FieldKey, cells: &CellSet) -> bool {
    let def = storm.world.rules.registry.field(PERSON, field).expect("a declared field");
    let class = storm.world.rules.systems[system].class;
    let comes_only_from = |side: SystemClass| {
        cells_of(cells).iter().all(|cell| {
            cell.provenance.system.as_ref().and_then(|system| storm.world.rules.class(system)) == Some(side)
        })
    };
    match storm.world.rules.field_rule(PERSON, def).direction {
        Direction::Both | Direction::Out | Direction::PmsToCrmOrFill => true,
        Direction::PmsToCrm => class == SystemClass::Crm || !comes_only_from(SystemClass::Crm),
        Direction::CrmToPms => class == SystemClass::Pms || !comes_only_from(SystemClass::Pms),
        Direction::Hub => false,
    }
}

/// Whether a system shows what the hub has of a field, as far as its form lets it.
pub(super) fn agrees(storm: &Storm, system: &SystemId, field: &FieldKey) -> bool {
    let rules = &storm.world.rules.systems[system];
    let capability = &rules.capabilities.kinds[&PERSON].fields[field];
    let def = storm.world.rules.registry.field(PERSON, field).expect("a declared field");
    let Some(cells) = storm.world.records[&storm.record].fields.get(field) else { return true };
    let hub = norm::of_cells(cells);
    let is_for_it = travels(storm, system, field, cells) && (*field != MEDICAL || rules.purpose.is_some());
    let held = held(storm, system, field);
    if !is_for_it || !capability.clearable && norm::is_nothing(&capability.form.apply(def, &hub)) {
        return true;
    }
    if def.multiplicity == Multiplicity::One {
        return norm::same(&capability.form.apply(def, &hub), &held);
    }
    // A relay address is of a booking: it stays where it is and goes nowhere.
    let own = |seen: &Seen| -> LiteMap<Element, Held> {
        let all = seen.elements().into_iter().flatten();
        all.filter(|(_, held)| !norm::is_relay(&held.0))
            .map(|(key, held)| (key.clone(), held.clone()))
            .collect()
    };
    let all = Form { slots: None, ..capability.form.clone() }.apply(def, &Seen::Set(own(&hub)));
    let (all, held) = (own(&all), own(&held));
    let room = capability.form.slots.unwrap_or(usize::MAX);
    held.len() == all.len().min(room) && held.iter().all(|(key, value)| all.get(key) == Some(value))
}

/// The changed cells of a reading.
pub(super) fn changed_cells(storm: &Storm, flight: &Flight) -> BTreeSet<(FieldKey, Option<Element>)> {
    let rules = &storm.world.rules.systems[&flight.system];
    let link = storm.world.link_of(&flight.system, PERSON, &flight.observation.subject.external_id);
    let link = link.expect("a link");
    let mut changed = BTreeSet::new();
    for (field, seen) in flight.observation.document.iter() {
        let def = storm.world.rules.registry.field(PERSON, field).expect("a declared field");
        let capability = &rules.capabilities.kinds[&PERSON].fields[field];
        if *seen == Seen::Masked || *field == MEDICAL && rules.purpose.is_none() {
            continue;
        }
        let known = link.shadow.0.get(field).map(|shadow| &shadow.known);
        let seen = capability.form.apply(def, seen);
        if def.multiplicity == Multiplicity::One {
            if !known.map_or(norm::is_nothing(&seen), |known| norm::same(known, &seen)) {
                changed.insert((field.clone(), None));
            }
            continue;
        }
        let none = LiteMap::new_vec();
        let (new, old) = (seen.elements().unwrap_or(&none), known.and_then(Seen::elements).unwrap_or(&none));
        let keys: BTreeSet<_> = new.keys().chain(old.keys()).collect();
        let differing = keys.into_iter().filter(|key| new.get(*key) != old.get(*key));
        changed.extend(differing.map(|key| (field.clone(), Some(key.clone()))));
    }
    changed
}

/// How much a cell of a consent, or of a "do not contact", allows.
pub(super) fn allows(cell: Option<&Cell>) -> u8 {
    allowed(cell.and_then(|cell| cell.value.as_deref()))
}

/// How much a consent, or a "do not contact", allows.
pub(super) fn allowed(value: Option<&Value>) -> u8 {
    match value {
        Some(Value::Entry(parts)) => match parts.get("state").and_then(Value::as_text) {
            Some("granted") => 2,
            Some("denied") => 0,
            Some(_) | None => 1,
        },
        Some(Value::Bool(true)) => 0,
        _ => 1,
    }
}
