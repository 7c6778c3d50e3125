//! The interface for other programs: reviews, profiles and systems as JSON under `/v1`, behind tokens with scopes.
//!
//! It decides by the same functions as the desk and the command line. It knows no cookies, so a page of another site can
//! make nobody's browser ask here. `docs/api.openapi.json` describes it, and a test holds the two together.

mod caller;
mod deciding;
mod problem;
mod profiles;
mod reviews;
mod systems;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use crate::hub::Hub;
use crate::model::Door;
use caller::Desk;
use problem::Problem;

/// The most that a request may bring along: a decision is short.
const LONGEST_BODY_BYTES: usize = 64 * 1024;
/// What describes the interface for machines.
const DESCRIPTION: &str = include_str!("../../docs/api.openapi.json");

/// The routes of the interface.
pub fn routes(hub: &Hub) -> Router {
    let inner = Router::new()
        .route("/openapi.json", get(async || ([(CONTENT_TYPE, "application/json")], DESCRIPTION)))
        .route("/reviews", get(reviews::list))
        .route("/reviews/{id}", get(reviews::one).post(reviews::decide))
        .route("/profiles", get(profiles::search))
        .route("/profiles/{id}", get(profiles::one))
        .route("/systems", get(systems::list))
        .route("/systems/{id}", get(systems::one).post(systems::order))
        .fallback(async || Problem::not_found())
        .method_not_allowed_fallback(async || Problem::no_method())
        .layer(DefaultBodyLimit::max(LONGEST_BODY_BYTES))
        .layer(middleware::map_response(guarded))
        .with_state(Desk::of(hub.through(Door::Api)));
    Router::new().nest("/v1", inner)
}

/// Nobody keeps an answer, and no browser takes one for anything else.
async fn guarded(response: Response) -> Response {
    let mut response = response.into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
