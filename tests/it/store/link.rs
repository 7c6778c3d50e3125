//! Links: what goes in comes out, one link per id, one primary per record and system.

use std::sync::Arc;

use cardex::model::document::{Held, Seen};
use cardex::model::ids::LinkId;
use cardex::model::link::{Blocked, SourceVersion};
use cardex::model::record::Evidence;
use cardex::model::{
    Cell, CellSet, Document, ExternalId, Link, LinkLife, Provenance, Record, RecordKind, RemoteRef, Role,
    Rule, Shadow, ShadowField, Value, keys,
};
use cardex::store::{Commit, StoreError};
use uuid::Uuid;

use super::{at, commit, crm, link, person, pms, record_id, store_all, stored, stored_link};
use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(
    link_keeps_everything,
    every_life_is_kept,
    links_are_found_by_what_they_point_at,
    stale_link_is_a_conflict,
    one_id_has_one_link,
    one_record_has_one_primary_link_per_system,
    ended_primary_gives_up_its_place,
    link_needs_its_record,
    sweeps_see_ids_in_byte_order,
    hashes_leave_out_what_is_gone,
    stays_are_found_by_their_days,
);

async fn link_keeps_everything(hub: Hub) {
    let record = person();
    let blocked = Blocked { target: Seen::Empty, reason: "too long".to_owned() };
    let field = ShadowField {
        known: Seen::one(Value::Text("Pérez".to_owned())),
        lossy: true,
        blocked: Some(blocked),
    };
    let full = Link {
        role: Role::Secondary,
        source_version: Some(SourceVersion::Token("W/\"1\"".into())),
        epoch: 9,
        sent: Some(Document::new().with(keys::SURNAME, Seen::Empty)),
        source_hash: Some(-5),
        slot: Some("12".into()),
        seen_at: Some(at(5)),
        shadow: Shadow([(keys::SURNAME, field)].into_iter().collect()),
        ..link(&record, &pms(), "12@2026")
    };
    store_all(&hub.store, std::slice::from_ref(&record), std::slice::from_ref(&full)).await;
    let first = stored_link(&hub.store, &full).await;
    assert_eq!(first, Link { version: 1, ..full });
    let plain = Link {
        role: Role::Primary,
        source_version: Some(SourceVersion::Number(i64::MAX)),
        epoch: 10,
        sent: None,
        source_hash: None,
        slot: None,
        seen_at: None,
        shadow: Shadow::default(),
        external_id: Some("12@2027".into()),
        ..first
    };
    hub.store.commit(Commit { links: vec![plain.clone()], ..commit() }).await.expect("it changes");
    assert_eq!(stored_link(&hub.store, &plain).await, Link { version: 2, ..plain });
}

async fn every_life_is_kept(hub: Hub) {
    let record = person();
    let creating = Link::creating(LinkId::new(Uuid::now_v7()), record.id, pms(), record.kind);
    store_all(&hub.store, std::slice::from_ref(&record), std::slice::from_ref(&creating)).await;
    let mut link = stored_link(&hub.store, &creating).await;
    assert_eq!(link.life, LinkLife::Creating);
    let lives = [
        LinkLife::Live,
        LinkLife::Suspect(3),
        LinkLife::Gone,
        LinkLife::MergedInto("other".into()),
        LinkLife::Quarantined,
        LinkLife::Erased,
    ];
    for life in lives {
        let next = Link { life: life.clone(), external_id: Some("1".into()), ..link };
        hub.store.commit(Commit { links: vec![next.clone()], ..commit() }).await.expect("it changes");
        link = stored_link(&hub.store, &next).await;
        assert_eq!(link.life, life);
    }
}

