//! The rest of a profile: contact, birth, documents, address, companies and dummies.

use proptest::prelude::*;

use crate::duplicates::features::{Birth, Check, DocumentKind, Email, EmailClass, Features, Gender, Subject};
use crate::duplicates::profile::{DocumentText, Kind};
use crate::duplicates::{Normaliser, Profile};

fn of(profile: &Profile<'_>) -> Features {
    Normaliser::default().features(profile)
}

fn email(typed: &str) -> Option<Email> {
    of(&Profile { emails: &[typed], ..Profile::default() }).emails.first().cloned()
}

fn phones(typed: &str, country: &str) -> Vec<(String, u32)> {
    let found = of(&Profile { phones: &[typed], country, ..Profile::default() });
    found.phones.iter().map(|phone| (phone.number.to_string(), phone.tail)).collect()
}

fn birth(written: &str) -> Option<Birth> {
    match of(&Profile { birth_date: written, last_name: "Ruiz", ..Profile::default() }).subject {
        Subject::Person(person) => person.birth,
        Subject::Company(_) | Subject::Dummy => None,
    }
}

fn document(kind: &str, number: &str, country: &str, birth: &str) -> Option<(DocumentKind, String, Check)> {
    let documents = [DocumentText { kind, number, country }];
    let found = of(&Profile { documents: &documents, birth_date: birth, ..Profile::default() });
    found.documents.first().map(|found| (found.kind, found.number.to_string(), found.check))
}

#[test]
fn emails_have_one_form_and_a_class() {
    let check = |typed: &str, address: &str, class: EmailClass| {
        let found = email(typed).expect(typed);
        assert_eq!((found.address.as_str(), found.class), (address, class));
    };
    check(" A.Na.Ruiz+hotel@GoogleMail.com", "anaruiz@gmail.com", EmailClass::Own);
    check("ana.ruiz+x@Example.com", "ana.ruiz@example.com", EmailClass::Own);
    check("a.123456@guest.booking.com", "a.123456@guest.booking.com", EmailClass::Relay);
    check("q1w2@privaterelay.appleid.com", "q1w2@privaterelay.appleid.com", EmailClass::Relay);
    check("Info@example.com", "info@example.com", EmailClass::Role);
    check("reservas12@example.com", "reservas12@example.com", EmailClass::Desk);
    check("ana@münchen.de", "ana@xn--mnchen-3ya.de", EmailClass::Own);
    for typed in ["", "noemail@noemail.com", "sinemail@hotel.com", "no@hotel.com", "ana"] {
        assert_eq!(email(typed), None, "{typed}");
    }
}

#[test]
fn mistyped_domain_is_kept_and_its_like_told() {
    let found = email("ana.ruiz@gmial.com").expect("an address");
    assert_eq!(
        (found.address.as_str(), found.like.as_deref()),
        ("ana.ruiz@gmial.com", Some("anaruiz@gmail.com"))
    );
    assert_eq!(found.words.iter().map(smol_str::SmolStr::as_str).collect::<Vec<_>>(), ["ana", "ruiz"]);
}

#[test]
fn phones_are_the_same_however_they_are_written() {
    let wanted = vec![("+34612345677".to_owned(), 612_345_677)];
    for typed in ["612 345 677", "+34 612345677", "0034612345677", "(+34)612345677", "34612345677"] {
        assert_eq!(phones(typed, "ES"), wanted, "{typed}");
    }
    assert_eq!(phones("612345677 / 912345678", "ES").len(), 2);
    assert_eq!(phones("612345677", ""), [("612345677".to_owned(), 612_345_677)]);
    for typed in ["", "0", "000000000", "600000000", "123456789", "+34000000000", "999999999"] {
        assert_eq!(phones(typed, "ES"), [], "{typed}");
    }
}

