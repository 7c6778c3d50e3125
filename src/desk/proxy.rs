//! Signing in by a proxy that knows who it is: off unless the configuration says how.
//!
//! A header counts only when the connection comes from this machine and brings the secret that the proxy shares with us.
//! It begins a session like any other, so that forms are proved and the audit says who came.

use axum::Extension;
use axum::extract::{ConnectInfo, FromRequestParts as _};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use secrecy::SecretString;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::model::OperatorId;
use crate::operators;

/// How a proxy says who somebody is.
#[derive(Debug, Clone)]
pub struct ProxySignIn {
    /// The header with the operator's name.
    pub header: HeaderName,
    /// The header with the shared secret.
    pub secret_header: HeaderName,
    /// The shared secret.
    pub secret: SecretString,
}

/// What the desk knows of a proxy.
#[derive(Clone)]
pub(super) struct Vouching(pub(super) Option<Arc<ProxySignIn>>);

/// Whom the proxy vouches for, if there is one and it is really it that asks.
pub(super) async fn vouched(parts: &mut Parts) -> Option<OperatorId> {
    let Extension(Vouching(proxy)) = Extension::from_request_parts(parts, &()).await.ok()?;
    let proxy = proxy?;
    let ConnectInfo::<SocketAddr>(peer) = parts.extensions.get().copied()?;
    peer.ip().to_canonical().is_loopback().then(|| proxy.named(&parts.headers)).flatten()
}

impl ProxySignIn {
    /// Whom the headers name, if they bring the secret.
    fn named(&self, headers: &HeaderMap) -> Option<OperatorId> {
        let is_right = operators::is_shared(&self.secret, only(headers, &self.secret_header)?);
        let name = only(headers, &self.header)?.trim().to_lowercase();
        (is_right && !name.is_empty()).then(|| OperatorId::new(name))
    }
}

/// The value of a header that is there once: a second one is somebody else's.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}
