//! How many changed profiles a second are looked at, with their proposals stored, and how long a scan of all takes.
//!
//! `CARDEX_BENCH_PROFILES` says how many there are (20,000).

use std::sync::Arc;
use std::time::Instant;

use cardex::clock::Clock;
use cardex::duplicates::compare::likeness::jaro_winkler;
use cardex::hub::Hub;
use cardex::matching::Matcher;
use cardex::model::{Record, RecordId, fields};
use cardex::reconcile::Rules;
use cardex::store::{Commit, Recount, Store, StoreSettings};

use super::people::{Guest, guests};

/// How many profiles come one at a time.
const SINGLES: usize = 500;
/// How many profiles are stored at once.
const PAGE: usize = 500;

/// How many pairs of words are compared in a second, beside what the library gives.
pub(super) fn likeness() {
    const WORDS: [&str; 8] =
        ["fernandez", "hernandez", "maria", "mario", "schneider", "snyder", "catherine", "oliveira"];
    let pairs: Vec<(&str, &str)> = WORDS.iter().flat_map(|a| WORDS.iter().map(move |b| (*a, *b))).collect();
    let millions = |like: fn(&str, &str) -> f64| {
        let begin = Instant::now();
        for _ in 0..20_000 {
            for (a, b) in &pairs {
                std::hint::black_box(like(std::hint::black_box(a), b));
            }
        }
        20_000.0 * 64.0 / 1e6 / begin.elapsed().as_secs_f64()
    };
    let (own, library) = (millions(jaro_winkler), millions(strsim::jaro_winkler));
    println!("likeness: {own:.1} million pairs of words a second, {library:.1} with the library");
}

/// How many profiles are asked for.
pub(super) fn profiles() -> usize {
    std::env::var("CARDEX_BENCH_PROFILES").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000)
}

/// A hub without systems.
pub(super) async fn open(url: &str) -> Hub {
    let store = Store::open(&StoreSettings::of(url)).await.expect("the store opens");
    let rules = Arc::new(Rules { registry: fields::standard(), ..Rules::default() });
    let (systems, matching) = (Arc::default(), Arc::default());
    Hub { store, rules, clock: Clock::system(), systems, matching }
}

/// Measures on an empty database.
pub(super) async fn measure(name: &str, url: &str) {
    let (n, hub) = (profiles(), open(url).await);
    let matcher = Matcher::new(&hub);
    let all = guests(n + SINGLES, 42);
    let (all, singles) = all.split_at(n);
    let (old, new) = all.split_at(n - n / 5);
    put_guests(&hub, old, Recount::AtTheEnd).await;
    let begin = Instant::now();
    let scanned = matcher.scan().await.expect("a scan").expect("the turn");
    let took = begin.elapsed();
    println!(
        "{name}: {} profiles imported and scanned: {:.1} s, {} pairs",
        old.len(),
        took.as_secs_f64(),
        scanned.judged
    );
    let begin = Instant::now();
    matcher.scan().await.expect("a scan").expect("the turn");
    println!("{name}: scanned again with nothing new: {:.1} s", begin.elapsed().as_secs_f64());
    put_guests(&hub, new, Recount::Soon).await;
    look(&hub, &matcher, name, "new").await;
    let some = old.len().min(5_000);
    let page = hub.store.live_records(cardex::model::RecordKind::Person, None, 5_000).await.expect("records");
    let ids: Vec<RecordId> = page.iter().take(some).map(|record| record.id).collect();
    hub.store.mark_matches(hub.clock.now(), &ids).await.expect("marks");
    look(&hub, &matcher, name, "unchanged").await;
    one_by_one(&hub, &matcher, name, singles).await;
    hub.store.close().await;
}

/// How long it takes from a new profile to its proposal, when one comes at a time.
async fn one_by_one(hub: &Hub, matcher: &Matcher, name: &str, guests: &[Guest]) {
    let mut took = Vec::new();
    for guest in guests {
        put_guests(hub, std::slice::from_ref(guest), Recount::Soon).await;
        let begin = Instant::now();
        matcher.work().await.expect("it works");
        took.push(begin.elapsed());
    }
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!("{name}: one new profile at a time: p50 {:.1} ms, p99 {:.1} ms", at(50), at(99));
}

/// Stores profiles page by page.
pub(super) async fn put_guests(hub: &Hub, guests: &[Guest], recount: Recount) {
    put(hub, guests.iter().map(Guest::record).collect(), recount).await;
}

/// Stores records as they come with an import, or with single changes.
pub(super) async fn put(hub: &Hub, records: Vec<Record>, recount: Recount) {
    for page in records.chunks(PAGE) {
        let (now, records) = (hub.clock.now(), page.to_vec());
        hub.store.commit(Commit { now, records, recount, ..Commit::default() }).await.expect("a commit");
    }
}

#[expect(clippy::cast_precision_loss, reason = "a figure to read")]
async fn look(hub: &Hub, matcher: &Matcher, name: &str, what: &str) {
    let (begin, mut profiles, mut proposals) = (Instant::now(), 0, 0);
    loop {
        let worked = matcher.work().await.expect("it works");
        profiles += worked.profiles;
        proposals += worked.proposals;
        if worked.profiles == 0 {
            break;
        }
    }
    let rate = profiles as f64 / begin.elapsed().as_secs_f64();
    let (left, _) = hub.store.match_marks_waiting().await.expect("an answer");
    println!(
        "{name}: {profiles} {what} profiles looked at: {rate:.0}/s, {proposals} proposals touched, {left} left"
    );
}
