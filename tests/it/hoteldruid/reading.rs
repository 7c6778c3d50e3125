//! What the connector reads of guests and bookings made in HotelDruid's own forms.

use cardex::connectors::Reading;
use cardex::model::{RecordKind, RemoteRef, Value, keys};

use super::date;
use super::rig::{Rig, text};
use crate::support::hoteldruid::{BookedBy, Flavour, NewBooking, NewGuest};

#[tokio::test]
async fn guest_is_read_as_it_was_meant_on_sqlite() {
    guest_is_read_as_it_was_meant(Flavour::Sqlite).await;
}

#[tokio::test]
async fn guest_is_read_as_it_was_meant_on_postgres() {
    guest_is_read_as_it_was_meant(Flavour::Postgres).await;
}

#[tokio::test]
async fn guest_is_read_as_it_was_meant_on_mariadb() {
    guest_is_read_as_it_was_meant(Flavour::Mariadb).await;
}

async fn guest_is_read_as_it_was_meant(flavour: Flavour) {
    let rig = Rig::start(flavour).await;
    let long = "Ñandú & ".repeat(12);
    let more: &[(&str, &str)] = &[
        ("sesso", "f"),
        ("giornonascita", "04"),
        ("mesenascita", "03"),
        ("annonascita", "1980"),
        ("nazione", "Spain"),
        ("nazionalita", "France"),
        ("citta", "madrid"),
        ("via", "Street"),
        ("nomevia", "colón"),
        ("numcivico", "5 b"),
        ("cap", "28001"),
        ("email2", "second@x.org"),
        ("lingua_cli", "es"),
        ("soprannome", &long),
    ];
    let guest =
        NewGuest { surname: "o'brien & sons", name: "mary", email: "Mary@X.org", phone: "600 112 233", more };
    let id = rig.hotel.new_guest(&guest).await;
    let (subject, document) = rig.only(RecordKind::Person).await;
    assert!(subject.external_id.as_str().starts_with(&format!("{id}@")), "{subject:?}");
    assert_eq!(rig.seen(&subject).await.slot.as_deref(), Some(id.to_string().as_str()));
    assert_eq!(text(&document, &keys::SURNAME), "O'brien & Sons");
    assert_eq!(text(&document, &keys::GIVEN_NAMES), "Mary");
    assert_eq!(text(&document, &keys::SEX), "female");
    assert_eq!(document.value(&keys::BIRTH_DATE), Some(&Value::Date(date(1980, 3, 4))));
    assert!(long.starts_with(&text(&document, &keys::PREFERRED_NAME)), "a cut value is a beginning");
    let set = |field| document.get(&field).and_then(|seen| seen.elements()).cloned().unwrap_or_default();
    let keys_of = |field| set(field).keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(keys_of(keys::EMAILS), ["mary@x.org", "second@x.org"]);
    assert_eq!(keys_of(keys::PHONES), ["+34600112233"]);
    assert_eq!(keys_of(keys::NATIONALITIES), ["FR"]);
    let addresses = set(keys::ADDRESSES);
    let Some(Value::Address(address)) = addresses.values().next().map(|held| &**held) else {
        panic!("there is an address")
    };
    assert_eq!((address.street.as_str(), address.city.as_str()), ("Colón Street 5 b", "Madrid"));
    assert_eq!(address.country.as_ref().map(|country| country.0.to_string()).as_deref(), Some("ES"));
}

#[tokio::test]
async fn walk_of_many_pages_lists_every_guest_on_sqlite() {
    walk_of_many_pages_lists_every_guest(Flavour::Sqlite).await;
}

#[tokio::test]
async fn walk_of_many_pages_lists_every_guest_on_postgres() {
    walk_of_many_pages_lists_every_guest(Flavour::Postgres).await;
}

#[tokio::test]
async fn walk_of_many_pages_lists_every_guest_on_mariadb() {
    walk_of_many_pages_lists_every_guest(Flavour::Mariadb).await;
}

async fn walk_of_many_pages_lists_every_guest(flavour: Flavour) {
    const GUESTS: usize = 1_234;
    let rig = Rig::start(flavour).await;
    let rows: Vec<String> =
        (1..=GUESTS).map(|id| format!("({id}, 'Guest', '2026-01-01 10:00:00')")).collect();
    let insert = "insert into clienti (idclienti, cognome, datainserimento) values ";
    rig.hotel.sql(&format!("{insert}{}", rows.join(", "))).await;
    assert_eq!(rig.sweep(RecordKind::Person).await.len(), GUESTS);
}

#[tokio::test]
async fn booking_is_read_through_its_whole_life_on_sqlite() {
    booking_is_read_through_its_whole_life(Flavour::Sqlite).await;
}

#[tokio::test]
async fn booking_is_read_through_its_whole_life_on_postgres() {
    booking_is_read_through_its_whole_life(Flavour::Postgres).await;
}

#[tokio::test]
async fn booking_is_read_through_its_whole_life_on_mariadb() {
    booking_is_read_through_its_whole_life(Flavour::Mariadb).await;
}

