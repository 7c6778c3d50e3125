//! Looking for people and systems in a window.

use cardex::model::OperatorRole;

use super::everything::people;
use super::window::{Window, key};
use crate::matching::world::World;
use crate::support::hub::Backend;
use crate::support::pair::{EMPTY, Pair};
use crate::web::site::{PASSWORD, Site};

/// From any page to a profile, with a letter wrong and without an accent.
async fn found(scripts: bool) {
    let world = World::of(Backend::Sqlite.fresh_hub().await);
    people(&world.hub).await;
    let site = Site::open(world.hub.clone()).await;
    let window = Window::open(site.address, "en", scripts).await;
    window.sign_in("viewer", PASSWORD).await;
    window.write("input[name=q]", "itzier maria").await;
    window.press(key::ENTER).await;
    window.see("table.found a", "Itzíar María").await;
    window.click("table.found a").await;
    window.see("h1", "Itzíar María").await;
    assert_eq!(window.complaints().await, [""; 0]);
}

#[tokio::test]
async fn profile_is_found_and_looked_at() {
    found(true).await;
}

#[tokio::test]
async fn profile_is_found_without_scripts() {
    found(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn system_is_paused_and_resumed() {
    let pair = Pair::open(Backend::Sqlite, EMPTY).await;
    let site = Site::open(pair.hub.clone()).await;
    let window = Window::of(site.address, OperatorRole::Administrator).await;
    window.go("/desk/systems").await;
    window.click("button[value=pause]").await;
    window.see(".health", "administrator").await;
    window.click("button[value=resume]").await;
    window.see(".system button[value=pause]", "").await;
    assert_eq!(window.complaints().await, [""; 0]);
}
