//! A hotel at Mews and a CRM with the hub between them: how many requests it takes, and how fast news get through.

use cardex::capture::push::{self, Taken};
use cardex::clock::Clock;
use cardex::connectors::PushRequest;
use cardex::daemon::once;
use cardex::demo::Demo;
use cardex::hub::{Hub, System};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::fake::{ENTERPRISE, Fake, Fault};
use super::{WEBHOOK_TOKEN, settings_of};
use crate::support::pair::{EMPTY, HOTEL, assembled, at_rest, fields};

/// A hub between this Mews and the CRM of a demonstration.
async fn assemble(fake: &Fake, demo: &Demo, folder: &Path) -> Hub {
    assemble_creating(fake, demo, folder, "[]").await
}

/// The same, and these kinds are made in Mews.
async fn assemble_creating(fake: &Fake, demo: &Demo, folder: &Path, kinds: &str) -> Hub {
    let config = format!(
        r#"
store.url = "sqlite://{}"
{HOTEL}
[systems.crm]
connector = "open"
property = "alba"
side = "crm"
creates = ["company", "agency", "person", "reservation"]
settings = {}
[systems.pms]
connector = "mews"
property = "alba"
side = "pms"
creates = {kinds}
[systems.pms.settings]
{}
"#,
        folder.join("hub.db").display(),
        demo.crm.settings(folder).expect("the CRM's settings"),
        settings_of(folder, &fake.url, super::fake::ACCESS_TOKEN),
    );
    assembled(folder, &config).await
}

