//! A released import of a real hotel is taken back at a real Tryton: what it has created there, unless somebody has changed
//! or used it since.

use serde_json::{Value, json};

use super::world::{HubOn, World};
use crate::support::hoteldruid::Flavour;

#[tokio::test]
async fn released_import_is_taken_back_on_sqlite() {
    taken_back(Flavour::Sqlite, HubOn::Sqlite).await;
}

#[tokio::test]
async fn released_import_is_taken_back_on_postgresql() {
    taken_back(Flavour::Postgres, HubOn::Postgres).await;
}

async fn taken_back(flavour: Flavour, hub: HubOn) {
    let mut world = World::prepare(flavour, hub).await;
    let year = world.hotel.year();
    let subscriber = world.client.create_party("Sara Suscrita", &[("email", "sara@example.com")]);
    let stays = world.book("Queda", "Quim", "01", 1, 3).await;
    let cancelled = world.book("Cancela", "Carla", "02", 1, 3).await;
    world.hotel.cancel(year, cancelled).await;
    for (surname, name, room) in [("Cambia", "Cora", "03"), ("Trata", "Tomás", "04"), ("Firma", "Fe", "05")]
    {
        world.book(surname, name, room, 1, 3).await;
    }
    world.hotel.check_in(year, stays).await;
    let imported = told(&world, &["import", "pms"]);
    assert_eq!((&imported["outcome"], &imported["applied"]), (&json!("imported"), &json!(10)), "{imported}");
    world.site.start().await;
    world.quiet().await;
    assert_eq!(world.opportunities().len(), 0, "history went out before anybody said so");
    let released = told(&world, &["import", "pms", "--release"]);
    assert_eq!(released["writes"], imported["held"]["crm"]);
    world.quiet().await;
    assert_eq!(world.opportunities().len(), 5);

    // Somebody has changed a guest, another has a stay that somebody works on, a third one has a lead.
    let (changed, held) = (world.party("Cora Cambia").await, world.party("Tomás Trata").await);
    let used = world.party("Fe Firma").await;
    world.client.write("party.party", changed, &json!({"name": "Cora Cambiada"}));
    let opportunity = world.opportunities().into_iter().find(|row| row["party"] == held).expect("his stay");
    let opportunity = opportunity["id"].as_i64().expect("an id");
    let resource = format!("sale.opportunity,{opportunity}");
    world.client.create("ir.note", &json!({"resource": resource, "message": "wants the blue room"}));
    world.client.create("sale.opportunity", &json!({"party": used, "company": 1, "currency": 1}));

    let undone = told(&world, &["import", "pms", "--rollback"]);
    let mut kept: Vec<(i64, &str)> = undone["kept"].as_array().expect("what stays").iter().map(why).collect();
    kept.sort_unstable();
    let mut expected = [
        (opportunity, "the system refuses: a record of `ir.note` belongs to it"),
        (held, "a record that stays refers to it"),
        (changed, "somebody has changed it since"),
        (used, "the system refuses: a record of `sale.opportunity` belongs to it"),
    ];
    expected.sort_unstable();
    assert_eq!((kept, &undone["withdrawn"]["crm"]), (expected.into(), &json!(6)), "{undone}");
    left_as_it_should_be(&world, subscriber).await;

    // Nothing comes back, and asked again there is nothing left to take back.
    world.quiet().await;
    left_as_it_should_be(&world, subscriber).await;
    let again = told(&world, &["import", "pms", "--rollback"]);
    assert_eq!((&again["withdrawn"]["crm"], &again["kept"]), (&json!(0), &undone["kept"]), "{again}");
    world.site.stop();
}

async fn left_as_it_should_be(world: &World, subscriber: i64) {
    assert_eq!(world.party("Sara Suscrita").await, subscriber);
    for name in ["Cora Cambiada", "Tomás Trata", "Fe Firma"] {
        world.party(name).await;
    }
    for name in ["Quim Queda", "Carla Cancela"] {
        assert_eq!(world.client.parties_named(name), Vec::<i64>::new());
    }
    assert_eq!(world.opportunities().len(), 2, "the stay that somebody works on, and the lead");
}

fn why(kept: &Value) -> (i64, &str) {
    let id = kept["external_id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    (id, kept["why"].as_str().expect("a reason"))
}

/// Runs a command that tells one object.
fn told(world: &World, arguments: &[&str]) -> Value {
    let arguments = [&["--output", "json"], arguments].concat();
    serde_json::from_str(&world.site.prints(&arguments)).expect("one object")
}
