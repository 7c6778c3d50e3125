//! Killing cardex, its CRM and its database while people work on both sides: in the end both sides agree, nothing
//! is lost and nobody exists twice.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

use super::world::{HubOn, World};
use crate::support::hoteldruid::{Flavour, NewGuest};
use crate::support::postgres;
use crate::support::site::eventually;

/// How often cardex is killed.
const KILLS: u32 = 200;
/// How many edits are made meanwhile, on both sides together.
const EDITS: u32 = 500;
/// How many guests there are to edit.
const GUESTS: u32 = 20;

/// What the two sides should hold in the end.
struct People {
    guests: Vec<(i64, i64)>,
    phones: BTreeMap<i64, String>,
    emails: BTreeMap<i64, String>,
    random: Random,
}

/// A small generator, so that a failing run can be repeated from its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap_or_default() % limit
    }
}

impl People {
    /// Enters guests at the hotel and waits for their parties.
    async fn arrive(world: &World) -> Self {
        let mut guests = Vec::new();
        for number in 0..GUESTS {
            let (surname, email) = (surname(number), format!("g{number}@example.com"));
            let phone = format!("60000{number:04}");
            let guest = NewGuest { surname: &surname, name: "Ana", email: &email, phone: &phone, more: &[] };
            guests.push(world.hotel.new_guest(&guest).await);
        }
        let mut linked = Vec::new();
        for (number, guest) in (0..GUESTS).zip(guests) {
            linked.push((guest, world.party(&format!("Ana {}", surname(number))).await));
        }
        Self { guests: linked, phones: BTreeMap::new(), emails: BTreeMap::new(), random: Random(20_261_122) }
    }

    /// One edit: a phone at the hotel, as its form writes it, or an e-mail at the CRM.
    async fn edit(&mut self, world: &World, number: u32) {
        let (guest, party) = self.guests[self.random.below(GUESTS) as usize];
        if number.is_multiple_of(2) {
            let phone = format!("61{number:07}");
            let update = format!("update clienti set telefono = '{phone}' where idclienti = {guest}");
            world.hotel.sql(&update).await;
            self.phones.insert(guest, phone);
        } else {
            let email = format!("edit{number}@example.com");
            if change_email(world, party, &email) {
                self.emails.insert(guest, email);
            }
        }
    }

    /// Whether both sides hold what was typed last.
    async fn agree(&self, world: &World) -> Result<(), String> {
        let rows = world.hotel.rows("select idclienti, telefono, email from clienti").await;
        for (guest, party) in &self.guests {
            let row = rows.iter().find(|row| row["idclienti"] == *guest).ok_or("a guest is gone")?;
            let contacts = world.contacts(*party);
            let (phone, email) = (text(&row["telefono"]), text(&row["email"]));
            if self.phones.get(guest).is_some_and(|typed| *typed != phone) {
                return Err(format!("guest {guest} lost his phone"));
            }
            if self.emails.get(guest).is_some_and(|typed| *typed != email) {
                return Err(format!("guest {guest} has not got the e-mail typed at the CRM"));
            }
            let mut expected = vec![format!("+34{phone}"), email];
            expected.sort();
            if contacts != expected {
                return Err(format!("guest {guest}: the hotel has {expected:?}, the CRM {contacts:?}"));
            }
        }
        Ok(())
    }

    /// Waits for the agreement and checks that nobody exists twice.
    async fn settle(&self, world: &World, parties_before: usize) {
        let mut last = String::new();
        let mut tries = 0;
        while let Err(why) = self.agree(world).await {
            tries += 1;
            last.clone_from(&why);
            assert!(tries < 240, "the sides do not agree: {last}");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        world.quiet().await;
        self.agree(world).await.expect("they still agree");
        assert_eq!(world.live_parties(), parties_before + GUESTS as usize, "a party exists twice or is gone");
        let guests = world.hotel.rows("select idclienti from clienti").await;
        assert_eq!(guests.len(), GUESTS as usize, "a guest exists twice or is gone");
    }
}

#[tokio::test]
async fn nothing_is_lost_over_two_hundred_kills() {
    let mut world = World::prepare(Flavour::Sqlite, HubOn::Sqlite).await;
    let before = world.live_parties();
    world.site.start().await;
    let mut people = People::arrive(&world).await;
    let mut made = 0;
    for kill in 1..=KILLS {
        // The edits are spread over the kills; the moment of the kill is random.
        while made < EDITS * kill / KILLS {
            people.edit(&world, made).await;
            made += 1;
        }
        tokio::time::sleep(Duration::from_millis(people.random.below(400).into())).await;
        world.site.kill();
        world.site.launch();
    }
    world.site.kill();
    world.site.start().await;
    people.settle(&world, before).await;
    world.site.stop();
}

#[tokio::test]
async fn outage_of_the_crm_loses_nothing() {
    let mut world = World::prepare(Flavour::Sqlite, HubOn::Sqlite).await;
    let before = world.live_parties();
    world.site.start().await;
    let mut people = People::arrive(&world).await;
    world.crm.stop();
    for (guest, _) in people.guests.clone() {
        let phone = format!("62000{guest:04}");
        world.hotel.sql(&format!("update clienti set telefono = '{phone}' where idclienti = {guest}")).await;
        people.phones.insert(guest, phone);
    }
    eventually("cardex notices that the CRM is down", async || {
        world.site.log().contains("cannot be reached").then_some(())
    })
    .await;
    world.crm.restart();
    world.client = world.crm.client();
    people.settle(&world, before).await;
    world.site.stop();
}

#[tokio::test]
async fn crashes_of_the_hub_s_database_lose_nothing() {
    let cluster = postgres::Cluster::start();
    let mut world = World::prepare_on(Flavour::Sqlite, &cluster.fresh_database().await).await;
    let before = world.live_parties();
    world.site.start().await;
    let mut people = People::arrive(&world).await;
    for number in 0..60 {
        people.edit(&world, number).await;
        if number % 12 == 5 {
            cluster.crash().await;
        }
    }
    people.settle(&world, before).await;
    assert!(world.site.is_running(), "the daemon did not survive: {}", world.site.log());
    world.site.stop();
}

fn surname(number: u32) -> String {
    let letter = |digit: u32| char::from(b'a' + u8::try_from(digit % 26).unwrap_or_default());
    format!("Prueba{}{}", letter(number / 26), letter(number))
}

/// Types another e-mail for a party; `false` when the CRM was too busy to take it.
fn change_email(world: &World, party: i64, email: &str) -> bool {
    let of_party = json!([["party", "=", party], ["type", "=", "email"], ["active", "=", true]]);
    let rows = world.client.find("party.contact_mechanism", &of_party, &["value"]);
    let Some(id) = rows.first().and_then(|row| row["id"].as_i64()) else { return false };
    let change = [json!([id]), json!({"value": email})];
    world.client.try_call("model.party.contact_mechanism.write", &change).is_ok()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
