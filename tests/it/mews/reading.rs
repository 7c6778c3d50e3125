//! What is read, and in how many calls.

use cardex::connectors::{Connector, Reading};
use cardex::model::{Document, Observation, RecordKind, RemoteRef, Seen, Shape, Value, keys};
use chrono::{TimeDelta, Utc};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::fake::hotel::{BABIES, BREAKFAST, CHILDREN, PROGRAMME, SOURCE, TIER};
use super::fake::{ACCESS_TOKEN, Fake, Inside, stamp};
use super::{connector, connector_with};

async fn read(connector: &Arc<dyn Connector>, kind: RecordKind, id: &str) -> Reading {
    let mut readings = connector.read(&[RemoteRef::new(kind, id)]).await.expect("a read");
    assert_eq!(readings.len(), 1);
    readings.remove(0)
}

async fn found(connector: &Arc<dyn Connector>, kind: RecordKind, id: &str) -> Observation {
    let reading = read(connector, kind, id).await;
    let Reading::Found(seen) = reading else { panic!("not found: {reading:?}") };
    *seen
}

fn word<'d>(document: &'d Document, key: &cardex::model::FieldKey) -> &'d str {
    document.value(key).and_then(Value::as_text).unwrap_or_default()
}

fn cents(document: &Document, key: &cardex::model::FieldKey) -> Option<i64> {
    document.value(key).and_then(Value::as_money).map(|money| money.amount_minor)
}

/// The part of the only element of a field.
fn part<'d>(document: &'d Document, key: &cardex::model::FieldKey, name: &str) -> Option<&'d Value> {
    let values: Vec<&Value> = document.get(key).into_iter().flat_map(Seen::values).collect();
    let [Value::Entry(parts)] = values[..] else { panic!("{key} has {} elements", values.len()) };
    parts.get(name)
}

/// A stay that is over, with everything that can belong to one.
fn full_stay(inside: &mut Inside) -> String {
    let (holder, other) = (inside.customer(1), inside.customer(2));
    let (firm, agency) = (inside.company(1), inside.company(2));
    let id = inside.reservation(7, &holder);
    inside.edit("Reservations", &id, json!({
        "State": "Processed", "PartnerCompanyId": firm, "TravelAgencyId": agency, "ChannelNumber": "BK-1",
        "ScheduledStartUtc": "2027-03-28T22:30:00Z", "ScheduledEndUtc": "2027-03-31T10:00:00Z",
        "PersonCounts": [{"AgeCategoryId": super::fake::hotel::ADULTS, "Count": 2}, {"AgeCategoryId": CHILDREN, "Count": 1},
            {"AgeCategoryId": BABIES, "Count": 1}],
    }));
    inside.enter("Companionships", json!({"ReservationId": id, "CustomerId": holder}));
    inside.enter("Companionships", json!({"ReservationId": id, "CustomerId": other}));
    inside.item(&id, "SpaceOrder", 100.1, None);
    inside.item(&id, "ProductOrder", 20.0, Some(BREAKFAST));
    inside.item(&id, "CityTax", 2.5, None);
    inside.item(&id, "Deposit", 50.0, None);
    let cancelled = inside.item(&id, "SpaceOrder", 900.0, None);
    inside.edit("OrderItems", &cancelled, json!({"CanceledUtc": "2027-01-01T00:00:00Z"}));
    inside.enter(
        "Payments",
        json!({"ReservationId": id, "AccountId": holder, "State": "Charged", "Type": "CashPayment",
        "ChargedUtc": "2027-03-31T09:00:00Z", "Amount": {"Currency": "EUR", "GrossValue": -60.0}}),
    );
    inside.enter(
        "Payments",
        json!({"ReservationId": id, "AccountId": holder, "State": "Failed", "Type": "CreditCardPayment",
        "Amount": {"Currency": "EUR", "GrossValue": -62.6}}),
    );
    inside.enter("SourceAssignments", json!({"ReservationId": id, "SourceId": SOURCE, "IsPrimary": true}));
    inside.enter("ServiceOrderNotes", json!({"OrderId": id, "Text": "Late arrival", "Type": "General"}));
    id
}

