//! Generated worlds: up to five systems with their own forms and manners, edits, late and doubled readings, lost
//! answers, and then peace.

use proptest::collection::vec;
use proptest::prelude::*;

use super::values::{consent, day, email, phone, set, text};
use super::world::{Flight, Luck, Manners, World};
use crate::model::form::{Case, Form, Keeps, Limit};
use crate::model::keys::{
    BIRTH_DATE, CONSENTS, EMAILS, EMPLOYER, GIVEN_NAMES, LEVEL, MEDICAL, PHONES, SURNAME, TITLE,
};
use crate::model::value::Special;
use crate::model::{ExternalId, FieldKey, RecordId, RecordKind, Seen, Shape, SystemClass, SystemId, Value};

pub(super) const PERSON: RecordKind = RecordKind::Person;
/// The fields that are edited. The first two and the sixth have policies that may ask a human.
pub(super) const FIELDS: [FieldKey; 10] =
    [TITLE, LEVEL, SURNAME, GIVEN_NAMES, BIRTH_DATE, EMPLOYER, EMAILS, PHONES, CONSENTS, MEDICAL];

/// What a generated system is like.
#[derive(Debug, Clone)]
pub(super) struct Nature {
    is_pms: bool,
    gives_versions: bool,
    gives_stamps: bool,
    form: u8,
    clearable: bool,
    has_purpose: bool,
}

/// One thing that happens.
#[derive(Debug, Clone)]
pub(super) enum Deed {
    Edit { system: usize, field: usize, value: u8 },
    See { system: usize },
    SeePart { system: usize, field: usize },
    Keep { system: usize },
    JudgeKept { at: usize },
    JudgeLastAgain,
    Import { system: usize },
    Miss { system: usize },
    Deliver { luck: u8 },
    Wait,
}

pub(super) fn natures() -> impl Strategy<Value = Vec<Nature>> {
    let nature = (any::<bool>(), any::<bool>(), any::<bool>(), 0_u8..5, any::<bool>(), any::<bool>());
    vec(nature, 1..5).prop_map(|natures| {
        let natures = natures.into_iter().map(
            |(is_pms, gives_versions, gives_stamps, form, clearable, has_purpose)| Nature {
                is_pms,
                gives_versions,
                gives_stamps,
                form,
                clearable,
                has_purpose,
            },
        );
        let first = Nature {
            is_pms: true,
            gives_versions: true,
            gives_stamps: true,
            form: 0,
            clearable: true,
            has_purpose: true,
        };
        std::iter::once(first).chain(natures).collect()
    })
}

pub(super) fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let system = || 0_usize..5;
    let field = || 0_usize..FIELDS.len();
    let deed = prop_oneof![
        6 => (system(), field(), any::<u8>()).prop_map(|(system, field, value)| Deed::Edit { system, field, value }),
        4 => system().prop_map(|system| Deed::See { system }),
        2 => (system(), field()).prop_map(|(system, field)| Deed::SeePart { system, field }),
        2 => system().prop_map(|system| Deed::Keep { system }),
        2 => (0_usize..4).prop_map(|at| Deed::JudgeKept { at }),
        1 => Just(Deed::JudgeLastAgain),
        1 => system().prop_map(|system| Deed::Import { system }),
        1 => system().prop_map(|system| Deed::Miss { system }),
        3 => (0_u8..6).prop_map(|luck| Deed::Deliver { luck }),
        1 => Just(Deed::Wait),
    ];
    vec(deed, 1..40)
}

/// A value for a field; the same number gives the same value everywhere. 0 is nothing.
pub(super) fn value(field: &FieldKey, number: u8) -> Seen {
    let few = usize::from(number % 4);
    let word = ["", "Ana Lucia", "bea", "Carmen de la Fuente"][few];
    if *field == EMAILS {
        let all = [email("a@example.com"), email("b@example.com"), email("c@example.com")];
        return subset(field, number, &all);
    }
    if *field == PHONES {
        let label = (number >= 128).then_some("work");
        let all = ["+34600000001", "+34600000002", "+34600000003"].map(|number| phone(number, label));
        return subset(field, number, &all);
    }
    if *field == CONSENTS {
        let states = ["denied", "unknown", "granted"];
        return match states.get(few) {
            Some(state) => set(field, [consent(state)]),
            None => set(field, []),
        };
    }
    if *field == MEDICAL {
        let parts = [("kind".into(), super::values::choice("allergy")), ("text".into(), text(word))];
        let entry = Value::Special(Special::seal(Value::Entry(parts.into_iter().collect())));
        return if few == 0 { set(field, []) } else { set(field, [entry]) };
    }
    match few {
        0 if *field != SURNAME => Seen::Empty,
        _ if *field == BIRTH_DATE => {
            Seen::one(day(["1970-01-01", "1971-01-01", "1972-01-01", "1973-01-01"][few]))
        }
        _ => Seen::one(text(if word.is_empty() { "Dora" } else { word })),
    }
}

