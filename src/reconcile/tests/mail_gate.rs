//! The gate for mails: when it opens, for how long, and I14 over everything that can happen to a reservation.

use chrono::{DateTime, Days, Duration, NaiveTime, TimeDelta, Utc};
use chrono_tz::{America::New_York, Europe::Madrid, Tz};
use proptest::collection::vec;
use proptest::prelude::*;

use super::delivery::Luck;
use super::values::{choice, date, day, minute};
use super::world::{Flight, World};
use crate::model::keys::{
    ARRIVES_ON, CLEARED_UNTIL, DEPARTS_ON, MAILABLE, NEXT_MAIL_DUE, STATUS, SURVEYABLE, VERIFIED_AT,
};
use crate::model::{ExternalId, FieldKey, RecordKind, Seen, Shape, SystemClass, Value};
use crate::reconcile::MailWindow;

const STAY: RecordKind = RecordKind::Reservation;
const AT_PMS: &[FieldKey] = &[STATUS, ARRIVES_ON, DEPARTS_ON];
const AT_CRM: &[FieldKey] =
    &[STATUS, ARRIVES_ON, DEPARTS_ON, MAILABLE, SURVEYABLE, NEXT_MAIL_DUE, CLEARED_UNTIL, VERIFIED_AT];
const CLEARANCE: Duration = Duration::hours(24);

fn window() -> MailWindow {
    let at = NaiveTime::from_hms_opt(10, 0, 0).expect("a time");
    MailWindow { pre_arrival_days: 3, pre_arrival_at: at, clearance: CLEARANCE }
}

/// A confirmed reservation; the tests begin at noon of 1 March 2026.
struct Stay {
    world: World,
    pms: ExternalId,
    crm: ExternalId,
}

fn stay(arrives: &str) -> Stay {
    let mut world = World::new().with_system("pms", SystemClass::Pms, &[(STAY, AT_PMS)]).with_system(
        "crm",
        SystemClass::Crm,
        &[(STAY, AT_CRM)],
    );
    world.rules.mail = window();
    world.system("pms").creates.clear();
    world.system("pms").time_zone = Madrid;
    let fields = [
        (STATUS, Seen::one(choice("confirmed"))),
        (ARRIVES_ON, Seen::one(day(arrives))),
        (DEPARTS_ON, Seen::one(day("2026-05-20"))),
    ];
    let pms = world.create("pms", STAY, &fields);
    world.settle_down();
    let record = world.record("pms", STAY, &pms).id;
    let crm = world.counterpart(record, "crm").expect("created");
    Stay { world, pms, crm }
}

impl Stay {
    fn edit(&mut self, field: &FieldKey, value: Value) {
        self.world.edit("pms", STAY, &self.pms, field, Seen::one(value));
    }

    fn see(&mut self) {
        self.world.see("pms", STAY, &self.pms.clone());
    }

    fn hub(&self, field: &FieldKey) -> Option<Value> {
        self.world.record("pms", STAY, &self.pms).value(field).cloned()
    }

    fn at_crm(&self, field: &FieldKey) -> Option<Value> {
        self.world.held("crm", STAY, &self.crm, field).cloned()
    }

