//! Lets a small system speak the open contract (`docs/open-connector.md`) over HTTP on loopback.
//!
//! Written from the contract, not from the connector: the two meet only on the wire.

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::manners::{Call, Fault};
use super::system::System;
use super::table::{Answer, Request, Row, RowLife};
use super::webhooks::{self, Subscription};

/// How many records a page has when nobody says.
const PAGE: usize = 200;

/// A small system on the wire.
pub struct Served {
    /// The system.
    pub system: Arc<System>,
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub url: String,
    /// The bearer token that it asks for.
    pub token: String,
    /// The secret that its webhooks are signed with.
    pub webhook_secret: String,
    shared: Arc<Shared>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

struct Shared {
    system: Arc<System>,
    token: String,
    capabilities: Value,
}

impl Served {
    /// Serves `system`, which says of itself what `capabilities` says, on a free port of loopback.
    ///
    /// # Errors
    /// No port can be opened.
    pub async fn start(
        system: Arc<System>,
        capabilities: Value,
        token: String,
        webhook_secret: String,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let shared = Arc::new(Shared { system: Arc::clone(&system), token: token.clone(), capabilities });
        let serving = axum::serve(listener, routes(Arc::clone(&shared)));
        let stopped = stop.clone().cancelled_owned();
        tasks.spawn(async move { serving.with_graceful_shutdown(stopped).await });
        Ok(Self { system, url, token, webhook_secret, shared, stop, tasks })
    }

    /// Sends a signed webhook to `url` for every change from now on.
    ///
    /// # Errors
    /// The HTTP client could not be set up.
    pub fn subscribe(&self, url: impl Into<String>) -> Result<(), reqwest::Error> {
        let subscription = Subscription { url: url.into(), secret: self.webhook_secret.clone() };
        let sender = webhooks::sender(Arc::clone(&self.system), subscription, self.stop.clone())?;
        self.tasks.spawn(sender);
        Ok(())
    }

    /// What it says of itself.
    pub fn capabilities(&self) -> &Value {
        &self.shared.capabilities
    }

