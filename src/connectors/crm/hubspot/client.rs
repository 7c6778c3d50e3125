//! Calls of HubSpot's interface: JSON with a bearer token, everything in batches.
//!
//! Nothing is retried here. Of an answer's body only the reason of a refusal reaches an error.

use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use smol_str::SmolStr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use super::config::Settings;
use super::errors::{Refusal, Verdict, reason, scopes, verdict};
use super::wire::Problem;
use crate::connectors::ConnectorError;
use crate::connectors::http::{self, BodyError, Effect};
use crate::model::SystemId;

/// More than this is no answer of HubSpot.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// HubSpot allows five searches a second for the whole account, and says nowhere how many are left: this leaves one for
/// others.
const BETWEEN_SEARCHES: Duration = Duration::from_millis(250);

/// Speaks to one account.
pub(super) struct Client {
    system: SmolStr,
    http: reqwest::Client,
    base: Url,
    version: String,
    token: SecretString,
    /// Requests since somebody asked how many there were, but for the first of each method.
    further: AtomicU32,
    /// The next request is the first of its method.
    is_first: AtomicBool,
    /// How many calls the account allows in ten seconds by its own word; 0 until it was heard.
    allowed: AtomicU32,
    /// When the next search may start.
    next_search: Mutex<Option<Instant>>,
}

/// Why a call failed.
pub(super) enum CallError {
    /// HubSpot refuses the request.
    Refused(Box<Refusal>),
    /// Anything else.
    Failed(ConnectorError),
}

/// A request without its version: `crm/objects/{version}/contacts/search` is the area `crm/objects` and the rest.
pub(super) struct Request<'a> {
    pub(super) area: &'a str,
    pub(super) rest: &'a [&'a str],
    pub(super) query: &'a [(&'a str, &'a str)],
    /// Sent by `POST`; without one it is a `GET`.
    pub(super) body: Option<Json>,
    pub(super) effect: Effect,
}

impl Client {
    pub(super) fn new(
        system: &SystemId,
        settings: &Settings,
        token: SecretString,
    ) -> Result<Self, reqwest::Error> {
        Ok(Self {
            system: SmolStr::new(system.as_str()),
            http: http::client(settings.timeout())?,
            base: settings.base_url.0.clone(),
            version: settings.api_version.clone(),
            token,
            further: AtomicU32::new(0),
            is_first: AtomicBool::new(false),
            allowed: AtomicU32::new(0),
            next_search: Mutex::new(None),
        })
    }

    pub(super) fn system(&self) -> SmolStr {
        self.system.clone()
    }

    /// A method begins.
    pub(super) fn begin(&self) {
        self.is_first.store(true, Ordering::Relaxed);
    }

    /// The requests since this was last asked, but for the first of each method.
    pub(super) fn further(&self) -> u32 {
        self.further.swap(0, Ordering::Relaxed)
    }

    /// How many calls the account allows in ten seconds, where it has said so.
    pub(super) fn allowed(&self) -> Option<u32> {
        Some(self.allowed.load(Ordering::Relaxed)).filter(|calls| *calls > 0)
    }

    pub(super) fn unsupported(&self, what: &'static str) -> ConnectorError {
        ConnectorError::Unsupported { system: self.system(), what }
    }

    pub(super) fn undecodable(&self, what: &str) -> ConnectorError {
        ConnectorError::Undecodable { system: self.system(), what: what.to_owned() }
    }

    /// Asks for something under `crm/objects`.
    pub(super) async fn objects<T: DeserializeOwned>(
        &self,
        rest: &[&str],
        body: Json,
        effect: Effect,
    ) -> Result<T, CallError> {
        self.call(&Request { area: "crm/objects", rest, query: &[], body: Some(body), effect }).await
    }

    /// Searches, at the pace that HubSpot allows.
    pub(super) async fn search<T: DeserializeOwned>(&self, object: &str, body: Json) -> Result<T, CallError> {
        {
            let mut next = self.next_search.lock().await;
            if let Some(at) = *next {
                tokio::time::sleep_until(at).await;
            }
            *next = Some(Instant::now() + BETWEEN_SEARCHES);
        }
        self.objects(&[object, "search"], body, Effect::Reads).await
    }

    /// Reads something.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        area: &str,
        rest: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, CallError> {
        self.call(&Request { area, rest, query, body: None, effect: Effect::Reads }).await
    }

