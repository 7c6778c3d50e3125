//! Fits weights to labelled pairs: logistic regression with a pull to given weights, then isotonic calibration.

use super::compare::{CELLS, N_FACTORS};
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
/// The bias is the last of the coefficients.
const N: usize = CELLS + 1;

/// Weights that make the examples likely, pulled towards `prior` with `strength` (the inverse of a variance).
///
/// Newton's method; the work of a round grows with the examples and the square of the cells of a pair.
#[must_use]
pub fn fit(examples: &[Example], prior: &Weights, strength: f64) -> Weights {
    let start: Vec<f64> = prior.cells.iter().copied().chain([prior.bias]).map(f64::from).collect();
    let mut at = start.clone();
    for _ in 0..ROUNDS {
        let (mut slope, mut curve) = derivatives(examples, &at);
        for cell in 0..N {
            let pull = if cell == CELLS { strength * 0.01 } else { strength };
            slope[cell] -= pull * (at[cell] - start[cell]);
            curve[cell * N + cell] += pull;
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
    #[expect(clippy::cast_possible_truncation, reason = "weights are kept with three digits")]
    let cells: Vec<f32> = at.iter().map(|weight| *weight as f32).collect();
    let (bias, cells) = cells.split_last().map_or((0.0, Vec::new()), |(bias, cells)| (*bias, cells.to_vec()));
    Weights { bias, cells, knots: prior.knots.clone() }
}

/// The gradient of the likelihood, and the curvature with its sign turned.
fn derivatives(examples: &[Example], at: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let (mut slope, mut curve) = (vec![0.0; N], vec![0.0; N * N]);
    let mut places = Vec::new();
    for example in examples {
        places.clear();
        places.extend(example.cells.iter().map(|cell| usize::from(*cell)));
        places.push(CELLS);
        let sum: f64 = places.iter().map(|place| at[*place]).sum();
        let chance = 1.0 / (1.0 + (-sum).exp());
        let error = f64::from(u8::from(example.is_same)) - chance;
        let bend = chance * (1.0 - chance);
        for one in &places {
            slope[*one] += error;
            let row = &mut curve[one * N..(one + 1) * N];
            for other in &places {
                row[*other] += bend;
            }
        }
    }
    (slope, curve)
}

/// Solves a symmetric, positive system by Cholesky's way, in place.
fn solve(matrix: &mut [f64], right: &[f64]) -> Vec<f64> {
    for column in 0..N {
        for row in column..N {
            let dot: f64 = (0..column).map(|at| matrix[row * N + at] * matrix[column * N + at]).sum();
            let rest = matrix[row * N + column] - dot;
            matrix[row * N + column] =
                if row == column { rest.max(1e-9).sqrt() } else { rest / matrix[column * N + column] };
        }
    }
    let mut found = right.to_vec();
    for row in 0..N {
        let dot: f64 = (0..row).map(|at| matrix[row * N + at] * found[at]).sum();
        found[row] = (found[row] - dot) / matrix[row * N + row];
    }
    for row in (0..N).rev() {
        let dot: f64 = (row + 1..N).map(|at| matrix[at * N + row] * found[at]).sum();
        found[row] = (found[row] - dot) / matrix[row * N + row];
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
