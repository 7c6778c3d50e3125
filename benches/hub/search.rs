//! How long it takes to find a profile, from the question to the lines of the answer's profiles.
//!
//! `CARDEX_BENCH_PROFILES` says how many there are (20,000).

use std::sync::Arc;
use std::time::{Duration, Instant};

use cardex::clock::Clock;
use cardex::finder::{Asked, Keeper, find};
use cardex::hub::Hub;
use cardex::model::fields;
use cardex::reconcile::Rules;
use cardex::store::{Recount, Store, StoreSettings};

use super::matching::put_guests;
use super::people::{Guest, guests};

/// How often each question is asked.
const TIMES: usize = 100;
/// How many profiles are made at once.
const AT_ONCE: usize = 20_000;

/// Measures on an empty database.
pub(super) async fn measure(name: &str, url: &str) {
    let n = std::env::var("CARDEX_BENCH_PROFILES").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let store = Store::open(&StoreSettings::of(url)).await.expect("the store opens");
    let rules = Arc::new(Rules { registry: fields::standard(), ..Rules::default() });
    let hub = Hub { store, rules, clock: Clock::system(), systems: Arc::default(), matching: Arc::default() };
    let (mut asked, mut seed) = (Vec::new(), 0);
    while seed * AT_ONCE < n {
        let some = guests(AT_ONCE.min(n - seed * AT_ONCE), 42 + seed as u64);
        put_guests(&hub, &some, Recount::AtTheEnd).await;
        asked.extend(some.into_iter().take(TIMES));
        seed += 1;
    }
    let keeper = Keeper::new(&hub);
    let begin = Instant::now();
    assert!(keeper.catch_up().await.expect("the index"), "the turn");
    println!("{name}: {n} profiles indexed in {:.1} s", begin.elapsed().as_secs_f64());
    let of = |make: &dyn Fn(&Guest) -> String| -> Vec<String> {
        let texts = asked.iter().map(make).filter(|text| !text.trim().is_empty());
        texts.collect::<Vec<_>>().into_iter().rev().take(TIMES).collect()
    };
    let always = |text: &str| vec![text.to_owned(); TIMES];
    let questions = [
        ("name", of(&|guest| format!("{} {}", guest.given, guest.surname))),
        ("two frequent words", always("maria ana")),
        ("two words of everybody's", always("example maria")),
        ("one letter", always("m")),
        ("beginning", of(&|guest| guest.surname.chars().take(3).collect())),
        ("name and a beginning", of(&|guest| format!("{} {}", guest.given, &guest.surname[..3]))),
        ("typo", of(&|guest| format!("{} {}", guest.given, swapped(&guest.surname)))),
        ("phone", of(&|guest| guest.phone.trim_start_matches("+34").to_owned())),
        ("last four digits", of(&|guest| guest.phone.chars().rev().take(4).collect())),
        ("e-mail", of(&|guest| guest.email.clone())),
        ("nobody", always("xylophonist quarz")),
    ];
    for (what, texts) in &questions {
        ask(&hub, name, what, texts).await;
    }
    hub.store.close().await;
}

fn swapped(word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    letters.swap(1, 2);
    letters.into_iter().collect()
}

async fn ask(hub: &Hub, name: &str, what: &str, texts: &[String]) {
    let (mut took, mut n_found): (Vec<Duration>, usize) = (Vec::new(), 0);
    for text in texts {
        let begin = Instant::now();
        let found = find(&hub.store, &Asked { text, kinds: &[], limit: 50 }).await.expect("an answer");
        took.push(begin.elapsed());
        n_found += found.hits.len();
    }
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!("{name}: {what}: p50 {:.1} ms, p95 {:.1} ms, {n_found} found in all", at(50), at(95));
}
