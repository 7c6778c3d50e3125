//! People as hotels have them: the same every time, some of them several times and never written alike.

use chrono::{DateTime, Days, NaiveDate};
use std::sync::Arc;
use uuid::Uuid;

use cardex::model::document::Held;
use cardex::model::record::Evidence;
use cardex::model::value::{Choice, Country, Email, Phone};
use cardex::model::{
    Cell, CellSet, Element, FieldKey, Provenance, Record, RecordId, RecordKind, Rule, Value, keys,
};

/// One profile in short; an empty text is nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Guest {
    pub(crate) given: String,
    pub(crate) surname: String,
    pub(crate) second: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) birth: String,
    pub(crate) country: String,
    pub(crate) sex: String,
}

const GIVEN: [(&str, &str); 24] = [
    ("Ana", "f"),
    ("María", "f"),
    ("Lucía", "f"),
    ("Carmen", "f"),
    ("Sophie", "f"),
    ("Camille", "f"),
    ("Hannah", "f"),
    ("Greta", "f"),
    ("Olivia", "f"),
    ("Emily", "f"),
    ("Giulia", "f"),
    ("Beatriz", "f"),
    ("Francisco", "m"),
    ("José", "m"),
    ("Álvaro", "m"),
    ("Jorge", "m"),
    ("Pierre", "m"),
    ("Antoine", "m"),
    ("Jürgen", "m"),
    ("Stefan", "m"),
    ("William", "m"),
    ("Thomas", "m"),
    ("Marco", "m"),
    ("Tiago", "m"),
];
const SYLLABLES: [&str; 20] = [
    "gar", "mar", "lo", "ri", "ben", "tor", "val", "cas", "du", "fer", "mon", "pel", "que", "sal", "ver",
    "wei", "zan", "hol", "kra", "nie",
];
const ENDS: [&str; 12] =
    ["ez", "ada", "ini", "mann", "ier", "son", "ero", "ueira", "aux", "berg", "ley", "ona"];
const COUNTRIES: [&str; 6] = ["ES", "FR", "DE", "GB", "IT", "PT"];

/// Numbers that look random and are the same every time.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % n
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(super) fn shuffle<T>(&mut self, all: &mut [T]) {
        for at in (1..all.len()).rev() {
            all.swap(at, self.below(at + 1));
        }
    }
}

/// So many profiles of fewer people.
pub(super) fn guests(n: usize, seed: u64) -> Vec<Guest> {
    let mut dice = Dice::of(seed);
    let mut guests = Vec::with_capacity(n);
    while guests.len() < n {
        let guest = somebody(&mut dice);
        if dice.chance(8) {
            guests.push(at_home_with(&guest, &mut dice));
        }
        for _ in 0..[0, 0, 0, 1, 1, 2][dice.below(6)] {
            guests.push(damaged(&guest, &mut dice));
        }
        guests.push(guest);
    }
    guests.truncate(n);
    dice.shuffle(&mut guests);
    guests
}

fn surname(dice: &mut Dice) -> String {
    let (one, other) = (SYLLABLES[dice.below(20)], SYLLABLES[dice.below(20)]);
    let end = ENDS[dice.below(12)];
    let name = if dice.chance(60) { format!("{one}{end}") } else { format!("{one}{other}{end}") };
    name[..1].to_uppercase() + &name[1..]
}

pub(super) fn somebody(dice: &mut Dice) -> Guest {
    let (given, sex) = GIVEN[dice.below(24)];
    let country = COUNTRIES[dice.below(6)];
    let (surname, second) = (surname(dice), surname(dice));
    let number = dice.below(9000) + 1000;
    let local = format!("{}.{}{}", ascii(given), surname.to_lowercase(), number % 100);
    let born = NaiveDate::from_ymd_opt(1940, 1, 1).expect("a day") + Days::new(dice.below(22_000) as u64);
    Guest {
        given: given.into(),
        surname,
        second: if matches!(country, "ES" | "PT") { second } else { String::new() },
        email: if dice.chance(65) { format!("{local}@example.com") } else { String::new() },
        phone: if dice.chance(60) { format!("+34600{:06}", dice.below(1_000_000)) } else { String::new() },
        birth: if dice.chance(50) { born.to_string() } else { String::new() },
        country: country.into(),
        sex: if sex == "f" { "female" } else { "male" }.into(),
    }
}

