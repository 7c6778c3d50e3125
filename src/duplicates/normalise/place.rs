//! Addresses: the street's own words, the number, the post code in its country's form, the city.

use smol_str::SmolStr;
use std::sync::LazyLock;

use super::{letters, table};
use crate::duplicates::features::Place;
use crate::model::normalise::text;

const TYPES: &str = include_str!("../data/street_types.txt");
static STREET_TYPES: LazyLock<table::Words> = LazyLock::new(|| table::set(TYPES));
/// Those that are written together with the street's name.
static STREET_ENDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| table::marked(TYPES, "-").collect());
static UNIT_WORDS: LazyLock<table::Words> =
    LazyLock::new(|| table::set(include_str!("../data/unit_words.txt")));

/// Reads an address; `None` when it says nothing. `country` is its code, or empty.
pub(super) fn read(street: &str, city: &str, postal_code: &str, country: &str) -> Option<Place> {
    if street.is_empty() && city.is_empty() && postal_code.is_empty() {
        return None;
    }
    let (street, number) = parted(&letters::repair(street));
    let place =
        Place { street, number, postal_code: post_code(postal_code, country).into(), city: self::city(city) };
    (place != Place::default()).then_some(place)
}

/// The street's own words and the house number. What comes behind a number that comes behind a street is a flat.
fn parted(street: &str) -> (SmolStr, SmolStr) {
    let folded = text::fold(street);
    let mut words: Vec<&str> = Vec::new();
    let mut number = "";
    for word in folded.split(' ').filter(|word| !word.is_empty()) {
        let is_number = word.starts_with(|letter: char| letter.is_ascii_digit());
        if is_number && number.is_empty() {
            number = word;
        } else if !is_number && !UNIT_WORDS.contains(word) {
            let is_flat = !number.is_empty() && !starts_with_number(street);
            if !is_flat || words.iter().all(|word| is_type(word)) {
                words.push(word);
            }
        }
    }
    let own: SmolStr = words.iter().filter(|word| !is_type(word)).map(|word| unended(word)).collect();
    // A street that is called by its sort only (`The Avenue`) keeps it.
    (if own.is_empty() { words.into_iter().collect() } else { own }, number.into())
}

fn is_type(word: &str) -> bool {
    STREET_TYPES.contains(word)
}

fn starts_with_number(street: &str) -> bool {
    street.trim_start().starts_with(|letter: char| letter.is_ascii_digit())
}

/// `hauptstr` as `haupt`.
fn unended(word: &str) -> &str {
    let mut rests = STREET_ENDS.iter().filter_map(|end| word.strip_suffix(end));
    rests.find(|rest| rest.len() > 2).unwrap_or(word)
}

/// A post code in its country's form: what spreadsheets and habits do to it undone.
fn post_code(written: &str, country: &str) -> String {
    let bare = super::document::bare(written);
    let digits: String = bare.chars().filter(char::is_ascii_digit).collect();
    match country {
        "ES" | "FR" | "DE" | "IT" if matches!(digits.len(), 4 | 5) => format!("{digits:0>5}"),
        "PT" | "AT" | "CH" | "BE" | "DK" if digits.len() >= 4 => digits,
        "US" => digits.chars().take(5).collect(),
        _ => bare,
    }
}

/// A city without a delivery office's number.
fn city(written: &str) -> SmolStr {
    let folded = text::fold(&letters::repair(written));
    let says_nothing = |word: &str| word == "cedex" || word.bytes().all(|byte| byte.is_ascii_digit());
    let kept: Vec<&str> = folded.split(' ').filter(|word| !says_nothing(word)).collect();
    text::lined(&kept.join(" ")).into()
}
