//! A vendor in memory, served on the loopback until it is dropped.

use axum::Router;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Serves `router` on a free port: its address, and what ends it.
pub(crate) async fn serve(router: Router) -> (String, DropGuard) {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", socket.local_addr().expect("an address"));
    let stop = CancellationToken::new();
    let stopped = stop.clone().cancelled_owned();
    tokio::spawn(async move { axum::serve(socket, router).with_graceful_shutdown(stopped).await });
    (url, stop.drop_guard())
}
