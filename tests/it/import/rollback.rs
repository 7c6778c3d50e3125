//! A released import can be taken back at the CRM: what it has created, and nobody has changed since.

use serde_json::json;
use std::collections::BTreeMap;

use super::interrupted::cut_off;
use super::rig::{by_interface, import};
use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::{Pair, fields};
use cardex::demo::cardex::Size;
use cardex::demo::system::System;
use cardex::import::gate;
use cardex::import::rollback::{RolledBack, roll_back};
use cardex::model::{OperatorId, SystemId};

/// A hotel with guests, and a CRM that has people already.
const HOTEL: Size = Size { guests: 12, groups: 0, ..Size::SMALL };

on_both_databases!(
    what_a_release_has_created_is_taken_back,
    what_was_not_sent_yet_is_held_again,
    a_rollback_cut_off_anywhere_ends_like_one_that_was_not
);

/// An import that was let go and has arrived at the CRM.
async fn released(backend: Backend) -> Pair {
    let pair = Pair::open(backend, HOTEL).await;
    import(&pair, by_interface(&pair)).await.expect("an import");
    assert_eq!(undo(&pair).await, None, "nothing was let go yet");
    let_go(&pair).await;
    pair.settle().await;
    assert_eq!(pair.crm().rows("reservation").len(), pair.hotel().rows("reservation").len());
    pair
}

async fn let_go(pair: &Pair) {
    let released = gate::release(&pair.hub, &SystemId::new("pms"), &OperatorId::new("ana")).await;
    assert!(released.expect("a release") > 0);
}

async fn undo(pair: &Pair) -> Option<RolledBack> {
    let done = roll_back(&pair.hub, &SystemId::new("pms"), &OperatorId::new("ana")).await;
    done.unwrap_or_else(|error| panic!("{error}: {error:?}"))
}

/// How many records of each kind there are, and how many of them cardex has made.
fn made(system: &System) -> BTreeMap<&'static str, (usize, usize)> {
    let of = |kind: &'static str| {
        let rows = system.rows(kind);
        (kind, (rows.len(), rows.iter().filter(|row| row.hub_id.is_some()).count()))
    };
    ["company", "agency", "person", "reservation"].map(of).into()
}

async fn what_a_release_has_created_is_taken_back(backend: Backend) {
    let pair = released(backend).await;
    let subscribers = pair.crm().rows("person").iter().filter(|row| row.hub_id.is_none()).count();
    let made_by_cardex: Vec<_> =
        pair.crm().rows("person").into_iter().filter(|row| row.hub_id.is_some()).collect();
    // Somebody at the CRM has changed one guest, in a field that cardex knows; of another, one that it does not.
    assert!(pair.crm().edit("person", &made_by_cardex[0].id, "sales", fields(json!({"title": "Dra."}))));
    assert!(pair.crm().edit("person", &made_by_cardex[1].id, "sales", fields(json!({"x_colour": "blue"}))));
    // A third one books again.
    let guest = &pair.hotel().rows("person")[2];
    let stay = json!({"property": "ALBA", "number": "N1", "status": "confirmed", "arrives_on": "2031-05-01",
        "departs_on": "2031-05-03", "holder": {"kind": "person", "id": guest.id}});
    pair.hotel().create("reservation", "reception", fields(stay));
    pair.settle().await;
    let writes = pair.crm().ledger().n_writes();

    let done = undo(&pair).await.expect("a release");
    let n_withdrawn = done.withdrawn[&SystemId::new("crm")];
    let mut why: Vec<&str> = done.kept.iter().map(|kept| kept.why.as_str()).collect();
    why.sort_unstable();
    let changed = "somebody has changed it since";
    assert_eq!(why, ["a record that stays refers to it", changed, changed], "{:?}", done.kept);
    assert_eq!(made(pair.crm())["reservation"], (1, 1), "only the new stay is left");
    assert_eq!(made(pair.crm())["person"], (subscribers + 3, 3));
    assert_eq!((made(pair.crm())["company"], made(pair.crm())["agency"]), ((0, 0), (0, 0)));
    assert_eq!(pair.crm().ledger().n_writes() as u64, writes as u64 + n_withdrawn);

    let left = made(pair.crm());
    pair.settle().await;
    assert_eq!(made(pair.crm()), left, "what was taken back was created again");
    let again = undo(&pair).await.expect("a release");
    assert_eq!((again.withdrawn[&SystemId::new("crm")], again.kept), (0, done.kept));
    assert_eq!(made(pair.hotel())["person"].0, HOTEL.guests as usize, "the hotel keeps its guests");
}

async fn what_was_not_sent_yet_is_held_again(backend: Backend) {
    let pair = Pair::open(backend, HOTEL).await;
    import(&pair, by_interface(&pair)).await.expect("an import");
    let held = gate::held(&pair.hub, &SystemId::new("pms")).await.expect("an answer");
    let_go(&pair).await;
    let done = undo(&pair).await.expect("a release");
    assert_eq!(held, [(SystemId::new("crm"), done.held)]);
    pair.settle().await;
    assert_eq!(pair.crm().ledger().n_writes(), 0);

    // It can be let go once more.
    let_go(&pair).await;
    pair.settle().await;
    assert_eq!(pair.crm().rows("reservation").len(), pair.hotel().rows("reservation").len());
}

async fn a_rollback_cut_off_anywhere_ends_like_one_that_was_not(backend: Backend) {
    let pair = released(backend).await;
    let (mut seed, mut interruptions) = (0x2545_f491_u32, 0);
    let done = loop {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let polls = (seed >> 16) as usize % (4 + interruptions) + 2;
        if let Some(done) = cut_off(undo(&pair), polls).await {
            break done.expect("a release");
        }
        interruptions += 1;
        assert!(interruptions < 2_000, "it gets nowhere");
    };
    assert!(interruptions >= 5, "it was cut off only {interruptions} times");
    assert_eq!(done.kept, []);
    pair.settle().await;
    for (kind, (_, by_cardex)) in made(pair.crm()) {
        assert_eq!(by_cardex, 0, "of kind {kind}");
    }
}