    /// Stops listening and sending. What the system holds stays, and can be served again.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/v1/capabilities", get(capabilities))
        .route("/v1/{kind}", get(changes))
        .route("/v1/{kind}/keys", get(keys))
        .route("/v1/{kind}/read", post(read))
        .route("/v1/{kind}/find", post(find))
        .route("/v1/{kind}/write", post(write))
        .route("/v1/{kind}/withdraw", post(withdraw))
        .route("/v1/{kind}/merge", post(merge))
        .with_state(shared)
}

type App = State<Arc<Shared>>;

async fn capabilities(State(app): App, headers: HeaderMap) -> Response {
    app.answer(Call::Capabilities, None, &headers, |_| Json(app.capabilities.clone()).into_response()).await
}

#[derive(Deserialize)]
struct ChangesQuery {
    changed_since: Option<String>,
    limit: Option<usize>,
}

async fn changes(
    State(app): App,
    Path(kind): Path<String>,
    Query(query): Query<ChangesQuery>,
    headers: HeaderMap,
) -> Response {
    app.answer(Call::Changes, Some(&kind), &headers, |_| app.changes(&kind, &query)).await
}

#[derive(Deserialize)]
struct KeysQuery {
    after: Option<String>,
    limit: Option<usize>,
}

async fn keys(
    State(app): App,
    Path(kind): Path<String>,
    Query(query): Query<KeysQuery>,
    headers: HeaderMap,
) -> Response {
    app.answer(Call::Keys, Some(&kind), &headers, |fault| {
        let limit = query.limit.unwrap_or(PAGE);
        if let Some(refusal) = app.over_limit(limit) {
            return refusal;
        }
        let rows = app.system.page(&kind, query.after.as_deref().unwrap_or(""), limit);
        let next = rows.last().filter(|_| rows.len() == limit).map(|row| row.id.clone());
        let keys: Vec<_> = rows.iter().map(|row| json!({"id": row.id, "hash": row.hash()})).collect();
        let capped = fault == Some(Fault::Capped);
        Json(json!({"keys": keys, "next": next, "capped": capped})).into_response()
    })
    .await
}

#[derive(Deserialize)]
struct ReadBody {
    ids: Vec<String>,
}

async fn read(
    State(app): App,
    Path(kind): Path<String>,
    headers: HeaderMap,
    Json(body): Json<ReadBody>,
) -> Response {
    app.answer(Call::Read, Some(&kind), &headers, |_| {
        let results: Vec<_> = body.ids.iter().map(|id| app.reading(&kind, id)).collect();
        Json(json!({"results": results})).into_response()
    })
    .await
}

#[derive(Deserialize)]
struct FindBody {
    hub_ids: Vec<String>,
}

async fn find(
    State(app): App,
    Path(kind): Path<String>,
    headers: HeaderMap,
    Json(body): Json<FindBody>,
) -> Response {
    app.answer(Call::Find, Some(&kind), &headers, |_| {
        let rows = body.hub_ids.iter().filter_map(|hub_id| app.system.by_hub_id(&kind, hub_id));
        let found: Vec<_> = rows.map(|row| json!({"hub_id": row.hub_id, "id": row.id})).collect();
        Json(json!({"found": found})).into_response()
    })
    .await
}

#[derive(Deserialize)]
struct WriteBody {
    writes: Vec<WriteItem>,
}

#[derive(Deserialize)]
struct WriteItem {
    id: Option<String>,
    hub_id: Option<String>,
    if_version: Option<i64>,
    #[serde(default)]
    quiet: bool,
    fields: Map<String, Value>,
}

async fn write(
    State(app): App,
    Path(kind): Path<String>,
    headers: HeaderMap,
    Json(body): Json<WriteBody>,
) -> Response {
    app.answer(Call::Write, Some(&kind), &headers, |fault| {
        app.write(&kind, body.writes, fault == Some(Fault::HalfFailed))
    })
    .await
}

#[derive(Deserialize)]
struct WithdrawBody {
    records: Vec<WithdrawItem>,
}

#[derive(Deserialize)]
struct WithdrawItem {
    id: String,
    if_version: Option<i64>,
}

async fn withdraw(
    State(app): App,
    Path(kind): Path<String>,
    headers: HeaderMap,
    Json(body): Json<WithdrawBody>,
) -> Response {
    app.answer(Call::Withdraw, Some(&kind), &headers, |_| {
        let withdraw = |item: WithdrawItem| match app.system.withdraw(&kind, &item.id, item.if_version) {
            Answer::Done(row) => json!({"status": "done", "id": row.id}),
            Answer::Stale => json!({"status": "stale"}),
            Answer::Exists(_) | Answer::NotFound => json!({"status": "not_found"}),
            Answer::Rejected { field, why } => json!({"status": "rejected", "field": field, "why": why}),
        };
        let results: Vec<Value> = body.records.into_iter().map(withdraw).collect();
        Json(json!({"results": results})).into_response()
    })
    .await
}

#[derive(Deserialize)]
struct MergeBody {
    keep: String,
    lose: String,
}

async fn merge(
    State(app): App,
    Path(kind): Path<String>,
    headers: HeaderMap,
    Json(body): Json<MergeBody>,
) -> Response {
    app.answer(Call::Merge, Some(&kind), &headers, |_| {
        if app.system.merge_by_contract(&kind, &body.keep, &body.lose) {
            return StatusCode::NO_CONTENT.into_response();
        }
        problem(StatusCode::NOT_FOUND, "not-found", "one of the records does not exist")
    })
    .await
}

impl Shared {
    /// One call: who asks, how often, what goes wrong, and the answer.
    async fn answer(
        &self,
        call: Call,
        kind: Option<&str>,
        headers: &HeaderMap,
        work: impl FnOnce(Option<Fault>) -> Response + Send,
    ) -> Response {
        let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if sent != Some(format!("Bearer {}", self.token).as_str()) {
            return problem(StatusCode::UNAUTHORIZED, "unauthorised", "the token is missing or wrong");
        }
        if !self.system.count(call) {
            return too_many(Some("1"));
        }
        if let Some(kind) = kind
            && self.capabilities.pointer(&format!("/kinds/{kind}")).is_none()
        {
            return problem(StatusCode::NOT_FOUND, "unknown-kind", "there are no records of this kind");
        }
        if let Some(delay) = self.system.quirks().delay {
            tokio::time::sleep(delay).await;
        }
        if self.system.quirks().closed {
            return cut();
        }
        let fault = self.system.fault(call);
        match &fault {
            None | Some(Fault::HalfFailed | Fault::Capped) => work(fault),
            Some(Fault::TooManyCalls(wait)) => too_many(wait.as_deref()),
            Some(Fault::Unavailable) => {
                problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "closed for maintenance")
            }
            Some(Fault::BatchRefused) => {
                problem(StatusCode::UNPROCESSABLE_ENTITY, "batch-refused", "one of the records is wrong")
            }
            Some(Fault::ErrorAfterCommit) => {
                work(None);
                problem(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong")
            }
            Some(Fault::CutAfterCommit) => {
                work(None);
                cut()
            }
            Some(Fault::CutBeforeCommit) => cut(),
            Some(Fault::Html) => axum::response::Html("<html>welcome</html>").into_response(),
            Some(Fault::CursorExpired) => {
                problem(StatusCode::GONE, "cursor-expired", "the feed does not reach back so far")
            }
        }
    }

