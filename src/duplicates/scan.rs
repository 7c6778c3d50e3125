//! All profiles against all: every pair that shares a key is judged, and what belongs together is put together.

use std::sync::atomic::{AtomicU32, Ordering};

use super::cluster::{Edge, Evidence, clusters};
use super::compare::{Comparison, N_FACTORS, Names, Side, compare_with};
use super::index::Index;
use super::judge::{self, Judgement, THRESHOLD};
use super::score::Weights;

/// Profiles that one thread takes at a time.
const SLICE: u32 = 2048;

/// Two profiles that were compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The one with the smaller number.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// What was found out.
    pub judgement: Judgement,
}

/// Judges every pair that shares a key, by `n_threads`; pairs come in the order of their numbers.
#[must_use]
pub fn pairs(index: &Index, weights: &Weights, n_threads: usize) -> Vec<Pair> {
    compared(index, n_threads, |a, b, comparison| Pair { a, b, judgement: judge::of(weights, comparison) })
}

/// The cells of every pair that shares a key.
#[must_use]
pub fn cells(index: &Index, n_threads: usize) -> Vec<(u32, u32, [u16; N_FACTORS])> {
    compared(index, n_threads, |a, b, comparison| (a, b, comparison.cells()))
}

fn compared<T: Send>(
    index: &Index,
    n_threads: usize,
    of: impl Fn(u32, u32, &Comparison) -> T + Sync,
) -> Vec<T> {
    let sides = index.sides(n_threads);
    let next = AtomicU32::new(0);
    let mut slices: Vec<(u32, Vec<T>)> = std::thread::scope(|scope| {
        let work = || {
            let mut done = Vec::new();
            loop {
                let begin = next.fetch_add(SLICE, Ordering::Relaxed);
                if begin as usize >= index.len() {
                    return done;
                }
                done.push((begin, slice(index, &sides, begin, &of)));
            }
        };
        let workers: Vec<_> = (0..n_threads.max(1)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });
    slices.sort_unstable_by_key(|(begin, _)| *begin);
    slices.into_iter().flat_map(|(_, of_slice)| of_slice).collect()
}

fn slice<T>(
    index: &Index,
    sides: &[Side<'_>],
    begin: u32,
    of: &impl Fn(u32, u32, &Comparison) -> T,
) -> Vec<T> {
    let (mut found, mut compared) = (Vec::new(), Vec::new());
    let end = (begin + SLICE).min(u32::try_from(index.len()).unwrap_or(u32::MAX));
    for a in begin..end {
        index.candidates(a, &mut found);
        let side = &sides[a as usize];
        let names = Names::of(&side.view);
        for b in &found {
            let comparison = compare_with((side, &names), &sides[*b as usize], index.len());
            compared.push(of(a, *b, &comparison));
        }
    }
    compared
}

/// Profiles that pairs are made of, by their numbers.
pub trait Profiles {
    /// A profile with its place in the base.
    fn side(&self, id: u32) -> Side<'_>;

    /// A number that depends on a profile's features only.
    fn rank(&self, id: u32) -> u64;

    /// The size of the base.
    fn n_profiles(&self) -> usize;

    /// Whether somebody has said that two are two.
    fn is_apart(&self, a: u32, b: u32) -> bool;
}

impl Profiles for Index {
    fn side(&self, id: u32) -> Side<'_> {
        self.side(id)
    }

    fn rank(&self, id: u32) -> u64 {
        self.rank(id)
    }

    fn n_profiles(&self) -> usize {
        self.len()
    }

    fn is_apart(&self, _: u32, _: u32) -> bool {
        false
    }
}

/// What is known of pairs, for putting them together.
struct Known<'a, P> {
    profiles: &'a P,
    weights: &'a Weights,
}

impl<P: Profiles> Evidence for Known<'_, P> {
    fn of(&self, a: u32, b: u32) -> Option<f32> {
        if self.profiles.is_apart(a, b) {
            return None;
        }
        let (one, other) = (self.profiles.side(a), self.profiles.side(b));
        let judgement = judge::judge(self.weights, &one, &other, self.profiles.n_profiles());
        (!judgement.is_vetoed).then(|| evidence(judgement.probability))
    }

    fn rank(&self, id: u32) -> u64 {
        self.profiles.rank(id)
    }
}

/// Groups of profiles that are one person each.
#[must_use]
pub fn groups(profiles: &impl Profiles, weights: &Weights, pairs: &[Pair]) -> Vec<Vec<u32>> {
    let is_edge = |pair: &&Pair| pair.judgement.is_proposed() && !profiles.is_apart(pair.a, pair.b);
    let likely = pairs.iter().filter(is_edge);
    let edges =
        likely.map(|pair| Edge { a: pair.a, b: pair.b, evidence: evidence(pair.judgement.probability) });
    clusters(edges.collect(), &Known { profiles, weights })
}

/// Log odds above the threshold.
fn evidence(probability: f32) -> f32 {
    let odds = |chance: f32| {
        let chance = chance.clamp(1e-6, 1.0 - 1e-6);
        (chance / (1.0 - chance)).ln()
    };
    odds(probability) - odds(THRESHOLD)
}
