//! Rows in, fields out: tables through one `check` each.

use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

use super::super::assembly::StoredBooking;
use super::super::bookings::Shelf;
use super::super::guests::StoredGuest;
use super::super::keys::BookingKey;
use super::super::tests::hotel;
use super::super::wire::{Booking, Extra, Guest, Room};
use super::{booking, company, is_company, person};
use crate::model::value::Money;
use crate::model::{Document, FieldKey, RecordKind, Reference, Seen, Value, keys};

/// A stored cell; an empty one is null.
fn cell(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A confirmed booking of two for three nights from the 5th to the 8th of December.
fn stored() -> StoredBooking {
    let row = Booking {
        idprenota: cell("4"),
        codice: cell("nmgv"),
        datainserimento: cell("2026-11-22 01:52:34"),
        idclienti: cell("2"),
        idappartamenti: cell("04"),
        num_persone: cell("3"),
        tariffa: cell("Suite &amp; BB#@&240"),
        tariffa_tot: cell("252.5"),
        pagato: cell("100.0"),
        conferma: cell("S"),
        ..Booking::default()
    };
    let guest = |id: &str, stamp: &str| StoredGuest {
        row: Guest {
            idclienti: cell(id),
            datainserimento: cell(stamp),
            cognome: cell("Perez"),
            ..Guest::default()
        },
        custom: Vec::new(),
    };
    StoredBooking {
        key: BookingKey::of(&row).expect("a key"),
        shelf: Shelf { year: 2026, cancelled: false },
        row,
        arrives: cell("2026-12-05"),
        departs: cell("2026-12-08"),
        first_period: 339,
        last_period: 341,
        room: Some(Room { idappartamenti: cell("04"), numpiano: cell("1"), numcasa: cell("Main") }),
        guests: vec![guest("2", "2026-11-22 01:52:30"), guest("7", "2026-11-22 01:52:31")],
        extras: Vec::new(),
        payments: Vec::new(),
        uses_check_in: true,
    }
}

fn at(instant: &str) -> DateTime<Utc> {
    instant.parse().expect("an instant")
}

/// The fields of a booking as text, by the debug form of tests.
fn check(settings: &str, change: impl FnOnce(&mut StoredBooking), now: &str, expected: &[(FieldKey, &str)]) {
    let mut stored = stored();
    change(&mut stored);
    let (document, _) = booking(&stored, &hotel(settings), at(now));
    for (field, expected) in expected {
        assert_eq!(shown(&document, field), *expected, "{field}");
    }
}

fn shown(document: &Document, field: &FieldKey) -> String {
    let word = |value: &Value| match value {
        Value::Text(text) => text.clone(),
        Value::Choice(choice) => choice.as_str().to_owned(),
        Value::Date(date) => date.to_string(),
        Value::Instant(at) => at.format("%FT%RZ").to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Money(Money { amount_minor, currency }) => format!("{amount_minor} {currency}"),
        Value::Reference(Reference::Remote(kind, id)) => format!("{kind} {id}"),
        other @ (Value::Bool(_)
        | Value::Decimal(_)
        | Value::Country(_)
        | Value::Language(_)
        | Value::Email(_)
        | Value::Phone(_)
        | Value::Address(_)
        | Value::Reference(Reference::Record(..))
        | Value::Content(_)
        | Value::Entry(_)
        | Value::Special(_)) => format!("{other:?}"),
    };
    match document.get(field) {
        None => "absent".to_owned(),
        Some(Seen::Empty) => "empty".to_owned(),
        Some(Seen::Masked) => "masked".to_owned(),
        Some(Seen::One(held)) => word(&held.0),
        Some(Seen::Set(set)) => set.values().map(|held| word(&held.0)).collect::<Vec<_>>().join(", "),
    }
}

const NOW: &str = "2026-12-01T10:00:00Z";
const RULE: &str = "no_show = { at = \"06:00:00\" }";

#[test]
fn status_follows_the_rows() {
    let check = |change: fn(&mut StoredBooking), now: &str, expected: &str| {
        check(RULE, change, now, &[(keys::STATUS, expected)]);
    };
    check(|_| (), NOW, "confirmed");
    check(|stored| stored.row.conferma = cell("N"), NOW, "tentative");
    check(|stored| stored.row.checkout = cell("2026-12-05 18:30:00"), NOW, "confirmed");
    check(|stored| stored.row.checkin = cell("2026-12-05 18:30:00"), NOW, "in_house");
    let left = |stored: &mut StoredBooking| {
        stored.row.checkin = cell("2026-12-05 18:30:00");
        stored.row.checkout = cell("2026-12-08 09:00:00");
    };
    check(left, NOW, "checked_out");
    check(|stored| stored.shelf.cancelled = true, NOW, "cancelled");
    // Six in the morning of the 6th in Madrid.
    check(|_| (), "2026-12-06T04:59:59Z", "confirmed");
    check(|_| (), "2026-12-06T05:00:00Z", "no_show");
    check(|stored| stored.row.checkin = cell("2026-12-05 23:00:00"), "2026-12-06T05:00:00Z", "in_house");
    check(|stored| stored.row.conferma = cell("N"), "2026-12-06T05:00:00Z", "tentative");
    check(|stored| stored.uses_check_in = false, "2026-12-06T05:00:00Z", "confirmed");
    check(|stored| stored.shelf.cancelled = true, "2026-12-06T05:00:00Z", "cancelled");
}

#[test]
fn stay_is_read_on_the_hotels_clock() {
    check(
        "",
        |stored| stored.row.checkout = cell("2026-12-05 18:30:00"),
        NOW,
        &[
            (keys::PROPERTY, "MAD1"),
            (keys::NUMBER, "4/2026"),
            (keys::BOOKED_AT, "2026-11-22T00:52Z"),
            (keys::ARRIVES_ON, "2026-12-05"),
            (keys::DEPARTS_ON, "2026-12-08"),
            (keys::ARRIVAL_TIME, "18:30"),
            (keys::CHECKED_OUT_AT, "empty"),
            (keys::HOLDER, "person 2@2026-11-22T01:52:30"),
            (keys::ACCOMPANYING, "person 7@2026-11-22T01:52:31"),
            (keys::COMPANY, "empty"),
            (keys::CANCELLED_AT, "empty"),
            (keys::REMARKS, "empty"),
        ],
    );
    let summer = |stored: &mut StoredBooking| {
        stored.row.checkin = cell("2026-07-05 23:30:00");
        stored.row.checkout = cell("2026-07-08 00:30:00");
    };
    let expected = [
        (keys::CHECKED_IN_AT, "2026-07-05T21:30Z"),
        (keys::CHECKED_OUT_AT, "2026-07-07T22:30Z"),
        (keys::ARRIVAL_TIME, "empty"),
        (keys::TOTAL_SPEND, "25250 EUR"),
        (keys::ROOM_SPEND, "24000 EUR"),
        (keys::OTHER_SPEND, "1250 EUR"),
    ];
    check("", summer, NOW, &expected);
}

#[test]
fn comment_carries_text_reminders_and_the_cancellation() {
    let cancel = |stored: &mut StoredBooking| {
        stored.shelf.cancelled = true;
        stored.row.commento = cell("late &amp; quiet>call>bill>hd_del_res<admin|2026-11-25 12:01");
    };
    let expected = [(keys::CANCELLED_AT, "2026-11-25T11:01Z"), (keys::REMARKS, "late & quiet")];
    check("", cancel, NOW, &expected);
    let mut stored = stored();
    cancel(&mut stored);
    assert_eq!(booking(&stored, &hotel(""), at(NOW)).1.as_deref(), Some("admin"));
    // The mark of an earlier cancellation that was taken back means nothing.
    stored.shelf.cancelled = false;
    let (document, actor) = booking(&stored, &hotel(""), at(NOW));
    assert_eq!((shown(&document, &keys::CANCELLED_AT).as_str(), actor), ("empty", None));
}

#[test]
fn people_are_those_who_can_have_been_there() {
    check("", |stored| stored.guests.truncate(1), NOW, &[(keys::ACCOMPANYING, "")]);
    // A deleted holder leaves an empty place; his number may belong to somebody who came years later.
    let deleted = |stored: &mut StoredBooking| stored.guests[0] = StoredGuest::default();
    check("", deleted, NOW, &[(keys::HOLDER, "empty"), (keys::ACCOMPANYING, "person 7@2026-11-22T01:52:31")]);
    let reused =
        |stored: &mut StoredBooking| stored.guests[0].row.datainserimento = cell("2027-03-01 10:00:00");
    check("", reused, NOW, &[(keys::HOLDER, "empty")]);
    let firm = |stored: &mut StoredBooking| stored.guests[0].row.partita_iva = cell("B12345678");
    let expected = [
        (keys::COMPANY, "company 2@2026-11-22T01:52:30"),
        (keys::HOLDER, "person 7@2026-11-22T01:52:31"),
        (keys::ACCOMPANYING, ""),
    ];
    check("companies = { when = \"vat_number_without_name\" }", firm, NOW, &expected);
}

#[test]
fn money_is_in_minor_units() {
    let expected = [
        (keys::TOTAL, "25250 EUR"),
        (keys::PAID, "10000 EUR"),
        (keys::BALANCE, "15250 EUR"),
        (keys::DEPOSIT, "empty"),
        (keys::TOTAL_SPEND, "empty"),
    ];
    check("", |_| (), NOW, &expected);
    check("", |stored| stored.row.pagato = None, NOW, &[(keys::PAID, "0 EUR"), (keys::BALANCE, "25250 EUR")]);
    let copy = |stored: &mut StoredBooking| (stored.row.tariffa, stored.arrives) = (None, None);
    check("", copy, NOW, &[(keys::ARRIVES_ON, "absent"), (keys::ROOM_SPEND, "empty")]);
}

#[test]
fn extras_count_as_hoteldruid_counts_them() {
    let check = |extra: [Option<&str>; 4], quantity: Option<i64>, amount: Option<i64>| {
        let [tipo, associasett, settimane, moltiplica] = extra.map(|cell| cell.map(str::to_owned));
        let mut stored = stored();
        stored.extras = vec![Extra {
            idcostiprenota: cell("2"),
            nome: cell("minibar"),
            valore: cell("12.5"),
            tipo,
            associasett,
            settimane,
            moltiplica,
            ..Extra::default()
        }];
        let (document, _) = booking(&stored, &hotel(""), at(NOW));
        let set = document.get(&keys::EXTRAS).and_then(Seen::elements).expect("a set");
        let Some(Value::Entry(entry)) = set.values().next().map(|held| &*held.0) else { panic!("an entry") };
        let money = amount.map(|amount_minor| Value::Money(Money { amount_minor, currency: "EUR".into() }));
        assert_eq!(entry.get("quantity"), quantity.map(Value::Integer).as_ref());
        assert_eq!(entry.get("amount"), money.as_ref());
    };
    check([Some("uf"), None, None, Some("2")], Some(2), Some(2500));
    check([Some("uf"), None, None, None], Some(1), Some(1250));
    check([Some("sf"), None, Some("3"), Some("2")], Some(6), Some(7500));
    // One of the listed periods lies outside of the stay.
    check([Some("sf"), Some("s"), Some(",338,339,341,"), Some(",5,1,2,")], Some(3), Some(3750));
    check([Some("up"), None, None, Some("1")], Some(1), None);
}

#[test]
fn room_is_named_by_the_hotels_rules() {
    let check = |settings: &str, change: fn(&mut StoredBooking), expected: &[(&str, &str)]| {
        let mut stored = stored();
        change(&mut stored);
        let (document, _) = booking(&stored, &hotel(settings), at(NOW));
        let set = document.get(&keys::ROOMS).and_then(Seen::elements).expect("a set");
        let Some(Value::Entry(entry)) = set.values().next().map(|held| &*held.0) else { panic!("an entry") };
        let single = |value: &Value| Document::new().with(keys::NUMBER, Seen::one(value.clone()));
        let shown: BTreeMap<_, _> =
            entry.iter().map(|(name, v)| (name.as_str(), shown(&single(v), &keys::NUMBER))).collect();
        for (name, value) in expected {
            assert_eq!(shown.get(name).map_or("absent", String::as_str), *value, "{name}");
        }
    };
    let rules = "children = [\"Child\"]\n\
        room_categories = [{ category = \"Suite\", rooms = [\"05\"] }, { category = \"Main house\", house = \"Main\" }]\n\
        boards = [{ rate = \"Suite & BB\", board = \"breakfast\" }]";
    let plain = [
        ("number", "04"),
        ("category", "absent"),
        ("rate_code", "Suite & BB"),
        ("adults", "3"),
        ("children", "absent"),
    ];
    check("", |_| (), &plain);
    check(rules, |_| (), &[("category", "Main house"), ("board", "breakfast")]);
    check(rules, |stored| stored.row.idappartamenti = cell("05"), &[("category", "Suite")]);
    let family = |stored: &mut StoredBooking| {
        stored.row.cat_persone = cell("1<0>2>1>100>en>adult>adults<1>1>0>50>en>child>children");
    };
    check(rules, family, &[("adults", "2"), ("children", "1"), ("infants", "0")]);
}

#[test]
fn channel_is_what_the_hotel_says_or_its_own_word() {
    let rules = "channels = [{ origin = \"booking.com\", channel = \"ota\" }]";
    let check = |origin: Option<&'static str>, expected: &str| {
        let change = move |stored: &mut StoredBooking| stored.row.origine = origin.map(str::to_owned);
        check(rules, change, NOW, &[(keys::CHANNEL, expected)]);
    };
    check(Some("Booking.com"), "ota");
    check(Some("Aunt &amp; uncle"), "Aunt & uncle");
    check(None, "empty");
}

