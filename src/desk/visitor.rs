//! Who asks, in which language, and whether a form is really his.

use axum::extract::{Form, FromRequest, FromRequestParts, Request};
use axum::http::header::{ACCEPT_LANGUAGE, COOKIE, HOST, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

use super::live::{Live, News};
use super::pages::{Page, failed, notice};
use super::proxy::vouched;
use super::sign_in::own;
use super::words::Words;
use crate::hub::Hub;
use crate::model::{OperatorId, OperatorRole};
use crate::operators::{self, Admitted, Refused, Secret, Session};

/// The cookie of a session.
pub(super) const SESSION: &str = "cardex_session";
/// The cookie of the language that was chosen.
pub(super) const LANGUAGE: &str = "cardex_language";

/// Somebody who is signed in.
pub(super) struct Visitor {
    pub(super) operator: Admitted,
    pub(super) secret: Secret,
    pub(super) words: Words,
    /// How everything stands.
    pub(super) news: Arc<News>,
}

impl Visitor {
    /// Whether his role is this one, or may do more.
    pub(super) fn is(&self, role: OperatorRole) -> bool {
        self.operator.role >= role
    }

    /// Whether he may decide.
    pub(super) fn may_decide(&self) -> bool {
        self.operator.role >= OperatorRole::Operator
    }
}

impl FromRequestParts<Hub> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Response> {
        let vouched = vouched(parts).await;
        let Some(secret) = cookie(&parts.headers, SESSION).map(Secret::shown) else {
            return Err(unknown(parts, hub, vouched).await);
        };
        match operators::show(&hub.store, &hub.clock, &secret).await {
            // Whoever the proxy has let in since does not go on as the one before.
            Ok(Some(operator)) if vouched.as_ref().is_none_or(|name| *name == operator.name) => {
                let news = match parts.extensions.get::<Live>() {
                    Some(live) => live.news().await.map_err(|error| failed(&error))?,
                    None => Arc::default(),
                };
                Ok(Self { operator, secret, words: language(&parts.headers), news })
            }
            Ok(_) => Err(unknown(parts, hub, vouched).await),
            Err(error) => Err(failed(&error)),
        }
    }
}

/// What is told whoever has no session: where to sign in, or, where a proxy vouches for him, his new session.
async fn unknown(parts: &Parts, hub: &Hub, vouched: Option<OperatorId>) -> Response {
    let asked = parts.uri.path_and_query().map_or("/desk/queue", |asked| asked.as_str());
    if let Some(name) = vouched {
        match operators::enter_vouched(&hub.store, &hub.clock, &name).await {
            Ok(session) => {
                // What was sent has to be sent again from a page of the new session.
                let to = if parts.method == Method::GET { own(asked) } else { "/desk/queue" };
                return ([(SET_COOKIE, of_session(&session, &parts.headers))], Redirect::to(to))
                    .into_response();
            }
            Err(Refused::Store(error)) => return failed(&error),
            Err(Refused::Wrong | Refused::Wait(_) | Refused::NoChance) => {}
        }
    }
    let to: String = url::form_urlencoded::byte_serialize(asked.as_bytes()).collect();
    Redirect::to(&format!("/desk/sign-in?to={to}")).into_response()
}

/// The cookie of a session that has just begun.
pub(super) fn of_session(session: &Session, headers: &HeaderMap) -> String {
    format!(
        "{SESSION}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}{}",
        session.secret.expose(),
        session.lasts.num_seconds(),
        ending(headers)
    )
}

/// A form that somebody who may decide has sent from one of his own pages.
pub(super) struct Posted {
    pub(super) visitor: Visitor,
    fields: Vec<(String, String)>,
}

impl Posted {
    /// The first field of this name; empty when there is none.
    pub(super) fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The fields whose names begin so, without the beginning.
    pub(super) fn beginning<'p>(&'p self, with: &'p str) -> impl Iterator<Item = (&'p str, &'p str)> {
        self.fields.iter().filter_map(move |(name, value)| Some((name.strip_prefix(with)?, value.as_str())))
    }
}

impl FromRequest<Hub> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, hub: &Hub) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visitor = Visitor::from_request_parts(&mut parts, hub).await?;
        if let Some(live) = parts.extensions.get::<Live>() {
            live.forget().await;
        }
        let form = Form::from_request(Request::from_parts(parts, body), hub).await;
        let Form(fields): Form<Vec<(String, String)>> = form.map_err(IntoResponse::into_response)?;
        let posted = Self { visitor, fields };
        if !posted.visitor.secret.is_of_form(posted.field("form")) {
            let what = posted.visitor.words.say("form: stale").to_owned();
            return Err(notice(StatusCode::FORBIDDEN, Page::of(&posted.visitor), what));
        }
        Ok(posted)
    }
}

/// The language that was chosen, or that the browser likes.
pub(super) fn language(headers: &HeaderMap) -> Words {
    let accepted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    Words::of(cookie(headers, LANGUAGE), accepted)
}

/// The value of a cookie.
pub(super) fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// What a cookie ends with: over a line that others may listen to it is sent encrypted only.
pub(super) fn ending(headers: &HeaderMap) -> &'static str {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    if matches!(host, "localhost" | "127.0.0.1" | "[::1]") { "" } else { "; Secure" }
}
