//! The door of the HTTP endpoint: takes connections, and shuts out whoever takes his time.
//!
//! It knows no routes. A client that sends its request byte by byte, or none at all, must not keep a connection, and
//! many of them must not keep the others out.

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long the listener rests when the process has no room for another connection.
const FULL_PAUSE: Duration = Duration::from_millis(500);

/// What a client may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// How long the head of a request may take, and how long a connection may be silent between two.
    pub(super) head: Duration,
    /// How long a request may take from its head to its answer, its body included.
    pub(super) request: Duration,
    /// How many connections there may be at once; more of them wait.
    pub(super) connections: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: Duration::from_secs(10), request: Duration::from_secs(30), connections: 256 }
    }
}

/// Answers until `stop` is cancelled, then finishes the requests that are running.
pub(super) async fn run(listener: TcpListener, routes: Router, patience: Patience, stop: CancellationToken) {
    let limit = patience.request;
    let routes = routes.layer(middleware::from_fn(move |request, next| in_time(limit, request, next)));
    let (tracker, seats) = (TaskTracker::new(), Arc::new(Semaphore::new(patience.connections)));
    while let Some(taken) = stop.run_until_cancelled(take(&listener, &seats)).await {
        // Nobody closes the seats.
        let Some((stream, peer, seat)) = taken else { continue };
        let connection = answer(stream, peer, routes.clone(), patience.head, stop.clone());
        tracker.spawn(async move {
            connection.await;
            drop(seat);
        });
    }
    tracker.close();
    tracker.wait().await;
}

/// The next connection, once there is room for it.
async fn take(
    listener: &TcpListener,
    seats: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let seat = Arc::clone(seats).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, seat)),
        Err(error) => {
            // The client is gone already, or the process has no file descriptor left: neither ends the daemon.
            tracing::debug!(error = %error, "a connection could not be taken");
            tokio::time::sleep(FULL_PAUSE).await;
            None
        }
    }
}

async fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    routes: Router,
    head: Duration,
    stop: CancellationToken,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(head);
    let routes = TowerToHyperService::new(routes);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        routes.call(request)
    });
    let connection = http.serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = %error, "a connection ended early");
    }
}

/// Gives up a request that is not answered in time, most likely because its body does not come.
async fn in_time(limit: Duration, request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(limit, next.run(request)).await;
    answered.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;
    use axum::extract::DefaultBodyLimit;
    use axum::routing::post;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    /// A door in front of a route that takes a body of ten bytes, with room for two.
    async fn open(stop: &CancellationToken) -> (SocketAddr, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let routes =
            Router::new().route("/", post(async |_: Bytes| "taken\n")).layer(DefaultBodyLimit::max(10));
        let patience = Patience {
            head: Duration::from_millis(200),
            request: Duration::from_millis(200),
            connections: 2,
        };
        (address, tokio::spawn(run(listener, routes, patience, stop.clone())))
    }

    /// What comes back for these bytes until the door closes the connection.
    async fn told(address: SocketAddr, sent: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(sent.as_bytes()).await.expect("they are sent");
        let mut answer = String::new();
        // A connection that is reset has been closed as well.
        let _ = stream.read_to_string(&mut answer).await;
        answer
    }

    #[track_caller]
    fn begins(answer: &str, expected: &str) {
        assert!(answer.starts_with(expected), "{answer:?}");
    }

    #[tokio::test]
    async fn slow_clients_are_shut_out_and_the_others_are_answered() {
        let stop = CancellationToken::new();
        let (address, door) = open(&stop).await;
        let whole = "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 3\r\n\r\nabc";
        // More of them than there is room for.
        let silent = (0..4).map(|_| tokio::spawn(told(address, "POST / HTTP/1.1\r\nhos")));
        let silent: Vec<_> = silent.collect();
        begins(&told(address, whole).await, "HTTP/1.1 200 ");
        for client in silent {
            let answer = client.await.expect("it ends");
            assert!(!answer.contains(" 200 "), "{answer:?}");
        }
        let no_body = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\na";
        begins(&told(address, no_body).await, "HTTP/1.1 408 ");
        let long = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\n\r\nabcdefghijk";
        begins(&told(address, long).await, "HTTP/1.1 413 ");
        stop.cancel();
        door.await.expect("no panic");
    }

    #[tokio::test]
    async fn stop_ends_connections_that_are_silent() {
        let stop = CancellationToken::new();
        let (address, door) = open(&stop).await;
        let mut idle = TcpStream::connect(address).await.expect("a connection");
        stop.cancel();
        door.await.expect("no panic");
        assert_eq!(idle.read(&mut [0; 16]).await.unwrap_or(0), 0, "it is closed");
    }
}