async fn booking_is_read_through_its_whole_life(flavour: Flavour) {
    let rig = Rig::start(flavour).await;
    let (hotel, year) = (&rig.hotel, rig.hotel.year());
    let booking = NewBooking {
        by: BookedBy::New("perez", "eva", &[("email", "eva@x.org")]),
        room: "02",
        arrives: date(year, 12, 5),
        departs: date(year, 12, 7),
        more: &[
            ("commento1_1", "late & <b>"),
            ("origine_prenota1", "Booking.com"),
            ("giorno_stima_checkin1", "1"),
            ("ora_stima_checkin1", "18"),
            ("min_stima_checkin1", "30"),
        ],
    };
    hotel.hold(&booking).await;
    assert!(rig.sweep(RecordKind::Reservation).await.is_empty(), "a held room is no booking");
    let number = hotel.book(&booking).await;
    let (subject, document) = rig.only(RecordKind::Reservation).await;
    assert_eq!(text(&document, &keys::STATUS), "confirmed");
    assert_eq!(text(&document, &keys::ARRIVAL_TIME), "18:30");
    assert_eq!(text(&document, &keys::REMARKS), "late & <b>");
    assert_eq!(text(&document, &keys::CHANNEL), "Booking.com");
    assert!(document.value(&keys::CHECKED_OUT_AT).is_none(), "an announced arrival is no departure");
    assert_eq!(document.value(&keys::ARRIVES_ON), Some(&Value::Date(date(year, 12, 5))));
    assert_eq!(document.value(&keys::DEPARTS_ON), Some(&Value::Date(date(year, 12, 7))));
    let (holder, _) = rig.only(RecordKind::Person).await;
    let reference = cardex::model::Reference::Remote(RecordKind::Person, holder.external_id);
    assert_eq!(document.value(&keys::HOLDER), Some(&Value::Reference(reference)));

    hotel.move_booking(year, number, date(year, 12, 10), date(year, 12, 13)).await;
    hotel.pay(year, number, "100.5", "Cash").await;
    hotel.add_extra(year, number, "minibar", "12.5").await;
    hotel.add_companion(year, number, "Smith", "Tim").await;
    let document = rig.seen(&subject).await.document;
    assert_eq!(document.value(&keys::ARRIVES_ON), Some(&Value::Date(date(year, 12, 10))));
    let cents = |field| match document.value(&field) {
        Some(Value::Money(money)) => money.amount_minor,
        _ => 0,
    };
    assert_eq!([keys::TOTAL, keys::PAID, keys::BALANCE].map(cents), [25_250, 10_050, 15_200]);
    for (field, count) in [(keys::EXTRAS, 1), (keys::PAYMENTS, 1), (keys::ACCOMPANYING, 1), (keys::ROOMS, 1)]
    {
        assert_eq!(
            document.get(&field).and_then(|seen| seen.elements()).map(litemap::LiteMap::len),
            Some(count),
            "{field}"
        );
    }
    hotel.check_in(year, number).await;
    assert_eq!(status(&rig, &subject).await, "in_house");
    hotel.undo_check_in(year, number).await;
    assert_eq!(status(&rig, &subject).await, "confirmed");
    hotel.check_in(year, number).await;
    hotel.check_out(year, number).await;
    assert_eq!(status(&rig, &subject).await, "checked_out");
}

async fn status(rig: &Rig, subject: &RemoteRef) -> String {
    text(&rig.seen(subject).await.document, &keys::STATUS)
}

#[tokio::test]
async fn end_of_a_booking_is_read_from_where_it_went_on_sqlite() {
    end_of_a_booking_is_read_from_where_it_went(Flavour::Sqlite).await;
}

#[tokio::test]
async fn end_of_a_booking_is_read_from_where_it_went_on_postgres() {
    end_of_a_booking_is_read_from_where_it_went(Flavour::Postgres).await;
}

#[tokio::test]
async fn end_of_a_booking_is_read_from_where_it_went_on_mariadb() {
    end_of_a_booking_is_read_from_where_it_went(Flavour::Mariadb).await;
}

