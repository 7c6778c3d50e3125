//! Addresses of accounts: added and changed, a list as a whole or not at all.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Inside, Refusal, refusal, stamp};

/// The properties of an address, and the longest text of each; a code has a form of its own.
const PROPERTIES: [(&str, usize); 6] = [
    ("Line1", 255),
    ("Line2", 255),
    ("City", 255),
    ("PostalCode", 255),
    ("CountryCode", 2),
    ("CountrySubdivisionCode", 6),
];

fn bad(words: impl Into<String>) -> Refusal {
    refusal(StatusCode::BAD_REQUEST, words)
}

/// `addresses/add`.
pub(super) fn add(inside: &mut Inside, request: &Map<String, Value>) -> Result<Value, Refusal> {
    let mut rows = Vec::new();
    for address in list(request, "Addresses")? {
        let address = address.as_object().ok_or_else(|| bad("no address"))?;
        let id = address.get("AccountId").and_then(Value::as_str).ok_or_else(|| bad("no `AccountId`"))?;
        let kind = account_type(inside, id).ok_or_else(|| bad("Invalid account."))?;
        let mut row = json!({"AccountId": id, "AccountType": kind, "IsActive": true});
        for (name, _) in PROPERTIES {
            row[name] = Value::Null;
        }
        for (name, value) in address.iter().filter(|(name, _)| *name != "AccountId") {
            check(name, value)?;
            row[name] = value.clone();
        }
        rows.push(row);
    }
    let ids: Vec<String> = rows
        .into_iter()
        .map(|row| {
            count_write(inside, &row);
            inside.enter("Addresses", row)
        })
        .collect();
    Ok(answer(inside, &ids))
}

/// `addresses/update`.
pub(super) fn update(inside: &mut Inside, request: &Map<String, Value>) -> Result<Value, Refusal> {
    let mut changes = Vec::new();
    for change in list(request, "AddressUpdates")? {
        let change = change.as_object().ok_or_else(|| bad("no change"))?;
        let id = change.get("AddressId").and_then(Value::as_str).ok_or_else(|| bad("no `AddressId`"))?;
        let is_it = |row: &&Value| row["Id"] == id && row["IsActive"] == true;
        inside.tables.rows("Addresses").iter().find(is_it).ok_or_else(|| bad("Invalid address."))?;
        let mut values = Vec::new();
        for (name, wrapped) in change.iter().filter(|(name, _)| *name != "AddressId") {
            let value = super::account::unwrapped(name, wrapped)?;
            check(name, value)?;
            values.push((name.clone(), value.clone()));
        }
        changes.push((id.to_owned(), values));
    }
    let (now, mut ids) = (stamp(inside.now()), Vec::new());
    for (id, values) in changes {
        let row = inside.tables.row_mut("Addresses", &id).expect("it was there a moment ago");
        for (name, value) in values {
            row[name] = value;
        }
        row["UpdatedUtc"] = json!(now);
        let row = row.clone();
        count_write(inside, &row);
        ids.push(id);
    }
    Ok(answer(inside, &ids))
}

fn list<'r>(request: &'r Map<String, Value>, property: &str) -> Result<&'r [Value], Refusal> {
    if let Some(name) = request.keys().find(|name| *name != property && *name != "ChainId") {
        return Err(bad(format!("`{name}` is no property")));
    }
    let list = request.get(property).and_then(Value::as_array).ok_or_else(|| bad("no list"))?;
    if (1..=1000).contains(&list.len()) { Ok(list) } else { Err(bad("not 1 to 1000 items")) }
}

/// Whether a property may hold a value; empty is always possible.
fn check(name: &str, value: &Value) -> Result<(), Refusal> {
    let known = PROPERTIES.iter().find(|(known, _)| *known == name);
    let (_, longest) = known.ok_or_else(|| bad(format!("`{name}` is unknown")))?;
    if value.is_null() {
        return Ok(());
    }
    let text = value.as_str().ok_or_else(|| bad(format!("`{name}` is no text")))?;
    let is_code = |code: &str| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_good = match name {
        "CountryCode" => is_code(text),
        "CountrySubdivisionCode" => text.split_once('-').is_some_and(|(country, _)| is_code(country)),
        _ => text.chars().count() <= *longest,
    };
    if is_good { Ok(()) } else { Err(bad(format!("`{name}` is invalid"))) }
}

fn account_type(inside: &Inside, id: &str) -> Option<&'static str> {
    let kinds = [("Customers", "Customer"), ("Companies", "Company")];
    let is_it = |row: &Value| row["Id"] == id && row["IsActive"] != false;
    kinds.into_iter().find(|(table, _)| inside.tables.rows(table).iter().any(is_it)).map(|(_, kind)| kind)
}

fn count_write(inside: &mut Inside, row: &Value) {
    let account = row["AccountId"].as_str().unwrap_or_default().to_owned();
    *inside.writes.entry(account).or_default() += 1;
}

fn answer(inside: &Inside, ids: &[String]) -> Value {
    let rows = inside.tables.rows("Addresses").iter();
    let told: Vec<&Value> = rows.filter(|row| ids.iter().any(|id| row["Id"] == id.as_str())).collect();
    json!({"Addresses": told})
}
