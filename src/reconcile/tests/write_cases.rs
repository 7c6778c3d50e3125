//! What is written and what is not: lossy and refused fields, audiences, pins, and the story that is told about it.

use super::value_cases::{Known, PERSON, linked, linked_in, pair};
use super::values::{bare_email, email, phone, set, text};
use crate::model::form::Keeps;
use crate::model::ids::ReviewId;
use crate::model::keys::{EMAILS, LEVEL, PHONES, SURNAME, TITLE};
use crate::model::value::Email;
use crate::model::{Action, CellSet, Document, Link, Record, Seen, SystemId, Value, WriteOp};
use crate::reconcile::{Counterpart, Done, GapReason, Planned, Said, acknowledge, explain, plan, refuse};

fn crm() -> SystemId {
    SystemId::from("crm")
}

fn update(record: &Record, link: &Link, title: &str) -> WriteOp {
    WriteOp {
        record: record.id,
        kind: record.kind,
        action: Action::Update(link.external_id.clone().expect("an id")),
        document: Document::new().with(TITLE, Seen::one(text(title))),
        base: Document::new(),
        precondition: None,
        quiet: false,
        purpose: None,
    }
}

#[test]
fn a_value_that_is_not_kept_is_not_sent_for_ever() {
    let mut known = linked(&[(TITLE, Seen::one(text("x")))]);
    known.edit_pms(&TITLE, Seen::one(text("Professor")));
    known.see_pms();
    let record = known.world.records[&known.record()].clone();
    let link = known.world.link_of(&crm(), PERSON, &known.crm).expect("a link").clone();
    let Planned::Write(op) = known.world.plan(&crm(), record.id) else { panic!("the title is due") };
    assert_eq!(op.document, Document::new().with(TITLE, Seen::one(text("Professor"))));
    assert_eq!(op.base, Document::new().with(TITLE, Seen::one(text("x"))), "what it is believed to replace");
    let stored = Document::new().with(TITLE, Seen::one(text("Prof")));
    let done = Done { external_id: &known.crm.clone(), version: None, stored: Some(&stored) };
    let link = acknowledge(&known.world.rules, &link, &op, done, 9, known.world.now());
    assert!(link.shadow.0[&TITLE].lossy);
    assert_eq!(link.shadow.0[&TITLE].known, Seen::one(text("Prof")), "what it said, not what was meant");
    known.world.links.insert(link.id, link);
    assert_eq!(known.world.plan(&crm(), record.id), Planned::Nothing);
    known.edit_pms(&TITLE, Seen::one(text("Doctor")));
    known.see_pms();
    assert!(matches!(known.world.plan(&crm(), record.id), Planned::Write(_)), "another value is tried");
}

#[test]
fn a_read_back_decides_where_the_answer_says_nothing() {
    let known = linked(&[(TITLE, Seen::one(text("x")))]);
    let record = known.world.records[&known.record()].clone();
    let link = known.world.link_of(&crm(), PERSON, &known.crm).expect("a link").clone();
    let op = update(&record, &link, "y");
    let done = Done { external_id: &known.crm, version: None, stored: None };
    let mute = acknowledge(&known.world.rules, &link, &op, done, 9, known.world.now());
    assert_eq!(mute.shadow, link.shadow, "never what we meant to write");
    assert_eq!((mute.epoch, mute.sent), (9, None));
}

#[test]
fn our_own_write_is_no_edit_when_it_shows_after_the_hub_has_moved_on() {
    let mut known =
        linked(&[(TITLE, Seen::one(text("x"))), (PHONES, set(&PHONES, [phone("+34600000001", None)]))]);
    for (title, number) in [("y", "+34600000002"), ("z", "+34600000003")] {
        known.edit_pms(&TITLE, Seen::one(text(title)));
        known.edit_pms(&PHONES, set(&PHONES, [phone(number, None)]));
        known.see_pms();
        if title == "y" {
            // It arrives, and nobody ever hears of it.
            let Planned::Write(op) = known.world.plan(&crm(), known.record()) else { panic!("due") };
            let link = known.world.link_of(&crm(), PERSON, &known.crm).expect("a link").clone();
            let unsettled = Link { sent: Some(op.document.clone()), ..link };
            known.world.links.insert(unsettled.id, unsettled);
            known.world.store(&crm(), &op);
        }
    }
    let added = [phone("+34600000002", None), phone("+34600000009", None)];
    known.edit_crm(&PHONES, set(&PHONES, added));
    known.see_crm();
    let link = known.world.link_of(&crm(), PERSON, &known.crm).expect("a link").clone();
    known.world.links.insert(link.id, Link { sent: None, ..link });
    known.world.settle_down();
    assert_eq!(known.row("crm", &TITLE), Seen::one(text("z")));
    let phones = [phone("+34600000003", None), phone("+34600000009", None)];
    assert_eq!(known.row("crm", &PHONES), set(&PHONES, phones), "and no other edit is lost");
}

