//! A hotel at Mews and an account at HubSpot with the hub between them: what arrives, and how many requests it takes.
//!
//! `CARDEX_TEST_RESERVATIONS` is how many reservations there are, of two thirds as many guests. By hand:
//!
//! ```sh
//! CARDEX_TEST_RESERVATIONS=20000 cargo test --test it -- hubspot::figures --nocapture
//! ```

use serde_json::json;

use super::rig::{Calls, Joined};

/// How many reservations the suite makes.
const RESERVATIONS: u32 = 300;
/// How many records change at once.
const CHANGES: u32 = 1000;

/// Full batches of `size`.
fn batches(n: usize, size: usize) -> usize {
    n.div_ceil(size)
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests fit")]
fn ratio(made: usize, least: usize) -> f64 {
    made as f64 / least as f64
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_changes_take_a_few_dozen_requests() {
    let n: u32 = std::env::var("CARDEX_TEST_RESERVATIONS")
        .map_or(RESERVATIONS, |text| text.parse().expect("a number"));
    let joined = Joined::open().await;
    let (guests, stays) = joined.fill(n);
    let first = joined.work().await;
    joined.assert_same(guests.len(), stays.len());
    let records = guests.len() + stays.len();
    println!(
        "first synchronisation of {records} records: mews {}, hubspot {} requests",
        first.mews, first.hubspot
    );

    let n_stays = stays.len().min(CHANGES as usize * 3 / 5);
    let n_guests = guests.len().min(CHANGES as usize - n_stays);
    {
        let mut inside = joined.mews.inside();
        let cancelled = json!({"State": "Canceled", "CancellationReason": "Other"});
        let moved =
            json!({"ScheduledStartUtc": "2031-05-01T14:00:00Z", "ScheduledEndUtc": "2031-05-04T10:00:00Z"});
        for (n, id) in stays[..n_stays].iter().enumerate() {
            let change = if n % 50 == 0 { &cancelled } else { &moved };
            inside.edit("Reservations", id, change.clone());
        }
        for (n, id) in guests[..n_guests].iter().enumerate() {
            inside.edit("Customers", id, json!({"LastName": format!("García {n}")}));
        }
    }
    let changed = joined.work().await;
    joined.assert_same(guests.len(), stays.len());
    // The fewest that show all of this there and write it here. A guest at Mews is put together from four listings, and
    // a reservation from six, one of which takes a hundred at a time only.
    let least = Calls {
        mews: 4 * batches(n_guests, 1000) + 5 * batches(n_stays, 1000) + batches(n_stays, 100),
        hubspot: batches(n_guests, 100) + batches(n_stays, 100),
        searches: 0,
    };
    let thousand = |made: usize| made * 1000 / (n_stays + n_guests);
    println!(
        "requests per 1,000 changed records: mews {} (minimum {}, ratio {:.1}), hubspot {} (minimum {}, \
         ratio {:.1}; {} of them searches)",
        thousand(changed.mews),
        thousand(least.mews),
        ratio(changed.mews, least.mews),
        thousand(changed.hubspot),
        thousand(least.hubspot),
        ratio(changed.hubspot, least.hubspot),
        thousand(changed.searches),
    );
    // Each batch is read before it is written, and its echo is read once. A stay is written twice: when its next mail is
    // due is told only once HubSpot has what the mail says.
    let made = changed.hubspot - changed.searches;
    assert!(ratio(made, least.hubspot) <= 8.0, "{made} requests that are no search");
    assert!(ratio(changed.mews, least.mews) <= 8.0, "{} requests", changed.mews);
    assert_eq!(joined.mews.inside().n_refused, 0, "Mews had to refuse");
    let budget = &joined.hubspot.inside().budget;
    assert_eq!(budget.n_refused, 0, "HubSpot had to refuse");
    assert!(budget.fullest <= 190, "{} calls in ten seconds", budget.fullest);
}
