//! The search: an index that lags behind, one sort, pages of 200, and an end after so many results.

use axum::http::StatusCode;
use serde_json::{Value, json};
use std::cmp::Ordering;

use super::Inside;
use super::refusal::{Answer, Refusal, invalid};
use super::sort::Sort;
use super::table::{Row, Wanted, Weight};

const MOST_PER_PAGE: usize = 200;

impl Inside {
    /// Notes that the search has to look at a record again.
    pub(super) fn touched(&mut self, sort: Sort, id: u64) {
        self.unindexed.insert((sort, id));
    }

    fn catch_up(&mut self) {
        if self.index_stands {
            return;
        }
        for (sort, id) in std::mem::take(&mut self.unindexed) {
            self.index(sort, id);
        }
    }

    /// The search learns what has become of a record.
    pub(crate) fn index(&mut self, sort: Sort, id: u64) {
        self.unindexed.remove(&(sort, id));
        let index = self.index.get_mut(&sort).expect("a sort");
        match self.tables[&sort].get(&id).filter(|row| row.is_live()) {
            Some(row) => drop(index.insert(id, row.clone())),
            None => drop(index.remove(&id)),
        }
    }
}

/// `search`.
pub(super) fn search(inside: &mut Inside, sort: Sort, body: &Value) -> Answer {
    inside.catch_up();
    let known = ["filterGroups", "sorts", "properties", "query", "limit", "after"];
    let object = body.as_object().ok_or_else(|| invalid("Invalid input JSON"))?;
    if let Some(name) = object.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(invalid(format!("Invalid input JSON: unrecognised field \"{name}\"")));
    }
    let limit = number(&body["limit"], 10).unwrap_or_default();
    if !(1..=MOST_PER_PAGE).contains(&limit) {
        return Err(invalid(format!("`limit` is not between 1 and {MOST_PER_PAGE}")));
    }
    let after = match body["after"].as_str() {
        Some(text) => text.parse().ok(),
        None => number(&body["after"], 0),
    };
    let after: usize = after.ok_or_else(|| invalid("`after` is no number"))?;
    if after + limit > inside.most_results {
        return Err(invalid(format!("paging beyond {} results is not possible", inside.most_results)));
    }
    let groups = list(body, "filterGroups", 5)?;
    for group in groups {
        list(group, "filters", 6)?.iter().try_for_each(check)?;
    }
    let rows = inside.index[&sort].values();
    let order = order(body)?;
    let weight = |row: &Row| row.weight(sort, &order.as_ref()?.0);
    let hits = rows.filter(|row| fits(sort, row, groups));
    let mut hits: Vec<(Option<Weight>, &Row)> = hits.map(|row| (weight(row), row)).collect();
    // Among equals the order is nobody's business: here, the newest first.
    hits.reverse();
    hits.sort_by(|(one, _), (other, _)| {
        let by_weight = one.partial_cmp(other).unwrap_or(Ordering::Equal);
        if order.as_ref().is_some_and(|(_, descends)| *descends) { by_weight.reverse() } else { by_weight }
    });
    let properties = body["properties"].as_array().map(|names| {
        let names = names.iter().filter_map(|name| name.as_str().map(str::to_owned));
        // What a record was merged from is no part of the index.
        names.filter(|name| !name.contains("merged")).collect()
    });
    let wanted = Wanted { properties, history: Vec::new() };
    let page: Vec<Value> =
        hits.iter().skip(after).take(limit).map(|(_, row)| inside.shown(sort, row, &wanted)).collect();
    let mut answer = json!({"total": hits.len(), "results": page});
    if after + limit < hits.len() {
        answer["paging"] = json!({"next": {"after": (after + limit).to_string()}});
    }
    Ok((StatusCode::OK, answer))
}

/// A number of a body, or what is meant without one.
fn number(value: &Value, usual: usize) -> Option<usize> {
    if value.is_null() { Some(usual) } else { value.as_u64().and_then(|number| usize::try_from(number).ok()) }
}

fn list<'a>(value: &'a Value, name: &str, most: usize) -> Result<&'a [Value], Refusal> {
    let items = value[name].as_array().map(Vec::as_slice).unwrap_or_default();
    if items.len() > most { Err(invalid(format!("more than {most} `{name}`"))) } else { Ok(items) }
}

/// The property that is sorted by, and whether the last comes first.
fn order(body: &Value) -> Result<Option<(String, bool)>, Refusal> {
    let Some(sort) = list(body, "sorts", 1)?.first() else { return Ok(None) };
    let Some(text) = sort.as_str() else {
        return Ok(sort["propertyName"]
            .as_str()
            .map(|name| (name.to_owned(), sort["direction"] == "DESCENDING")));
    };
    Ok(Some(text.strip_prefix('-').map_or((text.to_owned(), false), |name| (name.to_owned(), true))))
}

fn check(filter: &Value) -> Result<(), Refusal> {
    let operator = filter["operator"].as_str().unwrap_or_default();
    let needed: &[&str] = match operator {
        "EQ" | "NEQ" | "LT" | "LTE" | "GT" | "GTE" => &["propertyName", "value"],
        "BETWEEN" => &["propertyName", "value", "highValue"],
        "IN" | "NOT_IN" => &["propertyName", "values"],
        "HAS_PROPERTY" | "NOT_HAS_PROPERTY" => &["propertyName"],
        _ => return Err(invalid(format!("unknown operator `{operator}`"))),
    };
    let is_there = |name: &&&str| match **name {
        "values" => filter["values"].as_array().is_some_and(|values| values.iter().all(Value::is_string)),
        name => filter[name].is_string(),
    };
    match needed.iter().find(|name| !is_there(name)) {
        Some(name) => Err(invalid(format!("`{name}` of a filter is no text"))),
        None => Ok(()),
    }
}

/// Whether a record fits one of the groups. A property that nobody knows has no value: nothing fits it.
fn fits(sort: Sort, row: &Row, groups: &[Value]) -> bool {
    let filters = |group: &Value| group["filters"].as_array().cloned().unwrap_or_default();
    groups.is_empty()
        || groups.iter().any(|group| filters(group).iter().all(|filter| holds(sort, row, filter)))
}

fn holds(sort: Sort, row: &Row, filter: &Value) -> bool {
    let text = |name: &str| filter[name].as_str().unwrap_or_default();
    let held = row.weight(sort, text("propertyName"));
    let value = Weight::of(text("value"));
    let one_of = |held: &Weight| {
        filter["values"].as_array().is_some_and(|values| {
            values.iter().filter_map(Value::as_str).any(|value| Weight::of(value) == *held)
        })
    };
    match (text("operator"), held) {
        ("HAS_PROPERTY", held) => held.is_some(),
        ("NOT_HAS_PROPERTY", held) => held.is_none(),
        ("NEQ", held) => held.is_none_or(|held| held != value),
        ("NOT_IN", held) => held.is_none_or(|held| !one_of(&held)),
        ("EQ", Some(held)) => held == value,
        ("LT", Some(held)) => held < value,
        ("LTE", Some(held)) => held <= value,
        ("GT", Some(held)) => held > value,
        ("GTE", Some(held)) => held >= value,
        ("BETWEEN", Some(held)) => held >= value && held <= Weight::of(text("highValue")),
        ("IN", Some(held)) => one_of(&held),
        _ => false,
    }
}
