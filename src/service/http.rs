//! `/healthz`, `/readyz` and `/metrics`.
//!
//! Health touches nothing but this process; readiness shows what the daemon last reported. No answer waits for a
//! database or a system.

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::listener::{self, Patience};
use super::readiness::Readiness;
use crate::telemetry;

/// The most that a request may bring along.
pub const LONGEST_BODY_BYTES: usize = 1024 * 1024;

/// Answers on `listener` until `stop` is cancelled, then finishes the requests that are running.
pub async fn serve(listener: TcpListener, readiness: Readiness, stop: CancellationToken) {
    serve_with(listener, readiness, Router::new(), stop).await;
}

/// The same, with further routes: those of the webhooks. No request may bring along more than 1 MiB, and none may
/// take its time.
pub async fn serve_with(
    listener: TcpListener,
    readiness: Readiness,
    further: Router,
    stop: CancellationToken,
) {
    listener::run(listener, routes(readiness, further), Patience::default(), stop).await;
}

fn routes(readiness: Readiness, further: Router) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(readiness)
        .merge(further)
        .layer(DefaultBodyLimit::max(LONGEST_BODY_BYTES))
}

async fn ready(State(readiness): State<Readiness>) -> Response {
    let report = readiness.report();
    let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}

async fn metrics() -> Response {
    let text = telemetry::rendered_metrics();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    async fn get(address: std::net::SocketAddr, path: &str) -> (u16, String) {
        let client = crate::connectors::http::client(Duration::from_secs(10)).expect("a client");
        let answer = client.get(format!("http://{address}{path}")).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    }

    #[tokio::test]
    async fn readiness_and_health_are_told_apart() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (readiness, stop) = (Readiness::default(), CancellationToken::new());
        let serving = tokio::spawn(serve(listener, readiness.clone(), stop.clone()));

        assert_eq!(get(address, "/healthz").await, (200, "ok\n".to_owned()));
        let (status, body) = get(address, "/readyz").await;
        assert_eq!(status, 503);
        assert!(body.contains(r#""start":"the daemon is starting""#), "{body}");
        readiness.set("store", None);
        assert_eq!(get(address, "/readyz").await.0, 200);
        assert_eq!(get(address, "/metrics").await.0, 200);
        assert_eq!(get(address, "/nothing").await.0, 404);

        stop.cancel();
        serving.await.expect("no panic");
    }
}
