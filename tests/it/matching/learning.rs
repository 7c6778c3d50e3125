//! What operators decide moves the weights, for everybody, within bounds, and can be taken back.

use std::sync::Arc;

use cardex::hub::Matching;
use cardex::matching::{DecidedPair, Learning, Matcher, decided_pairs};
use cardex::model::{Life, OperatorId, RecordId, Review};
use cardex::review::{Decision, decide, reconsider, undo};
use cardex::store::{LearnedWeights, Recount};

use super::people::Guest;
use super::world::{World, work_off};
use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(
    decisions_move_the_weights_of_everybody_and_are_rolled_back,
    decisions_of_one_answer_are_refused,
    whoever_wants_no_learning_has_none,
    automatic_merges_teach_nothing,
    an_undo_turns_its_label_round_and_reconsidering_takes_it_away,
    who_is_erased_leaves_levels_only,
);

const GIVEN: [&str; 7] = ["Gonzalo", "Beatriz", "Raquel", "Iker", "Unai", "Fátima", "Wenceslao"];
const SYLLABLES: [&str; 10] = ["bur", "dal", "fen", "gol", "hir", "jas", "kem", "lud", "mor", "nix"];

/// Somebody whom nobody else is called like, the `n`th.
fn somebody(n: usize) -> Guest {
    let surname = format!("{}{}{}ez", SYLLABLES[n / 100 % 10], SYLLABLES[n / 10 % 10], SYLLABLES[n % 10]);
    Guest { given: GIVEN[n % 7].into(), surname, country: "ES".into(), ..Guest::default() }
}

/// Two profiles with one number.
fn by_phone(n: usize) -> [Guest; 2] {
    let guest = Guest { phone: format!("+346{:08}", n * 7_919_317 % 100_000_000), ..somebody(n) };
    [guest.clone(), guest]
}

/// Two profiles with one address.
fn by_email(n: usize) -> [Guest; 2] {
    let guest = Guest { email: format!("g.{}@example.com", somebody(n).surname), ..somebody(n) };
    [guest.clone(), guest]
}

fn learning(hub: Hub) -> World {
    let mut world = World::of(hub);
    world.hub.matching = Arc::new(Matching { learn: true, ..Matching::default() });
    world
}

fn operator() -> OperatorId {
    OperatorId::new("front desk")
}

/// The open proposals, each with whether it is about one number.
async fn open(world: &World) -> Vec<(Review, bool)> {
    let open = world.open().await.into_iter();
    open.map(|(review, members, _)| (review, !world.guests[&members[0]].phone.is_empty())).collect()
}

async fn say(world: &World, review: &Review, is_one: bool) {
    let no = Decision::Reject { reason: "another guest".to_owned() };
    let decision = if is_one { Decision::Accept } else { no };
    decide(&world.hub, review.id, &decision, &operator()).await.expect("it is decided");
}

/// Adds pairs, has them found, and decides so many of those with one number and of those with one address.
async fn decided(world: &mut World, phones: usize, emails: usize, left: usize) {
    let phone = (0..phones + left).flat_map(by_phone);
    let email = (500..500 + emails).flat_map(by_email);
    world.add(&phone.chain(email).collect::<Vec<_>>(), Recount::AtTheEnd).await;
    world.scan().await;
    let open = open(world).await;
    assert_eq!(open.len(), phones + emails + left, "every pair is proposed");
    let (by_phone, by_email): (Vec<_>, Vec<_>) = open.into_iter().partition(|(_, by_phone)| *by_phone);
    for ((review, _), is_one) in
        by_phone.iter().take(phones).map(|one| (one, false)).chain(by_email.iter().map(|one| (one, true)))
    {
        say(world, review, is_one).await;
    }
}

async fn versions(world: &World) -> Vec<LearnedWeights> {
    world.hub.store.learned_weights().await.expect("weights")
}

async fn decisions_move_the_weights_of_everybody_and_are_rolled_back(hub: Hub) {
    let mut world = learning(hub);
    decided(&mut world, 30, 30, 3).await;
    assert_eq!(open(&world).await.len(), 3);
    assert_eq!(world.scan().await.weights, 1);
    let [version] = &versions(&world).await[..] else { panic!("one version") };
    assert_eq!((version.decisions, version.pairs, version.is_active), (60, 60, true), "{version:?}");
    assert!(version.loss.1 < version.loss.0 && version.precision.1 >= version.precision.0, "{version:?}");
    assert_eq!(open(&world).await.len(), 0, "one number is not enough any more");
    // Another daemon compares by them too.
    let other = world.another().await;
    let both: Vec<Guest> = by_phone(900).into_iter().chain(by_email(901)).collect();
    world.add(&both, Recount::Soon).await;
    assert!(work_off(&Matcher::new(&other)).await >= both.len());
    let found = open(&world).await;
    assert_eq!(found.iter().map(|(_, by_phone)| *by_phone).collect::<Vec<_>>(), [false]);
    other.store.close().await;
    // Nobody mixes what two sets of weights have found: what changes waits until all are compared anew.
    world.hub.store.use_weights(None).await.expect("the shipped ones");
    let marked = world.add(&by_phone(902), Recount::Soon).await;
    let worked = Matcher::new(&world.hub).work().await.expect("it works");
    assert!(worked.needs_scan && worked.profiles == 0, "{worked:?}");
    Matcher::new(&world.hub).rest().await.expect("it rests");
    world.pass(20);
    world.keep_up().await;
    assert_eq!(open(&world).await.len(), 6, "{marked:?} and what was proposed before");
    assert_eq!((world.scan().await.weights, versions(&world).await.len()), (0, 1), "nothing new is learned");
    world.hub.store.use_weights(Some(1)).await.expect("the learned ones");
    world.keep_up().await;
    assert_eq!(open(&world).await.len(), 1);
    // A new decision is learned from.
    let (review, _) = open(&world).await.remove(0);
    say(&world, &review, true).await;
    world.hub.store.use_weights(None).await.expect("the shipped ones");
    assert_eq!((world.scan().await.weights, versions(&world).await.len()), (2, 2));
}

