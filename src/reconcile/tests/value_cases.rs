//! Cases 1 to 21, 57 and 61: what becomes of values.

use super::values::{choice, consent, day, element, email, phone, relay, set, text, verified};
use super::world::World;
use crate::model::disposition::Ignored;
use crate::model::form::{Case, Form, Keeps, Limit};
use crate::model::keys::{
    ADDRESSES, ARRIVES_ON, BIRTH_DATE, CONSENTS, DEPARTS_ON, EMAILS, EMPLOYER, LANGUAGE, LEVEL, MAILABLE,
    PHONES, STATUS, SURNAME, TITLE,
};
use crate::model::value::Address;
use crate::model::{
    Direction, ExternalId, FieldKey, Lane, Policy, RecordId, RecordKind, Rule, Seen, Shape, SystemClass,
    Value, Verdict,
};
use crate::reconcile::{FieldRule, Outcome};

pub(super) const PERSON: RecordKind = RecordKind::Person;
const PERSON_FIELDS: &[FieldKey] =
    &[SURNAME, TITLE, LANGUAGE, EMPLOYER, LEVEL, BIRTH_DATE, EMAILS, PHONES, ADDRESSES, CONSENTS];
const STAY_FIELDS: &[FieldKey] = &[STATUS, ARRIVES_ON, DEPARTS_ON];

/// A PMS and a CRM without records.
pub(super) fn pair() -> World {
    let crm_stay = [STATUS, ARRIVES_ON, DEPARTS_ON, MAILABLE];
    let reservation = RecordKind::Reservation;
    let mut world = World::new()
        .with_system("pms", SystemClass::Pms, &[(PERSON, PERSON_FIELDS), (reservation, STAY_FIELDS)])
        .with_system("crm", SystemClass::Crm, &[(PERSON, PERSON_FIELDS), (reservation, &crm_stay)]);
    world.system("pms").creates = vec![PERSON];
    world.system("pms").internal = true;
    world.system("crm").internal = true;
    world
}

/// One person known to both, with these fields beside his name.
pub(super) struct Known {
    pub(super) world: World,
    pub(super) pms: ExternalId,
    pub(super) crm: ExternalId,
}

pub(super) fn linked(fields: &[(FieldKey, Seen)]) -> Known {
    linked_in(pair(), fields)
}

pub(super) fn linked_in(mut world: World, fields: &[(FieldKey, Seen)]) -> Known {
    let mut all = vec![(SURNAME, Seen::one(text("Moreau")))];
    all.extend_from_slice(fields);
    let pms = world.create("pms", PERSON, &all);
    world.settle_down();
    let record = world.record("pms", PERSON, &pms).id;
    let crm = world.counterpart(record, "crm").expect("created at the CRM");
    Known { world, pms, crm }
}

impl Known {
    pub(super) fn edit_pms(&mut self, field: &FieldKey, seen: Seen) {
        self.world.edit("pms", PERSON, &self.pms, field, seen);
    }

    pub(super) fn edit_crm(&mut self, field: &FieldKey, seen: Seen) {
        self.world.edit("crm", PERSON, &self.crm, field, seen);
    }

    pub(super) fn see_pms(&mut self) -> Outcome {
        self.world.see("pms", PERSON, &self.pms.clone())
    }

    pub(super) fn see_crm(&mut self) -> Outcome {
        self.world.see("crm", PERSON, &self.crm.clone())
    }

    pub(super) fn record(&self) -> RecordId {
        self.world.record("pms", PERSON, &self.pms).id
    }

    pub(super) fn hub(&self, field: &FieldKey) -> Option<Value> {
        self.world.record("pms", PERSON, &self.pms).value(field).cloned()
    }

    fn held(&self, system: &str, field: &FieldKey) -> Option<Value> {
        let id = if system == "pms" { &self.pms } else { &self.crm };
        self.world.held(system, PERSON, id, field).cloned()
    }

