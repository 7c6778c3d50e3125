//! A night on which everything comes at once: the history of a hotel is on its way to the CRM, the hotel tells of thousands
//! of changes, twice and out of order, and the CRM refuses all calls every few seconds. How long does a cancellation take?
//!
//! Prints what it measures and asserts that everything ends as it should. The suite is small; by hand, on a release build:
//!
//! ```sh
//! cargo build --release
//! CARDEX_TEST_PROGRAM=$PWD/target/release/cardex CARDEX_TEST_RECORDS=100000 CARDEX_TEST_WEBHOOKS=10000 \
//!     cargo test --test it -- hubspot::storms --nocapture
//! ```

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::fake::sort::Sort;
use super::rig::Pair;
use crate::mews::{self, WEBHOOK_TOKEN};
use crate::support::postgres;
use crate::support::site::{Site, eventually};
use crate::support::size;

/// How many records the history of the suite has: a third of them are guests.
const RECORDS: u32 = 900;
/// How many webhooks the suite sends.
const WEBHOOKS: u32 = 300;
/// Every so many webhooks one tells of a change, the others of nothing new.
const NEWS: u32 = 5;
/// Every so many webhooks there is one of hundreds of events.
const BURSTS: u32 = 100;
/// How many events such a one has.
const EVENTS: usize = 500;
/// How many stays change.
const STAYS: usize = 200;
/// How long there is between two webhooks.
const PACE: Duration = Duration::from_millis(10);
/// How often the CRM refuses everything, and for how long.
const STORMS: (Duration, Duration) = (Duration::from_secs(8), Duration::from_secs(1));
/// How long a change may take until it is lost.
const DEADLINE: Duration = Duration::from_mins(2);

/// A stay that changes.
struct Stay {
    at_mews: String,
    deal: u64,
    is_cancelled: bool,
    /// Since when HubSpot should show the last change.
    since: Option<Instant>,
}

/// The hotel, the account, and the daemon between them.
struct Night {
    pair: Pair,
    site: Site,
    http: reqwest::Client,
}

impl Night {
    fn open(store: &str, pair: Pair) -> Self {
        pair.hubspot.inside().tells_nothing = true;
        let secrets = tempfile::tempdir().expect("a folder").keep();
        let site = Site::new(store, &pair.systems(&secrets, "poll = \"every 30s\""));
        let http = cardex::connectors::http::client(Duration::from_secs(10)).expect("a client");
        Self { pair, site, http }
    }

    /// Tells the hub of these reservations; what is not taken is sent again, as Mews does.
    async fn tell(&self, ids: &[&str]) {
        let events: Vec<Value> = ids
            .iter()
            .map(|id| json!({"Discriminator": "ServiceOrderUpdated", "Value": {"Id": id}}))
            .collect();
        let body = json!({"EnterpriseId": mews::fake::ENTERPRISE, "Events": events});
        let url = format!("{}/hooks/pms?token={WEBHOOK_TOKEN}", self.site.address());
        eventually("the webhook is taken", async || {
            let sent = self.http.post(&url).json(&body).send().await;
            sent.is_ok_and(|answer| answer.status().is_success()).then_some(())
        })
        .await;
    }

