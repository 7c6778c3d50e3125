//! What each failure of Mews means, and what the doctor says.

use cardex::connectors::{ConnectorError, NextStep, Severity};
use cardex::model::{RecordKind, RemoteRef};
use serde_json::json;
use std::time::Duration;

use super::fake::{ACCESS_TOKEN, Fake, Fault};
use super::{connector, connector_with};

#[tokio::test]
async fn every_failure_of_a_read_has_its_next_step() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let id = fake.inside().customer(1);
    let retry = |wait: Option<u64>| NextStep::RetryAfter(wait.map(Duration::from_secs));
    let cases = [
        (Fault::TooManyCalls(Some(12)), retry(Some(12))),
        (Fault::TooManyCalls(None), retry(None)),
        (Fault::TooLong, retry(None)),
        (Fault::Overtaken, retry(None)),
        (Fault::Broken, retry(None)),
        (Fault::BrokenAfterwards, retry(None)),
        (Fault::Forbidden("not here"), NextStep::Park),
        (Fault::NoRight, NextStep::Halt),
    ];
    for (fault, expected) in cases {
        fake.fail("customers/getAll", [fault.clone()]);
        let refs = [RemoteRef::new(RecordKind::Person, id.as_str())];
        let error = connector.read(&refs).await.expect_err("a failure");
        assert_eq!(error.next_step(), expected, "{fault:?}: {error}");
        assert!(connector.read(&refs).await.is_ok(), "after {fault:?}");
    }
}

#[tokio::test]
async fn after_a_time_out_less_is_asked_for_until_it_is_in_time() {
    let fake = Fake::start().await;
    (0..100).for_each(|n| drop(fake.inside().customer(n)));
    let connector = connector_with(&fake.url, ACCESS_TOKEN, "page_size = 100");
    fake.fail("customers/getAll", [Fault::TooLong, Fault::TooLong]);
    let list = || connector.enumerate(RecordKind::Person, None);
    for _ in 0..2 {
        assert!(list().await.is_err());
    }
    for expected in [25, 50, 100] {
        assert_eq!(list().await.expect("a page").keys.len(), expected);
    }
}

#[tokio::test]
async fn more_than_the_limit_is_told_as_such() {
    let fake = Fake::start().await;
    fake.inside().limit = Some((3, Duration::from_mins(1)));
    let connector = connector(&fake);
    for _ in 0..3 {
        connector.enumerate(RecordKind::Person, None).await.expect("within the limit");
    }
    let over = connector.enumerate(RecordKind::Person, None).await.expect_err("over the limit");
    assert!(matches!(over, ConnectorError::RateLimited { wait: None, .. }), "{over}");
}

#[tokio::test]
async fn the_doctor_names_the_missing_right_and_how_to_do_without() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    fake.fail("loyaltyMemberships/getAll", [Fault::NoRight]);
    fake.fail("payments/getAll", [Fault::NoRight]);
    // An invented id may be refused: that is no missing right.
    fake.fail("rates/getAll", [Fault::Forbidden("no such service")]);
    fake.fail("addresses/add", [Fault::NoRight]);
    fake.fail("customers/add", [Fault::NoRight]);
    let before = format!("{:?}", fake.inside().tables.rows("Customers"));
    let findings = connector.check().await;
    assert_eq!(format!("{:?}", fake.inside().tables.rows("Customers")), before, "a check changes nothing");
    let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    let [payments, loyalty, addresses] = errors[..] else { panic!("{findings:?}") };
    assert!(payments.message.contains("payments/getAll"), "{payments:?}");
    let hint = loyalty.hint.as_deref().unwrap_or_default();
    assert!(hint.contains("loyaltyMemberships/getAll") && hint.contains("loyalty = false"), "{hint}");
    let hint = addresses.hint.as_deref().unwrap_or_default();
    assert!(hint.contains("the right to `addresses/add`"), "{hint}");
    // Whoever has no guests made there needs no right to it.
    let warnings = findings.iter().filter(|finding| finding.severity == Severity::Warning);
    let hints: Vec<&str> = warnings.filter_map(|finding| finding.hint.as_deref()).collect();
    let [hint] = hints[..] else { panic!("{findings:?}") };
    assert!(hint.contains("`customers/add`, needed only where `creates` names `person`"), "{hint}");
}

#[tokio::test]
async fn the_doctor_sees_a_wrong_hotel() {
    let fake = Fake::start().await;
    let connector = connector_with(&fake.url, ACCESS_TOKEN, "enterprise_id = \"another\"");
    let findings = connector.check().await;
    assert!(findings.iter().any(|found| found.message.contains("another hotel")), "{findings:?}");
}

#[tokio::test]
async fn a_body_that_is_no_answer_is_undecodable() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    fake.inside().tables.add("Customers", json!({"FirstName": "Ana"}));
    let error = connector.enumerate(RecordKind::Person, None).await.expect_err("a row without an id");
    assert!(matches!(error, ConnectorError::Undecodable { .. }), "{error}");
}
