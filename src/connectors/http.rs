//! The one constructor of HTTP clients: TLS provider, time limits, no redirects to other hosts.

use std::time::Duration;

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// An HTTP client whose every request ends within `timeout`. Redirects are not followed: base addresses come from
/// the configuration only.
///
/// # Errors
/// The TLS back end could not be initialised.
#[expect(clippy::disallowed_methods, reason = "this is the one place that builds a client")]
pub fn client(timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    // A second installation fails harmlessly: the first one stands.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(timeout)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("cardex/", env!("CARGO_PKG_VERSION")))
        .build()
}
