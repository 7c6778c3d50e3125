//! Guests who asked to be forgotten, and were erased at HubSpot.

use serde_json::{Value, json};
use std::time::Duration;

use super::fake::sort::Sort;
use super::fake::table::By;
use super::fake::webhooks::Message;
use super::fake::{Fake, SECRET};
use super::rig::Pair;
use super::webhooks::send;
use crate::support::site::{Site, eventually};

/// The daemon between the two, which are asked often.
async fn opened(pair: &Pair) -> Site {
    let secrets = tempfile::tempdir().expect("a folder").keep();
    pair.mews.inside().limit = Some((2_000, Duration::from_secs(30)));
    let mut site = Site::new("", &pair.systems(&secrets, "poll = \"every 2s\""));
    site.start().await;
    site
}

/// A guest with a stay, as both systems know him.
struct Guest {
    at_mews: String,
    stay: String,
    contact: u64,
    /// The hub's id.
    key: String,
}

/// Enters guests with a stay each, and waits until they are at HubSpot.
async fn guests<const N: usize>(pair: &Pair) -> [Guest; N] {
    let n = u32::try_from(N).expect("a small number");
    let (entered, stays) = pair.fill(n, n);
    eventually("every stay has its guest", async || {
        let inside = pair.hubspot.inside();
        let is_tied = |deal: u64| inside.linked((Sort::Deal, deal), Sort::Contact).count() == 1;
        (inside.rows(Sort::Deal).filter(|deal| is_tied(deal.id)).count() == N).then_some(())
    })
    .await;
    let inside = pair.hubspot.inside();
    std::array::from_fn(|n| {
        let contact = inside.with(Sort::Contact, "lastname", &format!("Núñez {n}")).expect("a contact");
        Guest {
            at_mews: entered[n].clone(),
            stay: stays[n].clone(),
            contact: contact.id,
            key: contact.values["pms_guest_key"].clone(),
        }
    })
}

/// Tells the daemon of the events of these kinds about a contact.
async fn tell(site: &Site, hubspot: &Fake, events: &[Value], guest: &Guest, kinds: &[&str]) {
    let of = |kind: &&str| {
        let is_meant =
            |event: &&Value| event["subscriptionType"] == **kind && event["objectId"] == guest.contact;
        events.iter().find(is_meant).expect("such an event").clone()
    };
    let body = json!(kinds.iter().map(of).collect::<Vec<_>>());
    let now = hubspot.inside().now().timestamp_millis();
    let status = send(site, &Message::signed(SECRET, &body.to_string(), now)).await;
    assert!((200..300).contains(&status), "{status}");
}

/// Waits until an operator is shown this of the guest's counterpart.
async fn is_shown(site: &Site, guest: &Guest, word: &str) {
    eventually(word, async || site.prints(&["status", &guest.key]).contains(word).then_some(())).await;
}

const ERASURE: &str = "contact.privacyDeletion";
const DELETION: &str = "contact.deletion";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_erased_at_hubspot_is_never_made_there_again_and_his_stay_goes_on() {
    let pair = Pair::start().await;
    let mut site = opened(&pair).await;
    let [erased, late, deleted] = guests(&pair).await;
    let (mews, hubspot) = (&pair.mews, &pair.hubspot);
    let events = {
        let mut inside = hubspot.inside();
        inside.events.clear();
        inside.forget(erased.contact, By::User);
        inside.forget(late.contact, By::User);
        inside.archive(Sort::Contact, deleted.contact, By::User);
        std::mem::take(&mut inside.events)
    };
    // Word of an erasure comes with that of a deletion, before or after it, and a deletion alone is none.
    tell(&site, hubspot, &events, &erased, &[DELETION, ERASURE]).await;
    tell(&site, hubspot, &events, &late, &[DELETION]).await;
    tell(&site, hubspot, &events, &deleted, &[DELETION]).await;
    is_shown(&site, &erased, "erased").await;
    is_shown(&site, &late, "gone").await;
    is_shown(&site, &deleted, "gone").await;
    tell(&site, hubspot, &events, &late, &[ERASURE]).await;
    is_shown(&site, &late, "erased").await;
    // The hotel goes on with all of them.
    for guest in [&erased, &late, &deleted] {
        let mut inside = mews.inside();
        inside.edit("Customers", &guest.at_mews, json!({"LastName": "Vera", "Occupation": "Pilot"}));
        let cancelled = json!({"State": "Canceled", "CancellationReason": "Other"});
        inside.edit("Reservations", &guest.stay, cancelled);
    }
    let somebody = mews.inside().customer(9);
    mews.inside().edit("Customers", &somebody, json!({"Phone": null, "LastName": "Otero"}));
    eventually("the hotel's changes are at HubSpot", async || {
        let inside = hubspot.inside();
        let is_cancelled = |deal: &super::fake::table::Row| deal.values["dealstage"] == "closedlost";
        let is_done = inside.rows(Sort::Deal).all(is_cancelled)
            && inside.with(Sort::Contact, "lastname", "Otero").is_some();
        is_done.then_some(())
    })
    .await;
    assert_eq!(hubspot.inside().rows(Sort::Contact).count(), 1, "somebody was made anew");
    assert_eq!(hubspot.inside().rows(Sort::Deal).count(), 3);
    is_shown(&site, &deleted, "gone").await;
    let told = site.prints(&["status", &erased.key]);
    assert!(told.contains("erased") && told.contains("not created again"), "{told}");
    site.stop();
}
