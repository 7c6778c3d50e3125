//! Calls of the open contract over HTTP, and what each kind of failure means.
//!
//! Nothing is retried here, and no text of an answer's body reaches an error: it could hold a guest's data.

use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use smol_str::SmolStr;
use std::time::Duration;
use url::Url;

use super::wire::Problem;
use crate::connectors::ConnectorError;
use crate::connectors::http::{self, BodyError, Effect};
use crate::model::SystemId;

/// More than this is no answer of the contract.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// Speaks to one system.
pub(super) struct Client {
    system: SmolStr,
    http: reqwest::Client,
    base: Url,
    token: SecretString,
}

/// What an answer's status means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Good,
    Unauthorised,
    Throttled(Option<Duration>),
    Transient,
    BatchRefused,
    CursorExpired,
    Unsupported,
    Incompatible,
    Refused,
}

impl Client {
    pub(super) fn new(
        system: &SystemId,
        base: Url,
        token: SecretString,
        timeout: Duration,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self { system: SmolStr::new(system.as_str()), http: http::client(timeout)?, base, token })
    }

    pub(super) fn system(&self) -> SmolStr {
        self.system.clone()
    }

    /// `GET /v1/{path}?{query}`.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, ConnectorError> {
        let mut url = self.url(path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let body = self.send(self.http.get(url), Effect::Reads).await?;
        self.decode(&body, Effect::Reads)
    }

    /// `POST /v1/{path}` with a body.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &(impl Serialize + Sync),
        effect: Effect,
    ) -> Result<T, ConnectorError> {
        let body = self.send(self.http.post(self.url(path)?).json(body), effect).await?;
        self.decode(&body, effect)
    }

    /// `POST /v1/{path}` with a body, where the answer has none.
    pub(super) async fn post_only(
        &self,
        path: &[&str],
        body: &(impl Serialize + Sync),
    ) -> Result<(), ConnectorError> {
        self.send(self.http.post(self.url(path)?).json(body), Effect::Writes).await.map(drop)
    }

    fn url(&self, path: &[&str]) -> Result<Url, ConnectorError> {
        let mut url = self.base.clone();
        {
            let segments = url.path_segments_mut();
            let mut segments = segments.map_err(|()| self.undecodable("the base address"))?;
            segments.pop_if_empty().push("v1").extend(path);
        }
        Ok(url)
    }

    async fn send(
        &self,
        request: reqwest::RequestBuilder,
        effect: Effect,
    ) -> Result<Vec<u8>, ConnectorError> {
        let request = request.bearer_auth(self.token.expose_secret());
        let response = request.send().await.map_err(|error| self.unreachable(error, effect))?;
        let status = response.status();
        let wait = http::retry_after(response.headers());
        let body = self.body(response, effect).await;
        let verdict = classify(status, wait, body.as_deref().unwrap_or_default(), effect);
        if verdict == Verdict::Good { body } else { Err(self.error(verdict, status, effect)) }
    }

    async fn body(&self, response: Response, effect: Effect) -> Result<Vec<u8>, ConnectorError> {
        http::body(response, MOST_BYTES).await.map_err(|error| match error {
            BodyError::Cut(error) => self.unreachable(error, effect),
            BodyError::TooLarge => self.undecodable("it is too large"),
        })
    }

    /// An answer that is no JSON (a proxy's page, half an answer) says nothing of the system. One that is, but not
    /// the contract's, will not become so by asking again; after a write, it leaves open whether it was done.
    fn decode<T: DeserializeOwned>(&self, body: &[u8], effect: Effect) -> Result<T, ConnectorError> {
        serde_json::from_slice(body).map_err(|error| {
            let place = format!("{:?} at line {} column {}", error.classify(), error.line(), error.column());
            match (error.classify(), effect) {
                (Category::Data, Effect::Reads) => self.undecodable(&place),
                (Category::Io | Category::Syntax | Category::Eof, _) | (Category::Data, Effect::Writes) => {
                    ConnectorError::Unreachable {
                        system: self.system(),
                        sent: effect == Effect::Writes,
                        source: format!("the answer cannot be understood: {place}").into(),
                    }
                }
            }
        })
    }

    fn error(&self, verdict: Verdict, status: StatusCode, effect: Effect) -> ConnectorError {
        let (system, answer) = (self.system(), format!("it answers {status}"));
        match verdict {
            Verdict::Throttled(wait) => ConnectorError::RateLimited { system, wait },
            Verdict::Unauthorised => ConnectorError::Unauthorised { system, why: answer },
            Verdict::Transient => {
                ConnectorError::Unreachable { system, sent: effect == Effect::Writes, source: answer.into() }
            }
            Verdict::BatchRefused => ConnectorError::BatchRefused { system, why: answer },
            Verdict::CursorExpired => ConnectorError::CursorExpired { system },
            Verdict::Unsupported => ConnectorError::Unsupported { system, what: "do what was asked" },
            Verdict::Incompatible => ConnectorError::Incompatible { system, what: answer },
            Verdict::Good | Verdict::Refused => ConnectorError::Refused { system, why: answer },
        }
    }

    pub(super) fn undecodable(&self, what: &str) -> ConnectorError {
        ConnectorError::Undecodable { system: self.system(), what: what.to_owned() }
    }

    fn unreachable(&self, error: reqwest::Error, effect: Effect) -> ConnectorError {
        let sent = effect.may_be_done(&error);
        ConnectorError::Unreachable { system: self.system(), sent, source: error.without_url().into() }
    }
}

/// What an answer means. Pure, and complete: every status has a verdict.
///
/// A 5xx of a write is never read as "not done": systems answer so after they have committed.
pub(super) fn classify(status: StatusCode, wait: Option<Duration>, body: &[u8], effect: Effect) -> Verdict {
    match status.as_u16() {
        200..=299 => Verdict::Good,
        401 | 403 | 407 => Verdict::Unauthorised,
        429 => Verdict::Throttled(wait),
        503 if effect == Effect::Reads && wait.is_some() => Verdict::Throttled(wait),
        410 if problem(body) == "urn:cardex:open:cursor-expired" => Verdict::CursorExpired,
        400 | 409 | 413 | 422 if problem(body) == "urn:cardex:open:batch-refused" => Verdict::BatchRefused,
        413 if effect == Effect::Writes => Verdict::BatchRefused,
        404 if problem(body) == "urn:cardex:open:not-found" => Verdict::Refused,
        501 => Verdict::Unsupported,
        408 | 425 | 500..=599 => Verdict::Transient,
        0..=199 | 300..=399 | 404..=406 | 415 | 426 | 600.. => Verdict::Incompatible,
        400 | 402 | 409..=414 | 416..=424 | 427..=428 | 430..=499 => Verdict::Refused,
    }
}

fn problem(body: &[u8]) -> String {
    serde_json::from_slice::<Problem>(body).unwrap_or_default().name
}
