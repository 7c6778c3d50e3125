//! Every route of the desk against those who may not use it, and what strangers put into forms.

use cardex::model::OperatorRole;
use reqwest::StatusCode;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::described::declared;
use super::site::{PASSWORD, Site};
use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::{EMPTY, Pair};

on_both_databases!(
    every_route_is_behind_its_door,
    lines_in_forms_never_become_headers,
    session_is_never_one_that_was_brought,
    unknown_names_take_as_long_as_known_ones,
);

/// Who may use a route: everybody, or whoever has at least this role.
#[derive(Clone, Copy)]
enum Who {
    All,
    From(OperatorRole),
}

use OperatorRole::{Administrator, Operator, Viewer};
use Who::{All, From};

const REVIEW: &str = "/desk/reviews/019a0000-0000-7000-8000-000000000000";
const PROFILE: &str = "/desk/profiles/019a0000-0000-7000-8000-000000000000";

/// Every route: as it is declared, as it is asked, and who may use it.
const ROUTES: &[(&str, &str, Who)] = &[
    ("get /", "/", All),
    ("get /desk", "/desk", All),
    ("get /desk/sign-in", "/desk/sign-in", All),
    ("post /desk/sign-in", "/desk/sign-in", All),
    ("post /desk/sign-out", "/desk/sign-out", From(Viewer)),
    ("get /desk/language", "/desk/language?to=es", All),
    ("get /desk/queue", "/desk/queue", From(Viewer)),
    ("get /desk/reviews/{id}", REVIEW, From(Viewer)),
    ("post /desk/reviews/{id}", REVIEW, From(Operator)),
    ("get /desk/search", "/desk/search?q=garcia", From(Viewer)),
    ("get /desk/companies", "/desk/companies", From(Viewer)),
    ("get /desk/profiles/{id}", PROFILE, From(Viewer)),
    ("post /desk/profiles/{id}", PROFILE, From(Operator)),
    ("get /desk/systems", "/desk/systems", From(Viewer)),
    ("post /desk/systems/{id}", "/desk/systems/crm?sync", From(Operator)),
    ("get /desk/parked", "/desk/parked", From(Viewer)),
    ("get /desk/parked/{mark}", "/desk/parked/due-1", From(Operator)),
    ("post /desk/parked/{mark}", "/desk/parked/due-1", From(Operator)),
    ("get /desk/imports", "/desk/imports", From(Viewer)),
    ("post /desk/imports/{id}/release", "/desk/imports/crm/release", From(Administrator)),
    ("get /desk/audit", "/desk/audit", From(Administrator)),
    ("get /desk/live", "/desk/live", From(Viewer)),
    ("get /desk/desk.css", "/desk/desk.css", All),
    ("get /desk/desk.js", "/desk/desk.js", All),
    ("get /desk/desk.svg", "/desk/desk.svg", All),
];

#[test]
fn table_has_every_route() {
    let declared = declared(include_str!("../../../src/desk/mod.rs"), "");
    let listed: BTreeSet<String> = ROUTES.iter().map(|(route, ..)| (*route).to_owned()).collect();
    assert_eq!(declared, listed, "say in the table who may use a new route");
}

/// Fields that every form understands.
const FIELDS: [(&str, &str); 2] = [("do", "sync"), ("reason", "x")];