    pub(super) fn row(&self, system: &str, field: &FieldKey) -> Seen {
        let id = if system == "pms" { &self.pms } else { &self.crm };
        let row = &self.world.remotes[&system.into()].rows[&(PERSON, id.clone())];
        row.document.get(field).cloned().unwrap_or(Seen::Empty)
    }

    fn both_hold(&mut self, field: &FieldKey, value: Option<&Value>) {
        self.world.settle_down();
        assert_eq!(self.held("pms", field).as_ref(), value, "the PMS");
        assert_eq!(self.held("crm", field).as_ref(), value, "the CRM");
        assert_eq!(self.hub(field).as_ref(), value, "the hub");
    }
}

pub(super) fn verdict(outcome: &Outcome, field: &FieldKey) -> Verdict {
    let mut found = outcome.dispositions.iter().filter(|disposition| disposition.field == *field);
    let verdict = found.next().expect("a disposition").verdict.clone();
    assert!(found.next().is_none(), "one disposition per cell");
    verdict
}

fn titled(title: &str) -> Known {
    linked(&[(TITLE, Seen::one(text(title)))])
}

pub(super) fn nobody_has_moved() {
    let mut known = titled("x");
    assert_eq!(known.see_pms(), Outcome::default());
    assert_eq!(known.see_crm(), Outcome::default());
    assert_eq!(known.world.deliver_all(), 0);
}

pub(super) fn only_the_pms_has_moved() {
    let mut known = titled("x");
    known.edit_pms(&TITLE, Seen::one(text("y")));
    let outcome = known.see_pms();
    assert_eq!(verdict(&outcome, &TITLE), Verdict::Applied(Rule::OnlyChange));
    assert_eq!(outcome.due, [("crm".into(), Lane::Live)]);
    known.both_hold(&TITLE, Some(&text("y")));
}

pub(super) fn only_the_crm_has_moved() {
    let mut known = titled("x");
    known.edit_crm(&TITLE, Seen::one(text("y")));
    let outcome = known.see_crm();
    assert_eq!(outcome.due, [("pms".into(), Lane::Live)]);
    known.both_hold(&TITLE, Some(&text("y")));
}

pub(super) fn both_moved_to_the_same() {
    let mut known = titled("x");
    known.edit_pms(&TITLE, Seen::one(text("y")));
    known.edit_crm(&TITLE, Seen::one(text("y")));
    known.see_pms();
    assert_eq!(verdict(&known.see_crm(), &TITLE), Verdict::Adopted);
    assert_eq!(known.world.deliver_all(), 0);
}

pub(super) fn the_owner_wins() {
    let mut known = titled("x");
    let owner = Some(crate::model::policy::Authority::Side(SystemClass::Pms));
    let rule = FieldRule { policy: Policy::Owner, owner, direction: Direction::Both };
    known.world.rules.overrides.insert((PERSON, TITLE), rule);
    known.edit_pms(&TITLE, Seen::one(text("y")));
    known.edit_crm(&TITLE, Seen::one(text("z")));
    known.see_pms();
    let outcome = known.see_crm();
    assert_eq!(verdict(&outcome, &TITLE), Verdict::Superseded { by: Some("pms".into()), rule: Rule::Owner });
    assert_eq!(outcome.dispositions[0].observed, Seen::one(text("z")), "what lost stays readable");
    known.both_hold(&TITLE, Some(&text("y")));
}

pub(super) fn the_later_one_wins() {
    let mut known = linked(&[(LEVEL, Seen::one(text("x")))]);
    known.edit_pms(&LEVEL, Seen::one(text("y")));
    known.see_pms();
    known.world.wait(120);
    known.see_crm(); // The CRM still shows the old value, long after the PMS has changed.
    known.edit_crm(&LEVEL, Seen::one(text("z")));
    assert_eq!(verdict(&known.see_crm(), &LEVEL), Verdict::Applied(Rule::Latest));
    known.both_hold(&LEVEL, Some(&text("z")));
}

