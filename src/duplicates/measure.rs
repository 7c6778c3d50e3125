//! How good the detector is on profiles of which it is known who is who.

use std::collections::HashMap;

use super::index::Index;
use super::judge::Band;
use super::scan::{Pair, groups, pairs};
use super::score::Weights;

/// Bins of the calibration error.
const BINS: usize = 10;
const EDGES: [f32; BINS - 1] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// Right and found of a set of pairs.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Quality {
    /// How many pairs there are.
    pub pairs: u64,
    /// Share of the pairs that are one person: 0 to 1.
    pub precision: f64,
    /// Share of the true pairs that are among them: 0 to 1.
    pub recall: f64,
}

impl Quality {
    fn of(pairs: u64, right: u64, all: u64) -> Self {
        Self { pairs, precision: share(right, pairs), recall: share(right, all) }
    }

    /// The harmonic mean of both: 0 to 1.
    #[must_use]
    pub fn f1(&self) -> f64 {
        if self.precision + self.recall == 0.0 {
            return 0.0;
        }
        2.0 * self.precision * self.recall / (self.precision + self.recall)
    }
}

/// What was measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measures {
    /// Profiles.
    pub records: usize,
    /// Pairs that were compared.
    pub pairs_scored: usize,
    /// Share of the true pairs that were compared.
    pub blocking_recall: f64,
    /// The best F1 of single pairs at any threshold.
    pub best_f1: f64,
    /// Pairs inside groups at the shipped threshold.
    pub clustered: Quality,
    /// Recall of single pairs at precisions of .95, .99 and .999.
    pub recalls: [f64; 3],
    /// Mean difference between probability and truth over ten bins, weighted by their pairs.
    pub calibration_error: f64,
    /// Each band by itself; the strong one with the identity pairs.
    pub bands: Vec<(Band, Quality)>,
    /// Blocks that stayed too large.
    pub capped_blocks: usize,
}

#[expect(clippy::cast_precision_loss, reason = "there are fewer pairs than 2 to the power of 53")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Finds duplicates among the profiles of an index and compares them with the truth: `people` has a number for who
/// each profile is.
#[must_use]
pub fn measure(index: &Index, weights: &Weights, people: &[u32], n_threads: usize) -> Measures {
    let is_one = |a: u32, b: u32| people.get(a as usize) == people.get(b as usize);
    let n_true = n_true_pairs(people);
    let pairs = pairs(index, weights, n_threads);
    let found = groups(index, weights, &pairs);
    let (mut grouped, mut right) = (0, 0);
    for group in &found {
        for (at, a) in group.iter().enumerate() {
            for b in &group[at + 1..] {
                grouped += 1;
                right += u64::from(is_one(*a, *b));
            }
        }
    }
    let judged: Vec<(f32, bool)> =
        pairs.iter().map(|pair| (pair.judgement.probability, is_one(pair.a, pair.b))).collect();
    let n_found = judged.iter().filter(|(_, is_one)| *is_one).count() as u64;
    let calibration_error = calibration_error(&judged);
    let (best_f1, recalls) = curve(judged, n_true);
    Measures {
        records: index.len(),
        pairs_scored: pairs.len(),
        blocking_recall: share(n_found, n_true),
        best_f1,
        clustered: Quality::of(grouped, right, n_true),
        recalls,
        calibration_error,
        bands: bands(&pairs, &is_one, n_true),
        capped_blocks: index.capped(),
    }
}

fn n_true_pairs(people: &[u32]) -> u64 {
    let mut sizes: HashMap<u32, u64> = HashMap::new();
    for person in people {
        *sizes.entry(*person).or_default() += 1;
    }
    sizes.values().map(|size| size * (size - 1) / 2).sum()
}

/// The best F1, and the recalls at the precisions asked for.
fn curve(mut judged: Vec<(f32, bool)>, n_true: u64) -> (f64, [f64; 3]) {
    judged.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let (mut best, mut recalls, mut right) = (0.0_f64, [0.0; 3], 0);
    for (at, (probability, is_one)) in judged.iter().enumerate() {
        right += u64::from(*is_one);
        if judged.get(at + 1).is_some_and(|(next, _)| next.total_cmp(probability).is_eq()) {
            continue;
        }
        let quality = Quality::of(at as u64 + 1, right, n_true);
        best = best.max(quality.f1());
        for (recall, wanted) in recalls.iter_mut().zip([0.95, 0.99, 0.999]) {
            if quality.precision >= wanted {
                *recall = quality.recall;
            }
        }
    }
    (best, recalls)
}

fn calibration_error(judged: &[(f32, bool)]) -> f64 {
    let mut bins = [0.0; BINS];
    for (probability, is_one) in judged {
        let bin = EDGES.iter().filter(|edge| probability >= edge).count();
        bins[bin] += f64::from(*probability) - f64::from(u8::from(*is_one));
    }
    let n_pairs = u32::try_from(judged.len().max(1)).unwrap_or(u32::MAX);
    bins.iter().map(|bin| bin.abs()).sum::<f64>() / f64::from(n_pairs)
}

fn bands(pairs: &[Pair], is_one: &dyn Fn(u32, u32) -> bool, n_true: u64) -> Vec<(Band, Quality)> {
    let mut counts = [(0, 0); Band::ALL.len()];
    for Pair { a, b, judgement } in pairs {
        let (n, right) = &mut counts[judgement.band as usize];
        *n += 1;
        *right += u64::from(is_one(*a, *b));
    }
    // Whoever is identified is strongly the same too.
    let (n, right) = counts[Band::Identity as usize];
    counts[Band::Strong as usize].0 += n;
    counts[Band::Strong as usize].1 += right;
    let bands = Band::ALL.into_iter().filter(|band| *band != Band::None);
    bands
        .map(|band| (band, counts[band as usize]))
        .map(|(band, (n, right))| (band, Quality::of(n, right, n_true)))
        .collect()
}