#[test]
fn a_refused_value_waits_for_another_one() {
    let mut known = linked(&[(TITLE, Seen::one(text("x")))]);
    known.edit_pms(&TITLE, Seen::one(text("y")));
    known.see_pms();
    let record = known.record();
    let link = known.world.link_of(&crm(), PERSON, &known.crm).expect("a link").clone();
    let Planned::Write(op) = known.world.plan(&crm(), record) else { panic!("the title is due") };
    let refused = refuse(&link, &op, &TITLE, "not on the list", 9);
    known.world.links.insert(refused.id, refused);
    assert_eq!(known.world.plan(&crm(), record), Planned::Nothing);
    known.edit_pms(&TITLE, Seen::one(text("z")));
    known.see_pms();
    assert!(matches!(known.world.plan(&crm(), record), Planned::Write(_)));
}

#[test]
fn internal_fields_stay_inside() {
    let mut world = pair();
    world.system("crm").internal = false;
    let mut known = linked_in(world, &[(LEVEL, Seen::one(text("do not book")))]);
    known.world.settle_down();
    assert_eq!(known.world.held("crm", PERSON, &known.crm, &LEVEL), None);
}

#[test]
fn every_system_converges_to_a_pin() {
    let mut known = linked(&[(TITLE, Seen::one(text("x")))]);
    let mut record = known.world.records[&known.record()].clone();
    if let Some(CellSet::One(cell)) = record.fields.get_mut(&TITLE) {
        cell.pinned_by = Some("olga".into());
    }
    known.world.put(record);
    known.edit_pms(&TITLE, Seen::one(text("y")));
    known.edit_crm(&TITLE, Seen::one(text("z")));
    known.world.settle_down();
    for (system, id) in [("pms", known.pms.clone()), ("crm", known.crm.clone())] {
        assert_eq!(known.world.held(system, PERSON, &id, &TITLE), Some(&text("x")), "{system}");
    }
}

/// The level that both systems had as "x" is "y" at the PMS and "z" at the CRM: the one conflict waits.
fn in_conflict() -> (Known, ReviewId) {
    let mut known = linked(&[(LEVEL, Seen::one(text("x")))]);
    known.edit_pms(&LEVEL, Seen::one(text("y")));
    known.edit_crm(&LEVEL, Seen::one(text("z")));
    known.see_pms();
    known.see_crm();
    known.world.settle_down();
    assert_eq!(known.world.reviews.len(), 1);
    let review = *known.world.reviews.keys().next().expect("a conflict");
    (known, review)
}

#[test]
fn a_pin_ends_a_conflict() {
    let (mut known, _) = in_conflict();
    let mut record = known.world.records[&known.record()].clone();
    if let Some(CellSet::One(cell)) = record.fields.get_mut(&LEVEL) {
        cell.pinned_by = Some("olga".into());
    }
    let (id, kept) = (record.id, record.value(&LEVEL).cloned());
    known.world.put(record);
    for system in ["pms", "crm"] {
        known.world.mark(id, &system.into(), crate::model::Lane::Live);
    }
    known.world.settle_down();
    for (system, id) in [("pms", known.pms.clone()), ("crm", known.crm.clone())] {
        assert_eq!(known.world.held(system, PERSON, &id, &LEVEL), kept.as_ref(), "{system}");
    }
}

#[test]
fn an_edit_in_a_single_slot_replaces_what_was_there() {
    let mut world = pair();
    world.capability("crm", PERSON, &PHONES).form.slots = Some(1);
    let (a, b, c) = (phone("+34600000001", None), phone("+34600000002", None), phone("+34600000003", None));
    let mut known = linked_in(world, &[(PHONES, set(&PHONES, [a.clone(), b.clone()]))]);
    known.world.settle_down();
    known.edit_crm(&PHONES, set(&PHONES, [c.clone()]));
    known.world.settle_down();
    let held = |known: &Known, system: &str, id| {
        known.world.remotes[&SystemId::from(system)].rows[&(PERSON, id)].document.get(&PHONES).cloned()
    };
    assert_eq!(held(&known, "pms", known.pms.clone()), Some(set(&PHONES, [b, c.clone()])));
    assert_eq!(
        held(&known, "crm", known.crm.clone()),
        Some(set(&PHONES, [c])),
        "nothing else takes the slot"
    );
}

