//! Cases 49, 50 and 53 to 56: the status of a reservation and who may be mailed.

use super::values::{choice, date, day, money};
use super::world::{Flight, World};
use crate::model::ids::ReviewId;
use crate::model::keys::{
    ARRIVES_ON, CONTENT_VERSION, DEPARTS_ON, MAILABLE, NIGHTS, STATUS, SURVEYABLE, TOTAL_SPEND, VERIFIED_AT,
};
use crate::model::review::ReviewState;
use crate::model::{
    ExternalId, FieldKey, Lane, LinkLife, ObservationId, RecordKind, Review, ReviewKind, Rule, Seen, Shape,
    SystemClass, Value, Verdict,
};
use crate::reconcile::{Exclusion, Outcome, Planned, ReadAgain, regate};

const STAY: RecordKind = RecordKind::Reservation;
const AT_PMS: &[FieldKey] = &[STATUS, ARRIVES_ON, DEPARTS_ON, TOTAL_SPEND];
const AT_CRM: &[FieldKey] = &[
    STATUS,
    ARRIVES_ON,
    DEPARTS_ON,
    TOTAL_SPEND,
    MAILABLE,
    SURVEYABLE,
    NIGHTS,
    CONTENT_VERSION,
    VERIFIED_AT,
];

struct Stay {
    world: World,
    pms: ExternalId,
}

fn stay(status: &str, arrives: &str, departs: &str) -> Stay {
    let mut world = World::new().with_system("pms", SystemClass::Pms, &[(STAY, AT_PMS)]).with_system(
        "crm",
        SystemClass::Crm,
        &[(STAY, AT_CRM)],
    );
    world.system("pms").creates.clear();
    let fields = [
        (STATUS, Seen::one(choice(status))),
        (ARRIVES_ON, Seen::one(day(arrives))),
        (DEPARTS_ON, Seen::one(day(departs))),
    ];
    let pms = world.create("pms", STAY, &fields);
    world.settle_down();
    Stay { world, pms }
}

impl Stay {
    fn edit(&mut self, field: &FieldKey, value: Value) {
        self.world.edit("pms", STAY, &self.pms, field, Seen::one(value));
    }

    fn see(&mut self) -> Outcome {
        self.world.see("pms", STAY, &self.pms.clone())
    }

    fn hub(&self, field: &FieldKey) -> Option<&Value> {
        self.world.record("pms", STAY, &self.pms).value(field)
    }

    fn at_crm(&self, field: &FieldKey) -> Option<&Value> {
        let record = self.world.record("pms", STAY, &self.pms).id;
        let crm = self.world.counterpart(record, "crm").expect("created");
        self.world.remotes[&"crm".into()].rows[&(STAY, crm)].document.value(field)
    }

    /// The night audit closes a business date.
    fn close(&mut self, business_date: &str) -> Outcome {
        self.world.closed = Some(date(business_date));
        let record = self.world.record("pms", STAY, &self.pms).clone();
        let (entry, now) = (ObservationId::new(self.world.uuid()), self.world.now());
        let outcome = regate(&self.world.rules, &record, self.world.closed, entry, now);
        if let Some(record) = outcome.record.clone() {
            self.world.put(record);
        }
        outcome
    }
}

const YES: Option<&Value> = Some(&Value::Bool(true));
const NO: Option<&Value> = Some(&Value::Bool(false));

pub(super) fn a_cancelled_stub_stays() {
    let mut world = stay("confirmed", "2026-05-01", "2026-05-03").world;
    world.remote("pms").manners.gives_versions = true;
    let fields = [(STATUS, Seen::one(choice("confirmed"))), (ARRIVES_ON, Seen::one(day("2026-06-01")))];
    let id = world.create("pms", STAY, &fields);
    let created: Flight = world.fetch("pms", STAY, &id);
    world.edit("pms", STAY, &id, &STATUS, Seen::one(choice("cancelled")));
    let mut cancelled = world.fetch("pms", STAY, &id);
    cancelled.observation.shape = Shape::StatusOnly;
    cancelled.observation.document.remove(&ARRIVES_ON);
    world.judge(&cancelled);
    let record = world.record("pms", STAY, &id).id;
    assert_eq!(world.plan(&"crm".into(), record), Planned::Excluded(Exclusion::Stub));
    assert_eq!(world.judge(&created), Outcome::default(), "the late create is older");
    assert_eq!(world.record("pms", STAY, &id).value(&STATUS), Some(&choice("cancelled")));
}

