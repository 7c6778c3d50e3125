//! Every status of a booking is right in Tryton, and what only looks like a change of status is none.

use super::world::{HubOn, World};
use crate::support::hoteldruid::{BookedBy, Flavour, NewBooking};
use crate::support::site::eventually;

#[tokio::test]
async fn statuses_are_right_on_sqlite() {
    statuses(Flavour::Sqlite, HubOn::Postgres).await;
}

#[tokio::test]
async fn statuses_are_right_on_postgresql() {
    statuses(Flavour::Postgres, HubOn::Sqlite).await;
}

async fn statuses(flavour: Flavour, hub: HubOn) {
    let world = World::open(flavour, hub).await;
    let year = world.hotel.year();

    // A placeholder row, held while a booking is being typed, never appears.
    let by = BookedBy::New("Nadie", "Nunca", &[]);
    let (arrives, departs) = (world.day(1), world.day(2));
    world.hotel.hold(&NewBooking { by, room: "05", arrives, departs, more: &[] }).await;

    let cancelled = world.book("Cancela", "Carla", "01", 3, 5).await;
    let moved = world.book("Mueve", "Mario", "02", 3, 5).await;
    let stays = world.book("Entra", "Elsa", "03", 3, 5).await;
    let deleted = world.book("Borra", "Bruno", "04", 3, 5).await;
    for name in ["Carla Cancela", "Mario Mueve", "Elsa Entra", "Bruno Borra"] {
        world.party(name).await;
    }
    eventually("four reservations", async || (world.opportunities().len() == 4).then_some(())).await;

    world.hotel.cancel(year, cancelled).await;
    world.says(&[&number(cancelled, year), "status: cancelled", "mailable: no"]).await;

    let (from, to) = (world.day(10), world.day(12));
    world.hotel.move_booking(year, moved, from, to).await;
    world.says(&[&number(moved, year), &format!("arrives_on: {from}"), &format!("departs_on: {to}")]).await;

    world.hotel.check_in(year, stays).await;
    world.says(&[&number(stays, year), "status: in_house"]).await;
    world.hotel.undo_check_in(year, stays).await;
    world.says(&[&number(stays, year), "status: confirmed"]).await;

    world.hotel.delete_booking(year, deleted).await;
    world.says(&[&number(deleted, year), "status: cancelled", "mailable: no"]).await;

    world.quiet().await;
    assert_eq!(world.opportunities().len(), 4, "a placeholder or a twin appeared");
    assert!(world.client.parties_named("Nunca Nadie").is_empty());
}

/// The line of a reservation's number.
fn number(booking: i64, year: i32) -> String {
    format!("number: {booking}/{year}")
}
