//! Signing in and out, and choosing a language.

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::header::{REFERER, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use secrecy::SecretString;
use serde::Deserialize;

use super::pages::{Page, failed, shown};
use super::visitor::{LANGUAGE, Posted, SESSION, ending, language as language_of, of_session};
use super::words::Words;
use crate::hub::Hub;
use crate::model::OperatorId;
use crate::operators::{self, Refused};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    page: Page,
    why: Option<String>,
    name: String,
    to: String,
}

/// Where to go once signed in.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    to: String,
}

/// Who wants to come in.
#[derive(Deserialize)]
pub(super) struct Entering {
    name: String,
    password: SecretString,
    #[serde(default)]
    to: String,
}

/// A language that was chosen.
#[derive(Deserialize)]
pub(super) struct Chosen {
    to: String,
}

/// The page to sign in on.
pub(super) async fn page(Query(wanted): Query<Wanted>, headers: HeaderMap) -> Response {
    let page = Page::open(language_of(&headers));
    shown(StatusCode::OK, &SignIn { page, why: None, name: String::new(), to: own(&wanted.to).to_owned() })
}

/// Lets somebody in.
pub(super) async fn enter(
    State(hub): State<Hub>,
    headers: HeaderMap,
    Form(form): Form<Entering>,
) -> Response {
    let Entering { name, password, to } = form;
    let to = own(&to).to_owned();
    let known_as = OperatorId::new(name.trim().to_lowercase());
    let entered = operators::sign_in(&hub.store, &hub.clock, &known_as, password).await;
    let words = language_of(&headers);
    let (status, why) = match entered {
        Ok(session) => {
            let cookie = of_session(&session, &headers);
            return ([(SET_COOKIE, cookie)], Redirect::to(&to)).into_response();
        }
        Err(Refused::Wrong) => (StatusCode::UNAUTHORIZED, words.say("sign in: wrong").to_owned()),
        Err(Refused::Wait(wait)) => {
            let seconds = (wait.0.num_seconds() + 1).to_string();
            (StatusCode::TOO_MANY_REQUESTS, words.with("sign in: wait", &[("{n}", &seconds)]))
        }
        Err(Refused::NoChance) => (StatusCode::SERVICE_UNAVAILABLE, words.say("sign in: later").to_owned()),
        Err(Refused::Store(error)) => return failed(&error),
    };
    shown(status, &SignIn { page: Page::open(words), why: Some(why), name, to })
}

/// Lets somebody out.
pub(super) async fn leave(State(hub): State<Hub>, headers: HeaderMap, posted: Posted) -> Response {
    if let Err(error) = operators::sign_out(&hub.store, &posted.visitor.secret).await {
        return failed(&error);
    }
    let cookie = format!("{SESSION}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0{}", ending(&headers));
    ([(SET_COOKIE, cookie)], Redirect::to("/desk/sign-in")).into_response()
}

/// Remembers a language, and goes back to where it was chosen.
pub(super) async fn language(Query(chosen): Query<Chosen>, headers: HeaderMap) -> Response {
    let code = Words::of(Some(&chosen.to), None).code();
    let cookie =
        format!("{LANGUAGE}={code}; Path=/; HttpOnly; SameSite=Strict; Max-Age=31536000{}", ending(&headers));
    let back = headers.get(REFERER).and_then(|value| value.to_str().ok()).and_then(|from| {
        let from = url::Url::parse(from).ok()?;
        Some(from.query().map_or_else(|| from.path().to_owned(), |query| format!("{}?{query}", from.path())))
    });
    let back = back.unwrap_or_default();
    ([(SET_COOKIE, cookie)], Redirect::to(own(&back))).into_response()
}

/// A page of the desk: nobody is sent anywhere else, whatever was asked for.
pub(super) fn own(to: &str) -> &str {
    let is_own = to.starts_with("/desk/")
        && !to.contains("//")
        && !to.contains('\\')
        && !to.chars().any(char::is_control);
    if is_own { to } else { "/desk/queue" }
}

#[cfg(test)]
mod tests {
    use super::own;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for (to, goes) in [
            ("/desk/queue?kind=hold", "/desk/queue?kind=hold"),
            ("https://example.org/desk/", "/desk/queue"),
            ("//example.org/desk/", "/desk/queue"),
            ("/desk//example.org", "/desk/queue"),
            ("/desk/\\example.org", "/desk/queue"),
            ("/desk/a\r\nset-cookie: b", "/desk/queue"),
            ("", "/desk/queue"),
        ] {
            assert_eq!(own(to), goes, "{to:?}");
        }
    }
}
