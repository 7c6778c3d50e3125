//! The systems on the desk: pausing and resuming them, asking them, and the work that was given up.

use cardex::daemon;
use cardex::model::journal::Event;
use cardex::model::{OperatorId, OperatorRole, SystemId};
use cardex::store::{Health, MarkState, QueueFilter, QueueItem};
use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::site::Site;
use crate::desk::{cardex, good};
use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::{EMPTY, Pair, fields};
use crate::support::site::eventually;

on_both_databases!(
    pause_stops_one_system_and_resume_goes_on,
    each_role_may_what_it_may,
    parked_work_is_tried_again_or_forgotten,
    last_webhook_is_shown_where_there_was_one,
);

fn enter(pair: &Pair, surname: &str) {
    pair.hotel().create("person", "reception", fields(json!({"surname": surname, "given_names": "Ana"})));
}

async fn health(pair: &Pair, system: &str) -> Health {
    pair.hub.store.system_state(&SystemId::new(system)).await.expect("the store").health
}

async fn pause_stops_one_system_and_resume_goes_on(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    let site = Site::open(pair.hub.clone()).await;
    let mut administrator = site.of(OperatorRole::Administrator).await;
    let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
    let _pulses = daemon::spawn(&pair.hub, &tracker, &stop);
    let at_crm = async |wanted: usize| (pair.crm().rows("person").len() == wanted).then_some(());
    enter(&pair, "Primera");
    pair.hub.systems[&SystemId::new("pms")].poll_now.notify_one();
    eventually("the first guest is at the CRM", async || at_crm(1).await).await;

    let done = administrator.send("/desk/systems/crm", &[("do", "pause")]).await;
    assert_eq!((done.status, done.to()), (StatusCode::SEE_OTHER, "/desk/systems"));
    let by = OperatorId::new("administrator");
    assert!(matches!(health(&pair, "crm").await, Health::Paused { by: who, .. } if who == by));
    let cards = administrator.get("/desk/systems").await.texts(".health");
    assert!(cards[0].starts_with("Paused by administrator since "), "{cards:?}");
    assert_eq!(cards[1], "Running");
    let asked = administrator.send("/desk/systems/crm", &[("do", "sync")]).await;
    assert_eq!(asked.status, StatusCode::CONFLICT, "it is not asked while it is at rest");

    enter(&pair, "Segunda");
    assert_eq!(
        administrator.send("/desk/systems/pms", &[("do", "sync")]).await.status,
        StatusCode::SEE_OTHER
    );
    eventually("the second guest waits for the CRM", async || (pair.pending().await > 0).then_some(())).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(at_crm(1).await.is_some(), "nothing goes to a paused system");
    let cycles = pair.cycle().await;
    let refused = |system: &str| cycles.iter().any(|(id, it)| id.as_str() == system && it.failure.is_some());
    assert!(refused("crm") && !refused("pms"), "a cycle leaves it alone too: {cycles:?}");

    assert_eq!(
        administrator.send("/desk/systems/crm", &[("do", "resume")]).await.status,
        StatusCode::SEE_OTHER
    );
    eventually("the second guest is at the CRM", async || at_crm(2).await).await;
    stop.cancel();
    tracker.close();
    tracker.wait().await;

    let crm = SystemId::new("crm");
    let told = pair.hub.store.recent_journal(Some(&crm), 100).await.expect("the journal");
    let decided = told.into_iter().filter_map(|entry| {
        let Event::Decided { operator, decision, .. } = entry.event else { return None };
        Some(format!("{operator}: {decision}"))
    });
    let decided: Vec<String> = decided.collect();
    assert_eq!(decided, ["administrator: resume the system", "administrator: pause the system"]);
}

