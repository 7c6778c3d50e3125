//! `cardex duplicates train --input`: fits the weights to labelled profiles.

use anyhow::Context as _;
use std::path::{Path, PathBuf};

use super::people::{self, People};
use crate::cli::{Exit, Failure};
use crate::duplicates::score::Weights;
use crate::duplicates::train::{Example, calibrate, fit};
use crate::duplicates::{scan, score};

/// How strongly weights are pulled to nothing: the inverse of their variance.
const STRENGTH: f64 = 2.0;

/// What is fitted to what.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// Profiles to fit the weights to: CSV files; who is who stands beside each in NAME.truth.csv
    #[arg(long, value_name = "FILE", num_args = 1.., requires_all = ["calibrate", "out"])]
    input: Vec<PathBuf>,
    /// Profiles to calibrate the probabilities on, others than those
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "input")]
    calibrate: Vec<PathBuf>,
    /// Where the weights are written to
    #[arg(long, value_name = "FILE", requires = "input")]
    out: Option<PathBuf>,
}

/// Fits and writes; `None` where no file is named.
pub(super) fn run(wanted: &Arguments) -> Option<anyhow::Result<Exit>> {
    let out = wanted.out.as_deref()?;
    Some(to_profiles(&wanted.input, &wanted.calibrate, out))
}

fn to_profiles(input: &[PathBuf], calibration: &[PathBuf], out: &Path) -> anyhow::Result<Exit> {
    let n_threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut examples = Vec::new();
    for path in input {
        examples.extend(labelled(path, n_threads)?);
    }
    let mut weights = fit(&examples, &Weights::default(), STRENGTH);
    drop(examples);
    let mut sums = Vec::new();
    for path in calibration {
        let judged = labelled(path, n_threads)?;
        sums.extend(judged.iter().map(|example| (weights.sum_of(&example.cells), example.is_same)));
    }
    weights.knots = calibrate(sums);
    let text = format!("{}\n{}", score::HEAD, weights.write());
    std::fs::write(out, text).with_context(|| format!("could not write `{}`", out.display()))?;
    Ok(Exit::Success)
}

/// The pairs of a file that share a key, with the truth about them.
fn labelled(path: &Path, n_threads: usize) -> anyhow::Result<Vec<Example>> {
    let truth = path.with_extension("truth.csv");
    if !truth.exists() {
        return Err(Failure::new(Exit::Usage, format!("`{}` is missing: who is who", truth.display())).into());
    }
    let People { index, people } = people::read(path, &truth, None, n_threads)?;
    let is_one = |a: u32, b: u32| people.get(a as usize) == people.get(b as usize);
    let cells = scan::cells(&index, n_threads);
    Ok(cells.into_iter().map(|(a, b, cells)| Example { cells, is_same: is_one(a, b) }).collect())
}
