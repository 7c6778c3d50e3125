//! The laws of normal forms (L1 to L4) as the reconciler relies on them, and I6: merges conserve and are undone.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::collections::BTreeMap;

use super::natures::{Climate, FIELDS, PERSON, climates, value};
use super::storm::{Storm, deeds};
use super::values::minute;
use crate::model::fields::standard;
use crate::model::form::{Case, Form, Keeps, Limit};
use crate::model::{Document, Life, LinkLife, Record, RecordId, SystemId};
use crate::reconcile::{Choice, Side, leaves_a_choice, merge, root, split};
use uuid::Uuid;

fn forms() -> impl Strategy<Value = Form> {
    let case = prop_oneof![Just(Case::Kept), Just(Case::Upper), Just(Case::Lower), Just(Case::Capitalised)];
    let limit = prop_oneof![
        Just(Limit::None),
        (1_usize..12).prop_map(Limit::Chars),
        (4_usize..20).prop_map(Limit::EscapedBytes)
    ];
    (case, limit, proptest::option::of(0_usize..3), any::<bool>()).prop_map(|(case, limit, slots, keeps)| {
        Form {
            case,
            limit,
            slots,
            keeps: if keeps { Keeps::EVERYTHING } else { Keeps::NOTHING },
            ..Form::default()
        }
    })
}

fn record_id(number: u128) -> RecordId {
    RecordId::new(Uuid::from_u128(number))
}

/// Two persons with whatever a storm has made of them.
fn strangers(
    climate: &Climate,
    one: &[super::storm::Deed],
    other: &[super::storm::Deed],
) -> (Storm, Record, Record) {
    let grown = |deeds: &[super::storm::Deed]| {
        let mut storm = Storm::brewing(climate);
        storm.rage(deeds);
        storm
    };
    let (first, second) = (grown(one), grown(other));
    let main = first.world.records[&first.record].clone();
    let other = Record { id: record_id(u128::MAX), ..second.world.records[&second.record].clone() };
    (first, main, other)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn l1_l2_l3_a_form_is_idempotent_and_round_trips(form in forms(), field in 0_usize..FIELDS.len(), number: u8) {
        let registry = standard();
        let def = registry.field(PERSON, &FIELDS[field]).expect("a declared field");
        let once = form.apply(def, &value(&FIELDS[field], number));
        prop_assert_eq!(form.apply(def, &once), once.clone(), "L1, and L2: what was read is written back as it is");
        prop_assert!(form.equivalent(def, &once, &value(&FIELDS[field], number)), "L3: equivalent after the round trip");
    }

    #[test]
    fn l4_what_the_system_still_holds_impoverishes_nothing(climate in climates(), deeds in deeds()) {
        let mut storm = Storm::brewing(&climate);
        storm.rage(&deeds);
        storm.world.settle_down();
        let before = storm.world.records[&storm.record].fields.clone();
        storm.world.wait(120);
        storm.world.see_all();
        prop_assert_eq!(&storm.world.records[&storm.record].fields, &before);
    }

    #[test]
    fn i6_a_split_gives_back_exactly_what_was_merged(climate in climates(), one in deeds(), other in deeds()) {
        let (storm, main, other) = strangers(&climate, &one, &other);
        let merged = merge(&storm.world.rules, &main, &other, &[], None).expect("a merge");
        prop_assert_eq!(merged.other.life, Life::MergedInto(main.id));
        for (field, cells) in &other.fields {
            prop_assert!(merged.main.fields.contains_key(field), "{field} is lost: {cells:?}");
        }
        let undone = split(&merged.main, &merged.other, &merged.event, &|_| false).expect("a split");
        prop_assert_eq!((undone.main, undone.other), (main, other));
    }

    #[test]
    fn i6_a_choice_is_obeyed_and_undone(climate in climates(), one in deeds(), other in deeds(), field in 0_usize..FIELDS.len()) {
        let (storm, main, other) = strangers(&climate, &one, &other);
        let choice = Choice { field: FIELDS[field].clone(), element: None, side: Side::Main };
        let merged = merge(&storm.world.rules, &main, &other, &[choice], None).expect("a merge");
        let rules = &storm.world.rules;
        let def = rules.registry.field(PERSON, &FIELDS[field]).expect("a declared field");
        if !leaves_a_choice(rules.field_rule(PERSON, def).policy) {
            let unchosen = merge(rules, &main, &other, &[], None).expect("a merge");
            prop_assert_eq!(&merged.main.fields, &unchosen.main.fields, "nobody chooses among consents and notes");
        } else if let Some(cells) = main.fields.get(&FIELDS[field]) {
            prop_assert_eq!(merged.main.fields.get(&FIELDS[field]), Some(cells));
        }
        let undone = split(&merged.main, &merged.other, &merged.event, &|_| false).expect("a split");
        prop_assert_eq!((undone.main, undone.other), (main, other));
    }

    #[test]
    fn i6_following_aliases_ends(aliases in vec((0_u128..12, 0_u128..12), 0..20), from in 0_u128..12) {
        let forest: BTreeMap<RecordId, RecordId> =
            aliases.into_iter().map(|(from, to)| (record_id(from), record_id(to))).collect();
        let life = |id: RecordId| Some(forest.get(&id).map_or(Life::Live, |to| Life::MergedInto(*to)));
        let end = root(record_id(from), &life);
        prop_assert_eq!(root(end, &life), end, "the end is an end");
    }

    #[test]
    fn i6_links_and_references_survive_a_merge(climate in climates(), one in deeds()) {
        let mut storm = Storm::brewing(&climate);
        storm.rage(&one);
        let stranger = storm.world.create("s0", PERSON, &[(crate::model::keys::SURNAME, value(&crate::model::keys::SURNAME, 1))]);
        storm.world.settle_down();
        let system = SystemId::from("s0");
        let other = storm.world.link_of(&system, PERSON, &stranger).expect("a link").record;
        let links: Vec<_> = storm.world.links.values().map(|link| (link.id, link.record)).collect();
        storm.world.merge(storm.record, other);
        let after: Vec<_> = storm.world.links.values().map(|link| (link.id, link.record)).collect();
        prop_assert_eq!(links, after, "a merge rewrites no link");
        let lost = storm.world.links.values().filter(|link| storm.world.root(link.record) != storm.record);
        prop_assert_eq!(lost.count(), 0);
    }
}

#[test]
fn a_full_reading_of_nothing_clears_nothing() {
    let climate = climates().new_tree(&mut proptest::test_runner::TestRunner::deterministic());
    let mut storm = Storm::brewing(&climate.expect("a climate").current());
    let (system, id) = storm.ids[0].clone();
    let before = storm.world.records[&storm.record].clone();
    let mut flight = storm.world.fetch(system.as_str(), PERSON, &id);
    flight.observation.document = Document::new();
    flight.fetched_at = minute(100_000);
    storm.world.judge(&flight);
    let after = &storm.world.records[&storm.record];
    assert_eq!(after.fields, before.fields);
    let life = &storm.world.link_of(&system, PERSON, &id).expect("a link").life;
    assert_eq!(*life, LinkLife::Live);
}