#[tokio::test]
async fn a_reservation_is_read_with_everything_that_it_names() {
    let fake = Fake::start().await;
    let id = full_stay(&mut fake.inside());
    let connector = connector_with(
        &fake.url,
        ACCESS_TOKEN,
        "boards = [{ product = \"breakfast\", board = \"breakfast\" }]",
    );
    let stay = found(&connector, RecordKind::Reservation, &id).await.document;
    assert_eq!(word(&stay, &keys::STATUS), "checked_out");
    assert_eq!(word(&stay, &keys::CHANNEL), "ota");
    assert_eq!(word(&stay, &keys::ORIGIN), "Booking.com");
    assert_eq!(word(&stay, &keys::MARKET_SEGMENT), "Leisure");
    assert_eq!(word(&stay, &keys::REMARKS), "Late arrival");
    // The clock of Madrid: summer time begins on the day before.
    assert_eq!(
        stay.value(&keys::ARRIVES_ON).and_then(Value::as_date).expect("a day").to_string(),
        "2027-03-29"
    );
    assert_eq!(word(&stay, &keys::ARRIVAL_TIME), "00:30");
    let room = |name| part(&stay, &keys::ROOMS, name).cloned();
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    assert_eq!(
        (room("number"), room("category"), room("rate_code")),
        (text("101"), text("Double"), text("BAR"))
    );
    assert_eq!(room("board").as_ref().and_then(Value::as_text), Some("breakfast"));
    let people = [room("adults"), room("children"), room("infants")];
    assert_eq!(people, [2, 1, 1].map(|count| Some(Value::Integer(count))));
    assert_eq!(cents(&stay, &keys::TOTAL), Some(12_260));
    assert_eq!(cents(&stay, &keys::ROOM_SPEND), Some(10_010));
    assert_eq!(cents(&stay, &keys::FOOD_SPEND), Some(2_000));
    assert_eq!(cents(&stay, &keys::OTHER_SPEND), Some(250));
    assert_eq!((cents(&stay, &keys::PAID), cents(&stay, &keys::BALANCE)), (Some(6_000), Some(6_260)));
    assert_eq!(part(&stay, &keys::EXTRAS, "name"), text("Breakfast").as_ref());
    assert_eq!(part(&stay, &keys::EXTERNAL_REFERENCES, "id"), text("BK-1").as_ref());
    assert_eq!(stay.get(&keys::ACCOMPANYING).map(|seen| seen.values().count()), Some(1));
    for key in [keys::HOLDER, keys::BOOKER, keys::COMPANY, keys::SOURCE_PROFILE] {
        assert!(matches!(stay.value(&key), Some(Value::Reference(_))), "{key}");
    }
}

