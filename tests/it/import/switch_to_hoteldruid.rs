//! A hotel whose PMS was known by its exports alone moves to HotelDruid: every stay is one chain, and is there once.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::command::cardex;
use super::rig::n_stored;
use crate::support::hoteldruid::{BookedBy, Flavour, HotelDruid, NewBooking, NewGuest};
use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::{EMPTY, Pair};
use cardex::model::{ExternalId, RecordKind, RemoteRef, Role, SystemId, keys};
use cardex::store::Linked;
use chrono::{Days, NaiveDate};

const MAPPING: &str = r#"
[systems.paper]
connector = "files"
property = "alba"
side = "pms"
[[systems.paper.settings.files]]
files = "guests*"
kind = "person"
id = "id"
fields.surname = "name"
fields.given_names = "given"
[[systems.paper.settings.files]]
files = "stays*"
kind = "reservation"
id = "id"
fields.status = { constant = "confirmed" }
fields.arrives_on = "from"
fields.departs_on = "to"
fields.holder = "guest"
[systems.druid]
connector = "hoteldruid"
property = "alba"
side = "pms"
"#;
/// Who has a stay.
const GUESTS: [(&str, &str); 3] = [("Perez", "Eva"), ("Ruiz", "Ana"), ("Gil", "Leo")];

on_both_databases!(stays_of_files_are_those_of_hoteldruid, hoteldruid_that_was_imported_first_is_made_one);

/// The hub with its files, and the HotelDruid that holds the same guests and stays.
struct Switch {
    pair: Pair,
    hotel: HotelDruid,
    exports: tempfile::TempDir,
    _secrets: tempfile::TempDir,
}

impl Switch {
    async fn open(backend: Backend) -> Self {
        let flavour = if backend == Backend::Sqlite { Flavour::Sqlite } else { Flavour::Postgres };
        let hotel = HotelDruid::start(flavour).await;
        let secrets = tempfile::tempdir().expect("a folder");
        let connection = hotel.connection(secrets.path());
        let more = format!("{MAPPING}[systems.druid.settings.database]\n{connection}");
        let pair = Pair::open_with(backend, EMPTY, &more).await;
        let switch = Self { pair, hotel, exports: tempfile::tempdir().expect("a folder"), _secrets: secrets };
        switch.fill().await;
        switch
    }

    /// Enters every guest and stay in both; one guest is in the files alone, and one in HotelDruid.
    async fn fill(&self) {
        let (mut guests, mut stays) =
            (String::from("id,name,given\nG9,Old,Olga\n"), String::from("id,from,to,guest\n"));
        let first = NaiveDate::from_ymd_opt(self.hotel.year(), 12, 5).expect("a date");
        for (number, (surname, name)) in (1..).zip(GUESTS) {
            let (arrives, departs) = (first + Days::new(3 * number), first + Days::new(3 * number + 2));
            let by = BookedBy::New(surname, name, &[]);
            self.hotel.book(&NewBooking { by, room: "01", arrives, departs, more: &[] }).await;
            let _ = writeln!(guests, "G{number},{surname},{name}");
            let _ = writeln!(stays, "R{number},{arrives},{departs},G{number}");
        }
        self.hotel.new_guest(&NewGuest { surname: "Spare", name: "Sam", ..NewGuest::default() }).await;
        for (name, text) in [("guests.csv", guests), ("stays.csv", stays)] {
            std::fs::write(self.exports.path().join(name), text).expect("a file");
        }
    }

    async fn run(&self, arguments: &[&str]) -> Vec<Value> {
        let (code, lines, said) = cardex(&self.pair, arguments).await;
        assert_eq!((code, said.as_str()), (0, ""), "{lines:?}");
        lines
    }

    async fn import_files(&self) {
        let folder = self.exports.path().to_str().expect("UTF-8");
        let told = self.run(&["import", "paper", "--from", folder]).await;
        assert_eq!(told[0]["new"], json!(7), "{told:?}");
    }

    /// The ids that HotelDruid's records have for cardex, in the order in which they were entered.
    async fn new_ids(&self, kind: RecordKind) -> Vec<ExternalId> {
        let connector = &self.pair.hub.systems[&SystemId::new("druid")].connector;
        let page = connector.enumerate(kind, None).await.expect("a page");
        let number = |id: &ExternalId| -> u32 {
            let name = id.as_str().split('@').next().and_then(|name| name.rsplit('.').next());
            name.and_then(|number| number.parse().ok()).expect("a number")
        };
        let mut ids: Vec<ExternalId> = page.keys.into_iter().map(|(id, _)| id).collect();
        ids.sort_by_key(number);
        ids
    }

    /// The map of everybody and everything that is in both; its file, and its text.
    async fn map(&self) -> (String, String) {
        let mut text = String::from("kind,paper,druid\n");
        for (kind, letter) in [(RecordKind::Person, 'G'), (RecordKind::Reservation, 'R')] {
            for (number, id) in (1..=GUESTS.len()).zip(self.new_ids(kind).await) {
                let _ = writeln!(text, "{kind},{letter}{number},{id}");
            }
        }
        (self.map_file(&text), text)
    }

    fn map_file(&self, text: &str) -> String {
        let file = self.pair.folder().join("ids.csv");
        std::fs::write(&file, text).expect("a file");
        file.to_str().expect("UTF-8").to_owned()
    }

