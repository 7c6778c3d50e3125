//! The oracle walks the calendar minute by minute and shares nothing with the code but the expression's text.

use chrono::{DateTime, Datelike, NaiveDateTime, Offset, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use std::time::Duration;

use super::{Cron, CronError, Trigger, TriggerError, span};

const ZONES: [Tz; 8] = [
    chrono_tz::Europe::Madrid,
    chrono_tz::America::New_York,
    chrono_tz::Australia::Lord_Howe,
    chrono_tz::America::Santiago,
    chrono_tz::Africa::Cairo,
    chrono_tz::Asia::Beirut,
    chrono_tz::Pacific::Chatham,
    chrono_tz::UTC,
];

/// The expressions of the oracle, and whether each is an interval job.
const EXPRESSIONS: [(&str, bool); 8] = [
    ("*/15 * * * *", true),
    ("7 * * * *", true),
    ("0 */2 * * *", true),
    ("30 2 * * *", false),
    ("0 0 * * *", false),
    ("15,45 1,2,3 * * *", false),
    ("5 0 * * 0", false),
    ("30 1 29 * *", false),
];

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("the test writes an instant")
}

/// A minute-by-minute matcher for the small grammar of `EXPRESSIONS`.
fn field_matches(field: &str, value: u32) -> bool {
    field.split(',').any(|item| match item.strip_prefix("*/") {
        Some(step) => value.is_multiple_of(step.parse().expect("a step")),
        None => item == "*" || item.parse() == Ok(value),
    })
}

fn matches(text: &str, civil: NaiveDateTime) -> bool {
    let fields: Vec<&str> = text.split(' ').collect();
    let values =
        [civil.minute(), civil.hour(), civil.day(), civil.month(), civil.weekday().num_days_from_sunday()];
    fields.iter().zip(values).all(|(field, value)| field_matches(field, value))
}

fn civil(zone: Tz, instant: DateTime<Utc>) -> NaiveDateTime {
    let offset = zone.offset_from_utc_datetime(&instant.naive_utc()).fix().local_minus_utc();
    instant.naive_utc() + TimeDelta::seconds(offset.into())
}

