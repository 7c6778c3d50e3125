//! What each failure means for the next step.

use cardex::connectors::{Connector, ConnectorError, NextStep};
use cardex::model::{RecordKind, RemoteRef};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

use super::fake::sort::Sort;
use super::fake::{Fake, Fault};
use super::{PERSON, STAY, guest, prepared};
use crate::connectors::feed::stream;
use crate::connectors::subject::create;

fn after(seconds: u64) -> NextStep {
    NextStep::RetryAfter(Some(Duration::from_secs(seconds)))
}

/// The failures that mean the same of a read and of a write.
fn not_now() -> Vec<(Fault, NextStep)> {
    vec![
        (Fault::TooManyCalls(Some("TEN_SECONDLY_ROLLING"), None), after(1)),
        (Fault::TooManyCalls(Some("TEN_SECONDLY_ROLLING"), Some(3)), after(3)),
        (Fault::TooManyCalls(Some("DAILY"), None), after(600)),
        (Fault::TooManyCalls(Some("SECONDLY"), None), after(1)),
        (Fault::TooManyCalls(None, None), after(1)),
        (Fault::Locked, after(2)),
        (Fault::Moving(77), after(77)),
        (Fault::Status(401), NextStep::Halt),
        (Fault::Status(403), NextStep::Halt),
    ]
}

/// The statuses of a HubSpot that does not work.
const BROKEN: [u16; 7] = [500, 502, 503, 504, 521, 523, 524];

#[tokio::test]
async fn every_failure_of_a_read_has_its_next_step() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let id = fake.inside().enter(Sort::Contact, &json!({"lastname": "Gil"})).to_string();
    let refs = [RemoteRef::new(PERSON, id.as_str())];
    let mut cases = not_now();
    cases.extend(BROKEN.map(|status| (Fault::Status(status), NextStep::RetryAfter(None))));
    cases.push((Fault::CutAfterwards, NextStep::RetryAfter(None)));
    for (fault, expected) in cases {
        fake.fail("contacts/batch/read", [fault.clone()]);
        let error = connector.read(&refs).await.expect_err("a failure");
        assert_eq!(error.next_step(), expected, "{fault:?}: {error}");
        assert!(connector.read(&refs).await.is_ok(), "after {fault:?}");
    }
}

#[tokio::test]
async fn every_failure_of_a_write_has_its_next_step() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let mut cases = not_now();
    cases.extend(BROKEN.map(|status| (Fault::Status(status), NextStep::Settle)));
    for (fault, expected) in cases {
        fake.fail("contacts/batch/upsert", [fault.clone()]);
        let ops = [create(PERSON, guest("Ana", "Gil", "gil@example.com"))];
        let error = connector.write(&ops).await.expect_err("a failure");
        assert_eq!(error.next_step(), expected, "{fault:?}: {error}");
    }
    assert_eq!(fake.inside().rows(Sort::Contact).count(), 0);
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    fake.inside().missing_scopes.insert("crm.objects.contacts.write".to_owned());
    let ops = [create(PERSON, guest("Ana", "Gil", "gil@example.com"))];
    let error = connector.write(&ops).await.expect_err("no scope");
    assert!(matches!(error, ConnectorError::Unauthorised { .. }), "{error}");
    assert!(error.to_string().contains("crm.objects.contacts.write"), "{error}");
}

fn person_feed(connector: &Arc<dyn Connector>) -> cardex::model::capabilities::Stream {
    let streams = &connector.capabilities().streams;
    let name = streams.iter().find(|stream| stream.kind == RecordKind::Person).expect("a feed").name.clone();
    stream(connector, &name)
}

#[tokio::test]
async fn the_limit_of_searches_is_kept_and_waited_for() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let stream = person_feed(&connector);
    let mut place = connector.changes(&stream, None).await.expect("the present").next;
    // As often as a hub with nothing else to do, and on all feeds at once.
    for _ in 0..4 {
        let streams = connector.capabilities().streams.clone();
        let polls = streams.iter().map(|stream| connector.changes(stream, None));
        for page in futures_util::future::join_all(polls).await {
            page.expect("within the limit of searches");
        }
        place = connector.changes(&stream, Some(&place)).await.expect("within the limit").next;
    }
    assert_eq!(fake.inside().budget.n_refused, 0);
    // Another app of the account has used it up.
    fake.inside().budget.most_searches = 0;
    let error = connector.changes(&stream, Some(&place)).await.expect_err("over the limit");
    assert_eq!(error.next_step(), after(1), "{error}");
}

#[tokio::test]
async fn every_request_is_counted() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    connector.further_calls();
    let ids: Vec<u64> = (0..150)
        .map(|n| fake.inside().enter(Sort::Contact, &json!({"lastname": format!("Gil {n}")})))
        .collect();
    let stays: Vec<u64> = (0..3).map(|_| fake.inside().enter(Sort::Deal, &json!({}))).collect();
    let refs = |kind, ids: &[u64]| -> Vec<RemoteRef> {
        ids.iter().map(|id| RemoteRef::new(kind, id.to_string().as_str())).collect()
    };
    // Each of these takes one call by itself; what it takes beyond is told.
    let counted = |made: &str| {
        let calls: usize = fake.calls().values().sum();
        assert_eq!(1 + connector.further_calls() as usize, calls.max(1), "{made}");
    };
    for part in ids.chunks(connector.capabilities().read_batch) {
        connector.read(&refs(PERSON, part)).await.expect("a read");
        counted("a read");
    }
    connector.read(&refs(STAY, &stays)).await.expect("a read");
    counted("a read of stays");
    for kind in [PERSON, STAY] {
        connector.enumerate(kind, None).await.expect("a page");
        counted("a walk");
    }
    connector.changes(&person_feed(&connector), None).await.expect("the present");
    counted("the present of a feed");
    connector.check().await;
    counted("the doctor");
    connector.write(&[create(PERSON, guest("Ana", "Gil", "gil@example.com"))]).await.expect("a write");
    counted("a write");
}
