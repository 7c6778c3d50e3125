//! What others may ask of the daemon: to poll now, and to take what is pushed. One route per system, verified before
//! anything is parsed, answered only after the hints are durable.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::post;

use crate::capture::push::{self, RefusedPush};
use crate::connectors::{PushError, PushRequest};
use crate::hub::Hub;
use crate::model::SystemId;
use crate::telemetry;

/// The routes of pushed requests.
pub(super) fn routes(hub: Hub) -> Router {
    Router::new()
        .route("/hooks/{system}", post(take))
        .route("/sync", post(sync_all))
        .route("/sync/{system}", post(sync_one))
        .with_state(hub)
}

/// Polls every system now.
async fn sync_all(State(hub): State<Hub>, headers: HeaderMap) -> StatusCode {
    if !headers.contains_key(super::SYNC_HEADER) {
        return StatusCode::FORBIDDEN;
    }
    hub.systems.values().for_each(|system| system.poll_now.notify_one());
    StatusCode::ACCEPTED
}

/// Polls one system now.
async fn sync_one(State(hub): State<Hub>, Path(system): Path<String>, headers: HeaderMap) -> StatusCode {
    if !headers.contains_key(super::SYNC_HEADER) {
        return StatusCode::FORBIDDEN;
    }
    let Some(system) = hub.systems.get(&SystemId::new(system)) else { return StatusCode::NOT_FOUND };
    system.poll_now.notify_one();
    StatusCode::ACCEPTED
}

async fn take(
    State(hub): State<Hub>,
    Path(system): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let Some(system) = hub.systems.get(&SystemId::new(system)) else { return StatusCode::NOT_FOUND };
    let headers: Vec<(String, String)> = headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let uri = uri.to_string();
    let request =
        PushRequest { headers: &headers, uri: &uri, body: &body, arrived_at: hub.clock.now().timestamp() };
    let (status, result) = match push::accept(&hub, system, &request).await {
        Ok(_) => (StatusCode::ACCEPTED, "accepted"),
        Err(RefusedPush::Push(PushError::NotSupported)) => (StatusCode::NOT_FOUND, "not_supported"),
        Err(RefusedPush::Push(PushError::BadSignature)) => (StatusCode::UNAUTHORIZED, "bad_signature"),
        Err(RefusedPush::Push(PushError::BadTime)) => (StatusCode::UNAUTHORIZED, "bad_time"),
        Err(RefusedPush::Push(PushError::BadBody)) => (StatusCode::BAD_REQUEST, "bad_body"),
        Err(RefusedPush::Store(_)) => (StatusCode::SERVICE_UNAVAILABLE, "store"),
    };
    telemetry::pushed(&system.id, result);
    status
}
