//! Made-up guests, with what makes real ones hard: two surnames, relays of booking portals, numbers typed in every
//! way, shared addresses, and the same guest entered twice.

use chrono::{Days, NaiveDate};
use serde_json::{Map, Value, json};

use super::dice::Dice;
use super::names::{ENGLISH, FRENCH, Folk, GERMAN, MAIL_DOMAINS, RELAY_DOMAIN, SPANISH};

/// A guest's fields in the contract's JSON.
pub(super) type Guest = Map<String, Value>;

/// A guest out of `number`.
pub(super) fn guest(dice: &mut Dice, number: u32, today: NaiveDate) -> Guest {
    let folk = folk(dice);
    let woman = dice.chance(50);
    let given = dice.pick(if woman { folk.women } else { folk.men });
    let surname = dice.pick(folk.surnames);
    let mut guest = Guest::new();
    let mut put = |field: &str, value: Value| guest.insert(field.to_owned(), value);
    put("surname", json!(surname));
    if folk.two_surnames && dice.chance(80) {
        put("second_surname", json!(dice.pick(folk.surnames)));
    }
    put("given_names", json!(given));
    put("sex", json!(if woman { "female" } else { "male" }));
    put("language", json!(folk.language));
    put("nationalities", json!([folk.country]));
    if dice.chance(40) {
        let days = u64::from(dice.between(20 * 365, 75 * 365));
        put("birth_date", json!(today.checked_sub_days(Days::new(days))));
    }
    put("emails", Value::Array(emails(dice, number, given, surname)));
    if dice.chance(85) {
        put("phones", json!([phone(dice, folk)]));
    }
    if dice.chance(70) {
        put("addresses", json!([address(dice, folk)]));
    }
    if dice.chance(4) {
        put("level", json!(dice.pick(&["VIP", "Gold member", "Do not book"])));
    }
    if dice.chance(5) {
        let text = dice.pick(&["Allergic to feathers", "Prefers a high floor", "Late arrivals by train"]);
        put("notes", json!([{"id": format!("n{number}"), "author": "reception", "text": text}]));
    }
    guest
}

/// The same guest, entered again at the desk by somebody in a hurry.
pub(super) fn again(dice: &mut Dice, guest: &Guest) -> Guest {
    let mut twin = guest.clone();
    twin.remove("birth_date");
    twin.remove("second_surname");
    twin.remove("notes");
    if let Some(Value::String(name)) = twin.get_mut("given_names")
        && dice.chance(50)
    {
        *name = name.split(' ').next().unwrap_or_default().to_uppercase();
    }
    if dice.chance(50) {
        twin.remove("emails");
    }
    twin
}

/// Somebody who asked for the newsletter and has never stayed.
pub(super) fn subscriber(dice: &mut Dice, number: u32, today: NaiveDate) -> Guest {
    let mut subscriber = guest(dice, 900_000 + number, today);
    for field in ["addresses", "level", "notes", "birth_date", "tax_id"] {
        subscriber.remove(field);
    }
    let address = format!("newsletter.{number}@{}", dice.pick(MAIL_DOMAINS));
    let consent = json!({"purpose": "marketing", "channel": "email", "address": address, "state": "granted"});
    subscriber.insert("emails".to_owned(), json!([{"address": address, "primary": true, "verified": true}]));
    subscriber.insert("consents".to_owned(), json!([consent]));
    subscriber
}

fn folk(dice: &mut Dice) -> &'static Folk {
    match dice.below(100) {
        0..50 => &SPANISH,
        50..70 => &FRENCH,
        70..87 => &ENGLISH,
        _ => &GERMAN,
    }
}

fn emails(dice: &mut Dice, number: u32, given: &str, surname: &str) -> Vec<Value> {
    let plain = |name: &str| -> String {
        let letters = name.to_lowercase().chars().filter(char::is_ascii_alphabetic).collect::<String>();
        if letters.is_empty() { "guest".to_owned() } else { letters }
    };
    let own = format!("{}.{}{number}@{}", plain(given), plain(surname), dice.pick(MAIL_DOMAINS));
    let relay = format!("{}{number}.{}@{RELAY_DOMAIN}", plain(surname), dice.between(100_000, 999_999));
    match dice.below(100) {
        0..55 => vec![json!({"address": own, "primary": true})],
        55..80 => vec![json!({"address": relay})],
        80..88 => vec![json!({"address": own, "primary": true}), json!({"address": relay})],
        88..92 => vec![json!({"address": "info@viajes-alboran.example"})],
        _ => Vec::new(),
    }
}

fn phone(dice: &mut Dice, folk: &Folk) -> Value {
    let (first, further) = folk.mobile;
    let digits: String = (0..further).map(|_| char::from_digit(dice.below(10), 10).unwrap_or('0')).collect();
    let number = format!("{first}{digits}");
    let typed = match dice.below(4) {
        0 => format!("{}{number}", folk.dial),
        1 => format!("{}{number}", folk.dial.replace('+', "00")),
        2 => format!("{} {} {}", folk.dial, number.get(..3).unwrap_or(""), number.get(3..).unwrap_or("")),
        _ if folk.country == "ES" => number,
        _ => format!("{} (0) {number}", folk.dial),
    };
    json!({"typed": typed, "label": "mobile", "primary": true})
}

fn address(dice: &mut Dice, folk: &Folk) -> Value {
    let (city, code) = dice.pick(folk.cities);
    let rest = if folk.country == "GB" {
        format!(" {}{}", dice.between(1, 9), dice.pick(&["AB", "HJ", "QT"]))
    } else {
        format!("{:02}", dice.below(100))
    };
    json!({
        "street": format!("{} {}", dice.pick(folk.streets), dice.between(1, 180)),
        "city": city,
        "postal_code": format!("{code}{rest}"),
        "country": folk.country,
        "primary": true,
    })
}
