//! How fast the hub is: `cargo bench --bench hub`.
//!
//! Prints what it measures and asserts nothing. `CARDEX_BENCH_POSTGRES` names an empty PostgreSQL database to measure
//! beside the embedded default; `CARDEX_BENCH_CHANGES` how many changes are sent through the hub (20,000). With the word
//! `matching` it measures the search for duplicates instead, with the word `search` how fast a profile is found, with `desk`
//! the pages of the review desk, with `webhooks` the door for webhooks; `CARDEX_BENCH_SQLITE` then names a file that is kept, so that it is filled only once.

mod desk;
mod matching;
mod memory;
#[path = "../../tests/it/matching/people.rs"]
mod people;
mod reconcile;
mod register;
mod search;
mod webhooks;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use cardex::capture::poll;
use cardex::clock::Clock;
use cardex::config::{Config, Sources};
use cardex::connectors::Connector;
use cardex::daemon::{self, build};
use cardex::hub::Hub;
use cardex::model::SystemId;
use cardex::store::Store;
use memory::{Sink, Source};
use reconcile::person;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// As in the program.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How many records a page, a read or a write has.
const BATCH: usize = 1_000;
/// The hotel of every configuration.
const HOTEL: &str =
    r#"properties.alba = { name = "Alba", time_zone = "Europe/Madrid", currency = "EUR", country = "ES" }"#;
/// How many single changes are timed from the signal to the write.
const SINGLES: usize = 300;

fn main() {
    // `cargo test` runs benches too; only `cargo bench` measures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let folder = std::env::temp_dir().join(format!("cardex-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    runtime.block_on(measure(&folder));
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
}

/// Measures what the arguments name, on each database.
async fn measure(folder: &Path) {
    let is_asked = |what: &str| std::env::args().any(|argument| argument == what);
    let further: Vec<String> = std::env::args().filter(|argument| argument.starts_with("/desk/")).collect();
    let file = std::env::var("CARDEX_BENCH_SQLITE").map(PathBuf::from).ok().filter(|_| is_asked("desk"));
    let file = file.unwrap_or_else(|| folder.join("hub.db"));
    let postgres = std::env::var("CARDEX_BENCH_POSTGRES").ok().map(|url| ("PostgreSQL", url));
    if is_asked("matching") {
        matching::likeness();
        register::measure();
    } else if !["search", "desk", "webhooks"].into_iter().any(is_asked) {
        reconcile::measure();
    }
    for (name, url) in [("SQLite", format!("sqlite://{}", file.display()))].into_iter().chain(postgres) {
        if is_asked("matching") {
            matching::measure(name, &url).await;
        } else if is_asked("search") {
            search::measure(name, &url).await;
        } else if is_asked("webhooks") {
            webhooks::measure(name, &url, folder).await;
        } else if is_asked("desk") {
            let hub = matching::open(&url).await;
            desk::measure(name, &hub, matching::profiles(), &further).await;
            hub.store.close().await;
        } else {
            through_the_hub(name, &url, folder).await;
        }
    }
}

/// Sends creates, then changes, then single changes from one system in memory to another.
async fn through_the_hub(name: &str, url: &str, folder: &Path) {
    let changes: u32 =
        std::env::var("CARDEX_BENCH_CHANGES").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let (source, sink) = (Arc::new(Source::new(BATCH)), Arc::new(Sink::new(BATCH)));
    let hub = assemble(url, folder, &source, &sink).await;
    let pms = Arc::clone(&hub.systems[&SystemId::new("pms")]);
    // The first cycle looks at everything that is there; with nothing there yet, only the feed is measured.
    poll::cycle(&hub, &pms).await.expect("an empty hotel");
    let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
    daemon::spawn(&hub, &tracker, &stop);
    let mut sent = 0;
    for (word, round) in [("creates", 0), ("changes", 1)] {
        let started = Instant::now();
        source.put((0..changes).map(|number| (number.to_string(), person(number as usize, round))));
        pms.poll_now.notify_one();
        sent += u64::from(changes);
        until_written(&sink, sent).await;
        let rate = f64::from(changes) / started.elapsed().as_secs_f64();
        println!(
            "{name}: {rate:>9.0} {word}/s through the hub ({changes} persons of {} fields)",
            memory::FIELDS.len()
        );
    }
    let mut taken = Vec::new();
    for number in 0..SINGLES {
        source.put([(number.to_string(), person(number, 2))]);
        let started = Instant::now();
        pms.poll_now.notify_one();
        sent += 1;
        until_written(&sink, sent).await;
        taken.push(started.elapsed());
    }
    taken.sort();
    let at = |share: usize| taken[(taken.len() - 1) * share / 100].as_secs_f64() * 1_000.0;
    println!(
        "{name}: from signal to write sent p50 {:.1} ms, p99 {:.1} ms ({SINGLES} single changes)",
        at(50),
        at(99)
    );
    stop.cancel();
    tracker.close();
    tracker.wait().await;
    hub.store.close().await;
}

async fn until_written(sink: &Sink, wanted: u64) {
    while sink.n_writes.load(Ordering::Relaxed) < wanted {
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
}

async fn assemble(url: &str, folder: &Path, source: &Arc<Source>, sink: &Arc<Sink>) -> Hub {
    let text = format!(
        r#"
store.url = "{url}"
queue.claim = {BATCH}
{HOTEL}
[systems.pms]
connector = "open"
property = "alba"
side = "pms"
poll = "every 1h"
[systems.crm]
connector = "open"
property = "alba"
side = "crm"
creates = ["person"]
poll = "every 1h"
[guard]
field_min = 100000000
"#
    );
    let config = configured(folder, &text);
    let connectors: BTreeMap<SystemId, Arc<dyn Connector>> = BTreeMap::from([
        (SystemId::new("pms"), Arc::clone(source) as Arc<dyn Connector>),
        (SystemId::new("crm"), Arc::clone(sink) as Arc<dyn Connector>),
    ]);
    let store = Store::open(&build::store_settings(&config).expect("settings")).await.expect("a store");
    build::connect(&config, connectors, store, Clock::system()).expect("a hub")
}

/// A configuration, which is kept in the folder.
fn configured(folder: &Path, text: &str) -> Config {
    let file = folder.join("cardex.toml");
    std::fs::write(&file, text).expect("the configuration");
    Config::load(&Sources { file: Some(file), env: BTreeMap::new() }).expect("a configuration")
}
