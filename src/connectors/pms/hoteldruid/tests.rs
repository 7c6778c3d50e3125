//! Tests of the pure parts: text, names, columns, differences.

use std::collections::HashMap;

use super::config::Settings;
use super::database::Bind;
use super::keys::{BookingKey, GuestKey, confirmation_code, lineage};
use super::map::Hotel;
use super::mariadb::in_order;
use super::scan::Baseline;
use super::slots::{Columns, Refused, fill};
use super::wire::{Booking, Guest, Sum};
use super::{capabilities, stamp, text};
use crate::model::normalise::email::Relays;
use crate::model::normalise::{element_of, email, phone, placeholder};
use crate::model::value::{Address, Country, Language};
use crate::model::{ExternalId, FieldKey, RecordKind, Seen, SystemId, Value, fields, keys};

/// A hotel in Madrid with these settings beside an SQLite file.
pub(super) fn hotel(more: &str) -> Hotel {
    let toml = format!("{more}\n[database]\nkind = \"sqlite\"\nfile = \"/nowhere\"");
    let source = config::File::from_str(&toml, config::FileFormat::Toml);
    let value = config::Config::builder().add_source(source).build().expect("TOML");
    let value = value.try_deserialize().expect("a table");
    let settings = Settings::read(&SystemId::from("pms"), value).expect("settings");
    Hotel {
        property: "MAD1".into(),
        zone: chrono_tz::Europe::Madrid,
        region: Some(Country("ES".into())),
        currency: "EUR".into(),
        relays: Relays::default(),
        registry: std::sync::Arc::new(fields::standard()),
        capabilities: capabilities(&settings),
        placeholders: placeholder::Known::of(&settings.placeholders),
        settings,
    }
}

#[test]
fn stored_text_is_decoded() {
    let check = |stored: &[u8], expected: &str| {
        assert_eq!(
            text::decode(&text::lossy(stored.to_vec())),
            expected,
            "{:?}",
            String::from_utf8_lossy(stored)
        );
    };
    check(b"O&#039;Neil &amp; Sons", "O'Neil & Sons");
    check(b"Tom &lt;Tim&gt; &quot;T&quot;", "Tom <Tim> \"T\"");
    check(b"unescaped O'Neil & Sons", "unescaped O'Neil & Sons");
    check(b"cut after an entity &am", "cut after an entity");
    check(b"cut &amp; again &#03", "cut & again");
    check(b"ends in &", "ends in");
    check("Éloïse".as_bytes(), "Éloïse");
    check(b"cut inside \xc3", "cut inside");
    check(b"cut inside \xe2\x82", "cut inside");
    check(b"  blank  ", "blank");
    check(b"", "");
}

#[test]
fn text_is_stored_as_htmlspecialchars_does_and_never_cut_inside_anything() {
    let check = |value: &str, limit: usize, expected: &str| assert_eq!(text::encode(value, limit), expected);
    check("O'Neil & Sons", 70, "O&#039;Neil &amp; Sons");
    check("<\">", 70, "&lt;&quot;&gt;");
    check("abc&", 7, "abc");
    check("abc&", 8, "abc&amp;");
    check("aé", 2, "a");
    check("ab cd", 3, "ab");
    check("", 10, "");
}

proptest::proptest! {
    #[test]
    fn what_is_stored_whole_is_read_back(value in "[a-zA-Zé'&<>\" ñ0-9]{0,40}") {
        let line = value.trim().to_owned();
        proptest::prop_assert_eq!(text::decode(&text::encode(&line, usize::MAX)), line.clone());
        let cut = text::decode(&text::encode(&line, 20));
        proptest::prop_assert!(line.starts_with(&cut));
        proptest::prop_assert!(text::encode(&line, 20).len() <= 20);
    }
}

#[test]
fn stamps_have_one_spelling() {
    let check = |stored: &str, expected: &str| assert_eq!(stamp::canonical(stored), expected);
    check("2026-11-22 01:52:34", "2026-11-22 01:52:34");
    check("2026-11-22T01:52:34", "2026-11-22 01:52:34");
    check("2026-11-22 01:52:34.120", "2026-11-22 01:52:34");
    check("2026-11-22 01:52", "2026-11-22 01:52:00");
    check("", "");
}

