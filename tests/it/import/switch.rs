//! A hotel changes its PMS: what the new one remembers is what the old one has told, and no stay is there twice.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::command::cardex;
use super::rig::{by_interface, import};
use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::{EMPTY, Pair};
use cardex::clock::Clock;
use cardex::daemon::once;
use cardex::demo::Demo;
use cardex::demo::cardex::Size;
use cardex::hub::Hub;
use cardex::model::{CellSet, FieldKey, RecordId, RecordKind, RemoteRef, Role, StayTotal, SystemId, keys};
use cardex::store::Linked;

const HOTEL: Size = Size { guests: 25, subscribers: 0, ..Size::SMALL };
/// The kinds of a hotel's records, what is referred to first.
const KINDS: [RecordKind; 4] =
    [RecordKind::Company, RecordKind::Agency, RecordKind::Person, RecordKind::Reservation];

on_both_databases!(new_pms_tells_again_what_the_old_one_told, new_pms_that_was_imported_first_is_made_one);

/// The old PMS, the CRM and the hub, and the new PMS beside them, empty yet.
struct Switch {
    pair: Pair,
    new: Demo,
    _folder: tempfile::TempDir,
}

impl Switch {
    async fn open(backend: Backend) -> Self {
        let new = Demo::start(9, EMPTY, Clock::system()).await.expect("two loopback ports");
        for kind in KINDS.map(RecordKind::name) {
            let rows = new.hotel.system.rows(kind);
            assert!(rows.iter().all(|row| new.hotel.system.delete(kind, &row.id, "nobody")));
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let settings = new.hotel.settings(folder.path()).expect("the settings");
        let more = format!(
            "[systems.opera]\nconnector = \"open\"\nproperty = \"alba\"\nside = \"pms\"\nsettings = {settings}"
        );
        Self { pair: Pair::open_with(backend, HOTEL, &more).await, new, _folder: folder }
    }

    /// Carries everything over to the new PMS, where it gets other ids and bookings other numbers; gives the map.
    fn migrate(&self) -> String {
        let mut map = String::from("kind;old;new\n");
        let mut ids: BTreeMap<(String, String), String> = BTreeMap::new();
        for kind in KINDS {
            for row in self.pair.hotel().rows(kind.name()) {
                let mut fields: Map<String, Value> = row.fields.clone().into_iter().collect();
                fields.values_mut().for_each(|value| translate(value, &ids));
                if let Some(number) = fields.get_mut("number") {
                    *number = json!(format!("N{}", row.id));
                }
                let id = self.new.hotel.system.create(kind.name(), "migration", fields);
                let _ = writeln!(map, "{kind};{};{id}", row.id);
                ids.insert((kind.name().to_owned(), row.id), id);
            }
        }
        map
    }

    async fn run(&self, arguments: &[&str]) -> Vec<Value> {
        let (code, lines, said) = cardex(&self.pair, arguments).await;
        assert_eq!((code, said.as_str()), (0, ""), "{lines:?}");
        lines
    }

    fn map_file(&self, map: &str) -> String {
        let file = self.pair.folder().join("ids.csv");
        std::fs::write(&file, map).expect("a file");
        file.to_str().expect("UTF-8").to_owned()
    }

    /// What the hub says of the stays: the control totals, and the roll-ups of every guest under his old id.
    async fn truth(&self) -> (Vec<StayTotal>, BTreeMap<String, String>) {
        let mut totals = self.pair.hub.store.stay_totals().await.expect("totals");
        totals.sort_by_key(|total| format!("{total:?}"));
        let mut roll_ups = BTreeMap::new();
        for Linked { link, root } in self.links("pms", RecordKind::Person).await {
            let record = self.pair.hub.store.records(&[root]).await.expect("records").remove(0);
            let mut text = String::new();
            for field in
                [keys::STAYS, keys::NIGHTS, keys::LAST_STAY_ON, keys::LIFETIME_VALUE, keys::DIRECT_SHARE]
            {
                let _ = write!(text, "{} ", value(record.fields.get(&field), &field));
            }
            roll_ups.insert(link.external_id.expect("an id").to_string(), text);
        }
        (totals, roll_ups)
    }

    async fn links(&self, system: &str, kind: RecordKind) -> Vec<Linked> {
        let of = if system == "pms" { self.pair.hotel() } else { &*self.new.hotel.system };
        let refs: Vec<RemoteRef> =
            of.rows(kind.name()).iter().map(|row| RemoteRef::new(kind, row.id.as_str())).collect();
        self.pair.hub.store.links(&SystemId::new(system), &refs).await.expect("links")
    }

    /// The hub of a configuration in which the old PMS is not any more.
    fn without_the_old(&self) -> Hub {
        let (mut rules, old) = ((*self.pair.hub.rules).clone(), SystemId::new("pms"));
        rules.systems.remove(&old);
        let mut systems = (*self.pair.hub.systems).clone();
        systems.remove(&old);
        Hub { rules: Arc::new(rules), systems: Arc::new(systems), ..self.pair.hub.clone() }
    }
}

fn value(cells: Option<&CellSet>, field: &FieldKey) -> String {
    match cells {
        None => format!("{field}: none"),
        Some(CellSet::One(cell)) => serde_json::to_string(&cell.value).expect("JSON"),
        Some(CellSet::Many(cells)) => {
            let one = |cell: &cardex::model::Cell| serde_json::to_string(&cell.value).expect("JSON");
            cells.values().map(one).collect::<Vec<_>>().join(" ")
        }
    }
}

/// References by the ids of the new PMS.
fn translate(value: &mut Value, ids: &BTreeMap<(String, String), String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| translate(item, ids)),
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            match ids.get(&(text("kind"), text("id"))) {
                Some(id) => drop(members.insert("id".to_owned(), json!(id))),
                None => members.values_mut().for_each(|member| translate(member, ids)),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

async fn new_pms_tells_again_what_the_old_one_told(backend: Backend) {
    let switch = Switch::open(backend).await;
    import(&switch.pair, by_interface(&switch.pair)).await.expect("an import");
    let before = switch.truth().await;
    assert!(
        before.1.values().any(|text| text.starts_with(|digit: char| matches!(digit, '1'..='9'))),
        "{before:?}"
    );
    let records = n_records(&switch).await;

    let file = switch.map_file(&switch.migrate());
    let lines = switch.run(&["import", "opera", "--id-map", &file]).await;
    assert_eq!((&lines[0]["outcome"], &lines[0]["instead_of"]), (&json!("mapped"), &json!("pms")));
    assert_eq!(lines[0]["linked"], json!(records), "{lines:?}");
    assert_eq!((&lines[1]["outcome"], &lines[1]["new"]), (&json!("imported"), &json!(0)), "{lines:?}");
    assert_eq!(switch.truth().await, before, "the new PMS has changed what the hub says of the stays");
    assert_eq!(n_records(&switch).await, records, "something is there twice");
    for kind in KINDS {
        let (old, new) = (switch.links("pms", kind).await, switch.links("opera", kind).await);
        assert!(old.iter().all(|linked| linked.link.role == Role::Secondary), "{kind}: the old one stays");
        assert!(new.iter().all(|linked| linked.link.role == Role::Primary), "{kind}");
        let roots = |links: Vec<Linked>| {
            links.into_iter().map(|linked| linked.root).collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(roots(old), roots(new), "{kind}");
    }
    let again = switch.run(&["import", "opera", "--id-map", &file]).await;
    assert_eq!((&again[0]["linked"], &again[0]["known"]), (&json!(0), &json!(records)), "{again:?}");

    // From now on the new PMS speaks for the stays, under its own numbers; the old one is out of the configuration.
    let hub = switch.without_the_old();
    let systems: Vec<_> = hub.systems.values().map(Arc::clone).collect();
    for _ in 0..3 {
        for (id, cycle) in once::cycle(&hub, &systems).await {
            assert!(cycle.failure.is_none(), "{id}: {:?}", cycle.failure);
        }
    }
    assert_eq!(switch.truth().await, before);
    let reviews =
        hub.store.open_reviews(&cardex::store::ReviewFilter::default(), 100).await.expect("reviews");
    assert!(reviews.is_empty(), "somebody is asked about {} values", reviews.len());
    let bookings = switch.links("opera", RecordKind::Reservation).await;
    let ids: Vec<RecordId> = bookings.iter().map(|linked| linked.root).collect();
    for record in hub.store.records(&ids).await.expect("records") {
        let number = record.value(&keys::NUMBER).and_then(cardex::model::Value::as_text).unwrap_or_default();
        assert!(number.starts_with('N'), "the number of the old PMS stays: {number}");
    }
}

async fn new_pms_that_was_imported_first_is_made_one(backend: Backend) {
    let switch = Switch::open(backend).await;
    import(&switch.pair, by_interface(&switch.pair)).await.expect("an import");
    let (before, records) = (switch.truth().await, n_records(&switch).await);
    let map = switch.migrate();
    switch.run(&["import", "opera"]).await;
    assert_ne!(switch.truth().await, before, "without a map every stay is there twice");

    let file = switch.map_file(&map);
    let lines = switch.run(&["import", "opera", "--id-map", &file]).await;
    let stays = switch.pair.hotel().rows("reservation").len();
    assert_eq!(lines[0]["chained"], json!(stays), "{lines:?}");
    assert_eq!(lines[0]["joined"], json!(records - stays), "{lines:?}");
    assert_eq!(switch.truth().await, before);
    let again = switch.run(&["import", "opera", "--id-map", &file]).await;
    assert_eq!((&again[0]["known"], &again[0]["refused"]), (&json!(records), &json!([])), "{again:?}");
    legs(&switch).await;

    let wrong = switch.map_file("kind,pms,opera\nperson,nobody,1\n");
    let (code, lines, said) = cardex(&switch.pair, &["import", "opera", "--id-map", &wrong]).await;
    assert_eq!((code, said.as_str()), (65, ""), "{lines:?}");
    assert_eq!(lines[0]["refused"], json!([{"line": 2, "why": "`opera` does not have the new id"}]));
    let broken = switch.map_file("kind,old,new\nperson,,1\n");
    let (code, _, said) = cardex(&switch.pair, &["import", "opera", "--id-map", &broken]).await;
    assert_eq!(code, 65);
    assert!(said.contains("ids.csv`, line 2: the old id is missing"), "{said}");
}

/// Every chain has two legs, and the new PMS's is the active one.
async fn legs(switch: &Switch) {
    let mut legs: BTreeMap<String, Vec<(bool, bool)>> = BTreeMap::new();
    for (system, is_new) in [("pms", false), ("opera", true)] {
        let ids: Vec<RecordId> =
            switch.links(system, RecordKind::Reservation).await.iter().map(|linked| linked.root).collect();
        for record in switch.pair.hub.store.records(&ids).await.expect("records") {
            let chain = record.value(&keys::CHAIN).and_then(cardex::model::Value::as_text).expect("a chain");
            let is_active = record.value(&keys::ACTIVE_LEG) == Some(&cardex::model::Value::Bool(true));
            legs.entry(chain.to_owned()).or_default().push((is_new, is_active));
            let is_mailable = record.value(&keys::MAILABLE) == Some(&cardex::model::Value::Bool(true));
            assert!(is_active || !is_mailable, "a mail about a leg that has stepped back");
        }
    }
    assert!(legs.values().all(|legs| *legs == [(false, false), (true, true)]), "{legs:?}");
}

/// How many records the hub has that are in use.
async fn n_records(switch: &Switch) -> usize {
    let mut n = 0;
    for kind in KINDS {
        n += switch.pair.hub.store.live_records(kind, None, 10_000).await.expect("records").len();
    }
    n
}
