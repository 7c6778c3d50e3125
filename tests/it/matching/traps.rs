//! What a detector must not fall for, and what has to be withdrawn.

use cardex::model::{Life, OperatorId, RecordId};
use cardex::review::{Decision, decide};
use cardex::store::Recount;

use super::people::{Guest, guests};
use super::world::World;
use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(
    who_is_erased_or_merged_leaves_at_once,
    a_contact_that_becomes_everybodys_withdraws_what_it_proposed,
    whom_operators_keep_apart_is_not_proposed_again,
    dummies_are_nobody,
    a_correction_ends_a_proposal,
    a_couple_is_a_household,
);

pub(super) fn ana() -> Guest {
    Guest {
        given: "Ana".into(),
        surname: "Garmonez".into(),
        second: "Valberg".into(),
        email: "ana.garmonez@example.com".into(),
        phone: "+34600123456".into(),
        birth: "1980-05-17".into(),
        country: "ES".into(),
        sex: "female".into(),
    }
}

/// A hub in which names are as frequent as they are.
pub(super) async fn populated(hub: Hub) -> World {
    let mut world = World::of(hub);
    world.add(&guests(300, 21), Recount::AtTheEnd).await;
    world.scan().await;
    world
}

/// Whether some of these are proposed as one.
async fn proposed(world: &World, ids: &[RecordId]) -> Option<Vec<RecordId>> {
    let open = world.open().await;
    open.into_iter().map(|(_, members, _)| members).find(|members| ids.iter().all(|id| members.contains(id)))
}

async fn who_is_erased_or_merged_leaves_at_once(hub: Hub) {
    let mut world = populated(hub).await;
    let copy = Guest { second: String::new(), ..ana() };
    let ids = world.add(&[ana(), copy.clone(), Guest { given: "ANA".into(), ..copy }], Recount::Soon).await;
    world.work().await;
    assert!(proposed(&world, &ids).await.is_some(), "all three are one");
    world.set_life(ids[2], Life::Erased).await;
    world.work().await;
    assert_eq!(proposed(&world, &ids[..2]).await.map(|members| members.len()), Some(2));
    let kept = world.hub.store.kept_profiles(&ids).await.expect("profiles");
    assert_eq!(kept.len(), 2, "nothing is left of who is erased");
    world.set_life(ids[1], Life::MergedInto(ids[0])).await;
    world.work().await;
    assert_eq!(proposed(&world, &ids[..1]).await, None);
    let numbers: Vec<i64> = kept.iter().map(|kept| kept.number).collect();
    assert_eq!(world.hub.store.pairs_of(&numbers).await.expect("pairs"), []);
}

async fn a_contact_that_becomes_everybodys_withdraws_what_it_proposed(hub: Hub) {
    let mut world = World::of(hub);
    let bare = Guest { surname: "García".into(), country: "ES".into(), ..Guest::default() };
    let names =
        ["Ana", "Alba", "Andrés", "Antonio", "Adela", "Álvaro", "Amparo", "Alicia", "Agustín", "Aurora"];
    let names = names.into_iter().cycle().take(60).map(|given| Guest { given: given.into(), ..bare.clone() });
    let names: Vec<Guest> = names.collect();
    world.add(&names, Recount::AtTheEnd).await;
    world.scan().await;
    let one = Guest { given: "Ana".into(), email: ana().email, ..bare.clone() };
    let other = Guest { given: "A".into(), ..one.clone() };
    let ids = world.add(&[one, other], Recount::Soon).await;
    world.work().await;
    assert!(proposed(&world, &ids).await.is_some(), "an address says so");
    let strangers: Vec<Guest> = guests(40, 77)
        .into_iter()
        .map(|guest| Guest { email: ana().email, phone: String::new(), birth: String::new(), ..guest })
        .collect();
    world.add(&strangers, Recount::Soon).await;
    world.work().await;
    assert_eq!(proposed(&world, &ids).await, None, "the address is everybody's");
    let strange = world.open().await.into_iter().filter(|(_, members, _)| {
        members.iter().filter(|member| world.guests[member].email == ana().email).count() > 3
    });
    assert_eq!(strange.count(), 0);
    let before = world.proposals().await;
    world.scan().await;
    assert_eq!(world.proposals().await, before);
}