async fn decisions_of_one_answer_are_refused(hub: Hub) {
    let mut world = learning(hub);
    decided(&mut world, 55, 0, 2).await;
    assert_eq!(world.scan().await.weights, 0);
    let [version] = &versions(&world).await[..] else { panic!("one version") };
    assert!(!version.is_active && version.refused.is_some(), "{version:?}");
    assert_eq!(open(&world).await.len(), 2, "what was proposed still is");
    world.scan().await;
    assert_eq!(versions(&world).await.len(), 1, "the same decisions are not tried twice");
}

async fn whoever_wants_no_learning_has_none(hub: Hub) {
    let mut world = World::of(hub);
    decided(&mut world, 25, 25, 1).await;
    assert_eq!(world.scan().await.weights, 0);
    assert_eq!(versions(&world).await, []);
    let asked = Matcher::new(&world.hub).learn().await.expect("it learns").expect("the turn");
    let Learning::Fitted(fitted) = asked else { panic!("{asked:?}") };
    assert!(fitted.is_active, "but when it is asked to");
}

async fn automatic_merges_teach_nothing(hub: Hub) {
    let mut world = World::of(hub);
    world.hub.matching = Arc::new(Matching { learn: true, merge_identity: true, ..Matching::default() });
    let birth = |n| format!("{}-{:02}-{:02}", 1930 + n % 71, n % 12 + 1, n % 28 + 1);
    let certain = |n| by_phone(n).map(|guest| Guest { birth: birth(n), ..guest });
    world.add(&(1..56).map(|n| n * 13).flat_map(certain).collect::<Vec<_>>(), Recount::AtTheEnd).await;
    world.scan().await;
    let merged = world.hub.store.decided_proposals(100).await.expect("reviews");
    assert_eq!(merged.len(), 55, "all were made one");
    assert!(labels(&world).await.is_empty());
    let asked = Matcher::new(&world.hub).learn().await.expect("it learns");
    assert_eq!(asked, Some(Learning::TooFew { decisions: 0 }));
    // But when an operator takes one apart, it is his word.
    undo(&world.hub, merged[0].id, &operator()).await.expect("it is undone");
    assert_eq!(labels(&world).await, [false]);
}

async fn decided_of(world: &World) -> Vec<DecidedPair> {
    decided_pairs(&world.hub.store).await.expect("pairs")
}

async fn labels(world: &World) -> Vec<bool> {
    decided_of(world).await.into_iter().map(|decided| decided.is_one).collect()
}

/// A pair that is proposed, and the proposal.
async fn proposed(world: &mut World) -> (Vec<RecordId>, Review) {
    let ids = world.add(&by_email(1), Recount::Soon).await;
    world.work().await;
    (ids, open(world).await.remove(0).0)
}

async fn an_undo_turns_its_label_round_and_reconsidering_takes_it_away(hub: Hub) {
    let mut world = learning(hub);
    let (ids, review) = proposed(&mut world).await;
    assert!(labels(&world).await.is_empty(), "nobody has decided");
    say(&world, &review, true).await;
    let accepted = decided_of(&world).await;
    assert_eq!(labels(&world).await, [true]);
    world.work().await;
    undo(&world.hub, review.id, &operator()).await.expect("it is undone");
    world.work().await;
    world.scan().await;
    let undone = decided_of(&world).await;
    assert_eq!(labels(&world).await, [false]);
    assert_eq!(undone[0].cells, accepted[0].cells, "as the two were before they were one");
    reconsider(&world.hub, (ids[0], ids[1]), &operator()).await.expect("it is taken back");
    assert!(labels(&world).await.is_empty());
    world.scan().await;
    let again = open(&world).await.remove(0).0;
    say(&world, &again, false).await;
    assert_eq!(labels(&world).await, [false]);
}

async fn who_is_erased_leaves_levels_only(hub: Hub) {
    let mut world = learning(hub);
    let (ids, review) = proposed(&mut world).await;
    say(&world, &review, false).await;
    world.set_life(ids[0], Life::Erased).await;
    world.work().await;
    world.scan().await;
    let left = world.hub.store.kept_profiles(&ids[..1]).await.expect("profiles");
    assert!(left.is_empty(), "no features");
    let [kept] = &decided_of(&world).await[..] else { panic!("the decision still teaches") };
    let (one, other) = (ids[0].min(ids[1]), ids[0].max(ids[1]));
    assert_eq!((kept.pair, kept.is_one), ((one, other), false));
}
