//! Deciding from the pages.

use cardex::matching::Matcher;
use cardex::model::{Life, OperatorRole, RecordId, Value, keys};
use cardex::store::Recount;
use reqwest::StatusCode;

use super::site::Site;
use crate::matching::people::Guest;
use crate::matching::world::World;
use crate::support::hub::{Hub as Memory, on_both_databases};

on_both_databases!(
    proposal_is_accepted_once_and_undone,
    forms_of_others_decide_nothing,
    rejecting_needs_a_reason_and_keeps_apart,
    chosen_values_and_main_profile_stay,
    hostile_values_are_text,
    result_is_shown_before_anything_is_decided,
    some_of_several_become_one,
    queue_is_filtered_by_kind_and_band,
    refusals_speak_the_operator_s_language,
);

pub(crate) fn guest(given: &str, email: &str) -> Guest {
    Guest {
        given: given.into(),
        surname: "Etxeberria".into(),
        second: "Zubiri".into(),
        email: email.into(),
        phone: "+34600123456".into(),
        birth: "1971-03-09".into(),
        country: "ES".into(),
        ..Guest::default()
    }
}

/// A desk with one proposal about two profiles, and the proposal's page.
pub(crate) async fn proposed(memory: Memory, given: [&str; 2]) -> (World, Site, Vec<RecordId>, String) {
    let mut world = World::of(memory);
    let guests = [guest(given[0], "itziar@example.org"), guest(given[1], "itziar@example.org")];
    let ids = world.add(&guests, Recount::Soon).await;
    Matcher::new(&world.hub).catch_up().await.expect("it works");
    let open = world.open().await;
    assert_eq!(open.len(), 1, "one proposal");
    let path = format!("/desk/reviews/{}", open[0].0.id);
    let site = Site::open(world.hub.clone()).await;
    (world, site, ids, path)
}

async fn is_one(site: &Site, ids: &[RecordId]) -> bool {
    let roots = site.hub.store.roots(ids).await.expect("the store");
    roots[&ids[0]] == roots[&ids[1]]
}

async fn proposal_is_accepted_once_and_undone(memory: Memory) {
    let (_world, site, ids, path) = proposed(memory, ["Itziar", "Itziar"]).await;
    let mut first = site.of(OperatorRole::Operator).await;
    let mut second = site.of(OperatorRole::Administrator).await;
    let queue = first.get("/desk/queue").await;
    assert_eq!(queue.attribute("table.list a", "href"), path);
    assert!(
        queue.texts("table.list a")[0].contains("Itziar Etxeberria Zubiri"),
        "{:?}",
        queue.texts("table.list a")
    );
    let page = first.get(&path).await;
    assert!(
        page.texts("table.evidence td").iter().any(|text| text.contains("e-mail")),
        "the evidence is shown"
    );

    let done = first.send(&path, &[("do", "accept")]).await;
    assert_eq!((done.status, done.to()), (StatusCode::SEE_OTHER, path.as_str()));
    assert!(is_one(&site, &ids).await);
    let late = second.send(&path, &[("do", "reject"), ("reason", "two people")]).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.texts("[role=status]")[0].starts_with("operator decided this on "), "{:?}", late.texts("p"));
    assert!(is_one(&site, &ids).await, "the second decision changes nothing");

    let undone = second.send(&path, &[("do", "undo")]).await;
    assert_eq!(undone.status, StatusCode::SEE_OTHER, "{:?}", undone.texts("[role=alert]"));
    assert!(!is_one(&site, &ids).await);
    assert!(first.get(&path).await.texts(".tag").contains(&"Undone".to_owned()));
}