async fn links_are_found_by_what_they_point_at(hub: Hub) {
    let (one, two) = (person(), person());
    let mut at_pms = link(&one, &pms(), "1");
    at_pms.slot = Some("s".into());
    let links = [at_pms.clone(), link(&one, &crm(), "1"), link(&two, &pms(), "2")];
    store_all(&hub.store, &[one.clone(), two.clone()], &links).await;
    let subjects = [
        RemoteRef::new(RecordKind::Person, "1"),
        RemoteRef::new(RecordKind::Company, "2"),
        RemoteRef::new(RecordKind::Person, "3"),
    ];
    let found = hub.store.links(&pms(), &subjects).await.expect("reads");
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].link.id, found[0].root), (at_pms.id, one.id));
    assert_eq!(hub.store.links_of(&[one.id], None).await.expect("reads").len(), 2);
    assert_eq!(hub.store.links_of(&[one.id, two.id], Some(&pms())).await.expect("reads").len(), 2);
    let by_slot = hub.store.links_by_slot(&pms(), RecordKind::Person, &["s", "t"]).await.expect("reads");
    assert_eq!(by_slot.len(), 1);
    assert_eq!(by_slot[0].link.id, at_pms.id);
}

async fn stale_link_is_a_conflict(hub: Hub) {
    let record = person();
    let link = link(&record, &pms(), "1");
    store_all(&hub.store, std::slice::from_ref(&record), std::slice::from_ref(&link)).await;
    let read = stored_link(&hub.store, &link).await;
    let step = |link: &Link| Commit { links: vec![link.clone()], ..commit() };
    hub.store.commit(step(&read)).await.expect("the version fits");
    for stale in [read, Link { version: 0, ..link.clone() }, Link { version: 7, ..link }] {
        let error = hub.store.commit(step(&stale)).await.expect_err("the version is not the stored one");
        assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    }
}

async fn one_id_has_one_link(hub: Hub) {
    let (one, two) = (person(), person());
    store_all(&hub.store, &[one.clone(), two.clone()], &[link(&one, &pms(), "1")]).await;
    let twin = Commit { links: vec![link(&two, &pms(), "1")], ..commit() };
    let error = hub.store.commit(twin).await.expect_err("the id is linked");
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
}

async fn one_record_has_one_primary_link_per_system(hub: Hub) {
    let record = person();
    let creating = Link::creating(LinkId::new(Uuid::now_v7()), record.id, pms(), record.kind);
    store_all(&hub.store, std::slice::from_ref(&record), std::slice::from_ref(&creating)).await;
    let twin = Link { id: LinkId::new(Uuid::now_v7()), ..creating };
    let error = hub.store.commit(Commit { links: vec![twin.clone()], ..commit() }).await;
    assert!(
        matches!(error, Err(StoreError::Conflict { .. })),
        "two workers create one counterpart: {error:?}"
    );
    let second = Link { role: Role::Secondary, ..link(&record, &pms(), "2") };
    hub.store.commit(Commit { links: vec![second], ..commit() }).await.expect("a second one is secondary");
}

async fn ended_primary_gives_up_its_place(hub: Hub) {
    let record = person();
    let (old, spare) = (link(&record, &pms(), "1"), link(&record, &pms(), "2"));
    let spare = Link { role: Role::Secondary, ..spare };
    store_all(&hub.store, std::slice::from_ref(&record), &[old.clone(), spare.clone()]).await;
    let gone = Link { life: LinkLife::Gone, ..stored_link(&hub.store, &old).await };
    let promoted = Link { role: Role::Primary, ..stored_link(&hub.store, &spare).await };
    // Whichever order the caller has them in.
    let swap = Commit { links: vec![promoted.clone(), gone.clone()], ..commit() };
    hub.store.commit(swap).await.expect("the places are swapped");
    let back = Link { life: LinkLife::Live, role: Role::Secondary, ..stored_link(&hub.store, &gone).await };
    hub.store.commit(Commit { links: vec![back], ..commit() }).await.expect("a gone id comes back");
    assert_eq!(stored_link(&hub.store, &promoted).await.role, Role::Primary);
}

async fn link_needs_its_record(hub: Hub) {
    let orphan = Commit { links: vec![link(&person(), &pms(), "1")], ..commit() };
    let error = hub.store.commit(orphan).await.expect_err("the record is not there");
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
}