#[test]
fn names_survive_their_external_id() {
    let booking = |codice: &str, lineage: &str| Booking {
        idprenota: Some("4".into()),
        codice: Some(codice.into()),
        id_anni_prec: Some(lineage.into()),
        datainserimento: Some("2026-11-22 01:52:34".into()),
        ..Booking::default()
    };
    let check = |row: &Booking, expected: &str| {
        let key = BookingKey::of(row).expect("a key");
        assert_eq!(key.external_id().as_str(), expected);
        assert_eq!(BookingKey::parse(&key.external_id()), Some(key));
    };
    check(&booking("nmgv", ""), "nmgv.4@2026-11-22T01:52:34");
    check(&booking("nmgv", ";2026,9;"), "nmgv.9@2026-11-22T01:52:34");
    check(&booking("", ""), ".4@2026-11-22T01:52:34");
    check(&booking("", ";2025,7;2026,9;"), ".7@2026-11-22T01:52:34");
    let guest = GuestKey { id: 5, stamp: "2026-11-22 01:52:34".into() };
    assert_eq!(GuestKey::parse(&guest.external_id()), Some(guest.clone()));
    assert_eq!(GuestKey::parse(&"5@2026-11-22T01:52:34".into()), Some(guest));
    assert_eq!(GuestKey::parse(&"5".into()), None);
    assert_eq!(BookingKey::parse(&"nmgv@2026".into()), None);
    assert_eq!(lineage(Some(";2025,7;2026,9;")), [(2025, 7), (2026, 9)]);
    assert_eq!(lineage(None), []);
}

#[test]
fn confirmation_code_is_the_one_on_the_paper() {
    assert_eq!(confirmation_code("nmgv", 2, 2, 2026).as_deref(), Some("nm2g26v"));
    assert_eq!(confirmation_code("rxqv", 4, 5, 2026).as_deref(), Some("rx4q56v"));
    assert_eq!(confirmation_code("é!v", 4, 5, 2026), None);
}

#[test]
fn digest_tells_absent_from_empty_and_joined_from_apart() {
    let digest = |cells: &[Option<&str>]| {
        let mut sum = Sum::new();
        for cell in cells {
            sum.add(*cell);
        }
        sum.finish()
    };
    let all = [
        digest(&[None, Some("a")]),
        digest(&[Some(""), Some("a")]),
        digest(&[Some("a"), Some("")]),
        digest(&[Some("a"), None]),
        digest(&[Some("a")]),
    ];
    for (at, one) in all.iter().enumerate() {
        assert!(all.iter().skip(at + 1).all(|other| other != one), "{at}");
    }
}

#[test]
fn looking_twice_finds_the_difference_once() {
    let id = |text: &str| (RecordKind::Person, ExternalId::from(text));
    let mut baseline = Baseline::default();
    baseline.note(RecordKind::Person, &[("a".into(), 1), ("b".into(), 2)], true);
    assert!(baseline.is_complete());
    let look = HashMap::from([(id("a"), 1), (id("b"), 3), (id("c"), 4)]);
    let page = baseline.compare(RecordKind::Person, look.clone());
    let told =
        |page: &[super::scan::Found]| page.iter().map(|f| (f.id.to_string(), f.deleted)).collect::<Vec<_>>();
    assert_eq!(told(&page), [("b".to_owned(), false), ("c".to_owned(), false)]);
    let before = baseline.sequence();
    baseline.finish(None, &page);
    assert_eq!(baseline.again(before).map(told), Some(told(&page)), "asked again with the old place");
    assert!(baseline.again(baseline.sequence()).is_none());
    assert!(baseline.compare(RecordKind::Person, look).is_empty());
    let page = baseline.compare(RecordKind::Person, HashMap::from([(id("b"), 3), (id("c"), 4)]));
    assert_eq!(told(&page), [("a".to_owned(), true)]);
}

/// What a write does to the columns of a guest.
fn check_fill(row: &Guest, field: &FieldKey, target: &Seen, expected: Result<&[(&str, Option<&str>)], &str>) {
    let hotel = hotel("");
    let mut columns = Columns::default();
    let result = fill(&mut columns, &hotel, field, target, row).map(|()| {
        let changes = columns.changes.iter().map(|(name, value)| (*name, value.as_deref()));
        changes.collect::<Vec<_>>()
    });
    let expected = expected.map(<[_]>::to_vec).map_err(|_| ());
    assert_eq!(result.map_err(|Refused(_)| ()), expected, "{field}");
}

fn set(field: &FieldKey, values: impl IntoIterator<Item = Value>) -> Seen {
    let registry = fields::standard();
    let declared = registry.field(RecordKind::Person, field).expect("declared");
    Seen::set(values.into_iter().map(|value| (element_of(declared, &value), value)))
}

