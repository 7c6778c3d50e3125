//! What a generated world is like: systems with their own forms, clocks and manners, rules that the hotel has changed,
//! and the values that people type there.

use chrono::TimeDelta;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;

use super::manners::Manners;
use super::values::{address, bare_email, choice, consent_over, day, note, phone, set, text};
use super::world::World;
use crate::model::form::{Case, Form, Keeps, Limit};
use crate::model::keys::{
    ADDRESSES, BIRTH_DATE, CONSENTS, DO_NOT_CONTACT, EMAILS, EMPLOYER, GIVEN_NAMES, LEVEL, MEDICAL, NOTES,
    PHONES, SURNAME, TAGS, TITLE,
};
use crate::model::policy::Authority;
use crate::model::value::{Email, Special};
use crate::model::{Direction, FieldKey, Policy, RecordKind, Seen, SystemClass, SystemId, Value};
use crate::reconcile::FieldRule;

pub(super) const PERSON: RecordKind = RecordKind::Person;

/// The fields that are edited: every policy and both multiplicities are among them.
pub(super) const FIELDS: [FieldKey; 14] = [
    TITLE,
    LEVEL,
    SURNAME,
    GIVEN_NAMES,
    BIRTH_DATE,
    EMPLOYER,
    EMAILS,
    PHONES,
    CONSENTS,
    MEDICAL,
    ADDRESSES,
    DO_NOT_CONTACT,
    NOTES,
    TAGS,
];
/// The fields whose rule the hotel may have changed, among those with one value.
const CHANGEABLE: [FieldKey; 5] = [TITLE, LEVEL, GIVEN_NAMES, BIRTH_DATE, EMPLOYER];
/// The longest difference between the clocks of the hub and of a system.
const SKEW_SECONDS: i64 = 90;

/// What a generated system is like.
#[derive(Debug, Clone)]
pub(super) struct Nature {
    class: SystemClass,
    manners: Manners,
    /// One form for each of [`FIELDS`].
    forms: Vec<u8>,
    clearable: Vec<bool>,
    has_purpose: bool,
    dates_fields: bool,
}

/// What a generated world is like.
#[derive(Debug, Clone)]
pub(super) struct Climate {
    pub(super) natures: Vec<Nature>,
    rules: BTreeMap<usize, FieldRule>,
    /// How long everything takes, in milliseconds.
    step_ms: i64,
}

fn manners() -> impl Strategy<Value = Manners> {
    let step = select(&[0, 10, 1_000, 60_000][..]);
    (any::<[bool; 3]>(), step, -SKEW_SECONDS..=SKEW_SECONDS).prop_map(
        |([gives_versions, gives_tokens, gives_stamps], stamp_step_ms, skew)| Manners {
            gives_versions,
            gives_tokens,
            gives_stamps,
            stamp_step_ms,
            skew: TimeDelta::seconds(skew),
        },
    )
}

fn nature() -> impl Strategy<Value = Nature> {
    let class = select(&[SystemClass::Pms, SystemClass::Crm][..]);
    let (forms, clearable) = (vec(0_u8..9, FIELDS.len()), vec(any::<bool>(), FIELDS.len()));
    (class, manners(), forms, clearable, any::<[bool; 2]>()).prop_map(
        |(class, manners, forms, clearable, [has_purpose, dates_fields])| Nature {
            class,
            manners,
            forms,
            clearable,
            has_purpose,
            dates_fields,
        },
    )
}

fn rule() -> impl Strategy<Value = FieldRule> {
    let policy = select(&[Policy::Owner, Policy::Quality, Policy::Latest, Policy::Review][..]);
    let owner = option::of(select(vec![
        Authority::Side(SystemClass::Pms),
        Authority::Side(SystemClass::Crm),
        Authority::System(SystemId::new("s1")),
    ]));
    let all = [Direction::Both, Direction::PmsToCrm, Direction::PmsToCrmOrFill, Direction::CrmToPms];
    (policy, owner, select(all.to_vec())).prop_map(|(policy, owner, direction)| FieldRule {
        policy,
        owner,
        direction,
    })
}

/// A PMS that keeps everything as it is, up to four other systems, and what the hotel has changed.
pub(super) fn climates() -> impl Strategy<Value = Climate> {
    let step = select(&[7_i64, 400, 60_000][..]);
    let rules = btree_map(0..CHANGEABLE.len(), rule(), 0..3);
    (vec(nature(), 1..5), rules, step).prop_map(|(others, rules, step_ms)| {
        let first = Nature {
            class: SystemClass::Pms,
            manners: Manners { gives_versions: true, gives_stamps: true, ..Manners::default() },
            forms: vec![0; FIELDS.len()],
            clearable: vec![true; FIELDS.len()],
            has_purpose: true,
            dates_fields: false,
        };
        Climate { natures: std::iter::once(first).chain(others).collect(), rules, step_ms }
    })
}

