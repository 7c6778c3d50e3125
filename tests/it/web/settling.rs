//! Conflicts, holds and postponements from the pages, with two systems behind them.

use std::collections::BTreeSet;

use cardex::capture::{CaptureError, poll};
use cardex::model::{OperatorRole, SystemId};
use cardex::review;
use cardex::store::ReviewFilter;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::site::{Browser, Site};
use crate::desk::{cardex, good};
use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::{EMPTY, Pair, fields};

on_both_databases!(
    queue_is_filtered_by_property_and_system,
    conflict_is_settled_with_the_value_of_a_system,
    conflict_is_settled_with_a_typed_value_for_good,
    conflict_is_settled_with_the_hub_s_value,
    hold_shows_what_would_happen_and_is_released,
    postponed_review_leaves_the_queue_and_can_still_be_decided,
);

/// Two systems whose names of one guest differ, the guest's id at the hotel, a desk, and the path of the conflict.
pub(crate) async fn conflict(backend: Backend) -> (Pair, String, Site, String) {
    let rule = "[fields.person.surname]\npolicy = \"review\"\nowner = \"none\"\ndirection = \"both\"\n";
    let pair = Pair::open_with(backend, EMPTY, rule).await;
    let guest = pair.hotel().create(
        "person",
        "reception",
        fields(json!({"surname": "García", "given_names": "Ana"})),
    );
    pair.settle().await;
    let contact = pair.crm().rows("person").remove(0);
    assert!(pair.hotel().edit("person", &guest, "reception", fields(json!({"surname": "García Pérez"}))));
    assert!(pair.crm().edit("person", &contact.id, "web form", fields(json!({"surname": "García-Pérez"}))));
    pair.settle().await;
    let site = Site::open(pair.hub.clone()).await;
    let path = only(&pair, "conflict").await;
    (pair, guest, site, path)
}

/// The path of the one open review of a kind.
pub(crate) async fn only(pair: &Pair, kind: &'static str) -> String {
    let filter = ReviewFilter { kind: Some(kind), ..ReviewFilter::default() };
    let open = pair.hub.store.open_reviews(&filter, 10).await.expect("reads");
    assert_eq!(open.len(), 1, "{kind}");
    format!("/desk/reviews/{}", open[0].id)
}

pub(crate) fn surnames(pair: &Pair, guest: &str) -> [Value; 2] {
    let hotel = pair.hotel().row("person", guest).expect("the guest");
    [hotel.fields["surname"].clone(), pair.crm().rows("person")[0].fields["surname"].clone()]
}

async fn settle(browser: &mut Browser, path: &str, fields: &[(&str, &str)]) {
    let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("do", "settle")]).collect();
    let done = browser.send(path, &fields).await;
    assert_eq!((done.status, done.to()), (StatusCode::SEE_OTHER, path), "{:?}", done.texts("[role=alert]"));
}

async fn queue_is_filtered_by_property_and_system(backend: Backend) {
    let (pair, _, site, path) = conflict(backend).await;
    let id = path.rsplit('/').next().expect("an id");
    let listed = good(&pair, &["review", "list", "--property", "alba"]);
    assert_eq!((listed.len(), listed[0]["id"].as_str()), (1, Some(id)));
    let at = listed[0]["system"].as_str().expect("it arose at a system");
    let other = if at == "pms" { "crm" } else { "pms" };
    let mut viewer = site.of(OperatorRole::Viewer).await;
    for (asked, waits) in [
        (String::new(), true),
        ("?property=alba".to_owned(), true),
        ("?property=nowhere".to_owned(), false),
        (format!("?property=alba&system={at}"), true),
        (format!("?property=alba&system={other}"), false),
        ("?property=alba&kind=hold".to_owned(), false),
    ] {
        let found = viewer.get(&format!("/desk/queue{asked}")).await.texts("table.list a");
        assert_eq!(!found.is_empty(), waits, "{asked}: {found:?}");
    }
    assert_eq!(cardex(&pair, &["review", "list", "--property", "nowhere"]).0, 66);
}

