//! How long a change of a status takes from the hotel to the CRM while a history is imported, beside what it takes
//! otherwise.
//!
//! Prints what it measures and asserts only that everything arrived. The suite imports a few thousand rows; by hand, on a
//! release build:
//!
//! ```sh
//! cargo build --release
//! CARDEX_TEST_PROGRAM=$PWD/target/release/cardex CARDEX_TEST_ROWS=1000000 \
//!     cargo test --test it -- front_desk_and_history --test-threads=1 --nocapture
//! ```
//!
//! `CARDEX_TEST_RELEASE=1` lets the history go on to the CRM at once, so that it is written to as well.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::hub::Backend;
use crate::support::pair::fields;
use crate::support::postgres;
use crate::support::site::{Site, eventually};
use crate::support::size;
use cardex::clock::Clock;
use cardex::demo::Demo;
use cardex::demo::cardex::Size;

/// How many rows the suite imports.
const ROWS: u32 = 4_000;
/// How many changes are timed before the import begins.
const CHANGES: usize = 200;
/// How long one may take until it is lost.
const DEADLINE: Duration = Duration::from_mins(2);
/// How often the CRM is looked at.
const LOOK: Duration = Duration::from_micros(500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn front_desk_and_history_on_sqlite() {
    front_desk_and_history(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn front_desk_and_history_on_postgres() {
    front_desk_and_history(Backend::Postgres).await;
}

async fn front_desk_and_history(hub: Backend) {
    let rows: u32 = size("CARDEX_TEST_ROWS", ROWS);
    let demo = Demo::start(7, Size::SMALL, Clock::system()).await.expect("two loopback ports");
    let mut site = site(&demo, hub).await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_history(folder.path(), rows);
    site.start().await;
    demo.hotel.subscribe(format!("{}/hooks/pms", site.address())).expect("a client");
    let stays = stays(&demo).await;

    let mut turn = 0;
    let mut idle = Vec::new();
    while idle.len() < CHANGES {
        idle.push(change(&demo, &stays, &mut turn).await);
    }
    let mut arguments = vec!["--output", "json", "import", "pms", "--layout", "cardexgen", "--from"];
    arguments.push(folder.path().to_str().expect("UTF-8"));
    let is_released = std::env::var_os("CARDEX_TEST_RELEASE").is_some();
    arguments.extend(is_released.then_some("--release"));
    let began = Instant::now();
    let mut import = site.spawn(&arguments);
    let mut busy = Vec::new();
    while import.try_wait().expect("its status").is_none() {
        busy.push(change(&demo, &stays, &mut turn).await);
    }
    let took = began.elapsed();
    let output = import.wait_with_output().expect("its output");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "the import failed: {errors}");
    let told: Value = serde_json::from_slice(&output.stdout).expect("an object");
    assert_eq!((&told["rows"], &told["applied"]), (&json!(rows), &json!(rows)), "{told}");
    site.stop();

    let speed = f64::from(rows) / took.as_secs_f64();
    println!(
        "{hub:?}: {rows} rows in {:.1} s, {speed:.0} rows/s, released: {is_released}",
        took.as_secs_f64()
    );
    let (idle, busy) = (figures("idle", idle), figures("during the import", busy));
    println!("{hub:?}: p99 {:.2} times its idle value", busy / idle);
}

/// Prints the figures of some changes, and gives their p99 in seconds.
fn figures(when: &str, mut taken: Vec<Duration>) -> f64 {
    taken.sort();
    let share = |percent: usize| {
        let place = taken.len().saturating_sub(1) * percent / 100;
        taken.get(place).map_or(f64::NAN, Duration::as_secs_f64)
    };
    let [p50, p99, longest] = [50, 99, 100].map(|percent| share(percent) * 1_000.0);
    println!("  {when}: p50 {p50:.1} ms, p99 {p99:.1} ms, longest {longest:.1} ms ({} changes)", taken.len());
    share(99)
}

/// The reservations that have arrived at the CRM: their ids at the hotel and there.
async fn stays(demo: &Demo) -> Vec<(String, String)> {
    let (hotel, crm) = (&demo.hotel.system, &demo.crm.system);
    let n_stays = hotel.rows("reservation").len();
    eventually("every stay is at the CRM", async || (crm.rows("reservation").len() == n_stays).then_some(()))
        .await;
    let mut stays = Vec::new();
    for there in crm.rows("reservation") {
        let number = &there.fields["number"];
        let here = hotel.rows("reservation").into_iter().find(|row| row.fields.get("number") == Some(number));
        stays.push((here.expect("a stay of the hotel").id, there.id));
    }
    stays
}

/// The front desk changes a status; gives how long it took until the CRM had it.
async fn change(demo: &Demo, stays: &[(String, String)], turn: &mut usize) -> Duration {
    let (hotel, crm) = (&demo.hotel.system, &demo.crm.system);
    let (here, there) = &stays[*turn % stays.len()];
    *turn += 1;
    let now = hotel.row("reservation", here).expect("the stay");
    let next = if now.fields["status"] == "cancelled" { "confirmed" } else { "cancelled" };
    let began = Instant::now();
    assert!(hotel.edit("reservation", here, "reception", fields(json!({"status": next}))));
    while crm.row("reservation", there).is_none_or(|row| row.fields["status"] != next) {
        assert!(began.elapsed() < DEADLINE, "a status did not arrive within {DEADLINE:?}");
        tokio::time::sleep(LOOK).await;
    }
    began.elapsed()
}

async fn site(demo: &Demo, hub: Backend) -> Site {
    let secrets = tempfile::tempdir().expect("a temporary folder").keep();
    let store = match hub {
        Backend::Sqlite => String::new(),
        Backend::Postgres => postgres::cluster().fresh_database().await,
    };
    let systems = format!(
        "[systems.pms]\nconnector = \"open\"\nproperty = \"alba\"\nside = \"pms\"\nsettings = {}\n\
         [systems.crm]\nconnector = \"open\"\nproperty = \"alba\"\nside = \"crm\"\nsettings = {}\n\
         creates = [\"company\", \"agency\", \"person\", \"reservation\"]\n",
        demo.hotel.settings(&secrets).expect("the hotel's settings"),
        demo.crm.settings(&secrets).expect("the CRM's settings"),
    );
    Site::new(&store, &systems)
}

/// A history of so many rows in the built-in layout: one in five is a guest, the others are his stays.
fn write_history(folder: &Path, rows: u32) {
    let guests = (rows / 5).max(1);
    let file = |name: &str| {
        let file = std::fs::File::create(folder.join(name)).expect("a file");
        std::io::BufWriter::with_capacity(1 << 20, file)
    };
    let mut out = file("guests.csv");
    writeln!(out, "guest_id,last_name,first_name,title,gender,birth_date,nationality,language,email,phone,vip_code,address,city,postal_code,country,doc_type,doc_number,doc_expiry,loyalty_number,loyalty_level,preferences,notes,marketing_consent,consent_at,updated_at").expect("a line");
    let mut line = String::new();
    for guest in 1..=guests {
        line.clear();
        let _ = write!(
            line,
            "H{guest:07},Pasado{guest},Ana,,F,19{:02}-0{}-1{},ES,es,h{guest}@example.org,+346{guest:08},,Calle Mayor {guest},Madrid,28001,ES,,,,,,,,0,,2020-01-01T10:00:00Z",
            40 + guest % 60,
            1 + guest % 9,
            guest % 10
        );
        writeln!(out, "{line}").expect("a line");
    }
    let mut out = file("reservations.csv");
    writeln!(out, "reservation_id,confirmation,hotel_code,guest_id,arrival,departure,status,created_at,cancelled_at,updated_at,company_id,agency_id,group_code,payment_method,currency,requests,total_amount,room_amount,extras_amount,channel,room_numbers,rooms,room_category,rate_code,board,adults,children,child_ages,extras").expect("a line");
    let first = NaiveDate::from_ymd_opt(2015, 1, 1).expect("a date");
    for stay in 1..=rows - guests {
        line.clear();
        let arrival = first + Days::new(u64::from(stay) % 3_600);
        let departure = arrival + Days::new(1 + u64::from(stay) % 6);
        let _ = write!(
            line,
            "H{stay:07},C{stay:07},ALBA,H{:07},{arrival},{departure},CHECKED_OUT,2014-12-01T10:00:00Z,,2020-01-01T10:00:00Z,,,,,EUR,,120.00,100.00,20.00,WEB,101,1,DBL,BAR,BB,2,0,,",
            1 + stay % guests
        );
        writeln!(out, "{line}").expect("a line");
    }
}
