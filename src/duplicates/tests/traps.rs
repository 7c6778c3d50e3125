//! What really happens at hotels, one trap a test.

use super::base::{base, document, grouped, judged, other_name, person};
use crate::duplicates::Profile;
use crate::duplicates::judge::Band;
use crate::duplicates::scan;
use crate::duplicates::score::WEIGHTS;

const MAIL: &[&str] = &["paco.urrutia77@gmail.com"];
const PHONE: &[&str] = &["+34 655 123 987"];

fn is_proposed(a: &Profile<'_>, b: &Profile<'_>) -> bool {
    judged(a, b).is_proposed()
}

#[test]
fn relay_alias_equal_on_two_names_is_nobody() {
    let relay: &[&str] = &["pguest.445871@guest.booking.com"];
    let a = Profile { emails: relay, ..person("Pedro", "Zubizarreta") };
    let b = Profile { emails: relay, ..person("Nadia", "Quiroga") };
    assert!(!is_proposed(&a, &b));
}

#[test]
fn operators_mail_on_many_names_joins_nobody() {
    let emails: &[&str] = &["bookings@bigtours.example"];
    let names: Vec<(&str, String)> = (0..200).map(other_name).collect();
    let profiles: Vec<Profile<'_>> =
        names.iter().map(|(first, last)| Profile { emails, ..person(first, last) }).collect();
    assert_eq!(grouped(&profiles), Vec::<Vec<u32>>::new());
}

#[test]
fn couple_with_one_mail_and_one_phone_is_a_household() {
    let him = Profile { emails: MAIL, phones: PHONE, gender: "M", ..person("Francisco", "Urrutia") };
    let her = Profile { emails: MAIL, phones: PHONE, gender: "F", ..person("Begoña", "Urrutia") };
    assert_eq!(judged(&him, &her).band, Band::Household);
}

#[test]
fn twins_are_two() {
    let twin = |first| Profile {
        birth_date: "1991-06-17",
        phones: PHONE,
        street: "Calle Mayor 12",
        city: "Burgos",
        ..person(first, "Urrutia Olmo")
    };
    assert!(!is_proposed(&twin("Iker"), &twin("Unai")));
}

#[test]
fn father_and_son_of_one_name_are_two_where_their_birth_dates_are_known() {
    let bearer = |birth_date| Profile { birth_date, phones: PHONE, ..person("Gonzalo", "Urrutia Olmo") };
    let judgement = judged(&bearer("1958-03-02"), &bearer("1989-11-24"));
    assert!(judgement.is_vetoed);
    assert!(judgement.band >= Band::Thin);
}

#[test]
fn father_and_son_of_one_name_without_birth_dates_are_no_identity() {
    let bearer = Profile { phones: PHONE, street: "Calle Mayor 12", ..person("Gonzalo", "Urrutia Olmo") };
    assert_ne!(judged(&bearer, &bearer).band, Band::Identity);
}

#[test]
fn namesakes_with_one_birth_date_and_two_documents_are_no_identity() {
    let (one, other) = ([document("DNI", "45678912S")], [document("DNI", "53219876S")]);
    let a = Profile { birth_date: "1980-05-21", documents: &one, ..person("Gonzalo", "Urrutia") };
    let b = Profile { documents: &other, ..a };
    let judgement = judged(&a, &b);
    assert!(judgement.band > Band::Strong, "{judgement:?}");
}

#[test]
fn nickname_with_a_changed_mail_is_found() {
    let a = Profile { emails: MAIL, phones: PHONE, ..person("Paco", "Urrutia Olmo") };
    let b = Profile { emails: &["f.urrutia@work.example"], phones: PHONE, ..person("Francisco", "Urrutia") };
    assert!(is_proposed(&a, &b));
}

#[test]
fn one_surname_or_two_are_one_person() {
    let a = Profile { emails: MAIL, ..person("Begoña", "Urrutia Olmo") };
    let b = Profile { emails: MAIL, ..person("Begoña", "Urrutia") };
    assert!(is_proposed(&a, &b));
}

#[test]
fn last_name_comma_first_name_in_one_field_is_read() {
    let a = Profile { phones: PHONE, ..person("", "URRUTIA, BEGOÑA") };
    let b = Profile { phones: PHONE, ..person("Begoña", "Urrutia") };
    assert!(is_proposed(&a, &b));
}

#[test]
fn swapped_names_are_seen_through() {
    let a = Profile { emails: MAIL, ..person("Urrutia", "Begoña") };
    let b = Profile { emails: MAIL, ..person("Begoña", "Urrutia") };
    assert!(is_proposed(&a, &b));
}

#[test]
fn day_and_month_swapped_are_one_date() {
    let a = Profile { birth_date: "1977-03-11", phones: PHONE, ..person("Begoña", "Urrutia") };
    let b = Profile { birth_date: "1977-11-03", ..a };
    assert!(is_proposed(&a, &b));
}