pub(super) fn unsure_order_goes_to_owner_or_review() {
    let mut known = linked(&[(TITLE, Seen::one(text("x"))), (LEVEL, Seen::one(text("x")))]);
    for field in [TITLE, LEVEL] {
        known.edit_pms(&field, Seen::one(text("y")));
        known.edit_crm(&field, Seen::one(text("z")));
    }
    known.see_crm();
    let outcome = known.see_pms();
    assert_eq!(verdict(&outcome, &TITLE), Verdict::Applied(Rule::Owner));
    assert!(matches!(verdict(&outcome, &LEVEL), Verdict::Review(_)));
    assert_eq!(outcome.reviews.len(), 1);
    known.world.settle_down();
    assert_eq!(known.held("pms", &LEVEL), Some(text("y")), "both sides keep what they have");
    assert_eq!(known.held("crm", &LEVEL), Some(text("z")), "both sides keep what they have");
    assert_eq!(known.held("crm", &TITLE), Some(text("y")), "the rest of the record proceeds");
    known.edit_pms(&LEVEL, Seen::one(text("z")));
    known.see_pms();
    assert!(known.world.reviews.is_empty(), "a conflict that has gone away is settled");
}

pub(super) fn sets_merge_per_element() {
    let (a, b, c) = (phone("+34600000001", None), phone("+34600000002", None), phone("+34600000003", None));
    let mut known = linked(&[(PHONES, set(&PHONES, [a.clone(), b.clone()]))]);
    known.edit_pms(&PHONES, set(&PHONES, [a, b.clone(), c.clone()]));
    known.edit_crm(&PHONES, set(&PHONES, [b.clone()]));
    known.world.settle_down();
    let wanted = set(&PHONES, [b, c]);
    assert_eq!(known.row("pms", &PHONES), wanted);
    assert_eq!(known.row("crm", &PHONES), wanted);
}

pub(super) fn an_edit_beats_a_removal() {
    let (a, b) = (phone("+34600000001", None), phone("+34600000002", None));
    let edited = phone("+34600000001", Some("work"));
    for pms_first in [true, false] {
        let mut known = linked(&[(PHONES, set(&PHONES, [a.clone(), b.clone()]))]);
        known.edit_pms(&PHONES, set(&PHONES, [edited.clone(), b.clone()]));
        known.edit_crm(&PHONES, set(&PHONES, [b.clone()]));
        if pms_first {
            known.see_pms();
        } else {
            known.see_crm();
        }
        known.world.settle_down();
        let wanted = set(&PHONES, [edited.clone(), b.clone()]);
        assert_eq!(known.row("crm", &PHONES), wanted);
        assert_eq!(known.row("pms", &PHONES), wanted);
    }
}

pub(super) fn a_clearing_travels() {
    let mut known = titled("x");
    known.edit_pms(&TITLE, Seen::Empty);
    known.both_hold(&TITLE, None);
}

pub(super) fn absent_is_not_empty() {
    let mut known = titled("x");
    let mut flight = known.world.fetch("pms", PERSON, &known.pms.clone());
    flight.observation.shape = Shape::Partial;
    flight.observation.document.remove(&TITLE);
    assert_eq!(known.world.judge(&flight), Outcome::default());
    assert_eq!(known.hub(&TITLE), Some(text("x")));
}

pub(super) fn empty_does_not_clear() {
    let mut world = pair();
    world.capability("pms", PERSON, &TITLE).clearable = false;
    let mut known = linked_in(world, &[(TITLE, Seen::one(text("x")))]);
    known.edit_pms(&TITLE, Seen::Empty);
    assert_eq!(verdict(&known.see_pms(), &TITLE), Verdict::Ignored(Ignored::NotClearable));
    assert_eq!(known.hub(&TITLE), Some(text("x")));
    assert_eq!(known.held("crm", &TITLE), Some(text("x")));
}