/// Every run between two instants, found by looking at each minute.
fn oracle(
    text: &str,
    interval: bool,
    zone: Tz,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Vec<DateTime<Utc>> {
    let mut runs = Vec::new();
    // Start early enough to know which local minutes have been seen before.
    let mut now = from - TimeDelta::hours(6);
    let mut latest = civil(zone, now - TimeDelta::minutes(1));
    while now <= to {
        let local = civil(zone, now);
        let repeated = local <= latest;
        let skipped = (1..(local - latest).num_minutes()).map(|n| latest + TimeDelta::minutes(n));
        let run = if interval {
            matches(text, local)
        } else {
            (matches(text, local) && !repeated) || skipped.into_iter().any(|gone| matches(text, gone))
        };
        if run && now > from {
            runs.push(now);
        }
        latest = latest.max(local);
        now += TimeDelta::minutes(1);
    }
    runs
}

/// The instants in 2026 and 2027 at which a zone's clock changes, to the hour.
fn changes(zone: Tz) -> Vec<DateTime<Utc>> {
    let offset = |instant: DateTime<Utc>| zone.offset_from_utc_datetime(&instant.naive_utc()).fix();
    let start = at("2026-01-01T00:00:00Z");
    (0..2 * 365 * 24)
        .map(|hour| start + TimeDelta::hours(hour))
        .filter(|hour| offset(*hour) != offset(*hour + TimeDelta::hours(1)))
        .collect()
}

fn agrees_with_oracle(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> usize {
    let mut checked = 0;
    for (text, interval) in EXPRESSIONS {
        let cron = Cron::parse(text).expect(text);
        let mut last = from;
        for expected in oracle(text, interval, zone, from, to) {
            assert_eq!(cron.next(zone, last), Some(expected), "`{text}` after {last} in {zone}");
            let just_before = expected - TimeDelta::seconds(1);
            assert_eq!(
                cron.next(zone, just_before),
                Some(expected),
                "`{text}` after {just_before} in {zone}"
            );
            last = expected;
            checked += 1;
        }
        assert!(cron.next(zone, last).is_none_or(|next| next > to), "`{text}` runs too often in {zone}");
    }
    checked
}

#[test]
fn cron_agrees_with_the_calendar_minute_by_minute_around_every_clock_change() {
    let mut changes_seen = 0;
    for zone in ZONES {
        for change in changes(zone) {
            let checked =
                agrees_with_oracle(zone, change - TimeDelta::hours(30), change + TimeDelta::hours(30));
            assert!(checked > 300, "only {checked} runs around {change} in {zone}");
            changes_seen += 1;
        }
    }
    assert_eq!(changes_seen, 7 * 4, "seven zones change their clocks twice a year");
}

#[test]
fn cron_agrees_with_the_calendar_minute_by_minute_where_nothing_changes() {
    for zone in [chrono_tz::UTC, chrono_tz::Pacific::Chatham] {
        agrees_with_oracle(zone, at("2026-05-26T00:00:00Z"), at("2026-06-02T00:00:00Z"));
    }
}

#[track_caller]
fn check_next(text: &str, zone: Tz, after: &str, expected: &str) {
    let cron = Cron::parse(text).expect(text);
    assert_eq!(cron.next(zone, at(after)), Some(at(expected)), "`{text}` after {after} in {zone}");
}

#[test]
fn weekdays_are_numbered_as_in_every_crontab() {
    let monday = "2026-06-01T00:00:00Z";
    for (field, expected) in [
        ("0", "2026-06-07T12:00:00Z"),
        ("7", "2026-06-07T12:00:00Z"),
        ("1", "2026-06-01T12:00:00Z"),
        ("5-7", "2026-06-05T12:00:00Z"),
        ("SAT-SUN", "2026-06-06T12:00:00Z"),
        ("fri", "2026-06-05T12:00:00Z"),
        ("2/2", "2026-06-02T12:00:00Z"),
        ("3,4", "2026-06-03T12:00:00Z"),
    ] {
        check_next(&format!("0 12 * * {field}"), chrono_tz::UTC, monday, expected);
    }
}

#[test]
fn daily_job_in_the_hour_that_does_not_exist_runs_right_after_it() {
    check_next("30 2 * * *", chrono_tz::Europe::Madrid, "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z");
}

#[test]
fn daily_job_in_the_hour_that_comes_twice_runs_once() {
    let madrid = chrono_tz::Europe::Madrid;
    check_next("30 2 * * *", madrid, "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z");
    check_next("30 2 * * *", madrid, "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z");
}

#[test]
fn expression_that_cannot_be_used_is_refused() {
    let refused = |text: &str| Cron::parse(text).expect_err(text);
    assert!(matches!(refused("* * * *"), CronError::FieldCount(_)));
    assert!(matches!(refused("0 * * * * *"), CronError::FieldCount(_)));
    assert!(matches!(refused("@daily"), CronError::FieldCount(_)));
    assert!(matches!(refused("0 3 13 * 5"), CronError::TwoDays(_)));
    assert!(matches!(refused("61 3 * * *"), CronError::Unreadable { .. }));
    assert!(matches!(refused("0 3 * * 8"), CronError::Unreadable { .. }));
    assert!(matches!(refused("0 3 * * */0"), CronError::Unreadable { .. }));
    assert!(matches!(refused("0 3 30 2 *"), CronError::Never(_)));
}

#[test]
fn spans_are_read_and_printed() {
    for (text, ms, printed) in
        [("15s", 15_000, "15s"), ("5 m", 300_000, "5m"), ("250ms", 250, "250ms"), ("48h", 172_800_000, "2d")]
    {
        let read = span::parse(text).expect(text);
        assert_eq!((read, span::print(read).as_str()), (Duration::from_millis(ms), printed));
    }
    for text in ["", "15", "s", "-1s", "1.5h", "0s", "1ms", "400d", "99999999999999999999d", "15 sec"] {
        assert!(span::parse(text).is_err(), "`{text}` was read");
    }
}

#[test]
fn trigger_reads_both_forms_and_prints_what_it_read() {
    for text in ["every 15s", "30 3 * * *"] {
        assert_eq!(Trigger::parse(text).expect(text).to_string(), text);
    }
    assert!(matches!(Trigger::parse("every now and then"), Err(TriggerError::Span(_))));
    assert!(matches!(Trigger::parse("sometimes"), Err(TriggerError::Cron(_))));
}

#[track_caller]
fn check_due(trigger: &str, last: Option<&str>, now: &str, expected: Option<&str>) {
    let due =
        Trigger::parse(trigger).expect(trigger).due_slot(chrono_tz::Europe::Madrid, last.map(at), at(now));
    assert_eq!(due, expected.map(at), "`{trigger}` with {last:?} at {now}");
}

#[test]
fn missed_slots_are_owed_once() {
    let now = "2026-07-10T10:00:00Z";
    check_due("every 15s", Some("2026-07-10T09:59:50Z"), now, None);
    check_due("every 15s", Some("2026-07-10T09:59:45Z"), now, Some(now));
    check_due("every 15s", Some("2026-07-01T00:00:07Z"), now, Some("2026-07-10T09:59:52Z"));
    check_due("30 3 * * *", Some("2026-07-10T01:30:00Z"), now, None);
    check_due("30 3 * * *", Some("2026-06-01T01:30:00Z"), now, Some("2026-07-10T01:30:00Z"));
    check_due("* * * * *", Some("2025-01-01T00:00:00Z"), now, Some(now));
    check_due("0 12 1 1 *", Some("2020-01-01T11:00:00Z"), now, Some("2026-01-01T11:00:00Z"));
}

#[test]
fn slot_that_ran_is_not_due_again_after_a_restart() {
    let trigger = Trigger::parse("30 3 * * *").expect("an expression");
    let madrid = chrono_tz::Europe::Madrid;
    let now = at("2026-07-10T10:00:00Z");
    let slot = trigger.due_slot(madrid, Some(at("2026-07-01T01:30:00Z")), now);
    assert!(slot.is_some());
    assert_eq!(trigger.due_slot(madrid, slot, now), None);
}

#[test]
fn job_that_never_ran_is_due() {
    check_due("every 1h", None, "2026-07-10T10:00:00Z", Some("2026-07-10T10:00:00Z"));
    check_due("30 3 * * *", None, "2026-07-10T10:00:00Z", Some("2026-07-10T01:30:00Z"));
    check_due("0 0 29 2 *", None, "2026-07-10T10:00:00Z", Some("2024-02-28T23:00:00Z"));
}

#[test]
fn slot_written_by_a_wrong_clock_does_not_stop_the_schedule() {
    check_due(
        "every 15s",
        Some("2036-01-01T00:00:00Z"),
        "2026-07-10T10:00:00Z",
        Some("2026-07-10T10:00:00Z"),
    );
    check_due(
        "30 3 * * *",
        Some("2036-01-01T00:00:00Z"),
        "2026-07-10T10:00:00Z",
        Some("2026-07-10T01:30:00Z"),
    );
    // A clock that was put back by seconds does not run anything twice.
    check_due("30 3 * * *", Some("2026-07-10T01:30:00Z"), "2026-07-10T01:29:58Z", None);
    check_due("every 15s", Some("2026-07-10T10:00:03Z"), "2026-07-10T10:00:00Z", None);
}
