//! The invariants of the specification, each over generated worlds.

use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeSet;

use super::storm::{Deed, FIELDS, Nature, PERSON, Storm, deeds, natures, value};
use super::values::{email, set, text};
use super::world::{Flight, World};
use crate::model::keys::{CONSENTS, EMAILS, MEDICAL, SURNAME};
use crate::model::{
    Cell, CellSet, Element, FieldKey, Lane, LinkLife, Multiplicity, Origin, RecordKind, Rule, Seen, Shape,
    SystemClass, SystemId, Value, Verdict,
};
use crate::reconcile::{Outcome, Planned, norm};

/// The whole suite has to stay quick; raise `PROPTEST_CASES` to look longer.
fn some() -> ProptestConfig {
    let fallback = ProptestConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_some() {
        fallback
    } else {
        ProptestConfig { cases: 48, ..fallback }
    }
}

/// Whether a human has still to decide something about the field.
fn is_in_review(storm: &Storm, field: &FieldKey) -> bool {
    let shadows = storm.world.links.values().filter_map(|link| link.shadow.0.get(field));
    shadows.into_iter().any(|shadow| shadow.blocked.is_some())
}

/// Whether a system shows what the hub has of a field, as far as its form lets it.
fn agrees(storm: &Storm, system: &SystemId, field: &FieldKey) -> bool {
    let rules = &storm.world.rules.systems[system];
    let capability = &rules.capabilities.kinds[&PERSON].fields[field];
    let def = storm.world.rules.registry.field(PERSON, field).expect("a declared field");
    let (_, id) = storm.ids.iter().find(|(at, _)| at == system).expect("a known system");
    let row = &storm.world.remotes[system].rows[&(PERSON, id.clone())];
    let held = row.document.get(field).cloned().unwrap_or(Seen::Empty);
    let record = &storm.world.records[&storm.record];
    let Some(cells) = record.fields.get(field) else { return true };
    let hub = norm::of_cells(cells);
    if norm::is_nothing(&hub) && !capability.clearable || *field == MEDICAL && rules.purpose.is_none() {
        return true;
    }
    if def.multiplicity == Multiplicity::One || capability.form.slots.is_none() {
        return norm::same(&capability.form.apply(def, &hub), &held);
    }
    let all = crate::model::Form { slots: None, ..capability.form.clone() }.apply(def, &hub);
    let (all, held) =
        (all.elements().cloned().unwrap_or_default(), held.elements().cloned().unwrap_or_default());
    let room = capability.form.slots.unwrap_or(usize::MAX);
    held.len() == all.len().min(room) && held.iter().all(|(key, value)| all.get(key) == Some(value))
}

/// The changed cells of a reading, found without the reconciler.
fn changed_cells(storm: &Storm, flight: &Flight) -> BTreeSet<(FieldKey, Option<Element>)> {
    let rules = &storm.world.rules.systems[&flight.system];
    let link =
        storm.world.link_of(&flight.system, PERSON, &flight.observation.subject.external_id).expect("a link");
    let mut changed = BTreeSet::new();
    for (field, seen) in flight.observation.document.iter() {
        let def = storm.world.rules.registry.field(PERSON, field).expect("a declared field");
        let capability = &rules.capabilities.kinds[&PERSON].fields[field];
        if *field == MEDICAL && rules.purpose.is_none() {
            continue;
        }
        let (seen, known) =
            (capability.form.apply(def, seen), link.shadow.0.get(field).map(|shadow| &shadow.known));
        if def.multiplicity == Multiplicity::One {
            if !known.map_or(norm::is_nothing(&seen), |known| norm::same(known, &seen)) {
                changed.insert((field.clone(), None));
            }
            continue;
        }
        let (new, old) =
            (seen.elements().cloned().unwrap_or_default(), known.and_then(Seen::elements).cloned());
        let old = old.unwrap_or_default();
        let keys: BTreeSet<_> = new.keys().chain(old.keys()).collect();
        changed.extend(
            keys.into_iter()
                .filter(|key| new.get(*key) != old.get(*key))
                .map(|key| (field.clone(), Some(key.clone()))),
        );
    }
    changed
}

fn consent_of(storm: &Storm) -> Option<Cell> {
    let record = &storm.world.records[&storm.record];
    record.elements(&CONSENTS).and_then(|cells| cells.values().next()).cloned()
}