async fn sweeps_see_ids_in_byte_order(hub: Hub) {
    let ids = ["b", "a-1", "A", "a1", "é", "a_1", "10", "9", "gone"];
    let records: Vec<_> = ids.iter().map(|_| person()).collect();
    let mut links: Vec<_> = records.iter().zip(ids).map(|(record, id)| link(record, &pms(), id)).collect();
    links[8].life = LinkLife::Gone;
    links[0].life = LinkLife::Suspect(1);
    store_all(&hub.store, &records, &links).await;
    let mut seen = Vec::new();
    let mut after: Option<ExternalId> = None;
    loop {
        let page = hub.store.live_links(&pms(), RecordKind::Person, after.as_ref(), 3).await.expect("reads");
        let Some(last) = page.last() else { break };
        after = Some(last.0.clone());
        seen.extend(page.into_iter().map(|(id, _, _)| id));
    }
    let mut expected: Vec<ExternalId> = ids[..8].iter().map(|id| ExternalId::new(*id)).collect();
    expected.sort();
    assert_eq!(seen, expected);
    assert_eq!(hub.store.count_live(&pms(), RecordKind::Person).await.expect("counts"), 8);
    assert_eq!(hub.store.count_live(&crm(), RecordKind::Person).await.expect("counts"), 0);
}

async fn hashes_leave_out_what_is_gone(hub: Hub) {
    let records: Vec<_> = (0..3).map(|_| person()).collect();
    let hashed = |index: usize, id: &str, life: LinkLife, hash| Link {
        life,
        source_hash: hash,
        ..link(&records[index], &pms(), id)
    };
    let links = [
        hashed(0, "live", LinkLife::Live, Some(1)),
        hashed(1, "gone", LinkLife::Gone, Some(2)),
        hashed(2, "never swept", LinkLife::Live, None),
    ];
    store_all(&hub.store, &records, &links).await;
    let ids: Vec<ExternalId> = ["live", "gone", "never swept", "unknown"].map(ExternalId::new).into();
    let found = hub.store.source_hashes(&pms(), RecordKind::Person, &ids).await.expect("reads");
    assert_eq!(found, [(ExternalId::new("live"), 1)].into());
}

async fn stays_are_found_by_their_days(hub: Hub) {
    let staying = |(from, to): (&str, &str)| {
        let provenance = Provenance {
            system: None,
            observation: None,
            actor: None,
            rule: Rule::FirstContact,
            at: at(0),
            evidence: Evidence { after: None, until: at(0) },
        };
        let provenance = Arc::new(provenance);
        let cell = |date: &str| {
            let date = Value::Date(date.parse().expect("a date"));
            CellSet::One(Cell {
                value: Some(Held::new(date)),
                provenance: Arc::clone(&provenance),
                pinned_by: None,
            })
        };
        let mut record = Record::new(record_id(), RecordKind::Reservation);
        record.fields.insert(keys::ARRIVES_ON, cell(from));
        record.fields.insert(keys::DEPARTS_ON, cell(to));
        record
    };
    let of = [("2026-02-27", "2026-03-01"), ("2026-03-01", "2026-03-02"), ("2026-02-27", "2026-03-01")];
    let records = of.map(staying);
    let links = [
        link(&records[0], &pms(), "1"),
        link(&records[1], &pms(), "2"),
        Link { life: LinkLife::Gone, ..link(&records[2], &pms(), "3") },
        link(&records[0], &crm(), "4"),
    ];
    store_all(&hub.store, &records, &links).await;
    let date = "2026-03-01".parse().expect("a date");
    let stay = |id| [RemoteRef::new(RecordKind::Reservation, id)];
    assert_eq!(hub.store.departures(&pms(), date).await.expect("reads"), stay("1"));
    assert_eq!(hub.store.arrivals(&pms(), date).await.expect("reads"), stay("2"));
    let mut moved = stored(&hub.store, records[1].id).await;
    moved.fields.clone_from(&records[0].fields);
    hub.store.commit(Commit { records: vec![moved], ..commit() }).await.expect("it changes");
    assert_eq!(hub.store.departures(&pms(), date).await.expect("reads").len(), 2);
    assert_eq!(hub.store.arrivals(&pms(), date).await.expect("reads"), []);
}
