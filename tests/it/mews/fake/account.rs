//! Changes of accounts: a batch is carried out as a whole or refused.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::{Inside, Refusal, refusal, stamp};

/// What may be set of a customer, and what the row calls it.
const CUSTOMER: &[(&str, &str)] = &[
    ("Email", "Email"),
    ("TaxIdentifier", "TaxIdentificationNumber"),
    ("LastName", "LastName"),
    ("FirstName", "FirstName"),
    ("SecondLastName", "SecondLastName"),
    ("BirthPlace", "BirthPlace"),
    ("Telephone", "Phone"),
    ("Occupation", "Occupation"),
    ("NationalityCode", "NationalityCode"),
    ("BirthDate", "BirthDate"),
    ("Sex", "Sex"),
];

/// The same of a company.
const COMPANY: &[(&str, &str)] = &[
    ("Email", "InvoicingEmail"),
    ("TaxIdentifier", "TaxIdentifier"),
    ("Name", "Name"),
    ("WebsiteUrl", "WebsiteUrl"),
    ("Telephone", "Telephone"),
];

/// What is to become of one row.
struct Change {
    table: &'static str,
    id: String,
    values: Vec<(&'static str, Value)>,
}

/// `accounts/update`.
pub(super) fn update(inside: &mut Inside, request: &Map<String, Value>) -> Result<Value, Refusal> {
    let bad = |words: String| refusal(StatusCode::BAD_REQUEST, words);
    if let Some(name) = request.keys().find(|name| !["AccountUpdates", "ChainId"].contains(&name.as_str())) {
        return Err(bad(format!("`{name}` is no property of `accounts/update`")));
    }
    let updates =
        request.get("AccountUpdates").and_then(Value::as_array).ok_or_else(|| bad("no updates".into()))?;
    if !(1..=1000).contains(&updates.len()) {
        return Err(bad("not 1 to 1000 updates".to_owned()));
    }
    let changes = updates.iter().map(|update| change(inside, update)).collect::<Result<Vec<_>, _>>()?;
    let now = stamp(inside.now());
    for Change { table, id, values } in changes {
        *inside.writes.entry(id.clone()).or_default() += 1;
        let row = inside.tables.row_mut(table, &id).expect("it was there a moment ago");
        // What stays as it is leaves no trace.
        if values.iter().any(|(name, value)| row[*name] != *value) {
            row["UpdatedUtc"] = json!(now);
        }
        for (name, value) in values {
            row[name] = value;
        }
    }
    Ok(json!({"Accounts": []}))
}

fn change(inside: &Inside, update: &Value) -> Result<Change, Refusal> {
    let bad = |words: String| refusal(StatusCode::BAD_REQUEST, words);
    let (table, part, known) = match update["Discriminator"].as_str() {
        Some("Customer") => ("Customers", "Customer", CUSTOMER),
        Some("Company") => ("Companies", "Company", COMPANY),
        Some(_) | None => return Err(bad("`Discriminator` is required".to_owned())),
    };
    let id = update["Id"].as_str().unwrap_or_default().to_owned();
    let is_there = |row: &&Value| row["Id"] == id.as_str() && row["IsActive"] != false;
    if !inside.tables.rows(table).iter().any(|row| is_there(&row)) {
        return Err(bad("Invalid account.".to_owned()));
    }
    let properties = update[part].as_object().ok_or_else(|| bad(format!("`{part}` is required")))?;
    let mut values = Vec::new();
    for (name, wrapped) in properties {
        if (table, name.as_str()) == ("Customers", "Options") {
            let row = inside.tables.rows(table).iter().find(is_there).expect("it is there");
            values.push(("Options", options(row, wrapped)?));
            continue;
        }
        let (_, column) = known
            .iter()
            .find(|(known, _)| known == name)
            .ok_or_else(|| bad(format!("`{name}` is unknown")))?;
        values.push((*column, unwrapped(name, wrapped)?.clone()));
    }
    let of_somebody_else = |row: &Value, email: &Value| {
        row["Id"] != id.as_str() && row["Email"] == *email && row["IsActive"] != false
    };
    let taken = values.iter().filter(|(column, value)| *column == "Email" && !value.is_null());
    for (_, email) in taken {
        if inside.tables.rows("Customers").iter().any(|row| of_somebody_else(row, email)) {
            let words = format!("The address {email} is already used by another profile.");
            return Err(refusal(StatusCode::FORBIDDEN, words));
        }
    }
    Ok(Change { table, id, values })
}

/// The options that `accounts/update` sets; it knows no others.
const SIMPLE_OPTIONS: [&str; 3] = ["SendMarketingEmails", "Invoiceable", "BillAddressObjection"];
/// Every option.
pub(super) const OPTIONS: [&str; 9] = [
    "SendMarketingEmails",
    "Invoiceable",
    "BillAddressObjection",
    "SendMarketingPostalMail",
    "SendPartnerMarketingEmails",
    "SendPartnerMarketingPostalMail",
    "WithdrawCardConsent",
    "GuestPhotoConsent",
    "IdPhotosConsent",
];

/// The options of a customer after some of them were set.
fn options(row: &Value, set: &Value) -> Result<Value, Refusal> {
    let bad = |words: String| refusal(StatusCode::BAD_REQUEST, words);
    let mut options = row["Options"].as_array().cloned().unwrap_or_default();
    for (name, wrapped) in set.as_object().ok_or_else(|| bad("no options".to_owned()))? {
        if !SIMPLE_OPTIONS.contains(&name.as_str()) {
            return Err(bad(format!("`{name}` is no option of `accounts/update`")));
        }
        let is_ticked = unwrapped(name, wrapped)?.as_bool();
        let is_ticked = is_ticked.ok_or_else(|| bad(format!("`{name}` is neither true nor false")))?;
        options.retain(|option| option != name);
        options.extend(is_ticked.then(|| json!(name)));
    }
    Ok(json!(options))
}

/// `customers/update`: only its options are ever asked for. All of them are set at once; what is blank stays as it is.
pub(super) fn update_customer(inside: &mut Inside, request: &Map<String, Value>) -> Result<Value, Refusal> {
    let bad = |words: &str| refusal(StatusCode::BAD_REQUEST, words);
    if request.keys().any(|name| !["CustomerId", "Options", "ChainId"].contains(&name.as_str())) {
        return Err(bad("a property that this hotel does not know"));
    }
    let id = request.get("CustomerId").and_then(Value::as_str).ok_or_else(|| bad("no customer"))?;
    let options = request.get("Options").and_then(Value::as_array).ok_or_else(|| bad("no options"))?;
    let is_known = |option: &Value| OPTIONS.iter().any(|known| option == known);
    if !options.iter().all(is_known) {
        return Err(bad("an unknown option"));
    }
    let (now, ignores_options) = (stamp(inside.now()), inside.ignores_options);
    let row = inside.tables.row_mut("Customers", id).filter(|row| row["IsActive"] != false);
    let row = row.ok_or_else(|| bad("Invalid customer."))?;
    if !ignores_options && !options.is_empty() {
        row["Options"] = json!(options);
        row["UpdatedUtc"] = json!(now);
    }
    let row = row.clone();
    *inside.writes.entry(id.to_owned()).or_default() += 1;
    Ok(row)
}

/// What an update value says.
pub(super) fn unwrapped<'v>(name: &str, wrapped: &'v Value) -> Result<&'v Value, Refusal> {
    let wrapped = wrapped.as_object().filter(|wrapped| wrapped.len() == 1);
    let value = wrapped.and_then(|wrapped| wrapped.get("Value"));
    value.ok_or_else(|| refusal(StatusCode::BAD_REQUEST, format!("`{name}` is no update value")))
}

