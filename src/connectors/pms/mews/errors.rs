//! What an answer of Mews means. Pure, and complete: every status has a verdict.

use std::time::Duration;

use serde::Deserialize;

use crate::connectors::http;

/// What an answer's status means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Good,
    /// The token is wrong, the integration is disabled, or it lacks the right to the operation.
    Unauthorised,
    /// More than 200 requests in 30 seconds.
    Throttled(Option<Duration>),
    /// It took too long: ask for less.
    TooMuch,
    /// The data has changed meanwhile: read it and send again.
    Overtaken,
    /// The request, or one record of it, breaks a rule.
    Refused,
    /// It may have been done all the same.
    Transient,
    /// Nothing of Mews answers so.
    Incompatible,
}

/// The body of an error.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Problem {
    #[serde(default)]
    message: String,
}

/// What a status means.
pub(super) const fn verdict(status: u16, wait: Option<Duration>) -> Verdict {
    match status {
        200..=299 => Verdict::Good,
        401 | 407 => Verdict::Unauthorised,
        408 => Verdict::TooMuch,
        409 => Verdict::Overtaken,
        429 => Verdict::Throttled(wait),
        400 | 402 | 403 | 410..=414 | 416..=425 | 427 | 428 | 430..=499 => Verdict::Refused,
        500..=599 => Verdict::Transient,
        0..=199 | 300..=399 | 404..=406 | 415 | 426 | 600.. => Verdict::Incompatible,
    }
}

/// What Mews says about a refusal, for an operator.
pub(super) fn reason(body: &[u8]) -> String {
    let problem: Problem = serde_json::from_slice(body).unwrap_or_default();
    http::impersonal(&problem.message)
}
