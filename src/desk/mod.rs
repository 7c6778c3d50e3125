//! The review desk in a browser: pages made here, forms that work without a script, and one decision function behind them.
//!
//! Whoever is not signed in gets the sign-in page and nothing else. Every form carries what only this session can know.

mod ask;
mod audit;
mod companies;
mod happened;
mod imports;
mod live;
mod pages;
mod parked;
mod profile;
mod proxy;
mod queue;
mod review;
mod search;
mod sign_in;
mod systems;
mod told;
mod turning;
mod values;
mod visitor;
mod words;

pub(crate) use happened::in_english;

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

use crate::hub::Hub;
use crate::model::Door;
use live::Live;
pub use proxy::ProxySignIn;
use proxy::Vouching;

/// What a page may load and where its forms may go: nothing that is not ours, and no script in a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// The pages of the desk. What they keep telling ends with `stop`; a proxy may say who somebody is.
pub fn routes(hub: &Hub, stop: CancellationToken, proxy: Option<ProxySignIn>) -> Router {
    let hub = hub.through(Door::Desk);
    let live = Live::of(hub.clone(), stop);
    Router::new()
        .route("/", get(async || Redirect::to("/desk/queue")))
        .route("/desk", get(async || Redirect::to("/desk/queue")))
        .route("/desk/sign-in", get(sign_in::page).post(sign_in::enter))
        .route("/desk/sign-out", post(sign_in::leave))
        .route("/desk/language", get(sign_in::language))
        .route("/desk/queue", get(queue::page))
        .route("/desk/reviews/{id}", get(review::page).post(review::decide))
        .route("/desk/systems", get(systems::page))
        .route("/desk/systems/{id}", post(systems::order))
        .route("/desk/parked", get(parked::page))
        .route("/desk/parked/{mark}", get(parked::ask).post(parked::change))
        .route("/desk/imports", get(imports::page))
        .route("/desk/imports/{id}/release", post(imports::release))
        .route("/desk/audit", get(audit::page))
        .route("/desk/live", get(live::listen))
        .route("/desk/search", get(search::page))
        .route("/desk/companies", get(companies::page))
        .route("/desk/profiles/{id}", get(profile::page).post(profile::show))
        .route("/desk/desk.css", get(async || asset("text/css; charset=utf-8", include_str!("desk.css"))))
        .route(
            "/desk/desk.js",
            get(async || asset("text/javascript; charset=utf-8", include_str!("desk.js"))),
        )
        .route("/desk/desk.svg", get(async || asset("image/svg+xml", include_str!("desk.svg"))))
        .layer(middleware::from_fn(guarded))
        .layer(Extension(live))
        .layer(Extension(Vouching(proxy.map(Arc::new))))
        .with_state(hub)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "max-age=300")], text).into_response()
}

/// Adds to every answer what browsers need to keep others out.
async fn guarded(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Nobody finds guests in a cache behind whoever has signed out.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
