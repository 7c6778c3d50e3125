//! Profiles: what the hub holds of a person or a company, and where each value came from.

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::caller::{Asked, Caller, Desk, Named, out_of_range};
use super::problem::Problem;
use crate::model::value::Purpose;
use crate::model::{
    Cell, CellSet, FieldKey, Life, Record, RecordId, RecordKind, Rule, Scope, SystemId, Value,
};
use crate::profile::{self, ProfileLine};
use crate::{audit, finder, words};

/// The most profiles of an answer.
const LONGEST: usize = 200;

/// A profile as programs are told.
#[derive(Serialize)]
pub(super) struct Told {
    id: RecordId,
    kind: &'static str,
    life: &'static str,
    values: Vec<Held>,
}

/// One value, and where it came from.
#[derive(Serialize)]
struct Held {
    field: FieldKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    element: Option<String>,
    /// Which sort of value it is.
    #[serde(rename = "type")]
    sort: &'static str,
    /// The value in words; absent when it is protected and the token does not show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    protected: bool,
    /// Absent when the hub has computed it or an operator has typed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<SystemId>,
    at: DateTime<Utc>,
    rule: Rule,
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned_by: Option<String>,
}

/// What is looked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// Personal data.
    #[serde(default)]
    q: String,
    limit: Option<usize>,
}

/// What was found.
#[derive(Serialize)]
pub(super) struct Found {
    profiles: Vec<ProfileLine>,
    /// Whether there are more.
    more: bool,
}

/// The profiles that fit, the best first.
pub(super) async fn search(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Found>, Problem> {
    caller.may(Scope::ProfilesRead)?;
    if wanted.q.trim().is_empty() {
        return Err(out_of_range("`q` says what is looked for"));
    }
    let limit = wanted.limit.unwrap_or(50);
    if !(1..=LONGEST).contains(&limit) {
        return Err(out_of_range("`limit` is not between 1 and 200"));
    }
    let store = &desk.hub.store;
    let found = finder::find(store, &finder::Asked { text: &wanted.q, kinds: &[], limit }).await?;
    let profiles = profile::lines(store, &found.hits, &wanted.q).await?;
    Ok(Json(Found { profiles, more: found.more }))
}

/// One profile; one that has gone into another is answered with that one.
pub(super) async fn one(
    State(desk): State<Desk>,
    caller: Caller,
    Named(id): Named,
) -> Result<Json<Told>, Problem> {
    caller.may(Scope::ProfilesRead)?;
    let id = RecordId::parse(&id).ok_or_else(Problem::not_found)?;
    let store = &desk.hub.store;
    let root = store.roots(&[id]).await?.get(&id).copied().ok_or_else(Problem::not_found)?;
    let record = store.records(&[root]).await?.pop().filter(is_profile).ok_or_else(Problem::not_found)?;
    let purpose = if caller.has(Scope::ProfilesSensitive) {
        audit::viewed(&desk.hub, &caller.name, record.id, &profile::protected(&desk.hub, &record)).await?
    } else {
        None
    };
    Ok(Json(told(&record, purpose.as_ref())))
}

const fn is_profile(record: &Record) -> bool {
    match record.kind {
        RecordKind::Person | RecordKind::Company | RecordKind::Agency => true,
        RecordKind::Reservation | RecordKind::Membership | RecordKind::Certificate => false,
    }
}

fn told(record: &Record, purpose: Option<&Purpose>) -> Told {
    let mut values = Vec::new();
    for (field, set) in record.fields.iter() {
        match set {
            CellSet::One(cell) => values.extend(held(field, None, cell, purpose)),
            CellSet::Many(cells) => {
                let held = |(element, cell)| held(field, Some(ToString::to_string(element)), cell, purpose);
                values.extend(cells.iter().filter_map(held));
            }
        }
    }
    let life = match record.life {
        Life::Live => "live",
        Life::MergedInto(_) => "merged",
        Life::Erased => "erased",
        Life::Retired => "retired",
    };
    Told { id: record.id, kind: record.kind.name(), life, values }
}

/// What a cell holds; `None` where it was cleared.
fn held(field: &FieldKey, element: Option<String>, cell: &Cell, purpose: Option<&Purpose>) -> Option<Held> {
    let value = cell.value.as_deref()?;
    let (shown, protected) = if let Value::Special(special) = value {
        (purpose.map(|purpose| special.open(purpose)), true)
    } else {
        (Some(value), false)
    };
    Some(Held {
        field: field.clone(),
        element: element.filter(|_| !protected || purpose.is_some()),
        sort: shown.unwrap_or(value).type_name(),
        value: shown.map(words::value),
        protected,
        system: cell.provenance.system.clone(),
        at: cell.provenance.at,
        rule: cell.provenance.rule,
        pinned_by: cell.pinned_by.as_ref().map(ToString::to_string),
    })
}
