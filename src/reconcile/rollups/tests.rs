//! Sums in, fields out.

use chrono::NaiveDate;

use super::*;
use crate::model::RecordId;
use uuid::Uuid;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn stay(status: &str, worth: i64) -> StaySum {
    StaySum {
        status: status.into(),
        channel: "web".into(),
        currency: "EUR".into(),
        reservations: 1,
        nights: 3,
        lead_days: 10,
        with_lead_days: 1,
        room_spend: Some(worth - 5),
        other_spend: Some(5),
        worth: Some(worth),
        first_arrival: Some(day("2026-05-01")),
        last_departure: Some(day("2026-05-04")),
        next_arrival: None,
    }
}

/// A value in a few letters.
fn word(value: &Value) -> String {
    if let Value::Entry(parts) = value {
        return parts.values().map(word).collect::<Vec<_>>().join(" ");
    }
    if let Value::Integer(number) = value {
        return number.to_string();
    }
    if let Value::Money(money) = value {
        return money.amount_minor.to_string();
    }
    if let Value::Date(day) = value {
        return day.to_string();
    }
    let (Value::Text(text) | Value::Decimal(text)) = value else { panic!("{value:?}") };
    text.clone()
}

/// A roll-up in one line: a value, or the values of a set.
fn text(rolled: &Rolled) -> String {
    match rolled {
        Rolled::One(None) => "-".to_owned(),
        Rolled::One(Some(value)) => word(value),
        Rolled::Many(values) => values.iter().map(word).collect::<Vec<_>>().join(", "),
    }
}

#[track_caller]
fn check(sums: &[StaySum], expected: &[(FieldKey, &str)]) {
    let rolled: BTreeMap<FieldKey, Rolled> = rolled(sums).into_iter().collect();
    for (field, expected) in expected {
        assert_eq!(text(&rolled[field]), *expected, "{field}");
    }
}

#[test]
fn one_stay_is_counted_whole() {
    check(
        &[stay("checked_out", 105)],
        &[
            (keys::STAYS, "1"),
            (keys::NIGHTS, "3"),
            (keys::NO_SHOWS, "0"),
            (keys::CANCELLATIONS, "0"),
            (keys::FIRST_STAY_ON, "2026-05-01"),
            (keys::LAST_STAY_ON, "2026-05-04"),
            (keys::NEXT_ARRIVAL_ON, "-"),
            (keys::ROOM_SPEND, "100 EUR"),
            (keys::OTHER_SPEND, "5 EUR"),
            (keys::LIFETIME_VALUE, "105 EUR"),
            (keys::AVERAGE_LEAD_DAYS, "10"),
            (keys::CHANNELS_USED, "web 1"),
            (keys::DIRECT_SHARE, "1"),
        ],
    );
}

#[test]
fn cancelled_no_show_and_coming_are_no_stays() {
    let coming = StaySum { next_arrival: Some(day("2027-01-02")), ..stay("confirmed", 300) };
    let waiting = StaySum { next_arrival: Some(day("2026-12-31")), ..stay("waitlisted", 300) };
    check(
        &[stay("cancelled", 100), stay("no_show", 100), coming, waiting, stay("on hold", 1)],
        &[
            (keys::STAYS, "0"),
            (keys::NIGHTS, "0"),
            (keys::NO_SHOWS, "1"),
            (keys::CANCELLATIONS, "1"),
            (keys::FIRST_STAY_ON, "-"),
            (keys::LAST_STAY_ON, "-"),
            (keys::NEXT_ARRIVAL_ON, "2027-01-02"),
            (keys::LIFETIME_VALUE, ""),
            (keys::AVERAGE_LEAD_DAYS, "-"),
            (keys::CHANNELS_USED, ""),
            (keys::DIRECT_SHARE, "-"),
        ],
    );
}

#[test]
fn a_stay_in_house_counts_from_the_check_in_on() {
    check(
        &[stay("in_house", 50)],
        &[(keys::STAYS, "1"), (keys::NIGHTS, "3"), (keys::LIFETIME_VALUE, "50 EUR")],
    );
}

