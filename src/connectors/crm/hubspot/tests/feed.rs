use super::super::position::{Place, Position, Query};
use crate::connectors::Cursor;

/// Polls a feed whose rows are given, in pages of `size`, and gives what was told.
fn poll(mut position: Position, rows: &[Place], size: usize, now: i64) -> (Vec<Place>, Position) {
    let mut told = Vec::new();
    for _ in 0..1000 {
        let query = position.query(30_000, now);
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
        let step = position.advance(query, &found, found.len() == size, 30_000, now);
        assert_eq!(
            Position::parse(&step.next.cursor()).as_ref(),
            Some(&step.next),
            "a cursor is read as it was written"
        );
        told.extend(step.fresh);
        position = step.next;
        if !step.more {
            return (told, position);
        }
    }
    panic!("the walk does not end");
}

#[test]
fn a_feed_tells_every_row_once_whatever_shares_its_stamp() {
    for size in [1, 2, 3, 7, 200] {
        let rows: Vec<Place> =
            (0..40).map(|id| (100_000 + i64::try_from(id / 13).expect("a stamp"), id + 1)).collect();
        let start = Position::at(Some(99_999), 0);
        let (mut told, position) = poll(start, &rows, size, 1_000);
        told.sort_unstable();
        assert_eq!(told, rows, "pages of {size}");
        let (again, position) = poll(position, &rows, size, 2_000);
        assert_eq!(again, [], "nothing is told twice");
        // A row that the index learns late, below the newest stamp.
        let late = [rows.as_slice(), &[(80_000, 99)]].concat();
        let (told, position) = poll(position, &late, size, 3_000);
        assert_eq!(told, [(80_000, 99)]);
        // Once the lag is over, nothing old is asked for again.
        assert_eq!(position.query(30_000, 40_000), Query::Since(100_004));
    }
}

#[test]
fn a_place_that_is_none_is_no_place() {
    assert_eq!(Position::parse(&Cursor("nonsense".to_owned())), None);
    assert_eq!(Position::at(None, 0).query(30_000, 0), Query::Since(0));
}