async fn end_of_a_booking_is_read_from_where_it_went(flavour: Flavour) {
    let rig = Rig::start(flavour).await;
    let (hotel, year) = (&rig.hotel, rig.hotel.year());
    let booking = NewBooking {
        by: BookedBy::New("Perez", "Eva", &[]),
        room: "01",
        arrives: date(year, 12, 20),
        departs: date(year, 12, 22),
        more: &[],
    };
    let number = hotel.book(&booking).await;
    let (subject, _) = rig.only(RecordKind::Reservation).await;
    hotel.cancel(year, number).await;
    let seen = rig.seen(&subject).await;
    assert_eq!(text(&seen.document, &keys::STATUS), "cancelled");
    assert_eq!(seen.actor.as_deref(), Some("admin"));
    assert!(matches!(seen.document.value(&keys::CANCELLED_AT), Some(Value::Instant(_))));

    let number = hotel.book(&NewBooking { by: BookedBy::New("Gone", "Tom", &[]), ..booking }).await;
    let others = rig.sweep(RecordKind::Reservation).await;
    let gone = others.into_keys().find(|id| *id != subject.external_id).expect("there is another");
    let gone = RemoteRef { kind: RecordKind::Reservation, external_id: gone };
    hotel.delete_booking(year, number).await;
    assert_eq!(rig.reading(&gone).await, Reading::NotFound(gone.clone()));

    let first = hotel.new_guest(&NewGuest { surname: "First", ..NewGuest::default() }).await;
    let guests = rig.sweep(RecordKind::Person).await;
    let slot = format!("{first}@");
    let first = guests.into_keys().find(|id| id.as_str().starts_with(&slot)).expect("the guest is listed");
    let first = RemoteRef { kind: RecordKind::Person, external_id: first };
    hotel.delete_guest(slot.trim_end_matches('@').parse().expect("a number")).await;
    assert_eq!(rig.reading(&first).await, Reading::NotFound(first.clone()));
    let second = loop {
        // The stamp has seconds: the next guest is entered in another one.
        let second = hotel.new_guest(&NewGuest { surname: "Second", ..NewGuest::default() }).await;
        let guests = rig.sweep(RecordKind::Person).await;
        let id = guests.into_keys().find(|id| id.as_str().starts_with(&slot)).expect("the guest is listed");
        if id != first.external_id {
            break id;
        }
        hotel.delete_guest(second).await;
    };
    let second = RemoteRef { kind: RecordKind::Person, external_id: second };
    let seen = rig.seen(&second).await;
    assert_eq!(seen.slot.as_deref(), Some(slot.trim_end_matches('@')), "the number was given out again");
    assert_eq!(rig.reading(&first).await, Reading::NotFound(first.clone()), "and shows another guest");
}

#[tokio::test]
async fn reservation_stays_one_over_new_year_on_sqlite() {
    reservation_stays_one_over_new_year(Flavour::Sqlite).await;
}

#[tokio::test]
async fn reservation_stays_one_over_new_year_on_postgres() {
    reservation_stays_one_over_new_year(Flavour::Postgres).await;
}

#[tokio::test]
async fn reservation_stays_one_over_new_year_on_mariadb() {
    reservation_stays_one_over_new_year(Flavour::Mariadb).await;
}

async fn reservation_stays_one_over_new_year(flavour: Flavour) {
    let rig = Rig::start(flavour).await;
    let (hotel, year) = (&rig.hotel, rig.hotel.year());
    let across = NewBooking {
        by: BookedBy::New("Silvester", "Ann", &[]),
        room: "01",
        arrives: date(year, 12, 29),
        departs: date(year + 1, 1, 3),
        more: &[],
    };
    let ahead = NewBooking {
        by: BookedBy::New("Later", "Bob", &[]),
        room: "02",
        arrives: date(year + 1, 2, 1),
        departs: date(year + 1, 2, 4),
        more: &[],
    };
    let first = hotel.book(&across).await;
    let second = hotel.book(&ahead).await;
    hotel.pay(year, second, "50", "Visa").await;
    let before = rig.sweep(RecordKind::Reservation).await;
    assert_eq!(before.len(), 2);
    hotel.open_next_year(year).await;
    let after = rig.sweep(RecordKind::Reservation).await;
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "the ids stay");
    for id in after.into_keys() {
        let document = rig.seen(&RemoteRef { kind: RecordKind::Reservation, external_id: id }).await.document;
        let arrives = document.value(&keys::ARRIVES_ON).cloned();
        let number = text(&document, &keys::NUMBER);
        if arrives == Some(Value::Date(across.arrives)) {
            assert_eq!(number, format!("{first}/{year}"), "the original stands for its copy");
            assert_eq!(document.value(&keys::DEPARTS_ON), Some(&Value::Date(across.departs)));
        } else {
            assert_eq!(arrives, Some(Value::Date(ahead.arrives)));
            assert!(number.ends_with(&format!("/{}", year + 1)), "{number}");
            let payments = document.get(&keys::PAYMENTS).and_then(|seen| seen.elements());
            assert_eq!(
                payments.map(litemap::LiteMap::len),
                Some(1),
                "a payment of the old year still counts"
            );
        }
    }
    // Cancelled in the new year: cancelling it in the old one fails in HotelDruid 3.0.4 on PostgreSQL.
    let copies =
        hotel.rows(&format!("select idprenota from prenota{} where iddatainizio = 0", year + 1)).await;
    hotel.cancel(year + 1, copies[0]["idprenota"].as_i64().expect("a number")).await;
    let cancelled = rig.sweep(RecordKind::Reservation).await;
    assert_eq!(before.keys().collect::<Vec<_>>(), cancelled.keys().collect::<Vec<_>>(), "and still one");
    let mut statuses = Vec::new();
    for id in cancelled.into_keys() {
        statuses.push(status(&rig, &RemoteRef { kind: RecordKind::Reservation, external_id: id }).await);
    }
    statuses.sort();
    assert_eq!(statuses, ["cancelled", "confirmed"]);
}