pub(super) fn versions_order_the_status() {
    let mut stay = stay("confirmed", "2026-05-01", "2026-05-03");
    stay.world.remote("pms").manners.gives_versions = true;
    stay.see();
    stay.edit(&STATUS, choice("cancelled"));
    let cancelled = stay.world.fetch("pms", STAY, &stay.pms.clone());
    stay.edit(&STATUS, choice("confirmed"));
    let reinstated = stay.world.fetch("pms", STAY, &stay.pms.clone());
    for flight in [&cancelled, &reinstated, &cancelled] {
        stay.world.judge(flight);
    }
    assert_eq!((stay.hub(&STATUS), stay.hub(&MAILABLE)), (Some(&choice("confirmed")), YES));
    stay.edit(&STATUS, choice("cancelled"));
    let outcome = stay.see();
    assert!(outcome.due.contains(&("crm".into(), Lane::Status)));
    assert_eq!(stay.hub(&MAILABLE), NO, "from the moment the hub knows");
    the_owner_drops_it();
}

/// A reservation that its PMS has dropped is cancelled; should it come back, its status is news.
fn the_owner_drops_it() {
    let mut stay = stay("confirmed", "2026-05-01", "2026-05-03");
    let row = stay.world.remote("pms").rows.remove(&(STAY, stay.pms.clone())).expect("a row");
    stay.world.show("pms", STAY, &stay.pms.clone(), Shape::Deleted);
    assert_eq!(stay.hub(&STATUS), Some(&choice("confirmed")), "one word is not enough");
    let outcome = stay.world.show("pms", STAY, &stay.pms.clone(), Shape::NotFound);
    assert_eq!(outcome.dispositions[0].verdict, Verdict::Applied(Rule::GoneAtOwner));
    assert_eq!(outcome.due, [("crm".into(), Lane::Status)]);
    stay.world.deliver_all();
    assert_eq!((stay.at_crm(&STATUS), stay.at_crm(&MAILABLE)), (Some(&choice("cancelled")), NO));
    stay.world.remote("pms").rows.insert((STAY, stay.pms.clone()), row);
    stay.see();
    assert_eq!(stay.hub(&STATUS), Some(&choice("confirmed")));
    stay.world.settle_down();
    assert_eq!((stay.at_crm(&STATUS), stay.at_crm(&MAILABLE)), (Some(&choice("confirmed")), YES));
}

#[test]
fn what_is_gone_at_the_crm_cancels_no_stay() {
    let mut known = stay("confirmed", "2026-11-02", "2026-11-04");
    let record = known.world.record("pms", STAY, &known.pms).id;
    let crm = known.world.counterpart(record, "crm").expect("created");
    known.world.remote("crm").rows.remove(&(STAY, crm.clone()));
    for shape in [Shape::Absent, Shape::Absent, Shape::NotFound] {
        known.world.show("crm", STAY, &crm, shape);
    }
    assert_eq!(known.world.link_of(&"crm".into(), STAY, &crm).map(|link| &link.life), Some(&LinkLife::Gone));
    assert_eq!(known.hub(&STATUS), Some(&choice("confirmed")), "only its owner says that it is off");
}