async fn whom_operators_keep_apart_is_not_proposed_again(hub: Hub) {
    let mut world = populated(hub).await;
    let ids = world.add(&[ana(), ana(), Guest { phone: String::new(), ..ana() }], Recount::Soon).await;
    world.work().await;
    let open = world.open().await;
    let (review, members, _) =
        open.iter().find(|(_, members, _)| members.contains(&ids[0])).expect("a proposal");
    assert_eq!(members.len(), 3);
    let reject = Decision::Reject { reason: "three cousins".to_owned() };
    decide(&world.hub, review.id, &reject, &OperatorId::new("eva")).await.expect("a decision");
    world.hub.store.mark_matches(world.now(), &ids).await.expect("marks");
    world.work().await;
    assert_eq!(proposed(&world, &ids[..1]).await, None);
    world.scan().await;
    assert_eq!(proposed(&world, &ids[..1]).await, None);
    // A fourth is proposed with one of them at most.
    let more = world.add(&[ana()], Recount::Soon).await;
    world.work().await;
    let members = proposed(&world, &more).await.expect("somebody like them");
    assert_eq!(members.len(), 2, "{members:?}");
    world.scan().await;
    assert_eq!(proposed(&world, &more).await.map(|members| members.len()), Some(2));
}

async fn dummies_are_nobody(hub: Hub) {
    let mut world = World::of(hub);
    let dummy = |given: &str, surname: &str| Guest {
        given: given.into(),
        surname: surname.into(),
        phone: ana().phone,
        ..Guest::default()
    };
    let mut dummies = Vec::new();
    for _ in 0..20 {
        dummies.extend([dummy("GROUP", "ROOM"), dummy("", "TBA"), dummy("WALK", "IN")]);
    }
    world.add(&dummies, Recount::Soon).await;
    assert_eq!(world.work().await, 60);
    assert_eq!(world.proposals().await.len(), 0);
    assert_eq!(world.scan().await.proposals.len(), 0);
}

async fn a_correction_ends_a_proposal(hub: Hub) {
    let mut world = populated(hub).await;
    let ids = world.add(&[ana(), ana()], Recount::Soon).await;
    world.work().await;
    assert!(proposed(&world, &ids).await.is_some());
    let somebody_else = Guest {
        given: "Stefan".into(),
        surname: "Kraweimann".into(),
        second: String::new(),
        email: "stefan@example.net".into(),
        phone: "+34600999888".into(),
        birth: "1951-01-03".into(),
        country: "DE".into(),
        sex: "male".into(),
    };
    world.change(ids[1], somebody_else).await;
    world.work().await;
    assert_eq!(proposed(&world, &ids).await, None);
    world.change(ids[1], ana()).await;
    world.work().await;
    assert!(proposed(&world, &ids).await.is_some(), "it is proposed again");
}

async fn a_couple_is_a_household(hub: Hub) {
    let mut world = populated(hub).await;
    let partner = Guest { given: "Stefan".into(), birth: "1979-01-20".into(), sex: "male".into(), ..ana() };
    let ids = world.add(&[ana(), partner], Recount::Soon).await;
    world.work().await;
    assert_eq!(proposed(&world, &ids).await, None);
    let kept = world.hub.store.kept_profiles(&ids).await.expect("profiles");
    let numbers: Vec<i64> = kept.iter().map(|kept| kept.number).collect();
    let pairs = world.hub.store.pairs_of(&numbers).await.expect("pairs");
    let bands: Vec<&str> = pairs
        .iter()
        .filter(|pair| numbers.contains(&pair.a) && numbers.contains(&pair.b))
        .map(|pair| pair.band.as_str())
        .collect();
    assert_eq!(bands, ["household"]);
}
