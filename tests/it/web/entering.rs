//! Who comes in, and how long he stays.

use cardex::clock::Clock;
use cardex::hub::Hub;
use cardex::model::{OperatorId, OperatorRole};
use cardex::operators;
use cardex::store::OperatorChange;
use chrono::TimeDelta;
use reqwest::StatusCode;

use super::site::{PASSWORD, Site};
use crate::matching::world::World;
use crate::support::hub::{Hub as Memory, on_both_databases};

on_both_databases!(
    strangers_see_nothing,
    wrong_passwords_wait_whether_the_name_is_known_or_not,
    session_ends_when_it_should,
    answers_keep_others_out,
    page_speaks_the_operators_language,
);

/// Pages and forms behind the sign-in.
const BEHIND: [(&str, bool); 4] = [
    ("/desk/queue", false),
    ("/desk/reviews/019a0000-0000-7000-8000-000000000000", false),
    ("/desk/reviews/019a0000-0000-7000-8000-000000000000", true),
    ("/desk/sign-out", true),
];

async fn strangers_see_nothing(memory: Memory) {
    let world = World::of(memory);
    let site = Site::open(world.hub.clone()).await;
    let mut stranger = site.browser();
    for (path, is_form) in BEHIND {
        let forged = [("cardex_session", "x".repeat(43)), ("other", "1".to_owned())];
        for cookies in [Vec::new(), forged.to_vec()] {
            stranger.cookies = cookies.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let answer = if is_form { stranger.post(path, &[]).await } else { stranger.get(path).await };
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
            assert!(answer.to().starts_with("/desk/sign-in?to="), "{path}: {}", answer.to());
        }
    }
}

async fn wrong_passwords_wait_whether_the_name_is_known_or_not(memory: Memory) {
    let world = World::of(memory);
    let now = world.now();
    let at = |seconds| Hub {
        clock: Clock::from_fn(move || now + TimeDelta::seconds(seconds)),
        ..world.hub.clone()
    };
    let site = Site::open(at(0)).await;
    for name in ["operator", "nobody"] {
        let mut browser = site.browser();
        for _ in 0..5 {
            let answer = browser.sign_in(name, "wrong").await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
            assert!(browser.cookies.is_empty(), "{name} has a session");
        }
        let answer = browser.sign_in(name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{name}");
        assert!(answer.texts(".alert")[0].starts_with("Too many tries"), "{name}");
    }
    let later = Site::listen(at(2)).await;
    assert_eq!(later.browser().sign_in("operator", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

async fn session_ends_when_it_should(memory: Memory) {
    let world = World::of(memory);
    let site = Site::open(world.hub.clone()).await;
    let name = OperatorId::new("operator");
    let is_in =
        async |browser: &mut super::site::Browser| browser.get("/desk/queue").await.status == StatusCode::OK;

    let mut left = site.of(OperatorRole::Operator).await;
    assert!(is_in(&mut left).await);
    let before = left.clone();
    assert_eq!(left.send("/desk/sign-out", &[]).await.status, StatusCode::SEE_OTHER);
    assert!(!is_in(&mut before.clone()).await, "the old cookie is worth nothing after signing out");

    let by = OperatorId::new("root");
    let hash = operators::hash(&"another long password".into(), "operator").expect("a hash");
    for change in [
        OperatorChange::Password(hash),
        OperatorChange::Role(OperatorRole::Operator),
        OperatorChange::Disabled(Some(world.now())),
    ] {
        let old = OperatorChange::Password(operators::hash(&PASSWORD.into(), "operator").expect("a hash"));
        site.hub.store.change_operator(&name, &old, &by, world.now()).await.expect("the store");
        let mut browser = site.of(OperatorRole::Operator).await;
        assert!(is_in(&mut browser).await);
        assert!(site.hub.store.change_operator(&name, &change, &by, world.now()).await.expect("the store"));
        assert!(!is_in(&mut browser).await, "{change:?}");
    }
    assert_eq!(site.browser().sign_in("operator", PASSWORD).await.status, StatusCode::UNAUTHORIZED);

    let mut idle = site.of(OperatorRole::Viewer).await;
    let mut busy = site.of(OperatorRole::Administrator).await;
    world.pass(119);
    assert!(is_in(&mut busy).await);
    world.pass(2);
    assert!(!is_in(&mut idle).await, "two hours without a request");
    for _ in 0..6 {
        assert!(is_in(&mut busy).await);
        world.pass(100);
    }
    assert!(!is_in(&mut busy).await, "longer than a shift");
}

async fn answers_keep_others_out(memory: Memory) {
    let world = World::of(memory);
    let site = Site::open(world.hub.clone()).await;
    let mut browser = site.browser();
    let entered = browser.sign_in("Operator", PASSWORD).await;
    let cookie = entered.headers["set-cookie"].to_str().expect("text");
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let page = browser.get("/desk/queue").await;
    let policy = page.headers["content-security-policy"].to_str().expect("text");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert_eq!(page.headers["cache-control"], "no-store");
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
    assert_eq!(page.headers["x-frame-options"], "DENY");
    assert!(!page.body.contains("<style") && !page.body.contains("onclick"), "nothing inline");
    // A session is new with every entry: nobody can be made to use one that somebody else knows.
    let mut fixed = site.browser();
    fixed.cookies.insert("cardex_session".into(), "known-to-somebody-else".into());
    fixed.sign_in("operator", PASSWORD).await;
    assert_ne!(fixed.cookies["cardex_session"], "known-to-somebody-else");
    let huge = "x".repeat(2 << 20);
    assert_eq!(browser.post("/desk/sign-in", &[("name", &huge)]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

async fn page_speaks_the_operators_language(memory: Memory) {
    let world = World::of(memory);
    let site = Site::open(world.hub.clone()).await;
    let mut browser = site.of(OperatorRole::Operator).await;
    for (language, title) in [("en-GB", "Queue"), ("es-ES,es;q=0.9", "Cola"), ("fr", "File"), ("ja", "Queue")]
    {
        assert_eq!(browser.get_in(language, "/desk/queue").await.texts("h1"), [title], "{language}");
    }
    assert_eq!(browser.get("/desk/language?to=fr").await.status, StatusCode::SEE_OTHER);
    let page = browser.get_in("es", "/desk/queue").await;
    assert_eq!(page.texts("h1"), ["File"]);
    assert_eq!(page.attribute("html", "lang"), "fr");
}