#[test]
fn amounts_stay_apart_by_currency() {
    let dollars = StaySum { currency: "USD".into(), ..stay("checked_out", 70) };
    let unknown =
        StaySum { currency: "".into(), room_spend: None, other_spend: None, worth: None, ..dollars.clone() };
    let no_extras = StaySum { currency: "CHF".into(), other_spend: None, ..stay("in_house", 30) };
    check(
        &[stay("checked_out", 105), dollars, stay("in_house", 20), unknown, no_extras],
        &[
            (keys::STAYS, "5"),
            (keys::LIFETIME_VALUE, "30 CHF, 125 EUR, 70 USD"),
            (keys::OTHER_SPEND, "10 EUR, 5 USD"),
        ],
    );
}

#[test]
fn shares_and_averages_are_of_the_stays_for_which_they_are_known() {
    let by = |channel: &str, reservations, lead_days, with_lead_days| StaySum {
        channel: channel.into(),
        reservations,
        lead_days,
        with_lead_days,
        ..stay("checked_out", 10)
    };
    check(
        &[by("ota", 2, 7, 2), by("phone", 1, 0, 0), by("", 4, 100, 1)],
        &[
            (keys::STAYS, "7"),
            (keys::CHANNELS_USED, "ota 2, phone 1"),
            (keys::DIRECT_SHARE, "0.33"),
            (keys::AVERAGE_LEAD_DAYS, "35.7"),
        ],
    );
}

#[test]
fn numbers_are_rounded_to_the_nearest() {
    for (of, n, digits, expected) in [
        (1, 3, 2, "0.33"),
        (2, 3, 2, "0.67"),
        (1, 8, 2, "0.13"),
        (0, 5, 1, "0"),
        (25, 10, 1, "2.5"),
        (50, 10, 1, "5"),
    ] {
        assert_eq!(ratio(of, n, digits), Some(Value::Decimal(expected.to_owned())), "{of} per {n}");
    }
    assert_eq!(ratio(0, 0, 1), None);
}

fn person() -> Record {
    Record::new(RecordId::new(Uuid::from_u128(1)), RecordKind::Person)
}

fn rules() -> Rules {
    Rules { registry: crate::model::fields::standard(), ..Rules::default() }
}

fn counted(record: &Record, sums: &[StaySum]) -> Option<Record> {
    roll_up(&rules(), record, sums, Lane::Live, DateTime::UNIX_EPOCH).record
}

#[test]
fn counting_again_changes_nothing() {
    let first = counted(&person(), &[stay("checked_out", 10)]).expect("it is new");
    assert_eq!(first.value(&keys::STAYS), Some(&Value::Integer(1)));
    assert_eq!(counted(&first, &[stay("checked_out", 10)]), None);
    let later = roll_up(
        &rules(),
        &first,
        &[stay("checked_out", 10), StaySum { currency: "USD".into(), ..stay("checked_out", 10) }],
        Lane::Live,
        DateTime::from_timestamp(9, 0).expect("an instant"),
    );
    let later = later.record.expect("it changes");
    let at = |field: &FieldKey| later.cell(field).map(|cell| cell.provenance.at.timestamp());
    assert_eq!(
        (at(&keys::STAYS), at(&keys::FIRST_STAY_ON)),
        (Some(9), Some(0)),
        "what stays keeps its story"
    );
}

#[test]
fn nobody_has_roll_ups_without_a_reservation_and_who_has_lost_them_has_none_left() {
    assert_eq!(counted(&person(), &[]), None);
    let before = counted(&person(), &[stay("checked_out", 10)]).expect("it is new");
    let after = counted(&before, &[]).expect("it changes");
    assert_eq!(after.value(&keys::STAYS), Some(&Value::Integer(0)));
    assert_eq!(after.value(&keys::LAST_STAY_ON), None);
    assert_eq!(after.elements(&keys::LIFETIME_VALUE).map(litemap::LiteMap::len), Some(0));
    assert_eq!(counted(&after, &[]), None);
    let company = Record::new(RecordId::new(Uuid::from_u128(2)), RecordKind::Company);
    assert_eq!(counted(&company, &[stay("checked_out", 10)]), None);
}
