//! `cardex duplicates evaluate`: how good the detector is, on profiles of which it is known who is who.

use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use super::people::{self, People};
use crate::cli::{Exit, Format, Output};
use crate::duplicates::judge::Band;
use crate::duplicates::learn::{learned, rehearsed};
use crate::duplicates::measure::{Measures, Quality, measure};
use crate::duplicates::score::WEIGHTS;

/// What is measured.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Arguments {
    /// The profiles: a CSV file with a header
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Who is who: a CSV file with a header, the record's id and its person's
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// Which column is which: a TOML file (docs/duplicates.md)
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Measure once more, with the weights as they are after so many decisions about these profiles
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    decisions: usize,
}

/// What is told of a measurement. Shares are from 0 to 1.
#[derive(Debug, Serialize)]
struct Told {
    records: usize,
    pairs_scored: usize,
    blocking_recall: f64,
    best_f1: f64,
    clustered_f1: f64,
    precision: f64,
    recall: f64,
    recall_at_p95: f64,
    recall_at_p99: f64,
    recall_at_p999: f64,
    calibration_error: f64,
    bands: BTreeMap<&'static str, OfBand>,
    capped_blocks: usize,
    seconds: f64,
    peak_rss_mib: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_decisions: Option<Box<Told>>,
}

#[derive(Debug, Serialize)]
struct OfBand {
    pairs: u64,
    precision: f64,
    recall: f64,
}

/// Measures and tells.
pub(super) fn run(wanted: &Arguments, format: Format) -> anyhow::Result<Exit> {
    let began = Instant::now();
    let n_threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let found = people::read(&wanted.input, &wanted.truth, wanted.mapping.as_deref(), n_threads)?;
    let measures = measure(&found.index, &WEIGHTS, &found.people, n_threads);
    let mut told = told(&measures, began.elapsed().as_secs_f64());
    if wanted.decisions > 0 {
        told.after_decisions = Some(Box::new(after_decisions(&found, wanted.decisions, n_threads)));
    }
    let mut output = Output::new(format);
    output.object(&told, || in_words(&told))?;
    output.print()?;
    Ok(Exit::Success)
}

/// The same with weights that have learned. The decisions are about these very profiles, as they are at a hotel.
fn after_decisions(found: &People, n_decisions: usize, n_threads: usize) -> Told {
    let began = Instant::now();
    let decisions = rehearsed(&found.index, &WEIGHTS, &found.people, n_decisions, n_threads);
    let weights = learned(&WEIGHTS, &decisions);
    told(&measure(&found.index, &weights, &found.people, n_threads), began.elapsed().as_secs_f64())
}

fn told(measures: &Measures, seconds: f64) -> Told {
    let [recall_at_p95, recall_at_p99, recall_at_p999] = measures.recalls;
    let of_band = |(band, quality): &(Band, Quality)| {
        let Quality { pairs, precision, recall } = *quality;
        (band.name(), OfBand { pairs, precision, recall })
    };
    Told {
        records: measures.records,
        pairs_scored: measures.pairs_scored,
        blocking_recall: measures.blocking_recall,
        best_f1: measures.best_f1,
        clustered_f1: measures.clustered.f1(),
        precision: measures.clustered.precision,
        recall: measures.clustered.recall,
        recall_at_p95,
        recall_at_p99,
        recall_at_p999,
        calibration_error: measures.calibration_error,
        bands: measures.bands.iter().map(of_band).collect(),
        capped_blocks: measures.capped_blocks,
        seconds,
        peak_rss_mib: peak_rss_mib(),
        after_decisions: None,
    }
}

fn in_words(told: &Told) -> String {
    let mut lines = vec![
        format!("{} profiles, {} pairs compared, {:.1} s", told.records, told.pairs_scored, told.seconds),
        format!("of the true pairs, {:.2} % were compared", told.blocking_recall * 100.0),
        format!(
            "groups: F1 {:.4}, precision {:.4}, recall {:.4}",
            told.clustered_f1, told.precision, told.recall
        ),
        format!("single pairs: best F1 {:.4}, calibration error {:.4}", told.best_f1, told.calibration_error),
    ];
    for (band, OfBand { pairs, precision, recall }) in &told.bands {
        lines.push(format!("{band}: {pairs} pairs, precision {precision:.4}, recall {recall:.4}"));
    }
    if let Some(after) = &told.after_decisions {
        lines.push(format!(
            "after the decisions: groups F1 {:.4} (before {:.4}), recall at precision .99 {:.4} (before {:.4})",
            after.clustered_f1, told.clustered_f1, after.recall_at_p99, told.recall_at_p99
        ));
    }
    lines.join("\n")
}

/// The most memory that this process has had, where the system says so.
fn peak_rss_mib() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u32 = line.split_whitespace().next()?.parse().ok()?;
    Some(f64::from(kib) / 1024.0)
}
