//! Webhooks: what is believed, what each event means, and the daemon's door.

use cardex::connectors::{Connector, Hint, PushError, PushRequest};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::fake::sort::Sort;
use super::fake::table::By;
use super::fake::webhooks::{MOST_EVENTS, Message};
use super::fake::{APP, Fake, SECRET, TOKEN};
use super::{CUSTOM, DEALS, connector_with, prepared, settings_of};
use crate::support::site::{Site, eventually};

/// What the connector makes of a message that arrives at this second.
fn taken(connector: &Arc<dyn Connector>, message: &Message, arrived_at: i64) -> Result<Vec<Hint>, PushError> {
    let request = PushRequest {
        headers: &message.headers,
        uri: "/hooks/crm",
        body: message.body.as_bytes(),
        arrived_at,
    };
    connector.push_in(&request)
}

/// The ids that the messages of everything so far are hints at, and those that are said to be gone.
fn hinted(fake: &Fake, connector: &Arc<dyn Connector>) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut ids, mut gone) = (BTreeSet::new(), BTreeSet::new());
    let now = fake.inside().now().timestamp();
    for message in fake.inside().messages() {
        for hint in taken(connector, &message, now).expect("it is signed") {
            let id = hint.subject.external_id.to_string();
            if hint.deleted {
                gone.insert(id.clone());
            }
            ids.insert(id);
        }
    }
    (ids, gone)
}

fn texts<const N: usize>(ids: [u64; N]) -> BTreeSet<String> {
    ids.iter().map(u64::to_string).collect()
}

#[tokio::test]
async fn every_event_is_a_hint_at_the_records_it_is_about() {
    for (stay, settings) in [(Sort::Deal, DEALS), (Sort::Stay, CUSTOM)] {
        let fake = Fake::start().await;
        let connector = connector_with(&fake.url, TOKEN, settings);
        let [one, other] =
            ["Gil", "Vera"].map(|name| fake.inside().enter(Sort::Contact, &json!({"lastname": name})));
        assert_eq!(hinted(&fake, &connector).0, texts([one, other]), "creation");
        fake.inside().edit(Sort::Contact, one, &json!({"city": "Haro", "jobtitle": "Engineer"}));
        assert_eq!(hinted(&fake, &connector).0, texts([one]), "changes");
        let firm = fake.inside().enter(Sort::Company, &json!({"name": "Bodegas"}));
        let booked = fake.inside().enter(stay, &json!({}));
        assert_eq!(hinted(&fake, &connector).0, texts([firm, booked]), "other sorts");
        fake.inside().link((stay, booked), (Sort::Contact, other), true, By::User);
        assert!(hinted(&fake, &connector).0.contains(&booked.to_string()), "an association");
        fake.inside().archive(Sort::Company, firm, By::User);
        assert_eq!(hinted(&fake, &connector), (texts([firm]), texts([firm])), "a deletion");
        fake.inside().restore(Sort::Company, firm);
        assert_eq!(hinted(&fake, &connector), (texts([firm]), BTreeSet::new()), "a restoration");
        let left = fake.inside().merge(Sort::Contact, one, other, By::User);
        assert_eq!(hinted(&fake, &connector).0, texts([one, other, left]), "a merge");
        fake.inside().forget(left, By::User);
        let (ids, gone) = hinted(&fake, &connector);
        assert!(ids == texts([left]) && gone.contains(&left.to_string()), "an erasure: {ids:?} {gone:?}");
    }
}

#[tokio::test]
async fn our_own_echo_is_no_hint_and_that_of_others_is() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let id = fake.inside().enter(Sort::Contact, &json!({"lastname": "Gil"}));
    fake.inside().events.clear();
    for (by, is_news) in [(By::OurApp, false), (By::OtherApp, true), (By::User, true)] {
        fake.inside().edit_by(by, Sort::Contact, id, &json!({"city": format!("{by:?}")}));
        assert_eq!(!hinted(&fake, &connector).0.is_empty(), is_news, "{by:?}");
    }
    // Without the app's id nothing is known to be an echo.
    let settings = DEALS.to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let without = settings_of(folder.path(), &fake.url, TOKEN).replace(&format!("app_id = \"{APP}\"\n"), "");
    let without = super::connected(&(without + &settings));
    fake.inside().edit_by(By::OurApp, Sort::Contact, id, &json!({"city": "Haro"}));
    assert!(!hinted(&fake, &without).0.is_empty());
}

#[tokio::test]
async fn what_nobody_knows_is_passed_over() {
    let fake = Fake::start().await;
    let connector = prepared(&fake).await;
    let now = fake.inside().now();
    let event = |kind: &str, more: Value| {
        let mut event = json!({
            "eventId": 1, "subscriptionId": 2, "portalId": 3, "occurredAt": 4, "attemptNumber": 0, "subscriptionType": kind,
        });
        event.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        event
    };
    // Older messages name the type otherwise.
    let mut old = event("", json!({"objectId": 6, "eventType": "contact.propertyChange"}));
    old.as_object_mut().expect("an object").remove("subscriptionType");
    let body = json!([
        event("conversation.creation", json!({"objectId": 1})),
        event("ticket.propertyChange", json!({"objectId": 2})),
        event("object.creation", json!({"objectId": 3, "objectTypeId": "2-999"})),
        event("contact.dancing", json!({"objectId": 4})),
        event("contact.propertyChange", json!({})),
        event(
            "contact.propertyChange",
            json!({"objectId": 5, "propertyName": "passport", "propertyValue": "REDACTED"})
        ),
        old,
        // One event that is odd does not cost the others.
        event(
            "contact.merge",
            json!({"objectId": 8, "mergedObjectIds": null, "newObjectId": "8", "sourceId": 9})
        ),
        json!(null),
    ]);
    let message = Message::signed(SECRET, &body.to_string(), now.timestamp_millis());
    let hints = taken(&connector, &message, now.timestamp()).expect("a good message");
    let ids: BTreeSet<&str> = hints.iter().map(|hint| hint.subject.external_id.as_str()).collect();
    assert!(ids.is_superset(&["5", "6", "8"].into()), "{ids:?}");
    assert!(!ids.contains("1") && !ids.contains("2") && !ids.contains("3"), "{ids:?}");
    for body in ["{}", "[", "\"x\""] {
        let message = Message::signed(SECRET, body, now.timestamp_millis());
        assert!(taken(&connector, &message, now.timestamp()).is_err(), "{body}");
    }
}

