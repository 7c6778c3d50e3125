//! A hotel at Mews and an account at HubSpot with the hub between them: what arrives, and how many requests it takes.
//!
//! By hand:
//!
//! ```sh
//! CARDEX_TEST_RESERVATIONS=50000 CARDEX_TEST_GUESTS=30000 cargo test --test it -- hubspot::figures --nocapture
//! ```

use serde_json::json;
use std::time::{Duration, Instant};

use super::rig::{Calls, Joined};
use crate::mews::fake::hotel::ADULTS;
use crate::support::size;

/// How many guests and reservations the suite makes.
const GUESTS: u32 = 400;
const RESERVATIONS: u32 = 600;
/// How many records change at once.
const CHANGES: u32 = 1000;

/// Longer than the lags that the polls look back over.
const LOOK_BACK: Duration = Duration::from_secs(125);

/// Full batches of `size`.
fn batches(n: usize, size: usize) -> usize {
    n.div_ceil(size)
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests fit")]
fn ratio(made: usize, least: usize) -> f64 {
    made as f64 / least as f64
}

/// What a poll takes whether anything has changed or not: one page of each list.
const POLL: Calls = Calls { mews: 12, hubspot: 3, polls: 1 };

/// What is beyond the polls.
fn beyond(calls: &Calls) -> Calls {
    let Calls { mews, hubspot, polls } = calls;
    Calls {
        mews: mews.saturating_sub(polls * POLL.mews),
        hubspot: hubspot.saturating_sub(polls * POLL.hubspot),
        polls: 0,
    }
}

/// The fewest requests beyond the polls that such changes take within the vendors' batches.
///
/// A guest at Mews is put together from four listings and a reservation from six, one of which takes a hundred at a time
/// only; the poll is one of each. HubSpot refuses no stale write, so that a batch is read before it is written, a stay
/// with its guest; and polls of two hundred rows at a time list the echo, and once more what may have come late into it.
/// So many guests have been changed at Mews, and so many are to be at HubSpot.
fn least((n_changed, n_written): (usize, usize), n_stays: usize) -> Calls {
    let more_pages = |n: usize, size: usize| batches(n, size).saturating_sub(1);
    let mews = 3 * batches(n_changed, 1000) + 4 * batches(n_stays, 1000) + batches(n_stays, 100);
    let mews = mews + more_pages(n_changed, 1000) + more_pages(n_stays, 1000);
    let echo = 2 * (more_pages(n_written, 200) + more_pages(n_stays, 200));
    let hubspot = 2 * batches(n_written, 100) + 3 * batches(n_stays, 100) + echo;
    Calls { mews, hubspot, polls: 0 }
}

fn tell(what: &str, n: usize, made: &Calls, least: &Calls) {
    let thousand = |made: usize| made * 1000 / n;
    println!(
        "requests per 1,000 {what}: mews {} (minimum {}, ratio {:.2}), hubspot {} (minimum {}, ratio {:.2})",
        thousand(made.mews),
        thousand(least.mews),
        ratio(made.mews, least.mews),
        thousand(made.hubspot),
        thousand(least.hubspot),
        ratio(made.hubspot, least.hubspot),
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_changes_take_a_few_dozen_requests() {
    let joined = Joined::open().await;
    let (guests, stays) =
        joined.pair.fill(size("CARDEX_TEST_GUESTS", GUESTS), size("CARDEX_TEST_RESERVATIONS", RESERVATIONS));
    let began = Instant::now();
    let first = joined.work().await;
    joined.pair.assert_same(guests.len(), stays.len());
    println!(
        "first synchronisation of {} guests and {} stays: mews {}, hubspot {} requests in {:.0?}",
        guests.len(),
        stays.len(),
        first.mews,
        first.hubspot,
        began.elapsed(),
    );
    if stays.len() > RESERVATIONS as usize {
        // What so much leaves to be listed once more is no part of what the changes take.
        tokio::time::sleep(LOOK_BACK).await;
        joined.work().await;
    }
    let n_stays = stays.len().min(CHANGES as usize * 3 / 5);
    let n_guests = guests.len().min(CHANGES as usize - n_stays);
    // A row of a stamp that two pages share is listed by both, and what is counted of a guest may make a batch of its own.
    // Dates that have moved are read a second time before a mail may go by them, and what the mail goes by is written after
    // what it says. A stay that moves or is cancelled changes what is counted of its guest, who is written too.
    let n_counted = n_guests.max(n_stays.min(guests.len()));
    let kinds = [
        (
            "reservations for three",
            n_guests,
            [1.1, 1.1],
            json!({"PersonCounts": [{"AgeCategoryId": ADULTS, "Count": 3}]}),
        ),
        (
            "reservations moved",
            n_counted,
            [3.0, 1.9],
            json!({
                "ScheduledStartUtc": "2031-05-01T14:00:00Z", "ScheduledEndUtc": "2031-05-04T10:00:00Z",
            }),
        ),
        (
            "reservations cancelled",
            n_counted,
            [1.1, 1.3],
            json!({"State": "Canceled", "CancellationReason": "Other"}),
        ),
    ];
    for (what, n_written, most, change) in kinds {
        let least = least((n_guests, n_written), n_stays);
        {
            let mut inside = joined.pair.mews.inside();
            stays[..n_stays].iter().for_each(|id| inside.edit("Reservations", id, change.clone()));
            for (n, id) in guests[..n_guests].iter().enumerate() {
                inside.edit("Customers", id, json!({"LastName": format!("García {n} {what}")}));
            }
        }
        let made = beyond(&joined.work().await);
        joined.pair.assert_same(guests.len(), stays.len());
        tell(&format!("guests renamed and {what}"), n_stays + n_guests, &made, &least);
        let ratios = [ratio(made.mews, least.mews), ratio(made.hubspot, least.hubspot)];
        assert!(ratios[0] <= most[0] && ratios[1] <= most[1], "{what}: {ratios:.2?} times the fewest");
    }
    let refused = (joined.pair.mews.inside().n_refused, joined.pair.hubspot.inside().budget.n_refused);
    let fullest = joined.pair.hubspot.inside().budget.fullest;
    println!("at most {fullest} requests to HubSpot in any ten seconds");
    assert_eq!(refused, (0, 0), "a vendor had to refuse");
    assert!(fullest <= 190, "{fullest} calls in ten seconds");
}
