//! An import that is cut off anywhere and started again ends as one that was not.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::Poll;

use super::rig::{Told, assert_same, held, import, n_stored};
use crate::support::hub::{Backend, on_both_databases};
use crate::support::pair::Pair;
use cardex::demo::cardex::Size;
use cardex::import::source::Reject;

const HOTEL: Size = Size { guests: 8, subscribers: 0, groups: 0, ..Size::SMALL };

on_both_databases!(an_import_cut_off_anywhere_ends_like_one_that_was_not);

async fn an_import_cut_off_anywhere_ends_like_one_that_was_not(backend: Backend) {
    let (whole, cut) = (Pair::open(backend, HOTEL).await, Pair::open(backend, HOTEL).await);
    imported(&whole, told(&whole).await).await;
    let told = told(&cut).await;
    let (mut seed, mut interruptions) = (0x9e37_79b9_u32, 0);
    loop {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // The more often it was cut off, the longer it may live: it has to end some time.
        let polls = (seed >> 16) as usize % (4 + interruptions) + 2;
        if cut_off(Box::pin(imported(&cut, told.clone())), polls).await.is_some() {
            break;
        }
        interruptions += 1;
        assert!(interruptions < 2_000, "it gets nowhere");
    }
    assert!(interruptions >= 20, "it was cut off only {interruptions} times");
    // A run that was cut off after its last page is done; the one after it is a second run, which stores nothing.
    assert_eq!(counted(&cut).await, counted(&whole).await, "a row was counted twice, or not at all");
    assert_same(&held(&cut).await, &held(&whole).await);
    let rejects =
        |pair: &Pair| std::fs::read_to_string(pair.folder().join("rejects.jsonl")).expect("rejects");
    assert_eq!(rejects(&cut), rejects(&whole));
    cut.settle().await;
    assert_eq!(cut.crm().rows("person").len(), cut.hotel().rows("person").len());
    assert_eq!(cut.crm().ledger().duplicate_creates(), Vec::<String>::new());
}

/// What the stored checkpoint has counted.
async fn counted(pair: &Pair) -> serde_json::Value {
    let (_, checkpoint) = n_stored(pair).await;
    let mut checkpoint: serde_json::Value =
        serde_json::from_str(&checkpoint.expect("a checkpoint")).expect("JSON");
    assert_eq!(checkpoint["done"], true);
    checkpoint["tally"].take()
}

async fn told(pair: &Pair) -> Told {
    let mut told = Told::by(pair, 2).await;
    for row in (0..told.observations.len()).step_by(7) {
        let (origin, field, reason) = ("guests.csv".to_owned(), String::new(), "is no guest".to_owned());
        told.rejects.insert(
            row,
            Reject { origin, line: row as u64, field, reason, because_of: None, row: row.to_string() },
        );
    }
    told
}

async fn imported(pair: &Pair, told: Told) {
    let report = import(pair, Box::new(told)).await;
    report.unwrap_or_else(|error| panic!("{error}: {error:?}"));
}

/// Drops the work after it was polled so often, as a killed process does: nothing of it gets to run on.
pub(super) async fn cut_off<T>(work: impl Future<Output = T>, polls: usize) -> Option<T> {
    let mut work = pin!(work);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        Pin::as_mut(&mut work).poll(context).map(Some)
    })
    .await
}