fn subset(field: &FieldKey, number: u8, all: &[Value]) -> Seen {
    let chosen = all.iter().enumerate().filter(|(index, _)| number >> index & 1 == 1);
    set(field, chosen.map(|(_, value)| value.clone()))
}

fn form(number: u8) -> Form {
    match number {
        1 => Form { case: Case::Upper, ..Form::default() },
        2 => Form { limit: Limit::Chars(6), ..Form::default() },
        3 => Form { keeps: Keeps::NOTHING, ..Form::default() },
        4 => Form { slots: Some(1), keeps: Keeps::NOTHING, ..Form::default() },
        _ => Form::default(),
    }
}

/// A storm in a world with one person who is known everywhere.
#[derive(Debug, Clone)]
pub(super) struct Storm {
    pub(super) world: World,
    pub(super) ids: Vec<(SystemId, ExternalId)>,
    pub(super) record: RecordId,
    kept: Vec<Flight>,
    last: Option<Flight>,
}

impl Storm {
    pub(super) fn brewing(natures: &[Nature]) -> Self {
        let mut world = World::new();
        for (index, nature) in natures.iter().enumerate() {
            let class = if nature.is_pms { SystemClass::Pms } else { SystemClass::Crm };
            let name = format!("s{index}");
            world = world.with_system(&name, class, &[(PERSON, &FIELDS)]);
            for field in &FIELDS {
                let capability = world.capability(&name, PERSON, field);
                let keeps_as_is = [CONSENTS, MEDICAL, BIRTH_DATE].contains(field);
                capability.form = if keeps_as_is { Form::default() } else { form(nature.form) };
                capability.clearable = nature.clearable;
            }
            let system = world.system(&name);
            system.internal = true;
            system.purpose = nature.has_purpose.then(|| "registration".to_owned());
            let manners =
                Manners { gives_versions: nature.gives_versions, gives_stamps: nature.gives_stamps };
            world.remote(&name).manners = manners;
        }
        let first = world.create("s0", PERSON, &[(SURNAME, Seen::one(text("Moreau")))]);
        world.settle_down();
        let record = world.record("s0", PERSON, &first).id;
        let name = |index| SystemId::new(format!("s{index}"));
        let ids = (0..natures.len()).map(name).map(|system| {
            let id = world.counterpart(record, system.as_str()).expect("a counterpart everywhere");
            (system, id)
        });
        let ids = ids.collect();
        Self { world, ids, record, kept: Vec::new(), last: None }
    }

    fn at(&self, system: usize) -> (String, ExternalId) {
        let (system, id) = &self.ids[system % self.ids.len()];
        (system.as_str().to_owned(), id.clone())
    }

    fn judge(&mut self, flight: Flight) {
        self.world.judge(&flight);
        self.last = Some(flight);
    }

    pub(super) fn happen(&mut self, deed: &Deed) {
        match deed {
            Deed::Edit { system, field, value: number } => {
                let ((system, id), field) = (self.at(*system), &FIELDS[*field]);
                self.world.edit(&system, PERSON, &id, field, value(field, *number));
            }
            Deed::See { system } => {
                let (system, id) = self.at(*system);
                let flight = self.world.fetch(&system, PERSON, &id);
                self.judge(flight);
            }
            Deed::SeePart { system, field } => {
                let (system, id) = self.at(*system);
                let mut flight = self.world.fetch(&system, PERSON, &id);
                flight.observation.shape = Shape::Partial;
                let document = &mut flight.observation.document;
                FIELDS.iter().filter(|other| **other != FIELDS[*field]).for_each(|other| {
                    document.remove(other);
                });
                self.judge(flight);
            }
            Deed::Keep { system } => {
                let (system, id) = self.at(*system);
                let flight = self.world.fetch(&system, PERSON, &id);
                self.kept.push(flight);
            }
            Deed::JudgeKept { at } => {
                if let Some(flight) = self.kept.get(*at).cloned() {
                    self.judge(flight);
                }
            }
            Deed::JudgeLastAgain => {
                if let Some(flight) = self.last.clone() {
                    self.judge(flight);
                }
            }
            Deed::Import { system } => {
                let (system, id) = self.at(*system);
                self.world.import(&system, PERSON, &id);
            }
            Deed::Miss { system } => {
                let (system, id) = self.at(*system);
                self.world.show(&system, PERSON, &id, Shape::Absent);
            }
            Deed::Deliver { luck } => self.deliver(*luck),
            Deed::Wait => self.world.minutes += 90,
        }
    }

    fn deliver(&mut self, luck: u8) {
        let luck = match luck {
            0 => Luck::LostAnswer,
            1 => Luck::LostRequest,
            2 => Luck::Mute,
            _ => Luck::Good,
        };
        let marks: Vec<_> = self.world.due.keys().cloned().collect();
        for (record, system) in marks {
            self.world.deliver(record, &system, luck);
        }
    }

    pub(super) fn rage(&mut self, deeds: &[Deed]) {
        deeds.iter().for_each(|deed| self.happen(deed));
    }
}
