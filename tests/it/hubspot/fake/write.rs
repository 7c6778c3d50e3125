//! Batches that create, update, upsert and archive; merges; erasure.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

use super::refusal::{Answer, Refusal, conflict, invalid, refusal};
use super::schema::{Fault as Wrong, stamp};
use super::sort::Sort;
use super::table::{By, OTHER_EMAILS, Wanted};
use super::{Fault, Inside, Oddity};

/// The most inputs of a batch.
pub(super) const MOST_INPUTS: usize = 100;
/// The most ids that one record may have been merged from.
const MOST_IDENTITIES: usize = 250;

/// What a batch does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Create,
    Update,
    Upsert,
    Archive,
}

impl How {
    pub(super) fn of(word: &str) -> Option<Self> {
        match word {
            "create" => Some(Self::Create),
            "update" => Some(Self::Update),
            "upsert" => Some(Self::Upsert),
            "archive" => Some(Self::Archive),
            _ => None,
        }
    }

    const fn takes(self) -> &'static [&'static str] {
        match self {
            Self::Create => &["properties", "associations", "objectWriteTraceId"],
            Self::Update | Self::Upsert => &["id", "idProperty", "properties", "objectWriteTraceId"],
            Self::Archive => &["id"],
        }
    }
}

/// An input that can be carried out.
struct Work {
    trace: Option<String>,
    values: BTreeMap<String, String>,
    onto: Onto,
}

/// What an input is carried out on.
enum Onto {
    /// A new record.
    New,
    /// A record that is there.
    Known(u64),
    /// None: its id is not known.
    Unknown(String),
}

/// The inputs of a body, of which there may be so many.
pub(super) fn inputs(body: &Value, most: usize) -> Result<&Vec<Value>, Refusal> {
    let inputs = body["inputs"].as_array().ok_or_else(|| invalid("Invalid input JSON: no inputs"))?;
    match inputs.len() {
        0 => Err(invalid("Invalid input JSON: inputs must not be empty")),
        n if n > most => {
            Err(invalid(format!("The maximum number of inputs in a batch is {most}: there are {n}")))
        }
        _ => Ok(inputs),
    }
}

/// A text of an input.
pub(super) fn text<'a>(input: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    let text = input[name].as_str().filter(|text| !text.is_empty());
    text.ok_or_else(|| invalid(format!("Invalid input JSON: `{name}` is required")))
}

fn only(value: &Value, known: &[&str]) -> Result<(), Refusal> {
    let object: &Map<String, Value> = value.as_object().ok_or_else(|| invalid("Invalid input JSON"))?;
    let unknown = object.keys().find(|name| !known.contains(&name.as_str()));
    unknown.map_or(Ok(()), |name| Err(invalid(format!("Invalid input JSON: unrecognised field \"{name}\""))))
}

/// `batch/create`, `batch/update`, `batch/upsert` and `batch/archive`.
pub(super) fn batch(inside: &mut Inside, sort: Sort, how: How, body: &Value, half: Option<&Fault>) -> Answer {
    only(body, &["inputs"])?;
    let inputs = inputs(body, MOST_INPUTS)?;
    inputs.iter().try_for_each(|input| only(input, how.takes()))?;
    if how == How::Archive {
        for input in inputs {
            if let Ok(id) = text(input, "id")?.parse() {
                inside.archive(sort, id, By::OurApp);
            }
        }
        return Ok((StatusCode::NO_CONTENT, Value::Null));
    }
    let traces: Vec<&str> = inputs.iter().filter_map(|input| input["objectWriteTraceId"].as_str()).collect();
    if traces.iter().collect::<BTreeSet<_>>().len() != traces.len() {
        return Err(invalid("Invalid input JSON: objectWriteTraceId has to be unique in a batch"));
    }
    let may_half_fail = traces.len() == inputs.len();
    let (mut works, mut errors) = (Vec::new(), Vec::new());
    let mut targets = BTreeSet::new();
    for input in inputs {
        let trace = input["objectWriteTraceId"].as_str().map(str::to_owned);
        let onto = target(inside, sort, how, input)?;
        if how != How::Create && !targets.insert((text(input, "id")?, input["idProperty"].as_str())) {
            return Err(invalid("Duplicate IDs found in batch input"));
        }
        match values(inside, sort, how, input) {
            Ok(values) => works.push(Work { trace, values, onto }),
            Err(wrong) if may_half_fail => errors.push(told(&wrong, trace.as_deref())),
            Err(wrong) => return Err(invalid(words_of(&wrong))),
        }
    }
    no_duplicates(inside, sort, &works)?;
    if let Some(half) = half {
        let failed = works.split_off(works.len().div_ceil(2));
        if matches!(half, Fault::Half) {
            let failure = |work: &Work| {
                json!({
                    "status": "error", "category": "INTERNAL_ERROR", "message": "not now",
                    "context": {"objectWriteTraceId": [work.trace]},
                })
            };
            errors.extend(failed.iter().map(failure));
        }
    }
    let mut results: Vec<Value> = Vec::new();
    for work in works {
        match carry_out(inside, sort, how, work) {
            Ok(result) => results.push(result),
            Err(Some(error)) => errors.push(error),
            Err(None) => {}
        }
    }
    Ok(answered(inside, how, results, &errors))
}