async fn each_role_may_what_it_may(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    let site = Site::open(pair.hub.clone()).await;
    for (role, order, status) in [
        (OperatorRole::Viewer, "sync", StatusCode::FORBIDDEN),
        (OperatorRole::Viewer, "pause", StatusCode::FORBIDDEN),
        (OperatorRole::Operator, "sync", StatusCode::SEE_OTHER),
        (OperatorRole::Operator, "pause", StatusCode::FORBIDDEN),
        (OperatorRole::Operator, "resume", StatusCode::FORBIDDEN),
        (OperatorRole::Administrator, "burn", StatusCode::NOT_FOUND),
    ] {
        let answer = site.of(role).await.send("/desk/systems/crm", &[("do", order)]).await;
        assert_eq!(answer.status, status, "{role:?} {order}");
    }
    let answer = site.of(OperatorRole::Administrator).await.send("/desk/systems/x", &[("do", "sync")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(!matches!(health(&pair, "crm").await, Health::Paused { .. }));
    let seen = site.of(OperatorRole::Viewer).await.get("/desk/systems").await;
    assert_eq!((seen.texts(".system h2").len(), seen.texts("button[name=do]").len()), (2, 0));
}

async fn marks(pair: &Pair) -> Vec<QueueItem> {
    pair.hub.store.queue_list(&QueueFilter::default(), pair.hub.clock.now()).await.expect("the queue")
}

async fn parked_work_is_tried_again_or_forgotten(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    pair.crm().set_quirks(|quirks| quirks.refused_text = Some("Veneno".to_owned()));
    enter(&pair, "Veneno");
    enter(&pair, "Veneno");
    pair.settle().await;
    let site = Site::open(pair.hub.clone()).await;
    let mut operator = site.of(OperatorRole::Operator).await;
    let page = operator.get("/desk/parked").await;
    assert_eq!(page.texts(".tabs a"), ["To write (2)", "To read (0)"]);
    let mark = page.attribute("table.parked form", "action");
    let cells = page.texts("table.parked td");
    assert!(cells[0].starts_with("Ana Veneno"), "{cells:?}");
    assert!(!cells[2].contains("Veneno"), "reasons hold no values: {cells:?}");
    assert!(page.attribute("table.parked td a", "href").starts_with("/desk/profiles/"));
    assert_eq!(operator.get("/desk/parked?system=pms").await.texts("table.parked td"), Vec::<String>::new());
    let waits = operator.get("/desk/queue").await.texts("[data-live=parked]");
    assert_eq!(waits, ["2"], "the header counts it");

    let mut viewer = site.of(OperatorRole::Viewer).await;
    assert_eq!(viewer.get(&mark).await.status, StatusCode::FORBIDDEN);
    assert_eq!(viewer.send(&mark, &[("do", "drop")]).await.status, StatusCode::FORBIDDEN);

    assert_eq!(operator.send(&mark, &[("do", "retry")]).await.status, StatusCode::SEE_OTHER);
    let ready = async || marks(&pair).await.iter().filter(|mark| mark.state == MarkState::Ready).count();
    assert_eq!(ready().await, 1);
    assert_eq!(operator.send(&mark, &[("do", "drop")]).await.status, StatusCode::CONFLICT, "it works again");

    let other = operator.get("/desk/parked").await.attribute("table.parked form", "action");
    assert_ne!(other, mark);
    let asked = operator.get(&other).await;
    assert!(asked.texts(".alert")[0].contains("stays unwritten"), "{:?}", asked.texts(".alert"));
    assert_eq!(operator.send(&other, &[("do", "drop")]).await.status, StatusCode::SEE_OTHER);
    assert_eq!((marks(&pair).await.len(), ready().await), (1, 1), "the other goes on");
    assert_eq!(operator.get(&other).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn command_pauses_as_the_desk_does() {
    let pair = Pair::open(Backend::Sqlite, EMPTY).await;
    let crm = |lines: &[serde_json::Value]| {
        lines.iter().find(|line| line["system"] == "crm").expect("the CRM").clone()
    };
    assert_eq!(good(&pair, &["queue", "pause", "crm"])[0]["unchanged"], false);
    assert_eq!(good(&pair, &["queue", "pause", "crm"])[0]["unchanged"], true);
    let told = crm(&good(&pair, &["status"]));
    assert_eq!(told["health"], "paused");
    assert!(told["health_reason"].as_str().expect("text").starts_with("by ana since "), "{told}");
    good(&pair, &["queue", "retry", "--system", "crm"]);
    assert_eq!(crm(&good(&pair, &["status"]))["health"], "paused", "a retry does not end a pause");
    assert_eq!(good(&pair, &["queue", "resume", "crm"])[0]["health"], "running");
    assert_eq!(cardex(&pair, &["queue", "pause", "nowhere"]).0, 66);
    let log = good(&pair, &["operator", "log", "ana"]);
    let told: Vec<_> = log.iter().map(|line| (line["door"].clone(), line["about"].clone())).collect();
    assert_eq!(told[0], (json!("cli"), json!("resume the system, system crm")));
    assert_eq!(told.last().expect("a line").1, json!("pause the system, system crm"));
}

async fn last_webhook_is_shown_where_there_was_one(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    let site = Site::open(pair.hub.clone()).await;
    let mut viewer = site.of(OperatorRole::Viewer).await;
    let pushed_at = pair.hub.clock.now() - TimeDelta::hours(3);
    pair.hub.store.note_push(&SystemId::new("crm"), pushed_at).await.expect("the store");

    let terms = viewer.get("/desk/systems").await.texts("dl");
    assert!(terms[0].contains("Last webhook") && terms[0].contains("3 h ago"), "{terms:?}");
    assert!(!terms[1].contains("Last webhook"), "{terms:?}");
}
