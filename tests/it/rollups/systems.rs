//! What a CRM hears of roll-ups: what has changed, when it has changed, and nothing else.

use serde_json::{Value, json};
use std::sync::Arc;

use cardex::clock::Clock;
use cardex::demo::declare;
use cardex::demo::server::Served;
use cardex::demo::system::System;
use cardex::import::systems::ConnectorSource;
use cardex::import::{gate, run};
use cardex::model::{OperatorId, SystemId};

use crate::support::hub::Backend;
use crate::support::pair::{EMPTY, Pair, fields};

/// What the club's program can hold beside what the demo's can.
const ROLL_UPS: [&str; 4] = ["stays", "nights", "last_stay_on", "lifetime_value"];

/// A CRM that has fields for roll-ups, beside the pair.
struct Club {
    pair: Pair,
    program: Served,
    _folder: tempfile::TempDir,
}

impl Club {
    async fn open(backend: Backend) -> Self {
        let mut declared = declare::crm();
        let person = declared.pointer_mut("/kinds/person/fields").and_then(Value::as_object_mut);
        let person = person.expect("the fields of a person");
        for field in ROLL_UPS {
            person.insert(field.to_owned(), json!({"read": true, "write": true, "clearable": true}));
        }
        let system = Arc::new(System::new("club", Clock::system()));
        let program = Served::start(system, declared, "club-token".to_owned(), "club-hook".to_owned());
        let program = program.await.expect("a loopback port");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let settings = program.settings(folder.path()).expect("the settings");
        let more = format!(
            "[systems.club]\nconnector = \"open\"\nproperty = \"alba\"\nside = \"crm\"\n\
             creates = [\"person\"]\nsettings = {settings}"
        );
        Self { pair: Pair::open_with(backend, EMPTY, &more).await, program, _folder: folder }
    }

    /// A guest with one stay: his id at the hotel, and that of the stay.
    fn guest(&self) -> (String, String) {
        let hotel = self.pair.hotel();
        let guest = json!({"surname": "García", "given_names": "Ana"});
        let guest = hotel.create("person", "reception", fields(guest));
        let stay = json!({
            "property": "alba", "number": "1", "status": "checked_out", "channel": "web",
            "arrives_on": "2026-05-01", "departs_on": "2026-05-04",
            "holder": {"kind": "person", "id": guest}, "total": {"amount_minor": 12_000, "currency": "EUR"},
        });
        (guest, hotel.create("reservation", "reception", fields(stay)))
    }

    fn edit(&self, stay: &str, change: Value) {
        assert!(self.pair.hotel().edit("reservation", stay, "reception", fields(change)));
    }

    /// The only person at the club, and how often he was changed.
    fn member(&self) -> (Value, i64) {
        let rows = self.program.system.rows("person");
        let [row] = rows.as_slice() else { panic!("not one person: {}", rows.len()) };
        (json!(row.fields), row.version)
    }
}

#[tokio::test]
async fn a_crm_hears_of_roll_ups_only_when_they_change() {
    let club = Club::open(Backend::Sqlite).await;
    let (_, stay) = club.guest();
    club.pair.settle().await;
    let (member, version) = club.member();
    assert_eq!((&member["stays"], &member["nights"]), (&json!(1), &json!(3)), "{member}");
    assert_eq!(member["last_stay_on"], "2026-05-04");
    assert!(member["lifetime_value"].to_string().contains("12000"), "{member}");

    club.edit(&stay, json!({"remarks": "late"}));
    club.pair.settle().await;
    assert_eq!(club.member().1, version, "nothing of the guest has changed");

    club.edit(&stay, json!({"departs_on": "2026-05-06"}));
    club.pair.settle().await;
    let (member, later) = club.member();
    assert_eq!((&member["nights"], &member["last_stay_on"]), (&json!(5), &json!("2026-05-06")));
    assert!(later > version);

    club.edit(&stay, json!({"status": "cancelled"}));
    club.pair.settle().await;
    let (member, _) = club.member();
    assert_eq!(member["stays"], json!(0), "{member}");
}

#[tokio::test]
async fn roll_ups_of_an_import_wait_before_a_crm_that_has_people() {
    let club = Club::open(Backend::Sqlite).await;
    club.program.system.create("person", "newsletter", fields(json!({"surname": "Somebody"})));
    club.guest();
    let pms = &club.pair.hub.systems[&SystemId::new("pms")];
    let wish = run::Wish {
        source: "system",
        subscribes: true,
        restarts: false,
        is_released: false,
        total: None,
        rejects: club.pair.folder().join("rejects.jsonl"),
    };
    let source = Box::new(ConnectorSource::new(Arc::clone(pms)));
    let report = run::run(&club.pair.hub, pms, source, &wish, &mut |_| {}).await.expect("an import");
    let held: Vec<&SystemId> = report.held.iter().map(|(system, _)| system).collect();
    assert_eq!(held, [&SystemId::new("club")]);
    let counted = cardex::rollup::work(&club.pair.hub, None).await.expect("it counts");
    assert_eq!(counted.persons, 0, "the import has counted everybody");
    club.pair.settle().await;
    assert_eq!(club.program.system.rows("person").len(), 1, "what waits has gone out");

    gate::release(&club.pair.hub, &pms.id, &OperatorId::new("ana")).await.expect("it is let go");
    club.pair.settle().await;
    let members = club.program.system.rows("person");
    assert!(members.iter().any(|row| row.fields.get("stays") == Some(&json!(1))), "{}", members.len());
}
