//! Cases 23, 27, 28, 59, 60 and 62: how counterparts come to be, and how they are found again.

use super::delivery::Luck;
use super::value_cases::{PERSON, linked, pair};
use super::values::{email, set, text};
use super::world::World;
use crate::model::keys::{EMAILS, SURNAME, TITLE};
use crate::model::{ExternalId, LinkLife, RecordKind, Seen, SystemId};
use crate::reconcile::{Exclusion, Planned};

fn new_person(world: &mut World, system: &str, name: &str) -> ExternalId {
    world.create(system, PERSON, &[(SURNAME, Seen::one(text(name)))])
}

fn rows(world: &World, system: &str) -> usize {
    world.remotes[&system.into()].rows.len()
}

pub(super) fn new_at_the_pms_is_created_at_the_crm() {
    let mut world = pair();
    let pms = new_person(&mut world, "pms", "Moreau");
    world.settle_down();
    let record = world.record("pms", PERSON, &pms).id;
    let crm = world.counterpart(record, "crm").expect("created");
    assert_eq!(world.held("crm", PERSON, &crm, &SURNAME), Some(&text("Moreau")));

    let mut world = pair();
    world.system("crm").creates.clear();
    new_person(&mut world, "pms", "Moreau");
    world.settle_down();
    assert_eq!(rows(&world, "crm"), 0, "out of scope");
    let record = *world.records.keys().next().expect("a record");
    assert_eq!(world.plan(&"crm".into(), record), Planned::Excluded(Exclusion::Kind));
}

pub(super) fn created_at_both_at_once() {
    let mut world = pair();
    let pms = new_person(&mut world, "pms", "Moreau");
    let crm = new_person(&mut world, "crm", "Moreau");
    world.edit("crm", PERSON, &crm, &TITLE, Seen::one(text("Dr")));
    world.see_all();
    let (one, other) = (world.record("pms", PERSON, &pms).id, world.record("crm", PERSON, &crm).id);
    world.merge(one, other);
    world.settle_down();
    assert_eq!((rows(&world, "pms"), rows(&world, "crm")), (1, 1), "nothing is created twice");
    assert_eq!(world.links_of(one).len(), 2);
    assert_eq!(world.held("pms", PERSON, &pms, &TITLE), Some(&text("Dr")));
}

pub(super) fn one_address_never_merges() {
    let mut world = pair();
    let shared = set(&EMAILS, [email("family@example.com")]);
    for name in ["Moreau", "Silva"] {
        let id = new_person(&mut world, "pms", name);
        world.edit("pms", PERSON, &id, &EMAILS, shared.clone());
    }
    world.see_all();
    assert_eq!(world.records.len(), 2);
    let records: Vec<_> = world.records.keys().copied().collect();
    let crm = SystemId::from("crm");
    assert!(world.deliver(records[0], &crm, Luck::Good));
    world.remote("crm").refuses.insert(EMAILS); // Unique e-mail: the address is taken.
    assert!(world.deliver(records[1], &crm, Luck::Good));
    assert_eq!(rows(&world, "crm"), 2, "one refused field holds nothing else back");
    assert_eq!(world.plan(&crm, records[1]), Planned::Nothing, "and is not sent again and again");
}

pub(super) fn a_lost_answer_is_found_out() {
    for luck in [Luck::LostAnswer, Luck::LostRequest, Luck::Mute] {
        let mut known = linked(&[(TITLE, Seen::one(text("x")))]);
        known.edit_pms(&TITLE, Seen::one(text("y")));
        known.see_pms();
        let (record, crm) = (known.record(), SystemId::from("crm"));
        let before = known.world.remotes[&crm].writes;
        known.world.deliver(record, &crm, luck);
        known.world.settle_down();
        assert_eq!(known.world.held("crm", PERSON, &known.crm, &TITLE), Some(&text("y")), "{luck:?}");
        assert_eq!(known.world.remotes[&crm].writes, before + 1, "{luck:?}: written once");
    }
}

pub(super) fn a_lost_creation_is_bound() {
    for luck in [Luck::LostAnswer, Luck::LostRequest, Luck::Mute] {
        let mut world = pair();
        let pms = new_person(&mut world, "pms", "Moreau");
        world.see("pms", PERSON, &pms);
        let record = world.record("pms", PERSON, &pms).id;
        world.deliver(record, &"crm".into(), luck);
        world.settle_down();
        assert_eq!(rows(&world, "crm"), 1, "{luck:?}: created once");
        let links = world.links_of(record);
        assert!(links.iter().all(|link| link.life == LinkLife::Live && link.external_id.is_some()));
        assert_eq!(links.len(), 2, "{luck:?}");
    }
}

