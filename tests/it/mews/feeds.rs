//! What the feeds and the webhooks tell.

use cardex::connectors::{Change, Connector, Cursor, Hint, PushError, PushRequest};
use cardex::model::{RecordKind, RemoteRef, Shape};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

use super::fake::hotel::SOURCE;
use super::fake::{ACCESS_TOKEN, ENTERPRISE, Fake, stamp};
use super::{WEBHOOK_TOKEN, connector, connector_with};
use crate::connectors::feed::{about, here, news, stream, subject_of};

/// The ids that a feed tells of.
async fn told(connector: &Arc<dyn Connector>, name: &str, from: &Cursor) -> BTreeSet<String> {
    news(connector, name, from).await.0.iter().map(|change| about(change).to_owned()).collect()
}

#[tokio::test]
async fn a_long_silence_is_caught_up_in_spans_that_mews_takes() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let now = fake.inside().now();
    let from = |listing: &str| {
        let since = stamp(now - TimeDelta::days(400));
        Cursor(json!({listing: {"since": since}}).to_string())
    };
    let mut expected = BTreeSet::new();
    for days in [390, 300, 200, 91, 89, 45, 0] {
        let mut inside = fake.inside();
        let id = inside.customer(1);
        inside.tables.row_mut("Customers", &id).expect("a row")["UpdatedUtc"] =
            json!(stamp(now - TimeDelta::days(days)));
        expected.insert(id);
    }
    fake.calls();
    assert_eq!(told(&connector, "customers", &from("customers")).await, expected);
    // With the last span, which reaches the present, the deleted ones are listed too.
    assert_eq!(fake.calls().get("customers/getAll"), Some(&6));
    // A month at most.
    told(&connector, "reservations", &from("sources")).await;
    assert_eq!(fake.calls().get("sourceAssignments/getAll/2024-09-20"), Some(&15));
}

#[tokio::test]
async fn the_clock_of_mews_is_the_one_that_counts() {
    for hours in [-30, 30] {
        let fake = Fake::start().await;
        fake.inside().ahead = TimeDelta::hours(hours);
        let connector = connector(&fake);
        let place = here(&connector, "customers").await;
        let id = fake.inside().customer(1);
        assert_eq!(told(&connector, "customers", &place).await, BTreeSet::from([id]), "{hours} h ahead");
    }
}

#[tokio::test]
async fn what_changes_while_pages_are_listed_is_told_by_this_poll_or_the_next() {
    let fake = Fake::start().await;
    let connector = connector_with(&fake.url, ACCESS_TOKEN, "page_size = 10");
    let place = here(&connector, "customers").await;
    let ids: Vec<String> = (0..35).map(|n| fake.inside().customer(n)).collect();
    let (oldest, cursor_row) = (ids[0].clone(), ids[25].clone());
    fake.inside().meanwhile = Some(Box::new(move |tables, now| {
        // Two rows move out of the span, one of them the row that the next page begins behind.
        for id in [oldest, cursor_row] {
            tables.row_mut("Customers", &id).expect("a row")["UpdatedUtc"] =
                json!(stamp(now + TimeDelta::seconds(2)));
        }
    }));
    let (first, place) = news(&connector, "customers", &place).await;
    let mut seen: BTreeSet<&str> = first.iter().map(about).collect();
    fake.inside().ahead = TimeDelta::seconds(5);
    // Any answer tells the time.
    connector.enumerate(RecordKind::Company, None).await.expect("a page");
    let (second, _) = news(&connector, "customers", &place).await;
    seen.extend(second.iter().map(about));
    assert_eq!(seen, ids.iter().map(String::as_str).collect());
    assert!(second.iter().any(|change| about(change) == ids[0]));
}

#[tokio::test]
async fn merged_and_deleted_customers_are_told() {
    let fake = Fake::start().await;
    let (keep, lose, gone) = {
        let mut inside = fake.inside();
        (inside.customer(1), inside.customer(2), inside.customer(3))
    };
    let connector = connector(&fake);
    let place = here(&connector, "customers").await;
    fake.inside().merge("Customers", &lose, &keep);
    fake.inside().delete("Customers", &gone);
    let (changes, _) = news(&connector, "customers", &place).await;
    let merged = changes.iter().find(|change| about(change) == lose);
    let Some(Change::Seen(seen)) = merged else { panic!("{changes:?}") };
    assert_eq!(seen.shape, Shape::MergedInto(keep.as_str().into()));
    let hint = Hint { subject: RemoteRef::new(RecordKind::Person, gone.as_str()), deleted: true };
    assert!(changes.contains(&Change::Hint(hint)), "{changes:?}");
    assert_eq!(changes.len(), 3, "and the one that is left");
}