pub(super) fn a_relay_stays_with_its_booking() {
    let own = email("ana@example.com");
    let mut known = linked(&[(EMAILS, set(&EMAILS, [own.clone()]))]);
    known.edit_pms(&EMAILS, set(&EMAILS, [relay("x1@guest.ota.example")]));
    let outcome = known.see_pms();
    assert!(
        outcome
            .dispositions
            .iter()
            .all(|one| matches!(one.verdict, Verdict::Superseded { rule: Rule::Quality, .. }))
    );
    known.world.settle_down();
    assert_eq!(known.row("crm", &EMAILS), set(&EMAILS, [own.clone()]));
    let hub = known.world.record("pms", PERSON, &known.pms).elements(&EMAILS).expect("e-mails").len();
    assert_eq!(hub, 1);
    assert_eq!(known.row("pms", &EMAILS), set(&EMAILS, [own, relay("x1@guest.ota.example")]));
}

pub(super) fn a_verified_address_beats_a_relay() {
    let (own, other) = (verified("ana@example.com"), relay("x1@guest.ota.example"));
    for (slots, wanted) in [(Some(1), vec![own.clone()]), (None, vec![own.clone(), other.clone()])] {
        let mut world = pair();
        world.capability("pms", PERSON, &EMAILS).form.slots = slots;
        let mut known = linked_in(world, &[(EMAILS, set(&EMAILS, [other.clone()]))]);
        assert_eq!(known.row("crm", &EMAILS), Seen::Empty, "a relay is not the person's");
        known.edit_crm(&EMAILS, set(&EMAILS, [own.clone()]));
        known.world.settle_down();
        assert_eq!(known.row("pms", &EMAILS), set(&EMAILS, wanted));
    }
}

pub(super) fn an_opt_out_is_urgent() {
    let mut known = linked(&[(CONSENTS, set(&CONSENTS, [consent("granted")]))]);
    known.edit_crm(&CONSENTS, set(&CONSENTS, [consent("denied")]));
    // The CRM is due as well: should it have the guest twice, the other one has to follow.
    assert_eq!(known.see_crm().due, [("pms".into(), Lane::Status), ("crm".into(), Lane::Status)]);
    let written = known.world.remote("crm").writes;
    known.world.settle_down();
    assert_eq!(known.world.remote("crm").writes, written, "there is no other one");
    assert_eq!(known.row("pms", &CONSENTS), set(&CONSENTS, [consent("denied")]));
}

pub(super) fn in_doubt_opted_out() {
    for pms_first in [true, false] {
        let mut known = linked(&[(CONSENTS, set(&CONSENTS, [consent("unknown")]))]);
        known.edit_pms(&CONSENTS, set(&CONSENTS, [consent("granted")]));
        known.edit_crm(&CONSENTS, set(&CONSENTS, [consent("denied")]));
        if pms_first {
            known.see_pms();
        } else {
            known.see_crm();
        }
        known.world.settle_down();
        let denied = set(&CONSENTS, [consent("denied")]);
        assert_eq!((known.row("pms", &CONSENTS), known.row("crm", &CONSENTS)), (denied.clone(), denied));
    }
}

pub(super) fn a_forbidden_edit_is_restored() {
    let mut known = linked(&[(BIRTH_DATE, Seen::one(day("1980-02-03")))]);
    known.edit_crm(&BIRTH_DATE, Seen::one(day("1999-09-09")));
    assert_eq!(verdict(&known.see_crm(), &BIRTH_DATE), Verdict::Ignored(Ignored::Direction));
    known.both_hold(&BIRTH_DATE, Some(&day("1980-02-03")));
}

pub(super) fn a_truncated_echo_changes_nothing() {
    let street = "Carrer de la Diputacio 238, escala B, 3r 2a";
    let address = Value::Address(Box::new(Address {
        street: street.to_owned(),
        city: "Girona".to_owned(),
        ..Address::default()
    }));
    let mut world = pair();
    world.capability("pms", PERSON, &ADDRESSES).form =
        Form { limit: Limit::Chars(20), case: Case::Upper, keeps: Keeps::NOTHING, ..Form::default() };
    let mut known = linked_in(world, &[]);
    known.edit_crm(&ADDRESSES, set(&ADDRESSES, [address.clone()]));
    known.world.settle_down();
    assert_ne!(known.row("pms", &ADDRESSES), set(&ADDRESSES, [address.clone()]), "cut short");
    assert_eq!(known.see_pms(), Outcome::default());
    let hub = known.world.record("pms", PERSON, &known.pms).elements(&ADDRESSES).expect("addresses");
    assert_eq!(hub[&element(&ADDRESSES, &address)].value.as_deref(), Some(&address));
}

