//! The score of a comparison: the sum of its cells' weights, and the probability that it means.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::compare::{CELLS, Comparison, cell_name};

/// What a table of weights begins with.
pub const HEAD: &str =
    "# Weights of the score, in natural log odds: fitted by `cardex duplicates train`, not written by hand.";
const SHIPPED: &str = include_str!("data/weights.txt");

/// The weights that come with the program.
///
/// # Panics
/// Never: a test reads the table.
pub static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| Weights::read(SHIPPED).unwrap_or_default());

/// A model: one weight per cell, and what its sums mean.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// What the sum begins with.
    pub bias: f32,
    /// The weight of each cell: natural log odds.
    pub cells: Vec<f32>,
    /// Sums and the probabilities that they mean, both ascending.
    pub knots: Vec<(f32, f32)>,
}

impl Default for Weights {
    fn default() -> Self {
        Self { bias: 0.0, cells: vec![0.0; CELLS], knots: Vec::new() }
    }
}

/// Why a table of weights cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// A line has no number where one belongs.
    #[error("line {line}: a number is missing")]
    NoNumber {
        /// Counted from 1.
        line: usize,
    },
    /// A line names no cell that there is.
    #[error("line {line}: there is no cell of this name")]
    UnknownCell {
        /// Counted from 1.
        line: usize,
    },
}

impl Weights {
    /// Reads a table: `birth: equal = 2.5`, `bias = -3.1`, `calibration -2.0 = 0.01`.
    ///
    /// # Errors
    /// [`WeightsError`] names the line.
    pub fn read(text: &str) -> Result<Self, WeightsError> {
        let places: HashMap<String, usize> = (0..CELLS).map(|cell| (cell_name(cell), cell)).collect();
        let mut weights = Self::default();
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let (name, number) = text.rsplit_once('=').ok_or(WeightsError::NoNumber { line })?;
            let number: f32 = number.trim().parse().map_err(|_| WeightsError::NoNumber { line })?;
            let name = name.trim();
            if name == "bias" {
                weights.bias = number;
            } else if let Some(sum) = name.strip_prefix("calibration ") {
                let sum = sum.trim().parse().map_err(|_| WeightsError::NoNumber { line })?;
                weights.knots.push((sum, number));
            } else {
                let cell = places.get(name).copied().ok_or(WeightsError::UnknownCell { line })?;
                weights.cells[cell] = number;
            }
        }
        Ok(weights)
    }

    /// The table as text; cells without weight are left out.
    #[must_use]
    pub fn write(&self) -> String {
        let mut lines = vec![format!("bias = {:.4}", self.bias)];
        for (cell, weight) in self.cells.iter().enumerate().filter(|(_, weight)| weight.abs() >= 0.0005) {
            lines.push(format!("{} = {weight:.3}", cell_name(cell)));
        }
        lines.extend(self.knots.iter().map(|(sum, chance)| format!("calibration {sum:.3} = {chance:.6}")));
        lines.join("\n") + "\n"
    }

    /// The sum of a comparison's weights.
    #[must_use]
    pub fn sum(&self, comparison: &Comparison) -> f32 {
        self.sum_of(&comparison.cells())
    }

    /// The sum of cells' weights.
    #[must_use]
    pub fn sum_of(&self, cells: &[u16]) -> f32 {
        cells.iter().fold(self.bias, |sum, cell| sum + self.cells[usize::from(*cell)])
    }

    /// The probability that a sum means.
    #[must_use]
    pub fn probability(&self, sum: f32) -> f32 {
        let after = self.knots.partition_point(|(knot, _)| *knot <= sum);
        match (after.checked_sub(1).and_then(|at| self.knots.get(at)), self.knots.get(after)) {
            (Some((low, from)), Some((high, to))) if high > low => {
                from + (to - from) * (sum - low) / (high - low)
            }
            (Some((_, chance)), _) | (None, Some((_, chance))) => *chance,
            (None, None) => 1.0 / (1.0 + (-sum).exp()),
        }
    }
}
