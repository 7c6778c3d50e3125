//! The webhooks that a small system sends: signed as the contract says, and as badly mannered as its habits are.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::ledger::{Deed, Entry};
use super::manners::HookManners;
use super::system::System;
use super::table::hex;

/// Whom to tell.
pub(super) struct Subscription {
    pub(super) url: String,
    pub(super) secret: String,
}

/// The headers of a webhook at `timestamp` (seconds of Unix time) with this body: name and value.
pub fn signed_headers(secret: &str, timestamp: i64, body: &[u8]) -> [(&'static str, String); 2] {
    // HMAC takes a key of any length.
    let signature = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map(|mut mac| {
        mac.update(timestamp.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        mac.finalize().into_bytes()
    });
    let signature = format!("v1={}", hex(signature.iter().flatten()));
    [("cardex-timestamp", timestamp.to_string()), ("cardex-signature", signature)]
}

/// Sends a webhook for each entry of the book that changes something, until `stop`.
pub(super) fn sender(
    system: Arc<System>,
    subscription: Subscription,
    stop: CancellationToken,
) -> Result<impl Future<Output = ()> + Send, reqwest::Error> {
    let client = crate::connectors::http::client(Duration::from_secs(10))?;
    let mut deeds = system.listen();
    Ok(async move {
        let mut held = Vec::new();
        loop {
            let entry = tokio::select! {
                () = stop.cancelled() => return,
                entry = deeds.recv() => entry,
            };
            match entry {
                Ok(entry) => held.extend(event(&entry)),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
            let manners = system.quirks().hooks;
            for body in ready(&mut held, &manners) {
                if let Some(delay) = manners.delay {
                    tokio::time::sleep(delay).await;
                }
                send(&client, &subscription, &system, body).await;
            }
        }
    })
}

/// What is to be sent now, in this order.
fn ready(held: &mut Vec<Value>, manners: &HookManners) -> Vec<Value> {
    if manners.silent {
        held.clear();
    }
    if manners.reversed_in_groups_of.is_some_and(|group| held.len() < group) {
        return Vec::new();
    }
    let mut bodies = std::mem::take(held);
    if manners.reversed_in_groups_of.is_some() {
        bodies.reverse();
    }
    let repeat = |body| std::iter::repeat_n(body, manners.duplicates + 1);
    bodies.into_iter().flat_map(repeat).collect()
}

fn event(entry: &Entry) -> Option<Value> {
    let what = match &entry.deed {
        Deed::Created(_) | Deed::Changed(_) => "changed",
        Deed::Deleted => "deleted",
        Deed::MergedInto(_) => "merged",
        Deed::Untouched => return None,
    };
    Some(json!({"events": [{"type": what, "kind": entry.kind, "id": entry.id}]}))
}

/// A webhook that does not arrive is not sent again: the feed has everything.
async fn send(client: &reqwest::Client, to: &Subscription, system: &System, body: Value) {
    let body = body.to_string();
    let mut request = client.post(&to.url).header("content-type", "application/json");
    for (name, value) in signed_headers(&to.secret, system.clock().now().timestamp(), body.as_bytes()) {
        request = request.header(name, value);
    }
    let _ = request.body(body).send().await;
}
