//! What generated worlds have found: one small case for each.

use chrono::{DateTime, Duration, Utc};

use super::delivery::Luck;
use super::value_cases::{Known, PERSON, linked, linked_in, pair, verdict};
use super::values::{address, bare_email, consent_over, email, phone, remote_person, set, text};
use crate::model::disposition::Ignored;
use crate::model::form::{Case, Form, Keeps, Limit};
use crate::model::keys::{ADDRESSES, CONSENTS, DO_NOT_CONTACT, EMAILS, LEVEL, PHONES, SURNAME, TAGS, TITLE};
use crate::model::observation::ChangeTimes;
use crate::model::policy::Authority;
use crate::model::value::Email;
use crate::model::{
    CellSet, Direction, FieldCapability, FieldKey, Lane, Origin, Policy, Role, Seen, Shape, SystemClass,
    SystemId, Value, Verdict,
};
use crate::reconcile::{FieldRule, Outcome, Planned, ReadAgain};

fn row(known: &Known, system: &str, field: &FieldKey) -> Seen {
    let id = if system == "pms" { &known.pms } else { &known.crm };
    let row = &known.world.remotes[&SystemId::from(system)].rows[&(PERSON, id.clone())];
    row.document.get(field).cloned().unwrap_or(Seen::Empty)
}

fn evidence(known: &Known, field: &FieldKey) -> crate::model::record::Evidence {
    known.world.records[&known.record()].cell(field).expect("a cell").provenance.evidence
}

fn one(words: &str) -> Seen {
    Seen::one(text(words))
}

#[test]
fn elements_that_a_system_cannot_tell_apart_are_one_there() {
    let mut world = pair();
    for system in ["pms", "crm"] {
        let kinds = &mut world.system(system).capabilities.kinds;
        let fields = &mut kinds.get_mut(&PERSON).expect("persons").fields;
        fields.insert(TAGS, FieldCapability::full());
    }
    world.capability("crm", PERSON, &TAGS).form =
        Form { limit: Limit::Chars(4), slots: Some(2), ..Form::default() };
    let tags = ["Golf", "golf club", "Spa"].map(text);
    let mut known = linked_in(world, &[(TAGS, set(&TAGS, tags))]);
    known.world.settle_down();
    assert_eq!(row(&known, "crm", &TAGS), set(&TAGS, ["Golf", "Spa"].map(text)), "the first, and one slot");
    assert_eq!(known.see_crm(), Outcome::default());
}

#[test]
fn the_primary_one_stands_for_what_a_system_cannot_tell_apart() {
    let mut world = pair();
    world.capability("crm", PERSON, &ADDRESSES).form = Form { limit: Limit::Chars(11), ..Form::default() };
    let both = [address("Calle Mayor 1", None, false), address("Calle Mayor 2", Some("home"), true)];
    let mut known = linked_in(world, &[(ADDRESSES, set(&ADDRESSES, both))]);
    known.world.settle_down();
    let wanted = set(&ADDRESSES, [address("Calle Mayor", Some("home"), true)]);
    assert_eq!(row(&known, "crm", &ADDRESSES), wanted);
}

#[test]
fn a_longer_address_takes_the_place_of_its_own_beginning() {
    let long = "Calle Mayor 1";
    let short_form = Form { limit: Limit::Chars(7), case: Case::Upper, ..Form::default() };
    for pms_first in [true, false] {
        let mut world = pair();
        world.capability("pms", PERSON, &ADDRESSES).form = short_form.clone();
        let mut known = linked_in(world, &[]);
        known.edit_pms(&ADDRESSES, set(&ADDRESSES, [address(long, Some("home"), false)]));
        known.edit_crm(&ADDRESSES, set(&ADDRESSES, [address(long, None, false)]));
        if pms_first {
            known.see_pms();
        } else {
            known.see_crm();
        }
        known.world.settle_down();
        let wanted = set(&ADDRESSES, [address(long, Some("home"), false)]);
        let shown = row(&known, "crm", &ADDRESSES);
        let first =
            |seen: &Seen| seen.elements().and_then(|all| all.values().next()).map(|held| (**held).clone());
        let upper = |seen: &Seen| match first(seen) {
            Some(Value::Address(address)) => (address.street.clone(), address.label.clone()),
            _ => panic!("one address"),
        };
        assert_eq!(shown.elements().map(litemap::LiteMap::len), Some(1), "PMS first: {pms_first}");
        assert_eq!(upper(&shown), upper(&wanted), "PMS first: {pms_first}");
    }
}

