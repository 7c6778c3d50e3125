//! Searching from the pages.

use cardex::model::{Life, OperatorRole};
use cardex::store::Recount;
use reqwest::StatusCode;

use super::site::Site;
use crate::matching::people::Guest;
use crate::matching::world::World;
use crate::search::{guest, keep};
use crate::support::hub::{Hub as Memory, on_both_databases};

on_both_databases!(profile_is_found_from_every_page, hostile_names_are_text, companies_are_listed);

async fn profile_is_found_from_every_page(memory: Memory) {
    let mut world = World::of(memory);
    let guests =
        [Guest { birth: "1971-03-09".into(), ..guest("Itziar", "Etxeberria") }, guest("Itzi", "Zubizarreta")];
    let ids = world.add(&guests, Recount::Soon).await;
    world.set_life(ids[1], Life::MergedInto(ids[0])).await;
    keep(&world).await;
    let site = Site::open(world.hub.clone()).await;
    assert_eq!(site.browser().get("/desk/search?q=itziar").await.status, StatusCode::SEE_OTHER);
    let mut viewer = site.of(OperatorRole::Viewer).await;
    let queue = viewer.get("/desk/queue").await;
    assert_eq!(queue.attribute("header form[role=search]", "action"), "/desk/search");
    assert!(!queue.attribute("header input[name=q]", "aria-label").is_empty(), "it has a label");

    let page = viewer.get("/desk/search?q=etxeberia").await;
    assert_eq!(page.attribute("table.found a", "href"), format!("/desk/profiles/{}", ids[0]));
    assert_eq!(page.texts("table.found a"), ["Itziar Etxeberria"]);
    assert!(page.texts("table.found td").contains(&"1971".to_owned()));
    assert_eq!(page.texts(".was"), Vec::<String>::new(), "its own name is no former one");
    let page = viewer.get("/desk/search?q=zubizarreta").await;
    assert_eq!(page.texts("table.found a"), ["Itziar Etxeberria"]);
    assert_eq!(page.texts(".was"), ["was: Itzi Zubizarreta"]);
    let page = viewer.get_in("es", "/desk/search?q=nadie").await;
    assert_eq!(page.texts("[role=status]"), ["No se ha encontrado a nadie."]);
    assert_eq!(
        viewer.get("/desk/search?q=itziar&kind=company").await.texts("table.found a"),
        Vec::<String>::new()
    );
    for odd in
        ["/desk/search", "/desk/search?q=", "/desk/search?q=%00%27%22%25_", "/desk/search?q=+++&kind=x"]
    {
        assert_eq!(viewer.get(odd).await.status, StatusCode::OK, "{odd}");
    }
}

async fn hostile_names_are_text(memory: Memory) {
    let hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let mut world = World::of(memory);
    let ids = world.add(&[guest(hostile, "Zubiaurre"), guest("Zubi", hostile)], Recount::Soon).await;
    world.set_life(ids[1], Life::MergedInto(ids[0])).await;
    keep(&world).await;
    let site = Site::open(world.hub.clone()).await;
    let mut viewer = site.of(OperatorRole::Viewer).await;
    let asked: String = url::form_urlencoded::byte_serialize(hostile.as_bytes()).collect();
    for path in [format!("/desk/search?q={asked}"), "/desk/search?q=zubi".to_owned()] {
        let page = viewer.get(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.texts("table.found a").len(), 1, "{path}");
        assert!(page.body.contains("&#60;script&#62;"), "{path}: it is shown");
        assert_eq!(page.texts("main script, main img"), Vec::<String>::new(), "{path}");
    }
}

async fn companies_are_listed(memory: Memory) {
    let world = World::of(memory);
    crate::search::put(
        &world,
        (0..60).map(|nth| crate::search::company(&format!("Alba {nth:02}"))).collect(),
    )
    .await;
    keep(&world).await;
    let site = Site::open(world.hub.clone()).await;
    let mut viewer = site.of(OperatorRole::Viewer).await;
    let first = viewer.get("/desk/companies").await;
    assert_eq!(first.texts("table.list a").len(), 50);
    let second = viewer.get(&first.attribute("a[rel=next]", "href")).await;
    assert_eq!(second.texts("table.list a").len(), 10);
    assert_eq!(second.texts(".pages span"), ["Page 2 of 2"]);
    assert_eq!(viewer.get("/desk/companies?q=alba+07").await.texts("table.list a"), ["Alba 07"]);
    assert_eq!(viewer.get("/desk/companies?page=4000000000").await.status, StatusCode::OK);
}
