//! A random walk: whatever happens in whatever order, what is kept up equals what is counted by hand, and counting from
//! nothing finds the same.

use cardex::model::{Life, RecordId, RecordKind, keys};
use cardex::rollup;
use cardex::store::Recount;

use super::world::{Stay, World};
use crate::support::hub::{Hub, on_both_databases};

const STEPS: usize = 160;
const STATUSES: [&str; 6] = ["confirmed", "tentative", "in_house", "checked_out", "cancelled", "no_show"];
const CHANNELS: [&str; 3] = ["web", "ota", "phone"];
const CURRENCIES: [&str; 3] = ["EUR", "USD", "CHF"];

on_both_databases!(what_is_kept_up_equals_what_is_counted_anew);

/// Numbers that are the same on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % n
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn stay(&mut self, people: &[RecordId]) -> Stay {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).expect("a day");
        let days = self.below(700) as u64;
        Stay {
            holder: (self.below(8) > 0).then(|| self.pick(people)),
            status: self.pick(&STATUSES),
            channel: self.pick(&CHANNELS),
            arrives: day.checked_add_days(chrono::Days::new(days)).expect("a day"),
            nights: self.below(9) as u64,
            total: (i64::try_from(self.below(100_000)).expect("it is small"), self.pick(&CURRENCIES)),
        }
    }
}

async fn what_is_kept_up_equals_what_is_counted_anew(hub: Hub) {
    let world = World::of(hub);
    let mut dice = Dice(20_261_122);
    let (mut people, mut bookings) = (vec![world.person().await], Vec::new());
    for step in 0..STEPS {
        let recount = if dice.below(3) == 0 { Recount::AtTheEnd } else { Recount::Soon };
        match dice.below(10) {
            0 => people.push(world.person().await),
            1 => merge_or_split(&world, &mut dice, &people).await,
            2..=5 => bookings.push(world.book(&dice.stay(&people), recount).await),
            6 if !bookings.is_empty() => {
                let life = dice.pick(&[Life::Live, Life::Live, Life::Retired]);
                world.set_life(dice.pick(&bookings), life).await;
            }
            _ if !bookings.is_empty() => {
                world.change(dice.pick(&bookings), &dice.stay(&people), recount).await;
            }
            _ => {}
        }
        match dice.below(8) {
            0 => drop(world.count().await),
            1 => drop(rollup::after_import(&world.hub, None).await.expect("it counts")),
            _ => {}
        }
        if step % 20 == 19 {
            rollup::after_import(&world.hub, None).await.expect("it counts");
            compare(&world, &people).await;
        }
    }
    let kept = lines(&world, &people).await;
    forget_roll_ups(&world, &people).await;
    world.hub.store.mark_recounts(world.now(), &people).await.expect("marks");
    world.count().await;
    assert_eq!(lines(&world, &people).await, kept, "counting from nothing finds something else");
    assert_eq!(rollup::after_import(&world.hub, None).await.expect("it counts").persons, 0);
}

/// Merges into somebody who is not in the same tree, or brings back to life.
async fn merge_or_split(world: &World, dice: &mut Dice, people: &[RecordId]) {
    let (one, other) = (dice.pick(people), dice.pick(people));
    let roots = world.hub.store.roots(&[one, other]).await.expect("roots");
    match world.record(one).await.life {
        Life::MergedInto(_) => world.set_life(one, Life::Live).await,
        Life::Live if roots[&other] != one => world.set_life(one, Life::MergedInto(other)).await,
        Life::Live | Life::Retired | Life::Erased => {}
    }
}

async fn compare(world: &World, people: &[RecordId]) {
    let by_hand = world.by_hand().await;
    for (person, kept) in lines(world, people).await {
        let none = "0 0 0 0 0 0 0  ".to_owned();
        assert_eq!(&kept, by_hand.get(&person).unwrap_or(&none), "of {person}");
    }
}

async fn lines(world: &World, people: &[RecordId]) -> Vec<(RecordId, String)> {
    let mut lines = Vec::new();
    for person in people {
        if world.record(*person).await.life == Life::Live {
            lines.push((*person, world.roll_ups(*person).await));
        }
    }
    lines
}

async fn forget_roll_ups(world: &World, people: &[RecordId]) {
    let mut records = world.hub.store.records(people).await.expect("records");
    for record in &mut records {
        assert_eq!(record.kind, RecordKind::Person);
        record.fields.clear();
        assert!(record.value(&keys::STAYS).is_none());
    }
    world.store(records, Recount::Soon).await;
}
