//! Profiles side by side, as a table.

use serde::Serialize;

use crate::cli::output::table;
use crate::review::{Compared, SideBySide};
use crate::words;

/// Profiles side by side.
#[derive(Debug, Serialize)]
pub(super) struct Profiles {
    /// The records, the suggested main one first.
    records: Vec<String>,
    fields: Vec<Row>,
    /// Pairs of them that are kept apart.
    apart: Vec<[String; 2]>,
}

/// One field, or one element of several.
#[derive(Debug, Serialize)]
struct Row {
    /// As `--choose` takes it.
    field: String,
    /// What each record has, in the order of the records.
    values: Vec<Option<String>>,
    /// What would stay.
    stays: Option<String>,
}

impl From<SideBySide> for Profiles {
    fn from(profiles: SideBySide) -> Self {
        let SideBySide { records, fields, apart } = profiles;
        Self {
            records: records.iter().map(|record| record.id.to_string()).collect(),
            fields: fields.iter().map(Row::from).collect(),
            apart: apart.iter().map(|(one, other)| [one.to_string(), other.to_string()]).collect(),
        }
    }
}

impl From<&Compared> for Row {
    fn from(compared: &Compared) -> Self {
        let Compared { values, stays, .. } = compared;
        Self {
            field: compared.name(),
            values: values.iter().map(|value| value.as_ref().map(words::value)).collect(),
            stays: stays.as_ref().map(words::value),
        }
    }
}

impl Profiles {
    /// The profiles as a table.
    pub(super) fn in_words(&self) -> String {
        let names = self.records.iter().map(String::as_str);
        let head: Vec<&str> = std::iter::once("field").chain(names).chain(["stays"]).collect();
        let row = |row: &Row| {
            let values = row.values.iter().chain([&row.stays]);
            let values = values.map(|value| value.clone().unwrap_or_default());
            std::iter::once(row.field.clone()).chain(values).collect::<Vec<_>>()
        };
        let rows: Vec<Vec<String>> = self.fields.iter().map(row).collect();
        let apart = self.apart.iter().map(|[one, other]| format!("kept apart: {one} and {other}\n"));
        format!("\n{}{}", table(&head, &rows), apart.collect::<String>())
    }
}
