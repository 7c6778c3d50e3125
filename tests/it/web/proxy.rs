//! A proxy says who somebody is: only where it is set up, and only the proxy.

use cardex::desk::ProxySignIn;
use cardex::model::{OperatorId, OperatorRole};
use cardex::store::{AuditFilter, OperatorChange};
use reqwest::StatusCode;
use reqwest::header::HeaderName;

use super::site::Site;
use crate::matching::world::World;
use crate::support::hub::{Hub as Memory, on_both_databases};

on_both_databases!(proxy_lets_in_whom_it_names, header_alone_lets_nobody_in);

const NAME: &str = "x-remote-user";
const SECRET: &str = "x-cardex-proxy";

fn proxy() -> ProxySignIn {
    ProxySignIn {
        header: HeaderName::from_static(NAME),
        secret_header: HeaderName::from_static(SECRET),
        secret: "known to the proxy".into(),
    }
}

async fn proxy_lets_in_whom_it_names(memory: Memory) {
    let world = World::of(memory);
    let site = Site::open_behind(world.hub.clone(), proxy()).await;
    let mut browser = site.browser();
    browser.headers = vec![(NAME, "Operator".to_owned()), (SECRET, "known to the proxy".to_owned())];
    let entered = browser.get("/desk/queue?kind=hold").await;
    assert_eq!((entered.status, entered.to()), (StatusCode::SEE_OTHER, "/desk/queue?kind=hold"));
    let page = browser.get("/desk/queue").await;
    assert_eq!(page.texts(".bar form span"), ["operator"]);
    // Its forms are proved like everybody's.
    assert_eq!(browser.post("/desk/sign-out", &[]).await.status, StatusCode::FORBIDDEN);
    // Somebody else signs in at the proxy: he does not go on as the one before.
    browser.headers[0].1 = String::from("viewer");
    assert_eq!(browser.get("/desk/queue").await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.get("/desk/queue").await.texts(".bar form span"), ["viewer"]);
    let filter = AuditFilter { who: Some(OperatorId::new("viewer")), before: None };
    let lines = site.hub.store.audit(&filter, 10).await.expect("the store");
    assert_eq!((lines.len(), lines[0].deed.name()), (1, "signed_in"));
}

async fn header_alone_lets_nobody_in(memory: Memory) {
    let world = World::of(memory);
    let site = Site::open_behind(world.hub.clone(), proxy()).await;
    let by = OperatorId::new("root");
    let disabled = OperatorChange::Disabled(Some(world.now()));
    site.hub
        .store
        .change_operator(&OperatorId::new("viewer"), &disabled, &by, world.now())
        .await
        .expect("the store");
    let secret = "known to the proxy";
    for headers in [
        vec![(NAME, "operator")],
        vec![(NAME, "operator"), (SECRET, "guessed")],
        vec![(NAME, "operator"), (SECRET, "")],
        vec![(NAME, ""), (SECRET, secret)],
        vec![(NAME, "nobody"), (SECRET, secret)],
        vec![(NAME, "viewer"), (SECRET, secret)],
        vec![(NAME, "operator"), (NAME, "administrator"), (SECRET, secret)],
    ] {
        let mut browser = site.browser();
        browser.headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let answer = browser.get("/desk/queue").await;
        assert!(answer.to().starts_with("/desk/sign-in"), "{headers:?}: {}", answer.to());
        assert!(browser.cookies.is_empty(), "{headers:?}");
    }
    let plain = Site::listen(world.hub.clone()).await;
    let mut browser = plain.browser();
    browser.headers = vec![(NAME, "operator".to_owned()), (SECRET, secret.to_owned())];
    assert!(
        browser.get("/desk/queue").await.to().starts_with("/desk/sign-in"),
        "it is off unless it is set up"
    );
    assert_eq!(plain.of(OperatorRole::Operator).await.get("/desk/queue").await.status, StatusCode::OK);
}