#[test]
fn who_is_primary_does_not_depend_on_who_is_heard_first() {
    for pms_first in [true, false] {
        let mut known = linked(&[]);
        let primary = Value::Email(Email { primary: true, ..bare_email("a@example.com") });
        known.edit_pms(&EMAILS, set(&EMAILS, [primary.clone()]));
        known.edit_crm(&EMAILS, set(&EMAILS, [email("a@example.com")]));
        if pms_first {
            known.see_pms();
        } else {
            known.see_crm();
        }
        known.world.settle_down();
        assert_eq!(row(&known, "crm", &EMAILS), set(&EMAILS, [primary]), "PMS first: {pms_first}");
    }
}

#[test]
fn a_reading_that_was_not_understood_is_no_evidence() {
    for is_hidden in [true, false] {
        let mut known = linked(&[(TITLE, one("x"))]);
        let sure = evidence_of_next(&known);
        known.world.wait(120);
        known.edit_pms(&TITLE, one("y"));
        let mut odd = known.world.fetch("pms", PERSON, &known.pms.clone());
        let seen = if is_hidden { Seen::Masked } else { Seen::one(remote_person("nobody")) };
        odd.observation.document.insert(TITLE, seen);
        known.world.judge(&odd);
        known.see_pms();
        assert_eq!(known.hub(&TITLE), Some(text("y")));
        assert_eq!(evidence(&known, &TITLE).after, sure, "hidden: {is_hidden}");
    }
}

/// When the PMS was last seen to hold what its shadow says.
fn evidence_of_next(known: &Known) -> Option<DateTime<Utc>> {
    known.world.link_of(&"pms".into(), PERSON, &known.pms).expect("a link").seen_at
}

#[test]
fn a_change_may_be_made_while_the_record_is_being_read() {
    let mut known = linked(&[(TITLE, one("x"))]);
    let begun = known.world.now();
    known.edit_pms(&TITLE, one("y"));
    let made = known.world.now();
    let mut flight = known.world.fetch("pms", PERSON, &known.pms.clone());
    flight.fetched_at = begun;
    known.world.judge(&flight);
    assert!(evidence(&known, &TITLE).until >= made);
}

#[test]
fn a_stamp_is_no_finer_than_it_is_written() {
    for (step_ms, at_most) in [(1_000, Duration::seconds(1)), (60_000, Duration::minutes(1))] {
        let mut known = linked(&[(TITLE, one("x"))]);
        known.world.step = Duration::milliseconds(1_400);
        known.world.remote("pms").manners.gives_stamps = true;
        known.world.remote("pms").manners.stamp_step_ms = step_ms;
        known.edit_pms(&TITLE, one("y"));
        let made = known.world.now();
        known.world.wait(10);
        known.see_pms();
        let until = evidence(&known, &TITLE).until;
        assert!(made <= until && until <= made + at_most, "made {made}, at the latest {until}");
    }
}

#[test]
fn a_reading_that_was_overtaken_is_read_again_when_it_shows_something_else() {
    let mut known = linked(&[(TITLE, one("x"))]);
    let begun = known.world.now();
    known.world.wait(120);
    known.see_pms(); // Began later, and saw the record before the edit.
    known.edit_pms(&TITLE, one("y"));
    let mut overtaken = known.world.fetch("pms", PERSON, &known.pms.clone());
    overtaken.fetched_at = begun;
    let outcome = known.world.judge(&overtaken);
    assert_eq!((outcome.read_again, outcome.record), (Some(ReadAgain::StaleEpoch), None));
    known.see_pms();
    overtaken.observation = known.world.fetch("pms", PERSON, &known.pms.clone()).observation;
    assert_eq!(known.world.judge(&overtaken), Outcome::default(), "nothing new is not asked for");
}