#[test]
fn single_values_go_to_their_column() {
    let row = Guest { cognome: Some("O'Neil".into()), sesso: Some("m".into()), ..Guest::default() };
    let text = |text: &str| Seen::one(Value::Text(text.into()));
    check_fill(&row, &keys::SURNAME, &text("O'Neil"), Ok(&[]));
    check_fill(&row, &keys::SURNAME, &text("O'Neill"), Ok(&[("cognome", Some("O&#039;Neill"))]));
    check_fill(&row, &keys::SURNAME, &Seen::Empty, Err("a surname"));
    check_fill(&row, &keys::GIVEN_NAMES, &Seen::Empty, Ok(&[]));
    check_fill(&row, &keys::SEX, &Seen::Empty, Ok(&[("sesso", Some(""))]));
    let italian = Seen::one(Value::Language(Language("it-IT".into())));
    check_fill(&row, &keys::LANGUAGE, &italian, Ok(&[("lingua", Some("ita"))]));
    check_fill(&row, &keys::LEVEL, &text("VIP"), Err("not written"));
}

#[test]
fn sets_keep_what_stays_in_its_place() {
    let mail = |address: &str| Value::Email(email::read(address, &Relays::default()).expect("an address"));
    let row = Guest {
        email: Some("a@x.org".into()),
        email2: Some("ask at the desk".into()),
        email3: Some("c@x.org".into()),
        ..Guest::default()
    };
    let check = |addresses: &[&str], expected| {
        check_fill(&row, &keys::EMAILS, &set(&keys::EMAILS, addresses.iter().map(|a| mail(a))), expected);
    };
    check(&["a@x.org", "c@x.org"], Ok(&[]));
    check(&["c@x.org"], Ok(&[("email", Some(""))]));
    check(&["c@x.org", "d@x.org"], Ok(&[("email", Some("d@x.org"))]));
    check(&["a@x.org", "c@x.org", "d@x.org"], Err("the second place holds words of the desk"));
    let row = Guest { telefono2: Some("600 112 233".into()), ..Guest::default() };
    let spain = Country("ES".into());
    let number = |typed| Value::Phone(phone::read(typed, Some(&spain)).expect("a number"));
    let numbers = set(&keys::PHONES, [number("600112233"), number("600112244")]);
    check_fill(&row, &keys::PHONES, &numbers, Ok(&[("telefono", Some("600112244"))]));
}

#[test]
fn address_keeps_the_house_number_apart_until_the_street_changes() {
    let row = Guest {
        via: Some("Colón Street".into()),
        numcivico: Some("5".into()),
        citta: Some("Madrid".into()),
        ..Guest::default()
    };
    let address = |street: &str, city: &str| {
        let address = Address { street: street.into(), city: city.into(), ..Address::default() };
        set(&keys::ADDRESSES, [Value::Address(Box::new(address))])
    };
    check_fill(
        &row,
        &keys::ADDRESSES,
        &address("Colón Street 5", "Toledo"),
        Ok(&[("citta", Some("Toledo"))]),
    );
    let moved: &[_] = &[("numcivico", Some("")), ("via", Some("Mayor 7"))];
    check_fill(&row, &keys::ADDRESSES, &address("Mayor 7", "Madrid"), Ok(moved));
    let gone: &[_] = &[("citta", Some("")), ("numcivico", Some("")), ("via", Some(""))];
    check_fill(&row, &keys::ADDRESSES, &Seen::set([]), Ok(gone));
}

#[test]
fn parameters_are_given_to_mariadb_in_their_order() {
    let binds = [Bind::Int(1), Bind::Text("b".into()), Bind::Null];
    let check = |sql: &str, expected: &str, order: &[usize]| {
        let (sql, ordered) = in_order(sql, &binds);
        let expected_binds: Vec<_> = order.iter().map(|at| format!("{:?}", binds[*at])).collect();
        let ordered: Vec<_> = ordered.iter().map(|bind| format!("{bind:?}")).collect();
        assert_eq!((sql.as_str(), ordered), (expected, expected_binds));
    };
    check("select 1", "select 1", &[]);
    check(
        "update t set a = $2, b = $3 where id = $1 and c <=> cast($2 as binary)",
        "update t set a = ?, b = ? where id = ? and c <=> cast(? as binary)",
        &[1, 2, 0, 1],
    );
    check("a in ($1,$2)", "a in (?,?)", &[0, 1]);
}