    fn changes(&self, kind: &str, query: &ChangesQuery) -> Response {
        let limit = query.limit.unwrap_or(PAGE);
        if let Some(refusal) = self.over_limit(limit) {
            return refusal;
        }
        let Some(since) = &query.changed_since else {
            let next = self.system.sequence().to_string();
            return Json(json!({"changes": [], "next": next, "more": false})).into_response();
        };
        let Ok(since) = since.parse::<u64>() else {
            return problem(StatusCode::BAD_REQUEST, "bad-cursor", "the cursor cannot be read");
        };
        let mut rows = self.system.changed_after(kind, since, limit.saturating_add(1));
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = self.next_cursor(&rows, since, more).to_string();
        let changes: Vec<_> = rows.iter().map(|row| self.change(kind, row)).collect();
        Json(json!({"changes": changes, "next": next, "more": more})).into_response()
    }

    /// Behind the last row; with coarse stamps, at the end of the feed, before the first row of the last second.
    fn next_cursor(&self, rows: &[Row], since: u64, more: bool) -> u64 {
        let Some(last) = rows.last() else { return since };
        let repeats = self.system.quirks().one_second_stamps && !more;
        let first = rows.iter().find(|row| repeats && row.modified_at == last.modified_at);
        first.map_or(last.sequence, |first| first.sequence.saturating_sub(1))
    }

    fn change(&self, kind: &str, row: &Row) -> Value {
        match &row.life {
            RowLife::Live => json!({"type": "upserted", "record": self.record(kind, row)}),
            RowLife::Deleted => json!({"type": "deleted", "id": row.id}),
            RowLife::MergedInto(into) => json!({"type": "merged", "id": row.id, "into": into}),
        }
    }

    fn reading(&self, kind: &str, id: &str) -> Value {
        let Some(row) = self.system.row(kind, id) else { return json!({"id": id, "status": "not_found"}) };
        match &row.life {
            RowLife::Live => json!({"id": id, "status": "found", "record": self.record(kind, &row)}),
            RowLife::Deleted => json!({"id": id, "status": "not_found"}),
            RowLife::MergedInto(into) => json!({"id": id, "status": "merged", "into": into}),
        }
    }