async fn conflict_is_settled_with_the_value_of_a_system(backend: Backend) {
    let (pair, guest, site, path) = conflict(backend).await;
    let mut operator = site.of(OperatorRole::Operator).await;
    let page = operator.get(&path).await;
    let sides: BTreeSet<String> = page.texts("fieldset tbody tr td:nth-child(2)").into_iter().collect();
    assert!(sides.contains("García Pérez") && sides.contains("García-Pérez"), "{sides:?}");
    let nothing = operator.send(&path, &[("do", "settle")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(nothing.texts("[role=alert]"), ["Choose a value first."]);
    let nobody = operator.send(&path, &[("do", "settle"), ("side", "at nowhere")]).await;
    assert_eq!(nobody.status, StatusCode::CONFLICT);
    let mut viewer = site.of(OperatorRole::Viewer).await;
    let refused = viewer.send(&path, &[("do", "settle"), ("side", "hub")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);

    settle(&mut operator, &path, &[("side", "at crm")]).await;
    pair.settle().await;
    assert_eq!(surnames(&pair, &guest), [json!("García-Pérez"), json!("García-Pérez")]);
    assert!(operator.get("/desk/queue").await.texts("table.list a").is_empty(), "nothing is asked any more");
}

async fn conflict_is_settled_with_a_typed_value_for_good(backend: Backend) {
    let (pair, guest, site, path) = conflict(backend).await;
    let mut operator = site.of(OperatorRole::Operator).await;
    settle(&mut operator, &path, &[("side", "typed"), ("typed", "García y Pérez"), ("pin", "yes")]).await;
    pair.settle().await;
    assert_eq!(surnames(&pair, &guest), [json!("García y Pérez"), json!("García y Pérez")]);
    assert!(pair.hotel().edit("person", &guest, "reception", fields(json!({"surname": "Otra"}))));
    pair.settle().await;
    assert_eq!(surnames(&pair, &guest), [json!("García y Pérez"), json!("García y Pérez")], "it is fixed");
}

async fn conflict_is_settled_with_the_hub_s_value(backend: Backend) {
    let (pair, guest, site, path) = conflict(backend).await;
    let mut operator = site.of(OperatorRole::Operator).await;
    let hub = operator.get(&path).await.texts("fieldset tbody tr:first-child td:nth-child(2)");
    settle(&mut operator, &path, &[("side", "hub")]).await;
    pair.settle().await;
    assert_eq!(surnames(&pair, &guest), [json!(hub[0]), json!(hub[0])]);
}

/// Two systems of which one has lost all of its guests, their ids, and the path of the hold.
pub(crate) async fn hold(backend: Backend) -> (Pair, Vec<String>, Site, String) {
    let pair = Pair::open(backend, EMPTY).await;
    let name = |nth: usize| json!({"surname": format!("Gone {nth}"), "given_names": "Ana"});
    let guests: Vec<String> =
        (0..8).map(|nth| pair.hotel().create("person", "reception", fields(name(nth)))).collect();
    pair.settle().await;
    for guest in &guests {
        assert!(pair.hotel().delete("person", guest, "reception"));
    }
    let hotel = &pair.hub.systems[&SystemId::new("pms")];
    let held = poll::sweep(&pair.hub, hotel).await.expect_err("too many are gone at once");
    assert!(matches!(held, CaptureError::Held { .. }), "{held:?}");
    let site = Site::open(pair.hub.clone()).await;
    let path = only(&pair, "hold").await;
    (pair, guests, site, path)
}

async fn hold_shows_what_would_happen_and_is_released(backend: Backend) {
    let (pair, guests, site, path) = hold(backend).await;
    let mut operator = site.of(OperatorRole::Operator).await;
    let page = operator.get(&path).await;
    let shown: BTreeSet<String> = page.texts("main table tbody td:first-child").into_iter().collect();
    assert!(!shown.is_empty() && shown.iter().all(|id| guests.contains(id)), "{shown:?}");
    assert!(page.texts("main table tbody td:nth-child(2)").iter().all(|name| name.contains("Gone")));
    assert_eq!(page.texts("main table tbody td:nth-child(4)")[0], "would be gone");

    let done = operator.send(&path, &[("do", "accept")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let hotel = &pair.hub.systems[&SystemId::new("pms")];
    let taken = poll::sweep(&pair.hub, hotel).await.expect("an operator has let it through");
    assert_eq!(taken.observed, guests.len());
    let open = pair.hub.store.open_reviews(&ReviewFilter::default(), 10).await.expect("reads");
    assert!(open.is_empty(), "it goes through, once: {open:?}");
}

async fn postponed_review_leaves_the_queue_and_can_still_be_decided(backend: Backend) {
    let (pair, guest, site, path) = conflict(backend).await;
    let mut operator = site.of(OperatorRole::Operator).await;
    for days in ["0", "366", "x", ""] {
        let refused = operator.send(&path, &[("do", "postpone"), ("days", days)]).await;
        assert!(refused.status.is_client_error(), "{days}");
        assert_eq!(refused.texts("[role=alert]"), ["Say for how many days, from 1 to 365."], "{days}");
    }
    let done = operator.send(&path, &[("do", "postpone"), ("days", "7")]).await;
    assert_eq!((done.status, done.to()), (StatusCode::SEE_OTHER, path.as_str()));
    assert!(operator.get("/desk/queue").await.texts("table.list a").is_empty());
    let later = operator.get("/desk/queue?kind=postponed").await;
    assert_eq!(later.attribute("table.list a", "href"), path);
    let page = operator.get(&path).await;
    assert!(page.texts("[role=status]")[0].starts_with("operator does not want to be asked before "));

    settle(&mut operator, &path, &[("side", "at pms")]).await;
    pair.settle().await;
    assert_eq!(surnames(&pair, &guest), [json!("García Pérez"), json!("García Pérez")]);
    let id = cardex::model::ids::ReviewId::parse(path.rsplit('/').next().expect("an id")).expect("an id");
    let late = review::postpone(&pair.hub, id, 1, &"ana".into()).await.expect_err("it has ended");
    assert!(late.to_string().contains("accepted by operator"), "{late}");
}
