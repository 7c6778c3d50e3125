//! The history of a real HotelDruid: three years of bookings, those over New Year in two tables, one reservation each.
//!
//! `CARDEX_TEST_BOOKINGS` is how many there are; the suite makes a few hundred. By hand, on a release build:
//!
//! ```sh
//! CARDEX_TEST_PROGRAM=$PWD/target/release/cardex CARDEX_TEST_BOOKINGS=20000 cargo test --test it -- import::hoteldruid --nocapture
//! ```

use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Instant;

use crate::support::hoteldruid::{Flavour, HotelDruid};
use crate::support::hub::Backend;
use crate::support::postgres;
use crate::support::site::Site;
use crate::support::size;

/// How many bookings the suite makes.
const BOOKINGS: u32 = 300;
/// How many bookings a guest has, on average.
const TIMES: u32 = 3;

#[tokio::test]
async fn three_years_of_bookings_become_one_reservation_each_on_sqlite() {
    three_years_of_bookings_become_one_reservation_each(Backend::Sqlite, Flavour::Sqlite).await;
}

#[tokio::test]
async fn three_years_of_bookings_become_one_reservation_each_on_postgres() {
    three_years_of_bookings_become_one_reservation_each(Backend::Postgres, Flavour::Postgres).await;
}

#[tokio::test]
async fn three_years_of_bookings_become_one_reservation_each_on_mariadb() {
    three_years_of_bookings_become_one_reservation_each(Backend::Sqlite, Flavour::Mariadb).await;
}

async fn three_years_of_bookings_become_one_reservation_each(hub: Backend, flavour: Flavour) {
    let bookings = size("CARDEX_TEST_BOOKINGS", BOOKINGS);
    let hotel = HotelDruid::start(flavour).await;
    let made = fill(&hotel, bookings).await;
    assert!(made.copies > 0, "no stay is over New Year");
    let site = site(&hotel, hub).await;

    let began = Instant::now();
    let first = import(&site, &[]).remove(0);
    let took = began.elapsed();
    let began = Instant::now();
    let second = import(&site, &[]).remove(0);
    println!(
        "{flavour:?}, hub on {hub:?}: {} bookings ({} in two years) of {} guests in {} ms, once more in {} ms",
        made.reservations,
        made.copies,
        made.guests,
        took.as_millis(),
        began.elapsed().as_millis()
    );
    let records = made.guests + made.reservations;
    let counts = |told: &Value| {
        ["records", "applied", "new", "unchanged", "rejected", "waiting"].map(|key| told[key].clone())
    };
    assert_eq!(counts(&first), [records, records, records, 0, 0, 0].map(|count| json!(count)), "{first}");
    assert_eq!(counts(&second), [records, 0, 0, records, 0, 0].map(|count| json!(count)), "{second}");

    // The hotel's own totals are the hub's, in every status.
    let began = Instant::now();
    let told = import(&site, &["--control"]);
    println!("  and with its control totals in {} ms", began.elapsed().as_millis());
    assert_eq!(told[1]["control"], "green", "{:?}", told.get(1));
    assert!(told[1]["totals"].as_u64() >= Some(36 + 4), "a month or a status is missing: {}", told[1]);
}

/// What the hotel holds.
struct Made {
    guests: u32,
    /// Each once, however many tables it stands in.
    reservations: u32,
    /// How many of them stand in the tables of two years.
    copies: u32,
}

/// Writes guests and bookings into the hotel's own tables, a third of the bookings in each year; every fortieth is over New
/// Year and stands in the tables of both years, as HotelDruid leaves it when the next year is opened; every tenth is
/// cancelled; of the others as many are in house, checked out, tentative and nothing of it.
async fn fill(hotel: &HotelDruid, bookings: u32) -> Made {
    let first = hotel.year();
    hotel.open_next_year(first).await;
    hotel.open_next_year(first + 1).await;
    let guests = (bookings / TIMES).max(1);
    hotel.sql(&guests_of(first, guests)).await;
    let (mut reservations, mut n_copies) = (0, 0);
    for step in 0..3 {
        let year = first + step;
        let of_year = bookings / 3;
        reservations += of_year;
        let next_has_tables = step < 2;
        let days = days(hotel, year).await;
        let (mut kept, mut gone) = (
            Rows::new(&format!("prenota{year}"), COLUMNS),
            Rows::new(&format!("prenotacanc{year}"), COLUMNS),
        );
        let mut copies = Rows::new(&format!("prenota{}", year + 1), COLUMNS);
        for number in 1..=of_year {
            let guest = number % guests + 1;
            let code = format!("{}{}", char::from(b'a' + u8::try_from(step).unwrap_or_default()), "xyz");
            let entered = format!("{year}-01-01 {}", clock(number));
            let money = "80, 80, 0, 0";
            let is_over_new_year = next_has_tables && number % 40 == 0;
            let from = if is_over_new_year {
                days.last - 2
            } else {
                days.first + i64::from(number) % (days.last - days.first - 6)
            };
            let until = from + if is_over_new_year { 4 } else { 2 };
            // Numbers of the years before are passed by: a copy has a number of its own.
            let own = 100_000 * i64::from(step) + i64::from(number);
            let state = STATES[number as usize % STATES.len()];
            let row = |number: i64, from: i64, until: i64, rate: &str, before: &str, remark: &str| {
                format!(
                    "{number}, {guest}, '01', {from}, {until}, 2, {rate}, {money}, {state}, '{remark}', '{code}', {before}, '{entered}', 1"
                )
            };
            let rate = "'Double BB#@&80'";
            if number % 10 == 0 && !is_over_new_year {
                gone.push(&row(
                    own,
                    from,
                    until,
                    rate,
                    "null",
                    &format!(">hd_del_res<admin|{year}-02-01 10:00"),
                ));
                continue;
            }
            kept.push(&row(own, from, until, rate, "null", ""));
            if is_over_new_year {
                n_copies += 1;
                let copy = 50_000 + own;
                copies.push(&row(
                    copy,
                    0,
                    until - (days.last - days.first + 1),
                    "null",
                    &format!("';{year},{own};'"),
                    "",
                ));
            }
        }
        hotel.sql(&(kept.statements + &gone.statements + &copies.statements)).await;
    }
    Made { guests, reservations, copies: n_copies }
}