fn ascii(name: &str) -> String {
    name.to_lowercase().chars().map(|letter| if letter.is_ascii() { letter } else { 'e' }).collect()
}

/// Somebody else under one roof, with the same contact.
fn at_home_with(guest: &Guest, dice: &mut Dice) -> Guest {
    let (given, sex) = GIVEN[dice.below(24)];
    Guest {
        given: given.into(),
        birth: String::new(),
        sex: if sex == "f" { "female" } else { "male" }.into(),
        ..guest.clone()
    }
}

/// The same person, written differently.
pub(super) fn damaged(guest: &Guest, dice: &mut Dice) -> Guest {
    let mut copy = guest.clone();
    if dice.chance(25) {
        copy.surname.remove(dice.below(copy.surname.len() - 1) + 1);
    }
    if dice.chance(30) {
        copy.second.clear();
    }
    if dice.chance(15) {
        copy.given = copy.given.chars().take(1).collect();
    }
    if dice.chance(20) {
        (copy.given, copy.surname) = (copy.given.to_uppercase(), copy.surname.to_uppercase());
    }
    for field in [&mut copy.email, &mut copy.phone, &mut copy.birth, &mut copy.sex] {
        if dice.chance(35) {
            field.clear();
        }
    }
    copy
}

pub(crate) fn cell(value: Value) -> Cell {
    let at = DateTime::UNIX_EPOCH;
    let provenance = Provenance {
        system: None,
        observation: None,
        actor: None,
        rule: Rule::FirstContact,
        at,
        evidence: Evidence { after: None, until: at },
    };
    Cell { value: Some(Held::new(value)), provenance: Arc::new(provenance), pinned_by: None }
}

impl Guest {
    /// A record of this profile.
    pub(crate) fn record(&self) -> Record {
        self.put(Record::new(RecordId::new(Uuid::now_v7()), RecordKind::Person))
    }

    /// The record with this content.
    pub(super) fn put(&self, mut record: Record) -> Record {
        let text = |text: &String| (!text.is_empty()).then(|| Value::Text(text.clone()));
        let some = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let one: [(FieldKey, Option<Value>); 6] = [
            (keys::GIVEN_NAMES, text(&self.given)),
            (keys::SURNAME, text(&self.surname)),
            (keys::SECOND_SURNAME, text(&self.second)),
            (keys::BIRTH_DATE, some(&self.birth).map(|day| Value::Date(day.parse().expect("a day")))),
            (keys::RESIDENCE, some(&self.country).map(|code| Value::Country(Country(code.into())))),
            (keys::SEX, some(&self.sex).map(|word| Value::Choice(Choice::Known(word.into())))),
        ];
        for (key, value) in one {
            record.fields.remove(&key);
            if let Some(value) = value {
                record.fields.insert(key, CellSet::One(cell(value)));
            }
        }
        let email = some(&self.email).map(|address| {
            Value::Email(Email { address, label: None, primary: true, verified: false, relay: false })
        });
        let phone = some(&self.phone).map(|number| {
            let e164 = Some(number.as_str().into());
            Value::Phone(Phone { e164, typed: number, label: None, primary: true, verified: false })
        });
        for (key, element, value) in [(keys::EMAILS, &self.email, email), (keys::PHONES, &self.phone, phone)]
        {
            record.fields.remove(&key);
            if let Some(value) = value {
                let elements = [(Element::new(element.as_str()), cell(value))];
                record.fields.insert(key, CellSet::Many(elements.into_iter().collect()));
            }
        }
        record
    }
}