pub(super) fn a_lost_hub_overwrites_nothing() {
    let mut known = linked(&[(TITLE, Seen::one(text("x")))]);
    known.edit_pms(&SURNAME, Seen::one(text("Moreau Diaz")));
    known.edit_crm(&EMAILS, set(&EMAILS, [email("a@example.com")]));
    let mut fresh = known.world.forgetting();
    let hub_id = fresh.remotes[&"crm".into()].rows[&(PERSON, known.crm.clone())].hub_id;
    fresh.remote("pms").rows.values_mut().for_each(|row| row.hub_id = hub_id);
    fresh.settle_down();
    assert_eq!((fresh.records.len(), rows(&fresh, "pms"), rows(&fresh, "crm")), (1, 1, 1));
    assert_eq!(fresh.held("crm", PERSON, &known.crm, &SURNAME), Some(&text("Moreau Diaz")), "the owner's");
    let hub = fresh.record("pms", PERSON, &known.pms);
    assert_eq!(hub.elements(&EMAILS).map(litemap::LiteMap::len), Some(1));

    let mut conflicting = linked(&[(crate::model::keys::LEVEL, Seen::one(text("x")))]);
    conflicting.edit_crm(&crate::model::keys::LEVEL, Seen::one(text("y")));
    let mut fresh = conflicting.world.forgetting();
    fresh.remote("pms").rows.values_mut().for_each(|row| row.hub_id = hub_id);
    fresh.remote("crm").rows.values_mut().for_each(|row| row.hub_id = hub_id);
    fresh.settle_down();
    let held =
        |system: &str, id: &ExternalId| fresh.held(system, PERSON, id, &crate::model::keys::LEVEL).cloned();
    assert_eq!(held("pms", &conflicting.pms), Some(text("x")));
    assert_eq!(held("crm", &conflicting.crm), Some(text("y")));
    assert_eq!(fresh.reviews.len(), 1, "a human decides");
}

#[test]
fn a_copied_contact_is_somebody_else() {
    let mut known = linked(&[]);
    let row = known.world.remotes[&"crm".into()].rows[&(PERSON, known.crm.clone())].clone();
    assert_eq!(row.hub_id, Some(known.record()), "it carries the hub id");
    known.world.remote("crm").rows.insert((PERSON, "copy".into()), row);
    known.world.see("crm", PERSON, &"copy".into());
    assert_ne!(known.world.record("crm", PERSON, &"copy".into()).id, known.record());
    assert_eq!(known.world.records.len(), 2);
}

#[test]
fn references_wait_for_what_they_refer_to() {
    let mut world = pair();
    let fields = |world: &mut World, system: &str| {
        let field = crate::model::keys::HOLDER;
        let kinds = &mut world.system(system).capabilities.kinds;
        let kind = kinds.get_mut(&RecordKind::Reservation).expect("reservations");
        kind.fields.insert(field, crate::model::FieldCapability::full());
    };
    fields(&mut world, "pms");
    fields(&mut world, "crm");
    let guest = new_person(&mut world, "pms", "Moreau");
    let stay = [
        (crate::model::keys::STATUS, Seen::one(super::values::choice("confirmed"))),
        (crate::model::keys::HOLDER, Seen::one(super::values::remote_person(guest.as_str()))),
    ];
    let stay = world.create("pms", RecordKind::Reservation, &stay);
    let outcome = world.see("pms", RecordKind::Reservation, &stay);
    let rejected =
        outcome.dispositions.iter().filter(|one| matches!(one.verdict, crate::model::Verdict::Rejected(_)));
    assert_eq!(rejected.count(), 1, "nobody knows the guest yet");
    world.see("pms", PERSON, &guest);
    world.see("pms", RecordKind::Reservation, &stay);
    let person = world.record("pms", PERSON, &guest).id;
    let record = world.record("pms", RecordKind::Reservation, &stay).id;
    assert_eq!(
        world.record("pms", RecordKind::Reservation, &stay).value(&crate::model::keys::HOLDER),
        Some(&super::values::person(person))
    );
    assert_eq!(world.plan(&"crm".into(), record), Planned::Await(vec![person]));
    world.settle_down();
    let (stay, guest) = (world.counterpart(record, "crm"), world.counterpart(person, "crm"));
    let held =
        world.held("crm", RecordKind::Reservation, &stay.expect("created"), &crate::model::keys::HOLDER);
    assert_eq!(held, Some(&super::values::remote_person(guest.expect("created").as_str())));
}