async fn forms_of_others_decide_nothing(memory: Memory) {
    let (_world, site, ids, path) = proposed(memory, ["Itziar", "Itziar"]).await;
    let mut viewer = site.of(OperatorRole::Viewer).await;
    assert!(viewer.get(&path).await.texts("button[name=do]").is_empty(), "a viewer sees no buttons");
    assert_eq!(viewer.send(&path, &[("do", "accept")]).await.status, StatusCode::FORBIDDEN);
    let mut operator = site.of(OperatorRole::Operator).await;
    let foreign = viewer.get("/desk/queue").await.attribute("input[name=form]", "value");
    for form in ["", "x", foreign.as_str()] {
        let answer = operator.post(&path, &[("do", "accept"), ("form", form)]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{form:?}");
    }
    assert_eq!(operator.post(&path, &[("do", "accept")]).await.status, StatusCode::FORBIDDEN);
    assert!(!is_one(&site, &ids).await);
}

async fn rejecting_needs_a_reason_and_keeps_apart(memory: Memory) {
    let (world, site, ids, path) = proposed(memory, ["Itziar", "Itziar"]).await;
    let mut operator = site.of(OperatorRole::Operator).await;
    let answer = operator.send(&path, &[("do", "reject"), ("reason", " ")]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.texts("[role=alert]"), ["Say why."]);
    let answer = operator.send(&path, &[("do", "reject"), ("reason", "mother and daughter")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let apart = site.hub.store.kept_apart(&ids).await.expect("the store");
    assert_eq!(
        (apart[0].apart.by.as_str(), apart[0].apart.why.as_str()),
        ("operator", "mother and daughter")
    );
    world.scan().await;
    assert!(world.open().await.is_empty(), "it is never proposed again");
}

async fn chosen_values_and_main_profile_stay(memory: Memory) {
    let (_world, site, ids, path) = proposed(memory, ["Itziar", "Itzíar María"]).await;
    let mut operator = site.of(OperatorRole::Operator).await;
    let [one, other] = [ids[0].to_string(), ids[1].to_string()];
    let choice = [("do", "accept"), ("main", other.as_str()), ("choose given_names", one.as_str())];
    let answer = operator.send(&path, &choice).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{:?}", answer.texts("[role=alert]"));
    let records = site.hub.store.records(&ids).await.expect("the store");
    let of = |id: RecordId| records.iter().find(|record| record.id == id).expect("a record");
    assert_eq!(of(ids[0]).life, Life::MergedInto(ids[1]));
    let Some(Value::Text(name)) = of(ids[1]).value(&keys::GIVEN_NAMES) else { panic!("no name") };
    assert_eq!(name, "Itziar");
}

async fn hostile_values_are_text(memory: Memory) {
    let hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let (_world, site, _, path) = proposed(memory, [hostile, hostile]).await;
    let mut operator = site.of(OperatorRole::Operator).await;
    for path in ["/desk/queue", path.as_str()] {
        let page = operator.get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            page.body.contains("&#60;script&#62;") || page.body.contains("&lt;script&gt;"),
            "{path}: it is shown"
        );
        assert_eq!(page.texts("main script, main img"), Vec::<String>::new(), "{path}");
    }
}

async fn result_is_shown_before_anything_is_decided(memory: Memory) {
    let (_world, site, ids, path) = proposed(memory, ["Itziar", "Itzíar María"]).await;
    let mut operator = site.of(OperatorRole::Operator).await;
    let page = operator.get(&path).await;
    assert!(page.texts("svg rect.for").len() > 2, "the evidence is drawn");
    for (chosen, name) in [(ids[0], "Itziar"), (ids[1], "Itzíar María")] {
        let chosen = chosen.to_string();
        let wish = [("do", "preview"), ("main", "new"), ("choose given_names", chosen.as_str())];
        let shown = operator.send(&path, &wish).await;
        assert_eq!(shown.status, StatusCode::OK);
        assert!(shown.texts("td.stays").contains(&name.to_owned()), "{:?}", shown.texts("td.stays"));
        assert_eq!(shown.attribute("input[name=main][checked]", "value"), "new");
        assert_eq!(shown.attribute("input[name='choose given_names'][checked]", "value"), chosen);
    }
    assert!(!is_one(&site, &ids).await, "nothing was decided");
}

async fn queue_is_filtered_by_kind_and_band(memory: Memory) {
    let (world, site, _, path) = proposed(memory, ["Itziar", "Itziar"]).await;
    let band = world.open().await[0].0.kind.cluster().expect("a cluster").band.name();
    let other = if band == "thin" { "strong" } else { "thin" };
    let mut viewer = site.of(OperatorRole::Viewer).await;
    for (query, is_there) in [
        (String::new(), true),
        ("?kind=duplicates".to_owned(), true),
        (format!("?kind=duplicates&band={band}"), true),
        (format!("?band={other}"), false),
        ("?kind=conflict".to_owned(), false),
        ("?kind=postponed".to_owned(), false),
        ("?system=nowhere".to_owned(), false),
        ("?page=2".to_owned(), false),
    ] {
        let page = viewer.get(&format!("/desk/queue{query}")).await;
        let expected = if is_there { path.as_str() } else { "" };
        assert_eq!(page.attribute("table.list a", "href"), expected, "{query}");
    }
}

async fn refusals_speak_the_operator_s_language(memory: Memory) {
    let (_world, site, ids, path) = proposed(memory, ["Itziar", "Itziar"]).await;
    let mut operator = site.of(OperatorRole::Operator).await;
    operator.get("/desk/language?to=es").await;
    let stranger = RecordId::new(uuid::Uuid::now_v7()).to_string();
    let refused = operator.send(&path, &[("do", "accept"), ("main", stranger.as_str())]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.texts("[role=alert]"), ["La pregunta no trata de eso."]);
    assert!(!is_one(&site, &ids).await);
}

async fn some_of_several_become_one(memory: Memory) {
    let mut world = World::of(memory);
    let ids = world.add(&[0, 1, 2].map(|_| guest("Itziar", "itziar@example.org")), Recount::Soon).await;
    Matcher::new(&world.hub).catch_up().await.expect("it works");
    let path = format!("/desk/reviews/{}", world.open().await[0].0.id);
    let site = Site::open(world.hub.clone()).await;
    let mut operator = site.of(OperatorRole::Operator).await;
    let page = operator.get(&path).await;
    assert_eq!(page.texts("label:has(input[name=only])").len(), 3);
    assert_eq!(page.texts("h3").len(), 2, "the first is compared with each of the others");
    let [one, other] = [ids[0].to_string(), ids[1].to_string()];
    let wish = [("do", "accept"), ("main", one.as_str()), ("only", one.as_str()), ("only", other.as_str())];
    let done = operator.send(&path, &wish).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{:?}", done.texts("[role=alert]"));
    let roots = site.hub.store.roots(&ids).await.expect("the store");
    assert_eq!(roots[&ids[0]], roots[&ids[1]]);
    assert_ne!(roots[&ids[0]], roots[&ids[2]], "the third stays who he is");
}