#[test]
fn swapped_day_and_month_are_twins() {
    let (left, right) = (birth("1985-03-07").expect("a date"), birth("1985-07-03").expect("a date"));
    assert_eq!((left.swapped(), right.swapped()), (Some(right.0), Some(left.0)));
    assert_eq!(birth("1985-03-17").and_then(Birth::swapped), None);
    assert_eq!(birth("1985-03-03").and_then(Birth::swapped), None);
    assert_eq!(birth("17/03/1985"), birth("1985-03-17"));
    assert_eq!(birth("03/17/1985"), birth("1985-03-17"));
}

#[test]
fn sentinel_birth_dates_are_none() {
    for written in ["1900-01-01", "1970-01-01", "1980-01-01", "2000-01-01", "1899-12-30", "0000-00-00", ""] {
        assert_eq!(birth(written), None, "{written}");
    }
}

#[test]
fn documents_are_checked() {
    let check = |kind: &str, number: &str, country: &str, wanted: (DocumentKind, &str, Check)| {
        let found = document(kind, number, country, "").expect(number);
        assert_eq!((found.0, found.1.as_str(), found.2), wanted);
    };
    check("DNI", "12.345.679-S", "ES", (DocumentKind::NationalId, "12345679S", Check::Right));
    check("DNI", "12345679", "ES", (DocumentKind::NationalId, "12345679S", Check::Added));
    check("DNI", "12345679A", "ES", (DocumentKind::NationalId, "12345679A", Check::Wrong));
    check("NIE", "X-1234567-L", "ES", (DocumentKind::Residence, "X1234567L", Check::Right));
    check("", "RSSMRA85T10A562S", "IT", (DocumentKind::TaxId, "RSSMRA85T10A562S", Check::Right));
    check("CF", "RSSMRA85T10A562T", "IT", (DocumentKind::TaxId, "RSSMRA85T10A562T", Check::Wrong));
    check("PA", "L01X00T47", "DE", (DocumentKind::NationalId, "L01X00T47", Check::None));
    check("Reisepass", "L898902C<3", "DE", (DocumentKind::Passport, "L898902C", Check::Right));
    check(
        "Passport",
        "L898902C36UTO7408122",
        "",
        (DocumentKind::Passport, "L898902C36UTO7408122", Check::None),
    );
    for number in ["X", "PENDIENTE", "0", "NO", "00000000T", "AAA000000", ""] {
        assert_eq!(document("DNI", number, "ES", ""), None, "{number}");
    }
}

#[test]
fn tax_code_of_another_birth_date_is_wrong() {
    let found = |birth: &str| document("CF", "RSSMRA85T10A562S", "IT", birth).map(|found| found.2);
    assert_eq!(found("1985-12-10"), Some(Check::Right));
    assert_eq!(found("1985-12-11"), Some(Check::Wrong));
}

#[test]
fn document_key_takes_letters_and_digits_that_look_alike_for_the_same() {
    let key = |number: &str| {
        let documents = [DocumentText { kind: "passport", number, country: "FR" }];
        of(&Profile { documents: &documents, ..Profile::default() }).documents[0].key.clone()
    };
    assert_eq!(key("12OI34567"), key("120134567"));
}

#[test]
fn membership_numbers_lose_their_prefix() {
    let found = of(&Profile { loyalty: &["LH 1234 56780", "123456780", "XX"], ..Profile::default() });
    assert_eq!(&found.loyalty[..], ["123456780"]);
}

#[test]
fn addresses_are_the_same_however_they_are_written() {
    let check = |ways: &[&str], street: &str, number: &str| {
        for way in ways {
            let place = of(&Profile { street: way, ..Profile::default() }).place.expect("an address");
            assert_eq!((place.street.as_str(), place.number.as_str()), (street, number), "{way}");
        }
    };
    check(&["C/ Mayor, 5 - 2º B", "Calle Mayor 5", "CL. MAYOR Nº 5, piso 2"], "mayor", "5");
    check(&["12 rue de la Paix", "12, R. de la Paix"], "paix", "12");
    check(&["Hauptstraße 7", "Hauptstr. 7", "HAUPTSTRASSE 7"], "haupt", "7");
    check(&["10 High Street", "10 High St"], "high", "10");
    check(&["Via Garibaldi 3", "VIA GARIBALDI, 3"], "garibaldi", "3");
}

