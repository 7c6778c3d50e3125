//! What others may ask of the daemon: to poll now, and to take what is pushed. One route per system, verified before
//! anything is parsed, answered only after the hints are durable.
//!
//! Whatever is refused is counted and leaves nothing behind: too many, too large and too slow ones are sent away before
//! they are read to their end, and what all of them may hold in memory together is bounded. Neither bodies nor addresses
//! are logged: an address may hold a secret.

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::StreamExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::timeout;

use crate::capture::push::{self, RefusedPush, Taken};
use crate::connectors::{PushError, PushRequest};
use crate::hub::{Hub, System};
use crate::model::SystemId;
use crate::service::LONGEST_BODY_BYTES;
use crate::telemetry;

/// How long the body of a request may take to come.
const BODY_PATIENCE: Duration = Duration::from_secs(10);
/// How long the store may take for the hints. Both together are less than any request is given.
const STORE_PATIENCE: Duration = Duration::from_secs(15);
/// What the bodies that are being read or kept may hold together.
const ALL_BODIES_BYTES: usize = 32 * LONGEST_BODY_BYTES;
/// How long a sender is told to wait whose body finds no room.
const ROOM_WAIT: Duration = Duration::from_secs(1);

/// The routes of pushed requests.
pub fn routes(hub: Hub) -> Router {
    // A count that begins with its first request has no beginning to compare it with.
    for system in hub.systems.keys() {
        for outcome in Outcome::ALL {
            telemetry::pushed(system, outcome.name(), 0);
        }
    }
    let hooks = Router::new().route("/hooks/{system}", post(take));
    let hooks = hooks.with_state(Door { hub: hub.clone(), bodies: Arc::default() });
    Router::new()
        .route("/sync", post(sync_all))
        .route("/sync/{system}", post(sync_one))
        .with_state(hub)
        .merge(hooks)
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

/// What takes pushed requests.
#[derive(Clone)]
struct Door {
    hub: Hub,
    /// How many bytes the bodies hold that are here now.
    bodies: Arc<AtomicUsize>,
}

/// How a pushed request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Accepted,
    Replayed,
    BadSignature,
    BadTime,
    BadBody,
    NotSupported,
    TooMany(Duration),
    TooLarge,
    BrokenOff,
    Store,
}

impl Outcome {
    const ALL: [Self; 10] = [
        Self::Accepted,
        Self::Replayed,
        Self::BadSignature,
        Self::BadTime,
        Self::BadBody,
        Self::NotSupported,
        Self::TooMany(ROOM_WAIT),
        Self::TooLarge,
        Self::BrokenOff,
        Self::Store,
    ];

    /// Its name in the metrics.
    const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Replayed => "replayed",
            Self::BadSignature => "bad_signature",
            Self::BadTime => "bad_time",
            Self::BadBody => "bad_body",
            Self::NotSupported => "not_supported",
            Self::TooMany(_) => "too_many",
            Self::TooLarge => "too_large",
            Self::BrokenOff => "broken_off",
            Self::Store => "store",
        }
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::Accepted | Self::Replayed => StatusCode::ACCEPTED,
            Self::BadSignature | Self::BadTime => StatusCode::UNAUTHORIZED,
            Self::BadBody => StatusCode::BAD_REQUEST,
            Self::NotSupported => StatusCode::NOT_FOUND,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BrokenOff => StatusCode::REQUEST_TIMEOUT,
            Self::Store => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// Whether it counts against the limit of the system: what was not the system's own, or has to be sent again, does not.
    const fn is_charged(self) -> bool {
        matches!(self, Self::Accepted | Self::Replayed)
    }
}

impl IntoResponse for Outcome {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Self::TooMany(wait) = self {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A request that was let in, until it is dropped: a sender that goes away is counted as well.
struct Visit<'a> {
    system: &'a System,
    outcome: Outcome,
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        if !self.outcome.is_charged() {
            self.system.pushes.give_back();
        }
        telemetry::pushed(&self.system.id, self.outcome.name(), 1);
    }
}

