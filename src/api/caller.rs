//! Which program asks, what its token allows, and what it sends.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::problem::Problem;
use crate::hub::Hub;
use crate::model::{OperatorId, Scope};
use crate::operators::{self, Secret};

/// So many wrong tokens are answered one by one in a window; a right one always is.
const WRONG: u32 = 30;
/// The window.
const WINDOW: Duration = Duration::from_mins(1);

/// What the routes share.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) hub: Hub,
    wrong: Arc<Mutex<Wrong>>,
}

/// The wrong tokens of a window.
struct Wrong {
    since: Instant,
    count: u32,
}

impl Desk {
    pub(super) fn of(hub: Hub) -> Self {
        Self { hub, wrong: Arc::new(Mutex::new(Wrong { since: Instant::now(), count: 0 })) }
    }

    /// What is told about a wrong token.
    fn wrong(&self) -> Problem {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.since.elapsed() > WINDOW {
            *wrong = Wrong { since: Instant::now(), count: 0 };
        }
        wrong.count = wrong.count.saturating_add(1);
        match wrong.count {
            ..=WRONG => Problem::unknown_token(),
            _more => {
                if wrong.count == WRONG + 1 {
                    tracing::warn!("many requests with a wrong token in one minute");
                }
                let left = WINDOW.saturating_sub(wrong.since.elapsed()).as_secs() + 1;
                Problem::too_many(u32::try_from(left).unwrap_or(u32::MAX))
            }
        }
    }
}

/// A program with a token that is in force.
pub(super) struct Caller {
    /// Whom the journal and the audit name.
    pub(super) name: OperatorId,
    scopes: Vec<Scope>,
}

impl Caller {
    pub(super) fn has(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Whether its token allows this; else what it is told.
    pub(super) fn may(&self, scope: Scope) -> Result<(), Problem> {
        if self.has(scope) { Ok(()) } else { Err(Problem::no_scope(scope.name())) }
    }
}

impl FromRequestParts<Desk> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Problem> {
        let shown = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = shown.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| Secret::shown(token.trim()))
        });
        let token = token.ok_or_else(Problem::unknown_token)?;
        let known = operators::recognise(&desk.hub.store, &desk.hub.clock, &token).await?;
        let token = known.ok_or_else(|| desk.wrong())?;
        Ok(Self { name: token.operator(), scopes: token.scopes })
    }
}

/// A JSON object that a program has sent; what is wrong with it is told.
pub(super) struct Sent<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Desk> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Problem> {
        let sent = Json::<T>::from_request(request, desk).await;
        let Json(sent) = sent.map_err(|error| Problem::bad_request(error.status(), error.body_text()))?;
        Ok(Self(sent))
    }
}

/// What a program has put behind the question mark.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Desk> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Problem> {
        let asked = Query::<T>::from_request_parts(parts, desk).await;
        let Query(asked) = asked.map_err(|error| Problem::bad_request(error.status(), error.body_text()))?;
        Ok(Self(asked))
    }
}

/// What a path names; what cannot be a name is nothing that there is.
pub(super) struct Named(pub(super) String);

impl FromRequestParts<Desk> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Problem> {
        let named = Path::<String>::from_request_parts(parts, desk).await;
        named.map(|Path(name)| Self(name)).map_err(|_| Problem::not_found())
    }
}

/// What is told about a number that is out of its range.
pub(super) fn out_of_range(what: &str) -> Problem {
    Problem::bad_request(StatusCode::BAD_REQUEST, what.to_owned())
}