#[tokio::test]
async fn only_what_hubspot_signed_within_five_minutes_is_believed() {
    let fake = Fake::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let settings = settings_of(folder.path(), &fake.url, TOKEN);
    // Two secrets while one takes the other's place.
    std::fs::write(folder.path().join("hubspot-secret"), format!("the-old-secret\n{SECRET}\n"))
        .expect("a secret");
    let connector = super::connected(&settings);
    let body =
        json!([{"subscriptionType": "contact.creation", "objectId": 7, "portalId": 1, "occurredAt": 1}])
            .to_string();
    let at = 1_800_000_000;
    let message = Message::signed(SECRET, &body, at * 1000);
    for seconds in [-300, 0, 300] {
        assert!(taken(&connector, &message, at + seconds).is_ok(), "{seconds} s");
    }
    for seconds in [-302, 302, 86_400] {
        assert_eq!(taken(&connector, &message, at + seconds), Err(PushError::BadTime), "{seconds} s");
    }
    assert!(taken(&connector, &Message::signed("the-old-secret", &body, at * 1000), at).is_ok());
    let stamp = |message: &Message, stamp: &str| {
        let mut message = message.clone();
        message.headers.retain(|(name, _)| name != "x-hubspot-request-timestamp");
        message.headers.push(("x-hubspot-request-timestamp".to_owned(), stamp.to_owned()));
        message
    };
    let without = |name: &str| {
        let mut message = message.clone();
        message.headers.retain(|(known, _)| known != name);
        message
    };
    let forged = [
        Message::signed("another-secret", &body, at * 1000),
        Message { body: body.replace('7', "8"), ..message.clone() },
        // A later stamp is not what was signed.
        stamp(&message, &(at * 1000 + 1).to_string()),
        stamp(&message, "soon"),
        without("x-hubspot-signature-v3"),
        without("x-hubspot-request-timestamp"),
    ];
    for (n, message) in forged.iter().enumerate() {
        assert_eq!(taken(&connector, message, at), Err(PushError::BadSignature), "{n}");
    }
    let plain: Vec<&str> = settings.lines().filter(|line| !line.contains("secret")).collect();
    let plain = plain.join("\n");
    assert_eq!(taken(&super::connected(&plain), &message, at), Err(PushError::NotSupported));
}

/// Sends a message to the door of a daemon, as HubSpot does.
pub(super) async fn send(site: &Site, message: &Message) -> u16 {
    let client = cardex::connectors::http::client(Duration::from_secs(10)).expect("a client");
    let mut request = client.post(format!("{}/hooks/crm", site.address())).body(message.body.clone());
    for (name, value) in &message.headers {
        request = request.header(name, value);
    }
    request.send().await.expect("an answer").status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_at_the_door_is_read_in_batches() {
    let fake = Fake::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    let systems = format!(
        "[systems.crm]\nconnector = \"hubspot\"\nproperty = \"alba\"\nside = \"crm\"\npoll = \"every 12h\"\n\
         [systems.crm.settings]\n{}{}",
        settings_of(folder.path(), &fake.url, TOKEN),
        DEALS.replace("[stages]", "[systems.crm.settings.stages]"),
    );
    let mut site = Site::new("", &systems);
    site.start().await;
    eventually("the first poll is over", async || {
        fake.inside().schema.properties[&Sort::Contact].contains_key("pms_guest_key").then_some(())
    })
    .await;
    let ids: BTreeSet<String> = (0..250)
        .map(|n| fake.inside().enter(Sort::Contact, &json!({"lastname": format!("Gil {n}")})).to_string())
        .collect();
    let mut messages = fake.inside().messages();
    assert!(messages.len() == 3 && MOST_EVENTS == 100);
    // Out of order, and one of them twice.
    messages.reverse();
    messages.push(messages[0].clone());
    fake.calls();
    for message in &messages {
        let status = send(&site, message).await;
        assert!((200..300).contains(&status), "HubSpot would send it again: {status}");
    }
    let forged = Message::signed("another-secret", &messages[0].body, fake.inside().now().timestamp_millis());
    assert!((400..500).contains(&send(&site, &forged).await));
    eventually("all of them are read", async || fake.inside().ids_read.is_superset(&ids).then_some(())).await;
    let reads = fake.calls().get("contacts/batch/read").copied().unwrap_or_default();
    assert!(reads <= 8, "{reads} reads for 250 contacts");
    site.stop();
    let log = site.log();
    assert!(
        !log.contains(SECRET) && !log.contains(TOKEN) && !log.contains("Gil 7"),
        "the log tells too much"
    );
}
