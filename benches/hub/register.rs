//! How long it takes to find whoever is like one new profile among many, without a store.
//!
//! `CARDEX_BENCH_PROFILES` says how many there are (20,000).

use std::time::Instant;

use cardex::duplicates::block::{Block, CAP};
use cardex::duplicates::compact::Compact;
use cardex::duplicates::compare::{Names, compare_with};
use cardex::duplicates::index::Builder;
use cardex::duplicates::keys::{self, Key};
use cardex::duplicates::score::WEIGHTS;
use cardex::duplicates::{Normaliser, Profile, judge};

use super::matching::profiles;
use super::people::{Guest, guests};

/// How many profiles are looked for.
const LOOKED_FOR: usize = 20_000;

/// Where a key of a profile stands: hash, parts, profile.
type Posting = (u64, [u16; 2], u32);

fn card(normaliser: &Normaliser, guest: &Guest) -> Compact {
    let last_name = format!("{} {}", guest.surname, guest.second);
    let (emails, phones) = ([guest.email.as_str()], [guest.phone.as_str()]);
    let profile = Profile {
        first_name: &guest.given,
        last_name: &last_name,
        gender: &guest.sex,
        birth_date: &guest.birth,
        emails: &emails,
        phones: &phones,
        country: &guest.country,
        ..Profile::default()
    };
    Compact::of(&normaliser.features(&profile))
}

/// The members of the largest block of a key that is not too large.
fn block<'p>(postings: &'p [Posting], key: &Key) -> &'p [Posting] {
    let within = |block: Block| {
        let depth = usize::from(block.depth);
        let order =
            |posting: &Posting| (posting.0, &posting.1[..depth]).cmp(&(block.hash, &block.parts[..depth]));
        let begin = postings.partition_point(|posting| order(posting).is_lt());
        let rest = postings.get(begin..).unwrap_or_default();
        &rest[..rest.partition_point(|posting| order(posting).is_le())]
    };
    Block::of(key).map(within).find(|members| members.len() <= CAP).unwrap_or_default()
}

/// Measures candidates, comparison and judgement of one profile at a time.
pub(super) fn measure() {
    let n = profiles();
    let normaliser = Normaliser::default();
    let (mut builder, mut postings, mut own) = (Builder::default(), Vec::new(), Vec::new());
    for (id, guest) in (0..).zip(&guests(n, 42)) {
        let card = card(&normaliser, guest);
        keys::keys(&card.view(), &mut own);
        postings.extend(own.iter().map(|key| (key.hash, key.parts, id)));
        builder.add(card);
    }
    postings.sort_unstable();
    let index = builder.build(2);
    let (mut took, mut found) = (Vec::new(), Vec::new());
    let step = u32::try_from(n / LOOKED_FOR).unwrap_or_default().max(1);
    for id in (0..u32::try_from(n).unwrap_or(u32::MAX)).step_by(step as usize) {
        let begin = Instant::now();
        let side = index.side(id);
        let names = Names::of(&side.view);
        keys::keys(&side.view, &mut own);
        found.clear();
        found.extend(own.iter().flat_map(|key| block(&postings, key)).map(|posting| posting.2));
        found.sort_unstable();
        found.dedup();
        for other in found.iter().filter(|other| **other != id) {
            let comparison = compare_with((&side, &names), &index.side(*other), index.len());
            std::hint::black_box(judge::of(&WEIGHTS, &comparison));
        }
        took.push((begin.elapsed(), found.len()));
    }
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    let told =
        |(took, n): (std::time::Duration, usize)| format!("{:.3} ms ({n} alike)", took.as_secs_f64() * 1e3);
    println!("one profile against {n} in memory: p50 {}, p99 {}", told(at(50)), told(at(99)));
}