#[test]
fn a_write_whose_answer_was_lost_is_nobodys_edit() {
    let owner = Some(Authority::Side(SystemClass::Crm));
    let rule = FieldRule { policy: Policy::Owner, owner, direction: Direction::Both };
    let (a, b) = (phone("+34600000001", None), phone("+34600000002", None));
    for sees_part in [false, true] {
        let mut known = linked(&[(LEVEL, one("x")), (PHONES, set(&PHONES, [a.clone()]))]);
        known.world.rules.overrides.insert((PERSON, LEVEL), rule.clone());
        known.edit_pms(&LEVEL, one("y"));
        known.edit_pms(&PHONES, set(&PHONES, [b.clone()]));
        known.see_pms();
        let (record, crm) = (known.record(), SystemId::from("crm"));
        known.world.deliver(record, &crm, Luck::Silence);
        assert_eq!(row(&known, "crm", &LEVEL), one("y"), "it was done");
        known.edit_pms(&LEVEL, one("z"));
        known.edit_pms(&PHONES, set(&PHONES, [a.clone()]));
        known.see_pms();
        if sees_part {
            let mut part = known.world.fetch("crm", PERSON, &known.crm.clone());
            part.observation.shape = Shape::Partial;
            part.observation.document = crate::model::Document::new().with(TITLE, Seen::Empty);
            known.world.judge(&part);
        }
        let outcome = known.see_crm();
        let is_taken = |verdict: &Verdict| *verdict != Verdict::Adopted;
        assert!(!outcome.dispositions.iter().any(|one| is_taken(&one.verdict)), "{:?}", outcome.dispositions);
        known.world.settle_down();
        assert_eq!((row(&known, "pms", &LEVEL), row(&known, "crm", &LEVEL)), (one("z"), one("z")));
        assert_eq!(row(&known, "crm", &PHONES), set(&PHONES, [a.clone()]));
    }
}

#[test]
fn an_edit_on_top_of_a_lost_write_is_somebodys() {
    let (a, b, c) = (phone("+34600000001", None), phone("+34600000002", None), phone("+34600000003", None));
    let mut known = linked(&[(PHONES, set(&PHONES, [a.clone()]))]);
    known.edit_pms(&PHONES, set(&PHONES, [a.clone(), b.clone()]));
    known.see_pms();
    known.world.deliver(known.record(), &"crm".into(), Luck::Silence);
    known.edit_crm(&PHONES, set(&PHONES, [a.clone(), b.clone(), c.clone()]));
    known.world.settle_down();
    assert_eq!(row(&known, "pms", &PHONES), set(&PHONES, [a, b, c]));
}

#[test]
fn what_a_policy_rejects_is_known_and_restored() {
    let mut known = linked(&[(TITLE, one("x"))]);
    let rule = FieldRule { policy: Policy::Ledger, owner: None, direction: Direction::Both };
    known.world.rules.overrides.insert((PERSON, TITLE), rule);
    known.edit_crm(&TITLE, one("y"));
    let outcome = known.see_crm();
    assert!(matches!(verdict(&outcome, &TITLE), Verdict::Rejected(_)));
    assert_eq!(known.see_crm(), Outcome::default(), "said once");
    known.world.settle_down();
    assert_eq!(row(&known, "crm", &TITLE), one("x"));
}