    fn instant(&self, field: &FieldKey) -> Option<DateTime<Utc>> {
        match self.hub(field) {
            Some(Value::Instant(at)) => Some(at),
            _ => None,
        }
    }
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

#[test]
fn a_reservation_is_read_again_half_a_clearance_before_its_mail() {
    let check = |clearance: i64, hour: u32, days: u64| {
        let window = MailWindow { clearance: Duration::hours(clearance), ..window() };
        let at = NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
        assert_eq!(window.reread(), (at, Days::new(days)), "{clearance} h");
    };
    check(6, 7, 3);
    check(20, 0, 3);
    check(24, 22, 4);
    check(168, 22, 7);
}

#[test]
fn the_mail_before_an_arrival_is_due_on_the_hotels_clock() {
    let check = |arrives: &str, zone: Tz, due: &str| {
        assert_eq!(window().due(date(arrives), zone), Some(utc(due)), "{arrives} {zone}");
    };
    check("2026-03-10", Madrid, "2026-03-07T09:00:00Z");
    check("2026-07-10", Madrid, "2026-07-07T08:00:00Z");
    check("2026-03-10", New_York, "2026-03-07T15:00:00Z");
    let at_half_past_two =
        MailWindow { pre_arrival_at: NaiveTime::from_hms_opt(2, 30, 0).expect("a time"), ..window() };
    let skipped = at_half_past_two.due(date("2026-04-01"), Madrid);
    assert_eq!(skipped, Some(utc("2026-03-29T01:30:00Z")), "the clocks jump from two to three");
    let twice = at_half_past_two.due(date("2026-10-28"), Madrid);
    assert_eq!(twice, Some(utc("2026-10-25T00:30:00Z")), "the earlier of the two");
}

#[test]
fn a_reading_clears_only_what_is_near() {
    let (due, arrives) = (utc("2026-03-07T09:00:00Z"), date("2026-03-10"));
    let check = |read: &str, cleared: Option<&str>, until: Option<&str>| {
        let found = window().cleared_until((due, arrives), utc(read), cleared.map(utc));
        assert_eq!(found, until.map(utc), "read {read}, cleared until {cleared:?}");
    };
    check("2026-03-06T08:59:00Z", None, None);
    check("2026-03-06T09:00:00Z", None, Some("2026-03-07T09:00:00Z"));
    check("2026-03-07T08:50:00Z", Some("2026-03-07T09:00:00Z"), Some("2026-03-08T08:50:00Z"));
    check("2026-03-07T08:50:00Z", Some("2026-03-08T03:00:00Z"), None);
    check("2026-03-11T00:00:00Z", None, None);
}

#[test]
fn a_reservation_is_cleared_when_its_mail_is_near() {
    let mut stay = stay("2026-03-20");
    assert_eq!(stay.instant(&NEXT_MAIL_DUE), Some(utc("2026-03-17T09:00:00Z")));
    assert_eq!(stay.instant(&CLEARED_UNTIL), None, "the mail is weeks away");
    stay.world.wait(60 * 24 * 15);
    let read_at = stay.world.now();
    stay.see();
    assert_eq!(stay.instant(&CLEARED_UNTIL), Some(read_at + CLEARANCE));
    stay.world.settle_down();
    assert_eq!(stay.at_crm(&CLEARED_UNTIL), Some(Value::Instant(read_at + CLEARANCE)));
    stay.edit(&STATUS, choice("cancelled"));
    stay.see();
    let timed = (stay.hub(&CLEARED_UNTIL), stay.hub(&NEXT_MAIL_DUE));
    assert_eq!((stay.hub(&MAILABLE), timed), (Some(Value::Bool(false)), (None, None)), "at once");
    stay.world.settle_down();
    assert_eq!((stay.at_crm(&CLEARED_UNTIL), stay.at_crm(&NEXT_MAIL_DUE)), (None, None));
}

#[test]
fn the_word_of_a_crm_clears_nothing() {
    let mut stay = stay("2026-03-05");
    let cleared = stay.instant(&CLEARED_UNTIL);
    stay.world.wait(60 * 20);
    stay.world.see("crm", STAY, &stay.crm.clone());
    assert_eq!(stay.instant(&CLEARED_UNTIL), cleared);
    let mut part = stay.world.fetch("pms", STAY, &stay.pms.clone());
    part.observation.shape = Shape::Partial;
    part.observation.document.remove(&STATUS);
    stay.world.judge(&part);
    assert_eq!(stay.instant(&CLEARED_UNTIL), cleared, "nor does a reading without the status");
    stay.world.import("pms", STAY, &stay.pms.clone());
    assert_eq!(stay.instant(&CLEARED_UNTIL), cleared, "nor does history");
    stay.see();
    assert!(stay.instant(&CLEARED_UNTIL) > cleared);
}

#[test]
fn moved_dates_take_the_clearance_back() {
    let mut stay = stay("2026-03-04");
    assert!(stay.instant(&CLEARED_UNTIL).is_some());
    stay.edit(&ARRIVES_ON, day("2026-03-05"));
    stay.see();
    assert_eq!((stay.hub(&MAILABLE), stay.hub(&CLEARED_UNTIL)), (Some(Value::Bool(false)), None));
    stay.see();
    assert!(stay.instant(&CLEARED_UNTIL).is_some(), "a second reading clears it again");
    assert_eq!(stay.instant(&NEXT_MAIL_DUE), Some(utc("2026-03-02T09:00:00Z")));
    stay.edit(&STATUS, choice("in_house"));
    stay.see();
    assert_eq!((stay.hub(&CLEARED_UNTIL), stay.hub(&NEXT_MAIL_DUE)), (None, None), "the guest is there");
    assert_eq!(stay.hub(&MAILABLE), Some(Value::Bool(true)));
}

/// One thing that happens to a reservation.
#[derive(Debug, Clone)]
enum Deed {
    Status(usize),
    Arrival(u32),
    See,
    SeeStatus,
    Keep,
    JudgeKept(usize),
    Import,
    Deliver(u8),
    Wait(i64),
    Close(u32),
}

const STATUSES: [&str; 6] = ["confirmed", "cancelled", "no_show", "in_house", "checked_out", "tentative"];

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        4 => (0..STATUSES.len()).prop_map(Deed::Status),
        1 => (1_u32..9).prop_map(Deed::Arrival),
        5 => Just(Deed::See),
        1 => Just(Deed::SeeStatus),
        2 => Just(Deed::Keep),
        2 => (0_usize..3).prop_map(Deed::JudgeKept),
        1 => Just(Deed::Import),
        4 => (0_u8..5).prop_map(Deed::Deliver),
        3 => (1_i64..2_000).prop_map(Deed::Wait),
        1 => (1_u32..9).prop_map(Deed::Close),
    ];
    vec(deed, 1..40)
}

