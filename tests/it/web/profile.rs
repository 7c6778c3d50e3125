//! The page of a profile.

use cardex::hub::Hub;
use cardex::model::journal::Event;
use cardex::model::value::{Choice, Special};
use cardex::model::{CellSet, Element, Life, OperatorRole, RecordId, Value, keys};
use cardex::store::{Commit, Recount};
use reqwest::StatusCode;

use super::site::Site;
use crate::matching::people::{Guest, cell};
use crate::matching::world::World;
use crate::search::{guest, keep};
use crate::support::hub::{Hub as Memory, on_both_databases};

on_both_databases!(
    everything_hangs_on_the_root,
    protected_data_is_shown_only_to_who_may_and_that_is_written_down,
    hostile_values_in_every_field_are_text,
);

/// Gives a profile a passport with this number.
pub(crate) async fn passport(hub: &Hub, id: RecordId, number: &str) {
    let mut record = hub.store.records(&[id]).await.expect("records").remove(0);
    let parts = [
        ("kind".into(), Value::Choice(Choice::Known("passport".into()))),
        ("number".into(), Value::Text(number.into())),
    ];
    let sealed = Value::Special(Special::seal(Value::entry(parts)));
    let cells = CellSet::Many([(Element::new("1"), cell(sealed))].into_iter().collect());
    record.fields.insert(keys::IDENTITY_DOCUMENTS, cells);
    let commit = Commit { now: hub.clock.now(), records: vec![record], ..Commit::default() };
    hub.store.commit(commit).await.expect("a commit");
}

async fn everything_hangs_on_the_root(memory: Memory) {
    let mut world = World::of(memory);
    let one = Guest {
        email: "itziar@example.org".into(),
        birth: "1971-03-09".into(),
        ..guest("Itziar", "Etxeberria")
    };
    let ids = world.add(&[one, guest("Itzi", "Zubiri")], Recount::Soon).await;
    world.set_life(ids[1], Life::MergedInto(ids[0])).await;
    let holder = [(&keys::HOLDER, cardex::model::RecordKind::Person, ids[1])];
    let stays = (0..30).map(|nth| crate::search::stay(&format!("R{nth}"), &holder)).collect();
    crate::search::put(&world, stays).await;
    let site = Site::open(world.hub.clone()).await;
    let mut viewer = site.of(OperatorRole::Viewer).await;
    let page = viewer.get(&format!("/desk/profiles/{}", ids[1])).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.texts("h1"), ["Itziar Etxeberria"], "an alias leads to its root");
    assert!(page.texts(".fields th").contains(&"Date of birth".to_owned()), "{:?}", page.texts(".fields th"));
    assert!(page.texts(".fields .value").iter().any(|text| text.starts_with("itziar@example.org")));
    assert!(page.texts(".fields .why")[0].ends_with("it was new"), "{:?}", page.texts(".why"));
    assert!(
        page.texts("main li").iter().any(|text| text.starts_with("Itzi Zubiri")),
        "what was merged into it"
    );
    assert!(page.texts("h2").contains(&"Reservations".to_owned()));
    let next = page.attribute("a[rel=next]", "href");
    let stays = |page: &super::site::Answer| {
        page.texts("table.bookings td").iter().filter(|text| text.starts_with('R')).count()
    };
    let second = viewer.get(next.split('#').next().expect("a path")).await;
    assert_eq!((stays(&page), stays(&second)), (25, 5));
    for nobody in ["0198c0de-0000-7000-8000-000000000000", "x", "%27"] {
        assert_eq!(
            viewer.get(&format!("/desk/profiles/{nobody}")).await.status,
            StatusCode::NOT_FOUND,
            "{nobody}"
        );
    }
}

async fn protected_data_is_shown_only_to_who_may_and_that_is_written_down(memory: Memory) {
    let mut world = World::of(memory);
    let ids = world.add(&[guest("Ane", "Mendizabal")], Recount::Soon).await;
    passport(&world.hub, ids[0], "XDB443121").await;
    keep(&world).await;
    let site = Site::open(world.hub.clone()).await;
    let path = format!("/desk/profiles/{}", ids[0]);
    let views = async || {
        let journal = world.hub.store.journal_of(ids[0], 50).await.expect("the journal");
        let seen = journal.into_iter().filter_map(|entry| {
            if let Event::Viewed { operator, fields } = entry.event { Some((operator, fields)) } else { None }
        });
        seen.collect::<Vec<_>>()
    };
    let mut viewer = site.of(OperatorRole::Viewer).await;
    let page = viewer.get(&path).await;
    assert!(page.body.contains("Identity documents") && !page.body.contains("XDB443121"));
    assert!(page.texts("main button").is_empty(), "a viewer is offered nothing");
    let refused = viewer.send(&path, &[("do", "show")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(!refused.body.contains("XDB443121"));

    let mut operator = site.of(OperatorRole::Operator).await;
    assert!(!operator.get(&path).await.body.contains("XDB443121"), "not without being asked");
    let forged = operator.post(&path, &[("do", "show"), ("form", "x")]).await;
    assert!(forged.status == StatusCode::FORBIDDEN && !forged.body.contains("XDB443121"));
    assert_eq!(views().await, [], "nobody has seen it so far");
    let page = operator.send(&path, &[("do", "show")]).await;
    assert!(page.status == StatusCode::OK && page.body.contains("XDB443121"));
    assert_eq!(views().await, [("operator".into(), vec![keys::IDENTITY_DOCUMENTS])]);
    let told = viewer.get(&path).await;
    assert!(told.body.contains("operator was shown: Identity documents"), "the journal tells");
    // It is found by who has it in his hand.
    assert_eq!(viewer.get("/desk/search?q=xdb-443121").await.texts("table.found a"), ["Ane Mendizabal"]);
    assert!(viewer.get("/desk/search?q=xdb44").await.texts("table.found a").is_empty());
}

async fn hostile_values_in_every_field_are_text(memory: Memory) {
    let hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let mut world = World::of(memory);
    let all = Guest {
        second: hostile.into(),
        email: hostile.into(),
        phone: hostile.into(),
        country: hostile.into(),
        sex: hostile.into(),
        ..guest(hostile, hostile)
    };
    let ids = world.add(&[all, guest(hostile, "b")], Recount::Soon).await;
    world.set_life(ids[1], Life::MergedInto(ids[0])).await;
    passport(&world.hub, ids[0], hostile).await;
    crate::search::put(
        &world,
        vec![crate::search::stay(hostile, &[(&keys::HOLDER, cardex::model::RecordKind::Person, ids[0])])],
    )
    .await;
    let site = Site::open(world.hub.clone()).await;
    let mut operator = site.of(OperatorRole::Operator).await;
    let path = format!("/desk/profiles/{}", ids[0]);
    for page in [operator.get(&path).await, operator.send(&path, &[("do", "show")]).await] {
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.matches("&#60;script&#62;").count() > 7, "all of them are shown");
        assert_eq!(page.texts("main script, main img"), Vec::<String>::new());
    }
}
