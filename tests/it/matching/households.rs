//! People with one contact: operators are asked how they belong together, once, and whoever has found it.

use std::collections::BTreeSet;

use cardex::model::review::ReviewState;
use cardex::model::{Life, OperatorId, RecordId, keys};
use cardex::review::{Decision, decide, reconsider};
use cardex::store::Recount;

use super::people::{Guest, guests};
use super::traps::{ana, populated};
use super::world::World;
use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(
    changes_ask_what_a_scan_asks,
    an_answer_ends_the_question_for_ever,
    who_may_be_another_is_not_asked_about_yet,
    question_ends_with_the_household,
    hotel_that_does_not_ask_takes_its_questions_back,
);

/// The open questions, by the guests that they are about.
async fn asked(world: &World) -> BTreeSet<[String; 2]> {
    let open = world.households().await.into_iter().map(|(_, both)| {
        let mut both = both.map(|id| format!("{:?}", world.guests[&id]));
        both.sort();
        both
    });
    open.collect()
}

async fn changes_ask_what_a_scan_asks(hub: Hub) {
    let all = guests(800, 7);
    let mut world = World::of(hub);
    world.asks_about_households(true);
    for page in all.chunks(150) {
        world.add(page, Recount::Soon).await;
        world.keep_up().await;
    }
    let on_change = asked(&world).await;
    let open = world.households().await;
    let pairs: BTreeSet<BTreeSet<RecordId>> = open.iter().map(|(_, both)| BTreeSet::from(*both)).collect();
    assert_eq!(pairs.len(), open.len(), "nothing is asked twice");
    let undecided: BTreeSet<RecordId> =
        world.open().await.into_iter().flat_map(|(_, members, _)| members).collect();
    assert!(open.iter().all(|(_, both)| both.iter().all(|id| !undecided.contains(id))), "first who is who");
    world.scan().await;
    world.keep_up().await;
    let scanned = asked(&world).await;
    assert!(scanned.len() > 10, "{}", scanned.len());
    let differing = |other: &BTreeSet<[String; 2]>| other.symmetric_difference(&scanned).count();
    assert!(differing(&on_change) <= 1, "{on_change:?}");

    let ids: Vec<RecordId> = world.guests.keys().copied().collect();
    for id in ids {
        world.set_life(id, Life::Retired).await;
    }
    world.keep_up().await;
    assert!(asked(&world).await.is_empty(), "nobody is left");
    world.add(&all, Recount::AtTheEnd).await;
    world.scan().await;
    world.keep_up().await;
    let imported = asked(&world).await;
    assert!(differing(&imported) <= 1, "an import asks the same: {imported:?}");
}

/// Two who share an address, and the question about them.
async fn couple(hub: Hub) -> (World, [RecordId; 2]) {
    let mut world = populated(hub).await;
    world.asks_about_households(true);
    world.keep_up().await;
    let partner = Guest { given: "Stefan".into(), birth: "1979-01-20".into(), sex: "male".into(), ..ana() };
    let ids = world.add(&[ana(), partner], Recount::Soon).await;
    world.keep_up().await;
    let both = ids.try_into().expect("two");
    assert_eq!(about(&world, both).await, 1);
    assert!(world.open().await.iter().all(|(_, members, _)| !members.contains(&both[0])), "they are not one");
    (world, both)
}

/// How many questions are open about these two.
async fn about(world: &World, both: [RecordId; 2]) -> usize {
    let both = BTreeSet::from(both);
    world.households().await.into_iter().filter(|(_, asked)| BTreeSet::from(*asked) == both).count()
}

async fn answer(world: &World, both: [RecordId; 2], decision: &Decision) {
    let both = BTreeSet::from(both);
    let open = world.households().await.into_iter().find(|(_, asked)| BTreeSet::from(*asked) == both);
    let (review, _) = open.expect("a question");
    decide(&world.hub, review.id, decision, &OperatorId::new("ana")).await.expect("it is decided");
}

