//! Fits weights to labelled pairs: logistic regression with a pull to given weights, then isotonic calibration.

use std::collections::BTreeSet;

use super::compare::N_FACTORS;
use super::score::Weights;

/// The cells of a pair, and whether it is one person.
#[derive(Debug, Clone)]
pub struct Example {
    /// The cells of its comparison.
    pub cells: [u16; N_FACTORS],
    /// Whether the two are one.
    pub is_same: bool,
}

const ROUNDS: usize = 12;
/// The bias is pulled so much less than a cell.
const LOOSE: f64 = 0.01;

/// Weights that make the examples likely, pulled towards `prior` with `strength` (the inverse of a variance).
///
/// Newton's method; the work of a round grows with the examples and the square of the cells of a pair. A cell that no
/// example has stays where it was, and costs nothing.
#[must_use]
pub fn fit(examples: &[Example], prior: &Weights, strength: f64) -> Weights {
    let used: BTreeSet<u16> = examples.iter().flat_map(|example| example.cells).collect();
    let used: Vec<usize> = used.into_iter().map(usize::from).collect();
    let start: Vec<f64> =
        used.iter().map(|cell| prior.cells[*cell]).chain([prior.bias]).map(f64::from).collect();
    let facts: Vec<Fact> = examples.iter().map(|example| Fact::of(example, &used)).collect();
    let (mut at, n) = (start.clone(), start.len());
    for _ in 0..ROUNDS {
        let (mut slope, mut curve) = derivatives(&facts, &at);
        for place in 0..n {
            let pull = if place == used.len() { strength * LOOSE } else { strength };
            slope[place] -= pull * (at[place] - start[place]);
            curve[place * n + place] += pull;
        }
        let step = solve(&mut curve, &slope);
        let largest = step.iter().fold(0.0_f64, |most, part| most.max(part.abs()));
        let factor = if largest > 4.0 { 4.0 / largest } else { 1.0 };
        for (weight, part) in at.iter_mut().zip(&step) {
            *weight += part * factor;
        }
        if largest < 1e-4 {
            break;
        }
    }
    let mut fitted = prior.clone();
    for (cell, weight) in used.iter().zip(&at) {
        fitted.cells[*cell] = narrow(*weight);
    }
    fitted.bias = at.last().map_or(prior.bias, |bias| narrow(*bias));
    fitted
}

#[expect(clippy::cast_possible_truncation, reason = "weights are kept with three digits")]
fn narrow(weight: f64) -> f32 {
    weight as f32
}

/// An example by the places of its coefficients; the bias, the last of them, is in each.
struct Fact {
    places: Vec<usize>,
    is_same: bool,
}

impl Fact {
    fn of(example: &Example, used: &[usize]) -> Self {
        let place = |cell: &u16| used.binary_search(&usize::from(*cell)).ok();
        let places = example.cells.iter().filter_map(place).chain([used.len()]).collect();
        Self { places, is_same: example.is_same }
    }
}

/// The gradient of the likelihood, and the curvature with its sign turned.
fn derivatives(facts: &[Fact], at: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let n = at.len();
    let (mut slope, mut curve) = (vec![0.0; n], vec![0.0; n * n]);
    for Fact { places, is_same } in facts {
        let sum: f64 = places.iter().map(|place| at[*place]).sum();
        let chance = 1.0 / (1.0 + (-sum).exp());
        let error = f64::from(u8::from(*is_same)) - chance;
        let bend = chance * (1.0 - chance);
        for one in places {
            slope[*one] += error;
            let row = &mut curve[one * n..(one + 1) * n];
            for other in places {
                row[*other] += bend;
            }
        }
    }
    (slope, curve)
}

/// Solves a symmetric, positive system by Cholesky's way, in place.
fn solve(matrix: &mut [f64], right: &[f64]) -> Vec<f64> {
    let n = right.len();
    for column in 0..n {
        for row in column..n {
            let dot: f64 = (0..column).map(|at| matrix[row * n + at] * matrix[column * n + at]).sum();
            let rest = matrix[row * n + column] - dot;
            matrix[row * n + column] =
                if row == column { rest.max(1e-9).sqrt() } else { rest / matrix[column * n + column] };
        }
    }
    let mut found = right.to_vec();
    for row in 0..n {
        let dot: f64 = (0..row).map(|at| matrix[row * n + at] * found[at]).sum();
        found[row] = (found[row] - dot) / matrix[row * n + row];
    }
    for row in (0..n).rev() {
        let dot: f64 = (row + 1..n).map(|at| matrix[at * n + row] * found[at]).sum();
        found[row] = (found[row] - dot) / matrix[row * n + row];
    }
    found
}

/// Least pairs that a knot stands for.
const PER_KNOT: usize = 400;

/// What sums mean: ascending probabilities that fit `pairs` of sum and truth best.
#[must_use]
pub fn calibrate(mut pairs: Vec<(f32, bool)>) -> Vec<(f32, f32)> {
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Pools of sum of sums, same, all; neighbours that would descend are put together.
    let mut pools: Vec<(f64, f64, f64)> = Vec::new();
    for chunk in pairs.chunks(PER_KNOT) {
        let sums: f64 = chunk.iter().map(|(sum, _)| f64::from(*sum)).sum();
        let same: f64 = chunk.iter().map(|(_, is_same)| f64::from(u8::from(*is_same))).sum();
        let all: f64 = chunk.iter().map(|_| 1.0).sum();
        pools.push((sums, same, all));
        while let [.., before, last] = pools[..] {
            if before.1 / before.2 < last.1 / last.2 {
                break;
            }
            pools.truncate(pools.len() - 2);
            pools.push((before.0 + last.0, before.1 + last.1, before.2 + last.2));
        }
    }
    #[expect(clippy::cast_possible_truncation, reason = "probabilities are kept with six digits")]
    let knots: Vec<(f32, f32)> = pools
        .iter()
        .map(|(sums, same, all)| ((sums / all) as f32, ((same + 0.02) / (all + 0.04)) as f32))
        .collect();
    thinned(knots)
}

/// Neighbouring knots that say nearly the same, left out.
fn thinned(knots: Vec<(f32, f32)>) -> Vec<(f32, f32)> {
    let odds = |chance: f32| (chance / (1.0 - chance)).ln();
    let mut kept: Vec<(f32, f32)> = Vec::new();
    let last = knots.len().saturating_sub(1);
    for (at, knot) in knots.into_iter().enumerate() {
        let is_far = kept.last().is_none_or(|before| (odds(knot.1) - odds(before.1)).abs() > 0.25);
        if is_far || at == last {
            kept.push(knot);
        }
    }
    kept
}
