//! Records travel both ways, echoes write nothing, and nothing is written twice.

use serde_json::json;

use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::{EMPTY, Pair, fields};
use cardex::demo::cardex::Size;

on_both_databases!(
    guest_and_booking_travel_and_their_echo_writes_nothing,
    a_whole_cardex_is_carried_over_once
);

async fn guest_and_booking_travel_and_their_echo_writes_nothing(backend: Backend) {
    let pair = Pair::open(backend, EMPTY).await;
    let guest = json!({"surname": "García", "given_names": "Ana", "emails": [{"address": "ana@example.com", "primary": true}]});
    let guest = pair.hotel().create("person", "reception", fields(guest));
    let stay = json!({"number": "1", "status": "confirmed", "holder": guest, "arrives_on": "2031-05-01", "departs_on": "2031-05-03"});
    let stay = pair.hotel().create("reservation", "reception", fields(stay));
    pair.settle().await;

    let (persons, stays) = (pair.crm().rows("person"), pair.crm().rows("reservation"));
    assert_eq!((persons.len(), stays.len()), (1, 1));
    let person = &persons[0];
    assert_eq!(person.fields["surname"], "García");
    assert_eq!(stays[0].fields["status"], "confirmed");
    assert_eq!(stays[0].fields["mailable"], true);
    let (at_hotel, at_crm) = (pair.hotel().ledger().n_writes(), pair.crm().ledger().n_writes());

    // An edit at the CRM goes to the hotel with one write, and causes none at the CRM.
    let emails = json!({"emails": [{"address": "ana@example.org", "primary": true}]});
    assert!(pair.crm().edit("person", &person.id, "web form", fields(emails)));
    pair.settle().await;
    assert_eq!(
        pair.hotel().row("person", &guest).expect("the guest").fields["emails"][0]["address"],
        "ana@example.org"
    );
    assert_eq!(pair.hotel().ledger().n_writes(), at_hotel + 1);
    assert_eq!(pair.crm().ledger().n_writes(), at_crm);

    // A cancellation goes to the CRM.
    assert!(pair.hotel().edit("reservation", &stay, "reception", fields(json!({"status": "cancelled"}))));
    pair.settle().await;
    let stay = pair.crm().rows("reservation").remove(0);
    assert_eq!((&stay.fields["status"], &stay.fields["mailable"]), (&json!("cancelled"), &json!(false)));
}

async fn a_whole_cardex_is_carried_over_once(backend: Backend) {
    let pair = Pair::open(backend, Size::SMALL).await;
    pair.settle().await;
    let (there, here) = (pair.hotel().rows("person").len(), pair.crm().rows("person").len());
    assert_eq!(here, there + Size::SMALL.subscribers as usize, "every guest is at the CRM once");
    assert_eq!(pair.crm().rows("reservation").len(), pair.hotel().rows("reservation").len());
    assert_eq!(pair.crm().ledger().duplicate_creates(), Vec::<String>::new());
    assert_eq!(pair.hotel().ledger().n_writes(), 0, "nothing had to be written at the hotel");
    let writes = pair.crm().ledger().n_writes();
    pair.settle().await;
    assert_eq!(pair.crm().ledger().n_writes(), writes, "a second cycle wrote something");
}
