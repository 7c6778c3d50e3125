//! Listings, and reads by id or by a unique property.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

use super::Inside;
use super::refusal::{Answer, invalid};
use super::sort::Sort;
use super::table::{Row, Wanted};
use super::write::{How, MOST_INPUTS, answered, inputs, text, unknown};

/// With their history, fewer records are read at once.
const MOST_WITH_HISTORY: usize = 50;

/// The words of a parameter, separated by commas.
fn words(query: &BTreeMap<String, String>, name: &str) -> Option<Vec<String>> {
    let text = query.get(name)?;
    Some(text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect())
}

/// A page of every record, by id.
pub(super) fn list(inside: &Inside, sort: Sort, query: &BTreeMap<String, String>) -> Answer {
    let known = ["limit", "after", "properties", "propertiesWithHistory", "associations", "archived"];
    if let Some(name) = query.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(invalid(format!("unknown parameter `{name}`")));
    }
    let wanted = Wanted {
        properties: words(query, "properties"),
        history: words(query, "propertiesWithHistory").unwrap_or_default(),
    };
    let most = if wanted.history.is_empty() { MOST_INPUTS } else { MOST_WITH_HISTORY };
    let limit = query.get("limit").map_or(Ok(10), |text| text.parse().map_err(|_| invalid("no limit")))?;
    if !(1..=most).contains(&limit) {
        return Err(invalid(format!("`limit` is not between 1 and {most}")));
    }
    let after: u64 = match query.get("after") {
        Some(text) => text.parse().map_err(|_| invalid("the cursor is not valid"))?,
        None => 0,
    };
    let ends = words(query, "associations").unwrap_or_default();
    let ends: Option<Vec<Sort>> = ends.iter().map(|word| Sort::of(word)).collect();
    let ends = ends.ok_or_else(|| invalid("no such association"))?;
    let is_bin = query.get("archived").is_some_and(|text| text == "true");
    let mut rows = inside.tables[&sort]
        .range(after..)
        .map(|(_, row)| row)
        .filter(|row| row.merged_into.is_none() && row.archived_at.is_some() == is_bin);
    let page: Vec<Value> = rows
        .by_ref()
        .take(limit)
        .map(|row| {
            let mut shown = inside.shown(sort, row, &wanted);
            let linked: Map<String, Value> =
                ends.iter().filter_map(|end| associations(inside, (sort, row.id), *end)).collect();
            if !linked.is_empty() {
                shown["associations"] = Value::Object(linked);
            }
            shown
        })
        .collect();
    let mut body = json!({"results": page});
    if let Some(next) = rows.next() {
        body["paging"] = json!({"next": {"after": next.id.to_string(), "link": "https://example.com/next"}});
    }
    Ok((StatusCode::OK, body))
}

fn associations(inside: &Inside, from: (Sort, u64), to: Sort) -> Option<(String, Value)> {
    let name = format!("{}_to_{}", from.0.word(), to.word());
    let ids: Vec<Value> =
        inside.linked(from, to).map(|id| json!({"id": id.to_string(), "type": name})).collect();
    (!ids.is_empty()).then(|| (to.path().to_owned(), json!({"results": ids})))
}

/// `batch/read`.
pub(super) fn batch(
    inside: &mut Inside,
    sort: Sort,
    query: &BTreeMap<String, String>,
    body: &Value,
) -> Answer {
    let known = ["inputs", "idProperty", "properties", "propertiesWithHistory"];
    let object = body.as_object().ok_or_else(|| invalid("Invalid input JSON"))?;
    if let Some(name) = object.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(invalid(format!("Invalid input JSON: unrecognised field \"{name}\"")));
    }
    let names = |of: &str| {
        let names = body[of].as_array()?.iter().filter_map(|name| name.as_str().map(str::to_owned));
        Some(names.collect::<Vec<_>>())
    };
    let wanted = Wanted {
        properties: names("properties"),
        history: names("propertiesWithHistory").unwrap_or_default(),
    };
    let most = if wanted.history.is_empty() { MOST_INPUTS } else { MOST_WITH_HISTORY };
    let by = body["idProperty"].as_str().filter(|by| *by != "hs_object_id");
    if let Some(by) = by.filter(|by| !inside.schema.property(sort, by).is_some_and(|known| known.unique)) {
        return Err(invalid(format!("Unable to read by non-unique property {by}")));
    }
    let is_bin = query.get("archived").is_some_and(|text| text == "true");
    let (mut found, mut missing) = (BTreeMap::new(), BTreeSet::new());
    for input in inputs(body, most)? {
        let id = text(input, "id")?;
        let row = match by {
            Some(by) => inside.with(sort, by, id).filter(|_| !is_bin),
            None => id.parse().ok().and_then(|id| inside.resolved(sort, id)),
        };
        match row.filter(|row: &&Row| row.archived_at.is_some() == is_bin) {
            // Whoever asks for two ids of one record is shown it once.
            Some(row) => drop(found.insert(row.id, inside.shown(sort, row, &wanted))),
            None => drop(missing.insert(id.to_owned())),
        }
    }
    inside.ids_read.extend(found.keys().map(u64::to_string));
    let missing: Vec<String> = missing.into_iter().collect();
    let errors = if missing.is_empty() { Vec::new() } else { vec![unknown(sort, &missing)] };
    Ok(answered(inside, How::Update, found.into_values().collect(), &errors))
}
