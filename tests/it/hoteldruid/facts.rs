//! What a real HotelDruid does to its tables when its forms are used: the facts the connector
//! is built on.

use serde_json::Value;

use super::date;
use crate::support::hoteldruid::{BookedBy, Flavour, HotelDruid, NewBooking, NewGuest};

/// The only row of `table` where `condition` holds.
async fn row(hotel: &HotelDruid, table: &str, condition: &str) -> Value {
    let rows = hotel.rows(&format!("select * from {}{table} where {condition}", hotel.prefix())).await;
    assert_eq!(rows.len(), 1, "{table} where {condition}: {rows:?}");
    rows.into_iter().next().unwrap_or_default()
}

#[tokio::test]
async fn forms_write_what_the_connector_expects_on_sqlite() {
    check(&HotelDruid::start(Flavour::Sqlite).await).await;
}

#[tokio::test]
async fn forms_write_what_the_connector_expects_on_postgres() {
    check(&HotelDruid::start(Flavour::Postgres).await).await;
}

#[tokio::test]
async fn forms_write_what_the_connector_expects_on_mariadb() {
    check(&HotelDruid::start(Flavour::Mariadb).await).await;
}

#[tokio::test]
async fn forms_write_what_the_connector_expects_behind_a_prefix() {
    check(&HotelDruid::start_prefixed(Flavour::Sqlite).await).await;
}

async fn check(hotel: &HotelDruid) {
    let id = guests_are_stored_escaped_and_capitalised(hotel).await;
    edits_change_the_booking_in_place(hotel, id).await;
    cancelled_bookings_move_and_deleted_ones_vanish(hotel).await;
    guest_numbers_are_used_again(hotel).await;
    stay_across_new_year_is_copied(hotel).await;
}

async fn guests_are_stored_escaped_and_capitalised(hotel: &HotelDruid) -> i64 {
    let guest =
        NewGuest { surname: "o'brien & sons", name: "de la cruz", email: "A@x.org", ..NewGuest::default() };
    let id = hotel.new_guest(&guest).await;
    let stored = row(hotel, "clienti", &format!("idclienti = {id}")).await;
    assert_eq!(stored["cognome"], "O&#039;brien &amp; Sons");
    assert_eq!(stored["nome"], "De La Cruz");
    hotel.edit_guest(id, &[("n_telefono", "+34 600 000 001"), ("n_commento", "quiet")]).await;
    let stored = row(hotel, "clienti", &format!("idclienti = {id}")).await;
    assert_eq!(stored["telefono"], "+34 600 000 001");
    id
}

async fn edits_change_the_booking_in_place(hotel: &HotelDruid, id: i64) {
    let year = hotel.year();
    let booking = NewBooking {
        by: BookedBy::Known(id, "o'brien & sons", "de la cruz"),
        room: "02",
        arrives: date(year, 12, 5),
        departs: date(year, 12, 7),
        more: &[("commento1_1", "late"), ("origine_prenota1", "Booking.com")],
    };
    let number = hotel.book(&booking).await;
    let table = format!("prenota{year}");
    let this = format!("idprenota = {number}");
    let stored = row(hotel, &table, &this).await;
    assert_eq!(
        (stored["idclienti"].as_i64(), stored["tariffa"].as_str()),
        (Some(id), Some("Double BB#@&160"))
    );
    hotel.move_booking(year, number, date(year, 12, 10), date(year, 12, 13)).await;
    hotel
        .edit_booking(year, number, &[("n_appartamento", "03"), ("n_numpersone", "3"), ("n_commento", "<b>")])
        .await;
    hotel.pay(year, number, "100.5", "Cash").await;
    hotel.add_extra(year, number, "minibar", "12.5").await;
    hotel.add_companion(year, number, "Smith", "Tim").await;
    let stored = row(hotel, &table, &this).await;
    assert_eq!((stored["tariffa_tot"].as_f64(), stored["pagato"].as_f64()), (Some(252.5), Some(100.5)));
    assert_eq!((stored["idappartamenti"].as_str(), stored["num_persone"].as_i64()), (Some("03"), Some(3)));
    row(hotel, &format!("costiprenota{year}"), &format!("{this} and nome = 'minibar'")).await;
    row(hotel, &format!("rclientiprenota{year}"), &format!("{this} and idclienti <> {id}")).await;
    row(hotel, &format!("soldi{year}"), "saldo_prenota = 100.5").await;

    hotel.check_in(year, number).await;
    assert!(row(hotel, &table, &this).await["checkin"].is_string());
    hotel.undo_check_in(year, number).await;
    assert!(row(hotel, &table, &this).await["checkin"].is_null());
    hotel.check_in(year, number).await;
    hotel.check_out(year, number).await;
    assert!(row(hotel, &table, &this).await["checkout"].is_string());
}

async fn cancelled_bookings_move_and_deleted_ones_vanish(hotel: &HotelDruid) {
    let year = hotel.year();
    let doomed = NewBooking {
        by: BookedBy::New("Perez", "Eva", &[("email", "eva@x.org")]),
        room: "05",
        arrives: date(year, 12, 5),
        departs: date(year, 12, 7),
        more: &[],
    };
    let cancelled = hotel.book(&doomed).await;
    hotel.cancel(year, cancelled).await;
    let stored = row(hotel, &format!("prenotacanc{year}"), &format!("idprenota = {cancelled}")).await;
    assert!(stored["commento"].as_str().is_some_and(|text| text.contains(">hd_del_res<")), "{stored}");
    let known = row(hotel, "clienti", "cognome = 'Perez'").await["idclienti"].as_i64().expect("a number");
    let gone = hotel.book(&NewBooking { by: BookedBy::Known(known, "Perez", "Eva"), ..doomed }).await;
    hotel.delete_booking(year, gone).await;
    hotel.hold(&NewBooking { by: BookedBy::New("Nobody", "Yet", &[]), room: "04", ..doomed }).await;
    row(hotel, &format!("prenota{year}"), "idclienti = 0").await;
}

async fn guest_numbers_are_used_again(hotel: &HotelDruid) {
    let last = hotel.new_guest(&NewGuest { surname: "Last", ..NewGuest::default() }).await;
    hotel.delete_guest(last).await;
    let next = hotel.new_guest(&NewGuest { surname: "Next", ..NewGuest::default() }).await;
    assert_eq!(next, last, "the number of a deleted guest is used again");
}

async fn stay_across_new_year_is_copied(hotel: &HotelDruid) {
    let year = hotel.year();
    let table = format!("prenota{year}");
    let twin = NewBooking {
        by: BookedBy::New("Silvester", "Ann", &[]),
        room: "01",
        arrives: date(year, 12, 29),
        departs: date(year + 1, 1, 3),
        more: &[("giorno_stima_checkin1", "1"), ("ora_stima_checkin1", "18"), ("min_stima_checkin1", "30")],
    };
    let over = hotel.book(&twin).await;
    assert!(row(hotel, &table, &format!("idprenota = {over}")).await["checkout"].is_string());
    hotel.open_next_year(year).await;
    let lineage = format!("id_anni_prec = ';{year},{over};'");
    let copy = row(hotel, &format!("prenota{}", year + 1), &lineage).await;
    assert_eq!(copy["iddatainizio"].as_i64(), Some(0));
}
