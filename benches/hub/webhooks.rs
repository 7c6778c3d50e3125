//! How many webhooks a second are taken, each answered when its hint is durable: with the hints of those that come together
//! in one transaction, as the daemon does it, and each in one of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use cardex::capture::poll::read_mark;
use cardex::clock::Clock;
use cardex::connectors::{PushRequest, http};
use cardex::daemon::{build, hooks};
use cardex::demo::webhooks::signed_headers;
use cardex::hub::Hub;
use cardex::model::{Lane, SystemId};
use cardex::service::{Readiness, serve_with};
use cardex::store::Commit;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{HOTEL, configured};

/// How many webhooks are sent, and how many at once.
const WEBHOOKS: u32 = 10_000;
const AT_ONCE: u32 = 64;
const SECRET: &str = "secret";

/// Measures on a database.
pub(super) async fn measure(name: &str, url: &str, folder: &Path) {
    let hub = assemble(url, folder).await;
    for round in ["first", "second"] {
        let ways = [("each by itself", by_itself(hub.clone())), ("together", hooks::routes(hub.clone()))];
        for (way, routes) in ways {
            let (stop, listener) = (CancellationToken::new(), TcpListener::bind("127.0.0.1:0").await);
            let listener = listener.expect("a port");
            let address = listener.local_addr().expect("an address");
            let door = tokio::spawn(serve_with(listener, Readiness::default(), routes, stop.clone()));
            let (rate, p99, again) = send(address, &format!("{round}-{way}")).await;
            println!(
                "{name}: {rate:>7.0} webhooks/s, p99 {p99:.1} ms, {again} sent again: {way} ({WEBHOOKS} of one event, \
                 {AT_ONCE} at once)"
            );
            stop.cancel();
            door.await.expect("no panic");
        }
    }
    hub.store.close().await;
}

/// A door that keeps the hints of each webhook in a transaction of its own.
fn by_itself(hub: Hub) -> Router {
    let take = async move |headers: HeaderMap, body: Bytes| {
        let text = |value: &axum::http::HeaderValue| value.to_str().expect("text").to_owned();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let (now, pms) = (hub.clock.now(), Arc::clone(&hub.systems[&SystemId::new("pms")]));
        let request =
            PushRequest { headers: &headers, uri: "/hooks/pms", body: &body, arrived_at: now.timestamp() };
        let hints = pms.connector.push_in(&request).expect("a signed webhook");
        let reads = hints.into_iter().map(|hint| read_mark(&pms, hint, Lane::Live, now)).collect();
        let kept = hub.store.commit(Commit { now, reads, ..Commit::default() }).await;
        kept.map_or(StatusCode::SERVICE_UNAVAILABLE, |()| StatusCode::ACCEPTED)
    };
    Router::new().route("/hooks/pms", post(take))
}

/// Sends all webhooks, each again until it is taken, and gives how many were taken in a second, how many milliseconds 99 of
/// 100 took at most, and how many were sent again.
async fn send(address: SocketAddr, about: &str) -> (f64, f64, usize) {
    let client = http::client(Duration::from_mins(1)).expect("a client");
    let one = async |first: u32| {
        let mut took = Vec::new();
        for nth in (first..WEBHOOKS).step_by(AT_ONCE as usize) {
            let event = format!(r#"{{"type":"changed","kind":"person","id":"{about}-{nth}"}}"#);
            let body = format!(r#"{{"id":"{about}-{nth}","events":[{event}]}}"#);
            let (begin, mut n_sent) = (Instant::now(), 1);
            while push(&client, address, &body).await != StatusCode::ACCEPTED {
                n_sent += 1;
            }
            took.push((begin.elapsed(), n_sent - 1));
        }
        took
    };
    let begin = Instant::now();
    let mut took = futures_util::future::join_all((0..AT_ONCE).map(one)).await.concat();
    let rate = f64::from(WEBHOOKS) / begin.elapsed().as_secs_f64();
    took.sort_unstable();
    let p99 = took[(took.len() - 1) * 99 / 100].0.as_secs_f64() * 1e3;
    (rate, p99, took.iter().map(|(_, again)| again).sum())
}

async fn push(client: &reqwest::Client, address: SocketAddr, body: &str) -> StatusCode {
    let mut request = client.post(format!("http://{address}/hooks/pms"));
    for (name, value) in signed_headers(SECRET, Clock::system().now().timestamp(), body.as_bytes()) {
        request = request.header(name, value);
    }
    request.body(body.to_owned()).send().await.expect("an answer").status()
}

/// A hub with one system that signs and cannot be reached; nothing works on what is hinted at.
async fn assemble(url: &str, folder: &Path) -> Hub {
    let secret = folder.join("webhook");
    std::fs::write(&secret, SECRET).expect("a secret");
    let secret = secret.display();
    let system = r#"connector = "open", property = "alba", side = "pms", push_limit = 100000"#;
    let text = format!(
        r#"
store.url = "{url}"
{HOTEL}
[systems]
pms = {{ {system}, settings = {{ base_url = "http://127.0.0.1:1", token_file = "{secret}", webhook_secret_file = "{secret}" }} }}
"#
    );
    let config = configured(folder, &text);
    build::assemble(&config, Clock::system()).await.expect("a hub")
}
