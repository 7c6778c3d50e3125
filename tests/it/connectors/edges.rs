//! What a connector promises when something is wrong, or nothing is.

use cardex::connectors::{ConnectorError, PushRequest, Severity};
use cardex::model::RemoteRef;

use super::subject::{Subject, read_kinds};

pub(super) async fn preparing_twice_does_nothing_more(subject: &impl Subject) {
    let connector = subject.connector();
    connector.prepare(false).await.expect("to prepare");
    let planned = connector.prepare(true).await.expect("to plan");
    assert!(planned.iter().all(|step| !step.taken), "planning took a step: {planned:?}");
    let again = connector.prepare(false).await.expect("to prepare again");
    assert!(again.iter().all(|step| !step.taken), "preparing again took a step: {again:?}");
}

pub(super) async fn a_check_finds_nothing_wrong(subject: &impl Subject) {
    let connector = subject.connector();
    connector.prepare(false).await.expect("to prepare");
    let wrong: Vec<_> =
        connector.check().await.into_iter().filter(|finding| finding.severity == Severity::Error).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

pub(super) async fn a_wrong_password_is_unauthorised(subject: &impl Subject) {
    let connector = subject.with_wrong_password().await;
    for kind in read_kinds(subject) {
        let refs = [RemoteRef::new(kind, subject.unknown_id(kind))];
        let error = connector.read(&refs).await.expect_err("a wrong password");
        assert!(matches!(error, ConnectorError::Unauthorised { .. }), "{kind}: {error:?}");
        assert!(connector.enumerate(kind, None).await.is_err(), "{kind} is listed with a wrong password");
    }
    assert!(connector.check().await.iter().any(|finding| finding.severity == Severity::Error));
}

pub(super) async fn an_unreachable_system_is_unreachable(subject: &impl Subject) {
    let connector = subject.unreachable().await;
    for kind in read_kinds(subject) {
        let refs = [RemoteRef::new(kind, subject.unknown_id(kind))];
        let error = connector.read(&refs).await.expect_err("nobody answers");
        assert!(matches!(error, ConnectorError::Unreachable { sent: false, .. }), "{kind}: {error:?}");
    }
    assert!(connector.check().await.iter().any(|finding| finding.severity == Severity::Error));
}

pub(super) async fn an_unsigned_push_is_refused(subject: &impl Subject) {
    let connector = subject.connector();
    let request = PushRequest { headers: &[], uri: "/", body: b"{}", arrived_at: 0 };
    assert!(connector.push_in(&request).is_err());
}