impl Climate {
    /// The world with its systems `s0`, `s1` and so on, and nobody in it.
    pub(super) fn world(&self) -> World {
        let mut world = World::new();
        for (index, nature) in self.natures.iter().enumerate() {
            let name = format!("s{index}");
            world = world.with_system(&name, nature.class, &[(PERSON, &FIELDS)]);
            let is_single = FIELDS.map(|field| world.is_single(PERSON, &field));
            for (at, field) in FIELDS.iter().enumerate() {
                let capability = world.capability(&name, PERSON, field);
                capability.form = form(field, nature.forms[at]);
                capability.clearable = nature.clearable[at];
                capability.dated = nature.dates_fields && is_single[at];
            }
            let system = world.system(&name);
            system.internal = true;
            system.purpose = nature.has_purpose.then(|| "registration".to_owned());
            system.clock_offset_seconds = u32::try_from(SKEW_SECONDS).unwrap_or_default();
            world.remote(&name).manners = nature.manners;
        }
        for (at, rule) in &self.rules {
            world.rules.overrides.insert((PERSON, CHANGEABLE[*at].clone()), rule.clone());
        }
        world.step = TimeDelta::milliseconds(self.step_ms);
        world
    }
}

/// What a system does to a field. What the law is about, and what has no text, is kept as it is.
fn form(field: &FieldKey, number: u8) -> Form {
    if [CONSENTS, MEDICAL, BIRTH_DATE, DO_NOT_CONTACT, NOTES].contains(field) {
        return Form::default();
    }
    match number {
        1 => Form { case: Case::Upper, ..Form::default() },
        2 => Form { limit: Limit::Chars(6), ..Form::default() },
        3 => Form { keeps: Keeps::NOTHING, ..Form::default() },
        4 => Form { slots: Some(1), keeps: Keeps::NOTHING, ..Form::default() },
        5 => Form { case: Case::Capitalised, limit: Limit::EscapedBytes(9), ..Form::default() },
        6 => Form { slots: Some(2), case: Case::Lower, ..Form::default() },
        7 => Form { limit: Limit::Chars(13), keeps: Keeps::NOTHING, ..Form::default() },
        _ => Form::default(),
    }
}

/// What somebody types into a field; the same number gives the same value everywhere. Many are one another's forms.
pub(super) fn value(field: &FieldKey, number: u8) -> Seen {
    const WORDS: [&str; 8] =
        ["", "Ana Lucia", "ANA LUCIA", "Ana Lu", "ana lucia", "Carmen de la Fuente", "Carmen", "bea"];
    let word = WORDS[usize::from(number % 8)];
    let few = usize::from(number % 4);
    match field {
        _ if *field == EMAILS => subset(field, number, &emails(number)),
        _ if *field == PHONES => {
            let label = (number >= 128).then_some("work");
            let all = ["+34600000001", "+34600000002", "+34600000003"].map(|number| phone(number, label));
            subset(field, number, &all)
        }
        _ if *field == ADDRESSES => {
            let label = (number >= 128).then_some("home");
            let all = ["Calle Mayor 1", "Calle Mayor 2", "Calle"]
                .map(|street| address(street, label, number & 64 > 0));
            subset(field, number, &all)
        }
        _ if *field == TAGS => {
            subset(field, number, &["Golf", "Golf club", "Golf club de la Moraleja"].map(text))
        }
        _ if *field == NOTES => {
            let all = ["1", "2", "3"].map(|id| note(id, if number >= 128 { "likes tea" } else { "late" }));
            subset(field, number, &all)
        }
        _ if *field == CONSENTS => {
            let states = ["denied", "unknown", "granted"];
            let of = |channel: &str, number: u8| {
                states.get(usize::from(number % 4)).map(|state| consent_over(channel, state))
            };
            set(field, of("email", number).into_iter().chain(of("sms", number / 4)))
        }
        _ if *field == MEDICAL => {
            let parts = [("kind".into(), choice("allergy")), ("text".into(), text(word))];
            let entry = Value::Special(Special::seal(Value::Entry(parts.into_iter().collect())));
            set(field, (few > 0).then_some(entry))
        }
        _ if *field == DO_NOT_CONTACT => {
            [Seen::Empty, Seen::one(Value::Bool(false)), Seen::one(Value::Bool(true))]
                [usize::from(number % 3)]
            .clone()
        }
        _ if *field == BIRTH_DATE => match few {
            0 => Seen::Empty,
            _ => Seen::one(day(["1970-01-01", "1971-01-01", "1972-01-01", "1973-01-01"][few])),
        },
        _ if *field == SURNAME && word.is_empty() => Seen::one(text("Dora")),
        _ => Seen::optional((!word.is_empty()).then(|| text(word))),
    }
}

/// An own address in two ways to write it, another one, and a portal's relay.
fn emails(number: u8) -> [Value; 3] {
    let own = if number & 32 > 0 { "Ana@example.com" } else { "ana@example.com" };
    let (verified, primary) = (number & 64 > 0, number & 16 > 0);
    [
        Value::Email(Email { primary, verified, ..bare_email(own) }),
        Value::Email(Email { primary: !primary, ..bare_email("a@b.example") }),
        Value::Email(Email { relay: true, ..bare_email("x1@guest.example") }),
    ]
}

fn subset(field: &FieldKey, number: u8, all: &[Value]) -> Seen {
    let chosen = all.iter().enumerate().filter(|(index, _)| number >> index & 1 == 1);
    set(field, chosen.map(|(_, value)| value.clone()))
}
