//! The rows that Mews keeps, oldest first, and how they are listed.

use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashSet};

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
        // What changes is mostly new.
        self.0.get_mut(table)?.iter_mut().rev().find(|row| row["Id"] == id)
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
    let filter = Filter::of(rule, request);
    let mut fitting = rows[..end].iter().rev().filter(|row| filter.takes(row));
    let page: Vec<&Value> = fitting.by_ref().take(count).collect();
    let is_last = fitting.next().is_none() && !always_names_the_last_row;
    let cursor = page.last().filter(|_| !is_last).map_or(Value::Null, |row| row["Id"].clone());
    Ok(json!({rule.rows: page, "Cursor": cursor}))
}

/// What a listing asks for.
struct Filter<'a> {
    /// Properties, and the words that each may have.
    lists: Vec<(&'static str, HashSet<&'a str>)>,
    /// Stamps, and the span that each has to be in; both ends belong to it.
    spans: Vec<(&'static str, [&'a str; 2])>,
    /// Whether active rows are wanted, and deleted ones.
    states: [bool; 2],
}

impl<'a> Filter<'a> {
    fn of(rule: &Rule, request: &'a Map<String, Value>) -> Self {
        let lists = rule.lists.iter().filter_map(|(filter, property, _)| {
            let words = request.get(*filter)?.as_array()?;
            Some((*property, words.iter().filter_map(Value::as_str).collect()))
        });
        let spans = rule.spans.iter().filter_map(|(filter, _)| {
            let span = request.get(*filter)?;
            // What is no stamp has been refused before; their order is that of the text.
            Some((*filter, ["StartUtc", "EndUtc"].map(|end| span[end].as_str().unwrap_or_default())))
        });
        let asked = request.get("ActivityStates").and_then(Value::as_array);
        let wants = |state: &str| asked.is_some_and(|states| states.iter().any(|asked| asked == state));
        let states = match (rule.has_states, asked) {
            (false, _) => [true, true],
            (true, None) => [true, false],
            (true, Some(_)) => ["Active", "Deleted"].map(wants),
        };
        Self { lists: lists.collect(), spans: spans.collect(), states }
    }

    fn takes(&self, row: &Value) -> bool {
        let text = |property: &str| row[property].as_str();
        let by_lists = self
            .lists
            .iter()
            .all(|(property, wanted)| text(property).is_some_and(|word| wanted.contains(word)));
        let by_spans = self
            .spans
            .iter()
            .all(|(property, [start, end])| text(property).is_some_and(|at| *start <= at && at <= *end));
        by_lists && by_spans && self.states[usize::from(row["IsActive"] == false)]
    }
}
