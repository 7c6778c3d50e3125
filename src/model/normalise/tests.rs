//! What each normaliser makes of what systems write, and that none fails on anything.

use chrono::{DateTime, NaiveDate, Utc};
use proptest::prelude::*;
use std::collections::BTreeMap;

use super::{address, country, date, element_of, email, language, money, name, number, phone, text};
use crate::model::arbitrary;
use crate::model::field::FieldKey;
use crate::model::value::{Choice, Country, Money, Special, Value};
use crate::model::{RecordKind, fields, keys};

#[test]
fn lines_and_blocks_lose_controls_and_spare_spaces() {
    assert_eq!(text::line("  Ana\u{0}\t\nGarcía\u{a0} López\u{200b} "), "Ana García López");
    assert_eq!(text::line("Garci\u{301}a"), "García");
    assert_eq!(text::block(" a \r\n b\rc\n\n"), "a\nb\nc");
}

#[test]
fn folding_makes_equal_what_people_take_for_equal() {
    let check = |left: &str, right: &str| assert_eq!(text::fold(left), text::fold(right));
    check("GARCÍA-López", "garcia lopez");
    check("O'Neil", "O’NEIL");
    check("Łukasz Straße", "LUKASZ STRASSE");
    check("Søren Æbelø", "soren aebelo");
    check("Calle Mayor, 5 - 2º B", "calle mayor 5 2o b");
    assert_ne!(text::fold("王"), text::fold("李"));
}

#[test]
fn choices_are_known_words_or_kept() {
    let words = &["in_house", "no_show"];
    assert_eq!(text::choice(words, " No-Show "), Some(Choice::Known("no_show".into())));
    assert_eq!(text::choice(words, "Walkin"), Some(Choice::Other("Walkin".into())));
    assert_eq!(text::choice(words, " "), None);
}

#[test]
fn names_stay_as_they_were_given() {
    assert_eq!(name::given("  GARCÍA  "), Some("GARCÍA".into()));
    assert_eq!(name::given(" \u{0}"), None);
}

#[test]
fn emails_are_read_and_relays_recognised() {
    let relays = email::Relays::with(["Relay.Example"]);
    let check = |typed: &str, address: &str, relay: bool| {
        let read = email::read(typed, &relays).unwrap();
        assert_eq!((read.address.as_str(), read.relay), (address, relay));
    };
    check(" Ana.Garcia@EXAMPLE.com ", "Ana.Garcia@example.com", false);
    check("mailto:ana@example.com", "ana@example.com", false);
    check("x123@guest.booking.com", "x123@guest.booking.com", true);
    check("x123@m.ExpediaPartnerCentral.com", "x123@m.expediapartnercentral.com", true);
    check("x@eu.relay.example", "x@eu.relay.example", true);
    check("ana@booking.com", "ana@booking.com", false);
    for typed in ["", "ana", "ana@", "@x.es", "ana@x", "a b@x.es", "Ana <ana@x.es>", "a@x.es;b@x.es"] {
        assert!(email::read(typed, &relays).is_err(), "{typed}");
    }
}

#[test]
fn a_mobile_number_is_told_from_one_that_may_be_a_landline() {
    for (e164, expected) in [
        ("+34600112233", true),
        ("+447400123456", true),
        ("+34911222333", false),
        // In North America nothing tells them apart.
        ("+12125550123", false),
        ("911222333", false),
        ("", false),
    ] {
        assert_eq!(phone::is_mobile(e164), expected, "{e164}");
    }
}

#[test]
fn phones_are_read_with_a_region_or_a_country_code() {
    let spain = Country("ES".into());
    let check = |typed: &str, region: Option<&Country>, e164: Option<&str>| {
        let read = phone::read(typed, region).unwrap();
        assert_eq!(read.e164.as_deref(), e164, "{typed}");
        assert_eq!(read.typed, text::line(typed));
    };
    check("+34 600 11 22 33", None, Some("+34600112233"));
    check("0034 600.11.22.33", None, Some("+34600112233"));
    check("600 11 22 33", Some(&spain), Some("+34600112233"));
    check("600 11 22 33", None, None);
    check("+44 (0)20 7946 0018", Some(&spain), Some("+442079460018"));
    check("Tel.: 600112233 ext. 5", Some(&spain), Some("+34600112233"));
    check("ask for Ana", Some(&spain), None);
    check("123", Some(&spain), None);
    check("600112233 / 600112244", Some(&spain), None);
    check("600112233", Some(&Country("ZZ".into())), None);
    assert_eq!(phone::read(" \u{0}", None), None);
}

