//! A guest and a booking made in HotelDruid's own forms appear in Tryton; edits travel both ways; echoes write nothing.

use serde_json::json;

use super::world::{HubOn, World};
use crate::support::hoteldruid::{BookedBy, Flavour, NewBooking, NewGuest};
use crate::support::site::eventually;

#[tokio::test]
async fn guest_and_booking_travel_both_ways_on_sqlite() {
    both_ways(Flavour::Sqlite, HubOn::Sqlite).await;
}

#[tokio::test]
async fn guest_and_booking_travel_both_ways_on_postgresql() {
    both_ways(Flavour::Postgres, HubOn::Postgres).await;
}

async fn both_ways(flavour: Flavour, hub: HubOn) {
    let mut world = World::open(flavour, hub).await;
    let guest = world
        .hotel
        .new_guest(&NewGuest {
            surname: "O'Neil",
            name: "Ana",
            email: "ana@example.com",
            phone: "600112233",
            more: &[("citta", "Sevilla"), ("cap", "41001")],
        })
        .await;
    let by = BookedBy::Known(guest, "O'Neil", "Ana");
    let (arrives, departs) = (world.day(3), world.day(6));
    world.hotel.book(&NewBooking { by, room: "01", arrives, departs, more: &[] }).await;

    let party = world.party("Ana O'Neil").await;
    world.says(&["status: confirmed", &format!("arrives_on: {arrives}"), "mailable: yes"]).await;
    assert_eq!(world.contacts(party), ["+34600112233", "ana@example.com"]);
    world.quiet().await;

    // An edit at each side travels, and comes back as an echo that writes nothing.
    world.crm.meter().reset();
    world.hotel.edit_guest(guest, &[("n_telefono", "600445566")]).await;
    eventually("the new phone is at the CRM", async || {
        world.contacts(party).contains(&"+34600445566".to_owned()).then_some(())
    })
    .await;
    world.quiet().await;
    let writes = world.crm.meter().writes();
    assert!(!writes.is_empty() && writes.len() <= 2, "one edit at the hotel caused {writes:?}");

    world.crm.meter().reset();
    let mechanism = world.client.mechanism(party, "ana@example.com").expect("the e-mail");
    world.client.write("party.contact_mechanism", mechanism, &json!({"value": "ana.garcia@example.org"}));
    world.client.write("party.party", party, &json!({"name": "Ana María O'Neil"}));
    eventually("e-mail and name are at the hotel", async || {
        let row =
            &world.hotel.rows(&format!("select nome, email from clienti where idclienti = {guest}")).await[0];
        (row["email"] == "ana.garcia@example.org" && row["nome"] == "Ana María").then_some(())
    })
    .await;
    world.quiet().await;
    let echoes = world.crm.meter().writes();
    assert_eq!(echoes, Vec::<String>::new(), "the CRM's own edit was written back to it");
    assert_eq!(world.client.parties_named("Ana María O'Neil"), [party]);
    world.site.stop();
}