/// A reservation, what was read of it and not judged, and when its PMS last had it as one that may be mailed.
struct Gate {
    stay: Stay,
    kept: Vec<Flight>,
    mailable_until: DateTime<Utc>,
}

impl Gate {
    fn is_mailable_at_pms(&self) -> bool {
        let status = self.stay.world.held("pms", STAY, &self.stay.pms, &STATUS).and_then(Value::as_text);
        matches!(status, Some("confirmed" | "in_house"))
    }

    fn note(&mut self) {
        if self.is_mailable_at_pms() {
            self.mailable_until = self.stay.world.now();
        }
    }

    fn happen(&mut self, deed: &Deed) {
        let (pms, crm) = (self.stay.pms.clone(), "crm".into());
        let world = &mut self.stay.world;
        match deed {
            Deed::Status(status) => self.stay.edit(&STATUS, choice(STATUSES[*status])),
            Deed::Arrival(on) => self.stay.edit(&ARRIVES_ON, day(&format!("2026-03-{on:02}"))),
            Deed::See => self.stay.see(),
            Deed::SeeStatus => {
                let mut flight = world.fetch("pms", STAY, &pms);
                flight.observation.shape = Shape::StatusOnly;
                flight.observation.document.remove(&ARRIVES_ON);
                flight.observation.document.remove(&DEPARTS_ON);
                world.judge(&flight);
            }
            Deed::Keep => {
                let flight = world.fetch("pms", STAY, &pms);
                self.kept.push(flight);
            }
            Deed::JudgeKept(at) => {
                if let Some(flight) = self.kept.get(*at).cloned() {
                    world.judge(&flight);
                }
            }
            Deed::Import => {
                world.import("pms", STAY, &pms);
            }
            Deed::Deliver(luck) => {
                let record = world.record("pms", STAY, &pms).id;
                world.deliver(record, &crm, if *luck == 0 { Luck::LostAnswer } else { Luck::Good });
            }
            Deed::Wait(minutes) => world.wait(*minutes),
            Deed::Close(on) => world.closed = Some(date(&format!("2026-03-{on:02}"))),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn i14_what_is_cleared_at_the_crm_was_mailable_at_the_pms_within_the_clearance(deeds in deeds()) {
        let mut gate = Gate { stay: stay("2026-03-04"), kept: Vec::new(), mailable_until: minute(0) };
        gate.note();
        for deed in &deeds {
            gate.note();
            gate.happen(deed);
            gate.note();
            let now = gate.stay.world.now();
            let (hub, crm) = (gate.stay.hub(&MAILABLE), gate.stay.at_crm(&MAILABLE));
            if hub == Some(Value::Bool(true)) {
                let status = gate.stay.hub(&STATUS);
                let status = status.as_ref().and_then(Value::as_text);
                prop_assert!(matches!(status, Some("confirmed" | "in_house")), "{status:?} is mailable");
            }
            let Some(Value::Instant(until)) = gate.stay.at_crm(&CLEARED_UNTIL) else { continue };
            if crm == Some(Value::Bool(true)) && until > now {
                let oldest = now - CLEARANCE - TimeDelta::minutes(1);
                prop_assert!(gate.mailable_until >= oldest, "cleared until {until}, mailable until {}", gate.mailable_until);
            }
        }
    }
}
