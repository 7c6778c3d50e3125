//! What a program is told when it does not get what it asked for: problem details as RFC 9457 has them.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::model::review::ReviewState;
use crate::review::ReviewError;
use crate::store::StoreError;
use crate::telemetry::Chain;

/// Why a program does not get what it asked for.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// How a review has ended, where that is the problem.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    ended: Option<Box<Ended>>,
    #[serde(skip)]
    retry_after_s: Option<u32>,
}

/// How a review has ended.
#[derive(Debug, Serialize)]
struct Ended {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_by: Option<String>,
    decided_at: DateTime<Utc>,
}

impl Problem {
    /// A problem of a kind whose name does not change.
    pub(super) fn new(status: StatusCode, name: &str, title: &'static str) -> Self {
        Self {
            kind: format!("urn:cardex:problem:{name}"),
            title,
            status: status.as_u16(),
            detail: None,
            ended: None,
            retry_after_s: None,
        }
    }

    /// The same, with what is special about this one.
    pub(super) fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing.")
    }

    pub(super) fn no_method() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", "This cannot be done with it.")
    }

    pub(super) fn unknown_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "token", "A token that is in force is needed.")
    }

    pub(super) fn too_many(retry_after_s: u32) -> Self {
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many tokens were wrong.");
        Self { retry_after_s: Some(retry_after_s), ..problem }
    }

    pub(super) fn no_scope(scope: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "scope", "The token does not allow this.")
            .detail(format!("the scope `{scope}` is needed"))
    }

    /// The request cannot be understood.
    pub(super) fn bad_request(status: StatusCode, why: String) -> Self {
        Self::new(status, "request", "The request cannot be understood.").detail(why)
    }

    /// The request is understood and asks for what cannot be.
    pub(super) fn unfit(why: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unfit", "That cannot be decided here.").detail(why)
    }

    fn conflict(name: &str, title: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, name, title)
    }

    pub(super) fn at_rest() -> Self {
        Self::conflict("at-rest", "The system is paused or was stopped.")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let wait = self.retry_after_s.map(|seconds| [(RETRY_AFTER, seconds.to_string())]);
        let asks = (status == StatusCode::UNAUTHORIZED).then_some([(WWW_AUTHENTICATE, "Bearer")]);
        (status, asks, wait, [(CONTENT_TYPE, "application/problem+json")], Json(self)).into_response()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::warn!(error = %Chain(&error), "a program could not be answered from the store");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "store", "The hub's store does not answer.")
    }
}

impl From<ReviewError> for Problem {
    fn from(error: ReviewError) -> Self {
        let told = Chain(&error).to_string();
        match error {
            ReviewError::Store(error) => error.into(),
            ReviewError::Unknown(_) => Self::not_found(),
            ReviewError::Ended(_, how) => {
                let problem = Self::conflict("already-decided", "The review has ended already.");
                Self { ended: ended(how.0), ..problem }.detail(told)
            }
            ReviewError::NothingToUndo(_) => {
                Self::conflict("nothing-to-undo", "Nothing was made one by it.").detail(told)
            }
            ReviewError::KeptApart(_) => {
                Self::conflict("kept-apart", "Operators keep these records apart.").detail(told)
            }
            ReviewError::NoSystem(_)
            | ReviewError::GoneOn(..)
            | ReviewError::NotApart(..)
            | ReviewError::Refused(_)
            | ReviewError::Split(_) => {
                Self::conflict("stands-in-the-way", "Something is in the way.").detail(told)
            }
            ReviewError::Merge(_) => {
                Self::new(StatusCode::BAD_GATEWAY, "system-refused", "The system could not do it.")
                    .detail(told)
            }
            ReviewError::NotDuplicates(_)
            | ReviewError::NotConflict(_)
            | ReviewError::NoSide(_)
            | ReviewError::NotTyped(_)
            | ReviewError::Unreadable(..)
            | ReviewError::NotPinned(_)
            | ReviewError::NoDays
            | ReviewError::NotHousehold(_)
            | ReviewError::NoRelation(_)
            | ReviewError::NotAMember(_)
            | ReviewError::OneAlready
            | ReviewError::Household
            | ReviewError::NoChoice(_)
            | ReviewError::NoField(_)
            | ReviewError::NoElement(_) => Self::unfit(told),
        }
    }
}

fn ended(state: ReviewState) -> Option<Box<Ended>> {
    let name = state.name();
    let (decided_by, decided_at) = match state {
        ReviewState::Open => return None,
        ReviewState::Accepted { by, at, .. }
        | ReviewState::Rejected { by, at, .. }
        | ReviewState::Undone { by, at } => (Some(by.to_string()), at),
        ReviewState::Settled { at } => (None, at),
    };
    Some(Box::new(Ended { state: name, decided_by, decided_at }))
}