#[tokio::test]
async fn five_hundred_reservations_take_batches_and_never_a_call_each() {
    let fake = Fake::start().await;
    let refs: Vec<RemoteRef> = {
        let mut inside = fake.inside();
        let holder = inside.customer(1);
        (0..500)
            .map(|n| {
                let id = inside.reservation(n, &holder);
                for _ in 0..3 {
                    inside.item(&id, "SpaceOrder", 10.0, Some(BREAKFAST));
                }
                inside.enter("Companionships", json!({"ReservationId": id, "CustomerId": holder}));
                inside.enter(
                    "SourceAssignments",
                    json!({"ReservationId": id, "SourceId": SOURCE, "IsPrimary": true}),
                );
                RemoteRef::new(RecordKind::Reservation, id.as_str())
            })
            .collect()
    };
    let connector = connector(&fake);
    fake.calls();
    let readings = connector.read(&refs).await.expect("a read");
    assert!(readings.iter().all(|reading| matches!(reading, Reading::Found(_))));
    let batches = BTreeMap::from([
        ("reservations/getAll/2023-06-06", 1),
        ("companionships/getAll", 1),
        // 1,500 rows.
        ("orderItems/getAll", 2),
        ("payments/getAll", 1),
        ("serviceOrderNotes/getAll", 1),
        // 100 reservations at most.
        ("sourceAssignments/getAll/2024-09-20", 5),
    ]);
    let names = [
        "rates/getAll",
        "resources/getAll",
        "resourceCategories/getAll",
        "businessSegments/getAll",
        "sources/getAll",
        "products/getAll",
        "ageCategories/getAll",
    ];
    let expected = |with_names: bool| {
        let names = names.iter().filter(|_| with_names).map(|name| (*name, 1));
        let all = batches.clone().into_iter().chain(names);
        all.map(|(name, count)| (name.to_owned(), count)).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(fake.calls(), expected(true));
    // The names are known by now.
    connector.read(&refs).await.expect("a read");
    assert_eq!(fake.calls(), expected(false));
}

#[tokio::test]
async fn a_customer_is_read_with_what_belongs_to_him() {
    let fake = Fake::start().await;
    let id = {
        let mut inside = fake.inside();
        let id = inside.customer(1);
        let address = |city: &str| {
            json!({"AccountId": id, "AccountType": "Customer", "Line1": "Calle Mayor 1",
            "Line2": "2.º", "City": city, "PostalCode": "05001", "CountryCode": "ES", "IsActive": true})
        };
        inside.enter("Addresses", address("Madrid"));
        let home = inside.enter("Addresses", address("Ávila"));
        let gone = inside.enter("Addresses", address("Soria"));
        inside.edit("Addresses", &gone, json!({"IsActive": false}));
        inside.edit("Customers", &id, json!({"AddressId": home, "LoyaltyCode": "OLD-1", "HasOtaEmail": true,
            "Classifications": ["VeryImportant", "DisabledPerson", "Blocklist"], "DietaryRequirements": "Vegan"}));
        inside.enter(
            "LoyaltyMemberships",
            json!({"AccountId": id, "LoyaltyProgramId": PROGRAMME, "LoyaltyTierId": TIER,
            "MembershipNumber": "AF-9", "State": "Enrolled", "IsActive": true}),
        );
        inside.enter(
            "AccountNotes",
            json!({"AccountId": id, "AccountType": "Customer", "Content": "Plays chess", "IsActive": true}),
        );
        inside.enter(
            "IdentityDocuments",
            json!({"CustomerId": id, "Type": "Passport", "Number": "X1",
            "IssuingCountryCode": "ES", "ExpirationDate": "2040-10-24T00:00:00Z"}),
        );
        id
    };
    let guest = found(&connector(&fake), RecordKind::Person, &id).await;
    let document = &guest.document;
    assert_eq!(word(document, &keys::SURNAME), "Núñez");
    assert_eq!(word(document, &keys::LEVEL), "Blocklist, VeryImportant");
    assert_eq!(word(document, &keys::TITLE), "Mrs");
    let elements = |key: &cardex::model::FieldKey| document.get(key).map(|seen| seen.values().count());
    assert_eq!(elements(&keys::NOTES), Some(2));
    assert_eq!(elements(&keys::LOYALTY_NUMBERS), Some(2));
    assert_eq!(part(document, &keys::CONSENTS, "purpose").and_then(Value::as_text), Some("marketing"));
    let addresses: Vec<&Value> = document.get(&keys::ADDRESSES).expect("addresses").values().collect();
    assert_eq!(addresses.len(), 2, "a deleted one is none");
    let main = addresses.iter().find_map(|value| {
        let Value::Address(address) = value else { return None };
        address.primary.then_some(address.city.as_str())
    });
    assert_eq!(main, Some("Ávila"));
    let emails = document.get(&keys::EMAILS).expect("e-mails");
    assert!(emails.values().all(|value| matches!(value, Value::Email(email) if email.relay)));
    // What the law protects is read only where the hotel has said so, and sealed then.
    assert!(document.get(&keys::MEDICAL).is_none() && document.get(&keys::IDENTITY_DOCUMENTS).is_none());
    let open = connector_with(&fake.url, ACCESS_TOKEN, "medical = true\nidentity_documents = true");
    let guest = found(&open, RecordKind::Person, &id).await;
    for (key, count) in [(keys::MEDICAL, 2), (keys::IDENTITY_DOCUMENTS, 1)] {
        let values: Vec<&Value> = guest.document.get(&key).expect("it is read").values().collect();
        assert_eq!(values.len(), count, "{key}");
        assert!(values.iter().all(|value| matches!(value, Value::Special(_))), "{key} is not sealed");
    }
}

#[tokio::test]
async fn a_merged_customer_leads_to_the_other_and_a_deleted_one_is_gone() {
    let fake = Fake::start().await;
    let (keep, lose, gone) = {
        let mut inside = fake.inside();
        let ids = (inside.customer(1), inside.customer(2), inside.customer(3));
        inside.merge("Customers", &ids.1, &ids.0);
        inside.delete("Customers", &ids.2);
        ids
    };
    let connector = connector(&fake);
    let merged = found(&connector, RecordKind::Person, &lose).await;
    assert_eq!(merged.shape, Shape::MergedInto(keep.as_str().into()));
    assert!(matches!(read(&connector, RecordKind::Person, &gone).await, Reading::NotFound(_)));
}

#[tokio::test]
async fn statuses_are_those_of_mews_and_a_no_show_is_a_reason() {
    let fake = Fake::start().await;
    let id = {
        let mut inside = fake.inside();
        let holder = inside.customer(1);
        inside.reservation(1, &holder)
    };
    let connector = connector(&fake);
    let cases = [
        ("Inquired", None, "requested"),
        ("Requested", None, "requested"),
        ("Optional", None, "tentative"),
        ("Confirmed", None, "confirmed"),
        ("Started", None, "in_house"),
        ("Processed", None, "checked_out"),
        ("Canceled", Some("RequestedByGuest"), "cancelled"),
        ("Canceled", Some("NoShow"), "no_show"),
        ("Dreamt", None, "Dreamt"),
    ];
    for (state, reason, expected) in cases {
        let changed =
            json!({"State": state, "CancellationReason": reason, "CancelledUtc": "2027-01-01T00:00:00Z"});
        fake.inside().edit("Reservations", &id, changed);
        let stay = found(&connector, RecordKind::Reservation, &id).await.document;
        assert_eq!(word(&stay, &keys::STATUS), expected);
        assert_eq!(stay.value(&keys::CANCELLED_AT).is_some(), state == "Canceled", "{state}");
        assert_eq!(word(&stay, &keys::CANCEL_REASON), reason.unwrap_or_default());
    }
}

#[tokio::test]
async fn a_reservation_of_another_service_is_nobody_s_stay() {
    let fake = Fake::start().await;
    let (stay, parking) = {
        let mut inside = fake.inside();
        let holder = inside.customer(1);
        let ids = (inside.reservation(1, &holder), inside.reservation(2, &holder));
        inside.edit("Reservations", &ids.1, json!({"ServiceId": "parking"}));
        ids
    };
    let only_stays = format!("service_ids = [\"{}\"]", super::fake::STAYS);
    let connector = connector_with(&fake.url, ACCESS_TOKEN, &only_stays);
    assert!(matches!(read(&connector, RecordKind::Reservation, &parking).await, Reading::OutOfScope(_)));
    let keys = connector.enumerate(RecordKind::Reservation, None).await.expect("a walk").keys;
    assert_eq!(keys.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), [stay]);
}

