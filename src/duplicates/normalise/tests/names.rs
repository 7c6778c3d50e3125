//! Names: damage, titles, order, particles, nicknames.

use crate::duplicates::features::{Gender, Generation, Order, PersonName, Surname, Word};
use crate::duplicates::normalise::name::{Locale, read};
use crate::duplicates::normalise::{letters, nickname};
use crate::model::value::{Country, Language};

fn of(first: &str, last: &str, country: &str, language: &str) -> (PersonName, Option<Gender>) {
    let (country, language) = (Country(country.into()), Language(language.into()));
    read(first, last, Locale { country: Some(&country), language: Some(&language) })
}

fn name(first: &str, last: &str) -> PersonName {
    read(first, last, Locale::default()).0
}

fn given(name: &PersonName) -> Vec<&str> {
    name.given.iter().map(|word| word.plain.as_str()).collect()
}

fn surnames(name: &PersonName) -> Vec<&str> {
    name.surnames.iter().map(|surname| surname.word.plain.as_str()).collect()
}

fn share_a_group(left: &str, right: &str) -> bool {
    let (left, right) = (name(left, "x"), name(right, "x"));
    left.nicknames.iter().any(|group| right.nicknames.contains(group))
}

#[test]
fn umlauts_are_the_same_however_they_are_written() {
    let ways = ["Müller", "MULLER", "MÃ¼ller", "mã¼ller", "Mu\u{308}ller"];
    let spelt = name("", "MUELLER");
    for way in ways {
        let found = name("", way);
        assert!(found.surnames[0].word.is_same(&spelt.surnames[0].word), "{way}: {found:?}");
        assert_eq!(found.surnames[0].word.plain, "muller", "{way}");
    }
}

#[test]
fn damage_is_undone_only_where_it_decodes() {
    let check = |raw: &str, meant: &str| assert_eq!(letters::repair(raw), meant);
    check("JosÃ© GarcÃ\u{ad}a", "José García");
    check("MuÃ±oz MÃ¼ller", "Muñoz Müller");
    check("MÃƒÂ¼ller", "Müller");
    check("João São", "João São");
    check("Łukasz Ñíguez", "Łukasz Ñíguez");
}

#[test]
fn whole_name_in_one_field_is_parted() {
    let check = |whole: &str, first: &[&str], last: &[&str], order: Order| {
        for name in [name("", whole), name(whole, "")] {
            assert_eq!((given(&name), surnames(&name), name.order), (first.into(), last.into(), order));
        }
    };
    check("GARCÍA LÓPEZ, ANA", &["ana"], &["garcia", "lopez"], Order::Marked);
    check("GARCIA<LOPEZ<<ANA<MARIA<<<<", &["ana", "maria"], &["garcia", "lopez"], Order::Marked);
    check("Ana García López", &["ana"], &["garcia", "lopez"], Order::Guessed);
    check("KOWALSKI THOMAS", &["thomas"], &["kowalski"], Order::Guessed);
    check("Prince", &[], &["prince"], Order::Fields);
}

#[test]
fn titles_and_marks_are_no_names() {
    let check = |first: &str, last: &str, words: &str, gender: Option<Gender>| {
        let (name, found) = read(first, last, Locale::default());
        assert_eq!((name.full().as_str(), found), (words, gender), "{first} {last}");
    };
    check("Mr. John", "Smith VIP", "john smith", Some(Gender::Male));
    check("Sig.ra Anna", "Rossi", "anna rossi", Some(Gender::Female));
    check("Ana", "GARCIA SRA", "ana garcia", Some(Gender::Female));
    check("Ana (+1)", "García [late]", "ana garcia", None);
    check("Ana +1", "Garc1a", "ana garcia", None);
    check("Dr. Prof. Karl", "L0pez", "karl lopez", None);
    check("Don", "Draper", "don draper", Some(Gender::Male));
    let (french, gender) = of("M. Luc", "Petit", "FR", "fr");
    assert_eq!((given(&french), gender), (vec!["luc"], Some(Gender::Male)));
    assert_eq!(name("John", "Smith Jr.").generation, Some(Generation::Junior));
}

#[test]
fn maria_is_read_from_her_abbreviations() {
    for first in ["Mª Carmen", "M. Carmen", "Ma. Carmen", "M.ª Carmen", "María del Carmen"] {
        let (name, _) = of(first, "Ruiz", "ES", "es");
        assert_eq!(given(&name), ["maria", "carmen"], "{first}");
    }
}

#[test]
fn compound_names_and_initials_are_told() {
    assert_eq!(name("Jean-Pierre", "x").joined(), name("JEAN PIERRE", "x").joined());
    let initials = name("J.M.", "Ruiz");
    assert_eq!(given(&initials), ["j", "m"]);
    assert!(initials.given.iter().all(Word::is_initial));
    assert!(!name("Jo", "Ruiz").given[0].is_initial());
}

#[test]
fn particles_leave_the_key_and_stay_for_display() {
    let check = |last: &str, word: &str, core: Option<&str>, particles: &str| {
        let name = name("x", last);
        let found = &name.surnames[0];
        let seen = (found.word.plain.as_str(), found.core.as_deref(), found.particles.as_str());
        assert_eq!(seen, (word, core, particles), "{last}");
    };
    check("de la Cruz", "cruz", None, "de la");
    check("van der Berg", "berg", None, "van der");
    check("von Kühnert", "kuhnert", None, "von");
    check("O'Comood", "ocomood", Some("comood"), "");
    check("OComood", "ocomood", None, "");
    check("D’Angelo", "dangelo", Some("angelo"), "");
    check("Mc Donald", "mcdonald", Some("donald"), "");
    check("McDonald", "mcdonald", Some("donald"), "");
    check("Le", "le", None, "");
}

#[test]
fn second_surname_depends_on_the_country() {
    let main = |last: &str, country: &str| {
        let (name, _) = of("Ana", last, country, "en");
        let word = |surname: Option<&Surname>| {
            surname.map(|surname| surname.word.plain.to_string()).unwrap_or_default()
        };
        (word(name.main_surname()), word(name.second_surname()))
    };
    assert_eq!(main("García López", "ES"), ("garcia".into(), "lopez".into()));
    assert_eq!(main("Silva Santos", "PT"), ("santos".into(), "silva".into()));
    assert_eq!(main("Schmidt-Berg", "DE"), ("schmidt".into(), String::new()));
    assert_eq!(main("García", "ES"), ("garcia".into(), String::new()));
}

#[test]
fn nicknames_meet_their_names() {
    for (left, right) in [
        ("Paco", "Francisco"),
        ("Manu", "Emmanuel"),
        ("Manu", "Manuel"),
        ("Juanjo", "Juan José"),
        ("Chema", "José-María"),
        ("Bill", "WILLIAM"),
        ("Käthe", "Katharina"),
        ("Zé", "José"),
        ("Carmen", "María del Carmen"),
    ] {
        assert!(share_a_group(left, right), "{left} {right}");
    }
    assert!(!share_a_group("Paco", "Manuel"));
}

#[test]
fn cognates_have_no_language() {
    let (left, right) = (name("Jorge", "x"), name("Giorgio", "x"));
    let common: Vec<_> = left.nicknames.iter().filter(|group| right.nicknames.contains(group)).collect();
    assert!(!common.is_empty() && common.iter().all(|group| nickname::language(**group).is_none()));
}