#[test]
fn post_codes_and_cities_have_one_form() {
    let check = |code: &str, city: &str, country: &str, wanted: (&str, &str)| {
        let profile = Profile { postal_code: code, city, country, ..Profile::default() };
        let place = of(&profile).place.expect("an address");
        assert_eq!((place.postal_code.as_str(), place.city.as_str()), wanted);
    };
    check("8001", "BARCELONA", "ES", ("08001", "barcelona"));
    check("D-10115", "Berlin", "DE", ("10115", "berlin"));
    check("sw1a 1aa", "London", "GB", ("SW1A1AA", "london"));
    check("1000-205", "Lisboa", "PT", ("1000205", "lisboa"));
    check("75008", "Paris Cedex 08", "FR", ("75008", "paris"));
}

#[test]
fn companies_lose_their_legal_form() {
    let check = |name: &str, wanted: &str| {
        let found = of(&Profile { kind: Kind::Company, company: name, ..Profile::default() }).subject;
        assert!(matches!(&found, Subject::Company(company) if company.name == wanted), "{name}: {found:?}");
    };
    check("Viajes Álvarez, S.L.", "viajes alvarez");
    check("VIAJES ALVAREZ S. L.", "viajes alvarez");
    check("Müller GmbH & Co. KG", "muller");
    check("Rossi SpA", "rossi");
    check("SA", "sa");
}

#[test]
fn group_dummies_are_nobody() {
    for name in [
        "GROUP ROOM",
        "TBA TBA",
        "WALK IN",
        "GUEST GUEST",
        "CLIENTE CONTADO",
        "HOUSE USE",
        "GRUPO IMSERSO",
        "PAX 1",
        "N N",
        "MR X",
        "CLIENTE VARIOS",
        "",
    ] {
        let (first, last) = name.split_once(' ').unwrap_or_default();
        for profile in [
            Profile { first_name: first, last_name: last, ..Profile::default() },
            Profile { last_name: name, ..Profile::default() },
        ] {
            assert_eq!(of(&profile).subject, Subject::Dummy, "{name}");
        }
    }
    let guest = of(&Profile { first_name: "Paul", last_name: "Guest", ..Profile::default() });
    assert!(matches!(guest.subject, Subject::Person(_)));
}

#[test]
fn gender_comes_from_the_field_or_the_title() {
    let gender = |gender: &str, title: &str| match of(&Profile {
        gender,
        title,
        last_name: "Ruiz",
        ..Profile::default()
    })
    .subject
    {
        Subject::Person(person) => person.gender,
        Subject::Company(_) | Subject::Dummy => None,
    };
    assert_eq!(gender("F", "Mr"), Some(Gender::Female));
    assert_eq!(gender("", "Sra."), Some(Gender::Female));
    assert_eq!(gender("", "Dr"), None);
}

proptest! {
    #[test]
    fn nothing_that_is_written_fails(text in "\\PC{0,24}", other in "[A-Za-zÀ-ÿ0-9<,.'@+ -]{0,24}") {
        let texts = [text.as_str(), other.as_str()];
        let documents = [DocumentText { kind: &other, number: &text, country: "ES" }, DocumentText { kind: "", number: &other, country: "" }];
        for kind in [Kind::Person, Kind::Company, Kind::Agency] {
            let profile = Profile {
                kind, title: &text, first_name: &text, last_name: &other, gender: &text, birth_date: &other,
                emails: &texts, phones: &texts, documents: &documents, loyalty: &texts, street: &other, city: &text,
                postal_code: &other, country: "ES", company: &other, tax_id: &text, ..Profile::default()
            };
            prop_assert_eq!(of(&profile), of(&profile));
        }
    }
}
