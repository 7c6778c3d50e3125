//! What the connector relies on, seen at the servers themselves: these fail when a release changes its ways.

use serde_json::{Value, json};

use crate::support::tryton::client::{date, truthy};
use crate::support::tryton::{Release, Tryton};

const RELEASES: [Release; 2] = [Release::V8_2, Release::V6_0];

#[test]
fn editing_a_contact_mechanism_leaves_the_partys_stamp() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let client = tryton.client();
        let party = client.create_party("Ana García", &[("email", "ana@example.com")]);
        let stamp =
            |field: &str| client.get("party.party", party, &[field]).expect("it exists")[field].clone();
        let before = (stamp("write_date"), stamp("_timestamp"));
        let mechanism = client.mechanism(party, "ana@example.com").expect("it exists");
        client.write("party.contact_mechanism", mechanism, &json!({"value": "ana@example.org"}));
        assert_eq!(before, (stamp("write_date"), stamp("_timestamp")), "{release:?}");
    }
}

#[test]
fn replaced_party_points_at_its_survivor_and_its_mail_falls_silent() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let client = tryton.client();
        let keep = client.create_party("Ana García", &[]);
        let lose = client.create_party("Anna Garcia", &[("email", "ana@example.com")]);
        client.merge(keep, lose);
        let loser = client.get("party.party", lose, &["active", "replaced_by"]).expect("it is kept");
        assert!(!truthy(&loser["active"]), "{release:?}");
        assert_eq!(loser["replaced_by"], json!(keep), "{release:?}");
        let moved = ("email".to_owned(), "ana@example.com".to_owned(), false);
        assert_eq!(client.mechanisms(keep), [moved], "{release:?}");
    }
}

#[test]
fn opportunity_keeps_its_dates_until_a_button_closes_it() {
    for release in RELEASES {
        let tryton = Tryton::start(release);
        let client = tryton.client();
        let party = client.create_party("Ana García", &[]);
        let mut values = json!({"party": party, "company": 1, "employee": 1, "start_date": date(2031, 12, 1),
            "end_date": date(2031, 12, 5)});
        if release == Release::V8_2 {
            values["currency"] = json!(1);
        }
        let id = client.create("sale.opportunity", &values);
        let state = || client.get("sale.opportunity", id, &["state", "end_date"]).expect("it exists");
        client.press("opportunity", id);
        assert_eq!(state()["state"], "opportunity", "{release:?}");
        assert_eq!(state()["end_date"], date(2031, 12, 5), "{release:?}");
        let moved = client.try_call(
            "model.sale.opportunity.write",
            &[json!([id]), json!({"start_date": date(2031, 12, 2)})],
        );
        assert_eq!(moved.is_ok(), release == Release::V6_0, "only 8.2 guards the start date: {moved:?}");
        client.press("cancel", id);
        assert_eq!(state()["state"], "cancelled", "{release:?}");
        assert_ne!(state()["end_date"], date(2031, 12, 5), "{release:?}: closing sets the end date to today");
    }
}

#[test]
fn stopped_server_comes_back_with_its_data() {
    let mut tryton = Tryton::start(Release::V8_2);
    let party = tryton.client().create_party("Ana García", &[]);
    tryton.stop();
    tryton.restart();
    assert_eq!(tryton.client().parties_named("Ana García"), [party]);
}

#[test]
fn writes_are_counted() {
    let tryton = Tryton::start(Release::V8_2);
    let body =
        json!({"id": 1, "method": "model.party.party.create", "params": [[{"name": "x"}], {}]}).to_string();
    let address = tryton.url().replace("http://", "");
    let mut line = std::net::TcpStream::connect(&address).expect("the meter listens");
    let request = format!(
        "POST /crm/rpc/ HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    std::io::Write::write_all(&mut line, request.as_bytes()).expect("the request is taken");
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut line, &mut answer).expect("an answer comes");
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_eq!(tryton.meter().writes(), ["model.party.party.create"]);
    assert_eq!(tryton.client().count("party.party", &Value::Null), 2, "the seeded company and employee");
}
