//! Nobody sleeps at two hotels in one night.

use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

use cardex::config::{Config, Sources};
use cardex::daemon::build;
use cardex::hub::Matching;
use cardex::matching::explain;
use cardex::model::review::Band;
use cardex::model::value::Choice;
use cardex::model::{CellSet, Record, RecordId, RecordKind, Reference, Value, keys};
use cardex::store::Recount;

use super::people::{Guest, cell};
use super::world::World;
use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(
    who_was_at_two_hotels_in_one_night_is_two,
    what_is_no_night_at_two_hotels_parts_nobody,
    a_third_profile_joins_nobody_who_was_elsewhere,
    a_document_asks_an_operator_nevertheless,
    who_books_for_others_was_not_there,
);

/// A reservation in short.
#[derive(Clone)]
struct Stay {
    hotel: &'static str,
    status: &'static str,
    from: &'static str,
    until: &'static str,
    left: &'static str,
}

/// Four nights at one hotel, and the two in their middle at another.
const LONG: Stay =
    Stay { hotel: "ALBA", status: "checked_out", from: "2026-05-10", until: "2026-05-14", left: "" };
const SHORT: Stay = Stay { hotel: "MAR", from: "2026-05-11", until: "2026-05-13", ..LONG };

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

impl Stay {
    /// The record with the fields of this stay.
    fn put(&self, mut record: Record, holder: RecordId) -> Record {
        let left: Option<DateTime<Utc>> =
            (!self.left.is_empty()).then(|| day(self.left).and_hms_opt(9, 0, 0).expect("a time").and_utc());
        let fields = [
            (keys::PROPERTY, Some(Value::Text(self.hotel.into()))),
            (keys::STATUS, Some(Value::Choice(Choice::Known(self.status.into())))),
            (keys::ARRIVES_ON, Some(Value::Date(day(self.from)))),
            (keys::DEPARTS_ON, Some(Value::Date(day(self.until)))),
            (keys::HOLDER, Some(Value::Reference(Reference::Record(RecordKind::Person, holder)))),
            (keys::CHECKED_OUT_AT, left.map(Value::Instant)),
        ];
        for (key, value) in fields {
            record.fields.remove(&key);
            record.fields.extend(value.map(|value| (key, CellSet::One(cell(value)))));
        }
        record
    }
}

/// Has somebody stay; the reservation.
async fn stays(world: &World, stay: &Stay, holder: RecordId) -> RecordId {
    let id = RecordId::new(Uuid::now_v7());
    world.store(stay.put(Record::new(id, RecordKind::Reservation), holder)).await;
    id
}

/// Changes a reservation.
async fn changes(world: &World, reservation: RecordId, stay: &Stay, holder: RecordId) {
    world.store(stay.put(world.record(reservation).await, holder)).await;
}

fn ana() -> Guest {
    Guest {
        given: "Ana".into(),
        surname: "Garmonez".into(),
        email: "ana.garmonez@example.com".into(),
        country: "ES".into(),
        ..Guest::default()
    }
}

/// Who is proposed together, found by what has changed; a scan finds the same.
async fn proposed(world: &World) -> Vec<Vec<RecordId>> {
    world.work().await;
    let on_change = groups(world).await;
    world.scan().await;
    assert_eq!(groups(world).await, on_change, "a scan finds the same");
    on_change
}

async fn groups(world: &World) -> Vec<Vec<RecordId>> {
    let open = world.open().await.into_iter();
    let mut groups: Vec<Vec<RecordId>> = open
        .map(|(_, mut members, _)| {
            members.sort();
            members
        })
        .collect();
    groups.sort();
    groups
}

async fn who_was_at_two_hotels_in_one_night_is_two(hub: Hub) {
    let mut world = World::of(hub);
    let ids = world.add(&[ana(), ana()], Recount::Soon).await;
    stays(&world, &LONG, ids[0]).await;
    assert_eq!(proposed(&world).await, std::slice::from_ref(&ids));
    let other = stays(&world, &SHORT, ids[1]).await;
    assert!(proposed(&world).await.is_empty(), "it is withdrawn");
    let both = [ids[0], ids[1]];
    let explained = explain(&world.hub.store, world.now().date_naive(), both).await.expect("it explains");
    assert!(explained.expect("both are known").were_at_two_hotels);
    for status in ["cancelled", "no_show", "confirmed"] {
        changes(&world, other, &Stay { status, ..SHORT }, ids[1]).await;
        assert_eq!(proposed(&world).await, std::slice::from_ref(&ids), "{status}: nobody was there");
        changes(&world, other, &Stay { status: "in_house", ..SHORT }, ids[1]).await;
        assert!(proposed(&world).await.is_empty(), "somebody is there");
    }
    let somebody = world.add(&[Guest { given: "Uwe".into(), ..Guest::default() }], Recount::Soon).await;
    changes(&world, other, &SHORT, somebody[0]).await;
    assert_eq!(proposed(&world).await, [ids], "it was somebody else");
}

