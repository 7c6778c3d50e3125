//! What the connector knows of the database: read when needed, and in nobody's way.

use std::time::{Duration, Instant};

use cardex::connectors::Connector;
use cardex::model::value::Choice;
use cardex::model::{
    Document, ExternalId, RecordKind, Reference, RemoteRef, Seen, Value, WriteOutcome, keys,
};
use chrono::NaiveDate;
use serde_json::json;

use super::{RELEASES, connector, create, new_id, prepared, text, write_one};
use crate::support::tryton::Tryton;
use crate::support::tryton::meter::Fault;

/// The first call of a reading of the facts.
const READING: &str = "model.ir.module.search_read";
const DEADLINE: Duration = Duration::from_secs(20);

fn readings(tryton: &Tryton) -> usize {
    tryton.meter().calls().iter().filter(|method| *method == READING).count()
}

fn surname() -> Document {
    Document::new().with(keys::SURNAME, text("García"))
}

async fn prepare(connector: &dyn Connector) {
    assert_eq!(connector.prepare(false).await.expect("it answers"), []);
}

#[tokio::test]
async fn cycles_of_a_prepared_database_ask_nothing() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        // What `prepare` has created is known by a reading of its own.
        prepare(&*connector).await;
        tryton.meter().reset();
        prepare(&*connector).await;
        prepare(&*connector).await;
        assert_eq!(tryton.meter().calls(), [""; 0], "{release:?}");
    }
}

#[tokio::test]
async fn many_who_need_the_facts_read_them_once() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = connector(&tryton);
        let ids = [new_id(), new_id(), new_id(), new_id()];
        let calls = ids.iter().map(|id| connector.find(RecordKind::Person, std::slice::from_ref(id)));
        for found in futures_util::future::join_all(calls).await {
            assert_eq!(found.expect("it answers"), []);
        }
        assert_eq!(readings(&tryton), 1, "{release:?}");
    }
}

#[tokio::test]
async fn writes_do_not_wait_for_the_facts_to_be_read_anew() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        tryton.meter().hold(READING);
        let checking = tokio::spawn({
            let connector = std::sync::Arc::clone(&connector);
            async move { connector.check().await }
        });
        let began = Instant::now();
        while readings(&tryton) == 0 {
            assert!(began.elapsed() < DEADLINE, "{release:?}: the facts are not read");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let outcome = tokio::time::timeout(
            DEADLINE,
            write_one(&*connector, create(RecordKind::Person, new_id(), surname())),
        );
        assert!(matches!(outcome.await, Ok(WriteOutcome::Done { .. })), "{release:?}: the write waits");
        assert!(!checking.is_finished(), "{release:?}: the reading was held");
        tryton.meter().release();
        checking.await.expect("the check ends");
    }
}

#[tokio::test]
async fn trouble_casts_doubt_on_the_facts() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        prepare(&*connector).await;
        let nobody = [RemoteRef::new(RecordKind::Person, ExternalId::new("999999"))];
        for trouble in ["a failure", "another session"] {
            if trouble == "a failure" {
                tryton.meter().spoil_call(Fault::Refuse(503));
                connector.read(&nobody).await.expect_err("it fails");
            } else {
                tryton.expire_sessions();
                connector.read(&nobody).await.expect("the session is renewed");
            }
            tryton.meter().reset();
            prepare(&*connector).await;
            assert_eq!(readings(&tryton), 1, "{release:?}: after {trouble}");
            prepare(&*connector).await;
            assert_eq!(readings(&tryton), 1, "{release:?}: once is enough after {trouble}");
        }
    }
}

#[tokio::test]
async fn write_by_facts_that_are_no_longer_true_is_computed_anew() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let client = tryton.client();
        let party = client.create_party("Marta Gil", &[]);
        let successor = client.create("company.employee", &json!({"party": party, "company": 1}));
        client.delete("company.employee", 1);
        let kind = RecordKind::Person;
        let WriteOutcome::Done { external_id, .. } =
            write_one(&*connector, create(kind, new_id(), surname())).await
        else {
            panic!("{release:?}: a person needs no employee")
        };
        let confirmed = Document::new()
            .with(keys::STATUS, Seen::one(Value::Choice(Choice::Known("confirmed".into()))))
            .with(
                keys::ARRIVES_ON,
                Seen::one(Value::Date(NaiveDate::from_ymd_opt(2031, 12, 1).expect("a date"))),
            )
            .with(keys::HOLDER, Seen::one(Value::Reference(Reference::Remote(kind, external_id))));
        let outcome = write_one(&*connector, create(RecordKind::Reservation, new_id(), confirmed)).await;
        assert!(matches!(outcome, WriteOutcome::Done { .. }), "{release:?}: {outcome:?}");
        assert_eq!(readings(&tryton), 1, "{release:?}: the refusal casts doubt on the facts");
        let kept = client.find("sale.opportunity", &json!([]), &["employee"]);
        assert_eq!(kept.len(), 1, "{release:?}");
        assert_eq!(kept[0]["employee"], successor, "{release:?}");
    }
}