pub(super) fn equivalent_numbers_are_not_written() {
    let typed = |words: &str| {
        let known = crate::model::value::Phone {
            e164: Some("+34600112233".into()),
            typed: words.to_owned(),
            label: None,
            primary: false,
            verified: false,
        };
        Value::Phone(known)
    };
    let mut known = linked(&[]);
    for system in ["pms", "crm"] {
        known.world.capability(system, PERSON, &PHONES).form.keeps.typed = false;
    }
    known.edit_pms(&PHONES, set(&PHONES, [typed("+34 600 11 22 33")]));
    known.edit_crm(&PHONES, set(&PHONES, [typed("0034600112233")]));
    known.see_pms();
    assert!(known.see_crm().dispositions.iter().all(|one| one.verdict == Verdict::Adopted));
    assert_eq!(known.world.deliver_all(), 0);
}

pub(super) fn a_derived_value_is_restored() {
    let mut world = pair();
    let stay = [(STATUS, Seen::one(choice("cancelled"))), (ARRIVES_ON, Seen::one(day("2026-03-20")))];
    let pms = world.create("pms", RecordKind::Reservation, &stay);
    world.settle_down();
    let record = world.record("pms", RecordKind::Reservation, &pms).id;
    let crm = world.counterpart(record, "crm").expect("created at the CRM");
    world.edit("crm", RecordKind::Reservation, &crm, &MAILABLE, Seen::one(Value::Bool(true)));
    let outcome = world.see("crm", RecordKind::Reservation, &crm);
    assert_eq!(verdict(&outcome, &MAILABLE), Verdict::Ignored(Ignored::Derived));
    world.settle_down();
    assert_eq!(world.held("crm", RecordKind::Reservation, &crm, &MAILABLE), Some(&Value::Bool(false)));
}

pub(super) fn an_edit_beside_our_write_is_seen() {
    let mut known = titled("x");
    known.edit_pms(&TITLE, Seen::one(text("y")));
    known.see_pms();
    known.edit_crm(&EMPLOYER, Seen::one(text("Acme")));
    known.world.deliver_all();
    assert_eq!(verdict(&known.see_crm(), &EMPLOYER), Verdict::Applied(Rule::OnlyChange));
    known.both_hold(&EMPLOYER, Some(&text("Acme")));
    known.both_hold(&TITLE, Some(&text("y")));
}

pub(super) fn disorder_ends_in_the_latest_state() {
    let mut known = titled("x");
    known.world.remote("pms").manners.gives_versions = true;
    known.see_pms();
    known.edit_pms(&TITLE, Seen::one(text("y")));
    let early = known.world.fetch("pms", PERSON, &known.pms.clone());
    known.edit_pms(&TITLE, Seen::one(text("z")));
    let late = known.world.fetch("pms", PERSON, &known.pms.clone());
    for flight in [&late, &late, &early, &late, &early] {
        known.world.judge(flight);
    }
    known.both_hold(&TITLE, Some(&text("z")));
}

pub(super) fn live_beats_history() {
    let mut known = titled("x");
    let old = {
        let mut flight = known.world.fetch("pms", PERSON, &known.pms.clone());
        flight.observation.origin = crate::model::Origin::History;
        flight.observation.document.insert(TITLE, Seen::one(text("long ago")));
        flight.observation.document.insert(EMPLOYER, Seen::one(text("Acme")));
        flight
    };
    let outcome = known.world.judge(&old);
    assert_eq!(verdict(&outcome, &TITLE), Verdict::Ignored(Ignored::HistoryLate));
    assert_eq!(verdict(&outcome, &EMPLOYER), Verdict::Applied(Rule::OnlyChange), "history may fill");
    known.world.wait(120);
    known.see_pms();
    assert_eq!(known.world.judge(&old), Outcome::default(), "a row older than a live reading is dropped");
}
