//! A reservation is read again before its mail, and the CRM is told how long that reading counts.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::{EMPTY, Pair, fields};
use cardex::capture::stays;
use cardex::clock::Clock;
use cardex::daemon::once;
use cardex::hub::Hub;

on_both_databases!(arrivals_are_cleared_before_their_mail);

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

/// What the CRM has of a reservation's clearance.
fn cleared(pair: &Pair, number: &str) -> Option<DateTime<Utc>> {
    let stays = pair.crm().rows("reservation");
    let stay = stays.iter().find(|stay| stay.fields["number"] == number).expect("the stay");
    stay.fields.get("cleared_until").and_then(Value::as_str).map(instant)
}

async fn arrivals_are_cleared_before_their_mail(backend: Backend) {
    let mail = "[mail]\npre_arrival_days = 3\npre_arrival_at = \"09:30\"\nclearance_h = 24\n";
    let pair = Pair::open_with(backend, EMPTY, mail).await;
    let guest = pair.hotel().create("person", "reception", fields(json!({"surname": "García"})));
    for (number, arrives_on) in [("1", "2031-05-10"), ("2", "2031-05-11"), ("3", "2031-05-10")] {
        let stay = json!({"number": number, "status": "confirmed", "holder": guest, "arrives_on": arrives_on, "departs_on": "2031-05-12"});
        pair.hotel().create("reservation", "reception", fields(stay));
    }
    pair.settle().await;
    assert_eq!(cleared(&pair, "1"), None, "its mail is not near");

    // Half a day before half past nine in Madrid on the seventh, and the hotel cancels one of them unheard.
    let slot = instant("2031-05-06T19:30:00Z");
    let now = instant("2031-05-06T19:31:00Z");
    let hub = Hub { clock: Clock::from_fn(move || now), ..pair.hub.clone() };
    let last = pair.hotel().rows("reservation").into_iter().find(|stay| stay.fields["number"] == "3");
    let last = last.expect("the stay").id;
    assert!(pair.hotel().edit("reservation", &last, "reception", fields(json!({"status": "cancelled"}))));
    let system = Arc::clone(&hub.systems[&"pms".into()]);
    stays::arriving(&hub, &system, slot).await.expect("the store answers");
    for (id, cycle) in once::work_off(&hub).await {
        assert!(cycle.failure.is_none(), "{id}: {:?}", cycle.failure);
    }
    assert_eq!(cleared(&pair, "1"), Some(instant("2031-05-07T19:31:00Z")), "a day after the reading");
    assert_eq!(cleared(&pair, "2"), None, "its mail is a day later");
    assert_eq!(cleared(&pair, "3"), None, "it is cancelled");
    let stays = pair.crm().rows("reservation");
    let cancelled = stays.iter().find(|stay| stay.fields["number"] == "3").expect("the stay");
    assert_eq!(
        (&cancelled.fields["status"], &cancelled.fields["mailable"]),
        (&json!("cancelled"), &json!(false))
    );
}
