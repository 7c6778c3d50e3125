//! Who is counted, and when: only whom a change concerns, in the transaction of the change.

use cardex::model::{Lane, Life, RecordId};
use cardex::rollup;
use cardex::store::{Recount, RecountMark};

use super::world::{Stay, World};
use crate::support::hub::{Hub, on_both_databases};

on_both_databases!(
    a_change_marks_its_persons_and_nobody_else,
    an_import_notes_once_and_counts_at_the_end,
    merged_persons_count_as_one_and_split_ones_as_two,
    a_mark_that_was_touched_meanwhile_stays,
    reservations_from_before_get_their_figures,
);

async fn marked(world: &World) -> Vec<RecordId> {
    let marks = world.hub.store.recounts(100).await.expect("marks");
    let mut persons: Vec<RecordId> = marks.iter().map(|mark| mark.person).collect();
    persons.sort();
    persons
}

async fn a_change_marks_its_persons_and_nobody_else(hub: Hub) {
    let world = World::of(hub);
    let (ana, eva) = (world.person().await, world.person().await);
    let stay = Stay::of(ana);
    let booking = world.book(&stay, Recount::Soon).await;
    assert_eq!(marked(&world).await, [ana]);
    assert_eq!(world.count().await, 1);
    assert_eq!(world.roll_ups(ana).await, "1 3 0 0 2026-05-01 2026-05-04 0 100 eur 1 web");

    // Nothing that is counted has moved: nobody is even looked at.
    world.change(booking, &stay, Recount::Soon).await;
    assert_eq!(marked(&world).await, []);

    let moved = Stay { holder: Some(eva), ..stay.clone() };
    world.change(booking, &moved, Recount::Soon).await;
    assert_eq!(marked(&world).await, [ana, eva]);
    assert_eq!(world.count().await, 2);
    assert_eq!(world.roll_ups(ana).await, "0 0 0 0 0 0 0  ");
    assert_eq!(world.roll_ups(eva).await, "1 3 0 0 2026-05-01 2026-05-04 0 100 eur 1 web");

    world.change(booking, &Stay { status: "cancelled", ..moved.clone() }, Recount::Soon).await;
    assert_eq!(world.count().await, 1);
    assert_eq!(world.roll_ups(eva).await, "0 0 0 1 0 0 0  ");
    world.set_life(booking, Life::Retired).await;
    assert_eq!((marked(&world).await, world.count().await), (vec![eva], 1));
    assert_eq!(world.roll_ups(eva).await, "0 0 0 0 0 0 0  ");
}

async fn an_import_notes_once_and_counts_at_the_end(hub: Hub) {
    let world = World::of(hub);
    let ana = world.person().await;
    world.book(&Stay::of(ana), Recount::AtTheEnd).await;
    let first = world.hub.store.recount_since().await.expect("a note").expect("a note");
    world.book(&Stay::of(ana), Recount::AtTheEnd).await;
    let second = world.hub.store.recount_since().await.expect("a note").expect("a note");
    assert_eq!((first.at, first.touched + 1), (second.at, second.touched));
    assert_eq!(marked(&world).await, []);
    // News since it was read: the note stays.
    world.hub.store.end_recount_since(first).await.expect("it answers");
    assert_eq!(world.hub.store.recount_since().await.expect("a note"), Some(second));

    let counted = rollup::after_import(&world.hub, None).await.expect("it counts");
    assert_eq!((counted.persons, counted.changed), (1, 1));
    assert_eq!(world.roll_ups(ana).await, "2 6 0 0 2026-05-01 2026-05-04 0 200 eur 2 web");
    assert_eq!(world.hub.store.recount_since().await.expect("a note"), None);
    let again = rollup::after_import(&world.hub, None).await.expect("it counts");
    assert_eq!((again.persons, again.changed), (0, 0));
}

async fn merged_persons_count_as_one_and_split_ones_as_two(hub: Hub) {
    let world = World::of(hub);
    let (ana, double, eva) = (world.person().await, world.person().await, world.person().await);
    for (holder, n) in [(ana, 1), (double, 2), (eva, 4)] {
        for _ in 0..n {
            world.book(&Stay::of(holder), Recount::Soon).await;
        }
    }
    world.count().await;
    let (before_ana, before_double) = (world.roll_ups(ana).await, world.roll_ups(double).await);
    world.set_life(double, Life::MergedInto(ana)).await;
    world.count().await;
    assert_eq!(world.roll_ups(ana).await, "3 9 0 0 2026-05-01 2026-05-04 0 300 eur 3 web");
    world.set_life(ana, Life::MergedInto(eva)).await;
    world.count().await;
    assert_eq!(world.roll_ups(eva).await, "7 21 0 0 2026-05-01 2026-05-04 0 700 eur 7 web");
    // The middle of the chain comes back to life, and then its end.
    world.set_life(ana, Life::Live).await;
    world.count().await;
    assert_eq!(world.roll_ups(eva).await, "4 12 0 0 2026-05-01 2026-05-04 0 400 eur 4 web");
    assert_eq!(world.roll_ups(ana).await, "3 9 0 0 2026-05-01 2026-05-04 0 300 eur 3 web");
    world.set_life(double, Life::Live).await;
    world.count().await;
    assert_eq!((world.roll_ups(ana).await, world.roll_ups(double).await), (before_ana, before_double));
}

async fn a_mark_that_was_touched_meanwhile_stays(hub: Hub) {
    let world = World::of(hub);
    let ana = world.person().await;
    world.book(&Stay::of(ana), Recount::Soon).await;
    let read = world.hub.store.recounts(10).await.expect("marks");
    assert_eq!(read, [RecountMark { person: ana, lane: Lane::Live, touched: 1 }]);
    world.hub.store.mark_recounts(world.now(), &[ana]).await.expect("a mark");
    world.hub.store.end_recounts(&read).await.expect("it answers");
    let left = world.hub.store.recounts(10).await.expect("marks");
    assert_eq!(
        left,
        [RecountMark { person: ana, lane: Lane::Live, touched: 2 }],
        "the more urgent lane stays"
    );
    world.hub.store.end_recounts(&left).await.expect("it answers");
    assert_eq!(marked(&world).await, []);
}

async fn reservations_from_before_get_their_figures(hub: Hub) {
    let settings = hub.settings.clone();
    let world = World::of(hub);
    let ana = world.person().await;
    for _ in 0..5 {
        world.book(&Stay::of(ana), Recount::Soon).await;
    }
    world.count().await;
    let counted = world.roll_ups(ana).await;
    // As a program left it that knew no figures.
    super::forget_figures(&settings).await;
    assert!(
        world.hub.store.stay_totals().await.expect("totals").iter().all(|total| total.property.is_empty())
    );
    for _ in 0..3 {
        assert!(world.hub.store.fill_figures(world.now(), 2).await.expect("it fills"));
    }
    assert!(!world.hub.store.fill_figures(world.now(), 2).await.expect("it fills"));
    assert!(!world.hub.store.fill_figures(world.now(), 2).await.expect("it fills"));
    let totals = world.hub.store.stay_totals().await.expect("totals");
    assert_eq!(totals.iter().map(|total| (total.reservations, total.amount)).collect::<Vec<_>>(), [(5, 500)]);
    rollup::after_import(&world.hub, None).await.expect("it counts");
    assert_eq!(world.roll_ups(ana).await, counted);
}
