//! What HotelDruid says that its bookings add up to, beside what reading them one by one adds up to.

use std::collections::BTreeMap;

use cardex::model::{RecordKind, RemoteRef, StayTotal, Value, keys};

use super::date;
use super::rig::{Rig, text};
use crate::support::hoteldruid::{BookedBy, Flavour, NewBooking};

#[tokio::test]
async fn own_totals_are_those_of_its_bookings_on_sqlite() {
    own_totals_are_those_of_its_bookings(Flavour::Sqlite).await;
}

#[tokio::test]
async fn own_totals_are_those_of_its_bookings_on_postgres() {
    own_totals_are_those_of_its_bookings(Flavour::Postgres).await;
}

#[tokio::test]
async fn own_totals_are_those_of_its_bookings_on_mariadb() {
    own_totals_are_those_of_its_bookings(Flavour::Mariadb).await;
}

async fn own_totals_are_those_of_its_bookings(flavour: Flavour) {
    let rig = Rig::start(flavour).await;
    let (hotel, year) = (&rig.hotel, rig.hotel.year());
    let booking = |by, room, month, day, more| NewBooking {
        by,
        room,
        arrives: date(year, month, day),
        departs: date(year, month, day + 3),
        more,
    };
    let eva = BookedBy::New("perez", "eva", &[]);
    hotel.hold(&booking(eva, "01", 12, 20, &[])).await;
    let first = hotel.book(&booking(eva, "02", 12, 5, &[])).await;
    hotel.book(&booking(BookedBy::New("ruiz", "ana", &[]), "03", 12, 5, &[])).await;
    hotel.book(&booking(BookedBy::New("gil", "leo", &[]), "04", 12, 9, &[("conferma_prenota1", "NO")])).await;
    let dropped = hotel.book(&booking(BookedBy::New("mas", "pau", &[]), "05", 12, 9, &[])).await;
    hotel.add_extra(year, first, "minibar", "12.55").await;
    hotel.cancel(year, dropped).await;

    let own = rig.connector.totals().await.expect("it answers").expect("it can say");
    let read = by_reading(&rig).await;
    assert_eq!(by_group(own), read);
    assert_eq!(read.values().map(|(reservations, _)| reservations).sum::<u64>(), 4, "{read:?}");
    assert!(read.keys().any(|group| group.contains("cancelled")), "{read:?}");
    assert!(read.values().any(|(_, amount)| *amount > 0), "{read:?}");
}

fn by_group(totals: Vec<StayTotal>) -> BTreeMap<String, (u64, i64)> {
    let group = |total: StayTotal| {
        let StayTotal { property, month, status, currency, reservations, amount } = total;
        (format!("{property} {month} {status} {currency}"), (reservations, amount))
    };
    totals.into_iter().map(group).collect()
}

async fn by_reading(rig: &Rig) -> BTreeMap<String, (u64, i64)> {
    let mut groups: BTreeMap<String, (u64, i64)> = BTreeMap::new();
    for external_id in rig.sweep(RecordKind::Reservation).await.into_keys() {
        let document = rig.seen(&RemoteRef { kind: RecordKind::Reservation, external_id }).await.document;
        let month = match document.value(&keys::ARRIVES_ON) {
            Some(Value::Date(day)) => day.format("%Y-%m").to_string(),
            _ => String::new(),
        };
        let (amount, currency) = match document.value(&keys::TOTAL) {
            Some(Value::Money(money)) => (money.amount_minor, money.currency.to_string()),
            _ => (0, String::new()),
        };
        let (property, status) = (text(&document, &keys::PROPERTY), text(&document, &keys::STATUS));
        let total = groups.entry(format!("{property} {month} {status} {currency}")).or_default();
        total.0 += 1;
        total.1 += amount;
    }
    groups
}
