//! What belongs to what.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::Inside;
use super::refusal::{Answer, Refusal, invalid, refusal};
use super::sort::Sort;
use super::table::By;
use super::write::{How, answered, inputs, text};

const MOST_WRITTEN: usize = 2000;
const MOST_READ: usize = 1000;

impl Inside {
    /// The records of a sort that belong to one.
    pub(crate) fn linked(&self, from: (Sort, u64), to: Sort) -> impl Iterator<Item = u64> {
        let links = self.links.range((from, (Sort::Contact, 0))..=(from, (Sort::Stay, u64::MAX)));
        links.filter(move |(_, (sort, _))| *sort == to).map(|(_, (_, id))| *id)
    }

    /// Ties two records, or parts them.
    pub(crate) fn link(&mut self, from: (Sort, u64), to: (Sort, u64), is_tied: bool, by: By) {
        for (from, to) in [(from, to), (to, from)] {
            let changed =
                if is_tied { self.links.insert((from, to)) } else { self.links.remove(&(from, to)) };
            if changed {
                let more = [
                    (
                        "associationType",
                        json!(format!("{}_TO_{}", from.0.word(), to.0.word()).to_uppercase()),
                    ),
                    ("fromObjectId", json!(from.1)),
                    ("toObjectId", json!(to.1)),
                    ("associationRemoved", json!(!is_tied)),
                    ("isPrimaryAssociation", json!(false)),
                ];
                self.tell(from.0, "associationChange", from.1, by, &more);
            }
        }
    }
}

/// Everything below `associations/{from}/{to}`.
pub(super) fn answer(
    inside: &mut Inside,
    (from, to): (Sort, Sort),
    method: &Method,
    rest: &[&str],
    body: &Value,
) -> Answer {
    let Some(default) = from.association(to) else {
        return Err(invalid(format!("{} and {} are not associated", from.word(), to.word())));
    };
    match (method.as_str(), rest) {
        ("GET", ["labels"]) => Ok((
            StatusCode::OK,
            json!({"results": [{"category": "HUBSPOT_DEFINED", "typeId": default, "label": null}]}),
        )),
        ("POST", ["batch", "read"]) => read(inside, from, to, body),
        ("POST", ["batch", "create"]) => tie(inside, from, to, Some(default), body),
        ("POST", ["batch", "associate", "default"]) => tie(inside, from, to, None, body),
        ("POST", ["batch", "archive"]) => part(inside, from, to, body),
        _ => Err(refusal(404, "OBJECT_NOT_FOUND", "No such resource")),
    }
}

fn id_of(end: &Value) -> Result<u64, Refusal> {
    text(end, "id")?.parse().map_err(|_| invalid("an id is a number"))
}

fn read(inside: &Inside, from: Sort, to: Sort, body: &Value) -> Answer {
    let default = from.association(to);
    let (mut results, mut errors) = (Vec::new(), Vec::new());
    for input in inputs(body, MOST_READ)? {
        let id = id_of(input)?;
        let row = inside.resolved(from, id).map_or(id, |row| row.id);
        let ends: Vec<Value> = inside
            .linked((from, row), to)
            .map(|id| {
                let types = json!([{"category": "HUBSPOT_DEFINED", "typeId": default, "label": null}]);
                json!({"toObjectId": id.to_string(), "associationTypes": types})
            })
            .collect();
        if ends.is_empty() {
            errors.push(json!({
                "status": "error", "category": "OBJECT_NOT_FOUND",
                "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                "message": format!("No {} is associated with {} {id}.", to.word(), from.word()),
                "context": {"fromObjectId": [id.to_string()], "fromObjectType": [from.word()], "toObjectType": [to.word()]},
            }));
        } else {
            results.push(json!({"from": {"id": id.to_string()}, "to": ends}));
        }
    }
    Ok(answered(inside, How::Update, results, &errors))
}

/// Ties the pairs of the inputs; each has to name a type of these sorts where the default is not meant anyhow.
fn tie(inside: &mut Inside, from: Sort, to: Sort, named: Option<i64>, body: &Value) -> Answer {
    let (mut results, mut errors) = (Vec::new(), Vec::new());
    for input in inputs(body, MOST_WRITTEN)? {
        if let Some(default) = named {
            let types = input["types"].as_array().filter(|types| !types.is_empty());
            let types = types.ok_or_else(|| invalid("Invalid input JSON: `types` is required"))?;
            let is_known = |kind: &Value| {
                kind["associationCategory"] == "HUBSPOT_DEFINED" && kind["associationTypeId"] == default
            };
            if !types.iter().all(is_known) {
                return Err(invalid(format!(
                    "no such type of association from {} to {}",
                    from.word(),
                    to.word()
                )));
            }
        }
        let ends = ((from, id_of(&input["from"])?), (to, id_of(&input["to"])?));
        let live =
            |(sort, id)| inside.resolved(sort, id).filter(|row| row.is_live()).map(|row| (sort, row.id));
        let ids = [("fromObjectId", ends.0.1.to_string()), ("toObjectId", ends.1.1.to_string())];
        let (Some(one), Some(other)) = (live(ends.0), live(ends.1)) else {
            let context: serde_json::Map<String, Value> =
                ids.into_iter().map(|(name, id)| (name.to_owned(), json!([id]))).collect();
            errors.push(json!({
                "status": "error", "category": "OBJECT_NOT_FOUND", "message": "One of the objects does not exist",
                "context": context,
            }));
            continue;
        };
        inside.link(one, other, true, By::OurApp);
        results.push(json!({
            "fromObjectTypeId": from.type_id(), "fromObjectId": ends.0.1, "toObjectTypeId": to.type_id(),
            "toObjectId": ends.1.1, "labels": [],
        }));
    }
    Ok(answered(inside, How::Create, results, &errors))
}

fn part(inside: &mut Inside, from: Sort, to: Sort, body: &Value) -> Answer {
    for input in inputs(body, MOST_WRITTEN)? {
        let one = id_of(&input["from"])?;
        let others = input["to"].as_array().ok_or_else(|| invalid("Invalid input JSON: `to` is no list"))?;
        for other in others {
            inside.link((from, one), (to, id_of(other)?), false, By::OurApp);
        }
    }
    Ok((StatusCode::NO_CONTENT, Value::Null))
}