#[test]
fn countries_are_read_from_codes_and_names() {
    let check = |written: &str, code: &str| {
        assert_eq!(country::read(written), Ok(Some(Country(code.into()))), "{written}");
    };
    for (written, code) in [
        ("es", "ES"),
        ("ESP", "ES"),
        ("España", "ES"),
        ("SPAGNA", "ES"),
        ("Germania", "DE"),
        ("Alemania", "DE"),
        ("Stati Uniti", "US"),
        ("U.S.A.", "US"),
        ("EE.UU.", "US"),
        ("England", "GB"),
        ("Costa d'Avorio", "CI"),
        ("Países Bajos", "NL"),
        ("Holland", "NL"),
        ("Czech Republic", "CZ"),
        ("Österreich", "AT"),
        ("Brasil", "BR"),
    ] {
        check(written, code);
    }
    assert_eq!(country::read(" "), Ok(None));
    assert!(country::read("Atlantis").is_err());
    assert_eq!(country::english(&Country("DE".into())), Some("Germany"));
}

#[test]
fn no_name_belongs_to_two_countries_or_languages() {
    let check = |rows: Vec<&'static str>| {
        let mut owners: BTreeMap<String, &str> = BTreeMap::new();
        for row in rows {
            let code = row.split('|').next().unwrap();
            for word in row.split(['|', ',']) {
                let other = owners.insert(text::fold(word), code);
                assert!(other.is_none_or(|other| other == code), "{word}: {code} and {other:?}");
            }
        }
    };
    check(country::rows().collect());
    check(language::rows().collect());
}

#[test]
fn languages_are_read_from_codes_locales_and_names() {
    for (written, tag) in [
        ("en", "en"),
        ("eng", "en"),
        ("English", "en"),
        ("ita", "it"),
        ("es_ES", "es-ES"),
        ("fr-fr.UTF-8", "fr-FR"),
        ("PT-br", "pt-BR"),
        ("zh_hans_cn", "zh-Hans-CN"),
        ("ger", "de"),
        ("Deutsch", "de"),
        ("inglés", "en"),
    ] {
        let read = language::read(written).unwrap().unwrap();
        assert_eq!(read.0, tag, "{written}");
    }
    assert_eq!(language::read(""), Ok(None));
    assert!(language::read("Klingon").is_err() && language::read("xx-YY").is_err());
}

#[test]
fn dates_are_read_only_in_a_given_order() {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day);
    assert_eq!(date::iso("2026-02-03"), Ok(day(2026, 2, 3)));
    assert_eq!(date::iso("20260203"), Ok(day(2026, 2, 3)));
    assert_eq!(date::iso("2026-02-03T23:30:00-05:00"), Ok(day(2026, 2, 3)));
    for nothing in ["", "0000-00-00", "0001-01-01", "1900-01-01", "0000-00-00 00:00:00"] {
        assert_eq!(date::iso(nothing), Ok(None), "{nothing}");
    }
    for bad in ["tomorrow", "03/02/2026", "2026-02-30", "26-02-03", "yesterday", "2026-13-01", "2026-02"] {
        assert!(date::iso(bad).is_err(), "{bad}");
    }
    assert_eq!(date::ordered("3/2/2026", date::Order::DayMonthYear), Ok(day(2026, 2, 3)));
    assert_eq!(date::ordered("3.2.2026", date::Order::MonthDayYear), Ok(day(2026, 3, 2)));
    assert!(date::ordered("3/2/26", date::Order::DayMonthYear).is_err());
}

#[test]
fn a_wall_clock_needs_its_zone() {
    let check = |wall: &str, instant: &str| {
        let wall = date::wall_clock(wall).unwrap().unwrap();
        assert_eq!(date::local(wall, chrono_tz::Europe::Madrid), instant.parse::<DateTime<Utc>>().unwrap());
    };
    check("2026-07-01 14:00:00", "2026-07-01T12:00:00Z");
    check("2026-10-25 02:30:00", "2026-10-25T00:30:00Z"); // shown twice: the first
    check("2026-03-29 02:30:00", "2026-03-29T01:00:00Z"); // never shown: clocks went forward
    assert!(date::instant("2026-07-01 14:00:00").is_err());
    assert_eq!(date::instant("2026-07-01T14:00:00+02:00").unwrap(), "2026-07-01T12:00:00Z".parse().ok());
}

