//! What an answer of Tryton means: one pure function over status, headers and body.
//!
//! No text of the server goes further than this module without its quoted parts taken out: they are values.
//!
//! Source: the answers of Tryton 6.0.29 and 8.2.1; `trytond/protocols/{dispatcher,jsonrpc}.py` of both.

use std::time::Duration;

use serde_json::Value as Json;

/// An answer, understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    /// The result.
    Done(Json),
    /// The call asks for a confirmation under this name.
    Warning(String),
    /// A record has moved since the stamp in the context.
    Stale,
    /// The values are refused.
    Refused(Refusal),
    /// The session is unknown or has ended.
    SessionGone,
    /// The user may not do this, or the method is not offered.
    Forbidden,
    /// The login needs more than a password.
    MoreFactors,
    /// There is no such database.
    NoDatabase,
    /// The address is not where this release listens.
    WrongAddress,
    /// The model or field of this name does not exist.
    Unknown(String),
    /// The request is longer than the server allows.
    TooLarge,
    /// Too many calls, with the wait it asks for.
    Throttled(Option<Duration>),
    /// The server or something before it is not well.
    Unwell(u16),
    /// The server failed on the call, with its text taken out.
    Broken,
    /// No JSON-RPC answer.
    Undecodable,
}

/// A refusal, as far as it can be told without values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// The label of the field, in English.
    pub(super) field: Option<String>,
    /// The label of the model, in English.
    pub(super) model: Option<String>,
    /// The message without its values.
    pub(super) why: String,
}

/// Tells what the answer to a call means.
pub(super) fn classify(status: u16, retry_after: Option<&str>, body: &[u8]) -> Answer {
    match status {
        200 => decode(body),
        401 => Answer::SessionGone,
        403 => Answer::Forbidden,
        404 => Answer::NoDatabase,
        300..=399 | 405 => Answer::WrongAddress,
        413 => Answer::TooLarge,
        429 => Answer::Throttled(retry_after.and_then(wait)),
        408 | 423 | 425 | 500..=599 => Answer::Unwell(status),
        _ => Answer::Broken,
    }
}

/// A `Retry-After` in seconds; a date or nonsense is no wait.
fn wait(header: &str) -> Option<Duration> {
    header.trim().parse().ok().map(Duration::from_secs)
}

fn decode(body: &[u8]) -> Answer {
    let Ok(Json::Object(mut answer)) = serde_json::from_slice(body) else {
        return Answer::Undecodable;
    };
    match (answer.remove("error"), answer.remove("result")) {
        (Some(error), _) => decode_error(&error),
        (None, Some(result)) => Answer::Done(result),
        (None, None) => Answer::Undecodable,
    }
}

fn decode_error(error: &Json) -> Answer {
    let text = |index: usize, inner: usize| -> &str {
        error.get(index).and_then(|part| part.get(inner)).and_then(Json::as_str).unwrap_or_default()
    };
    match error.get(0).and_then(Json::as_str) {
        Some("UserWarning") => Answer::Warning(text(1, 0).to_owned()),
        Some("UserError") => Answer::Refused(refusal(text(1, 0))),
        Some("ConcurrencyException") => Answer::Stale,
        Some("LoginException") => Answer::MoreFactors,
        Some("RateLimitException") => Answer::Throttled(None),
        Some(other) if other.contains("doesn't exist!") => Answer::NoDatabase,
        // A Python `KeyError` shows as the quoted key: a model or a field that is not there.
        Some(other) => match other.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
            Some(name) if is_name(name) => Answer::Unknown(name.to_owned()),
            Some(_) | None => Answer::Broken,
        },
        None => Answer::Broken,
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_')
}

/// Takes the labels out of an English message and blanks everything else that is quoted.
fn refusal(message: &str) -> Refusal {
    let mut field = None;
    let mut model = None;
    let mut why = String::new();
    for (index, part) in message.lines().next().unwrap_or_default().split('"').enumerate() {
        if index % 2 == 0 {
            why.push_str(&blank(part));
        } else if why.ends_with("field ") {
            field = Some(part.to_owned());
            why.push_str(part);
        } else if field.is_some() && (why.ends_with(" of ") || why.ends_with(" in ")) {
            model = Some(part.to_owned());
            why.push_str(part);
        } else {
            why.push('…');
        }
    }
    Refusal { field, model, why }
}

/// Blanks words that look like values: they hold a digit or an `@`.
fn blank(text: &str) -> String {
    let is_value = |word: &str| word.chars().any(|c| c.is_ascii_digit() || c == '@');
    text.split_inclusive(' ')
        .map(|word| if is_value(word) { "… ".to_owned() } else { word.to_owned() })
        .collect()
}
