//! Killing the real program again and again over one import: what the hub holds in the end is what one run would have
//! left.
//!
//! `CARDEX_TEST_KILLS` is how often; the suite does it a few times.

use serde_json::json;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::rig::{assert_same, held, n_journalled, stored_checkpoint};
use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::{Pair, fields};
use crate::support::size;
use cardex::demo::cardex::Size;
use cardex::import::gate;
use cardex::model::SystemId;

/// A hotel whose import takes a while, and a CRM that has people.
const HOTEL: Size = Size { guests: 160, ..Size::SMALL };
/// How many records a page has: every page is a checkpoint.
const PAGE: usize = 20;
/// How often the suite kills.
const KILLS: u32 = 8;

on_both_databases!(kills_leave_nothing_out_and_nothing_twice);

async fn kills_leave_nothing_out_and_nothing_twice(backend: Backend) {
    let kills = size("CARDEX_TEST_KILLS", KILLS);
    let (whole, cut) = (hotel(backend).await, hotel(backend).await);
    let began = Instant::now();
    let status = off_the_runtime(import(&whole), None).await.expect("it ends by itself");
    assert_eq!(status, Some(65), "there are bad rows");
    let took = began.elapsed();
    let began = Instant::now();
    let status = off_the_runtime(cardex(&whole, &["queue", "list"]), None).await;
    assert_eq!(status, Some(Some(0)));
    // A life is as long as a start and, on average, this kill's share of the work.
    let longest = 2 * (began.elapsed() + took / kills.max(1));

    let (mut seed, mut killed) = (0x9e37_79b9_u32, 0);
    while killed < kills {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let life = longest * (seed >> 16) / (1 << 16);
        if off_the_runtime(import(&cut), Some(life)).await.is_some() {
            break;
        }
        killed += 1;
    }
    println!("{backend:?}: {killed} kills; an undisturbed import takes {} ms", took.as_millis());
    assert!(killed * 2 >= kills, "it was killed only {killed} times");
    off_the_runtime(import(&cut), None).await.expect("it ends by itself");

    let (found, wanted) = (stored_checkpoint(&cut).await, stored_checkpoint(&whole).await);
    assert_eq!(
        (&found["done"], &found["tally"]),
        (&json!(true), &wanted["tally"]),
        "rows are counted otherwise"
    );
    assert_same(&held(&cut).await, &held(&whole).await);
    assert_eq!(n_journalled(&cut).await, n_journalled(&whole).await, "the story is another one");
    let rejects = |pair: &Pair| {
        std::fs::read_to_string(pair.folder().join("import-pms.rejects.jsonl")).expect("the file of rejects")
    };
    assert_eq!(rejects(&cut), rejects(&whole));
    let pms = SystemId::new("pms");
    let parked = async |pair: &Pair| gate::held(&pair.hub, &pms).await.expect("an answer");
    let (found, wanted) = (parked(&cut).await, parked(&whole).await);
    assert_eq!(found, wanted, "other writes are held");
}

/// A hotel with a bad row now and then, read in small pages.
async fn hotel(backend: Backend) -> Pair {
    let pair = Pair::open(backend, HOTEL).await;
    for number in 0..10 {
        let guest = json!({"surname": format!("Bad {number}"), "birth_date": "the 31st of February"});
        pair.hotel().create("person", "reception", fields(guest));
    }
    let file = pair.folder().join("cardex.toml");
    let text = std::fs::read_to_string(&file).expect("the configuration");
    let text = text.replacen("settings = {", &format!("settings = {{ page_size = {PAGE},"), 1);
    std::fs::write(&file, text).expect("the configuration");
    pair
}

fn import(pair: &Pair) -> Command {
    cardex(pair, &["import", "pms"])
}

fn cardex(pair: &Pair, arguments: &[&str]) -> Command {
    let mut command = pair.program(arguments);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Runs a command to its end, or kills it after so long; `None` when it was killed.
async fn off_the_runtime(mut command: Command, life: Option<Duration>) -> Option<Option<i32>> {
    let run = move || {
        let mut child = command.spawn().expect("the program starts");
        let began = Instant::now();
        while life.is_none_or(|life| began.elapsed() < life) {
            if let Some(status) = child.try_wait().expect("its status") {
                return Some(status.code());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().expect("killing it");
        let status = child.wait().expect("its status");
        status.code().map(Some)
    };
    tokio::task::spawn_blocking(run).await.expect("a thread")
}
