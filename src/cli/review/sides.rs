//! What each side of a conflict holds, and some of what a hold would do.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::cli::output::table;
use crate::model::review::Example;
use crate::review;
use crate::words;

/// What one side of a conflict holds.
#[derive(Debug, Serialize)]
pub(super) struct Side {
    /// As `--side` takes it.
    #[serde(rename = "side")]
    name: String,
    holds: String,
    at: Option<DateTime<Utc>>,
    by: Option<String>,
}

impl From<review::Side> for Side {
    fn from(side: review::Side) -> Self {
        let review::Side { system, holds, at, by } = side;
        let name = system.map_or_else(|| super::HUB.to_owned(), |system| system.to_string());
        Self { name, holds: words::seen(&holds), at, by }
    }
}

/// The sides as a table.
pub(super) fn sides_in_words(sides: &[Side]) -> String {
    let row = |side: &Side| {
        let at = side.at.map(|at| at.format("%Y-%m-%d %H:%M:%S").to_string());
        vec![
            side.name.clone(),
            side.holds.clone(),
            at.unwrap_or_default(),
            side.by.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = sides.iter().map(row).collect();
    format!("\n{}", table(&["side", "holds", "at", "by"], &rows))
}

/// One record that a held cycle would change or lose.
#[derive(Debug, Serialize)]
pub(super) struct Would {
    id: String,
    /// What the field would become; `None` where the record would be gone.
    becomes: Option<String>,
}

impl From<&Example> for Would {
    fn from(example: &Example) -> Self {
        let becomes = example.observed.as_deref().map(words::seen);
        Self { id: example.external_id.to_string(), becomes }
    }
}

/// The records as a table.
pub(super) fn examples_in_words(examples: &[Would]) -> String {
    let row = |would: &Would| {
        vec![would.id.clone(), would.becomes.clone().unwrap_or_else(|| "(would be gone)".to_owned())]
    };
    let rows: Vec<Vec<String>> = examples.iter().map(row).collect();
    format!("\n{}", table(&["id", "becomes"], &rows))
}
