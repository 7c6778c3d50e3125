//! Cases 37 to 45: merges seen at a system or made by an operator, and their undoing.

use super::value_cases::{PERSON, pair};
use super::values::{bare_email, consent, email, relay, set, text, verified};
use super::world::World;
use crate::model::document::Held;
use crate::model::journal::Event;
use crate::model::keys::{CONSENTS, EMAILS, GIVEN_NAMES, SURNAME, TITLE};
use crate::model::value::Email;
use crate::model::{
    CellSet, ExternalId, Life, Link, LinkLife, Record, RecordId, RecordKind, Role, Seen, Shape, Value,
};
use crate::reconcile::{Choice, MergeRefused, ReadAgain, Side, merge, merge_all, norm, split, yielding};

/// Two persons of the PMS, both at the CRM.
struct Two {
    world: World,
    pms: [ExternalId; 2],
    crm: [ExternalId; 2],
    records: [RecordId; 2],
}

fn two() -> Two {
    let mut world = pair();
    let person = |world: &mut World, name: &str, address: &str| {
        let fields = [(SURNAME, Seen::one(text(name))), (EMAILS, set(&EMAILS, [email(address)]))];
        world.create("pms", PERSON, &fields)
    };
    let pms =
        [person(&mut world, "Moreau", "a@example.com"), person(&mut world, "Moreau D", "b@example.com")];
    world.settle_down();
    let records = pms.clone().map(|id| world.record("pms", PERSON, &id).id);
    let crm = records.map(|record| world.counterpart(record, "crm").expect("created"));
    Two { world, pms, crm, records }
}

impl Two {
    fn merged_at(&mut self, system: &str, lose: usize, keep: usize) {
        let ids = if system == "pms" { &self.pms } else { &self.crm };
        let (lose, keep) = (ids[lose].clone(), ids[keep].clone());
        self.world.remote(system).rows.remove(&(PERSON, lose.clone()));
        self.world.show(system, PERSON, &lose, Shape::MergedInto(keep));
    }

    fn is_one(&self) -> RecordId {
        let [one, other] = self.records.map(|record| self.world.root(record));
        assert_eq!(one, other, "one record");
        one
    }

    fn addresses(&self, system: &str, id: &ExternalId) -> usize {
        let row = &self.world.remotes[&system.into()].rows[&(PERSON, id.clone())];
        row.document.get(&EMAILS).and_then(Seen::elements).map_or(0, litemap::LiteMap::len)
    }
}

pub(super) fn merged_at_the_pms_both_at_the_crm() {
    let mut two = two();
    two.merged_at("pms", 1, 0);
    let record = two.is_one();
    two.world.settle_down();
    assert_eq!(two.addresses("pms", &two.pms[0].clone()), 2, "the survivor has what both had");
    let links = two.world.links_of(record);
    let second = links.iter().find(|link| link.role == Role::Secondary).expect("a secondary counterpart");
    let second = (second.system.clone(), second.external_id.clone().expect("an id"));
    assert_eq!(second.0, "crm".into());
    assert_eq!(two.addresses("crm", &second.1), 1, "the second counterpart is left as it is");
    two.world.edit("pms", PERSON, &two.pms[0].clone(), &CONSENTS, set(&CONSENTS, [consent("denied")]));
    two.world.settle_down();
    let row = &two.world.remotes[&second.0].rows[&(PERSON, second.1)];
    assert_eq!(row.document.get(&CONSENTS), Some(&set(&CONSENTS, [consent("denied")])), "but for consent");
}

pub(super) fn merged_at_the_pms_one_at_the_crm() {
    let mut two = two();
    let gone = two.crm[0].clone();
    two.world.remote("crm").rows.remove(&(PERSON, gone.clone()));
    two.world.show("crm", PERSON, &gone, Shape::Deleted);
    two.world.show("crm", PERSON, &gone, Shape::NotFound);
    two.merged_at("pms", 1, 0);
    two.is_one();
    two.world.settle_down();
    assert_eq!(two.addresses("crm", &two.crm[1].clone()), 2, "the one that is there stands for both");
}

