//! A hotel, a CRM and cardex between them: all real.

use chrono::{Days, NaiveDate};
use serde_json::{Value, json};

use crate::support::hoteldruid::{BookedBy, Flavour, HotelDruid, NewBooking};
use crate::support::postgres;
use crate::support::site::{Site, eventually};
use crate::support::tryton::client::{Client, truthy};
use crate::support::tryton::{Release, Tryton};

/// Where the hub keeps its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HubOn {
    Sqlite,
    Postgres,
}

/// The three of them.
pub(super) struct World {
    pub(super) hotel: HotelDruid,
    pub(super) crm: Tryton,
    pub(super) client: Client,
    pub(super) site: Site,
}

impl World {
    /// A fresh hotel and an empty CRM, with cardex running between them.
    pub(super) async fn open(flavour: Flavour, hub: HubOn) -> Self {
        let mut world = Self::prepare(flavour, hub).await;
        world.site.start().await;
        world
    }

    /// The same, with cardex not yet started.
    pub(super) async fn prepare(flavour: Flavour, hub: HubOn) -> Self {
        let store = match hub {
            HubOn::Sqlite => String::new(),
            HubOn::Postgres => postgres::cluster().fresh_database().await,
        };
        Self::prepare_on(flavour, &store).await
    }

    /// The same, on this hub database; empty for an SQLite file of its own.
    pub(super) async fn prepare_on(flavour: Flavour, store: &str) -> Self {
        Self::prepare_beside(flavour, store, "").await
    }

    /// The same, with further systems.
    pub(super) async fn prepare_beside(flavour: Flavour, store: &str, more: &str) -> Self {
        let hotel = HotelDruid::start(flavour).await;
        let crm = Tryton::start(Release::V8_2);
        let secrets = tempfile::tempdir().expect("a temporary folder").keep();
        let password = Site::secret(&secrets, "tryton", Tryton::PASSWORD);
        let systems = format!(
            r#"
[systems.pms]
connector = "hoteldruid"
property = "alba"
side = "pms"
poll = "every 1s"
[systems.pms.settings.no_show]
at = "06:00:00"
[systems.pms.settings.database]
{}
[systems.crm]
connector = "tryton"
property = "alba"
side = "crm"
creates = ["company", "agency", "person", "reservation"]
poll = "every 1s"
limit_calls = 1000
[systems.crm.settings]
url = "{}"
database = "{}"
user = "{}"
password_file = "{}"
# By default only the desk changes a legal name; this hotel trusts its web form too.
[fields.person.surname]
policy = "latest"
direction = "both"
[fields.person.given_names]
policy = "latest"
direction = "both"
{more}
"#,
            hotel.connection(&secrets),
            crm.url(),
            Tryton::DATABASE,
            Tryton::USER,
            password.display(),
        );
        let client = crm.client();
        Self { site: Site::new(store, &systems), hotel, crm, client }
    }

    /// A day of this year's calendar, far enough ahead for every test: `offset` days after the first of December.
    pub(super) fn day(&self, offset: u64) -> NaiveDate {
        let first = NaiveDate::from_ymd_opt(self.hotel.year(), 12, 1).expect("a date");
        first.checked_add_days(Days::new(offset)).expect("a date")
    }

    /// Books a room for a new guest and gives the booking's number.
    pub(super) async fn book(&self, surname: &str, name: &str, room: &str, from: u64, to: u64) -> i64 {
        let by = BookedBy::New(surname, name, &[]);
        let (arrives, departs) = (self.day(from), self.day(to));
        self.hotel.book(&NewBooking { by, room, arrives, departs, more: &[] }).await
    }

    /// The one live party of this name, as soon as there is one.
    pub(super) async fn party(&self, name: &str) -> i64 {
        eventually(&format!("a party called {name}"), async || {
            let parties = self.client.parties_named(name);
            assert!(parties.len() < 2, "{name} exists {} times", parties.len());
            parties.first().copied()
        })
        .await
    }

    /// Every opportunity, with its state and comment.
    pub(super) fn opportunities(&self) -> Vec<Value> {
        self.client.find("sale.opportunity", &json!([]), &["state", "comment", "party", "description"])
    }

    /// The opportunities whose block says all of these lines.
    pub(super) fn saying(&self, lines: &[&str]) -> Vec<Value> {
        let says = |row: &Value| {
            let comment = row["comment"].as_str().unwrap_or_default();
            lines.iter().all(|line| comment.lines().any(|found| found == *line))
        };
        self.opportunities().into_iter().filter(says).collect()
    }

    /// Waits until exactly one opportunity says all of these lines, and gives it.
    pub(super) async fn says(&self, lines: &[&str]) -> Value {
        eventually(&format!("an opportunity that says {lines:?}"), async || {
            let found = self.saying(lines);
            assert!(found.len() < 2, "{} opportunities say {lines:?}", found.len());
            found.into_iter().next()
        })
        .await
    }

    /// Waits until exactly one opportunity says all of these lines and is in this state: the state follows the lines
    /// by one call.
    pub(super) async fn shows(&self, state: &str, lines: &[&str]) {
        eventually(&format!("an opportunity in state {state} that says {lines:?}"), async || {
            let found = self.saying(lines);
            assert!(found.len() < 2, "{} opportunities say {lines:?}", found.len());
            (found.first()?["state"] == state).then_some(())
        })
        .await;
    }

    /// The values of a party's live contact mechanisms, sorted.
    pub(super) fn contacts(&self, party: i64) -> Vec<String> {
        let live = self.client.mechanisms(party).into_iter().filter(|(_, _, active)| *active);
        let mut values: Vec<String> = live.map(|(_, value, _)| value).collect();
        values.sort();
        values
    }

    /// Whether a party is neither archived nor replaced.
    pub(super) fn is_live(&self, party: i64) -> bool {
        let party = self.client.get("party.party", party, &["active"]).expect("the party");
        truthy(&party["active"])
    }

    /// How many live parties there are beside the company that every Tryton has.
    pub(super) fn live_parties(&self) -> usize {
        let parties = self.client.find("party.party", &json!([]), &["active", "name"]);
        parties.iter().filter(|party| truthy(&party["active"])).count()
    }

    /// How many live parties have a name that contains `part`.
    pub(super) fn live_parties_named_like(&self, part: &str) -> usize {
        let parties =
            self.client.find("party.party", &json!([["name", "like", format!("%{part}%")]]), &["active"]);
        parties.iter().filter(|party| truthy(&party["active"])).count()
    }

    /// Waits until cardex has nothing left to do: nothing waits in its queues, and no write is sent for a while.
    pub(super) async fn quiet(&self) {
        let mut last = usize::MAX;
        let mut still = 0;
        eventually("cardex comes to rest", async || {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            let writes = self.crm.meter().writes().len();
            still = if writes == last && self.pending().await == 0 { still + 1 } else { 0 };
            last = writes;
            (still >= 5).then_some(())
        })
        .await;
    }

    /// How many marks wait, by the daemon's own metrics.
    async fn pending(&self) -> u64 {
        let http = cardex::connectors::http::client(std::time::Duration::from_secs(5)).expect("a client");
        let Ok(answer) = http.get(format!("{}/metrics", self.site.address())).send().await else {
            return u64::MAX;
        };
        let text = answer.text().await.unwrap_or_default();
        let depths =
            text.lines().filter(|line| line.starts_with("cardex_queue_depth{") && !line.contains("parked"));
        let values = depths.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let sum = values.sum::<f64>() as u64;
        sum
    }
}
