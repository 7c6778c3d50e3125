//! Whatever comes in whatever order, however often somebody is cut off: the same is proposed.

use std::collections::BTreeSet;

use cardex::matching::Matcher;
use cardex::model::Life;
use cardex::store::{KeptPair, Recount};

use super::people::{Dice, Guest, guests};
use super::world::{Proposals, World, work_off};
use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(
    changes_find_what_a_scan_finds_in_any_order,
    an_import_is_looked_at_by_one_scan,
    whoever_dies_on_the_way_loses_nothing,
    two_daemons_at_once_find_the_same,
);

/// The share of two sets of proposals that both have, in thousandths.
fn in_common(a: &Proposals, b: &Proposals) -> usize {
    let members = |of: &Proposals| of.iter().map(|(members, _)| members.clone()).collect::<BTreeSet<_>>();
    let (a, b) = (members(a), members(b));
    a.intersection(&b).count() * 1000 / a.union(&b).count().max(1)
}

/// Fails with the pairs that only one side has.
#[track_caller]
fn same(found: &[KeptPair], expected: &[KeptPair]) {
    let more: Vec<_> = found.iter().filter(|pair| !expected.contains(pair)).collect();
    let fewer: Vec<_> = expected.iter().filter(|pair| !found.contains(pair)).collect();
    assert!(more.is_empty() && fewer.is_empty(), "{more:?} {fewer:?}");
}

async fn changes_find_what_a_scan_finds_in_any_order(hub: Hub) {
    let mut all = guests(2000, 7);
    let mut world = World::of(hub);
    let mut first: Option<Proposals> = None;
    for order in 0..2_u64 {
        Dice::of(order + 100).shuffle(&mut all);
        let ids: Vec<_> = world.guests.keys().copied().collect();
        for id in ids {
            world.set_life(id, Life::Retired).await;
        }
        world.keep_up().await;
        assert_eq!((world.proposals().await.len(), world.pairs().await.len()), (0, 0));
        for page in all.chunks(400) {
            world.add(page, Recount::Soon).await;
            world.keep_up().await;
        }
        let on_change = world.proposals().await;
        world.scan().await;
        let scanned = world.proposals().await;
        let common = in_common(&on_change, &scanned);
        assert!(common >= 995, "order {order}: {common} of a thousand, {} proposals", scanned.len());
        assert!(scanned.len() > 100, "{}", scanned.len());
        let first = first.get_or_insert_with(|| scanned.clone());
        let common = in_common(first, &scanned);
        assert!(common >= 999, "order {order} against the first: {common} of a thousand");
    }
}

async fn an_import_is_looked_at_by_one_scan(hub: Hub) {
    let mut world = World::of(hub);
    let all = guests(500, 3);
    world.add(&all, Recount::AtTheEnd).await;
    assert_eq!(world.work().await, 0, "nobody is marked");
    assert!(world.hub.store.match_since().await.expect("an answer").is_some());
    let scanned = world.scan().await;
    assert_eq!(scanned.profiles, 500);
    assert!(world.hub.store.match_since().await.expect("an answer").is_none());
    let found = world.proposals().await;
    assert_eq!(found.len(), scanned.proposals.values().sum::<usize>());
    // Looking at everybody again changes nothing.
    let ids: Vec<_> = world.guests.keys().copied().collect();
    world.hub.store.mark_matches(world.now(), &ids).await.expect("marks");
    let pairs = world.pairs().await;
    assert_eq!(world.work().await, 500);
    same(&world.pairs().await, &pairs);
    assert_eq!(world.proposals().await, found);
}

async fn whoever_dies_on_the_way_loses_nothing(hub: Hub) {
    let mut world = World::of(hub);
    let all: Vec<Guest> = guests(600, 11);
    world.add(&all, Recount::Soon).await;
    for step in 1..40_u64 {
        // Cut off somewhere inside a batch; the turn is still his until its lease ends.
        let matcher = Matcher::new(&world.hub);
        let cut = tokio::time::timeout(std::time::Duration::from_millis(step * 7), matcher.work()).await;
        drop(cut);
        world.pass(5);
    }
    world.work().await;
    let found = world.proposals().await;
    let pairs = world.pairs().await.len();
    world.scan().await;
    let common = in_common(&found, &world.proposals().await);
    assert!(common >= 990, "{common} of a thousand");
    assert!(pairs.abs_diff(world.pairs().await.len()) <= pairs / 50);
}

async fn two_daemons_at_once_find_the_same(hub: Hub) {
    let mut world = World::of(hub);
    let all = guests(600, 5);
    world.add(&all, Recount::Soon).await;
    let other = world.another().await;
    let (one, two) = (Matcher::new(&world.hub), Matcher::new(&other));
    for _ in 0..20 {
        // Whoever loses the turn on the way leaves its marks to the other.
        let (a, b) = tokio::join!(one.work(), two.work());
        drop((a, b));
        one.rest().await.expect("it rests");
        two.rest().await.expect("it rests");
    }
    work_off(&one).await;
    let found = world.proposals().await;
    assert_eq!(found.len(), world.open().await.len(), "nothing is proposed twice");
    world.scan().await;
    let common = in_common(&found, &world.proposals().await);
    assert!(common >= 990, "{common} of a thousand");
    other.store.close().await;
}
