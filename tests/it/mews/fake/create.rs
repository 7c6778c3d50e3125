//! Customers and companies that are made over the interface.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::account::OPTIONS;
use super::{Inside, Refusal, address, refusal};

/// The texts of a customer that may be given.
const CUSTOMER: [&str; 14] = [
    "FirstName",
    "LastName",
    "SecondLastName",
    "NationalityCode",
    "PreferredLanguageCode",
    "Sex",
    "BirthDate",
    "BirthPlace",
    "Occupation",
    "Email",
    "Phone",
    "LoyaltyCode",
    "Notes",
    "TaxIdentificationNumber",
];
/// The texts of a company.
const COMPANY: [&str; 7] =
    ["Name", "InvoicingEmail", "WebsiteUrl", "TaxIdentifier", "Telephone", "Notes", "ExternalIdentifier"];

fn bad(words: impl Into<String>) -> Refusal {
    refusal(StatusCode::BAD_REQUEST, words)
}

/// `customers/add`: whoever has the e-mail address already is overwritten, or the call is refused.
pub(super) fn customer(inside: &mut Inside, request: &Map<String, Value>) -> Result<Value, Refusal> {
    let overwrites = request.get("OverwriteExisting").and_then(Value::as_bool);
    let overwrites = overwrites.ok_or_else(|| bad("`OverwriteExisting` is required"))?;
    let mut row =
        texts(request, &CUSTOMER, "LastName", &["OverwriteExisting", "Options", "Classifications"])?;
    if let Some(word) = row["Sex"].as_str().filter(|word| !["Male", "Female"].contains(word)) {
        return Err(bad(format!("`{word}` is no sex")));
    }
    let options = request.get("Options").cloned().unwrap_or(json!([]));
    let is_known = |option: &Value| OPTIONS.iter().any(|known| option == known);
    if !options.as_array().is_some_and(|options| options.iter().all(is_known)) {
        return Err(bad("an unknown option"));
    }
    row.insert("Options".to_owned(), options);
    row.insert("Classifications".to_owned(), request.get("Classifications").cloned().unwrap_or(json!([])));
    let holds = |known: &&Value| known["IsActive"] != false && known["Email"] == row["Email"];
    let taken = inside.tables.rows("Customers").iter().find(|known| !row["Email"].is_null() && holds(known));
    let taken = taken.and_then(|row| row["Id"].as_str()).map(str::to_owned);
    let id = match taken {
        Some(_) if !overwrites => {
            let words = format!("A customer with the email {} already exists.", row["Email"]);
            return Err(refusal(StatusCode::FORBIDDEN, words));
        }
        Some(id) => {
            inside.edit("Customers", &id, Value::Object(row));
            id
        }
        None => {
            for (name, value) in [("HasOtaEmail", json!(false)), ("PreferredSpaceFeatures", json!([]))] {
                row.insert(name.to_owned(), value);
            }
            inside.enter("Customers", Value::Object(row))
        }
    };
    settle(inside, "Customers", &id, request)
}

/// `companies/add`.
pub(super) fn company(inside: &mut Inside, request: &Map<String, Value>) -> Result<Value, Refusal> {
    let mut row = texts(request, &COMPANY, "Name", &["Options"])?;
    let options = request.get("Options").and_then(Value::as_object);
    row.insert("Options".to_owned(), json!(options.ok_or_else(|| bad("`Options` is required"))?));
    let id = inside.enter("Companies", Value::Object(row));
    let made = settle(inside, "Companies", &id, request)?;
    Ok(json!({"Companies": [made]}))
}

/// A row of the texts of a request; what is not given is empty.
fn texts(
    request: &Map<String, Value>,
    known: &[&str],
    required: &str,
    besides: &[&str],
) -> Result<Map<String, Value>, Refusal> {
    let mut row =
        Map::from_iter([("IsActive".to_owned(), json!(true)), ("MergeTargetId".to_owned(), json!(null))]);
    for name in known {
        let value = request.get(*name).cloned().unwrap_or_default();
        if !value.is_null() && value.as_str().is_none_or(|text| text.is_empty() || text.len() > 255) {
            return Err(bad(format!("`{name}` is no text")));
        }
        row.insert((*name).to_owned(), value);
    }
    let is_known = |name: &str| known.contains(&name) || besides.contains(&name) || name == "Address";
    if let Some(name) = request.keys().find(|name| !is_known(name)) {
        return Err(bad(format!("`{name}` is no property")));
    }
    if row[required].is_null() { Err(bad(format!("`{required}` is required"))) } else { Ok(row) }
}

/// Gives a new account its address, counts the write, and tells the account.
fn settle(
    inside: &mut Inside,
    table: &'static str,
    id: &str,
    request: &Map<String, Value>,
) -> Result<Value, Refusal> {
    if let Some(address) = request.get("Address") {
        let mut address = address.clone();
        address["AccountId"] = json!(id);
        let added = address::add(inside, &Map::from_iter([("Addresses".to_owned(), json!([address]))]))?;
        inside.edit(table, id, json!({"AddressId": added["Addresses"][0]["Id"]}));
    }
    inside.writes.insert(id.to_owned(), 1);
    Ok(inside.tables.row_mut(table, id).expect("it was made").clone())
}