    fn record(&self, kind: &str, row: &Row) -> Value {
        json!({
            "id": row.id,
            "version": row.version,
            "hub_id": row.hub_id,
            "modified_at": row.modified_at,
            "modified_by": row.modified_by,
            "hash": row.hash(),
            "fields": self.fields(kind, row, |declared| declared != Some(false)),
        })
    }

    /// What the row holds of the declared fields, each empty one as null.
    fn fields(&self, kind: &str, row: &Row, shown: impl Fn(Option<bool>) -> bool) -> Map<String, Value> {
        let declared = self.capabilities.pointer(&format!("/kinds/{kind}/fields")).and_then(Value::as_object);
        let declared = declared.into_iter().flatten();
        let shown = declared.filter(|(_, can)| shown(can.get("read").and_then(Value::as_bool)));
        shown.map(|(key, _)| (key.clone(), row.fields.get(key).cloned().unwrap_or(Value::Null))).collect()
    }

    fn write(&self, kind: &str, writes: Vec<WriteItem>, half: bool) -> Response {
        let results: Vec<_> = writes
            .into_iter()
            .enumerate()
            .map(|(place, item)| {
                let fails = half && place % 2 == 1;
                if fails { json!({"status": "retry"}) } else { self.write_one(kind, item) }
            })
            .collect();
        let done = |result: &Value| result.get("status").and_then(Value::as_str) == Some("done");
        let status = if results.iter().all(done) { StatusCode::OK } else { StatusCode::MULTI_STATUS };
        (status, Json(json!({"results": results}))).into_response()
    }

    fn write_one(&self, kind: &str, item: WriteItem) -> Value {
        let unknown = |field: &&String| {
            let declared = self.capabilities.pointer(&format!("/kinds/{kind}/fields/{field}"));
            declared.is_none_or(|can| can.get("write").and_then(Value::as_bool) == Some(false))
        };
        if let Some(field) = item.fields.keys().find(unknown) {
            return json!({"status": "rejected", "field": field, "why": "the field cannot be written"});
        }
        let written: Vec<String> = item.fields.keys().cloned().collect();
        let WriteItem { id, hub_id, if_version, quiet, fields } = item;
        if !quiet {
            self.system.count_loud_write();
        }
        match self.system.write(kind, Request { id, hub_id, if_version, fields }) {
            Answer::Done(row) if self.system.quirks().silent_answers => {
                json!({"status": "done", "id": row.id})
            }
            Answer::Done(row) => {
                let mut stored = self.fields(kind, &row, |_| true);
                stored.retain(|field, _| written.contains(field));
                json!({"status": "done", "id": row.id, "version": row.version, "fields": stored})
            }
            Answer::Exists(id) => json!({"status": "exists", "id": id}),
            Answer::Stale => json!({"status": "stale"}),
            Answer::NotFound => json!({"status": "not_found"}),
            Answer::Rejected { field, why } => json!({"status": "rejected", "field": field, "why": why}),
        }
    }

    fn over_limit(&self, limit: usize) -> Option<Response> {
        let most = self.system.quirks().page_limit?;
        (limit > most).then(|| problem(StatusCode::BAD_REQUEST, "limit-too-high", "the page is too large"))
    }
}

fn problem(status: StatusCode, name: &str, detail: &str) -> Response {
    let body = json!({
        "type": format!("urn:cardex:open:{name}"),
        "title": status.canonical_reason().unwrap_or("error"),
        "status": status.as_u16(),
        "detail": detail,
    });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

fn too_many(wait: Option<&str>) -> Response {
    let mut response = problem(StatusCode::TOO_MANY_REQUESTS, "too-many-calls", "slow down");
    if let Some(wait) = wait.and_then(|wait| wait.parse().ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    response
}

/// An answer whose body breaks off: the client sees a cut line.
fn cut() -> Response {
    let broken = stream::once(async { Err::<Vec<u8>, _>(std::io::Error::other("cut on purpose")) });
    Response::new(Body::from_stream(broken))
}