    /// Makes a call. An answer without a body reads as `null`.
    pub(super) async fn call<T: DeserializeOwned>(&self, request: &Request<'_>) -> Result<T, CallError> {
        let Request { body, effect, .. } = request;
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let mut call = self.http.request(method, self.url(request).map_err(CallError::Failed)?);
        call = call.bearer_auth(self.token.expose_secret());
        if let Some(body) = body {
            call = call.json(body);
        }
        if !self.is_first.swap(false, Ordering::Relaxed) {
            self.further.fetch_add(1, Ordering::Relaxed);
        }
        let response = call.send().await.map_err(|error| self.unreachable(error, *effect))?;
        let status = response.status();
        let wait = http::retry_after(response.headers());
        let header = response.headers().get("x-hubspot-ratelimit-max");
        if let Some(calls) = header.and_then(|value| value.to_str().ok()?.parse().ok()) {
            self.allowed.store(calls, Ordering::Relaxed);
        }
        let body = http::body(response, MOST_BYTES).await.map_err(|error| match error {
            BodyError::Cut(error) => self.unreachable(error, *effect),
            BodyError::TooLarge => CallError::Failed(self.undecodable("it is too large")),
        });
        if status.is_success() {
            return self.decode(request, &body?);
        }
        let problem = serde_json::from_slice(&body.unwrap_or_default()).unwrap_or_default();
        Err(self.failure(request, status, wait, problem))
    }

    fn url(&self, request: &Request<'_>) -> Result<Url, ConnectorError> {
        let mut url = self.base.clone();
        {
            let segments = url.path_segments_mut().map_err(|()| self.undecodable("the base address"));
            let mut segments = segments?;
            segments.pop_if_empty().extend(request.area.split('/'));
            segments.push(&self.version).extend(request.rest);
        }
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(request.query);
        }
        Ok(url)
    }

    fn decode<T: DeserializeOwned>(&self, request: &Request<'_>, body: &[u8]) -> Result<T, CallError> {
        let body = if body.is_empty() { b"null" } else { body };
        serde_json::from_slice(body).map_err(|error| {
            let what = format!("`{}`: {:?} at column {}", name(request), error.classify(), error.column());
            // After a write, an answer that cannot be read leaves open whether it was done; half an answer to a read
            // says nothing of HubSpot.
            CallError::Failed(if request.effect == Effect::Reads && error.is_data() {
                self.undecodable(&what)
            } else {
                let sent = request.effect == Effect::Writes;
                ConnectorError::Unreachable { system: self.system(), sent, source: what.into() }
            })
        })
    }

    fn failure(
        &self,
        request: &Request<'_>,
        status: StatusCode,
        wait: Option<Duration>,
        problem: Problem,
    ) -> CallError {
        let system = self.system();
        let answer = || format!("`{}` answers {}", name(request), status.as_u16());
        CallError::Failed(match verdict(status.as_u16(), wait, &problem) {
            Verdict::Good | Verdict::Refused => {
                return CallError::Refused(Box::new(Refusal { status: status.as_u16(), problem }));
            }
            Verdict::Throttled(wait) => ConnectorError::RateLimited { system, wait: Some(wait) },
            Verdict::Transient => {
                let sent = request.effect == Effect::Writes;
                ConnectorError::Unreachable { system, sent, source: answer().into() }
            }
            Verdict::Unauthorised => {
                let scopes = scopes(&problem);
                let why = if scopes.is_empty() {
                    answer()
                } else {
                    format!("`{}` needs the scope {}", name(request), scopes.join(", "))
                };
                ConnectorError::Unauthorised { system, why }
            }
        })
    }

    fn unreachable(&self, error: reqwest::Error, effect: Effect) -> CallError {
        let sent = effect.may_be_done(&error);
        let source = error.without_url().into();
        CallError::Failed(ConnectorError::Unreachable { system: self.system(), sent, source })
    }

    /// The error of a call of which no part can be settled by itself.
    pub(super) fn whole(&self, error: CallError) -> ConnectorError {
        let system = self.system();
        match error {
            CallError::Failed(error) => error,
            CallError::Refused(refusal) if refusal.status == 404 => {
                ConnectorError::Incompatible { system, what: reason(&refusal.problem) }
            }
            CallError::Refused(refusal) => ConnectorError::Refused { system, why: reason(&refusal.problem) },
        }
    }
}

/// What a request is called in errors: its path without ids.
fn name(request: &Request<'_>) -> String {
    let rest = request.rest.iter().copied();
    [request.area].into_iter().chain(rest).collect::<Vec<_>>().join("/")
}
