//! Weights that follow a hotel's own decisions, near those that come with the program.

use xxhash_rust::xxh3::xxh3_64;

use super::compare::N_FACTORS;
use super::index::Index;
use super::judge;
use super::scan;
use super::score::Weights;
use super::train::{Example, fit};

/// How strongly weights stay where they were: some 200 decisions move what they agree on, and little else.
const STRENGTH: f64 = 30.0;
/// One decision in so many is about an uncertain pair, the others are about proposals.
const UNCERTAIN: usize = 5;

/// The weights after these decisions; `weights` themselves where there is none.
#[must_use]
pub fn learned(weights: &Weights, decisions: &[Example]) -> Weights {
    if decisions.is_empty() { weights.clone() } else { fit(decisions, weights, STRENGTH) }
}

/// The decisions that operators who are never wrong would take on `n` proposals: `people` says who each profile is.
///
/// Every fifth is about a pair that is nearly as likely one as two. The same profiles give the same decisions.
#[must_use]
pub fn rehearsed(
    index: &Index,
    weights: &Weights,
    people: &[u32],
    n: usize,
    n_threads: usize,
) -> Vec<Example> {
    let cells = scan::cells(index, n_threads);
    let chance = |cells: &[u16]| weights.probability(weights.sum_of(cells));
    let within = |low: f32, high: f32| -> Vec<usize> {
        (0..cells.len()).filter(|at| (low..high).contains(&chance(&cells[*at].2))).collect()
    };
    let proposed = within(judge::THRESHOLD, 1.1);
    let uncertain = within(0.2, 0.8);
    let pick = |nth: usize| {
        let list = if nth.is_multiple_of(UNCERTAIN) { &uncertain } else { &proposed };
        let chance = usize::try_from(xxh3_64(&nth.to_le_bytes()) >> 1).unwrap_or_default();
        list.get(chance % list.len().max(1)).and_then(|at| cells.get(*at))
    };
    let decide = |(a, b, cells): &(u32, u32, [u16; N_FACTORS])| Example {
        cells: *cells,
        is_same: people.get(*a as usize) == people.get(*b as usize),
    };
    (0..n).filter_map(pick).map(decide).collect()
}
