use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

use super::errors::{Verdict, reason, verdict};
use super::memory::Memory;
use super::window::{Place, Places, Span};
use crate::connectors::Cursor;

#[test]
fn every_status_has_a_verdict() {
    for (status, expected) in [
        (200, Verdict::Good),
        (400, Verdict::Refused),
        (401, Verdict::Unauthorised),
        (403, Verdict::Refused),
        (404, Verdict::Incompatible),
        (408, Verdict::TooMuch),
        (409, Verdict::Overtaken),
        (413, Verdict::Refused),
        (429, Verdict::Throttled(None)),
        (500, Verdict::Transient),
        (504, Verdict::Transient),
    ] {
        assert_eq!(verdict(status, None), expected, "{status}");
    }
    let wait = Some(Duration::from_secs(9));
    assert_eq!(verdict(429, wait), Verdict::Throttled(wait));
    assert!((0..700).all(|status| (verdict(status, None) == Verdict::Good) == (200..300).contains(&status)));
}

#[test]
fn a_reason_is_told_without_addresses_and_numbers() {
    let told = |words: &str| reason(serde_json::json!({"Message": words}).to_string().as_bytes());
    assert_eq!(told("Invalid Email 'ana@example.com' of +34600112233."), "Invalid Email ... of ...");
    assert_eq!(told("Editable history\u{7} closed  3 days ago"), "Editable history closed 3 days ago");
    assert_eq!(told(&"word ".repeat(100)).len(), 200);
    assert_eq!(reason(b"<html>"), "");
}

fn day(n: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(n)
}

#[test]
fn spans_follow_each_other_without_a_gap() {
    let (overlap, longest) = (TimeDelta::minutes(2), TimeDelta::days(89));
    let now = day(300);
    let mut place = Place::at(day(0));
    let mut spans: Vec<Span> = Vec::new();
    loop {
        let span = place.span(now, overlap, longest);
        assert!(span.until - span.from <= longest && span.from < span.until);
        let is_last = !place.is_behind(now, overlap, longest);
        place = place.after(&span, None);
        spans.push(span);
        if is_last {
            break;
        }
    }
    assert_eq!((spans[0].from, place.clone()), (day(0) - overlap, Place::at(now)));
    assert!(spans.windows(2).all(|pair| pair[1].from == pair[0].until - overlap));
    // At the present there is one span more at each poll, and it ends there.
    let again = place.span(now, overlap, longest);
    assert_eq!((again.from, again.until), (now - overlap, now));
    assert!(!place.after(&again, None).is_behind(now, overlap, longest));
}

#[test]
fn a_cursor_is_read_as_it_was_written() {
    let mut places = Places::at(["a", "b"].into_iter(), day(3));
    let span = Span { from: day(1), until: day(2), after: Some("row".to_owned()) };
    places.set("b", Place { since: day(1), listing: Some(span) });
    assert_eq!(Places::parse(&places.cursor()), Some(places.clone()));
    assert_eq!((places.of("a", day(9)), places.of("c", day(9))), (Place::at(day(3)), Place::at(day(9))));
    assert_eq!(Places::parse(&Cursor("nonsense".to_owned())), None);
}

#[test]
fn what_was_told_is_known_once_somebody_goes_on_behind_it() {
    let cursor = |n: u32| Cursor(n.to_string());
    let memory = Memory::default();
    let is_known = |row: i64| memory.of("feed", |told| told.contains(row));
    let go_on = |from: u32, oldest: i64| memory.of("feed", |told| told.go_on(&cursor(from), day(oldest)));
    let page = |from: u32, next: u32, row: i64| {
        memory.of("feed", |told| told.page((&cursor(from), &cursor(next)), vec![row], day(5)));
    };
    page(1, 2, 12);
    assert!(!is_known(12), "nobody has kept it yet");
    // It was lost: the page is asked for again.
    go_on(1, 0);
    assert!(!is_known(12));
    page(1, 2, 13);
    go_on(2, 0);
    assert!(is_known(13) && !is_known(12) && memory.of("another", |told| !told.contains(13)));
    // A page that leads nowhere looks the same whether it was kept or lost.
    page(2, 2, 14);
    go_on(2, 0);
    assert!(!is_known(14));
    go_on(2, 6);
    assert!(!is_known(13), "it is too old to be listed again");
}

#[test]
fn a_span_is_listed_to_its_end_before_the_next_one_begins() {
    let (overlap, longest) = (TimeDelta::minutes(2), TimeDelta::days(89));
    let place = Place::at(day(10));
    let span = place.span(day(11), overlap, longest);
    let place = place.after(&span, Some("row".to_owned()));
    assert!(place.is_behind(day(11), overlap, longest));
    // Time goes on while pages are listed; the span does not.
    let second = place.span(day(12), overlap, longest);
    assert_eq!(second, Span { after: Some("row".to_owned()), ..span });
    assert_eq!(place.after(&second, None), Place::at(day(11)));
}

#[test]
fn a_clock_that_was_set_back_lists_nothing_twice_for_ever() {
    let (overlap, longest) = (TimeDelta::minutes(2), TimeDelta::days(89));
    let place = Place::at(day(10));
    let span = place.span(day(9), overlap, longest);
    assert!(span.from <= span.until);
    let place = place.after(&span, None);
    assert_eq!(place, Place::at(day(10)));
    assert!(!place.is_behind(day(9), overlap, longest));
}
