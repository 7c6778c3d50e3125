//! A hotel's profiles for tests: many strangers, and the few that a test is about.

use crate::duplicates::compact::Compact;
use crate::duplicates::compare::{Comparison, compare};
use crate::duplicates::index::{Builder, Index};
use crate::duplicates::judge::{self, Judgement};
use crate::duplicates::profile::DocumentText;
use crate::duplicates::score::WEIGHTS;
use crate::duplicates::{Normaliser, Profile, scan};

const GIVEN: &[&str] = &[
    "Ana", "Lucía", "Marta", "Pablo", "Javier", "Sergio", "Elena", "Irene", "Raúl", "Óscar", "Claire",
    "Julien", "Antoine", "Camille", "Jürgen", "Heike", "Uwe", "Katrin", "Giulia", "Marco", "Chiara", "Luca",
    "James", "Emily", "Oliver", "Sophie", "Tiago", "Inês", "Rui", "Catarina",
];
const FAMILY: &[&str] = &[
    "Navarro",
    "Iglesias",
    "Cano",
    "Prieto",
    "Vidal",
    "Soler",
    "Ferrer",
    "Marín",
    "Lefebvre",
    "Moreau",
    "Girard",
    "Bonnet",
    "Schröder",
    "Krause",
    "Winkler",
    "Voigt",
    "Marchetti",
    "Ferrara",
    "Galli",
    "Conti",
    "Bennett",
    "Cooper",
    "Hughes",
    "Palmer",
    "Nogueira",
    "Teixeira",
    "Moreira",
    "Pinto",
    "Brandt",
    "Okafor",
];

/// The profile of a person, to be filled in by a test.
pub(super) fn person<'a>(first_name: &'a str, last_name: &'a str) -> Profile<'a> {
    Profile { first_name, last_name, country: "ES", ..Profile::default() }
}

/// A document of a person.
pub(super) const fn document<'a>(kind: &'a str, number: &'a str) -> DocumentText<'a> {
    DocumentText { kind, number, country: "ES" }
}

/// A profile's features.
pub(super) fn card(profile: &Profile<'_>) -> Compact {
    thread_local!(static NORMALISER: Normaliser = Normaliser::default());
    NORMALISER.with(|normaliser| Compact::of(&normaliser.features(profile)))
}

/// The `n`th of the strangers, each another person.
pub(super) fn stranger(n: usize) -> Compact {
    let (given, family) = (GIVEN[n % GIVEN.len()], FAMILY[n / GIVEN.len() % FAMILY.len()]);
    let second = format!("{}{}", FAMILY[n / 7 % FAMILY.len()], ["ez", "i", "er", "o"][n % 4]);
    let (phone, email) = (format!("+3460{:07}", n * 7919 % 10_000_000), format!("s{n}x@example.org"));
    let last = format!("{family} {second}");
    card(&Profile { emails: &[&email], phones: &[&phone], ..person(given, &last) })
}

/// A name that no stranger has, the `n`th.
pub(super) fn other_name(n: usize) -> (&'static str, String) {
    (GIVEN[n % GIVEN.len()], FAMILY[n / GIVEN.len() % FAMILY.len()].chars().rev().collect())
}

/// Strangers, and behind them the profiles of a test.
pub(super) fn base(profiles: &[Profile<'_>]) -> Index {
    let mut builder = Builder::default();
    for card in (0..900).map(stranger).chain(profiles.iter().map(card)) {
        builder.add(card);
    }
    builder.build(1)
}

/// Two profiles beside each other in a hotel of 900 others.
pub(super) fn compared(a: &Profile<'_>, b: &Profile<'_>) -> Comparison {
    let index = base(&[*a, *b]);
    compare(&index.side(900), &index.side(901), index.len())
}

/// What is found out about two profiles in a hotel of 900 others.
pub(super) fn judged(a: &Profile<'_>, b: &Profile<'_>) -> Judgement {
    judge::of(&WEIGHTS, &compared(a, b))
}

/// The groups that are found among the profiles of a test, as their places in it.
pub(super) fn grouped(profiles: &[Profile<'_>]) -> Vec<Vec<u32>> {
    let index = base(profiles);
    let groups = scan::groups(&index, &WEIGHTS, &scan::pairs(&index, &WEIGHTS, 1));
    let own = |group: Vec<u32>| group.into_iter().filter_map(|id| id.checked_sub(900)).collect::<Vec<u32>>();
    groups.into_iter().map(own).filter(|group| !group.is_empty()).collect()
}
