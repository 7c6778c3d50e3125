//! Deciding in a window: with the mouse, with keys alone, without scripts, and two at once.

use std::collections::BTreeSet;

use cardex::model::{Life, OperatorRole, RecordId, Value, keys};

use super::window::{Window, key};
use crate::matching::world::World;
use crate::support::hub::Backend;
use crate::web::deciding::proposed;
use crate::web::site::{PASSWORD, Site};

/// What a control is called: its name or its destination, and of buttons what they do.
const NAMED: &str = "const named = (it) => (it.name || it.getAttribute('href') || it.tagName)
    + (it.tagName === 'BUTTON' ? ` ${it.value}` : '');";

/// A desk with one proposal about two people who are written differently.
async fn desk() -> (World, Site, Vec<RecordId>, String) {
    proposed(Backend::Sqlite.fresh_hub().await, ["Itziar", "Itzíar María"]).await
}

/// What has become of a profile.
async fn life(site: &Site, id: RecordId) -> Life {
    site.hub.store.records(&[id]).await.expect("the store").remove(0).life
}

/// From the queue to the decision and back again, by clicks.
async fn by_mouse(scripts: bool) {
    let (_world, site, ids, path) = desk().await;
    let window = Window::open(site.address, "en", scripts).await;
    window.sign_in("operator", PASSWORD).await;
    window.click("table.list a").await;
    window.see(".tag", "Open").await;
    assert_eq!(window.path().await, path);
    window.click("button[value=reject]").await;
    window.see("[role=alert]", "Say why.").await;

    let [one, other] = [ids[0], ids[1]];
    window.click(&format!("input[name=main][value='{other}']")).await;
    window.click(&format!("input[name='choose given_names'][value='{one}']")).await;
    window.click("button[value=accept]").await;
    window.see("[role=status]", "operator decided this on").await;
    assert_eq!(life(&site, one).await, Life::MergedInto(other));
    let kept = site.hub.store.records(&[other]).await.expect("the store").remove(0);
    let name = kept.value(&keys::GIVEN_NAMES);
    assert_eq!(name, Some(&Value::Text("Itziar".to_owned())), "the chosen one");

    window.click("button[value=undo]").await;
    window.see(".tag", "Undone").await;
    assert_eq!(life(&site, one).await, Life::Live);
    window.go("/desk/queue").await;
    window.see("main p", "Nothing waits for a decision.").await;
    assert_eq!(window.complaints().await, [""; 0]);
}

#[tokio::test]
async fn proposal_is_decided_by_mouse() {
    by_mouse(true).await;
}

#[tokio::test]
async fn proposal_is_decided_without_scripts() {
    by_mouse(false).await;
}

#[tokio::test]
async fn proposal_is_accepted_by_keys() {
    let (_world, site, ids, path) = desk().await;
    let window = Window::of(site.address, OperatorRole::Operator).await;
    window.press("jjk").await;
    window.press(key::ENTER).await;
    window.see(".tag", "Open").await;
    assert_eq!(window.path().await, path);
    window.press("a").await;
    window.see("[role=status]", "operator decided this on").await;
    assert_eq!(life(&site, ids[1]).await, Life::MergedInto(ids[0]));
    assert_eq!(window.complaints().await, [""; 0]);
}

#[tokio::test]
async fn proposal_is_rejected_by_keys() {
    let (_world, site, ids, path) = desk().await;
    let window = Window::of(site.address, OperatorRole::Operator).await;
    window.go(&path).await;
    window.press("r").await;
    window.press("mother and daughter").await;
    window.press(key::ENTER).await;
    window.see("[role=status]", "operator decided this on").await;
    window.see(".tag", "Rejected").await;
    let apart = site.hub.store.kept_apart(&ids).await.expect("the store");
    assert_eq!(apart[0].apart.why, "mother and daughter");
}

#[tokio::test]
async fn tab_reaches_every_control() {
    let (_world, site, _, path) = desk().await;
    let window = Window::of(site.address, OperatorRole::Operator).await;
    for path in ["/desk/queue", path.as_str()] {
        window.go(path).await;
        let all = "return [...document.querySelectorAll('a[href], button, select, input:not([type=hidden])')]
            .filter((it) => it.checkVisibility()).map(named);";
        let all: BTreeSet<String> = window.run(&format!("{NAMED}{all}")).await;
        assert!(all.len() > 4, "{all:?}");
        let mut reached = BTreeSet::new();
        for _ in 0..40 {
            window.press(key::TAB).await;
            reached
                .insert(window.run::<String>(&format!("{NAMED}return named(document.activeElement);")).await);
        }
        let missed: Vec<&String> = all.difference(&reached).collect();
        assert!(missed.is_empty(), "{path}: {missed:?}");
    }
}

#[tokio::test]
async fn second_of_two_is_told_who_decided() {
    let (_world, site, ids, path) = desk().await;
    let first = Window::of(site.address, OperatorRole::Operator).await;
    let second = Window::of(site.address, OperatorRole::Administrator).await;
    for window in [&first, &second] {
        window.go(&path).await;
        window.see(".tag", "Open").await;
    }
    first.click("button[value=accept]").await;
    first.see("[role=status]", "operator decided this on").await;
    second.write("input[name=reason]", "two people").await;
    second.click("button[value=reject]").await;
    second.see("[role=status]", "operator decided this on").await;
    second.see(".tag", "Accepted").await;
    assert_eq!(life(&site, ids[1]).await, Life::MergedInto(ids[0]));
    assert_eq!(second.complaints().await, [""; 0]);
}
