//! Cases 22, 29 to 35 and 47: what is gone, what is somebody else, and what is too much at once.

use super::value_cases::{Known, PERSON, linked, verdict};
use super::values::{day, email, set, text};
use crate::model::disposition::Ignored;
use crate::model::keys::{BIRTH_DATE, EMAILS, SURNAME, TITLE};
use crate::model::review::{HoldReason, QuarantineReason};
use crate::model::{
    Disposition, Document, ExternalId, Life, LinkLife, Observation, RemoteRef, ReviewKind, Rule, Seen, Shape,
    Verdict, Word,
};
use crate::reconcile::guard::Tally;
use crate::reconcile::{Exclusion, Outcome, Planned, ReadAgain, not_found};

fn link_life(known: &Known, system: &str) -> LinkLife {
    let id = if system == "pms" { &known.pms } else { &known.crm };
    known.world.link_of(&system.into(), PERSON, id).expect("a link").life.clone()
}

fn show(known: &mut Known, system: &str, shape: Shape) -> Outcome {
    let id = if system == "pms" { known.pms.clone() } else { known.crm.clone() };
    known.world.show(system, PERSON, &id, shape)
}

/// The record is deleted at the system, and every way of finding out is gone.
fn vanish(known: &mut Known, system: &str) -> Outcome {
    let id = if system == "pms" { known.pms.clone() } else { known.crm.clone() };
    known.world.remote(system).rows.remove(&(PERSON, id));
    show(known, system, Shape::Absent);
    let outcome = show(known, system, Shape::Absent);
    assert_eq!(outcome.read_again, Some(ReadAgain::Absence));
    show(known, system, Shape::NotFound)
}

fn change(verdict: Verdict) -> Outcome {
    let disposition = Disposition { field: TITLE, element: None, observed: Seen::Empty, verdict };
    Outcome { dispositions: vec![disposition], ..Outcome::default() }
}

fn tallied(verdict: &Verdict, records: u64) -> Tally {
    let mut tally = Tally::default();
    for n in 0..records {
        let subject = RemoteRef::new(PERSON, n.to_string().as_str());
        tally.count(&Observation::full(subject, Document::new()), &change(verdict.clone()));
    }
    tally
}

#[test]
fn a_record_that_goes_to_and_fro_is_one_record() {
    let taken = Verdict::Applied(Rule::OnlyChange);
    let mut tally = tallied(&taken, 200);
    let observation = Observation::full(RemoteRef::new(PERSON, "7"), Document::new());
    for _ in 0..900 {
        tally.count(&observation, &change(taken.clone()));
    }
    assert_eq!(tally.judge(1_000), None);
    let one_more = Observation::full(RemoteRef::new(PERSON, "200"), Document::new());
    tally.count(&one_more, &change(taken));
    assert!(tally.judge(1_000).is_some());
}

pub(super) fn a_mass_change_is_held() {
    let taken = Verdict::Applied(Rule::OnlyChange);
    let held = Some(HoldReason::FieldChanged { field: TITLE, changed: 251, known: 5_000 });
    assert_eq!(tallied(&taken, 251).judge(5_000), held);
    assert_eq!(tallied(&taken, 250).judge(5_000), None, "5 %");
    assert_eq!(tallied(&taken, 200).judge(1_000), None, "200 are always allowed");
    assert!(tallied(&taken, 201).judge(1_000).is_some());
    assert_eq!(
        tallied(&Verdict::Applied(Rule::Fill), 900).judge(1_000),
        None,
        "first contact does not count"
    );
    let mut tally = Tally::default();
    let ids: Vec<ExternalId> = (0..6).map(|n| ExternalId::new(n.to_string())).collect();
    tally.miss(&ids[..5]);
    assert_eq!(tally.judge(100), None);
    tally.miss(&ids[5..]);
    let held = HoldReason::Deletions { gone: 6, known: 100 };
    let shown: Vec<&ExternalId> = tally.examples(&held).iter().map(|one| &one.external_id).collect();
    assert_eq!(shown, ids.iter().collect::<Vec<_>>(), "the operator is shown which");
    assert_eq!(tally.judge(100), Some(held));
    assert_eq!(tally.judge(600), None, "1 %");
}

