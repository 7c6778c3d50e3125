use super::super::position::{Lag, Place, Position, Query};
use crate::connectors::Cursor;

/// A moment at which the search may be half a minute behind.
const fn at(now: i64) -> Lag {
    Lag { longest: 30_000, now }
}

/// Polls a feed whose rows are given, in pages of `size`, and gives what was told in how many pages.
fn poll(position: &mut Position, rows: &[Place], size: usize, now: i64) -> (Vec<Place>, usize) {
    let mut told = Vec::new();
    for n_pages in 1..1000 {
        let query = position.query(size, at(now));
        let mut found: Vec<Place> = rows
            .iter()
            .copied()
            .filter(|(stamp, id)| match query {
                Query::Since(begin) => *stamp >= begin,
                Query::At(at, after) => *stamp == at && *id > after,
            })
            .collect();
        match query {
            // Rows of one stamp come in an order of their own.
            Query::Since(_) => found.sort_by_key(|(stamp, id)| (*stamp, u64::MAX - id)),
            Query::At(..) => found.sort_by_key(|(_, id)| *id),
        }
        found.truncate(size);
        let step = position.advance(query, &found, found.len() == size, at(now));
        assert_eq!(
            Position::parse(&step.next.cursor()).as_ref(),
            Some(&step.next),
            "a cursor is read as it was written"
        );
        told.extend(step.fresh);
        *position = step.next;
        if !step.more {
            told.sort_unstable();
            return (told, n_pages);
        }
    }
    panic!("the walk does not end");
}

/// Rows of which thirteen share each stamp.
fn batches(n: u64) -> Vec<Place> {
    (0..n).map(|id| (100_000 + i64::try_from(id / 13).expect("a stamp"), id + 1)).collect()
}

#[test]
fn a_feed_tells_every_row_once_whatever_shares_its_stamp() {
    for size in [1, 2, 3, 7, 200] {
        let rows = batches(40);
        let mut position = Position::at(Some(99_999), 0);
        assert_eq!(poll(&mut position, &rows, size, 1_000).0, rows, "pages of {size}");
        assert_eq!(poll(&mut position, &rows, size, 2_000).0, [], "nothing is told twice");
        // A row that the index learns late, below the newest stamp: it is told within the lag, and once.
        let late = [rows.as_slice(), &[(80_000, 99)]].concat();
        let told = [3_000, 32_000, 40_000].map(|now| poll(&mut position, &late, size, now).0);
        assert_eq!(told.concat(), [(80_000, 99)], "pages of {size}");
        // Once the lag is over, nothing old is asked for again.
        assert_eq!(position.query(size, at(40_000)), Query::Since(100_004), "pages of {size}");
    }
}

#[test]
fn what_comes_late_is_told_however_seldom_the_feed_is_polled() {
    for (size, pause) in [(200, 1_000), (200, 45_000), (20, 45_000), (20, 3_600_000)] {
        let rows = batches(40);
        let mut position = Position::at(Some(99_999), 0);
        poll(&mut position, &rows, size, 1_000);
        let late = [rows.as_slice(), &[(90_000, 99)]].concat();
        assert_eq!(poll(&mut position, &late, size, 1_000 + pause).0, [(90_000, 99)], "after {pause} ms");
    }
}

#[test]
fn a_window_of_many_pages_is_listed_again_once_and_not_by_every_poll() {
    let rows = batches(400);
    let mut position = Position::at(Some(99_999), 0);
    assert_eq!(poll(&mut position, &rows, 20, 1_000).0, rows);
    let pages = [5_000, 20_000, 33_000, 48_000, 63_000].map(|now| poll(&mut position, &rows, 20, now).1);
    let [soon, later, due, next, last] = pages;
    assert!(soon <= 2 && later <= 2 && next <= 2 && last == 1, "{pages:?}");
    assert!(due > 20, "{pages:?}");
    assert_eq!(position.query(20, at(63_000)), Query::Since(100_031));
}

#[test]
fn only_what_is_as_young_as_the_lag_is_looked_back_for() {
    let mut position = Position::at(Some(100_000), 0);
    let rows: Vec<Place> =
        (1..400).map(|id| (100_000 + i64::try_from(id).expect("a stamp") * 250, id)).collect();
    assert_eq!(poll(&mut position, &rows, 20, 100_000).0, rows);
    assert_eq!(position.query(20, at(101_000)), Query::Since(199_750));
    assert_eq!(position.query(20, at(131_000)), Query::Since(170_000));
    // This machine's clock leaps an hour: what comes next is told all the same.
    poll(&mut position, &rows, 20, 3_700_000);
    let next = [rows.as_slice(), &[(199_900, 999)]].concat();
    assert_eq!(poll(&mut position, &next, 20, 3_701_000).0, [(199_900, 999)]);
}

#[test]
fn a_place_of_an_older_hub_is_gone_on_from() {
    let old = r#"{"high":100000,"high_seen_at":1000,"seen":[[90000,7],[100000,8]]}"#;
    let mut position = Position::parse(&Cursor(old.to_owned())).expect("a place");
    let rows = [(60_000, 1), (90_000, 7), (95_000, 9), (100_000, 8)];
    assert_eq!(poll(&mut position, &rows, 200, 2_000).0, [(95_000, 9)]);
}

#[test]
fn a_place_that_is_none_is_no_place() {
    assert_eq!(Position::parse(&Cursor("nonsense".to_owned())), None);
    assert_eq!(Position::at(None, 0).query(200, Lag { longest: 0, now: 0 }), Query::Since(0));
}
