//! What an operator decides in a browser is seen at a real Tryton and a real HotelDruid.

use cardex::clock::Clock;
use cardex::model::{Operator, OperatorRole};
use cardex::operators;
use cardex::store::{Store, StoreSettings};

use super::world::World;
use crate::browser::window::Window;
use crate::support::hoteldruid::{Flavour, NewGuest};
use crate::support::site::eventually;
use crate::web::site::PASSWORD;

/// Somebody who may decide.
async fn add_operator(store: &Store) {
    let (role, created_at) = (OperatorRole::Operator, Clock::system().now());
    let operator = Operator { name: role.name().into(), role, created_at, disabled_at: None };
    let hash = operators::hash(&PASSWORD.into(), "").expect("a hash");
    assert!(store.add_operator(&operator, &hash, &"root".into()).await.expect("the store"));
}

#[tokio::test]
async fn merge_that_is_accepted_in_a_browser_is_made_at_both_systems() {
    let url = crate::support::postgres::cluster().fresh_database().await;
    let more = "[system_defaults]\nmerges = \"make\"";
    let mut world = World::prepare_beside(Flavour::Sqlite, &url, more).await;
    world.site.start().await;
    let store = Store::open_beside(&StoreSettings::of(url)).await.expect("the hub's store");
    add_operator(&store).await;
    let birth = [("annonascita", "1971"), ("mesenascita", "03"), ("giornonascita", "09")];
    let guest = |name, email| NewGuest { surname: "Doble", name, email, phone: "600112233", more: &birth };
    let one = world.hotel.new_guest(&guest("Dora", "dora@example.com")).await;
    let party = world.party("Dora Doble").await;
    world.hotel.new_guest(&guest("Dora Isabel", "dora.doble@example.com")).await;
    let other = world.party("Dora Isabel Doble").await;

    // The matcher proposes, the operator chooses the longer name for the first of the two, and accepts.
    let address = world.site.address().trim_start_matches("http://").parse().expect("an address");
    let window = Window::of(address, OperatorRole::Operator).await;
    eventually("the proposal is in the queue", async || {
        window.go("/desk/queue?kind=duplicates").await;
        (window.texts("table.list a").await.ok()?.len() == 1).then_some(())
    })
    .await;
    window.click("table.list a").await;
    window.see(".tag", "Open").await;
    let main = column(&window, "Dora Doble").await;
    let chosen = column(&window, "Dora Isabel Doble").await;
    window.click(&format!("input[name=main][value='{main}']")).await;
    window.click(&format!("input[name='choose given_names'][value='{chosen}']")).await;
    window.click("button[value=accept]").await;
    window.see("[role=status]", "operator decided this on").await;

    eventually("one party is left at Tryton", async || {
        let both = [world.is_live(party), world.is_live(other)];
        (both == [true, false]).then_some(())
    })
    .await;
    eventually("HotelDruid's guest has the chosen name", async || {
        let rows = world.hotel.rows(&format!("select nome from clienti where idclienti = {one}")).await;
        (rows[0]["nome"] == "Dora Isabel").then_some(())
    })
    .await;
    world.quiet().await;
    assert_eq!(world.client.parties_named("Dora Isabel Doble"), [party], "the one that is left has it too");
    window.go("/desk/queue?kind=work").await;
    window.see("table.list a", "by hand").await;
    assert_eq!(window.complaints().await, [""; 0]);
    store.close().await;
    world.site.stop();
}

/// The record whose column has this head.
async fn column(window: &Window, head: &str) -> String {
    let heads = window.texts("table.compare thead th:has(input)").await.expect("the heads");
    let at = heads.iter().position(|text| text.lines().next() == Some(head));
    let at = at.unwrap_or_else(|| panic!("no {head:?} in {heads:?}"));
    window.attributes("input[name=main]", "value").await.swap_remove(at)
}