pub(super) fn absent_once_is_suspect() {
    let mut known = linked(&[]);
    let outcome = show(&mut known, "pms", Shape::Absent);
    assert_eq!(link_life(&known, "pms"), LinkLife::Suspect(1));
    assert_eq!((outcome.read_again, outcome.record, outcome.due), (None, None, Vec::new()));
    show(&mut known, "pms", Shape::NotFound);
    assert_eq!(link_life(&known, "pms"), LinkLife::Suspect(1), "not found alone proves nothing");
    known.see_pms();
    assert_eq!(link_life(&known, "pms"), LinkLife::Live);
}

pub(super) fn gone_unlinks_only() {
    let mut known = linked(&[]);
    let outcome = vanish(&mut known, "pms");
    assert_eq!(link_life(&known, "pms"), LinkLife::Gone);
    assert_eq!((outcome.record, outcome.due), (None, Vec::new()));
    let record = known.record();
    assert!(known.world.is_live(record));
    assert_eq!(known.world.plan(&"pms".into(), record), Planned::Excluded(Exclusion::DoNotRecreate));
    assert_eq!(known.world.plan(&"crm".into(), record), Planned::Nothing);
}

pub(super) fn gone_keeps_what_was_edited() {
    let mut known = linked(&[(TITLE, Seen::one(text("x")))]);
    known.edit_crm(&TITLE, Seen::one(text("y")));
    known.see_crm();
    vanish(&mut known, "pms");
    known.world.settle_down();
    assert_eq!(known.hub(&TITLE), Some(text("y")));
    assert_eq!(known.world.held("crm", PERSON, &known.crm, &TITLE), Some(&text("y")));
}

pub(super) fn a_deleted_contact_is_not_created_again() {
    let mut known = linked(&[]);
    known.world.remote("crm").rows.clear();
    let outcome = show(&mut known, "crm", Shape::Deleted);
    assert_eq!(outcome.read_again, Some(ReadAgain::Absence), "the word of a system is checked");
    show(&mut known, "crm", Shape::NotFound);
    assert_eq!(link_life(&known, "crm"), LinkLife::Gone);
    known.edit_pms(&TITLE, Seen::one(text("y")));
    known.world.settle_down();
    assert!(known.world.remotes[&"crm".into()].rows.is_empty());
    assert_eq!(known.world.held("pms", PERSON, &known.pms, &TITLE), Some(&text("y")));
}

#[test]
fn an_erased_contact_is_told_from_a_deleted_one() {
    for is_known_to_be_gone in [false, true] {
        let mut known = linked(&[]);
        let said = |known: &Known, said| {
            let link = known.world.link_of(&"crm".into(), PERSON, &known.crm).expect("a link");
            not_found(Some(link), said)
        };
        known.world.remote("crm").rows.clear();
        let first = said(&known, Word::Erased);
        assert_eq!(first, Shape::Deleted, "the word of a system is checked");
        show(&mut known, "crm", first);
        assert_eq!(said(&known, Word::Absent), Shape::NotFound);
        if is_known_to_be_gone {
            show(&mut known, "crm", Shape::NotFound);
            assert_eq!(link_life(&known, "crm"), LinkLife::Gone);
        }
        let second = said(&known, Word::Erased);
        assert_eq!(second, Shape::Erased);
        show(&mut known, "crm", second);
        assert_eq!(link_life(&known, "crm"), LinkLife::Erased);
        known.edit_pms(&TITLE, Seen::one(text("y")));
        known.world.settle_down();
        assert!(known.world.remotes[&"crm".into()].rows.is_empty(), "it is not made anew");
        assert_eq!(
            known.world.held("pms", PERSON, &known.pms, &TITLE),
            Some(&text("y")),
            "elsewhere he goes on"
        );
    }
}

