//! A hotel and an account at HubSpot with the hub between them, when things go wrong on the way.

use serde_json::json;

use super::fake::Fault;
use super::fake::sort::Sort;
use super::fake::table::By;
use super::rig::Joined;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_answers_and_half_done_batches_leave_nothing_twice_and_nothing_out() {
    let joined = Joined::open().await;
    let (guests, stays) = joined.pair.fill(40, 60);
    for (operation, faults) in [
        ("contacts/batch/upsert", vec![Fault::Half, Fault::CutAfterwards]),
        ("deals/batch/upsert", vec![Fault::Status(503), Fault::SilentHalf, Fault::BrokenAfterwards]),
        (
            "associations/deals/contacts/batch/associate/default",
            vec![Fault::Status(503), Fault::BrokenAfterwards],
        ),
        ("contacts/batch/read", vec![Fault::Status(502), Fault::Garbage]),
        ("deals/search", vec![Fault::TooManyCalls(Some("SECONDLY"), None)]),
    ] {
        joined.pair.hubspot.fail(operation, faults);
    }
    joined.work().await;
    joined.pair.assert_same(guests.len(), stays.len());
    assert_eq!(joined.pair.hubspot.inside().rows(Sort::Contact).count(), guests.len());
    assert_eq!(joined.pair.hubspot.faults_left(), [""; 0], "not everything went wrong that was meant to");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_of_somebody_else_costs_the_address_and_no_guest() {
    let joined = Joined::open().await;
    let (guests, stays) = joined.pair.fill(20, 30);
    let known = json!({"lastname": "Otra", "firstname": "Persona", "email": "ana.7@example.com"});
    let other = joined.pair.hubspot.inside().enter(Sort::Contact, &known);
    joined.work().await;
    let inside = joined.pair.hubspot.inside();
    assert_eq!(inside.rows(Sort::Contact).count(), guests.len() + 1);
    assert_eq!(inside.rows(Sort::Deal).count(), stays.len());
    assert_eq!(inside.row(Sort::Contact, other).expect("a contact").values["lastname"], "Otra");
    let guest = inside.with(Sort::Contact, "lastname", "Núñez 7").expect("the guest is there");
    assert_eq!(guest.values.get("email"), None);
    assert_eq!(inside.linked((Sort::Contact, guest.id), Sort::Deal).count(), 2, "both stays are his");
    let addressed = inside.rows(Sort::Contact).filter(|row| row.values.contains_key("email"));
    assert_eq!(addressed.count(), guests.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guests_merged_at_hubspot_are_never_made_anew() {
    let joined = Joined::open().await;
    let (guests, stays) = joined.pair.fill(20, 30);
    joined.work().await;
    let left = {
        let mut inside = joined.pair.hubspot.inside();
        let [one, other] = ["Núñez 3", "Núñez 4"]
            .map(|name| inside.with(Sort::Contact, "lastname", name).expect("a guest").id);
        inside.merge(Sort::Contact, one, other, By::User)
    };
    joined.work().await;
    // The hotel goes on writing to both.
    for n in [3, 4] {
        joined.pair.mews.inside().edit("Customers", &guests[n], json!({"Occupation": "Engineer"}));
    }
    joined.work().await;
    let inside = joined.pair.hubspot.inside();
    assert_eq!(inside.rows(Sort::Contact).count(), guests.len() - 1);
    assert_eq!(inside.rows(Sort::Deal).count(), stays.len());
    assert_eq!(
        inside.linked((Sort::Contact, left), Sort::Deal).count(),
        4,
        "the stays of both are his who is left"
    );
}
