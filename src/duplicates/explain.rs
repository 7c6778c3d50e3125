//! Why two profiles are one or two: a waterfall of the evidence, in the operator's language.
//!
//! The comparison is revealed subject by subject, beginning with nothing; what a subject adds to the sum is its weight,
//! with all that it means together with what was revealed before. So the weights add up to the score exactly, also
//! where e-mail, phone, address and name are no independent evidence.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::compare::Comparison;
use super::compare::levels::{
    Agreement, Birth, Document, Email, Given, Loyalty, Phone, Place, Street, Surname,
};
use super::score::Weights;

/// The key of the words for two who were at two hotels in one night.
pub const TWO_HOTELS: &str = "nights: two hotels";

const TABLE: &str = include_str!("data/evidence.txt");

static WORDS: LazyLock<HashMap<&'static str, [&'static str; 3]>> = LazyLock::new(|| {
    let lines = TABLE.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut cells = line.split('|').map(str::trim);
            let mut next = || cells.next();
            Some((next()?, [next()?, next()?, next()?]))
        })
        .collect()
});

/// A language of the operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tongue {
    /// English.
    #[default]
    English,
    /// Spanish.
    Spanish,
    /// French.
    French,
}

/// What a piece of evidence is about, in the order of the waterfall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Given names and surnames, with how many bear them.
    Names,
    /// Birth date.
    Birth,
    /// Identity documents.
    Document,
    /// Memberships.
    Loyalty,
    /// E-mail addresses, and whom they are named after.
    Email,
    /// Phone numbers.
    Phone,
    /// Street, post code, city.
    Address,
    /// Gender.
    Gender,
    /// Country of residence.
    Country,
    /// Nationality.
    Nationality,
    /// Language.
    Language,
    /// Employer.
    Employer,
    /// Senior, junior.
    Generation,
}

impl Subject {
    /// Every subject.
    pub const ALL: [Self; 13] = [
        Self::Names,
        Self::Birth,
        Self::Document,
        Self::Loyalty,
        Self::Email,
        Self::Phone,
        Self::Address,
        Self::Gender,
        Self::Country,
        Self::Nationality,
        Self::Language,
        Self::Employer,
        Self::Generation,
    ];
}

/// One step of the waterfall.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it is about.
    pub subject: Subject,
    /// The keys of its words: `birth: equal`.
    pub says: Vec<String>,
    /// What it adds: log2 odds, for one person above 0, against it below.
    pub weight: f32,
    /// How probable it is that the two are one with all that was told so far: 0 to 1.
    pub probability: f32,
}

/// A value that both have and that is common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Common {
    /// The key of its words: `common: name`.
    pub says: &'static str,
    /// Profiles that have it.
    pub n: u32,
}

/// Why two profiles are one or two.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// What is believed of two profiles that share a key before anything of them is known: log2 odds.
    pub start: f32,
    /// The steps, in the order of the subjects; those of which nothing is known on one side weigh nothing and are told.
    pub steps: Vec<Step>,
    /// What is common of what they share.
    pub common: Vec<Common>,
}

/// Explains a comparison.
#[must_use]
pub fn explain(weights: &Weights, comparison: &Comparison) -> Explanation {
    let mut known = comparison.hidden();
    let mut sum = weights.sum(&known);
    let start = sum / std::f32::consts::LN_2;
    let step = |subject: Subject| {
        known.reveal(subject, comparison);
        let after = weights.sum(&known);
        let weight = (after - sum) / std::f32::consts::LN_2;
        sum = after;
        Step { subject, says: says(subject, comparison), weight, probability: weights.probability(after) }
    };
    let steps = Subject::ALL.into_iter().map(step).collect();
    Explanation { start, steps, common: common(comparison) }
}

/// The words of a key; `{n}` is replaced by a number by the caller. A key without words is its own.
#[must_use]
pub fn words(key: &str, tongue: Tongue) -> &str {
    let Some([english, spanish, french]) = WORDS.get(key) else { return key };
    match tongue {
        Tongue::English => english,
        Tongue::Spanish => spanish,
        Tongue::French => french,
    }
}

fn says(subject: Subject, found: &Comparison) -> Vec<String> {
    let of = |factor: &str, words: &[&str], level: usize| {
        format!("{factor}: {}", words.get(level).copied().unwrap_or_default())
    };
    let agreement = |factor: &str, level: Agreement| vec![of(factor, Agreement::WORDS, level as usize)];
    match subject {
        Subject::Names => vec![
            of("given", Given::WORDS, found.given as usize),
            of("surname", Surname::WORDS, found.surname as usize),
        ],
        Subject::Birth => vec![of("birth", Birth::WORDS, found.birth as usize)],
        Subject::Document => vec![of("document", Document::WORDS, found.document as usize)],
        Subject::Loyalty => vec![of("loyalty", Loyalty::WORDS, found.loyalty as usize)],
        Subject::Email => vec![of("email", Email::WORDS, found.email as usize)],
        Subject::Phone => vec![of("phone", Phone::WORDS, found.phone as usize)],
        Subject::Address => vec![
            of("street", Street::WORDS, found.street as usize),
            of("place", Place::WORDS, found.place as usize),
        ],
        Subject::Gender => agreement("gender", found.gender),
        Subject::Country => agreement("country", found.country),
        Subject::Nationality => agreement("nationality", found.nationality),
        Subject::Language => agreement("language", found.language),
        Subject::Employer => agreement("employer", found.employer),
        Subject::Generation => agreement("generation", found.generation),
    }
}

/// Values that more than these two profiles have.
fn common(found: &Comparison) -> Vec<Common> {
    let bearers = found.bearers();
    let is_same_name = found.given <= Given::Nickname && found.surname <= Surname::SecondClose;
    let told = [
        ("common: name", bearers.full, is_same_name),
        ("common: surname", bearers.surname, !is_same_name && found.surname <= Surname::SecondClose),
        ("common: email", bearers.email, found.email == Email::Equal),
        ("common: phone", bearers.phone, found.phone == Phone::Equal),
    ];
    let is_common = |(_, n, is_shared): &(&str, u32, bool)| *is_shared && *n > 2;
    told.into_iter().filter(is_common).map(|(says, n, _)| Common { says, n }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duplicates::compare::FACTORS;

    const TONGUES: [Tongue; 3] = [Tongue::English, Tongue::Spanish, Tongue::French];

    #[test]
    fn every_level_has_words_in_three_languages() {
        for factor in FACTORS.iter().filter(|factor| factor.parts.len() == 1) {
            for level in factor.parts[0] {
                let key = format!("{}: {level}", factor.name);
                for tongue in TONGUES {
                    assert_ne!(words(&key, tongue), key, "{tongue:?}");
                }
            }
        }
        let of_nights = TONGUES.map(|tongue| words(TWO_HOTELS, tongue));
        assert!(
            of_nights.iter().all(|told| told.contains("hotel") || told.contains("hôtel")),
            "{of_nights:?}"
        );
    }
}