/// Everybody is looked at again, one by one and all together.
async fn look_again(world: &World, both: [RecordId; 2]) {
    world.hub.store.mark_matches(world.now(), &both).await.expect("marks");
    world.hub.store.mark_households(&both).await.expect("marks");
    world.keep_up().await;
    world.scan().await;
    world.keep_up().await;
}

async fn an_answer_ends_the_question_for_ever(hub: Hub) {
    let (mut world, both) = couple(hub).await;
    answer(&world, both, &Decision::Relate { relation: "spouse".to_owned() }).await;
    look_again(&world, both).await;
    assert_eq!(about(&world, both).await, 0, "they are related");

    let records = [world.record(both[0]).await, world.record(both[1]).await];
    let mut related = records.into_iter().find(|record| record.fields.contains_key(&keys::RELATIONS));
    let mut related = related.take().expect("it is written down once");
    related.fields.remove(&keys::RELATIONS);
    world.store(related).await;
    look_again(&world, both).await;
    assert_eq!(about(&world, both).await, 1, "they are related no more");

    answer(&world, both, &Decision::Reject { reason: "a shared office".to_owned() }).await;
    world.change(both[0], Guest { second: String::new(), ..ana() }).await;
    look_again(&world, both).await;
    assert_eq!(about(&world, both).await, 0, "nobody asks again");
    reconsider(&world.hub, (both[1], both[0]), &OperatorId::new("ana")).await.expect("it is taken back");
    world.keep_up().await;
    assert_eq!(about(&world, both).await, 1);
}

async fn who_may_be_another_is_not_asked_about_yet(hub: Hub) {
    let (mut world, both) = couple(hub).await;
    let copy = world.add(&[Guest { second: String::new(), ..ana() }], Recount::Soon).await[0];
    world.keep_up().await;
    assert_eq!(about(&world, both).await, 0, "first it is decided who she is");
    let open = world.open().await.into_iter().find(|(_, members, _)| members.contains(&copy));
    let (review, ..) = open.expect("a proposal");
    let decision = Decision::Reject { reason: "mother and daughter".to_owned() };
    decide(&world.hub, review.id, &decision, &OperatorId::new("ana")).await.expect("it is decided");
    world.keep_up().await;
    let [_, partner] = both;
    assert_eq!((about(&world, both).await, about(&world, [copy, partner]).await), (1, 1));
}

async fn question_ends_with_the_household(hub: Hub) {
    let (mut world, both) = couple(hub).await;
    let (review, _) = world.households().await.pop().expect("a question");
    let elsewhere = Guest {
        email: "stefan.holzmann@example.net".into(),
        phone: "+4915112345678".into(),
        given: "Stefan".into(),
        surname: "Holzmann".into(),
        ..ana()
    };
    world.change(both[1], elsewhere).await;
    world.keep_up().await;
    assert_eq!(about(&world, both).await, 0, "they have no contact in common any more");
    world
        .change(both[1], Guest { given: "Stefan".into(), sex: "male".into(), birth: String::new(), ..ana() })
        .await;
    world.keep_up().await;
    let again = world.households().await;
    assert!(again.iter().all(|(asked, _)| asked.id != review.id), "a new question");
    let ended = world.hub.store.review(review.id).await.expect("reads").expect("the review");
    assert!(matches!(ended.state, ReviewState::Settled { .. }), "{ended:?}");
    world.set_life(both[1], Life::Erased).await;
    world.keep_up().await;
    assert_eq!(about(&world, both).await, 0);
}

async fn hotel_that_does_not_ask_takes_its_questions_back(hub: Hub) {
    let (mut world, both) = couple(hub).await;
    let n_asked = world.households().await.len();
    world.asks_about_households(false);
    world.keep_up().await;
    assert!(world.households().await.is_empty());
    world.asks_about_households(true);
    world.keep_up().await;
    assert_eq!((about(&world, both).await, world.households().await.len()), (1, n_asked));
}
