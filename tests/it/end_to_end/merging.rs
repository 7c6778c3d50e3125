//! Duplicates accepted by an operator: a real Tryton merges them, HotelDruid's front desk has to.

use serde_json::{Value, json};

use super::world::World;
use crate::support::hoteldruid::{Flavour, NewGuest};
use crate::support::site::eventually;

use cardex::model::RecordId;
use cardex::model::RecordKind;
use cardex::model::review::{Band, Cluster, ReviewState};
use cardex::model::{ObservationId, Review, ReviewKind};
use cardex::store::{Commit, Store, StoreSettings};

fn guest<'a>(surname: &'a str, name: &'a str, email: &'a str) -> NewGuest<'a> {
    NewGuest { surname, name, email, phone: "", more: &[] }
}

/// Two guests of HotelDruid who are parties of Tryton, and the review that asks whether they are one.
struct Found {
    world: World,
    store: Store,
    guests: [i64; 2],
    parties: [i64; 2],
    review: String,
}

async fn found(merges: &str) -> Found {
    let url = crate::support::postgres::cluster().fresh_database().await;
    let more = format!("[system_defaults]\nmerges = \"{merges}\"");
    let mut world = World::prepare_beside(Flavour::Sqlite, &url, &more).await;
    world.site.start().await;
    let one = world.hotel.new_guest(&guest("Doble", "Dora", "dora@example.com")).await;
    let other = world.hotel.new_guest(&guest("Doble", "Dorotea", "dorotea@example.com")).await;
    let parties = [world.party("Dora Doble").await, world.party("Dorotea Doble").await];
    world.quiet().await;
    let store = Store::open_beside(&StoreSettings::of(url)).await.expect("the hub's store");
    let mut records = Vec::new();
    for party in parties {
        let found = store.find_record(&party.to_string(), 10).await.expect("reads");
        let person = found.into_iter().filter(|line| line.kind == RecordKind::Person);
        records.push(person.map(|line| line.id).collect::<Vec<_>>());
    }
    let at_crm = store.links_of(&records.concat(), Some(&"crm".into())).await.expect("reads");
    let of = |party: i64| {
        let id = party.to_string();
        let is_it =
            |one: &&cardex::store::Linked| one.link.external_id.as_ref().is_some_and(|it| it.as_str() == id);
        at_crm.iter().find(is_it).expect("a link").root
    };
    let review = ask(&store, [of(parties[0]), of(parties[1])]).await;
    Found { world, store, guests: [one, other], parties, review }
}

/// Opens the review as the matcher would.
async fn ask(store: &Store, [main, other]: [RecordId; 2]) -> String {
    let cluster = Cluster {
        of: RecordKind::Person,
        main,
        others: vec![other],
        band: Band::Strong,
        probability_ppm: 990_000,
        next_arrival: None,
    };
    let mut commit = Commit { now: cardex::clock::Clock::system().now(), ..Commit::default() };
    let review = Review {
        id: cardex::model::ids::ReviewId::new(cardex::clock::new_id()),
        record: Some(main),
        system: None,
        kind: ReviewKind::Duplicates(Box::new(cluster)),
        opened_at: commit.now,
        state: ReviewState::Open,
        postponed: None,
    };
    let id = review.id.to_string();
    commit.open(review, ObservationId::new(cardex::clock::new_id()));
    store.commit(commit).await.expect("it is opened");
    id
}

impl Found {
    fn listed(&self, kind: &str) -> Vec<Value> {
        let listed = self.world.site.prints(&["review", "list", "--kind", kind, "--output", "json"]);
        listed.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    fn is_live(&self, party: i64) -> bool {
        self.world.is_live(party)
    }
}

#[tokio::test]
async fn accepted_merge_is_made_at_tryton_and_is_work_at_hoteldruid() {
    let mut found = found("make").await;
    let shown = found.world.site.prints(&["review", "show", &found.review]);
    for part in ["Dora", "Dorotea", "emails[dora@example.com]", "strong (99.0 %)"] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    let accepted = found.world.site.prints(&["review", "accept", &found.review, "--output", "json"]);
    let accepted: Value = serde_json::from_str(&accepted).expect("JSON");
    assert_eq!(accepted["by_hand"], true, "HotelDruid cannot merge: {accepted}");
    eventually("Tryton has replaced one party by the other", async || {
        let live: Vec<bool> = found.parties.iter().map(|party| found.is_live(*party)).collect();
        (live.iter().filter(|live| **live).count() == 1).then_some(())
    })
    .await;
    let replaced = found.parties.into_iter().find(|party| !found.is_live(*party)).expect("one of them");
    let party = found.world.client.get("party.party", replaced, &["replaced_by"]).expect("the party");
    assert!(party["replaced_by"].is_number(), "by the wizard, not archived: {party}");
    found.world.quiet().await;
    assert!(found.listed("proposal").is_empty(), "nobody has to be asked");
    let work = found.listed("work");
    let [hand] = work.as_slice() else { panic!("{work:?}") };
    assert_eq!(hand["system"], "pms");
    let question = hand["question"].as_str().expect("a question");
    let lost =
        found.guests.into_iter().find(|id| question.contains(&format!("person `{id}@"))).expect("an id");

    let undone = found.world.site.prints(&["review", "undo", &found.review, "--output", "json"]);
    let undone: Value = serde_json::from_str(&undone).expect("JSON");
    assert_eq!(undone["stays"][0]["system"], "crm", "{undone}");
    assert_eq!(undone["stays"][0]["lose"], json!(replaced.to_string()));
    found.world.quiet().await;
    let work = found.listed("work");
    let [stays] = work.as_slice() else { panic!("the hotel has nothing to do any more: {work:?}") };
    assert_eq!(stays["system"], "crm");
    assert!(lost > 0);
    found.store.close().await;
    found.world.site.stop();
}

#[tokio::test]
async fn merge_is_proposed_at_tryton_and_ends_at_hoteldruid_once_it_is_done() {
    let mut found = found("propose").await;
    found.world.site.prints(&["review", "accept", &found.review]);
    found.world.quiet().await;
    assert!(found.parties.iter().all(|party| found.is_live(*party)), "Tryton is not touched");
    let proposed = found.listed("proposal");
    let [proposal] = proposed.as_slice() else { panic!("{proposed:?}") };
    assert_eq!(proposal["system"], "crm");
    found.world.site.prints(&["review", "accept", proposal["id"].as_str().expect("an id")]);
    found.world.quiet().await;
    assert_eq!(found.parties.iter().filter(|party| found.is_live(**party)).count(), 1);

    let work = found.listed("work");
    let [hand] = work.as_slice() else { panic!("{work:?}") };
    let question = hand["question"].as_str().expect("a question");
    let lost =
        found.guests.into_iter().find(|id| question.contains(&format!("person `{id}@"))).expect("an id");
    found.world.hotel.delete_guest(lost).await;
    eventually("the work ends once it is seen done", async || found.listed("work").is_empty().then_some(()))
        .await;
    found.store.close().await;
    found.world.site.stop();
}
