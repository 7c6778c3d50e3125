//! What every page has.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};

use super::visitor::Visitor;
use super::words::Words;
use crate::model::OperatorRole;

/// What every page has: the language, who looks at it, and what its forms carry.
pub(super) struct Page {
    pub(super) words: Words,
    pub(super) who: Option<String>,
    pub(super) form: String,
    /// Whether whoever looks may pause systems and see who has done what.
    pub(super) administers: bool,
    /// How many reviews wait, and how much work was given up.
    pub(super) waits: (u64, u64),
}

impl Page {
    /// A page for somebody who is not known yet.
    pub(super) const fn open(words: Words) -> Self {
        Self { words, who: None, form: String::new(), administers: false, waits: (0, 0) }
    }

    /// A page for whoever is signed in.
    pub(super) fn of(visitor: &Visitor) -> Self {
        Self {
            words: visitor.words,
            who: Some(visitor.operator.name.to_string()),
            form: visitor.secret.of_forms(),
            administers: visitor.operator.role == OperatorRole::Administrator,
            waits: (visitor.news.waits(), visitor.news.parked),
        }
    }
}

/// A page that says one thing.
#[derive(Template)]
#[template(path = "notice.html")]
struct Notice {
    page: Page,
    what: String,
}

/// A page that says one thing.
pub(super) fn notice(status: StatusCode, page: Page, what: String) -> Response {
    shown(status, &Notice { page, what })
}

/// What is told whoever asks for something that is not there.
pub(super) fn missing(visitor: &Visitor) -> Response {
    notice(StatusCode::NOT_FOUND, Page::of(visitor), visitor.words.say("not found").to_owned())
}

/// What is told whoever asks for what his role does not allow.
pub(super) fn forbidden(visitor: &Visitor) -> Response {
    notice(StatusCode::FORBIDDEN, Page::of(visitor), visitor.words.say("not allowed").to_owned())
}

/// A page as an answer. A template that cannot be filled is a bug, and is told as one.
pub(super) fn shown(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(error = %error, "a page could not be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A page that the store has answered for, or has not.
pub(super) fn answered(page: Result<impl Template, crate::store::StoreError>) -> Response {
    match page {
        Ok(page) => shown(StatusCode::OK, &page),
        Err(error) => failed(&error),
    }
}

/// What is told where the store does not answer: the reason is in the log.
pub(super) fn failed(error: &crate::store::StoreError) -> Response {
    tracing::warn!(error = %crate::telemetry::Chain(error), "the desk could not use the store");
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}