/// The body of a batch. Results come in an order of their own.
pub(super) fn answered(
    inside: &Inside,
    how: How,
    mut results: Vec<Value>,
    errors: &[Value],
) -> (StatusCode, Value) {
    results.reverse();
    let third = results.len() / 3;
    results.rotate_left(third);
    let now = stamp(inside.now());
    let mut body = json!({"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now});
    let status = if !errors.is_empty() {
        body["numErrors"] = json!(errors.len());
        body["errors"] = json!(errors);
        StatusCode::MULTI_STATUS
    } else if how == How::Create {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    (status, body)
}

/// What an input is about.
fn target(inside: &Inside, sort: Sort, how: How, input: &Value) -> Result<Onto, Refusal> {
    if how == How::Create {
        return Ok(Onto::New);
    }
    let id = text(input, "id")?;
    let by = input["idProperty"].as_str();
    if how == How::Upsert && by.is_none() {
        return Err(invalid("Invalid input JSON: `idProperty` is required"));
    }
    let Some(by) = by else {
        let row = id.parse().ok().and_then(|id| inside.resolved(sort, id)).filter(|row| row.is_live());
        return Ok(row.map_or_else(|| Onto::Unknown(id.to_owned()), |row| Onto::Known(row.id)));
    };
    if !inside.schema.property(sort, by).is_some_and(|property| property.unique) {
        return Err(invalid(format!(
            "Unable to perform update/upsert by non-unique {} property {by} in portal ID 62515",
            sort.type_id()
        )));
    }
    Ok(match (inside.with(sort, by, id), how) {
        (Some(row), _) => Onto::Known(row.id),
        (None, How::Upsert) => Onto::New,
        (None, How::Create | How::Update | How::Archive) => Onto::Unknown(id.to_owned()),
    })
}

/// The values of an input as HubSpot keeps them.
fn values(inside: &Inside, sort: Sort, how: How, input: &Value) -> Result<BTreeMap<String, String>, Wrong> {
    let properties =
        input["properties"].as_object().ok_or(("INVALID_JSON", "`properties` is required".to_owned()))?;
    let mut values = BTreeMap::new();
    for (name, value) in properties {
        let value = inside.schema.taken(sort, name, value)?;
        if inside.forbidden.is_some_and(|word| value.contains(word)) {
            return Err(("PROPERTY_VALIDATION_RULE", format!("\"{name}\" breaks a rule of this account")));
        }
        values.insert(name.clone(), value);
    }
    if let (How::Upsert, Some(by), Some(id)) = (how, input["idProperty"].as_str(), input["id"].as_str()) {
        values.entry(by.to_owned()).or_insert_with(|| id.to_owned());
    }
    Ok(values)
}

fn words_of((code, words): &Wrong) -> String {
    let detail = json!([{"isValid": false, "message": words, "error": code, "name": name_in(words)}]);
    format!("Property values were not valid: {detail}")
}

fn name_in(words: &str) -> &str {
    words.split('"').nth(1).unwrap_or_default()
}

fn told(wrong: &Wrong, trace: Option<&str>) -> Value {
    json!({
        "status": "error", "category": "VALIDATION_ERROR", "message": words_of(wrong),
        "context": {"objectWriteTraceId": [trace]},
    })
}

/// Nothing unique may be held twice; who tries brings down the whole batch.
fn no_duplicates(inside: &Inside, sort: Sort, works: &[Work]) -> Result<(), Refusal> {
    let mut taken = BTreeSet::new();
    for work in works {
        let own = match work.onto {
            Onto::Known(id) => Some(id),
            Onto::New | Onto::Unknown(_) => None,
        };
        for (name, value) in &work.values {
            let is_unique = inside.schema.property(sort, name).is_some_and(|property| property.unique);
            if is_unique && !value.is_empty() {
                let one = value.to_lowercase();
                let holder = holder(inside, sort, name, &one).filter(|id| Some(*id) != own);
                let is_address = name == "email";
                match holder {
                    Some(id) if is_address => {
                        return Err(conflict(format!("Contact already exists. Existing ID: {id}")));
                    }
                    Some(id) => {
                        return Err(conflict(format!(
                            "Cannot set PropertyValueCoordinates{{{name}={one}}} on {}. {id} already has that value.",
                            own.unwrap_or_default()
                        )));
                    }
                    None => {}
                }
                if !taken.insert((name, one)) {
                    return Err(conflict(format!("the batch holds one value of {name} twice")));
                }
            }
        }
    }
    Ok(())
}

fn holder(inside: &Inside, sort: Sort, name: &str, value: &str) -> Option<u64> {
    if name == "email" {
        let holds = |row: &&super::Row| {
            let held = ["email", OTHER_EMAILS].map(|name| row.property(sort, name).unwrap_or_default());
            held.iter().any(|held| held.split(';').any(|one| one.eq_ignore_ascii_case(value)))
        };
        return inside.holders(sort, value).find(holds).map(|row| row.id);
    }
    inside.with(sort, name, value).map(|row| row.id)
}

fn carry_out(inside: &mut Inside, sort: Sort, how: How, work: Work) -> Result<Value, Option<Value>> {
    let (id, is_new) = match work.onto {
        Onto::New => (inside.insert(sort, &work.values, By::OurApp), true),
        Onto::Known(id) => {
            inside.change(sort, id, &work.values, By::OurApp);
            (id, false)
        }
        Onto::Unknown(_) if inside.oddities.contains(&Oddity::SilentAboutUnknownIds) => return Err(None),
        Onto::Unknown(id) => return Err(Some(unknown(sort, &[id]))),
    };
    let row = inside.row(sort, id).expect("it was there a moment ago");
    let wanted = Wanted { properties: Some(work.values.into_keys().collect()), history: Vec::new() };
    let mut result = inside.shown(sort, row, &wanted);
    if how == How::Upsert {
        result["new"] = json!(is_new);
    }
    if let Some(trace) = work.trace.filter(|_| !inside.oddities.contains(&Oddity::NamelessResults)) {
        result["objectWriteTraceId"] = json!(trace);
    }
    Ok(result)
}

/// The error of a batch about ids that there are not.
pub(super) fn unknown(sort: Sort, ids: &[String]) -> Value {
    let words = format!(
        "Could not get some {} objects, they may be deleted or not exist. Check that ids are valid.",
        sort.word().to_uppercase()
    );
    json!({"status": "error", "category": "OBJECT_NOT_FOUND", "message": words, "context": {"ids": ids}})
}

/// `merge`.
pub(super) fn merge(inside: &mut Inside, sort: Sort, body: &Value) -> Answer {
    only(body, &["primaryObjectId", "objectIdToMerge"])?;
    let id = |name: &str| -> Result<u64, Refusal> {
        let id = text(body, name)?.parse().ok();
        let row = id.and_then(|id| inside.resolved(sort, id)).filter(|row| row.is_live());
        row.map(|row| row.id).ok_or_else(|| refusal(404, "OBJECT_NOT_FOUND", "Object not found"))
    };
    let (primary, loser) = (id("primaryObjectId")?, id("objectIdToMerge")?);
    if primary == loser {
        return Err(invalid("An object cannot be merged with itself"));
    }
    let identities = [primary, loser].map(|id| inside.row(sort, id).map_or(0, |row| row.merged.len()));
    if identities.iter().sum::<usize>() + 2 > MOST_IDENTITIES {
        return Err(refusal(414, "VALIDATION_ERROR", "Cannot have more than 250 identities"));
    }
    let left = inside.merge(sort, primary, loser, By::OurApp);
    let row = inside.row(sort, left).expect("the survivor");
    Ok((StatusCode::OK, inside.shown(sort, row, &Wanted::default())))
}

/// `gdpr-delete`.
pub(super) fn forget(inside: &mut Inside, body: &Value) -> Answer {
    only(body, &["objectId", "idProperty"])?;
    let id = text(body, "objectId")?;
    let row = match body["idProperty"].as_str() {
        Some(by) => inside.with(Sort::Contact, by, id),
        None => id.parse().ok().and_then(|id| inside.resolved(Sort::Contact, id)),
    };
    let id = row.map(|row| row.id).ok_or_else(|| refusal(404, "OBJECT_NOT_FOUND", "Object not found"))?;
    inside.forget(id, By::OurApp);
    Ok((StatusCode::NO_CONTENT, Value::Null))
}