async fn take(State(door): State<Door>, Path(system): Path<String>, request: Request) -> Response {
    // A metric for every name that somebody tries would have no end.
    let Some(system) = door.hub.systems.get(&SystemId::new(system)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if let Err(wait) = system.pushes.admit() {
        let outcome = Outcome::TooMany(wait);
        telemetry::pushed(&system.id, outcome.name(), 1);
        return outcome.into_response();
    }
    let mut visit = Visit { system, outcome: Outcome::BrokenOff };
    visit.outcome = hear(&door, system, request).await;
    visit.outcome.into_response()
}

/// Reads a request and has it taken.
async fn hear(door: &Door, system: &System, request: Request) -> Outcome {
    let arrived_at = door.hub.clock.now().timestamp();
    let (head, body) = request.into_parts();
    let mut room = Room { bodies: &door.bodies, taken: 0 };
    let body = match timeout(BODY_PATIENCE, whole(body, &mut room)).await {
        Ok(Ok(body)) => body,
        Ok(Err(outcome)) => return outcome,
        Err(_) => return Outcome::BrokenOff,
    };
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?)))
        .collect();
    let uri = head.uri.to_string();
    let request = PushRequest { headers: &headers, uri: &uri, body: &body, arrived_at };
    match timeout(STORE_PATIENCE, push::accept(&door.hub, system, &request)).await {
        Ok(Ok(Taken::Kept(_))) => Outcome::Accepted,
        Ok(Ok(Taken::Before)) => Outcome::Replayed,
        Ok(Err(RefusedPush::Push(PushError::NotSupported))) => Outcome::NotSupported,
        Ok(Err(RefusedPush::Push(PushError::BadSignature))) => Outcome::BadSignature,
        Ok(Err(RefusedPush::Push(PushError::BadTime))) => Outcome::BadTime,
        Ok(Err(RefusedPush::Push(PushError::BadBody))) => Outcome::BadBody,
        Ok(Err(RefusedPush::Store(_))) | Err(_) => Outcome::Store,
    }
}

/// The whole of a body, if it is not too large; what is announced as too large is not read at all.
async fn whole(body: Body, room: &mut Room<'_>) -> Result<Vec<u8>, Outcome> {
    let is_too_large = |bytes: usize| bytes > LONGEST_BODY_BYTES;
    if is_too_large(usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX)) {
        return Err(Outcome::TooLarge);
    }
    let (mut stream, mut whole) = (body.into_data_stream(), Vec::new());
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Outcome::BrokenOff)?;
        if is_too_large(whole.len() + chunk.len()) {
            return Err(Outcome::TooLarge);
        }
        room.take(chunk.len())?;
        whole.extend_from_slice(&chunk);
    }
    Ok(whole)
}

/// What one request holds of the room for bodies, until it is dropped.
struct Room<'a> {
    bodies: &'a AtomicUsize,
    taken: usize,
}

impl Room<'_> {
    fn take(&mut self, bytes: usize) -> Result<(), Outcome> {
        self.taken += bytes;
        let before = self.bodies.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes > ALL_BODIES_BYTES { Err(Outcome::TooMany(ROOM_WAIT)) } else { Ok(()) }
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        self.bodies.fetch_sub(self.taken, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bodies_find_no_room_beyond_what_all_may_hold_and_leave_what_they_held() {
        let bodies = AtomicUsize::new(ALL_BODIES_BYTES - 10);
        for (bytes, fits) in [(10, true), (11, false), (10, true)] {
            let mut room = Room { bodies: &bodies, taken: 0 };
            let read = whole(Body::from(vec![b'x'; bytes]), &mut room).await;
            let expected = if fits { Ok(vec![b'x'; bytes]) } else { Err(Outcome::TooMany(ROOM_WAIT)) };
            assert_eq!(read, expected);
        }
        assert_eq!(bodies.into_inner(), ALL_BODIES_BYTES - 10);
    }

    #[tokio::test]
    async fn a_body_that_hides_its_length_is_read_no_further_than_it_may_be_long() {
        let (bodies, piece) = (AtomicUsize::new(0), vec![b'x'; LONGEST_BODY_BYTES / 2]);
        let endless = futures_util::stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone()));
        let mut room = Room { bodies: &bodies, taken: 0 };
        assert_eq!(whole(Body::from_stream(endless), &mut room).await, Err(Outcome::TooLarge));
        assert!(room.taken <= LONGEST_BODY_BYTES);
    }

    #[test]
    fn whoever_is_told_to_wait_waits_long_enough() {
        for (millis, told) in [(1, "1"), (1_000, "1"), (1_001, "2")] {
            let response = Outcome::TooMany(Duration::from_millis(millis)).into_response();
            assert_eq!(response.headers()[header::RETRY_AFTER], told);
        }
    }
}
