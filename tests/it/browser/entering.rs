//! Coming in, choosing a language, and leaving nothing behind.

use cardex::model::OperatorRole;

use super::window::Window;
use crate::matching::world::World;
use crate::support::hub::Backend;
use crate::web::site::{PASSWORD, Site};

async fn site() -> (World, Site) {
    let world = World::of(Backend::Sqlite.fresh_hub().await);
    let site = Site::open(world.hub.clone()).await;
    (world, site)
}

#[tokio::test]
async fn wrong_password_is_told_and_the_right_one_lets_in() {
    let (_world, site) = site().await;
    for scripts in [true, false] {
        let window = Window::open(site.address, "en", scripts).await;
        window.sign_in("operator", "wrong horse battery").await;
        window.see("[role=alert]", "The name or the password is wrong.").await;
        assert_eq!(window.attributes("input[name=name]", "value").await, ["operator"], "it is kept");
        window.write("input[name=password]", &format!("{PASSWORD}\n")).await;
        window.see("h1", "Queue").await;
        assert_eq!(window.complaints().await, [""; 0]);
    }
}

#[tokio::test]
async fn language_is_the_browsers_until_one_is_chosen() {
    let (_world, site) = site().await;
    for scripts in [true, false] {
        let window = Window::open(site.address, "es", scripts).await;
        window.sign_in("viewer", PASSWORD).await;
        window.see("h1", "Cola").await;
        window.click("select[name=to] option[value=fr]").await;
        window.click("header select[name=to] ~ button, header label ~ button").await;
        window.see("h1", "File").await;
        assert_eq!(window.attributes("html", "lang").await, ["fr"]);
        assert_eq!(window.path().await, "/desk/queue");
    }
}

#[tokio::test]
async fn who_has_left_shows_nothing_to_the_next() {
    let (_world, site) = site().await;
    let window = Window::of(site.address, OperatorRole::Operator).await;
    window.go("/desk/queue?kind=hold").await;
    window.see("h1", "Queue").await;
    window.click("form[action='/desk/sign-out'] button").await;
    window.see("h1", "Sign in").await;
    window.back().await;
    window.see("h1", "Sign in").await;
    assert_eq!(window.path().await, "/desk/sign-in?to=%2Fdesk%2Fqueue%3Fkind%3Dhold");
    assert_eq!(window.complaints().await, [""; 0]);
}