pub(super) fn merged_into_a_new_id() {
    let mut two = two();
    let (old, new) = (two.crm[0].clone(), ExternalId::new("crm-new"));
    let row = two.world.remote("crm").rows.remove(&(PERSON, old.clone())).expect("a row");
    two.world.remote("crm").rows.insert((PERSON, new.clone()), row);
    let outcome = two.world.show("crm", PERSON, &old, Shape::MergedInto(new.clone()));
    assert_eq!(outcome.read_again, Some(ReadAgain::Survivor));
    two.world.see("crm", PERSON, &new);
    assert_eq!(two.world.record("crm", PERSON, &new).id, two.records[0], "relinked");
    two.world.edit("pms", PERSON, &two.pms[0].clone(), &TITLE, Seen::one(text("Dr")));
    two.world.settle_down();
    assert_eq!(two.world.held("crm", PERSON, &new, &TITLE), Some(&text("Dr")));
}

pub(super) fn merged_at_the_crm_only() {
    let mut two = two();
    two.merged_at("crm", 1, 0);
    let record = two.is_one();
    two.world.settle_down();
    assert_eq!(two.addresses("crm", &two.crm[0].clone()), 2);
    let at_pms: Vec<_> =
        two.world.links_of(record).into_iter().filter(|link| link.system == "pms".into()).collect();
    assert_eq!(at_pms.len(), 2, "the PMS keeps both");
    assert_eq!(at_pms.iter().filter(|link| link.role == Role::Secondary).count(), 1);
}

pub(super) fn a_merge_that_looks_like_a_deletion() {
    let mut two = two();
    let (lost, kept) = (two.crm[1].clone(), two.crm[0].clone());
    two.world.remote("crm").rows.remove(&(PERSON, lost.clone()));
    let outcome = two.world.show("crm", PERSON, &lost, Shape::Deleted);
    assert_eq!(outcome.read_again, Some(ReadAgain::Absence), "nothing is concluded before the probe");
    two.world.show("crm", PERSON, &lost, Shape::MergedInto(kept));
    two.is_one();
}

pub(super) fn opposite_merges_make_one_forest() {
    let survivors = [["pms", "crm"], ["crm", "pms"]].map(|order| {
        let mut two = two();
        for system in order {
            let (lose, keep) = if system == "pms" { (0, 1) } else { (1, 0) };
            two.merged_at(system, lose, keep);
        }
        two.world.settle_down();
        two.is_one()
    });
    assert_eq!(survivors[0], survivors[1], "whoever is heard first");
}

pub(super) fn a_wrong_merge_is_undone() {
    let two = two();
    let [main, other] = two.records.map(|id| two.world.records[&id].clone());
    let merged = merge(&two.world.rules, &main, &other, &[], None).expect("a merge");
    assert_eq!(merged.main.elements(&EMAILS).map(litemap::LiteMap::len), Some(2));
    let mut edited = merged.main.clone();
    edited.fields.insert(TITLE, merged.main.fields[&SURNAME].clone());
    let undone = split(&edited, &merged.other, &merged.event, &|_| true).expect("a split");
    let mut with_edit = other.clone();
    with_edit.fields.insert(TITLE, merged.main.fields[&SURNAME].clone());
    assert_eq!((undone.main, undone.other), (main, with_edit), "an edit since goes where it belongs");
    assert_eq!(undone.never_merge, (two.records[0], two.records[1]));
}

pub(super) fn two_memberships_are_both_kept() {
    let mut two = two();
    let membership = |world: &mut World, holder: RecordId| {
        let id = RecordId::new(world.uuid());
        world.put(Record::new(id, RecordKind::Membership));
        (id, holder)
    };
    let records = two.records;
    let memberships = records.map(|holder| membership(&mut two.world, holder));
    two.world.merge(records[0], records[1]);
    let holders = memberships.map(|(id, holder)| (two.world.is_live(id), two.world.root(holder)));
    assert_eq!(holders, [(true, records[0]), (true, records[0])], "both numbers, one person");
    let pair = (&two.world.records[&memberships[0].0], &two.world.records[&memberships[1].0]);
    let refused = merge(&two.world.rules, pair.0, pair.1, &[], None);
    assert_eq!(refused.expect_err("two numbers are never one"), MergeRefused::NotAProfile);
}

pub(super) fn a_person_is_no_company() {
    let two = two();
    let person = &two.world.records[&two.records[0]];
    let other = &two.world.records[&two.records[1]];
    let refuse =
        |other: &Record, hindrance| merge(&two.world.rules, person, other, &[], hindrance).map(|_| ());
    let company = Record { kind: RecordKind::Company, ..other.clone() };
    assert_eq!(refuse(&company, None), Err(MergeRefused::DifferentKinds));
    let erased = Record { life: Life::Erased, ..other.clone() };
    assert_eq!(refuse(&erased, None), Err(MergeRefused::NotLive));
    assert_eq!(refuse(person, None), Err(MergeRefused::Same));
    assert_eq!(refuse(other, Some(MergeRefused::FolioInHouse)), Err(MergeRefused::FolioInHouse));
    assert_eq!(refuse(other, None), Ok(()));
}

