//! What goes wrong between cardex and Tryton, and what is said about it.

use cardex::connectors::{Connector, ConnectorError, Finding, NextStep, Severity};
use cardex::model::{Document, ExternalId, RecordKind, RemoteRef, WriteOutcome, keys};
use serde_json::json;

use super::{
    RELEASES, connector, connector_with, create, new_id, prepared, read_one, text, update, write_one, written,
};
use crate::support::tryton::meter::Fault;
use crate::support::tryton::{Release, Tryton};

const PERSON: RecordKind = RecordKind::Person;

async fn failure(connector: &dyn Connector) -> ConnectorError {
    connector.read(&[RemoteRef::new(PERSON, ExternalId::new("1"))]).await.expect_err("it fails")
}

async fn finding(connector: &dyn Connector) -> Finding {
    connector.check().await.into_iter().next().expect("a check always finds something")
}

#[tokio::test]
async fn wrong_password_halts_and_says_so() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = connector_with(&tryton.url(), Tryton::DATABASE, "wrong");
        let error = failure(&*connector).await;
        assert_eq!(error.next_step(), NextStep::Halt, "{release:?}: {error}");
        let found = finding(&*connector).await;
        assert_eq!(found.severity, Severity::Error);
        assert!(found.message.contains("the user or the password is wrong"), "{release:?}: {found:?}");
        assert!(!format!("{error:?}{found:?}").contains("\"wrong\""), "the password is not repeated");
    }
}

#[tokio::test]
async fn too_many_wrong_passwords_are_told_from_one() {
    let tryton =
        Tryton::setup(Release::V8_2).config("[session]\nauthentications = password\nmax_attempt = 1").start();
    let connector = connector_with(&tryton.url(), Tryton::DATABASE, "wrong");
    failure(&*connector).await;
    failure(&*connector).await;
    let error = failure(&*connector).await;
    assert_eq!(error.next_step(), NextStep::RetryAfter(None), "{error}");
}

#[tokio::test]
async fn unreachable_server_is_a_finding_and_may_be_tried_again() {
    let mut tryton = Tryton::start(Release::V8_2);
    let connector = prepared(&tryton).await;
    tryton.stop();
    let error = connector.write(&[create(PERSON, new_id(), Document::new())]).await.expect_err("it is down");
    assert!(matches!(error, ConnectorError::Unreachable { .. }), "{error}");
    let found = finding(&*connector).await;
    assert!(found.message.contains("cannot be reached"), "{found:?}");
    tryton.restart();
    let document = Document::new().with(keys::SURNAME, text("García"));
    written(&*connector, create(PERSON, new_id(), document)).await;
    let nobody = connector_with("http://127.0.0.1:9", Tryton::DATABASE, Tryton::PASSWORD);
    assert_eq!(failure(&*nobody).await.next_step(), NextStep::RetryAfter(None));
}

#[tokio::test]
async fn missing_module_is_named_with_the_way_to_add_it() {
    for release in RELEASES {
        let tryton = Tryton::setup(release)
            .sql("update ir_module set state = 'not activated' where name = 'sale_opportunity'")
            .start();
        let connector = connector(&tryton);
        let found = finding(&*connector).await;
        assert_eq!(found.message, "the module `sale_opportunity` is not activated", "{release:?}");
        assert!(found.hint.expect("a hint").contains("trytond-admin -d crm -u sale_opportunity"));
        let error = connector.prepare(true).await.expect_err("it cannot be prepared");
        assert_eq!(error.next_step(), NextStep::Halt, "{release:?}: {error}");
    }
}

#[tokio::test]
async fn unknown_database_and_foreign_servers_are_told_apart() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = connector_with(&tryton.url(), "nowhere", Tryton::PASSWORD);
        let error = failure(&*connector).await;
        assert_eq!(
            error.to_string(),
            "`crm` is not as expected: there is no database `nowhere`",
            "{release:?}"
        );
        let elsewhere = connector_with(&format!("{}/web", tryton.url()), Tryton::DATABASE, Tryton::PASSWORD);
        let error = failure(&*elsewhere).await;
        assert!(error.to_string().contains("no Tryton answers at this address"), "{release:?}: {error}");
    }
}

#[tokio::test]
async fn ended_session_is_renewed_once_for_everybody() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        tryton.expire_sessions();
        tryton.meter().reset();
        let ids = [new_id(), new_id(), new_id(), new_id()];
        let calls = ids.iter().map(|id| connector.find(PERSON, std::slice::from_ref(id)));
        for found in futures_util::future::join_all(calls).await {
            assert_eq!(found.expect("it answers"), []);
        }
        let logins = tryton.meter().calls().iter().filter(|method| *method == "common.db.login").count();
        assert_eq!(logins, 1, "{release:?}");
    }
}

#[tokio::test]
async fn answers_of_a_struggling_server_ask_for_patience() {
    let tryton = Tryton::start(Release::V8_2);
    let connector = prepared(&tryton).await;
    for (status, expected) in [
        (429, NextStep::RetryAfter(None)),
        (503, NextStep::Settle),
        (502, NextStep::Settle),
        (413, NextStep::Bisect),
        (403, NextStep::Halt),
    ] {
        tryton.meter().spoil_call(Fault::Refuse(status));
        assert_eq!(failure(&*connector).await.next_step(), expected, "{status}");
    }
}

#[tokio::test]
async fn refused_value_names_its_field_and_hides_itself() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let client = tryton.client();
        let record = new_id();
        let document = Document::new().with(keys::SURNAME, text("García"));
        let (id, ..) = written(&*connector, create(PERSON, record, document)).await;
        let party: i64 = id.as_str().parse().expect("an id is a number");
        client.create("party.identifier", &json!({"party": party, "type": "eu_vat", "code": "ESA28015865"}));
        let seen = read_one(&*connector, PERSON, &id).await;
        assert_eq!(seen.document.get(&keys::TAX_ID), Some(&text("ESA28015865")), "{release:?}");
        let wrong = Document::new().with(keys::TAX_ID, text("SECRET99"));
        let outcome = write_one(&*connector, update(&seen, record, wrong)).await;
        let WriteOutcome::Rejected { field, why } = outcome else { panic!("{release:?}: {outcome:?}") };
        assert_eq!(field, Some(keys::TAX_ID), "{release:?}: {why}");
        assert!(!why.contains("SECRET99") && !why.contains("García"), "{why}");
    }
}

#[tokio::test]
async fn check_and_prepare_are_content_with_a_prepared_database() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = connector(&tryton);
        let planned = connector.prepare(true).await.expect("a plan");
        assert!(planned.iter().all(|step| !step.taken) && !planned.is_empty(), "{planned:?}");
        assert_eq!(tryton.meter().writes(), [""; 0], "{release:?}: a plan writes nothing");
        connector.prepare(false).await.expect("the steps are taken");
        assert_eq!(connector.prepare(false).await.expect("nothing is left"), []);
        assert_eq!(finding(&*connector).await.severity, Severity::Good, "{release:?}");
    }
}