#[test]
fn placeholder_birth_dates_say_nothing() {
    let a = Profile { birth_date: "1900-01-01", ..person("Pedro", "Zubizarreta") };
    let b = Profile { birth_date: "1900-01-01", ..person("Petra", "Zubieta") };
    assert!(!is_proposed(&a, &b));
}

#[test]
fn renewed_passport_does_not_part_a_person() {
    let (old, new) = ([document("PASSPORT", "PAA123456")], [document("PASSPORT", "PAF998871")]);
    let a = Profile {
        birth_date: "1977-03-11",
        emails: MAIL,
        phones: PHONE,
        documents: &old,
        ..person("Begoña", "Urrutia")
    };
    let b = Profile { documents: &new, ..a };
    assert!(is_proposed(&a, &b));
    assert!(judged(&a, &b).band > Band::Identity, "a document that differs is never certain");
}

#[test]
fn accents_lost_written_out_or_broken_are_one_name() {
    for other in ["MUELLERSTEIN", "MULLERSTEIN", "MÃ¼llerstein"] {
        let a = Profile { emails: MAIL, country: "DE", ..person("Jörg", "Müllerstein") };
        let b = Profile { emails: MAIL, country: "DE", ..person("Jorg", other) };
        assert!(is_proposed(&a, &b), "{other}");
    }
}

#[test]
fn initial_that_agrees_is_enough_with_a_contact() {
    let a = Profile { emails: MAIL, phones: PHONE, ..person("F.", "Urrutia") };
    let b = Profile { emails: MAIL, phones: PHONE, ..person("Francisco", "Urrutia") };
    assert!(is_proposed(&a, &b));
}

#[test]
fn married_name_is_found_by_what_stays() {
    let a = Profile {
        birth_date: "1984-09-30",
        emails: &["heike.brandl84@gmx.de"],
        phones: &["+49 151 23456789"],
        country: "DE",
        ..person("Heike", "Brandl")
    };
    let b = Profile { last_name: "Kirchhoff", ..a };
    assert!(is_proposed(&a, &b));
}

#[test]
fn group_dummies_are_never_proposed() {
    let dummies =
        [("GROUP", "ROOM"), ("TBA", "TBA"), ("WALK", "IN"), ("GUEST", "GUEST"), ("CLIENTE", "VARIOS")];
    let profiles: Vec<Profile<'_>> = dummies
        .iter()
        .flat_map(|(first, last)| std::iter::repeat_n(Profile { emails: MAIL, ..person(first, last) }, 8))
        .collect();
    assert_eq!(grouped(&profiles), Vec::<Vec<u32>>::new());
}

#[test]
fn bookers_contact_on_a_friends_profile_joins_nobody() {
    let booker = Profile { emails: MAIL, phones: PHONE, ..person("Francisco", "Urrutia") };
    let friend = Profile { emails: MAIL, phones: PHONE, ..person("Nadia", "Quiroga") };
    assert!(!is_proposed(&booker, &friend));
}

#[test]
fn address_that_becomes_everybodys_counts_no_more() {
    let emails: &[&str] = &["lobby77@example.org"];
    let a = Profile { emails, ..person("Pedro", "Zubizarreta") };
    let b = Profile { emails, ..person("P.", "Zubizarreta") };
    let names: Vec<String> = (0..80).map(|n| format!("Apellido{}", char::from(b'a' + n % 26))).collect();
    let others = names.iter().map(|name| Profile { emails, ..person("Otro", name) });
    let few = base(&[a, b]);
    let many = base(&[a, b].into_iter().chain(others).collect::<Vec<_>>());
    let (before, after) = (scan::pairs(&few, &WEIGHTS, 1), scan::pairs(&many, &WEIGHTS, 1));
    let of = |pairs: &[scan::Pair]| {
        pairs
            .iter()
            .find(|pair| (pair.a, pair.b) == (900, 901))
            .map_or(0.0, |pair| pair.judgement.probability)
    };
    assert!(of(&after) < of(&before), "{} then {}", of(&before), of(&after));
}

#[test]
fn company_is_never_a_person() {
    let a = Profile {
        kind: crate::duplicates::profile::Kind::Company,
        phones: PHONE,
        ..person("", "Urrutia S.L.")
    };
    let b = Profile { phones: PHONE, ..person("Begoña", "Urrutia") };
    assert_eq!(grouped(&[a, b]), Vec::<Vec<u32>>::new());
}

#[test]
fn mail_alone_never_suffices() {
    let a = Profile { emails: MAIL, ..person("Pedro", "Zubizarreta") };
    let b = Profile { emails: MAIL, ..person("Nadia", "Quiroga") };
    assert!(!is_proposed(&a, &b));
}

#[test]
fn weak_links_make_no_chain() {
    let a = Profile { emails: MAIL, birth_date: "1960-01-14", ..person("Begoña", "Urrutia") };
    let b = Profile { emails: MAIL, ..person("B.", "Urrutia") };
    let c = Profile { emails: MAIL, birth_date: "1994-08-05", ..person("Beatriz", "Urrutia") };
    for group in grouped(&[a, b, c]) {
        assert!(!(group.contains(&0) && group.contains(&2)), "{group:?}");
    }
}