#[test]
fn amounts_become_minor_units() {
    let check = |amount: &str, code: &str, minor: i64, shown: &str| {
        let money = money::from_text(amount, code).unwrap();
        assert_eq!(money, Money { amount_minor: minor, currency: code.into() });
        assert_eq!(money::to_text(&money), shown);
    };
    check("1234.5", "EUR", 123_450, "1234.50");
    check("-0.005", "EUR", -1, "-0.01");
    check("0.004", "EUR", 0, "0.00");
    check("1234.5", "JPY", 1235, "1235");
    check("1.2345", "KWD", 1235, "1.235");
    check("92233720368547758.07", "EUR", i64::MAX, "92233720368547758.07");
    assert_eq!(money::from_float(80.005, "EUR").map(|money| money.amount_minor), Ok(8001));
    assert_eq!(money::from_float(0.1 + 0.2, "EUR").map(|money| money.amount_minor), Ok(30));
    for (amount, code) in [("1,5", "EUR"), ("", "EUR"), ("1.5", "EU"), ("1.5", ""), ("9e9", "EUR")] {
        assert!(money::from_text(amount, code).is_err(), "{amount} {code}");
    }
    assert!(money::from_text("92233720368547758.075", "EUR").is_err());
    assert!(money::from_float(f64::NAN, "EUR").is_err() && money::from_float(1e300, "EUR").is_err());
}

#[test]
fn numbers_are_plain() {
    for (written, plain) in [("+007.50", "7.5"), ("-0.0", "0"), (".5", "0.5"), ("-3.", "-3"), ("12", "12")] {
        assert_eq!(number::decimal(written).as_deref(), Ok(plain));
    }
    assert!(number::decimal("1,5").is_err() && number::decimal(".").is_err());
    assert_eq!((number::integer("3.0"), number::integer("3.5").is_err()), (Ok(3), true));
    assert_eq!(
        (number::flag("Sí"), number::flag("N"), number::flag("")),
        (Ok(Some(true)), Ok(Some(false)), Ok(None))
    );
}

#[test]
fn addresses_are_equal_by_what_every_system_keeps() {
    let madrid = |street, region| {
        address::read(address::Parts { street, city: "Madrid", region, ..address::Parts::default() }).unwrap()
    };
    let (left, right) = (madrid(&["C/ Mayor 5", "", "2º B"], "Madrid"), madrid(&["c mayor, 5 2o b"], ""));
    assert_eq!(left.street, "C/ Mayor 5\n2º B");
    assert_eq!(address::key(&left), address::key(&right));
    assert_eq!(address::read(address::Parts::default()), None);
}

fn key(kind: RecordKind, field: &FieldKey, value: &Value) -> String {
    let registry = fields::standard();
    element_of(registry.field(kind, field).unwrap(), value).to_string()
}

#[test]
fn element_keys_say_what_makes_two_elements_one() {
    let person = |field: &FieldKey, value: &Value| key(RecordKind::Person, field, value);
    let relays = email::Relays::default();
    let mail = Value::Email(email::read("Ana@X.es", &relays).unwrap());
    assert_eq!(person(&keys::EMAILS, &mail), "ana@x.es");
    let number = |typed| Value::Phone(phone::read(typed, None).unwrap());
    assert_eq!(person(&keys::PHONES, &number("0034 600 112 233")), "+34600112233");
    assert_eq!(person(&keys::PHONES, &number("600-11")), "60011");
    let entry = |parts: &[(&str, &str)]| {
        Value::Entry(parts.iter().map(|(name, word)| ((*name).into(), Value::Text((*word).into()))).collect())
    };
    let consent = entry(&[
        ("purpose", "marketing"),
        ("channel", "email"),
        ("address", "Ana@x.es"),
        ("state", "denied"),
    ]);
    assert_eq!(person(&keys::CONSENTS, &consent), "marketing/email/ana@x.es");
    assert_eq!(person(&keys::CONSENTS, &entry(&[("purpose", "photo")])), "photo//");
    let room = Value::entry([("index".into(), Value::Integer(2))]);
    assert_eq!(key(RecordKind::Reservation, &keys::ROOMS, &room), "2");
}