async fn every_route_is_behind_its_door(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    let site = Site::open(pair.hub.clone()).await;
    let mut browsers = Vec::new();
    for role in OperatorRole::ALL {
        browsers.push((role, site.of(role).await));
    }
    for (route, path, who) in ROUTES {
        let is_form = route.starts_with("post ");
        let From(least) = who else { continue };
        let mut stranger = site.browser();
        let answer = if is_form { stranger.post(path, &FIELDS).await } else { stranger.get(path).await };
        assert!(answer.to().starts_with("/desk/sign-in?to="), "{route}: a stranger got {}", answer.status);
        assert!(stranger.cookies.is_empty(), "{route}");
        for role in OperatorRole::ALL {
            if *route == "get /desk/live" {
                continue; // It never ends; its own tests ask it.
            }
            let signed_in =
                browsers.iter().find(|(known, _)| *known == role).map(|(_, browser)| browser.clone());
            let ends = *route == "post /desk/sign-out";
            let mut browser = match signed_in.filter(|_| !ends) {
                Some(browser) => browser,
                None => site.of(role).await,
            };
            if is_form {
                for form in ["", "x"] {
                    let answer = browser.post(path, &[("do", "sync"), ("form", form)]).await;
                    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{route}: {role:?} with a wrong form");
                }
            }
            let answer = if is_form { browser.send(path, &FIELDS).await } else { browser.get(path).await };
            let is_refused = answer.status == StatusCode::FORBIDDEN;
            assert_eq!(is_refused, role < *least, "{route}: {role:?} got {}", answer.status);
            assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{route}");
        }
    }
}

async fn lines_in_forms_never_become_headers(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    let site = Site::open(pair.hub.clone()).await;
    let hostile = "/desk/queue\r\nset-cookie: stolen=1\r\n\r\n<script>";
    let fields = [("name", "operator"), ("password", PASSWORD), ("to", hostile)];
    let mut browser = site.browser();
    let answer = browser.post("/desk/sign-in", &fields).await;
    assert_eq!((answer.status, answer.to()), (StatusCode::SEE_OTHER, "/desk/queue"));
    let encoded = "%0d%0aset-cookie:%20stolen=1";
    for path in [
        format!("/desk/language?to=es{encoded}"),
        format!("/desk/parked?system=x{encoded}&after={encoded}"),
        format!("/desk/audit?who={encoded}"),
        format!("/desk/sign-in?to=/desk/queue{encoded}"),
        format!("/desk/reviews/x{encoded}"),
    ] {
        browser.get(&path).await;
        assert!(!browser.cookies.contains_key("stolen"), "{path}");
    }
    browser.send(&format!("/desk/parked/due-1{encoded}"), &[("do", "retry")]).await;
    browser.send(&format!("/desk/systems/crm{encoded}"), &[("do", "sync")]).await;
    assert!(!browser.cookies.contains_key("stolen"));
    let mut stranger = site.browser();
    let answer = stranger.get(&format!("/desk/queue?kind={encoded}")).await;
    assert!(answer.to().starts_with("/desk/sign-in?to=") && stranger.cookies.is_empty());
    let page = browser.get("/desk/parked?system=<script>alert(1)</script>").await;
    assert_eq!(page.texts("main script"), Vec::<String>::new());
}

async fn session_is_never_one_that_was_brought(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    let site = Site::open(pair.hub.clone()).await;
    let mut thief = site.of(Viewer).await;
    let known = thief.cookies["cardex_session"].clone();
    let mut victim = site.browser();
    victim.cookies.insert("cardex_session".to_owned(), known.clone());
    assert_eq!(victim.sign_in("administrator", PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert_ne!(victim.cookies["cardex_session"], known);
    assert_eq!(thief.get("/desk/queue").await.texts(".bar form span"), ["viewer"], "it stays what it was");
}

/// The work is the same whether somebody has the name or not; how long it takes is printed, because a machine that has
/// other things to do proves nothing.
async fn unknown_names_take_as_long_as_known_ones(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    let site = Site::open(pair.hub.clone()).await;
    let mut took = [Duration::ZERO; 2];
    for _ in 0..5 {
        for (took, name) in took.iter_mut().zip(["operator", "nobody"]) {
            let began = Instant::now();
            let answer = site.browser().sign_in(name, "wrong").await;
            *took += began.elapsed();
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            assert_eq!(answer.texts(".alert"), ["The name or the password is wrong."], "{name}");
        }
    }
    println!("a known name takes {:?}, an unknown one {:?}", took[0] / 5, took[1] / 5);
}
