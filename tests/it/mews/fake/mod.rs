//! A Mews in memory that speaks the Connector API over HTTP: it checks every request as Mews does, keeps its limits, and
//! fails when it is told to.

mod account;
mod address;
mod create;
pub(crate) mod hotel;
mod rules;
mod table;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio_util::sync::DropGuard;

use crate::support::loopback::serve;
use table::Tables;

/// The tokens that open it.
pub(crate) const CLIENT_TOKEN: &str = "client-token-of-the-test";
pub(crate) const ACCESS_TOKEN: &str = "access-token-of-the-test";
/// The hotel, and the service that its stays belong to.
pub(crate) const ENTERPRISE: &str = "e0000000-0000-4000-8000-000000000001";
pub(crate) const STAYS: &str = "50000000-0000-4000-8000-000000000001";

/// A way to fail.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// 429, with the seconds to wait or without.
    TooManyCalls(Option<u32>),
    /// 408: ask for less.
    TooLong,
    /// 409: somebody else was faster.
    Overtaken,
    /// 403: a rule of the hotel's, with these words.
    Forbidden(&'static str),
    /// 500, before anything was done.
    Broken,
    /// 500, after everything was done.
    BrokenAfterwards,
    /// 401: the integration lacks the right.
    NoRight,
}

/// Something that happens at the hotel at a moment.
pub(crate) type Event = Box<dyn FnOnce(&mut Tables, DateTime<Utc>) + Send>;

/// What it holds, and how it behaves.
#[derive(Default)]
pub(crate) struct Inside {
    pub(crate) tables: Tables,
    /// Requests per operation.
    pub(crate) calls: BTreeMap<String, usize>,
    /// The next requests for an operation fail so.
    pub(crate) faults: BTreeMap<String, VecDeque<Fault>>,
    /// How many times each account was changed over the interface.
    pub(crate) writes: BTreeMap<String, usize>,
    /// How far its clock is ahead of this machine's.
    pub(crate) ahead: TimeDelta,
    /// The requests that a window allows.
    pub(crate) limit: Option<(usize, Duration)>,
    /// How many requests were over it.
    pub(crate) n_refused: usize,
    /// Every page names its last row, the last one too.
    pub(crate) always_names_the_last_row: bool,
    /// `customers/update` answers as ever and leaves the options as they are.
    pub(crate) ignores_options: bool,
    /// What happens at the hotel while the first page of a listing is on its way.
    pub(crate) meanwhile: Option<Event>,
    recent: VecDeque<Instant>,
}

impl Inside {
    /// The time on its clock.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the system under test is elsewhere and has its own clock"
        )]
        let here = Utc::now();
        here + self.ahead
    }
}

/// A served Mews.
pub(crate) struct Fake {
    pub(crate) url: String,
    inside: Arc<Mutex<Inside>>,
    _stop: DropGuard,
}

impl Fake {
    /// A hotel with rooms, rates and an empty guest book.
    pub(crate) async fn start() -> Self {
        let inside = Arc::new(Mutex::new(Inside::default()));
        hotel::furnish(&mut inside.lock().expect("no panic"));
        let router = Router::new()
            .route("/api/connector/v1/{*operation}", post(answer))
            .with_state(Arc::clone(&inside));
        let (url, stop) = serve(router).await;
        Self { url, inside, _stop: stop }
    }

    /// What it holds.
    pub(crate) fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().expect("no panic")
    }

    /// The next requests for an operation fail so.
    pub(crate) fn fail(&self, operation: &str, faults: impl IntoIterator<Item = Fault>) {
        self.inside().faults.entry(operation.to_owned()).or_default().extend(faults);
    }

    /// The requests since the last time this was asked, per operation.
    pub(crate) fn calls(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut self.inside().calls)
    }
}

/// A stamp of Mews.
pub(crate) fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A refusal: its status and its words.
type Refusal = (StatusCode, String);

fn refusal(status: StatusCode, words: impl Into<String>) -> Refusal {
    (status, words.into())
}

