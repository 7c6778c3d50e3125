//! The rows that Mews keeps, oldest first, and how they are listed.

use chrono::DateTime;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

use super::rules::Rule;

/// The rows of every sort.
#[derive(Default)]
pub(crate) struct Tables(BTreeMap<&'static str, Vec<Value>>);

impl Tables {
    /// Adds a row.
    pub(crate) fn add(&mut self, table: &'static str, row: Value) {
        self.0.entry(table).or_default().push(row);
    }

    /// The rows of a table, oldest first.
    pub(crate) fn rows(&self, table: &str) -> &[Value] {
        self.0.get(table).map_or(&[], Vec::as_slice)
    }

    /// The row of this id, to change it.
    pub(crate) fn row_mut(&mut self, table: &str, id: &str) -> Option<&mut Value> {
        self.0.get_mut(table)?.iter_mut().find(|row| row["Id"] == id)
    }
}

/// One page: the newest rows that fit, from behind the cursor.
pub(super) fn page(
    tables: &Tables,
    rule: &Rule,
    request: &Map<String, Value>,
    always_names_the_last_row: bool,
) -> Result<Value, String> {
    let rows = tables.rows(rule.rows);
    let limitation = &request["Limitation"];
    let end = match limitation["Cursor"].as_str() {
        // The cursor is a place among all rows, whether the row still fits or not.
        Some(cursor) => rows.iter().position(|row| row["Id"] == cursor).ok_or("the cursor is no row")?,
        None => rows.len(),
    };
    let count = usize::try_from(limitation["Count"].as_u64().unwrap_or_default()).unwrap_or_default();
    let mut fitting = rows[..end].iter().rev().filter(|row| fits(rule, request, row));
    let page: Vec<&Value> = fitting.by_ref().take(count).collect();
    let is_last = fitting.next().is_none() && !always_names_the_last_row;
    let cursor = page.last().filter(|_| !is_last).map_or(Value::Null, |row| row["Id"].clone());
    Ok(json!({rule.rows: page, "Cursor": cursor}))
}

fn fits(rule: &Rule, request: &Map<String, Value>, row: &Value) -> bool {
    let by_lists = rule.lists.iter().all(|(filter, property, _)| {
        let wanted = request.get(*filter).and_then(Value::as_array);
        wanted.is_none_or(|ids| ids.contains(&row[*property]))
    });
    let by_spans = rule
        .spans
        .iter()
        .all(|(filter, _)| request.get(*filter).is_none_or(|span| is_within(span, row[*filter].as_str())));
    let state = if row["IsActive"] == false { "Deleted" } else { "Active" };
    let asked = request.get("ActivityStates").and_then(Value::as_array);
    let by_state = !rule.has_states
        || asked.map_or(state == "Active", |states| states.iter().any(|asked| asked == state));
    by_lists && by_spans && by_state
}

/// Both ends of a span belong to it.
fn is_within(span: &Value, stamp: Option<&str>) -> bool {
    let at = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    let end = |name: &str| span[name].as_str().and_then(at);
    let (Some(stamp), Some(start), Some(end)) = (stamp.and_then(at), end("StartUtc"), end("EndUtc")) else {
        return false;
    };
    start <= stamp && stamp <= end
}