#[test]
fn history_that_is_loaded_twice_makes_nobody_due_twice() {
    let mut world = pair();
    world.capability("crm", PERSON, &EMAILS).form =
        Form { keeps: Keeps::NOTHING, slots: Some(2), ..Form::default() };
    let mut known = linked_in(world, &[]);
    known.edit_pms(&EMAILS, set(&EMAILS, [email("a@example.com")]));
    known.see_pms();
    known.edit_crm(&EMAILS, set(&EMAILS, [email("b@example.com"), email("a@example.com")]));
    let mut flight = known.world.fetch("crm", PERSON, &known.crm.clone());
    flight.observation.origin = crate::model::Origin::History;
    known.world.judge(&flight);
    assert_eq!(known.world.judge(&flight).due, []);
}

#[test]
fn a_reading_from_before_a_write_is_not_believed() {
    let mut known = linked(&[(TITLE, one("x"))]);
    known.world.remote("crm").manners.gives_versions = true;
    known.edit_pms(&TITLE, one("y"));
    known.see_pms();
    let before = known.world.fetch("crm", PERSON, &known.crm.clone());
    known.world.deliver_all();
    let mut late = before.clone();
    late.observation.source_version = None;
    late.fetched_at = known.world.now();
    let outcome = known.world.judge(&late);
    assert_eq!(
        (outcome.read_again, outcome.record),
        (Some(ReadAgain::StaleEpoch), None),
        "it shows the old title"
    );
    assert_eq!(known.hub(&TITLE), Some(text("y")));
}

#[test]
fn a_counterpart_that_comes_back_to_another_one_is_the_second() {
    let mut known = linked(&[]);
    let (old, new) = (known.pms.clone(), known.world.create("pms", PERSON, &[(SURNAME, one("Moreau"))]));
    known.world.settle_down();
    let other = known.world.record("pms", PERSON, &new).id;
    let row = known.world.remote("pms").rows.remove(&(PERSON, old.clone())).expect("a row");
    known.world.show("pms", PERSON, &old, Shape::Deleted);
    known.world.show("pms", PERSON, &old, Shape::NotFound);
    known.world.merge(known.record(), other);
    known.world.remote("pms").rows.insert((PERSON, old.clone()), row);
    known.world.see("pms", PERSON, &old);
    let role = |id| known.world.link_of(&"pms".into(), PERSON, id).expect("a link").role;
    assert_eq!((role(&old), role(&new)), (Role::Secondary, Role::Primary));
}

#[test]
fn two_ways_to_write_an_address_end_alike() {
    let own = |address: &str, primary| Value::Email(Email { primary, ..bare_email(address) });
    for (case, theirs) in [(Case::Upper, "ANA@example.com"), (Case::Lower, "ana@example.com")] {
        for pms_first in [true, false] {
            let mut world = pair();
            world.capability("crm", PERSON, &EMAILS).form = Form { case, ..Form::default() };
            let mut known = linked_in(world, &[]);
            known.edit_pms(&EMAILS, set(&EMAILS, [own("Ana@example.com", true)]));
            known.edit_crm(&EMAILS, set(&EMAILS, [email(theirs)]));
            if pms_first {
                known.see_pms();
            } else {
                known.see_crm();
            }
            known.world.settle_down();
            let wanted = set(&EMAILS, [own("Ana@example.com", true)]);
            assert_eq!(row(&known, "pms", &EMAILS), wanted, "{theirs}, PMS first: {pms_first}");
            assert_eq!(row(&known, "crm", &EMAILS), set(&EMAILS, [own(theirs, true)]));
        }
    }
}

#[test]
fn two_ways_to_write_a_street_end_alike() {
    for pms_first in [true, false] {
        let mut world = pair();
        world.capability("crm", PERSON, &ADDRESSES).form = Form { case: Case::Upper, ..Form::default() };
        let mut known = linked_in(world, &[]);
        let wanted = set(&ADDRESSES, [address("Calle Mayor 1", None, true)]);
        known.edit_pms(&ADDRESSES, wanted.clone());
        known.edit_crm(&ADDRESSES, set(&ADDRESSES, [address("CALLE MAYOR 1", None, false)]));
        if pms_first {
            known.see_pms();
        } else {
            known.see_crm();
        }
        known.world.settle_down();
        assert_eq!(row(&known, "pms", &ADDRESSES), wanted, "PMS first: {pms_first}");
    }
}

