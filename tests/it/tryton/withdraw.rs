//! What cardex has created is taken back, unless others have come to use it.

use cardex::connectors::Connector;
use cardex::model::value::Choice;
use cardex::model::{Document, ExternalId, RecordKind, Seen, Value, Withdrawal, WriteOutcome, keys};
use serde_json::json;

use super::{RELEASES, create, new_id, prepared, text, written};
use crate::support::tryton::client::{date, truthy};
use crate::support::tryton::{Release, Tryton};

const PERSON: RecordKind = RecordKind::Person;
const RESERVATION: RecordKind = RecordKind::Reservation;

async fn made(connector: &dyn Connector, kind: RecordKind, document: Document) -> Withdrawal {
    let record = new_id();
    let (external_id, precondition, _) = written(connector, create(kind, record, document)).await;
    Withdrawal { record, external_id, precondition }
}

async fn guest(connector: &dyn Connector, surname: &str) -> Withdrawal {
    made(connector, PERSON, Document::new().with(keys::SURNAME, text(surname))).await
}

async fn stay(connector: &dyn Connector, holder: &ExternalId, status: &str) -> Withdrawal {
    let holder = Value::Reference(cardex::model::Reference::Remote(PERSON, holder.clone()));
    let day = |day| Seen::one(Value::Date(chrono::NaiveDate::from_ymd_opt(2031, 5, day).expect("a date")));
    let stay = Document::new()
        .with(keys::PROPERTY, text("H1"))
        .with(keys::STATUS, Seen::one(Value::Choice(Choice::Known(status.into()))))
        .with(keys::ARRIVES_ON, day(1))
        .with(keys::DEPARTS_ON, day(3))
        .with(keys::HOLDER, Seen::one(holder));
    made(connector, RESERVATION, stay).await
}

fn number(record: &Withdrawal) -> i64 {
    record.external_id.as_str().parse().expect("an id is a number")
}

fn why(outcome: &WriteOutcome) -> &str {
    let WriteOutcome::Rejected { why, .. } = outcome else { panic!("not rejected: {outcome:?}") };
    why
}

#[tokio::test]
async fn stays_of_every_status_are_taken_back() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let connector = prepared(&tryton).await;
        let holder = guest(&*connector, "García").await;
        let mut stays = Vec::new();
        for status in [
            "requested",
            "tentative",
            "confirmed",
            "waitlisted",
            "in_house",
            "checked_out",
            "cancelled",
            "no_show",
        ] {
            stays.push(stay(&*connector, &holder.external_id, status).await);
        }
        tryton.meter().reset();
        let outcomes = connector.withdraw(RESERVATION, &stays).await.expect("an answer");
        let is_done = |outcome: &WriteOutcome| matches!(outcome, WriteOutcome::Done { .. });
        assert!(outcomes.iter().all(is_done), "{release:?}: {outcomes:?}");
        assert_eq!(tryton.client().count("sale.opportunity", &json!([])), 0, "{release:?}");
        let writes = tryton.meter().writes();
        assert!(writes.len() <= 3, "{release:?}: many calls for {} records: {writes:?}", stays.len());
        let outcomes = connector.withdraw(PERSON, &[holder]).await.expect("an answer");
        assert!(outcomes.iter().all(is_done), "{release:?}: {outcomes:?}");
    }
}

#[tokio::test]
async fn what_others_use_stays() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let (connector, client) = (prepared(&tryton).await, tryton.client());
        let mut guests = Vec::new();
        for surname in ["Lead", "Sale", "Note", "Staff", "Free"] {
            guests.push(guest(&*connector, surname).await);
        }
        let mut lead = json!({"party": number(&guests[0]), "company": 1});
        if release == Release::V8_2 {
            lead["currency"] = json!(1);
        }
        client.create("sale.opportunity", &lead);
        let sale = json!({"party": number(&guests[1]), "company": 1, "currency": 1});
        client.create("sale.sale", &sale);
        let resource = format!("party.party,{}", number(&guests[2]));
        client.create("ir.note", &json!({"resource": resource, "message": "calls on Mondays"}));
        client.create(
            "company.employee",
            &json!({"party": number(&guests[3]), "company": 1,
            "start_date": date(2031, 1, 1)}),
        );
        let outcomes = connector.withdraw(PERSON, &guests).await.expect("an answer");
        let belongs = |model: &str| format!("a record of `{model}` belongs to it");
        assert_eq!(why(&outcomes[0]), belongs("sale.opportunity"), "{release:?}");
        assert_eq!(why(&outcomes[1]), belongs("sale.sale"), "{release:?}");
        assert_eq!(why(&outcomes[2]), belongs("ir.note"), "{release:?}");
        assert_eq!(why(&outcomes[3]), belongs("company.employee"), "{release:?}");
        assert!(matches!(outcomes[4], WriteOutcome::Done { .. }), "{release:?}: {outcomes:?}");
        let active: Vec<bool> = guests
            .iter()
            .map(|guest| {
                truthy(&client.get("party.party", number(guest), &["active"]).expect("it is kept")["active"])
            })
            .collect();
        assert_eq!(active, [true, true, true, true, false], "{release:?}");
    }
}

#[tokio::test]
async fn opportunity_that_somebody_works_on_stays() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let (connector, client) = (prepared(&tryton).await, tryton.client());
        let holder = guest(&*connector, "García").await;
        let mut stays = Vec::new();
        for _ in 0..3 {
            stays.push(stay(&*connector, &holder.external_id, "confirmed").await);
        }
        client.press("lead", number(&stays[0]));
        let resource = format!("sale.opportunity,{}", number(&stays[1]));
        client.create("ir.note", &json!({"resource": resource, "message": "wants the blue room"}));
        let outcomes = connector.withdraw(RESERVATION, &stays).await.expect("an answer");
        assert_eq!(outcomes[0], WriteOutcome::Stale, "{release:?}");
        assert_eq!(why(&outcomes[1]), "a record of `ir.note` belongs to it", "{release:?}");
        assert!(matches!(outcomes[2], WriteOutcome::Done { .. }), "{release:?}: {outcomes:?}");
        let left = client.find("sale.opportunity", &json!([]), &["state"]);
        let states: Vec<_> = left.iter().map(|row| row["state"].as_str().expect("a state")).collect();
        assert_eq!(states, ["lead", "opportunity"], "{release:?}");
        // The record of another is not touched, whatever its id.
        let other = Withdrawal { record: new_id(), precondition: None, ..stays[1].clone() };
        let outcomes = connector.withdraw(RESERVATION, &[other]).await.expect("an answer");
        assert_eq!(outcomes, [WriteOutcome::Stale], "{release:?}");
    }
}