async fn answer(
    State(inside): State<Arc<Mutex<Inside>>>,
    Path(operation): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut inside = inside.lock().expect("no panic");
    *inside.calls.entry(operation.clone()).or_default() += 1;
    let fault = inside.faults.get_mut(&operation).and_then(VecDeque::pop_front);
    let answer = match fault {
        Some(Fault::BrokenAfterwards) => {
            let done = carried_out(&mut inside, &operation, &headers, &body);
            done.and(Err(refusal(StatusCode::INTERNAL_SERVER_ERROR, "unexpected")))
        }
        Some(Fault::TooManyCalls(wait)) => return too_many(wait),
        Some(Fault::TooLong) => Err(refusal(StatusCode::REQUEST_TIMEOUT, "ask for less")),
        Some(Fault::Overtaken) => Err(refusal(StatusCode::CONFLICT, "the data has changed")),
        Some(Fault::Forbidden(words)) => Err(refusal(StatusCode::FORBIDDEN, words)),
        Some(Fault::Broken) => Err(refusal(StatusCode::INTERNAL_SERVER_ERROR, "unexpected")),
        Some(Fault::NoRight) => Err(refusal(StatusCode::UNAUTHORIZED, "no permission")),
        None if inside.is_over_limit() => return too_many(None),
        None => carried_out(&mut inside, &operation, &headers, &body),
    };
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err((status, words)) => (status, json!({"Message": words, "RequestId": "r-1"})),
    };
    let mut response = (status, axum::Json(body)).into_response();
    let date = inside.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    response.headers_mut().insert(header::DATE, HeaderValue::from_str(&date).expect("a date"));
    response
}

fn too_many(wait: Option<u32>) -> Response {
    let mut response = (StatusCode::TOO_MANY_REQUESTS, "{}").into_response();
    if let Some(wait) = wait {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
    }
    response
}

impl Inside {
    fn is_over_limit(&mut self) -> bool {
        let Some((most, window)) = self.limit else { return false };
        let now = Instant::now();
        self.recent.retain(|at| now.duration_since(*at) < window);
        self.recent.push_back(now);
        let is_over = self.recent.len() > most;
        self.n_refused += usize::from(is_over);
        is_over
    }
}

/// Checks the request as Mews does, then does what it asks.
fn carried_out(
    inside: &mut Inside,
    operation: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Value, Refusal> {
    let bad = |words: &str| refusal(StatusCode::BAD_REQUEST, words);
    if headers.get(header::CONTENT_TYPE).is_none_or(|of| of != "application/json") {
        return Err(bad("the content is no JSON"));
    }
    let mut request: Map<String, Value> = serde_json::from_slice(body).map_err(|_| bad("no JSON object"))?;
    let mut text = |name| request.remove(name).and_then(|value| value.as_str().map(str::to_owned));
    let tokens = [text("ClientToken"), text("AccessToken")];
    if text("Client").is_none_or(|client| client.is_empty()) {
        return Err(bad("`Client` is required"));
    }
    if tokens != [Some(CLIENT_TOKEN.to_owned()), Some(ACCESS_TOKEN.to_owned())] {
        return Err(refusal(StatusCode::UNAUTHORIZED, "invalid token"));
    }
    match operation {
        "configuration/get" => Ok(hotel::configuration(inside.now())),
        "accounts/update" => account::update(inside, &request),
        "addresses/add" => address::add(inside, &request),
        "addresses/update" => address::update(inside, &request),
        "customers/add" => create::customer(inside, &request),
        "companies/add" => create::company(inside, &request),
        "customers/update" => account::update_customer(inside, &request),
        "accounts/merge" => account::merge(inside, &request),
        _ => {
            let rule =
                rules::of(operation).ok_or_else(|| refusal(StatusCode::NOT_FOUND, "no such operation"))?;
            rules::check(rule, &request).map_err(|words| bad(&words))?;
            let (now, always) = (inside.now(), inside.always_names_the_last_row);
            let answer = table::page(&inside.tables, rule, &request, always).map_err(|words| bad(&words))?;
            if let Some(meanwhile) = inside.meanwhile.take() {
                meanwhile(&mut inside.tables, now);
            }
            Ok(answer)
        }
    }
}