/// `accounts/merge`.
pub(super) fn merge(inside: &mut Inside, request: &Map<String, Value>) -> Result<Value, Refusal> {
    let bad = |words: &str| refusal(StatusCode::BAD_REQUEST, words);
    let merges =
        request.get("AccountMergeParameters").and_then(Value::as_array).ok_or_else(|| bad("no merges"))?;
    if !(1..=10).contains(&merges.len()) {
        return Err(bad("not 1 to 10 merges"));
    }
    for merge in merges {
        let table = if merge["AccountType"] == "Company" { "Companies" } else { "Customers" };
        let target = merge["TargetAccountId"].as_str().ok_or_else(|| bad("no target"))?.to_owned();
        for source in merge["SourceAccountIds"].as_array().ok_or_else(|| bad("no sources"))? {
            let source = source.as_str().unwrap_or_default();
            inside.merge(table, source, &target);
        }
    }
    Ok(json!({}))
}

impl Inside {
    /// Makes one account part of another.
    pub(crate) fn merge(&mut self, table: &'static str, source: &str, target: &str) {
        let now = stamp(self.now());
        let row = self.tables.row_mut(table, source).expect("a row");
        row["MergeTargetId"] = json!(target);
        row["IsActive"] = json!(false);
        row["UpdatedUtc"] = json!(now);
        row["DeletedUtc"] = json!(now);
    }
}