    /// Waits until the last stays of the hotel are at HubSpot, and gives them.
    async fn stays(&self) -> Vec<Stay> {
        let newest: BTreeMap<String, String> = {
            let inside = self.pair.mews.inside();
            let rows = inside.tables.rows("Reservations").iter().rev().take(STAYS);
            let text = |value: &Value| value.as_str().expect("text").to_owned();
            rows.map(|row| (text(&row["Number"]), text(&row["Id"]))).collect()
        };
        let deals = loop {
            let deals: BTreeMap<String, u64> = {
                let inside = self.pair.hubspot.inside();
                let deals = inside.rows(Sort::Deal);
                let deals = deals.filter_map(|deal| Some((deal.values.get("pms_number")?.clone(), deal.id)));
                deals.filter(|(number, _)| newest.contains_key(number)).collect()
            };
            if deals.len() == newest.len() {
                break deals;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        let stay = |(number, at_mews)| {
            let deal = deals[&number];
            Stay { at_mews, deal, is_cancelled: false, since: None }
        };
        newest.into_iter().map(stay).collect()
    }

    /// Looks which changes have arrived, and how long they took.
    fn look(&self, stays: &mut [Stay], taken: &mut Vec<Duration>) {
        let inside = self.pair.hubspot.inside();
        for stay in stays {
            let Some(since) = stay.since else { continue };
            let stage = if stay.is_cancelled { "closedlost" } else { "booked" };
            if inside.row(Sort::Deal, stay.deal).is_some_and(|deal| deal.values["dealstage"] == stage) {
                taken.push(since.elapsed());
                stay.since = None;
            }
            assert!(since.elapsed() < DEADLINE, "a change was not there within {DEADLINE:?}");
        }
    }

    fn change(&self, stay: &mut Stay) {
        stay.is_cancelled = !stay.is_cancelled;
        let (state, reason) =
            if stay.is_cancelled { ("Canceled", json!("Other")) } else { ("Confirmed", Value::Null) };
        let news = json!({"State": state, "CancellationReason": reason});
        self.pair.mews.inside().edit("Reservations", &stay.at_mews, news);
        stay.since = Some(Instant::now());
    }

    /// HubSpot refuses everything for a while, now and then.
    fn storm(&self, began: Instant) {
        let (every, length) = STORMS;
        let since = Duration::from_nanos(
            u64::try_from(began.elapsed().as_nanos() % every.as_nanos()).expect("less than a storm"),
        );
        self.pair.hubspot.inside().budget.most = if since < length { 0 } else { 190 };
    }

    /// Sends the webhooks, and gives how long each change took until it was at HubSpot.
    async fn pass(&self, stays: &mut [Stay]) -> Vec<Duration> {
        let (began, mut taken) = (Instant::now(), Vec::new());
        let ids: Vec<String> = stays.iter().map(|stay| stay.at_mews.clone()).collect();
        for n in 0..size("CARDEX_TEST_WEBHOOKS", WEBHOOKS) {
            self.storm(began);
            let here = n as usize * 7 % ids.len();
            // Of this one there is news, of the others there was some or will be.
            let mut told = vec![ids[here].as_str(); 2];
            if n % NEWS == 0 && stays[here].since.is_none() {
                self.change(&mut stays[here]);
            }
            if n % BURSTS == 0 {
                told.extend((0..EVENTS).map(|event| ids[event * 13 % ids.len()].as_str()));
            }
            self.tell(&told).await;
            self.look(stays, &mut taken);
            tokio::time::sleep(PACE).await;
        }
        while stays.iter().any(|stay| stay.since.is_some()) {
            self.storm(began);
            self.look(stays, &mut taken);
            tokio::time::sleep(PACE).await;
        }
        self.pair.hubspot.inside().budget.most = 190;
        taken
    }

    /// How many records are there that are not at HubSpot, or not as they are at Mews.
    fn n_missing(&self) -> usize {
        let (mews, hubspot) = (self.pair.mews.inside(), self.pair.hubspot.inside());
        let guests = hubspot.rows(Sort::Contact).count();
        let deals: BTreeMap<&str, &str> = hubspot
            .rows(Sort::Deal)
            .map(|deal| (deal.values["pms_number"].as_str(), deal.values["dealstage"].as_str()))
            .collect();
        let wrong = mews.tables.rows("Reservations").iter().filter(|row| {
            let stage = if row["State"] == "Canceled" { "closedlost" } else { "booked" };
            deals.get(row["Number"].as_str().expect("a number")) != Some(&stage)
        });
        wrong.count() + mews.tables.rows("Customers").len().abs_diff(guests)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancellation_arrives_through_storms_and_history_on_sqlite() {
    cancellations_arrive("").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancellation_arrives_through_storms_and_history_on_postgres() {
    cancellations_arrive(&postgres::cluster().fresh_database().await).await;
}

async fn cancellations_arrive(store: &str) {
    let pair = Pair::start().await;
    let n_records = size("CARDEX_TEST_RECORDS", RECORDS);
    let (guests, reservations) = pair.fill(n_records.div_ceil(3), n_records - n_records.div_ceil(3));
    let mut night = Night::open(store, pair);
    let began = Instant::now();
    night.site.start().await;
    let mut stays = night.stays().await;
    let (already, first) = (night.n_missing(), Instant::now());
    let mut taken = night.pass(&mut stays).await;
    let (rest, passed) = (night.n_missing(), first.elapsed());
    let calm = Instant::now();
    while night.n_missing() > 0 {
        assert!(calm.elapsed() < DEADLINE * 30, "{} records are not as they should be", night.n_missing());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let all = began.elapsed();
    let parked = night.site.prints(&["queue", "list", "--output", "json"]);
    let refused = night.pair.hubspot.inside().budget.n_refused;
    night.site.stop();
    night.pair.assert_same(guests.len(), reservations.len());
    taken.sort();
    let [p50, p99, longest] =
        [50, 99, 100].map(|percent| taken[(taken.len() - 1) * percent / 100].as_secs_f64());
    println!(
        "{} changes of a status, {} webhooks in {passed:.1?}, {refused} calls refused by HubSpot, {n_records} records \
         ({already} to come when it began, {rest} when it ended, all there after {all:.1?}): p50 {p50:.2} s, p99 {p99:.2} s, \
         longest {longest:.2} s; parked: {parked}",
        taken.len(),
        size("CARDEX_TEST_WEBHOOKS", WEBHOOKS),
    );
}
