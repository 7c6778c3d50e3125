//! Who is who: ids that a hotel gives out again, parties that a CRM joins, and the turn of the year.

use serde_json::json;

use super::world::{HubOn, World};
use crate::support::hoteldruid::{Flavour, NewGuest};
use crate::support::site::eventually;

fn guest<'a>(surname: &'a str, name: &'a str, email: &'a str) -> NewGuest<'a> {
    NewGuest { surname, name, email, phone: "", more: &[] }
}

#[tokio::test]
async fn reused_guest_id_is_quarantined_and_overwrites_nobody() {
    let mut world = World::open(Flavour::Sqlite, HubOn::Sqlite).await;
    let first = world.hotel.new_guest(&guest("Primera", "Paula", "paula@example.com")).await;
    let paula = world.party("Paula Primera").await;
    world.quiet().await;
    world.hotel.delete_guest(first).await;
    // HotelDruid's stamps have seconds: another second makes another human.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let second = world.hotel.new_guest(&guest("Segundo", "Saúl", "saul@example.com")).await;
    assert_eq!(first, second, "HotelDruid gave the id out again");
    eventually("the reused id is quarantined", async || {
        let listed = world.site.prints(&["review", "list", "--output", "json"]);
        listed.contains("quarantine").then_some(())
    })
    .await;
    world.party("Saúl Segundo").await;
    assert_eq!(world.client.parties_named("Paula Primera"), [paula], "Paula was overwritten");
    assert_eq!(world.contacts(paula), ["paula@example.com"]);
    world.site.stop();
}

#[tokio::test]
async fn links_follow_parties_that_the_crm_joins() {
    let mut world = World::open(Flavour::Postgres, HubOn::Sqlite).await;
    let one = world.hotel.new_guest(&guest("Doble", "Dora", "dora@example.com")).await;
    let other = world.hotel.new_guest(&guest("Doble", "Dorotea", "dorotea@example.com")).await;
    let dora = world.party("Dora Doble").await;
    let dorotea = world.party("Dorotea Doble").await;
    world.quiet().await;
    world.client.merge(dora, dorotea);
    world.quiet().await;
    assert_eq!(world.live_parties_named_like("Doble"), 1, "the joined party came back");
    // The guest whose party is gone now reaches the survivor; the other one still does.
    world.hotel.edit_guest(one, &[("n_telefono", "600777888")]).await;
    eventually("the survivor has the phone", async || {
        world.contacts(dora).contains(&"+34600777888".to_owned()).then_some(())
    })
    .await;
    eventually("the hotel, which cannot merge, has work", async || {
        let listed = world.site.prints(&["review", "list", "--kind", "work", "--output", "json"]);
        let is_told = |id: i64| listed.contains(&format!("merge the person `{id}@"));
        (is_told(one) || is_told(other)).then_some(())
    })
    .await;
    world.site.stop();
}

#[tokio::test]
async fn new_year_keeps_one_reservation_on_sqlite() {
    new_year(Flavour::Sqlite, HubOn::Postgres).await;
}

#[tokio::test]
async fn new_year_keeps_one_reservation_on_postgresql() {
    new_year(Flavour::Postgres, HubOn::Sqlite).await;
}

async fn new_year(flavour: Flavour, hub: HubOn) {
    let mut world = World::open(flavour, hub).await;
    let year = world.hotel.year();
    // One stay in the new year, and one across the turn.
    world.book("Nueva", "Nora", "01", 40, 43).await;
    world.book("Cruza", "Carlos", "02", 29, 33).await;
    world.party("Nora Nueva").await;
    world.party("Carlos Cruza").await;
    eventually("two reservations", async || (world.opportunities().len() == 2).then_some(())).await;
    world.quiet().await;
    world.hotel.open_next_year(year).await;
    world.quiet().await;
    let states: Vec<_> = world.opportunities().iter().map(|row| row["state"].clone()).collect();
    assert_eq!(states, [json!("opportunity"), json!("opportunity")]);
    assert_eq!(world.saying(&["status: confirmed"]).len(), 2);
    world.site.stop();
}