#[test]
fn a_record_can_tell_its_story() {
    let mut known = linked(&[(TITLE, Seen::one(text("x")))]);
    known.edit_pms(&TITLE, Seen::one(text("y")));
    known.edit_crm(&TITLE, Seen::one(text("z")));
    known.see_pms();
    known.see_crm();
    let links = known.world.links_of(known.record());
    let journal = &known.world.journal;
    let story = explain(&known.world.rules, &known.world.records[&known.record()], &links, journal);
    let title = story.fields.iter().find(|story| story.field == TITLE).expect("the title");
    assert_eq!(title.cells[0].provenance.system, Some("pms".into()));
    assert_eq!(
        (title.beaten[0].system.clone(), &title.beaten[0].observed),
        (Some(crm()), &Seen::one(text("z")))
    );
    assert_eq!((title.gaps.len(), &title.gaps[0].reason), (1, &GapReason::Due));
    let surname = story.fields.iter().find(|story| story.field == SURNAME).expect("the surname");
    assert_eq!(surname.gaps, []);
}

#[test]
fn what_an_operator_has_typed_and_fixed_stands_against_both_sides() {
    for pin in [true, false] {
        let (mut known, review) = in_conflict();
        let typed = Seen::one(text("w"));
        known.world.decide(review, Said { value: Some((&typed, None)), pin });
        known.world.settle_down();
        let both = [("pms", known.pms.clone()), ("crm", known.crm.clone())];
        for (system, id) in &both {
            assert_eq!(
                known.world.held(system, PERSON, id, &LEVEL),
                Some(&text("w")),
                "{system}, pin: {pin}"
            );
        }
        known.edit_pms(&LEVEL, Seen::one(text("later")));
        known.see_pms();
        known.world.settle_down();
        let wanted = text(if pin { "w" } else { "later" });
        for (system, id) in &both {
            assert_eq!(known.world.held(system, PERSON, id, &LEVEL), Some(&wanted), "{system}, pin: {pin}");
        }
    }
}

#[test]
fn the_hubs_value_can_be_fixed_as_it_stands() {
    let (mut known, review) = in_conflict();
    known.world.decide(review, Said { value: None, pin: true });
    known.edit_crm(&LEVEL, Seen::one(text("again")));
    known.see_crm();
    known.world.settle_down();
    for (system, id) in [("pms", known.pms.clone()), ("crm", known.crm.clone())] {
        assert_eq!(known.world.held(system, PERSON, &id, &LEVEL), Some(&text("y")), "{system}");
    }
}

#[test]
fn an_answer_ends_a_conflict_on_both_sides() {
    for accept in [true, false] {
        let (mut known, review) = in_conflict();
        known.world.answer(review, accept);
        known.world.settle_down();
        let wanted = text(if accept { "z" } else { "y" });
        for (system, id) in [("pms", known.pms.clone()), ("crm", known.crm.clone())] {
            let held = known.world.held(system, PERSON, &id, &LEVEL);
            assert_eq!(held, Some(&wanted), "{system}, accepted: {accept}");
        }
    }
}

#[test]
fn an_edit_of_what_a_system_shows_keeps_what_it_does_not() {
    let mut world = pair();
    world.capability("pms", PERSON, &EMAILS).form.keeps = Keeps::NOTHING;
    let mut known = linked_in(world, &[]);
    let labelled = Email { label: Some("work".into()), primary: true, ..bare_email("ana@example.com") };
    known.edit_crm(&EMAILS, set(&EMAILS, [Value::Email(labelled.clone())]));
    known.world.settle_down();
    known.edit_pms(&EMAILS, set(&EMAILS, [email("Ana@example.com")]));
    known.world.settle_down();
    let row = &known.world.remotes[&crm()].rows[&(PERSON, known.crm.clone())];
    let wanted = Value::Email(Email { address: "Ana@example.com".to_owned(), ..labelled });
    assert_eq!(row.document.get(&EMAILS), Some(&set(&EMAILS, [wanted])), "the PMS knows no labels");
}

#[test]
fn what_is_loaded_starts_no_automations() {
    let mut known = linked(&[]);
    known.edit_pms(&TITLE, Seen::one(text("Dr")));
    known.see_pms();
    let (record, links) = (&known.world.records[&known.record()], known.world.links_of(known.record()));
    for is_quiet in [false, true] {
        let nowhere = |_, _| Counterpart::Never;
        let planned = plan(&known.world.rules, &crm(), record, &links, &nowhere, is_quiet);
        assert!(matches!(planned, Planned::Write(op) if op.quiet == is_quiet));
    }
}
