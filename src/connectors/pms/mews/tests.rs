use chrono::{DateTime, TimeDelta, Utc};
use std::time::Duration;

use super::errors::{Verdict, reason, verdict};
use super::window::{Place, Span};
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
        let (next, more) = place.after(&span, None, now);
        spans.push(span);
        assert_eq!(Place::parse(&next.cursor()), Some(next.clone()), "a cursor is read as it was written");
        place = next;
        if !more {
            break;
        }
    }
    assert_eq!((spans[0].from, place.clone()), (day(0) - overlap, Place::at(now)));
    assert!(spans.windows(2).all(|pair| pair[1].from == pair[0].until - overlap));
    // At the present there is one span more at each poll, and it ends there.
    let again = place.span(now, overlap, longest);
    assert_eq!((again.from, again.until), (now - overlap, now));
    assert!(!place.after(&again, None, now).1);
}

#[test]
fn a_span_is_listed_to_its_end_before_the_next_one_begins() {
    let (overlap, longest) = (TimeDelta::minutes(2), TimeDelta::days(89));
    let place = Place::at(day(10));
    let span = place.span(day(11), overlap, longest);
    let (place, more) = place.after(&span, Some("row".to_owned()), day(11));
    assert!(more);
    // Time goes on while pages are listed; the span does not.
    let second = place.span(day(12), overlap, longest);
    assert_eq!(second, Span { after: Some("row".to_owned()), ..span });
    assert_eq!(place.after(&second, None, day(12)), (Place::at(day(11)), true));
}

#[test]
fn a_clock_that_was_set_back_lists_nothing_twice_for_ever() {
    let (overlap, longest) = (TimeDelta::minutes(2), TimeDelta::days(89));
    let place = Place::at(day(10));
    let span = place.span(day(9), overlap, longest);
    assert!(span.from <= span.until);
    assert_eq!(place.after(&span, None, day(9)), (Place::at(day(10)), false));
    assert_eq!(Place::parse(&Cursor("nonsense".to_owned())), None);
}
