//! What an answer of HubSpot means, and what a refusal says. Pure, and complete: every status has a verdict.
//!
//! A reason names properties and codes and never a value.

use serde_json::Value as Json;
use std::time::Duration;

use super::wire::{Problem, named};
use crate::connectors::http;

/// What an answer's status means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Good,
    /// The token is wrong, or a scope is missing.
    Unauthorised,
    /// Not now.
    Throttled(Duration),
    /// It may have been done all the same.
    Transient,
    /// The request, or one record of it, breaks a rule.
    Refused,
}

/// A refusal: its status and what it says.
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) problem: Problem,
}

/// How long a window of searches is; that of calls rolls, so that after as long there may be room in it again.
const A_SECOND: Duration = Duration::from_secs(1);
/// Somebody else changes the records: HubSpot wants at least this long.
const A_LOCK: Duration = Duration::from_secs(2);
/// The account moves to another data centre, and nothing says for how long.
const A_MOVE: Duration = Duration::from_mins(1);
/// The day's calls are used up; when the account's day ends is not said, so it is asked now and then.
const USED_UP: Duration = Duration::from_mins(10);

/// What a status means. 477 is HubSpot's own: the account is being moved.
pub(super) fn verdict(status: u16, wait: Option<Duration>, problem: &Problem) -> Verdict {
    match status {
        200..=299 => Verdict::Good,
        401 | 403 => Verdict::Unauthorised,
        423 => Verdict::Throttled(wait.unwrap_or(A_LOCK).max(A_LOCK)),
        429 => Verdict::Throttled(wait.unwrap_or_else(|| window(problem))),
        477 => Verdict::Throttled(wait.unwrap_or(A_MOVE)),
        408 | 500..=599 => Verdict::Transient,
        0..=199 | 300..=400 | 402 | 404..=407 | 409..=422 | 424..=428 | 430..=476 | 478..=499 | 600.. => {
            Verdict::Refused
        }
    }
}

/// How long to wait after a 429, which says which limit it was and not for how long.
fn window(problem: &Problem) -> Duration {
    if problem.policy_name.as_deref() == Some("DAILY") { USED_UP } else { A_SECOND }
}

/// The scopes that a 403 asks for, where it names them.
pub(super) fn scopes(problem: &Problem) -> Vec<&str> {
    let details = problem.errors.iter().flatten().map(|detail| &detail.context);
    let contexts = details.chain([&problem.context]);
    contexts
        .flat_map(|context| ["requiredGranularScopes", "missingScopes"].map(|name| named(context, name)))
        .flatten()
        .collect()
}

/// What is wrong with which property.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) property: String,
    pub(super) code: String,
}

/// The property that a refusal is about, where it names one: beside the words, or as JSON inside of them.
pub(super) fn fault(problem: &Problem) -> Option<Fault> {
    let beside = problem.errors.iter().flatten().find_map(|detail| {
        let property = *named(&detail.context, "propertyName").first()?;
        let code = detail.code.as_deref().unwrap_or("a refusal");
        Some(Fault { property: property.to_owned(), code: code.to_owned() })
    });
    beside.or_else(|| {
        let messages = problem.errors.iter().flatten().filter_map(|detail| detail.message.as_deref());
        messages.chain(problem.message.as_deref()).find_map(inside)
    })
}

/// `Property values were not valid: [{"name": .., "error": ..}]`
fn inside(message: &str) -> Option<Fault> {
    let json: Json = serde_json::from_str(message.get(message.find('[')?..)?).ok()?;
    let first = json.get(0)?;
    let text = |name: &str| Some(first.get(name)?.as_str()?.to_owned());
    Some(Fault { property: text("name")?, code: text("error").unwrap_or_else(|| "a refusal".to_owned()) })
}

/// The record that has the e-mail address of a contact already: the words are the only place that names it.
pub(super) fn existing(problem: &Problem) -> Option<&str> {
    let (_, id) = problem.message.as_deref()?.split_once("already exists. Existing ID:")?;
    let id = id.trim_start();
    let end = id.find(|c: char| !c.is_ascii_digit()).unwrap_or(id.len());
    id.get(..end).filter(|id| !id.is_empty())
}

/// What HubSpot says, for an operator.
pub(super) fn reason(problem: &Problem) -> String {
    if let Some(Fault { property, code }) = fault(problem) {
        return format!("HubSpot says {code} of `{property}`");
    }
    let category = problem.category.as_deref().unwrap_or("no");
    let words = problem.message.as_deref().unwrap_or_default();
    // What follows a quotation mark or a bracket may be a value.
    let words = words.split(['"', '[', '{', '\'']).next().unwrap_or_default();
    let words = http::impersonal(words);
    let words = words.trim_end_matches([':', ' ']);
    if words.is_empty() {
        format!("HubSpot says {category}")
    } else {
        format!("HubSpot says {category}: {words}")
    }
}

/// Whether a refusal means that what was asked for is not there.
pub(super) fn is_missing(problem: &Problem) -> bool {
    problem.category.as_deref() == Some("OBJECT_NOT_FOUND")
}