    /// The links of the stays at a system, oldest first.
    async fn stays(&self, system: &str) -> Vec<Linked> {
        let kind = RecordKind::Reservation;
        let ids = match system {
            "paper" => (1..=GUESTS.len()).map(|number| ExternalId::new(format!("R{number}"))).collect(),
            _ => self.new_ids(kind).await,
        };
        let mut links = Vec::new();
        for id in ids {
            let found = self.pair.hub.store.links(&SystemId::new(system), &[RemoteRef::new(kind, id)]).await;
            links.extend(found.expect("links"));
        }
        links
    }

    /// How many reservations count.
    async fn n_counted(&self) -> u64 {
        let totals = self.pair.hub.store.stay_totals().await.expect("totals");
        totals.iter().map(|total| total.reservations).sum()
    }
}

async fn stays_of_files_are_those_of_hoteldruid(backend: Backend) {
    let switch = Switch::open(backend).await;
    switch.import_files().await;
    let (file, map) = switch.map().await;
    rehearse(&switch, &map).await;

    let file_again = switch.map_file(&map);
    assert_eq!(file, file_again);
    let lines = switch.run(&["import", "druid", "--id-map", &file]).await;
    assert_eq!((&lines[0]["outcome"], &lines[0]["linked"]), (&json!("mapped"), &json!(6)), "{lines:?}");
    assert_eq!(
        (&lines[1]["records"], &lines[1]["new"]),
        (&json!(7), &json!(1)),
        "only the spare guest is new"
    );
    let (old, new) = (switch.stays("paper").await, switch.stays("druid").await);
    let roots = |links: &[Linked]| links.iter().map(|linked| linked.root).collect::<Vec<_>>();
    assert_eq!((roots(&old), old.len()), (roots(&new), 3));
    assert!(old.iter().all(|linked| linked.link.role == Role::Secondary), "the old one still speaks");
    assert!(new.iter().all(|linked| linked.link.role == Role::Primary));
    switch.pair.settle().await;
    assert_eq!(switch.n_counted().await, 3);
    let (persons, stays) = (switch.pair.crm().rows("person"), switch.pair.crm().rows("reservation"));
    assert_eq!((persons.len(), stays.len()), (5, 3), "somebody or something is at the CRM twice");
}

/// A rehearsal tells what would be linked and what could not be, and stores nothing.
async fn rehearse(switch: &Switch, map: &str) {
    let spare = switch.new_ids(RecordKind::Person).await.pop().expect("a guest");
    let wrong = format!("{map}person,NOBODY,{spare}\nperson,G9,777@2020-01-01T10:00:00\n");
    let file = switch.map_file(&wrong);
    let before = (n_stored(&switch.pair).await, switch.stays("druid").await.len());
    let (code, lines, said) =
        cardex(&switch.pair, &["import", "druid", "--id-map", &file, "--dry-run"]).await;
    assert_eq!((code, said.as_str(), lines.len()), (65, "", 1), "{lines:?}");
    let told = &lines[0];
    assert_eq!((&told["outcome"], &told["linked"]), (&json!("planned"), &json!(6)), "{told}");
    let refused = json!([
        {"line": 8, "why": "the hub does not know the old id"},
        {"line": 9, "why": "`druid` does not have the new id"},
    ]);
    assert_eq!(told["refused"], refused);
    assert_eq!((n_stored(&switch.pair).await, switch.stays("druid").await.len()), before);
}

async fn hoteldruid_that_was_imported_first_is_made_one(backend: Backend) {
    let switch = Switch::open(backend).await;
    switch.import_files().await;
    switch.run(&["import", "druid"]).await;
    assert_eq!(switch.n_counted().await, 6, "without a map every stay is there twice");
    let (file, _) = switch.map().await;
    let before = n_stored(&switch.pair).await;
    let planned = switch.run(&["import", "druid", "--id-map", &file, "--dry-run"]).await.remove(0);
    assert_eq!(n_stored(&switch.pair).await, before, "a plan stored something");

    let lines = switch.run(&["import", "druid", "--id-map", &file]).await;
    assert_eq!((&lines[0]["joined"], &lines[0]["chained"]), (&json!(3), &json!(3)), "{lines:?}");
    let counts = |told: &Value| ["linked", "joined", "chained", "known"].map(|key| told[key].clone());
    assert_eq!(counts(&planned), counts(&lines[0]), "what was planned is another thing");
    switch.pair.settle().await;
    assert_eq!(switch.n_counted().await, 3);
    let mut legs: BTreeMap<String, Vec<bool>> = BTreeMap::new();
    for linked in [switch.stays("paper").await, switch.stays("druid").await].concat() {
        let record = switch.pair.hub.store.records(&[linked.root]).await.expect("records").remove(0);
        let chain = record.value(&keys::CHAIN).and_then(cardex::model::Value::as_text).expect("a chain");
        let is_active = record.value(&keys::ACTIVE_LEG) == Some(&cardex::model::Value::Bool(true));
        legs.entry(chain.to_owned()).or_default().push(is_active);
    }
    assert_eq!(legs.len(), 3, "{legs:?}");
    assert!(legs.values().all(|legs| *legs == [false, true]), "{legs:?}");
}
