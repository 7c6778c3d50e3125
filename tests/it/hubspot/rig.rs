//! A hotel at Mews and an account at HubSpot, with the hub between them.

use cardex::hub::Hub;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::fake::sort::Sort;
use super::fake::{Fake, TOKEN};
use super::{DEALS, settings_of};
use crate::mews;
use crate::support::pair::{HOTEL, assembled, at_rest};

/// So many changes at once would wait for an operator.
const NO_HOLD: &str = "[guard]\nfield_min = 100000";

/// The hotel and the account.
pub(super) struct Pair {
    pub(super) mews: mews::fake::Fake,
    pub(super) hubspot: Fake,
}

/// The hotel, the account, and the hub.
pub(super) struct Joined {
    pub(super) pair: Pair,
    hub: Hub,
    _folder: tempfile::TempDir,
}

/// The requests of one piece of work.
pub(super) struct Calls {
    pub(super) mews: usize,
    pub(super) hubspot: usize,
    /// How many polls of each were among them.
    pub(super) polls: usize,
}

impl Pair {
    /// Both are empty and keep to their vendor's limits.
    pub(super) async fn start() -> Self {
        let (mews, hubspot) = (mews::fake::Fake::start().await, Fake::start().await);
        mews.inside().limit = Some((200, Duration::from_secs(30)));
        Self { mews, hubspot }
    }

    /// The two as a configuration names them, `more` said of both; secrets are in `folder`.
    pub(super) fn systems(&self, folder: &Path, more: &str) -> String {
        format!(
            r#"
[systems.crm]
connector = "hubspot"
property = "alba"
side = "crm"
{more}
creates = ["company", "person", "reservation"]
[systems.crm.settings]
calls = 190
{}{}
[systems.pms]
connector = "mews"
property = "alba"
side = "pms"
{more}
[systems.pms.settings]
{}
"#,
            settings_of(folder, &self.hubspot.url, TOKEN),
            DEALS.replace("[stages]", "[systems.crm.settings.stages]"),
            mews::settings_of(folder, &self.mews.url, mews::fake::ACCESS_TOKEN),
        )
    }

    /// So many guests with so many stays, and the ids of both.
    pub(super) fn fill(&self, n_guests: u32, n_reservations: u32) -> (Vec<String>, Vec<String>) {
        let mut inside = self.mews.inside();
        let guests: Vec<String> = (0..n_guests)
            .map(|n| {
                let id = inside.customer(n);
                inside.edit("Customers", &id, json!({"Phone": null, "LastName": format!("Núñez {n}")}));
                id
            })
            .collect();
        let holders = guests.iter().cycle().take(n_reservations as usize);
        let stays = holders
            .enumerate()
            .map(|(n, holder)| inside.reservation(u32::try_from(n).expect("a count"), holder));
        (guests.clone(), stays.collect())
    }

    /// That every guest and every stay is at HubSpot as it is at Mews.
    pub(super) fn assert_same(&self, n_guests: usize, n_stays: usize) {
        let (mews, hubspot) = (self.mews.inside(), self.hubspot.inside());
        let addressed =
            hubspot.rows(Sort::Contact).filter_map(|row| Some((row.values.get("email")?.clone(), row.id)));
        let guests: BTreeMap<String, u64> = addressed.collect();
        let mut stays = BTreeMap::new();
        for deal in hubspot.rows(Sort::Deal) {
            let contacts: Vec<u64> = hubspot.linked((Sort::Deal, deal.id), Sort::Contact).collect();
            let number = deal.values["pms_number"].clone();
            let earlier = stays.insert(number.clone(), (deal.values.clone(), contacts));
            assert!(earlier.is_none(), "reservation {number} is there twice");
        }
        assert_eq!((guests.len(), stays.len()), (n_guests, n_stays));
        let mut emails = BTreeMap::new();
        for customer in mews.tables.rows("Customers") {
            let email = customer["Email"].as_str().expect("an address").to_owned();
            let contact = hubspot.row(Sort::Contact, guests[&email]).expect("a contact");
            assert_eq!(contact.values["lastname"], customer["LastName"], "{email}");
            assert_eq!(contact.values["firstname"], customer["FirstName"], "{email}");
            emails.insert(customer["Id"].as_str().expect("an id"), email);
        }
        for reservation in mews.tables.rows("Reservations") {
            let number = reservation["Number"].as_str().expect("a number");
            let (values, contacts) = &stays[number];
            let holder = guests[&emails[reservation["AccountId"].as_str().expect("a holder")]];
            assert_eq!(contacts, &[holder], "reservation {number} belongs to somebody else");
            let stage = if reservation["State"] == "Canceled" { "closedlost" } else { "booked" };
            assert_eq!(values["dealstage"], stage, "reservation {number}");
            let arrives = reservation["ScheduledStartUtc"].as_str().expect("a time");
            assert_eq!(values["pms_arrives_on"], arrives[..10], "reservation {number}");
        }
    }
}

impl Joined {
    pub(super) async fn open() -> Self {
        Self::with("").await
    }

    /// With what the hotel has decided besides.
    pub(super) async fn with(more: &str) -> Self {
        let pair = Pair::start().await;
        let folder = tempfile::tempdir().expect("a folder");
        let config = format!(
            "store.url = \"sqlite://{}\"\n{HOTEL}\n{NO_HOLD}\n{more}\n{}",
            folder.path().join("hub.db").display(),
            pair.systems(folder.path(), "reserved_share = 0.0\nclock_offset_s = 0"),
        );
        let hub = assembled(folder.path(), &config).await;
        Self { pair, hub, _folder: folder }
    }

    /// Lets the hub work until it is done, and counts what that took.
    pub(super) async fn work(&self) -> Calls {
        let polls = at_rest(&self.hub).await;
        let (mews, hubspot) = (self.pair.mews.calls(), self.pair.hubspot.calls());
        println!("  {polls} polls\n  mews {mews:?}\n  hubspot {hubspot:?}");
        Calls { mews: mews.values().sum(), hubspot: hubspot.values().sum(), polls }
    }
}