#[tokio::test]
async fn what_belongs_to_a_record_tells_of_it() {
    let fake = Fake::start().await;
    let (guest, firm, stay) = {
        let mut inside = fake.inside();
        let guest = inside.customer(1);
        let firm = inside.company(1);
        let stay = inside.reservation(1, &guest);
        (guest, firm, stay)
    };
    let connector = connector(&fake);
    let of_stay = json!({"ReservationId": stay, "CustomerId": guest, "AccountId": guest, "SourceId": SOURCE, "OrderId": stay});
    let of = |id: &str, kind: &str| json!({"AccountId": id, "AccountType": kind, "IsActive": true});
    let cases: [(&str, Value, RecordKind, &str); 8] = [
        ("OrderItems", json!({"ServiceOrderId": stay}), RecordKind::Reservation, &stay),
        ("Payments", of_stay.clone(), RecordKind::Reservation, &stay),
        ("Companionships", of_stay.clone(), RecordKind::Reservation, &stay),
        ("SourceAssignments", of_stay.clone(), RecordKind::Reservation, &stay),
        ("ServiceOrderNotes", of_stay, RecordKind::Reservation, &stay),
        ("Addresses", of(&firm, "Company"), RecordKind::Company, &firm),
        ("AccountNotes", of(&guest, "Customer"), RecordKind::Person, &guest),
        ("LoyaltyMemberships", of(&guest, "Customer"), RecordKind::Person, &guest),
    ];
    for (n, (table, row, kind, id)) in (1..).zip(cases) {
        // The records themselves are too old for the feed.
        fake.inside().ahead = TimeDelta::hours(n);
        connector.enumerate(RecordKind::Company, None).await.expect("any answer tells the time");
        let feed = if kind == RecordKind::Reservation { "reservations" } else { "customers" };
        let place = here(&connector, feed).await;
        // Twice, to be told once.
        fake.inside().enter(table, row.clone());
        fake.inside().enter(table, row);
        let (changes, _) = news(&connector, feed, &place).await;
        let subjects: Vec<&RemoteRef> = changes.iter().map(subject_of).collect();
        assert_eq!(subjects, [&RemoteRef::new(kind, id)], "{table}");
    }
}

#[tokio::test]
async fn what_has_been_told_is_read_again_when_something_of_it_has_changed() {
    let fake = Fake::start().await;
    let (holder, connector) = (fake.inside().customer(1), connector(&fake));
    let place = here(&connector, "reservations").await;
    let stays: Vec<String> = (0..30).map(|n| fake.inside().reservation(n, &holder)).collect();
    let items: Vec<String> =
        stays.iter().map(|stay| fake.inside().item(stay, "SpaceOrder", 100.0, None)).collect();
    let (first, place) = news(&connector, "reservations", &place).await;
    assert_eq!(first.len(), 30);
    // Within the overlap everything is listed again, and nothing is read.
    fake.inside().ahead = TimeDelta::seconds(10);
    connector.enumerate(RecordKind::Company, None).await.expect("any answer tells the time");
    fake.calls();
    let (second, place) = news(&connector, "reservations", &place).await;
    assert_eq!(second, []);
    assert_eq!(fake.calls().values().sum::<usize>(), 6, "one page of each listing");
    // An item is cancelled, another goes away, a guest moves.
    fake.inside().edit("OrderItems", &items[3], json!({"CanceledUtc": "2026-01-01T00:00:00Z"}));
    fake.inside().edit("Reservations", &stays[7], json!({"State": "Canceled"}));
    fake.inside().ahead = TimeDelta::seconds(20);
    connector.enumerate(RecordKind::Company, None).await.expect("any answer tells the time");
    let (third, _) = news(&connector, "reservations", &place).await;
    let third: BTreeSet<&str> = third.iter().map(about).collect();
    assert_eq!(third, BTreeSet::from([stays[3].as_str(), stays[7].as_str()]));
}

#[tokio::test]
async fn a_page_that_was_lost_is_told_again() {
    let fake = Fake::start().await;
    let (holder, connector) = (fake.inside().customer(1), connector(&fake));
    let place = here(&connector, "reservations").await;
    let stay = fake.inside().reservation(1, &holder);
    for _ in 0..3 {
        assert_eq!(told(&connector, "reservations", &place).await, BTreeSet::from([stay.clone()]));
    }
}