/// Guests, some of whom have one surname.
fn guests_of(first: i32, guests: u32) -> String {
    let mut rows = Rows::new(
        "clienti",
        "idclienti, cognome, nome, sesso, email, telefono, datainserimento, hostinserimento, utente_inserimento",
    );
    for guest in 1..=guests {
        let surname = if guest % 7 == 0 { "Twin" } else { "Guest" };
        rows.push(&format!(
            "{guest}, '{surname} {guest}', 'Ana', 'f', 'g{guest}@example.com', '6{guest:08}', '{first}-01-01 {}', 'localhost', 1",
            clock(guest)
        ));
    }
    rows.statements
}

const COLUMNS: &str = "idprenota, idclienti, idappartamenti, iddatainizio, iddatafine, num_persone, tariffa, tariffa_tot, caparra, \
     commissioni, pagato, conferma, checkin, checkout, commento, codice, id_anni_prec, datainserimento, utente_inserimento";

/// Confirmation, arrival and departure: what is registered of a booking. What is confirmed and past is a no-show.
const STATES: [&str; 4] = [
    "'S', null, null",
    "'S', '2026-01-02 15:00:00', '2026-01-04 10:00:00'",
    "'S', '2026-01-02 15:00:00', null",
    "'N', null, null",
];

/// The numbers of a year's first and last day.
struct Days {
    first: i64,
    last: i64,
}

async fn days(hotel: &HotelDruid, year: i32) -> Days {
    let number = async |day: &str| {
        let sql = format!("select idperiodi from periodi{year} where datainizio = '{year}-{day}'");
        let rows = hotel.rows(&sql).await;
        rows.first().and_then(|row| row["idperiodi"].as_i64()).unwrap_or_else(|| panic!("no {day} of {year}"))
    };
    Days { first: number("01-01").await, last: number("12-31").await }
}

/// A time of day that no other row of the table has within a day of seconds.
fn clock(number: u32) -> String {
    let second = number % 86_400;
    format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
}

/// Insert statements of some hundred rows each.
struct Rows {
    head: String,
    statements: String,
    pushed: usize,
}

impl Rows {
    fn new(table: &str, columns: &str) -> Self {
        Self {
            head: format!("insert into {table} ({columns}) values "),
            statements: String::new(),
            pushed: 0,
        }
    }

    fn push(&mut self, row: &str) {
        let text = &mut self.statements;
        if self.pushed.is_multiple_of(200) {
            text.push_str(&self.head);
        } else {
            // The statement so far ends with a semicolon.
            text.truncate(text.len() - 2);
            text.push_str(", ");
        }
        let _ = writeln!(text, "({row});");
        self.pushed += 1;
    }
}

/// A site with this hotel and no CRM.
async fn site(hotel: &HotelDruid, hub: Backend) -> Site {
    let secrets = tempfile::tempdir().expect("a temporary folder").keep();
    let store = match hub {
        Backend::Sqlite => String::new(),
        Backend::Postgres => postgres::cluster().fresh_database().await,
    };
    let systems = format!(
        "[systems.pms]\nconnector = \"hoteldruid\"\nproperty = \"alba\"\nside = \"pms\"\n\
         [systems.pms.settings.no_show]\nat = \"06:00:00\"\n[systems.pms.settings.database]\n{}",
        hotel.connection(&secrets)
    );
    Site::new(&store, &systems)
}

/// Imports, and gives the objects that were told.
fn import(site: &Site, more: &[&str]) -> Vec<Value> {
    let out = site.prints(&[&["--output", "json", "import", "pms"], more].concat());
    out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}