#[test]
fn a_merge_keeps_both_parties_for_the_split() {
    let two = two();
    let [main, other] = two.records.map(|id| two.world.records[&id].clone());
    let merged = merge(&two.world.rules, &main, &other, &[], None).expect("a merge");
    let Event::Merged { main_before, other_before, .. } = &merged.event else { panic!("another event") };
    assert_eq!((main_before.as_ref(), other_before.as_ref()), (&main, &other));
    assert_eq!(merged.other.life, Life::MergedInto(main.id));
}

#[test]
fn a_merged_link_stays_merged() {
    let mut two = two();
    two.merged_at("pms", 1, 0);
    let link = two.world.link_of(&"pms".into(), PERSON, &two.pms[1]).expect("a link");
    assert_eq!(link.life, LinkLife::MergedInto(two.pms[0].clone()));
}

#[test]
fn the_stricter_consent_survives_a_merge() {
    for denied_by in [0, 1] {
        let mut two = two();
        for (at, id) in two.pms.clone().into_iter().enumerate() {
            let state = if at == denied_by { "denied" } else { "granted" };
            two.world.edit("pms", PERSON, &id, &CONSENTS, set(&CONSENTS, [consent(state)]));
        }
        two.world.settle_down();
        let [main, other] = two.records.map(|id| two.world.records[&id].clone());
        let merged = merge(&two.world.rules, &main, &other, &[], None).expect("a merge");
        let cells = merged.main.elements(&CONSENTS).expect("consents");
        let values: Vec<_> = cells.values().filter_map(|cell| cell.value.clone()).collect();
        assert_eq!(values, [Held::new(consent("denied"))], "denied by {denied_by}");
    }
}

#[test]
fn what_an_operator_has_fixed_survives_a_merge() {
    let two = two();
    for fixed in [0, 1] {
        let mut records = two.records.map(|id| two.world.records[&id].clone());
        if let Some(CellSet::One(cell)) = records[fixed].fields.get_mut(&SURNAME) {
            cell.pinned_by = Some("olga".into());
        }
        let wanted = records[fixed].value(&SURNAME).cloned();
        for (main, other) in [(0, 1), (1, 0)] {
            let merged = merge(&two.world.rules, &records[main], &records[other], &[], None);
            let merged = merged.expect("a merge").main;
            assert_eq!(merged.value(&SURNAME).cloned(), wanted, "{fixed} is fixed, {main} is the main one");
        }
    }
}

#[test]
fn a_merge_leaves_one_primary_address() {
    let mut two = two();
    for (id, address) in two.pms.clone().into_iter().zip(["a@example.com", "b@example.com"]) {
        let primary = Value::Email(Email { primary: true, ..bare_email(address) });
        two.world.edit("pms", PERSON, &id, &EMAILS, set(&EMAILS, [primary]));
    }
    two.world.settle_down();
    let [main, other] = two.records.map(|id| two.world.records[&id].clone());
    let merged = merge(&two.world.rules, &main, &other, &[], None).expect("a merge").main;
    let emails = norm::of_cells(&merged.fields[&EMAILS]);
    let primary = |held: &&Held| norm::is_primary(&held.0);
    assert_eq!(emails.elements().map(|all| all.values().filter(primary).count()), Some(1));
}

#[test]
fn a_counterpart_in_doubt_gives_way_to_one_that_is_there() {
    let two = two();
    let mut links: Vec<Link> = two.records.iter().flat_map(|id| two.world.links_of(*id)).collect();
    let of_main = |link: &Link| link.record == two.records[0];
    for link in links.iter_mut().filter(|link| of_main(link)) {
        link.life = LinkLife::Quarantined;
    }
    let given_up = yielding(&links, &|link| !of_main(link));
    assert_eq!(given_up.len(), 2, "one at each system");
    assert!(given_up.iter().all(|link| of_main(link) && link.role == Role::Secondary));
}

