//! Fills the small hotel with a made-up cardex of a few thousand stays and the small CRM with its newsletter.
//!
//! The same seed and the same day give the same cardex, record by record.

mod dice;
mod guests;
mod names;
mod stays;

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

pub use dice::Dice;

use self::stays::Parties;
use super::system::System;

/// How much is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Guests of the hotel.
    pub guests: u32,
    /// Of a hundred guests, how many come again, and again.
    pub regulars_percent: u32,
    /// Of a hundred guests, how many were entered twice.
    pub twins_percent: u32,
    /// Tour operator's groups, of ten rooms each.
    pub groups: u32,
    /// People whom only the CRM knows.
    pub subscribers: u32,
}

impl Size {
    /// A few thousand stays.
    pub const DEMO: Self =
        Self { guests: 1_600, regulars_percent: 40, twins_percent: 3, groups: 6, subscribers: 80 };
    /// Enough of everything for a test.
    pub const SMALL: Self =
        Self { guests: 40, regulars_percent: 40, twins_percent: 5, groups: 1, subscribers: 5 };
}

/// Who enters what the PMS holds from before.
const HISTORY: &str = "history";

/// Fills both systems.
pub fn fill(hotel: &System, crm: &System, size: Size, seed: u64, today: NaiveDate) {
    let mut dice = Dice::new(seed);
    let parties = parties(hotel);
    let mut number = 0;
    let mut next = || {
        number += 1;
        number
    };
    for one in 0..size.guests {
        let guest = guests::guest(&mut dice, one, today);
        let holder = hotel.create("person", HISTORY, guest.clone());
        let times = if dice.chance(size.regulars_percent) { dice.between(2, 5) } else { 1 };
        for _ in 0..times {
            let stay = stays::stay(&mut dice, next(), &holder, &parties, today);
            hotel.create("reservation", HISTORY, stay);
        }
        if dice.chance(size.twins_percent) {
            let twin = hotel.create("person", HISTORY, guests::again(&mut dice, &guest));
            let stay = stays::stay(&mut dice, next(), &twin, &parties, today);
            hotel.create("reservation", HISTORY, stay);
        }
    }
    for group in 0..size.groups {
        for _ in 0..10 {
            let room = stays::group_room(&mut dice, next(), group, &parties, today);
            hotel.create("reservation", HISTORY, room);
        }
    }
    for one in 0..size.subscribers {
        crm.create("person", "newsletter", guests::subscriber(&mut dice, one, today));
    }
}

fn parties(hotel: &System) -> Parties {
    let named = |name: &str, more: &[(&str, Value)]| {
        let more = more.iter().map(|(field, value)| ((*field).to_owned(), value.clone()));
        [("name".to_owned(), json!(name))].into_iter().chain(more).collect::<Map<_, _>>()
    };
    let companies = names::COMPANIES.iter().map(|name| hotel.create("company", HISTORY, named(name, &[])));
    let companies = companies.collect();
    let agencies = names::AGENCIES
        .iter()
        .map(|(name, iata)| hotel.create("agency", HISTORY, named(name, &[("iata", json!(iata))])));
    let agencies: Vec<_> = agencies.collect();
    Parties { companies, tour_operator: agencies.first().cloned().unwrap_or_default(), agencies }
}

/// A reservation that somebody makes just now, for a new guest: the guest and the booking without its holder.
pub(super) fn new_booking(
    dice: &mut Dice,
    number: u32,
    today: NaiveDate,
) -> (Map<String, Value>, Map<String, Value>) {
    let parties = Parties { companies: vec![], agencies: vec![], tour_operator: String::new() };
    let guest = guests::guest(dice, 700_000 + number, today);
    let mut stay = stays::group_room(dice, 90_000 + number, number % 8, &parties, today);
    stay.remove("agency");
    stay.remove("group");
    stay.insert("channel".to_owned(), json!("web"));
    (guest, stay)
}

/// The reference to a person.
pub(super) fn person(id: &str) -> Value {
    stays::person(id)
}

/// An amount in euro cents.
pub(super) fn eur(cents: u32) -> Value {
    stays::eur(cents)
}