pub(super) fn a_gone_id_comes_back() {
    let mut known = linked(&[(TITLE, Seen::one(text("x")))]);
    let row = known.world.remotes[&"pms".into()].rows[&(PERSON, known.pms.clone())].clone();
    vanish(&mut known, "pms");
    let pms = known.pms.clone();
    known.world.remote("pms").rows.insert((PERSON, pms), row);
    known.edit_pms(&TITLE, Seen::one(text("y")));
    let outcome = known.see_pms();
    assert_eq!(link_life(&known, "pms"), LinkLife::Live);
    assert_eq!(outcome.dispositions.len(), 1, "only what is different flows");
    assert_eq!(verdict(&outcome, &TITLE), Verdict::Applied(Rule::OnlyChange));
}

pub(super) fn another_human_is_quarantined() {
    let who = |name: &str, born: &str, address: &str| {
        [
            (SURNAME, Seen::one(text(name))),
            (BIRTH_DATE, Seen::one(day(born))),
            (EMAILS, set(&EMAILS, [email(address)])),
        ]
    };
    let mut known = linked(&who("Moreau", "1980-02-03", "m@example.com")[1..]);
    for (field, seen) in who("Silva", "1991-07-08", "s@example.com") {
        known.edit_pms(&field, seen);
    }
    let outcome = known.see_pms();
    let is_quarantine = |kind: &ReviewKind| {
        matches!(kind, ReviewKind::Quarantine { why: QuarantineReason::IdentityChanged, .. })
    };
    assert!(outcome.reviews.iter().all(|review| is_quarantine(&review.kind)) && outcome.reviews.len() == 1);
    assert_eq!(outcome.record, None);
    assert_eq!(known.hub(&SURNAME), Some(text("Moreau")));
    let record = known.record();
    assert_eq!(known.world.plan(&"pms".into(), record), Planned::Excluded(Exclusion::Quarantined));
    assert_eq!(known.see_pms(), Outcome::default(), "nothing is taken until somebody decides");
    a_reused_slot_is_quarantined();
}

/// The same suspicion, from an id whose slot is held by another record.
fn a_reused_slot_is_quarantined() {
    let mut known = linked(&[]);
    let mut flight = known.world.fetch("pms", PERSON, &known.pms.clone());
    flight.observation.slot = Some("17".into());
    known.world.judge(&flight);
    let reused = known.world.create("pms", PERSON, &[(SURNAME, Seen::one(text("Silva")))]);
    let mut flight = known.world.fetch("pms", PERSON, &reused);
    flight.observation.slot = Some("17".into());
    let outcome = known.world.judge(&flight);
    assert_eq!((outcome.reviews.len(), outcome.record), (1, None));
    let record = known.record();
    assert_eq!(known.world.plan(&"pms".into(), record), Planned::Excluded(Exclusion::Quarantined));
}

pub(super) fn emptiness_is_held() {
    assert_eq!(Tally::default().judge_sweep(40), Some(HoldReason::Emptied { known: 40 }));
    assert_eq!(Tally::default().judge_sweep(0), None);
    let mut known = linked(&[(TITLE, Seen::one(text("x")))]);
    let mut flight = known.world.fetch("pms", PERSON, &known.pms.clone());
    flight.observation.document.remove(&TITLE);
    let outcome = known.world.weigh(&flight);
    assert_eq!(verdict(&outcome, &TITLE), Verdict::Ignored(Ignored::NotClearable), "not a null");
    assert!(tallied(&verdict(&outcome, &TITLE), 201).judge(1_000).is_some());
}

pub(super) fn an_erased_guest_stays_erased() {
    let mut known = linked(&[]);
    let record = known.record();
    let mut erased = known.world.records[&record].clone();
    erased.life = Life::Erased;
    erased.fields.clear();
    known.world.put(erased);
    assert_eq!(known.world.import("pms", PERSON, &known.pms.clone()), Outcome::default());
    assert_eq!(known.world.plan(&"crm".into(), record), Planned::Excluded(Exclusion::NotLive));
}