/// What a merge leaves of a single value that the first of these has, and then the others.
fn surviving(field: &crate::model::FieldKey, values: &[&str]) -> Option<Value> {
    let two = two();
    let template = &two.world.records[&two.records[0]];
    let CellSet::One(cell) = &template.fields[&SURNAME] else { panic!("a single value") };
    let mut records = values.iter().enumerate().map(|(nth, value)| {
        let mut record = Record::new(RecordId::new(uuid::Uuid::from_u128(900 + nth as u128)), PERSON);
        let cell = crate::model::Cell { value: Some(Held::new(text(value))), ..cell.clone() };
        record.fields.insert(field.clone(), CellSet::One(cell));
        record
    });
    let main = records.next().expect("a record");
    let others: Vec<Record> = records.collect();
    let merged = merge_all(&two.world.rules, &main, &others, &[], None).expect("they become one");
    merged.main.value(field).cloned()
}

#[test]
fn the_fuller_name_survives_and_then_the_one_that_most_have() {
    for (values, survivor) in [
        (&["M.", "Marta"][..], "Marta"),
        (&["Marta", "M."], "Marta"),
        (&["Marta", "Marta Sofía"], "Marta Sofía"),
        (&["MARTA", "Marta"], "Marta"),
        (&["Sofia", "Sofía"], "Sofía"),
        (&["Ana", "Anna"], "Ana"),
        (&["Ana", "Anna", "Anna"], "Anna"),
        (&["Ana", "Anna", "Ana María", "Anna"], "Ana María"),
    ] {
        assert_eq!(surviving(&GIVEN_NAMES, values), Some(text(survivor)), "{values:?}");
    }
}

#[test]
fn a_relay_gives_way_to_a_typed_primary_address_and_that_to_a_verified_one() {
    let primary = |value: Value| {
        let Value::Email(email) = value else { panic!("no address") };
        Value::Email(Email { primary: true, ..email })
    };
    for (mine, theirs, stays) in [
        (relay("x@guest.booking.com"), email("b@example.com"), "b@example.com"),
        (email("a@example.com"), verified("b@example.com"), "b@example.com"),
        (verified("a@example.com"), email("b@example.com"), "a@example.com"),
        (email("a@example.com"), email("b@example.com"), "a@example.com"),
    ] {
        let mut two = two();
        for (id, value) in two.pms.clone().into_iter().zip([mine, theirs]) {
            two.world.edit("pms", PERSON, &id, &EMAILS, set(&EMAILS, [primary(value)]));
        }
        two.world.settle_down();
        let [main, other] = two.records.map(|id| two.world.records[&id].clone());
        let merged = merge(&two.world.rules, &main, &other, &[], None).expect("a merge").main;
        let emails = norm::of_cells(&merged.fields[&EMAILS]);
        let marked = emails.elements().into_iter().flatten().filter(|(_, held)| norm::is_primary(&held.0));
        let marked: Vec<&str> = marked.map(|(key, _)| key.as_str()).collect();
        assert_eq!(marked, [stays]);
    }
}

#[test]
fn what_a_choice_leaves_out_comes_back_with_the_split() {
    let two = two();
    let [main, other] = two.records.map(|id| two.world.records[&id].clone());
    for side in [Side::Main, Side::Other] {
        let choice = Choice { field: EMAILS, element: None, side };
        let merged = merge(&two.world.rules, &main, &other, &[choice], None).expect("a merge");
        let chosen = if side == Side::Main { &main } else { &other };
        let keys = |record: &Record| {
            record.elements(&EMAILS).into_iter().flat_map(litemap::LiteMap::keys).cloned().collect::<Vec<_>>()
        };
        assert_eq!(keys(&merged.main), keys(chosen), "that side's addresses and no others");
        let parted = split(&merged.main, &merged.other, &merged.event, &|_| false).expect("a split");
        assert_eq!((parted.main, parted.other), (main.clone(), other.clone()));
    }
}

#[test]
fn nobody_chooses_among_consents() {
    let mut two = two();
    for (id, state) in two.pms.clone().into_iter().zip(["granted", "denied"]) {
        two.world.edit("pms", PERSON, &id, &CONSENTS, set(&CONSENTS, [consent(state)]));
    }
    two.world.settle_down();
    let [main, other] = two.records.map(|id| two.world.records[&id].clone());
    let choice = Choice { field: CONSENTS, element: None, side: Side::Main };
    let merged = merge(&two.world.rules, &main, &other, &[choice], None).expect("a merge").main;
    let held = merged.elements(&CONSENTS).expect("consents").values().filter_map(|cell| cell.value.clone());
    assert_eq!(held.collect::<Vec<_>>(), [Held::new(consent("denied"))]);
}