#[tokio::test]
async fn a_row_that_cannot_be_understood_stands_alone() {
    let fake = Fake::start().await;
    let (good, bad) = {
        let mut inside = fake.inside();
        let ids = (inside.customer(1), inside.customer(2));
        inside.edit("Customers", &ids.1, json!({"FirstName": {"Value": "Ana"}}));
        ids
    };
    let refs = [&good, &bad].map(|id| RemoteRef::new(RecordKind::Person, id.as_str()));
    let readings = connector(&fake).read(&refs).await.expect("a read");
    let is = |test: &dyn Fn(&Reading) -> bool| readings.iter().filter(|reading| test(reading)).count();
    assert_eq!(is(&|reading| matches!(reading, Reading::Found(_))), 1);
    assert_eq!(is(&|reading| matches!(reading, Reading::Undecodable { why, .. } if !why.contains("Ana"))), 1);
}

#[tokio::test]
async fn a_walk_reaches_the_end_whether_or_not_the_last_page_names_its_last_row() {
    for always in [false, true] {
        let fake = Fake::start().await;
        {
            let mut inside = fake.inside();
            inside.always_names_the_last_row = always;
            (0..25).for_each(|n| drop(inside.customer(n)));
        }
        let connector = connector_with(&fake.url, ACCESS_TOKEN, "page_size = 10");
        let (mut after, mut listed) = (None, 0);
        loop {
            let page = connector.enumerate(RecordKind::Person, after.as_ref()).await.expect("a page");
            listed += page.keys.len();
            let Some(next) = page.next else { break };
            // Whoever comes in meanwhile stands before the first page and shifts nothing.
            fake.inside().customer(90);
            after = Some(next);
        }
        assert_eq!(listed, 25);
    }
}

#[tokio::test]
async fn stamps_are_those_of_mews() {
    let fake = Fake::start().await;
    let id = fake.inside().customer(1);
    let at = fake.inside().now() - TimeDelta::hours(5);
    fake.inside().tables.row_mut("Customers", &id).expect("a row")["UpdatedUtc"] = json!(stamp(at));
    let seen = found(&connector(&fake), RecordKind::Person, &id).await;
    assert_eq!(seen.modified_at.map(|at: chrono::DateTime<Utc>| stamp(at)), Some(stamp(at)));
    assert_eq!(seen.actor.as_deref(), Some("somebody"));
}