#[test]
fn history_raises_no_consent_by_any_version_and_hides_none() {
    let over = |state: &str| set(&CONSENTS, [consent_over("email", state)]);
    let mut known = linked(&[(CONSENTS, over("denied"))]);
    known.world.remote("pms").manners.gives_versions = true;
    known.see_pms();
    known.edit_pms(&CONSENTS, over("granted"));
    let id = known.pms.clone();
    let mut flight = known.world.fetch("pms", PERSON, &id);
    flight.observation.origin = Origin::History;
    flight.observation.source_hash = Some(7);
    let outcome = known.world.judge(&flight);
    let channel = outcome.dispositions.first().map(|one| one.verdict.clone());
    assert_eq!(channel, Some(Verdict::Ignored(Ignored::HistoryConsent)));
    assert_eq!((outcome.record, outcome.due), (None, vec![]), "nor is it taken back at the PMS");
    let link = known.world.link_of(&"pms".into(), PERSON, &id).expect("a link");
    assert_ne!(link.source_hash, Some(7), "a sweep must read it again");
    known.world.settle_down();
    assert_eq!(row(&known, "crm", &CONSENTS), over("granted"), "somebody gave it, after it had been refused");
}

#[test]
fn a_refusal_reaches_the_second_counterpart_at_the_system_that_says_it() {
    let mut world = pair();
    for system in ["pms", "crm"] {
        let kinds = &mut world.system(system).capabilities.kinds;
        let fields = &mut kinds.get_mut(&PERSON).expect("persons").fields;
        fields.insert(DO_NOT_CONTACT, FieldCapability::full());
    }
    let mut known = linked_in(world, &[]);
    let (first, second) = (known.pms.clone(), known.world.create("pms", PERSON, &[(SURNAME, one("Moreau"))]));
    known.world.settle_down();
    let other = known.world.record("pms", PERSON, &second).id;
    known.world.merge(known.record(), other);
    known.world.settle_down();
    for (id, says) in [(&first, true), (&second, false), (&first, true), (&second, true)] {
        known.world.edit("pms", PERSON, id, &DO_NOT_CONTACT, Seen::one(Value::Bool(says)));
        known.world.settle_down();
        let held = |id| known.world.held("pms", PERSON, id, &DO_NOT_CONTACT);
        assert_eq!(held(&first), held(&second), "{id:?} says {says}");
    }
    assert_eq!(known.hub(&DO_NOT_CONTACT), Some(Value::Bool(true)));
}

#[test]
fn what_is_refused_is_not_sent_for_ever_even_where_a_conflict_waits() {
    let mut known = linked(&[]);
    known.edit_pms(&LEVEL, one("x"));
    known.edit_crm(&LEVEL, one("y"));
    known.see_pms();
    known.see_crm();
    assert_eq!(known.world.reviews.len(), 1);
    let mut record = known.world.records[&known.record()].clone();
    if let Some(CellSet::One(cell)) = record.fields.get_mut(&LEVEL) {
        cell.pinned_by = Some("olga".into());
    }
    known.world.put(record);
    known.world.remote("crm").refuses.insert(LEVEL);
    known.world.mark(known.record(), &"crm".into(), Lane::Live);
    known.world.settle_down();
    assert_eq!(known.world.plan(&"crm".into(), known.record()), Planned::Nothing);
}