fn statuses(demo: &Demo) -> BTreeMap<String, usize> {
    let mut statuses = BTreeMap::new();
    for row in demo.crm.system.rows("reservation") {
        *statuses.entry(row.fields["status"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    statuses
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hotel_gets_through_in_batches_and_every_request_is_counted() {
    let fake = Fake::start().await;
    {
        let mut inside = fake.inside();
        for n in 0..300 {
            let holder = inside.customer(n);
            inside.edit("Customers", &holder, json!({"Email": format!("g{n}@example.com"), "Phone": null}));
            for _ in 0..2 {
                let stay = inside.reservation(n, &holder);
                inside.item(&stay, "SpaceOrder", 100.0, None);
            }
        }
        inside.company(1);
    }
    let demo = Demo::start(7, EMPTY, Clock::system()).await.expect("two loopback ports");
    let folder = tempfile::tempdir().expect("a folder");
    let hub = assemble(&fake, &demo, folder.path()).await;
    let pms =
        hub.systems.values().find(|system| system.id.as_str() == "pms").map(Arc::clone).expect("a system");
    let systems: Vec<Arc<System>> = hub.systems.values().map(Arc::clone).collect();
    once::cycle(&hub, &systems).await;
    let calls = fake.calls();
    let made: usize = calls.values().sum();
    let used = usize::try_from(pms.budget.usage().used).expect("a count");
    // Three walks of a page each; then one batch of every kind with what belongs to it.
    println!("first cycle: {made} requests for 901 records, {used} counted: {calls:?}");
    assert!(made <= 60, "{made} requests: {calls:?}");
    assert!(used + 30 >= made, "{used} of {made} requests are counted");
    at_rest(&hub).await;
    assert_eq!(demo.crm.system.rows("person").len(), 300);
    assert_eq!(statuses(&demo), BTreeMap::from([("confirmed".to_owned(), 600)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_gets_through_storms_and_repetition() {
    let fake = Fake::start().await;
    let stays: Vec<String> = {
        let mut inside = fake.inside();
        let holder = inside.customer(1);
        (0..20).map(|n| inside.reservation(n, &holder)).collect()
    };
    let demo = Demo::start(7, EMPTY, Clock::system()).await.expect("two loopback ports");
    let folder = tempfile::tempdir().expect("a folder");
    let hub = assemble(&fake, &demo, folder.path()).await;
    let pms =
        hub.systems.values().find(|system| system.id.as_str() == "pms").map(Arc::clone).expect("a system");
    at_rest(&hub).await;
    let cancelled = json!({"State": "Canceled", "CancellationReason": "NoShow"});
    stays[..7].iter().for_each(|id| fake.inside().edit("Reservations", id, cancelled.clone()));
    // Somebody buys a coffee without staying: its feed tells of an order that is no reservation.
    fake.inside().item("an order of the bar", "ProductOrder", 2.0, None);
    let events: Vec<_> =
        stays.iter().map(|id| json!({"Discriminator": "ServiceOrderUpdated", "Value": {"Id": id}})).collect();
    let body = json!({"EnterpriseId": ENTERPRISE, "Events": events}).to_string();
    let uri = format!("/hooks/pms?token={WEBHOOK_TOKEN}");
    fake.fail(
        "reservations/getAll/2023-06-06",
        [Fault::TooManyCalls(None), Fault::TooManyCalls(Some(1)), Fault::Broken],
    );
    for _ in 0..3 {
        let request = PushRequest { headers: &[], uri: &uri, body: body.as_bytes(), arrived_at: 0 };
        assert_eq!(push::accept(&hub, &pms, &request).await.expect("it is taken"), Taken::Kept(20));
    }
    at_rest(&hub).await;
    let expected = BTreeMap::from([("confirmed".to_owned(), 13), ("no_show".to_owned(), 7)]);
    assert_eq!(statuses(&demo), expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_guest_says_at_the_crm_reaches_the_hotel() {
    let fake = Fake::start().await;
    {
        let mut inside = fake.inside();
        let id = inside.customer(1);
        inside.move_to(&id, "Customer", json!({"Line1": "Mayor 1", "City": "Madrid", "CountryCode": "ES"}));
    }
    let demo = Demo::start(7, EMPTY, Clock::system()).await.expect("two loopback ports");
    let folder = tempfile::tempdir().expect("a folder");
    let hub = assemble(&fake, &demo, folder.path()).await;
    at_rest(&hub).await;
    let crm = &demo.crm.system;
    let [contact] = &crm.rows("person")[..] else { panic!("one guest") };
    assert_eq!(contact.fields["addresses"][0]["city"], "Madrid");
    let options = |fake: &Fake| fake.inside().tables.rows("Customers")[0]["Options"].clone();
    assert_eq!(options(&fake), json!(["SendMarketingEmails", "Invoiceable"]));
    // He moves house, and wants no mails at the only address that he has.
    let address = json!({"street": "Rúa Nova 3\n1.º B", "city": "Lugo", "country": "ES", "primary": true});
    let mut consents = contact.fields["consents"].as_array().expect("consents").clone();
    consents.push(json!({"purpose": "marketing", "channel": "email", "address": "ana.1@example.com", "state": "denied"}));
    let said = json!({"addresses": [address], "consents": consents});
    assert!(crm.edit("person", &contact.id, "web form", fields(said)));
    at_rest(&hub).await;
    let rows = fake.inside().tables.rows("Addresses").to_vec();
    let [row] = &rows[..] else { panic!("{rows:?}") };
    assert_eq!([&row["Line1"], &row["Line2"], &row["City"]], ["Rúa Nova 3", "1.º B", "Lugo"]);
    assert_eq!(options(&fake), json!(["Invoiceable"]));
    // The empty box takes nothing back of what is said at the CRM.
    let said = crm.row("person", &contact.id).expect("a row").fields["consents"].clone();
    assert_eq!(said.as_array().map(Vec::len), Some(2), "{said}");
    // An address that is gone at the CRM stays at the hotel, and nobody tries for ever.
    assert!(crm.edit("person", &contact.id, "web form", fields(json!({"addresses": []}))));
    at_rest(&hub).await;
    assert_eq!(fake.inside().tables.rows("Addresses"), rows);
    fake.calls();
    at_rest(&hub).await;
    let calls = fake.calls();
    assert!(
        calls.keys().all(|operation| operation.ends_with("getAll") || operation.contains("/getAll/")),
        "{calls:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_of_the_crm_is_made_once_and_only_where_the_hotel_says_so() {
    for (kinds, n_made) in [("[]", 0), ("[\"company\", \"person\"]", 1)] {
        let fake = Fake::start().await;
        let demo = Demo::start(7, EMPTY, Clock::system()).await.expect("two loopback ports");
        let folder = tempfile::tempdir().expect("a folder");
        let hub = assemble_creating(&fake, &demo, folder.path(), kinds).await;
        at_rest(&hub).await;
        let crm = &demo.crm.system;
        crm.create("company", "sales", fields(json!({"name": "Bodegas Alba"})));
        let guest = json!({"surname": "Gil", "given_names": "Eva",
            "addresses": [{"street": "Mayor 1", "city": "Ávila", "country": "ES", "primary": true},
                {"street": "Real 2", "city": "Soria", "country": "ES"}]});
        crm.create("person", "sales", fields(guest));
        for operation in ["customers/add", "companies/add"] {
            fake.fail(operation, [Fault::BrokenAfterwards]);
        }
        at_rest(&hub).await;
        let count = |table: &str| fake.inside().tables.rows(table).len();
        assert_eq!([count("Customers"), count("Companies")], [n_made; 2], "{kinds}");
        assert_eq!(count("Addresses"), 2 * n_made, "{kinds}");
        assert_eq!([crm.rows("person").len(), crm.rows("company").len()], [1, 1], "{kinds}");
        // Edited there, it is the same guest.
        if n_made > 0 {
            let id = fake.inside().tables.rows("Customers")[0]["Id"].as_str().expect("an id").to_owned();
            fake.inside().edit("Customers", &id, json!({"FirstName": "Eva María"}));
            at_rest(&hub).await;
            assert_eq!(crm.rows("person")[0].fields["given_names"], "Eva María");
        }
    }
}
