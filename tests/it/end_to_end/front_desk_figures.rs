//! How fast and how small the daemon is between a real HotelDruid and a real Tryton.
//!
//! Prints what it measures and asserts only that everything arrived. `tests/run` runs it alone, with the other
//! comparisons of the front desk; by hand, on a release build:
//!
//! ```sh
//! cargo build --release
//! CARDEX_TEST_PROGRAM=$PWD/target/release/cardex CARDEX_TEST_EDITS=200 \
//!     cargo test --test it -- front_desk_figures --nocapture
//! ```

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use std::time::{Duration, Instant};

use super::world::{HubOn, World};
use crate::support::hoteldruid::{Flavour, NewGuest};
use crate::support::size;

/// How many edits are timed, one after another, where `CARDEX_TEST_EDITS` says nothing else.
const EDITS: u32 = 50;
/// How many guests are edited in turn.
const GUESTS: usize = 20;
/// How often the start is timed.
const STARTS: usize = 10;
/// How long one edit may take until it is lost.
const DEADLINE: Duration = Duration::from_mins(1);
/// How often the CRM's database is looked at.
const LOOK: Duration = Duration::from_millis(1);

#[tokio::test]
async fn figures_of_the_daemon_between_two_real_systems() {
    let mut world = World::prepare(Flavour::Postgres, HubOn::Sqlite).await;
    let first = world.site.start_timed();
    println!("start with an empty hub, from exec to READY=1: {} ms", first.as_millis());

    let people = people(&world).await;
    println!("at rest after {GUESTS} guests: {}", memory(&world));

    let n_edits: u32 = size("CARDEX_TEST_EDITS", EDITS);
    let taken = edits(&world, &people, n_edits).await;
    println!(
        "from commit at the hotel to commit at the CRM: p50 {} ms, p99 {} ms, longest {} ms ({n_edits} edits)",
        share(&taken, 50),
        share(&taken, 99),
        share(&taken, 100),
    );
    world.quiet().await;
    println!("at rest after {n_edits} edits: {}", memory(&world));

    let mut starts = Vec::new();
    for _ in 0..STARTS {
        world.site.stop();
        starts.push(world.site.start_timed());
    }
    starts.sort();
    println!(
        "start with a hub that is there, from exec to READY=1: p50 {} ms of {STARTS}",
        share(&starts, 50)
    );
    world.site.stop();
}

/// Guests who are known at both systems: their numbers at the hotel and at the CRM.
async fn people(world: &World) -> Vec<(i64, i64)> {
    let mut guests = Vec::new();
    for letter in ('a'..).take(GUESTS) {
        let surname = format!("Prisa{letter}");
        let guest = NewGuest { surname: &surname, name: "Ana", email: "", phone: "600000000", more: &[] };
        guests.push((world.hotel.new_guest(&guest).await, surname));
    }
    let mut people = Vec::new();
    for (guest, surname) in guests {
        people.push((guest, world.party(&format!("Ana {surname}")).await));
    }
    world.quiet().await;
    people
}

/// Edits one phone after the other, each when the one before has arrived, and gives how long each took, shortest
/// first.
async fn edits(world: &World, people: &[(i64, i64)], n_edits: u32) -> Vec<Duration> {
    let crm = crm(world).await;
    let mut taken = Vec::new();
    for (number, (guest, party)) in (0..n_edits).zip(people.iter().cycle()) {
        let phone = format!("61{number:07}");
        let update = format!("update clienti set telefono = '{phone}' where idclienti = {guest}");
        // The clock starts before the statement: what PostgreSQL needs for it is counted, too.
        let started = Instant::now();
        world.hotel.sql(&update).await;
        arrival(&crm, *party, &format!("+34{phone}"), started).await;
        taken.push(started.elapsed());
    }
    crm.close().await;
    taken.sort();
    taken
}

/// The CRM's database, to look at without taking the server's time.
async fn crm(world: &World) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(world.crm.database_file()).read_only(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
    pool.expect("the CRM's database can be read")
}

async fn arrival(crm: &SqlitePool, party: i64, phone: &str, started: Instant) {
    let sql = "select count(*) from party_contact_mechanism where party = $1 and value = $2 and active";
    loop {
        let found = sqlx::query_scalar::<_, i64>(sql).bind(party).bind(phone).fetch_one(crm).await;
        // The server may hold its lock at this moment.
        if found.is_ok_and(|count| count == 1) {
            return;
        }
        assert!(started.elapsed() < DEADLINE, "`{phone}` did not arrive within {DEADLINE:?}");
        tokio::time::sleep(LOOK).await;
    }
}

fn share(sorted: &[Duration], percent: usize) -> u128 {
    sorted[(sorted.len() - 1) * percent / 100].as_millis()
}

fn memory(world: &World) -> String {
    let mib = |name| world.site.memory_kib(name).div_ceil(1024);
    format!("{} MiB resident, {} MiB at most", mib("VmRSS:"), mib("VmHWM:"))
}