fn allows(cell: &Cell) -> u8 {
    let state = match cell.value.as_ref().map(|held| &held.0) {
        Some(Value::Entry(parts)) => parts.get("state").and_then(Value::as_text).map(str::to_owned),
        _ => None,
    };
    match state.as_deref() {
        Some("granted") => 2,
        Some("denied") => 0,
        _ => 1,
    }
}

proptest! {
    #![proptest_config(some())]

    #[test]
    fn i1_systems_converge_within_two_rounds(natures in natures(), deeds in deeds()) {
        let mut storm = Storm::brewing(&natures);
        storm.rage(&deeds);
        let rounds = (0..6).take_while(|_| storm.world.round() > 0).count();
        prop_assert!(rounds <= 2, "it took {rounds} rounds");
        for (system, id) in &storm.ids {
            let link = storm.world.link_of(system, PERSON, id).expect("a link");
            if link.life == LinkLife::Quarantined {
                continue;
            }
            for field in FIELDS.iter().filter(|field| !is_in_review(&storm, field)) {
                prop_assert!(agrees(&storm, system, field), "{system} differs in {field}");
            }
        }
    }

    #[test]
    fn i2_every_changed_cell_has_one_disposition(natures in natures(), deeds in deeds(), more in deeds()) {
        let mut storm = Storm::brewing(&natures);
        storm.rage(&deeds);
        let edits: Vec<Deed> = more.into_iter().filter(|deed| matches!(deed, Deed::Edit { .. })).collect();
        storm.rage(&edits);
        for (system, id) in storm.ids.clone() {
            let link = storm.world.link_of(&system, PERSON, &id).expect("a link").clone();
            let flight = storm.world.fetch(system.as_str(), PERSON, &id);
            let outcome = storm.world.weigh(&flight);
            if link.life == LinkLife::Quarantined || outcome.link.as_ref().is_some_and(|link| link.life == LinkLife::Quarantined) {
                continue;
            }
            let expected = changed_cells(&storm, &flight);
            let disposed = outcome.dispositions.iter().map(|one| (one.field.clone(), one.element.clone()));
            let disposed: Vec<_> = disposed.collect();
            prop_assert_eq!(disposed.iter().cloned().collect::<BTreeSet<_>>(), expected);
            prop_assert_eq!(disposed.len(), disposed.iter().collect::<BTreeSet<_>>().len());
        }
    }

    #[test]
    fn i3_reading_again_after_peace_writes_nothing(natures in natures(), deeds in deeds()) {
        let mut storm = Storm::brewing(&natures);
        storm.rage(&deeds);
        storm.world.settle_down();
        storm.world.due.clear();
        for (system, id) in storm.ids.clone() {
            let outcome = storm.world.see(system.as_str(), PERSON, &id);
            prop_assert_eq!(outcome.due, vec![], "{} is an echo", system);
            prop_assert_eq!((outcome.dispositions, outcome.record), (vec![], None));
            let is_quiet = matches!(storm.world.plan(&system, storm.record), Planned::Nothing | Planned::Excluded(_));
            prop_assert!(is_quiet, "{} would be written", system);
        }
    }

    #[test]
    fn i4_a_second_delivery_changes_nothing(natures in natures(), deeds in deeds(), at in 0_usize..5, kind in 0_u8..4) {
        let mut storm = Storm::brewing(&natures);
        storm.rage(&deeds);
        let (system, id) = storm.ids[at % storm.ids.len()].clone();
        let mut flight = storm.world.fetch(system.as_str(), PERSON, &id);
        match kind {
            0 => flight.observation.shape = Shape::Partial,
            1 => flight.observation.origin = Origin::History,
            _ => {}
        }
        storm.world.judge(&flight);
        let (records, links) = (storm.world.records.clone(), storm.world.links.clone());
        let again = storm.world.judge(&flight);
        prop_assert_eq!((&again.due, &again.reviews), (&vec![], &vec![]));
        if kind != 1 {
            prop_assert_eq!(again, Outcome::default());
        }
        prop_assert_eq!((&storm.world.records, &storm.world.links), (&records, &links));
    }

    #[test]
    fn i5_the_order_between_sources_does_not_matter(
        natures in natures(),
        edits in vec((0_usize..2, 0_usize..FIELDS.len(), any::<u8>()), 1..12),
        order in vec(any::<bool>(), 40),
    ) {
        let mut storm = Storm::brewing(&natures);
        let mut flights: [Vec<Flight>; 2] = [Vec::new(), Vec::new()];
        for (system, field, number) in edits {
            let (name, id) = storm.ids[system].clone();
            storm.world.edit(name.as_str(), PERSON, &id, &FIELDS[field], value(&FIELDS[field], number));
            let flight = storm.world.fetch(name.as_str(), PERSON, &id);
            flights[system].push(flight);
        }
        let mut straight = storm.clone();
        flights.iter().flatten().for_each(|flight| drop(straight.world.judge(flight)));
        let mut rest = flights.map(std::collections::VecDeque::from);
        for turn in order {
            let side = usize::from(turn);
            if let Some(flight) = rest[side].pop_front() {
                storm.world.judge(&flight);
                storm.world.judge(&flight);
            }
        }
        rest.iter().flatten().for_each(|flight| drop(storm.world.judge(flight)));
        let is_quarantined = |storm: &Storm| storm.world.links.values().any(|link| link.life == LinkLife::Quarantined);
        if is_quarantined(&storm) || is_quarantined(&straight) {
            return Ok(());
        }
        for field in FIELDS.iter().filter(|field| !is_in_review(&storm, field) && !is_in_review(&straight, field)) {
            let of = |storm: &Storm| storm.world.records[&storm.record].fields.get(field).map(norm::of_cells);
            let (one, other) = (of(&storm).unwrap_or(Seen::Empty), of(&straight).unwrap_or(Seen::Empty));
            prop_assert!(norm::same(&one, &other), "{field}: {one:?} or {other:?}");
        }
    }

    #[test]
    fn i7_nothing_is_deleted_on_a_guess(natures in natures(), shapes in vec(0_u8..4, 1..12), at in 1_usize..5) {
        let mut storm = Storm::brewing(&natures);
        let (system, id) = storm.ids[at % storm.ids.len()].clone();
        let (mut absences, mut is_said) = (0, false);
        for shape in shapes {
            let shape = [Shape::Full, Shape::Absent, Shape::Deleted, Shape::NotFound][usize::from(shape)].clone();
            let outcome = storm.world.show(system.as_str(), PERSON, &id, shape.clone());
            let life = &storm.world.link_of(&system, PERSON, &id).expect("a link").life;
            let is_proved = absences >= 2 || is_said;
            match shape {
                Shape::Full => (absences, is_said) = (0, false),
                Shape::Absent => absences += 1,
                Shape::Deleted => is_said = true,
                _ => prop_assert_eq!(*life == LinkLife::Gone, is_proved),
            }
            if *life == LinkLife::Gone {
                prop_assert!(storm.world.is_live(storm.record), "the record stays");
                (absences, is_said) = (2, true);
            }
            let is_quiet = storm.ids.iter().all(|(system, _)| {
                matches!(storm.world.plan(system, storm.record), Planned::Nothing | Planned::Excluded(_))
            });
            prop_assert!(is_quiet && outcome.record.is_none(), "no other system hears of it");
        }
    }

    #[test]
    fn i9_every_value_traces_to_an_observation(natures in natures(), deeds in deeds()) {
        let mut storm = Storm::brewing(&natures);
        storm.rage(&deeds);
        for (field, cells) in &storm.world.records[&storm.record].fields {
            let cells: Vec<&Cell> = match cells {
                CellSet::One(cell) => vec![cell],
                CellSet::Many(cells) => cells.values().collect(),
            };
            for cell in cells {
                let origin = cell.provenance.as_ref();
                let entry = storm.world.journal.iter().find(|(id, ..)| Some(*id) == origin.observation);
                let (_, system, dispositions) = entry.expect("an entry of the journal");
                prop_assert_eq!(Some(system), origin.system.as_ref());
                let applied = Verdict::Applied(origin.rule);
                let told = dispositions.iter().any(|one| one.field == *field && one.verdict == applied);
                prop_assert!(told, "{field} by {:?}", origin.rule);
            }
        }
    }

    #[test]
    fn i10_consent_only_tightens_without_evidence(natures in natures(), deeds in deeds()) {
        let mut storm = Storm::brewing(&natures);
        for deed in &deeds {
            let before = consent_of(&storm);
            storm.happen(deed);
            let after = consent_of(&storm);
            let Some(before) = before else { continue };
            let Some(after) = after else {
                prop_assert!(allows(&before) > 0, "a refusal does not disappear");
                continue;
            };
            if allows(&after) > allows(&before) {
                let (new, old) = (after.provenance.evidence, before.provenance.evidence);
                prop_assert!(new.after.is_some_and(|after| after >= old.until), "given, but perhaps before");
                prop_assert!(!matches!(deed, Deed::Import { .. }), "history raises nothing");
            }
        }
    }

    #[test]
    fn i15_a_refused_field_delays_only_itself(natures in natures(), deeds in deeds(), poison in 0_usize..FIELDS.len()) {
        let mut storm = Storm::brewing(&natures);
        let (system, id) = storm.ids[1].clone();
        storm.world.remote(system.as_str()).refuses.insert(FIELDS[poison].clone());
        storm.rage(&deeds);
        storm.world.settle_down();
        let link = storm.world.link_of(&system, PERSON, &id).expect("a link");
        if link.life != LinkLife::Quarantined {
            for field in FIELDS.iter().filter(|field| !is_in_review(&storm, field)) {
                prop_assert!(agrees(&storm, &system, field), "{field} waits for a field that is refused");
            }
        }
    }

    #[test]
    fn i16_history_never_uses_the_urgent_lanes(natures in natures(), deeds in deeds(), at in 0_usize..5) {
        let mut storm = Storm::brewing(&natures);
        storm.rage(&deeds);
        let (system, id) = storm.ids[at % storm.ids.len()].clone();
        let mut flight = storm.world.fetch(system.as_str(), PERSON, &id);
        storm.world.remotes.get_mut(&system).expect("a system").manners.gives_versions = false;
        flight.observation.source_version = None;
        let live = storm.world.weigh(&flight);
        flight.observation.origin = Origin::History;
        let history = storm.world.weigh(&flight);
        prop_assert!(history.due.iter().all(|(_, lane)| *lane == Lane::Backfill), "{:?}", history.due);
        prop_assert!(live.due.iter().all(|(_, lane)| *lane < Lane::Backfill), "{:?}", live.due);
        let consent_moved = live.dispositions.iter().any(|one| {
            one.field == CONSENTS && matches!(one.verdict, Verdict::Applied(_))
        });
        prop_assert!(!consent_moved || live.due.iter().all(|(_, lane)| *lane == Lane::Status));
    }

    #[test]
    fn i17_no_special_value_leaves_without_a_purpose(natures in natures(), deeds in deeds()) {
        let mut storm = Storm::brewing(&natures);
        for deed in &deeds {
            storm.happen(deed);
            for (system, rules) in &storm.world.rules.systems {
                let Planned::Write(op) = storm.world.plan(system, storm.record) else { continue };
                let is_special = op.document.get(&MEDICAL).is_some();
                prop_assert!(!is_special || rules.purpose.is_some(), "{system} has no purpose");
                prop_assert_eq!(op.purpose.is_some(), is_special);
            }
        }
    }

    #[test]
    fn i18_an_equal_address_never_joins_two_persons(natures in natures(), homes in vec(0_usize..5, 2..6)) {
        let mut world = blank(&natures);
        let shared = set(&EMAILS, [email("family@example.com")]);
        for (index, home) in homes.iter().enumerate() {
            let system = format!("s{}", home % natures.len());
            let name = (SURNAME, Seen::one(text(["Moreau", "Moreau", "Silva"][index % 3])));
            world.create(&system, PERSON, &[name, (EMAILS, shared.clone())]);
        }
        world.see_all();
        prop_assert_eq!(world.records.len(), homes.len());
        world.settle_down();
        prop_assert_eq!(world.records.len(), homes.len());
        for remote in world.remotes.values() {
            prop_assert_eq!(remote.rows.len(), homes.len());
        }
    }
}

/// The same systems as in a storm, with nobody in them.
fn blank(natures: &[Nature]) -> World {
    let mut world = World::new();
    for index in 0..natures.len() {
        let class = if index % 2 == 0 { SystemClass::Pms } else { SystemClass::Crm };
        world = world.with_system(&format!("s{index}"), class, &[(RecordKind::Person, &[SURNAME, EMAILS])]);
    }
    world
}

#[test]
fn rules_that_a_storm_uses_are_the_standard_ones() {
    let world = World::new();
    let consents = world.rules.registry.field(PERSON, &CONSENTS).expect("declared");
    assert_eq!(consents.policy, crate::model::Policy::MostRestrictive);
    assert_ne!(Verdict::Applied(Rule::Latest), Verdict::Applied(Rule::Fill));
}
