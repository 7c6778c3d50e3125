//! What an account is: its scopes, its properties, its pipelines, its details.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::refusal::{Answer, invalid, refusal};
use super::schema::{Fault, PIPELINE, STAGES};
use super::sort::Sort;
use super::write::{How, MOST_INPUTS, answered, inputs, text};
use super::{Inside, Request};

/// The scopes that a request needs.
pub(super) fn scopes(request: &Request<'_>) -> Vec<String> {
    let sorts = request.parts.iter().filter_map(|part| Sort::of(part));
    let is_read = request.method == Method::GET
        || request.parts.last().is_some_and(|last| ["read", "search"].contains(last));
    let right = if is_read { "read" } else { "write" };
    let area = if request.parts.contains(&"properties") { "schemas" } else { "objects" };
    sorts.map(|sort| format!("crm.{area}.{}.{right}", sort.scope())).collect()
}

/// Everything below `properties/{type}`.
pub(super) fn properties(
    inside: &mut Inside,
    sort: Sort,
    method: &Method,
    rest: &[&str],
    body: &Value,
) -> Answer {
    match (method.as_str(), rest) {
        ("GET", []) => {
            let known = inside.schema.properties[&sort].iter();
            let shown: Vec<Value> = known.map(|(name, property)| property.shown(name)).collect();
            Ok((StatusCode::OK, json!({"results": shown})))
        }
        ("POST", []) => {
            create(inside, sort, body)?;
            Ok((StatusCode::CREATED, body.clone()))
        }
        ("POST", ["batch", "create"]) => {
            let inputs = inputs(body, MOST_INPUTS)?;
            for input in inputs {
                create(inside, sort, input)?;
            }
            Ok(answered(inside, How::Create, inputs.clone(), &[]))
        }
        ("GET", ["groups"]) => {
            let groups: Vec<Value> = inside.schema.groups[&sort]
                .iter()
                .map(|name| json!({"name": name, "label": name, "displayOrder": -1, "archived": false}))
                .collect();
            Ok((StatusCode::OK, json!({"results": groups})))
        }
        ("POST", ["groups"]) => {
            text(body, "label")?;
            let name = text(body, "name")?.to_owned();
            if !inside.schema.groups.get_mut(&sort).expect("a sort").insert(name) {
                return Err(refusal(409, "OBJECT_ALREADY_EXISTS", "the group is there already"));
            }
            Ok((StatusCode::CREATED, body.clone()))
        }
        _ => Err(refusal(404, "OBJECT_NOT_FOUND", "No such resource")),
    }
}

fn create(inside: &mut Inside, sort: Sort, body: &Value) -> Result<(), super::Refusal> {
    let name = body["name"].as_str().unwrap_or_default();
    if inside.schema.property(sort, name).is_some() {
        let words = format!("A property named '{name}' already exists.");
        return Err(refusal(409, "OBJECT_ALREADY_EXISTS", words));
    }
    inside.schema.add(sort, body).map_err(|(code, words): Fault| invalid(format!("{code}: {words}")))
}

/// `pipelines/{type}`.
pub(super) fn pipelines(sort: Sort) -> (StatusCode, Value) {
    let stages: Vec<Value> =
        STAGES.iter().map(|id| json!({"id": id, "label": id, "archived": false})).collect();
    let pipelines = if sort == Sort::Deal {
        json!([{"id": PIPELINE, "label": "Stays", "archived": false, "stages": stages}])
    } else {
        json!([])
    };
    (StatusCode::OK, json!({"results": pipelines}))
}

/// What is below `account-info`.
pub(super) fn info(rest: &[&str]) -> Answer {
    let body = match rest {
        ["details"] => json!({
            "portalId": 62_515, "accountType": "STANDARD", "timeZone": "Europe/Madrid", "companyCurrency": "EUR",
            "uiDomain": "app.hubspot.com", "dataHostingLocation": "eu1",
        }),
        ["api-usage", "daily", "private-apps"] => json!({"results": [{
            "name": "private-apps-api-calls-daily", "usageLimit": 650_000, "currentUsage": 1234, "fetchStatus": "SUCCESS",
        }]}),
        _ => return Err(refusal(404, "OBJECT_NOT_FOUND", "No such resource")),
    };
    Ok((StatusCode::OK, body))
}
