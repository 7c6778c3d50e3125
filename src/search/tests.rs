//! What a profile is found by, and what is forgiven.

use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::*;
use crate::model::document::Held;
use crate::model::record::Evidence;
use crate::model::value::{Address, Email, Phone, Special};
use crate::model::{
    Cell, CellSet, Element, FieldKey, Life, Provenance, Record, RecordId, RecordKind, Rule, Value, keys,
};

fn cell(value: Value) -> Cell {
    let at = chrono::DateTime::UNIX_EPOCH;
    let evidence = Evidence { after: None, until: at };
    let provenance =
        Provenance { system: None, observation: None, actor: None, rule: Rule::Fill, at, evidence };
    Cell { value: Some(Held::new(value)), provenance: Arc::new(provenance), pinned_by: None }
}

fn guest() -> Record {
    let mut record = Record::new(RecordId::new(uuid::Uuid::nil()), RecordKind::Person);
    let mut one = |field: &FieldKey, value| record.fields.insert(field.clone(), CellSet::One(cell(value)));
    one(&keys::GIVEN_NAMES, Value::Text("María José".into()));
    one(&keys::SURNAME, Value::Text("Muñoz-O’Neill".into()));
    one(&keys::BIRTH_DATE, Value::Date("1971-03-09".parse().expect("a day")));
    let mut many = |field: &FieldKey, value| {
        record
            .fields
            .insert(field.clone(), CellSet::Many([(Element::new("1"), cell(value))].into_iter().collect()))
    };
    let address = "mj.munoz_72@Hotel-Alba.example".into();
    many(
        &keys::EMAILS,
        Value::Email(Email { address, label: None, primary: true, verified: false, relay: false }),
    );
    let e164 = Some("+442079460958".into());
    let phone = Phone { e164, typed: "020 7946 0958".into(), label: None, primary: true, verified: false };
    many(&keys::PHONES, Value::Phone(phone));
    let address = Address { city: "Donostia".into(), postal_code: "SW1A 1AA".into(), ..Address::default() };
    many(&keys::ADDRESSES, Value::Address(Box::new(address)));
    let number = |number: &str| Value::entry([("number".into(), Value::Text(number.into()))]);
    many(&keys::LOYALTY_NUMBERS, number("GOLD-0042"));
    many(&keys::IDENTITY_DOCUMENTS, Value::Special(Special::seal(number("X 123.456-Z"))));
    record
}

/// How the guest is found.
fn fits(text: &str) -> Option<Vec<Fit>> {
    let (question, words) = (Question::of(text), words_of(&guest()));
    let near = |typed: &String| words.names.iter().filter(|name| is_near(typed, name)).cloned().collect();
    let near: Vec<Vec<String>> =
        question.wanted.iter().map(|wanted| wanted.typed.as_ref().map(near).unwrap_or_default()).collect();
    let is_whole = words.all.iter().any(|word| question.whole.iter().any(|span| span.has(word)));
    fit(&question, &near, &words.text()).or_else(|| is_whole.then(|| vec![Fit::Exact]))
}

#[track_caller]
fn check(texts: &[&str], wanted: Option<Fit>) {
    for text in texts {
        assert_eq!(fits(text).map(|fits| fits.into_iter().max().expect("words")), wanted, "{text}");
    }
}

#[test]
fn profile_is_found_by_anything_that_is_known_of_it() {
    check(&["MARIA munoz", "muñoz josé maria", "O'Neill", "donostia oneill"], Some(Fit::Exact));
    check(&["mj.munoz_72@hotel-alba.example", "hotel-alba.example", "mjmunoz"], Some(Fit::Exact));
    check(
        &[
            "+44 20 7946 0958",
            "0044 20 7946 0958",
            "020 7946 0958",
            "(020) 7946-0958",
            "0958",
            "maria 7946 0958",
        ],
        Some(Fit::Exact),
    );
    check(&["SW1A 1AA", "sw1a1aa", "gold-0042", "GOLD 0042", "1971-03-09", "09/03/1971"], Some(Fit::Exact));
}

#[test]
fn document_is_found_only_whole_and_is_no_word() {
    check(&["X123456Z", "x 123 456 z", "X-123.456-Z"], Some(Fit::Exact));
    check(&["X12345", "123456", "X123456"], None);
    let words = words_of(&guest());
    assert!(!words.text().contains("123456"), "the number itself is not kept");
}

#[test]
fn every_word_has_to_fit() {
    check(&["maria garcia", "maria 7946 0959", "x@hotel-alba.example"], None);
    check(&["maria jos", "maria mun", "donos"], Some(Fit::Beginning));
    check(&["mun maria", "maria mun "], None);
    check(&["mraia munoz", "munos", "donosia maria", "jose oneil mario"], Some(Fit::Typo));
    check(&["munozes", "mraai", "jo munoz"], None);
}

#[test]
fn forgotten_profile_has_no_words() {
    let erased = Record { life: Life::Erased, ..guest() };
    assert_eq!(words_of(&erased), Words::default());
}

#[test]
fn rare_words_as_typed_count_more() {
    let bearers = [10, 100_000];
    let score = |fits: [Fit; 2]| score(&fits, &bearers);
    assert!(score([Fit::Exact, Fit::Exact]) > score([Fit::Exact, Fit::Beginning]));
    assert!(score([Fit::Exact, Fit::Beginning]) > score([Fit::Exact, Fit::Typo]));
    assert!(score([Fit::Exact, Fit::Typo]) > score([Fit::Typo, Fit::Exact]));
}

/// Every word that one typo makes of a word.
fn edits(word: &str, letter: char) -> BTreeSet<String> {
    let letters: Vec<char> = word.chars().collect();
    let mut found = BTreeSet::new();
    let mut note = |letters: Vec<char>| found.insert(letters.into_iter().collect::<String>());
    for at in 0..=letters.len() {
        let with = |middle: &[char], skip: usize| [&letters[..at], middle, &letters[at + skip..]].concat();
        note(with(&[letter], 0));
        if at < letters.len() {
            note(with(&[], 1));
            note(with(&[letter], 1));
        }
        if at + 1 < letters.len() {
            note(with(&[letters[at + 1], letters[at]], 2));
        }
    }
    found.remove(word);
    found
}

proptest! {
    #[test]
    fn every_typo_is_found(word in "[a-zñ]{4,12}", letter in proptest::char::range('a', 'z')) {
        let known: BTreeSet<i64> = variants(&word).into_iter().collect();
        for edit in edits(&word, letter) {
            prop_assert!(is_near(&edit, &word) && is_near(&word, &edit), "{} {}", edit, word);
            prop_assert!(variants(&edit).iter().any(|variant| known.contains(variant)), "{} {}", edit, word);
        }
    }

    #[test]
    fn two_typos_are_too_many(word in "[a-m]{4,10}") {
        let other: String = word.chars().chain("xy".chars()).collect();
        prop_assert!(!is_near(&word, &other) && !is_near(&word, &word));
    }

    #[test]
    fn any_question_is_understood(text in "\\PC{0,60}") {
        let question = Question::of(&text);
        for wanted in &question.wanted {
            prop_assert!(!wanted.exact.is_empty() && wanted.exact.iter().all(|span| !span.first.is_empty()));
        }
    }
}
