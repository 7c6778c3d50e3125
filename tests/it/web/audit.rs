//! Who has done what is written down, and nothing of guests with it.

use cardex::audit;
use cardex::model::{Door, FieldKey, OperatorId, OperatorRole};
use cardex::store::AuditFilter;
use reqwest::StatusCode;

use super::deciding::proposed;
use super::site::Site;
use crate::matching::world::World;
use crate::support::hub::{Hub as Memory, on_both_databases};

on_both_databases!(
    sign_ins_and_decisions_are_told_with_their_door,
    audit_is_paged_and_for_administrators,
    views_are_noted_by_record_and_field,
);

/// Who, by which door, what and about what, oldest first.
async fn told(site: &Site) -> Vec<[String; 4]> {
    let lines = site.hub.store.audit(&AuditFilter::default(), 1_000).await.expect("the store");
    let told = lines.into_iter().rev().map(|line| {
        [line.who.to_string(), line.door.name().to_owned(), line.deed.name().to_owned(), line.about]
    });
    told.collect()
}

fn line(parts: [&str; 4]) -> [String; 4] {
    parts.map(str::to_owned)
}

async fn sign_ins_and_decisions_are_told_with_their_door(memory: Memory) {
    let (_world, site, _, path) = proposed(memory, ["Itziar", "Itziar"]).await;
    assert_eq!(told(&site).await[0], line(["root", "daemon", "operator_added", "viewer: role viewer"]));
    let before = told(&site).await.len();
    site.browser().sign_in("operator", "wrong").await;
    site.browser().sign_in("guest@example.org", "wrong").await;
    let mut operator = site.of(OperatorRole::Operator).await;
    let answer = [("do", "reject"), ("reason", "mother of Itziar")];
    assert_eq!(operator.send(&path, &answer).await.status, StatusCode::SEE_OTHER);
    let id = path.rsplit('/').next().expect("an id");
    let told = told(&site).await.split_off(before);
    assert_eq!(told[0], line(["operator", "desk", "refused", ""]));
    assert_eq!(
        told[1],
        line(["", "desk", "refused", ""]),
        "what was typed in the place of a name is not kept"
    );
    assert_eq!(told[2], line(["operator", "desk", "signed_in", ""]));
    assert_eq!(told[3][..3], line(["operator", "desk", "decided", ""])[..3]);
    assert!(told[3][3].starts_with(&format!("reject, review {id}")), "{}", told[3][3]);
    assert!(!told[3][3].contains("Itziar"), "reasons may name guests");
    assert_eq!(told.len(), 4);
}

async fn audit_is_paged_and_for_administrators(memory: Memory) {
    let world = World::of(memory);
    let site = Site::open(world.hub.clone()).await;
    for role in [OperatorRole::Viewer, OperatorRole::Operator] {
        assert_eq!(site.of(role).await.get("/desk/audit").await.status, StatusCode::FORBIDDEN);
    }
    let (store, eva) = (world.hub.store.through(Door::Api), OperatorId::new("eva"));
    for n in 0..120 {
        let about = format!("line {n}");
        store.note_deed(world.now(), &eva, cardex::model::Deed::Viewed, &about).await.expect("the store");
    }
    let mut administrator = site.of(OperatorRole::Administrator).await;
    let all = administrator.get("/desk/audit").await;
    assert_eq!(all.texts("tbody tr").len(), 100);
    assert!(all.texts("tbody tr")[0].contains("signed in"), "the newest first");
    let one = administrator.get("/desk/audit?who=eva").await;
    assert!(one.texts("tbody tr")[0].contains("line 119"), "{:?}", one.texts("tbody tr")[0]);
    let further = administrator.get(&one.attribute("main p a[href*=before]", "href")).await;
    assert_eq!(further.texts("tbody tr").len(), 20);
    assert!(further.texts("tbody tr")[19].contains("line 0"));
    assert!(further.texts("tbody tr")[19].contains("API"));
    assert_eq!(further.texts("main p a[href*=before]"), Vec::<String>::new(), "there are no more");
}

async fn views_are_noted_by_record_and_field(memory: Memory) {
    let (_world, site, ids, _) = proposed(memory, ["Itziar", "Itziar"]).await;
    let (hub, who) = (site.hub.through(Door::Desk), OperatorId::new("operator"));
    let before = told(&site).await.len();
    let fields = [FieldKey::new("identity_document"), FieldKey::new("allergies")];
    audit::viewed(&hub, &who, ids[0], &fields).await.expect("the store");
    audit::viewed(&hub, &who, ids[0], &[]).await.expect("the store");
    let about = format!("record {}: identity_document, allergies", ids[0]);
    assert_eq!(told(&site).await.split_off(before), [line(["operator", "desk", "viewed", &about])]);
}