pub(super) fn moved_dates_stop_mails() {
    let mut stay = stay("confirmed", "2026-03-04", "2026-03-06");
    assert_eq!(stay.at_crm(&MAILABLE), YES);
    stay.edit(&ARRIVES_ON, day("2026-03-03"));
    let flight = stay.world.fetch("pms", STAY, &stay.pms.clone());
    let outcome = stay.world.judge(&flight);
    assert_eq!(outcome.read_again, Some(ReadAgain::MovedDates));
    assert_eq!(outcome.due, [("crm".into(), Lane::Status)]);
    assert_eq!((stay.hub(&MAILABLE), stay.hub(&NIGHTS)), (NO, Some(&Value::Integer(3))));
    stay.world.judge(&flight);
    assert_eq!(stay.hub(&MAILABLE), NO, "the same reading again confirms nothing");
    stay.see();
    assert_eq!(stay.hub(&MAILABLE), YES, "a second reading does");
    stay.world.settle_down();
    assert_eq!(stay.at_crm(&MAILABLE), YES);
}

pub(super) fn a_no_show_is_not_surveyed() {
    let mut stay = stay("confirmed", "2026-02-26", "2026-02-28");
    stay.edit(&STATUS, choice("no_show"));
    stay.see();
    stay.close("2026-02-28");
    assert_eq!((stay.hub(&SURVEYABLE), stay.hub(&MAILABLE)), (NO, NO));
}

pub(super) fn a_reversed_check_out_is_retracted() {
    let mut stay = stay("in_house", "2026-02-26", "2026-02-28");
    stay.edit(&STATUS, choice("checked_out"));
    stay.see();
    assert_eq!(stay.hub(&SURVEYABLE), NO, "not before the night audit");
    assert_eq!(stay.close("2026-02-27"), Outcome::default());
    let outcome = stay.close("2026-02-28");
    assert_eq!((stay.hub(&SURVEYABLE), outcome.due), (YES, vec![("crm".into(), Lane::Status)]));
    assert_eq!(stay.close("2026-02-28"), Outcome::default(), "once");
    stay.edit(&STATUS, choice("in_house"));
    stay.see();
    assert_eq!(stay.hub(&SURVEYABLE), NO);
    stay.world.settle_down();
    assert_eq!(stay.at_crm(&SURVEYABLE), NO);
}

pub(super) fn a_late_charge_is_a_new_version() {
    let mut stay = stay("checked_out", "2026-02-26", "2026-02-28");
    let before = stay.hub(&CONTENT_VERSION).cloned();
    assert!(before.is_some());
    stay.edit(&TOTAL_SPEND, money(12_300));
    stay.see();
    let after = stay.hub(&CONTENT_VERSION).cloned();
    assert_ne!(after, before);
    stay.world.settle_down();
    assert_eq!(stay.at_crm(&CONTENT_VERSION), after.as_ref());
}

#[test]
fn a_stamp_alone_writes_nothing() {
    let mut stay = stay("confirmed", "2026-05-01", "2026-05-03");
    let before = stay.hub(&VERIFIED_AT).cloned();
    stay.world.wait(90);
    let outcome = stay.see();
    assert_ne!(stay.hub(&VERIFIED_AT).cloned(), before, "the hub knows that the status is fresh");
    assert_eq!(outcome.due, []);
    stay.edit(&TOTAL_SPEND, money(100));
    stay.see();
    stay.world.settle_down();
    assert_eq!(stay.at_crm(&VERIFIED_AT), stay.hub(&VERIFIED_AT), "it rides along");
}

#[test]
fn an_answer_that_cancels_closes_the_gate() {
    let mut stay = stay("confirmed", "2026-05-01", "2026-05-03");
    stay.see();
    assert_eq!(stay.hub(&MAILABLE), YES);
    let kind = ReviewKind::Conflict {
        field: STATUS,
        element: None,
        hub: Box::new(Seen::one(choice("confirmed"))),
        observed: Box::new(Seen::one(choice("cancelled"))),
    };
    let (record, opened_at) = (stay.world.record("pms", STAY, &stay.pms).id, stay.world.now());
    let id = ReviewId::new(stay.world.uuid());
    let state = ReviewState::Open;
    let review = Review {
        id,
        record: Some(record),
        system: Some("pms".into()),
        kind,
        opened_at,
        state,
        postponed: None,
    };
    stay.world.reviews.insert(id, review);
    stay.world.answer(id, true);
    assert_eq!((stay.hub(&STATUS), stay.hub(&MAILABLE)), (Some(&choice("cancelled")), NO));
}
