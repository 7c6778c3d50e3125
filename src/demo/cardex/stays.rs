//! Made-up reservations: three years of stays, what is in the house, and what is booked, with cancellations,
//! no-shows, portals, companies and a tour operator's rooms without names.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::names::{BOARDS, CATEGORIES};

/// A reservation's fields in the contract's JSON.
pub(super) type Stay = Map<String, Value>;

/// Who can be on a reservation: ids at the hotel.
pub(super) struct Parties {
    pub(super) companies: Vec<String>,
    pub(super) agencies: Vec<String>,
    pub(super) tour_operator: String,
}

/// A reservation of `holder`, as the hotel would show it today.
pub(super) fn stay(dice: &mut Dice, number: u32, holder: &str, parties: &Parties, today: NaiveDate) -> Stay {
    let arrival = arrival(dice, today);
    let nights = dice.between(1, 7);
    let mut stay = booked(dice, number, arrival, nights);
    stay.insert("holder".to_owned(), person(holder));
    by_channel(dice, number, parties, &mut stay);
    let departure = arrival.checked_add_days(Days::new(u64::from(nights))).unwrap_or(arrival);
    lived(dice, &mut stay, arrival, departure, today);
    stay
}

/// A room of a tour operator's group, before the rooming list: nobody holds it yet.
pub(super) fn group_room(
    dice: &mut Dice,
    number: u32,
    group: u32,
    parties: &Parties,
    today: NaiveDate,
) -> Stay {
    let arrival = today.checked_add_days(Days::new(u64::from(7 + group * 9))).unwrap_or(today);
    let mut stay = booked(dice, number, arrival, 7);
    stay.insert("channel".to_owned(), json!("tour_operator"));
    stay.insert("group".to_owned(), json!(format!("SW-{group:03}")));
    stay.insert("agency".to_owned(), json!({"kind": "agency", "id": parties.tour_operator}));
    stay.insert("status".to_owned(), json!("confirmed"));
    stay
}

/// The reference to a person.
pub(super) fn person(id: &str) -> Value {
    json!({"kind": "person", "id": id})
}

/// The booking itself, without who and how it went.
fn booked(dice: &mut Dice, number: u32, arrival: NaiveDate, nights: u32) -> Stay {
    let departure = arrival.checked_add_days(Days::new(u64::from(nights))).unwrap_or(arrival);
    let lead = Days::new(u64::from(dice.between(0, 120)));
    let booked_on = arrival.checked_sub_days(lead).unwrap_or(arrival);
    let (category, rate) = dice.pick(CATEGORIES);
    let adults = if category == "SGL" { 1 } else { dice.between(1, 2) };
    let children = if dice.chance(15) { dice.between(1, 2) } else { 0 };
    let room = json!({
        "index": 1,
        "number": format!("{}{:02}", dice.between(1, 5), dice.between(1, 24)),
        "category": category,
        "rate_code": dice.pick(&["BAR", "FLEX", "NRF"]),
        "board": dice.pick(BOARDS),
        "adults": adults,
        "children": children,
    });
    let total = rate * nights;
    let Value::Object(stay) = json!({
        "property": "ALBA",
        "number": format!("{}-{number:05}", booked_on.format("%Y")),
        "booked_at": at(booked_on, 9 + dice.below(12)),
        "arrives_on": arrival,
        "departs_on": departure,
        "rooms": [room],
        "total": eur(total),
        "deposit": eur(if dice.chance(30) { total / 5 } else { 0 }),
    }) else {
        return Stay::new();
    };
    stay
}

fn arrival(dice: &mut Dice, today: NaiveDate) -> NaiveDate {
    let back = |days: u32| today.checked_sub_days(Days::new(u64::from(days))).unwrap_or(today);
    match dice.below(100) {
        0..72 => back(dice.between(8, 3 * 365)),
        72..77 => back(dice.between(0, 3)),
        _ => today.checked_add_days(Days::new(u64::from(dice.between(1, 150)))).unwrap_or(today),
    }
}

fn by_channel(dice: &mut Dice, number: u32, parties: &Parties, stay: &mut Stay) {
    let mut put = |field: &str, value: Value| stay.insert(field.to_owned(), value);
    match dice.below(100) {
        0..38 => {
            let portal = dice.pick(&["Booking.com", "Expedia"]);
            put("channel", json!("ota"));
            put("source", json!(portal));
            put("external_references", json!([{"source": portal, "id": format!("{}", 4_000_000 + number)}]));
        }
        38..60 => {
            put("channel", json!("web"));
        }
        60..75 => {
            put("channel", json!("phone"));
        }
        75..87 => {
            put("channel", json!("corporate"));
            put("company", json!({"kind": "company", "id": pick(dice, &parties.companies)}));
        }
        87..95 => {
            put("channel", json!("gds"));
            put("agency", json!({"kind": "agency", "id": pick(dice, &parties.agencies)}));
        }
        _ => {
            put("channel", json!("walk_in"));
        }
    }
}

/// How it went by today.
fn lived(dice: &mut Dice, stay: &mut Stay, arrival: NaiveDate, departure: NaiveDate, today: NaiveDate) {
    let fate = dice.below(100);
    let mut put = |field: &str, value: Value| stay.insert(field.to_owned(), value);
    if fate < 13 {
        let cancelled =
            arrival.checked_sub_days(Days::new(u64::from(dice.between(1, 20)))).unwrap_or(arrival);
        put("status", json!("cancelled"));
        put("cancelled_at", at(cancelled.min(today), 11));
        put("cancel_reason", json!(dice.pick(&["Change of plans", "Found another hotel", "Illness"])));
    } else if arrival > today {
        put("status", json!(if fate < 20 { "tentative" } else { "confirmed" }));
    } else if fate < 16 && arrival < today {
        put("status", json!("no_show"));
    } else if departure > today {
        put("status", json!("in_house"));
        put("checked_in_at", at(arrival, 15));
    } else {
        put("status", json!("checked_out"));
        put("checked_in_at", at(arrival, 15));
        put("checked_out_at", at(departure, 10));
        let (room, food) = (dice.between(100, 900) * 100, dice.below(200) * 100);
        put("room_spend", eur(room));
        put("food_spend", eur(food));
        put("total_spend", eur(room + food));
    }
}

fn pick(dice: &mut Dice, ids: &[String]) -> String {
    let place = dice.below(u32::try_from(ids.len()).unwrap_or(u32::MAX));
    ids.get(place as usize).cloned().unwrap_or_default()
}

pub(super) fn eur(cents: u32) -> Value {
    json!({"amount_minor": cents, "currency": "EUR"})
}

fn at(day: NaiveDate, hour: u32) -> Value {
    let midnight: DateTime<Utc> = day.and_time(NaiveTime::MIN).and_utc();
    json!(midnight + TimeDelta::hours(i64::from(hour)))
}