#[test]
fn guest_is_never_cleared_by_what_cannot_be_read() {
    let check = |row: Guest, field: &FieldKey, expected: &str| {
        let guest = StoredGuest { row, custom: Vec::new() };
        assert_eq!(shown(&person(&guest, &hotel("")), field), expected, "{field}");
    };
    let none = Guest::default;
    check(none(), &keys::NATIONALITIES, "");
    check(Guest { nazionalita: cell("Ruritania"), ..none() }, &keys::NATIONALITIES, "masked");
    check(Guest { lingua: cell("zz9"), ..none() }, &keys::LANGUAGE, "masked");
    check(Guest { datanascita: cell("19800304"), ..none() }, &keys::BIRTH_DATE, "masked");
    check(Guest { datanascita: cell("1980-03-04"), ..none() }, &keys::BIRTH_DATE, "1980-03-04");
    check(Guest { sesso: cell(" "), ..none() }, &keys::SEX, "empty");
    check(
        Guest { cittanascita: cell("Roma"), nazionenascita: cell("Italy"), ..none() },
        &keys::BIRTH_PLACE,
        "Roma, Italy",
    );
}

#[test]
fn companies_are_told_by_the_configured_rule() {
    let check = |rule: &str, row: Guest, custom: &[(&str, &str)], expected: bool| {
        let custom = custom.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let hotel = hotel(&format!("companies = {{ {rule} }}"));
        assert_eq!(is_company(&StoredGuest { row, custom }, &hotel.settings.companies), expected, "{rule}");
    };
    let vat = || Guest { cognome: cell("Acme"), partita_iva: cell("B1"), ..Guest::default() };
    check("when = \"never\"", vat(), &[], false);
    check("when = \"vat_number_without_name\"", vat(), &[], true);
    check("when = \"vat_number_without_name\"", Guest { nome: cell("Eva"), ..vat() }, &[], false);
    check("when = \"title\", titles = [\"Firm\"]", Guest { titolo: cell("Firm"), ..vat() }, &[], true);
    check("when = \"title\", titles = [\"Firm\"]", vat(), &[], false);
    let field = "when = \"custom_field\", field = \"Kind\", value = \"company\"";
    check(field, vat(), &[("Kind", "Company")], true);
    check(field, vat(), &[("Kind", "person")], false);
    check("when = \"custom_field\", field = \"Kind\"", vat(), &[("Kind", "x")], true);
    let document = company(&StoredGuest { row: vat(), custom: Vec::new() }, &hotel(""));
    assert_eq!(
        (shown(&document, &keys::NAME), shown(&document, &keys::TAX_ID)),
        ("Acme".into(), "B1".into())
    );
    assert!(document.get(&keys::SURNAME).is_none() && RecordKind::Company.rank() == 0);
}

#[test]
fn identity_documents_stay_out_unless_asked_for() {
    let guest = StoredGuest { row: Guest { documento: cell("X1"), ..Guest::default() }, custom: Vec::new() };
    assert!(person(&guest, &hotel("")).get(&keys::IDENTITY_DOCUMENTS).is_none());
    let document = person(&guest, &hotel("identity_documents = true"));
    let set = document.get(&keys::IDENTITY_DOCUMENTS).and_then(Seen::elements).expect("a set");
    assert!(matches!(set.values().next().map(|held| &*held.0), Some(Value::Special(_))));
}