#[tokio::test]
async fn a_feed_goes_on_behind_a_row_that_cannot_be_understood() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let place = here(&connector, "reservations").await;
    let stay = {
        let mut inside = fake.inside();
        let holder = inside.customer(1);
        let stay = inside.reservation(1, &holder);
        inside.enter("Companionships", json!({"ReservationId": stay, "CustomerId": 7}));
        stay
    };
    let (changes, _) = news(&connector, "reservations", &place).await;
    let hint = Hint { subject: RemoteRef::new(RecordKind::Reservation, stay.as_str()), deleted: false };
    assert_eq!(changes, [Change::Hint(hint)]);
    let foreign = Cursor("17".to_owned());
    let expired = connector.changes(&stream(&connector, "customers"), Some(&foreign)).await;
    assert!(matches!(expired, Err(cardex::connectors::ConnectorError::CursorExpired { .. })));
}

fn push(connector: &Arc<dyn Connector>, uri: &str, body: &Value) -> Result<Vec<Hint>, PushError> {
    let body = body.to_string();
    connector.push_in(&PushRequest { headers: &[], uri, body: body.as_bytes(), arrived_at: 0 })
}

fn events(events: &[(&str, &str)]) -> Value {
    let events: Vec<Value> =
        events.iter().map(|(what, id)| json!({"Discriminator": what, "Value": {"Id": id}})).collect();
    json!({"EnterpriseId": ENTERPRISE, "IntegrationId": "i", "Events": events})
}

#[tokio::test]
async fn a_webhook_of_hundreds_of_events_names_each_record_once() {
    let fake = Fake::start().await;
    let connector = connector(&fake);
    let uri = format!("/hooks/pms?token={WEBHOOK_TOKEN}");
    let mut all: Vec<(&str, String)> =
        (0..400).map(|n| ("ServiceOrderUpdated", format!("r{}", n % 150))).collect();
    all.extend((0..200).map(|n| ("CustomerUpdated", format!("c{}", n % 50))));
    all.extend(
        ["ResourceUpdated", "MessageAdded", "PaymentUpdated", "Invented"].map(|what| (what, "x".to_owned())),
    );
    let all: Vec<(&str, &str)> = all.iter().map(|(what, id)| (*what, id.as_str())).collect();
    let hints = push(&connector, &uri, &events(&all)).expect("hints");
    assert_eq!(hints.len(), 200);
    let once: BTreeSet<&RemoteRef> = hints.iter().map(|hint| &hint.subject).collect();
    assert_eq!(once.len(), 200);
    assert!(
        once.iter()
            .all(|subject| (subject.kind == RecordKind::Person)
                == subject.external_id.as_str().starts_with('c'))
    );
    // A webhook asks nothing of Mews.
    assert!(fake.calls().is_empty());
}

#[tokio::test]
async fn a_webhook_without_the_token_is_refused_and_one_of_another_hotel_is_no_news() {
    let fake = Fake::start().await;
    let of_hotel = format!("enterprise_id = \"{ENTERPRISE}\"");
    let connector = connector_with(&fake.url, ACCESS_TOKEN, &of_hotel);
    let good = events(&[("CustomerAdded", "c1")]);
    for uri in [
        "/hooks/pms",
        "/hooks/pms?token=",
        "/hooks/pms?token=wrong",
        "/hooks/pms?other=webhook-token-of-the-test",
    ] {
        assert_eq!(push(&connector, uri, &good), Err(PushError::BadSignature), "{uri}");
    }
    let uri = format!("/hooks/pms?token={WEBHOOK_TOKEN}");
    assert_eq!(push(&connector, &uri, &good).map(|hints| hints.len()), Ok(1));
    let mut elsewhere = good;
    elsewhere["EnterpriseId"] = json!("another");
    assert_eq!(push(&connector, &uri, &elsewhere), Ok(Vec::new()));
    let disabled = json!({"Action": "IntegrationDisabled", "Data": {"AccessToken": "secret"}});
    assert_eq!(push(&connector, &uri, &disabled), Ok(Vec::new()));
    for nonsense in [json!({}), json!([]), json!({"EnterpriseId": ENTERPRISE, "Events": 7})] {
        assert_eq!(push(&connector, &uri, &nonsense), Err(PushError::BadBody), "{nonsense}");
    }
}
