//! A HubSpot in memory that speaks the CRM's interface over HTTP: it checks every request as HubSpot does, keeps its
//! limits and its lags, and fails when it is told to.

mod account;
mod budget;
mod links;
mod read;
mod refusal;
pub(crate) mod schema;
mod search;
pub(crate) mod sort;
pub(crate) mod table;
pub(crate) mod webhooks;
mod write;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio_util::sync::DropGuard;

use crate::support::loopback::serve;
use budget::Budget;
use refusal::{Answer, Refusal, invalid, missing_scopes, refusal, too_many};
use schema::Schema;
use sort::Sort;
use table::Row;

/// The token that opens it.
pub(crate) const TOKEN: &str = "pat-eu1-token-of-the-test";
/// What its webhooks are signed with.
pub(crate) const SECRET: &str = "client-secret-of-the-test";
/// The app that the token belongs to.
pub(crate) const APP: u64 = 50_780_459;
/// The versions of the interface that it speaks.
const VERSIONS: [&str; 3] = ["2026-03", "2026-09", "v3"];

/// A way to fail.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// 429 with the policy's name, and the seconds to wait, or without.
    TooManyCalls(Option<&'static str>, Option<u32>),
    /// 423: come back in two seconds.
    Locked,
    /// 477 with the seconds to wait.
    Moving(u32),
    /// A status without a body that says anything, before anything was done.
    Status(u16),
    /// 500, after everything was done.
    BrokenAfterwards,
    /// The line is cut while the answer is sent, after everything was done.
    CutAfterwards,
    /// Half of the inputs are carried out; the other half is an error each.
    Half,
    /// Half of the inputs are carried out; nothing is said of the other half.
    SilentHalf,
    /// A body that is no JSON.
    Garbage,
}

/// What a HubSpot may do otherwise than others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Oddity {
    /// The survivor of a merge keeps the id of the primary.
    MergeKeepsTheId,
    /// A survivor names only those that were merged into it themselves, not those merged into these before.
    ShallowMerges,
    /// Results of writes do not name the trace that they belong to.
    NamelessResults,
    /// Nothing is said of unknown ids in an update.
    SilentAboutUnknownIds,
}

/// What it holds, and how it behaves.
pub(crate) struct Inside {
    tables: BTreeMap<Sort, BTreeMap<u64, Row>>,
    next_ids: BTreeMap<Sort, u64>,
    /// By the values of unique properties, in small letters, the records that hold them or held them once.
    holders: HashMap<(Sort, String), BTreeSet<u64>>,
    /// What belongs to what, both ways.
    pub(crate) links: BTreeSet<((Sort, u64), (Sort, u64))>,
    pub(crate) schema: Schema,
    /// The records as the search knows them, and those that it has to look at again.
    index: BTreeMap<Sort, BTreeMap<u64, Row>>,
    unindexed: BTreeSet<(Sort, u64)>,
    /// The index of the search stands still.
    pub(crate) index_stands: bool,
    /// The requests per operation.
    calls: BTreeMap<String, usize>,
    faults: BTreeMap<String, VecDeque<Fault>>,
    /// The ids that were read by themselves.
    pub(crate) ids_read: BTreeSet<String>,
    /// The scopes that the app was not granted.
    pub(crate) missing_scopes: BTreeSet<String>,
    /// What is left of the windows.
    pub(crate) budget: Budget,
    /// How many results a search gives at most.
    pub(crate) most_results: usize,
    /// What it does otherwise than usual.
    pub(crate) oddities: BTreeSet<Oddity>,
    /// What no value may hold by a rule of the account's administrator.
    pub(crate) forbidden: Option<&'static str>,
    /// How far its clock is ahead of this machine's.
    pub(crate) ahead: TimeDelta,
    /// Its clock stands still.
    pub(crate) stopped_at: Option<DateTime<Utc>>,
    /// The app that the token belongs to.
    app: u64,
    /// What webhooks have yet to tell.
    pub(crate) events: Vec<Value>,
    /// No webhook is subscribed to.
    pub(crate) tells_nothing: bool,
    n_events: u64,
}