#[test]
fn the_key_of_a_special_value_does_not_show_it() {
    let passport = Value::entry([("number".into(), Value::Text("AB123456".into()))]);
    let sealed = Value::Special(Special::seal(passport));
    let found = key(RecordKind::Person, &keys::IDENTITY_DOCUMENTS, &sealed);
    assert_eq!(found.len(), 32);
    assert!(!found.contains("123456"));
}

proptest! {
    #[test]
    fn texts_are_idempotent(any in prop_oneof![arbitrary::text(), any::<String>()]) {
        for normalise in [text::line, text::block, text::fold] {
            let once = normalise(&any);
            prop_assert_eq!(normalise(&once), once);
        }
        prop_assert!(!text::line(&any).contains('\0'));
    }

    #[test]
    fn reading_is_total_and_idempotent(any in prop_oneof![arbitrary::text(), any::<String>()]) {
        let spain = Country("ES".into());
        let relays = email::Relays::default();
        if let Ok(read) = email::read(&any, &relays) {
            prop_assert_eq!(email::read(&read.address, &relays), Ok(read));
        }
        if let Some(read) = phone::read(&any, Some(&spain)) {
            let again = phone::read(read.e164.as_deref().unwrap_or(&read.typed), Some(&spain)).unwrap();
            prop_assert_eq!(again.e164, read.e164);
        }
        if let Ok(Some(read)) = country::read(&any) {
            prop_assert_eq!(country::read(&read.0), Ok(Some(read.clone())));
        }
        if let Ok(Some(read)) = language::read(&any) {
            prop_assert_eq!(language::read(&read.0), Ok(Some(read.clone())));
        }
        if let Ok(Some(read)) = date::iso(&any) {
            prop_assert_eq!(date::iso(&read.to_string()), Ok(Some(read)));
        }
        if let Ok(read) = number::decimal(&any) {
            prop_assert_eq!(number::decimal(&read), Ok(read.clone()));
        }
        let _ = (date::instant(&any), date::wall_clock(&any), number::flag(&any), money::currency(&any));
        let _ = (phone::read(&any, None), phone::reread(&any), number::integer(&any));
    }

    #[test]
    fn dialled_numbers_are_read_without_failing(
        typed in "[+0-9 ()/.-]{0,24}", region in prop::sample::select(&["ES", "US", "GB", "IT", "AQ", "ZZ", "XK"][..]),
    ) {
        let region = Country(region.into());
        if let Some(e164) = phone::read(&typed, Some(&region)).and_then(|read| read.e164) {
            prop_assert_eq!(phone::read(&e164, None).and_then(|again| again.e164), Some(e164));
        }
    }

    #[test]
    fn dates_in_any_order_never_fail(any in "[0-9]{0,4}[/. -][0-9]{0,4}[/. -][0-9]{0,4}") {
        for order in [date::Order::DayMonthYear, date::Order::MonthDayYear, date::Order::YearMonthDay] {
            let _ = date::ordered(&any, order);
        }
    }

    #[test]
    fn amounts_survive_their_text(amount_minor in any::<i64>(), code in "[A-Z]{3}") {
        let money = Money { amount_minor, currency: code.as_str().into() };
        // The smallest amount has no positive twin to read it by.
        prop_assume!(amount_minor != i64::MIN);
        prop_assert_eq!(money::from_text(&money::to_text(&money), &code), Ok(money));
    }

    #[test]
    fn element_keys_do_not_depend_on_when_they_are_made((field, seen, _) in arbitrary::field_seen_twice()) {
        for (key, held) in seen.elements().into_iter().flatten() {
            prop_assert_eq!(&element_of(&field, &held.0), key);
        }
    }

    #[test]
    fn every_wall_clock_is_a_moment_in_every_zone(seconds in 0_i64..4_000_000_000, zone in 0_usize..chrono_tz::TZ_VARIANTS.len()) {
        let wall = DateTime::from_timestamp(seconds, 0).unwrap().naive_utc();
        let zone = chrono_tz::TZ_VARIANTS[zone];
        let shown = date::local(wall, zone).with_timezone(&zone).naive_local();
        prop_assert!(shown >= wall, "{} shows {}", zone, shown);
    }
}