async fn what_is_no_night_at_two_hotels_parts_nobody(hub: Hub) {
    let mut world = World::of(hub);
    let ids = world.add(&[ana(), ana()], Recount::Soon).await;
    stays(&world, &LONG, ids[0]).await;
    let other = stays(&world, &SHORT, ids[1]).await;
    assert!(proposed(&world).await.is_empty());
    let cases = [
        ("one hotel", Stay { hotel: "ALBA", ..SHORT }),
        ("from one to the other", Stay { from: "2026-05-14", until: "2026-05-16", ..SHORT }),
        ("no night at all", Stay { until: "2026-05-11", ..SHORT }),
        ("gone before", Stay { from: "2026-05-08", until: "2026-05-12", left: "2026-05-10", ..SHORT }),
    ];
    for (case, stay) in cases {
        changes(&world, other, &stay, ids[1]).await;
        assert_eq!(proposed(&world).await, std::slice::from_ref(&ids), "{case}");
    }
}

async fn a_third_profile_joins_nobody_who_was_elsewhere(hub: Hub) {
    let mut world = World::of(hub);
    let ids = world.add(&[ana(), ana(), Guest { given: "ANA".into(), ..ana() }], Recount::Soon).await;
    assert_eq!(proposed(&world).await, std::slice::from_ref(&ids));
    stays(&world, &LONG, ids[0]).await;
    stays(&world, &SHORT, ids[1]).await;
    let [group] = &proposed(&world).await[..] else { panic!("one of them is proposed with the third") };
    assert_eq!(group.len(), 2, "{group:?}");
    assert!(group.contains(&ids[2]));
}

/// The settings of a hotel that compares documents and has made one what is certain.
fn certain(world: &World) -> Arc<Matching> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("cardex.toml");
    std::fs::write(&file, "[duplicates]\nmerge_identity = true\n").expect("the configuration");
    let sources = Sources { file: Some(file), env: BTreeMap::new() };
    let config = Config::load(&sources).unwrap_or_else(|error| panic!("{error}"));
    let hub = build::connect(&config, BTreeMap::new(), world.hub.store.clone(), world.hub.clock.clone());
    hub.unwrap_or_else(|error| panic!("{error:#}")).matching
}

async fn a_document_asks_an_operator_nevertheless(hub: Hub) {
    let mut world = World::of(hub);
    world.hub.matching = certain(&world);
    let berta = Guest { given: "Berta".into(), surname: "Zubiquesal".into(), ..Guest::default() };
    let mut ids = Vec::new();
    for (guest, number) in
        [(ana(), "45678912S"), (ana(), "45678912S"), (berta.clone(), "53219876S"), (berta, "53219876S")]
    {
        let mut record = guest.record();
        record.fields.insert(keys::TAX_ID, CellSet::One(cell(Value::Text(number.into()))));
        ids.push(record.id);
        world.store(record).await;
    }
    stays(&world, &LONG, ids[0]).await;
    stays(&world, &SHORT, ids[1]).await;
    stays(&world, &LONG, ids[2]).await;
    stays(&world, &LONG, ids[3]).await;
    assert_eq!(proposed(&world).await, [ids[..2].to_vec()], "an operator is asked");
    let bands: Vec<Band> = world.open().await.into_iter().map(|(_, _, band)| band).collect();
    assert_eq!(bands, [Band::Strong]);
    let merged = world.hub.store.decided_proposals(10).await.expect("reviews");
    assert_eq!(merged.len(), 1, "who was at one hotel is made one without asking");
}

async fn who_books_for_others_was_not_there(hub: Hub) {
    let mut world = World::of(hub);
    let ids = world.add(&[ana(), ana(), Guest { given: "Uwe".into(), ..ana() }], Recount::Soon).await;
    stays(&world, &LONG, ids[0]).await;
    let family = SHORT.put(Record::new(RecordId::new(Uuid::now_v7()), RecordKind::Reservation), ids[2]);
    let booker = Value::Reference(Reference::Record(RecordKind::Person, ids[1]));
    let mut family = family;
    family.fields.insert(keys::BOOKER, CellSet::One(cell(booker)));
    world.store(family).await;
    assert_eq!(proposed(&world).await, [ids[..2].to_vec()]);
}