impl Inside {
    fn new() -> Self {
        let tables: BTreeMap<Sort, BTreeMap<u64, Row>> = Sort::ALL.map(|sort| (sort, BTreeMap::new())).into();
        Self {
            index: tables.clone(),
            tables,
            next_ids: BTreeMap::new(),
            holders: HashMap::new(),
            links: BTreeSet::new(),
            schema: Schema::standard(),
            unindexed: BTreeSet::new(),
            index_stands: false,
            calls: BTreeMap::new(),
            faults: BTreeMap::new(),
            ids_read: BTreeSet::new(),
            missing_scopes: BTreeSet::new(),
            budget: Budget::default(),
            most_results: 10_000,
            oddities: BTreeSet::new(),
            forbidden: None,
            ahead: TimeDelta::zero(),
            stopped_at: None,
            app: APP,
            events: Vec::new(),
            tells_nothing: false,
            n_events: 0,
        }
    }

    /// The time on its clock, as coarse as its stamps.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the system under test is elsewhere and has its own clock"
        )]
        let here = Utc::now();
        schema::coarse(self.stopped_at.unwrap_or(here + self.ahead))
    }
}

/// A served HubSpot.
pub(crate) struct Fake {
    pub(crate) url: String,
    inside: Arc<Mutex<Inside>>,
    _stop: DropGuard,
}

impl Fake {
    /// An account without a record.
    pub(crate) async fn start() -> Self {
        let inside = Arc::new(Mutex::new(Inside::new()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&inside));
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

    /// The operations that are still to fail.
    pub(crate) fn faults_left(&self) -> Vec<String> {
        let inside = self.inside();
        inside
            .faults
            .iter()
            .filter(|(_, left)| !left.is_empty())
            .map(|(operation, _)| operation.clone())
            .collect()
    }

    /// The requests since the last time this was asked, per operation.
    pub(crate) fn calls(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut self.inside().calls)
    }
}

/// A request, taken apart.
struct Request<'a> {
    method: &'a Method,
    parts: Vec<&'a str>,
    query: BTreeMap<String, String>,
    body: Value,
}

impl Request<'_> {
    /// What it asks for, without versions: `contacts/batch/read`, `properties/deals`, `create properties/deals`.
    fn operation(&self) -> String {
        let canonical =
            |part: &&str| Sort::of(part).map_or((*part).to_owned(), |sort| sort.path().to_owned());
        let skipped = ["crm", "objects"];
        let kept = self.parts.iter().filter(|part| !skipped.contains(*part) && !VERSIONS.contains(*part));
        let path = kept.map(canonical).collect::<Vec<_>>().join("/");
        let is_creation =
            self.method == Method::POST && path.starts_with("properties/") && !path.contains("/batch/");
        if is_creation { format!("create {path}") } else { path }
    }
}

async fn answer(
    State(inside): State<Arc<Mutex<Inside>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut inside = inside.lock().expect("no panic");
    let query = uri.query().unwrap_or_default();
    let request = Request {
        method: &method,
        parts: uri.path().split('/').filter(|part| !part.is_empty()).collect(),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let operation = request.operation();
    *inside.calls.entry(operation.clone()).or_default() += 1;
    let fault = inside.faults.get_mut(&operation).and_then(VecDeque::pop_front);
    let is_search = operation.ends_with("/search");
    let answer = match fault {
        Some(Fault::TooManyCalls(policy, wait)) => Err(too_many(policy, wait)),
        Some(Fault::Locked) => Err(refusal(423, "LOCKED", "the records are being changed")),
        Some(Fault::Moving(wait)) => Err(Refusal {
            wait: Some(wait),
            ..refusal(477, "MIGRATION_IN_PROGRESS", "the account is moving")
        }),
        Some(Fault::Status(status)) => {
            return StatusCode::from_u16(status).expect("a status").into_response();
        }
        Some(Fault::Garbage) => return "<html>not now</html>".into_response(),
        Some(Fault::BrokenAfterwards) => carried_out(&mut inside, &request, &headers, None)
            .and(Err(refusal(500, "INTERNAL", "internal error"))),
        Some(Fault::CutAfterwards) => {
            let done = carried_out(&mut inside, &request, &headers, None);
            done.expect("a request that can be carried out");
            return cut();
        }
        Some(half @ (Fault::Half | Fault::SilentHalf)) => {
            carried_out(&mut inside, &request, &headers, Some(&half))
        }
        None => match inside.budget.spend(is_search) {
            Err(policy) => Err(too_many(Some(policy), None)),
            Ok(()) => carried_out(&mut inside, &request, &headers, None),
        },
    };
    let mut response = match answer {
        Ok((StatusCode::NO_CONTENT, _)) => StatusCode::NO_CONTENT.into_response(),
        Ok((status, body)) => (status, axum::Json(body)).into_response(),
        Err(Refusal { status, body, wait }) => {
            let mut response = (status, axum::Json(body)).into_response();
            if let Some(wait) = wait {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait));
            }
            response
        }
    };
    let now = inside.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    response.headers_mut().insert(header::DATE, HeaderValue::from_str(&now).expect("a date"));
    if !is_search {
        inside.budget.tell(response.headers_mut());
    }
    response
}