#[test]
fn what_a_crm_may_only_fill_is_the_pmss_whoever_is_heard_first() {
    for policy in [Policy::Owner, Policy::Latest, Policy::Quality, Policy::Review] {
        let owner = Some(Authority::Side(SystemClass::Crm));
        let rule = FieldRule { policy, owner, direction: Direction::PmsToCrmOrFill };
        for pms_first in [true, false] {
            let mut known = linked(&[]);
            known.world.rules.overrides.insert((PERSON, LEVEL), rule.clone());
            known.edit_pms(&LEVEL, one("x"));
            known.edit_crm(&LEVEL, one("y"));
            if pms_first {
                known.see_pms();
            } else {
                known.see_crm();
            }
            known.world.settle_down();
            let held = (row(&known, "pms", &LEVEL), row(&known, "crm", &LEVEL));
            assert_eq!(held, (one("x"), one("x")), "{policy:?}, PMS first: {pms_first}");
        }
    }
}

/// The PMS and the CRM have changed the level, and the CRM something else after that.
fn contested(is_crm_later: bool, is_dated: bool) -> Known {
    let mut known = linked(&[(LEVEL, one("x")), (TITLE, one("x"))]);
    known.world.capability("crm", PERSON, &LEVEL).dated = is_dated;
    for system in ["pms", "crm"] {
        known.world.remote(system).manners.gives_stamps = true;
    }
    if is_crm_later {
        known.edit_pms(&LEVEL, one("pms"));
        known.see_pms();
        known.edit_crm(&LEVEL, one("crm"));
    } else {
        known.edit_crm(&LEVEL, one("crm"));
        known.world.wait(120);
        known.see_pms();
        known.edit_pms(&LEVEL, one("pms"));
        known.see_pms();
    }
    known.edit_crm(&TITLE, one("z"));
    known
}

#[test]
fn a_conflict_is_settled_by_when_the_field_was_changed() {
    for is_crm_later in [true, false] {
        let mut known = contested(is_crm_later, false);
        assert!(matches!(verdict(&known.see_crm(), &LEVEL), Verdict::Review(_)), "later: {is_crm_later}");
        let mut known = contested(is_crm_later, true);
        let flight = known.world.fetch("crm", PERSON, &known.crm.clone());
        let asked = known.world.weigh_once(&flight);
        let asks = Outcome { read_again: Some(ReadAgain::FieldDates), ..Outcome::default() };
        assert_eq!(asked, asks, "nothing is decided before the answer");
        known.world.judge(&flight);
        known.world.settle_down();
        let later = one(if is_crm_later { "crm" } else { "pms" });
        assert_eq!([row(&known, "pms", &LEVEL), row(&known, "crm", &LEVEL)], [later.clone(), later]);
        assert_eq!(known.world.reviews.len(), 0);
    }
}

#[test]
fn times_are_asked_for_only_where_they_can_decide() {
    let asks = |rule: Option<FieldRule>| {
        let mut known = linked(&[(LEVEL, one("x"))]);
        known.world.capability("crm", PERSON, &LEVEL).dated = true;
        known.edit_crm(&LEVEL, one("crm"));
        known.world.rules.overrides.extend(rule.map(|rule| ((PERSON, LEVEL), rule)));
        let flight = known.world.fetch("crm", PERSON, &known.crm.clone());
        known.world.weigh_once(&flight).read_again == Some(ReadAgain::FieldDates)
    };
    let rule = |policy, direction| FieldRule { policy, owner: None, direction };
    assert!(asks(None), "somebody may have changed it elsewhere");
    assert!(!asks(Some(rule(Policy::Latest, Direction::PmsToCrm))), "the CRM is not heard");
    assert!(!asks(Some(rule(Policy::Review, Direction::Both))), "a human is asked, not the clock");
    let mut known = linked(&[(LEVEL, one("x"))]);
    known.world.capability("crm", PERSON, &LEVEL).dated = true;
    assert_eq!(known.see_crm(), Outcome::default(), "nobody has changed it");
}

#[test]
fn a_system_that_does_not_know_the_time_is_asked_once() {
    let mut known = contested(true, true);
    let mut flight = known.world.fetch("crm", PERSON, &known.crm.clone());
    flight.observation.changed_at = Some(ChangeTimes::new());
    assert!(matches!(verdict(&known.world.judge(&flight), &LEVEL), Verdict::Review(_)));
}