/// An answer whose line is cut in the middle.
fn cut() -> Response {
    let piece = Ok(Bytes::from_static(b"{\"status\":"));
    let end = Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
    Body::from_stream(futures_util::stream::iter([piece, end])).into_response()
}

/// Checks the request as HubSpot does, then does what it asks.
fn carried_out(
    inside: &mut Inside,
    request: &Request<'_>,
    headers: &HeaderMap,
    half: Option<&Fault>,
) -> Answer {
    let expected = format!("Bearer {TOKEN}");
    if headers.get(header::AUTHORIZATION).is_none_or(|sent| *sent != expected) {
        return Err(refusal(401, "INVALID_AUTHENTICATION", "Authentication credentials not found."));
    }
    let is_json = headers.get(header::CONTENT_TYPE).is_some_and(|of| of == "application/json");
    if request.method == Method::POST && (!is_json || !request.body.is_object()) {
        return Err(invalid("Invalid input JSON"));
    }
    let nowhere = || refusal(404, "OBJECT_NOT_FOUND", "No such resource");
    let sort = |word: &str| {
        Sort::of(word).ok_or_else(|| invalid(format!("Unable to infer object type from: {word}")))
    };
    let parts: Vec<&str> = request.parts.iter().copied().filter(|part| !VERSIONS.contains(part)).collect();
    if parts.len() + 1 != request.parts.len() {
        return Err(nowhere());
    }
    let missing: Vec<String> =
        account::scopes(request).into_iter().filter(|scope| inside.missing_scopes.contains(scope)).collect();
    if !missing.is_empty() {
        return Err(missing_scopes(&missing));
    }
    match (request.method.as_str(), &parts[..]) {
        ("GET", ["crm", "objects", of]) => read::list(inside, sort(of)?, &request.query),
        ("POST", ["crm", "objects", of, "batch", "read"]) => {
            read::batch(inside, sort(of)?, &request.query, &request.body)
        }
        ("POST", ["crm", "objects", of, "batch", what]) => {
            let how = write::How::of(what).ok_or_else(nowhere)?;
            write::batch(inside, sort(of)?, how, &request.body, half)
        }
        ("POST", ["crm", "objects", of, "search"]) => search::search(inside, sort(of)?, &request.body),
        ("POST", ["crm", "objects", of, "merge"]) => write::merge(inside, sort(of)?, &request.body),
        ("POST", ["crm", "objects", "contacts", "gdpr-delete"]) => write::forget(inside, &request.body),
        (_, ["crm", "associations", from, to, rest @ ..]) => {
            links::answer(inside, (sort(from)?, sort(to)?), request.method, rest, &request.body)
        }
        (_, ["crm", "properties", of, rest @ ..]) => {
            account::properties(inside, sort(of)?, request.method, rest, &request.body)
        }
        ("GET", ["crm", "pipelines", of]) => Ok(account::pipelines(sort(of)?)),
        ("GET", ["account-info", rest @ ..]) => account::info(rest),
        _ => Err(nowhere()),
    }
}

/// How long a window of the ordinary limit is.
pub(crate) const WINDOW: Duration = Duration::from_secs(10);
