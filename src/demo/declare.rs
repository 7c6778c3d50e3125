//! What the small hotel and the small CRM say of themselves: the answer to `GET /v1/capabilities`.

use serde_json::{Map, Value, json};

/// Read and written, and empty means cleared.
const FULL: Can = Can { read: true, write: true, clearable: true };
/// Read and written, and never empty.
const KEPT: Can = Can { read: true, write: true, clearable: false };
/// Only read.
const SHOWN: Can = Can { read: true, write: false, clearable: true };

#[derive(Clone, Copy)]
struct Can {
    read: bool,
    write: bool,
    clearable: bool,
}

/// How many characters of a street the hotel's program keeps.
pub const HOTEL_STREET_CHARS: usize = 60;

const CONTACT: &[&str] = &["emails", "phones", "addresses"];
const PERSON: &[&str] = &[
    "second_surname",
    "given_names",
    "title",
    "sex",
    "birth_date",
    "nationalities",
    "language",
    "tax_id",
    "level",
    "notes",
    "consents",
    "do_not_contact",
];
const PERSON_AT_CRM: &[&str] =
    &["preferred_name", "social_networks", "buyer_persona", "tags", "important_dates", "relations"];
const FIRM: &[&str] = &["legal_name", "tax_id", "web", "rate_codes", "payment_terms", "notes"];
const RESERVATION_KEPT: &[&str] = &["property", "number", "status", "arrives_on", "departs_on"];
const RESERVATION: &[&str] = &[
    "external_references",
    "group",
    "booked_at",
    "cancelled_at",
    "cancel_reason",
    "arrival_time",
    "checked_in_at",
    "checked_out_at",
    "holder",
    "accompanying",
    "company",
    "agency",
    "rooms",
    "channel",
    "source",
    "market_segment",
    "language",
    "remarks",
    "relay_emails",
    "total",
    "deposit",
    "paid",
    "payment_method",
    "extras",
    "room_spend",
    "food_spend",
    "other_spend",
    "total_spend",
];
const MAIL_GATE: &[&str] =
    &["mailable", "surveyable", "cleared_until", "content_version", "verified_at", "recipient", "nights"];

/// The hotel's program: reservations can only be read, and streets are cut.
pub fn hotel() -> Value {
    let mut person = fields(FULL, &[PERSON, CONTACT]);
    person.extend(fields(KEPT, &[&["surname"]]));
    if let Some(Value::Object(addresses)) = person.get_mut("addresses") {
        addresses.insert("form".to_owned(), json!({"max_chars": HOTEL_STREET_CHARS}));
    }
    let mut reservation = fields(SHOWN, &[RESERVATION]);
    reservation.extend(fields(Can { clearable: false, ..SHOWN }, &[RESERVATION_KEPT]));
    document([
        ("company", true, firm(&[])),
        ("agency", true, firm(&["iata"])),
        ("person", true, person),
        ("reservation", false, reservation),
    ])
}

/// The CRM: everything can be written.
pub fn crm() -> Value {
    let mut person = fields(FULL, &[PERSON, PERSON_AT_CRM, CONTACT]);
    person.extend(fields(KEPT, &[&["surname"]]));
    let mut reservation = fields(FULL, &[RESERVATION, MAIL_GATE]);
    reservation.extend(fields(KEPT, &[RESERVATION_KEPT]));
    let mut crm = document([
        ("company", true, firm(&[])),
        ("agency", true, firm(&["iata"])),
        ("person", true, person),
        ("reservation", true, reservation),
    ]);
    for kind in crm["kinds"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        kind["withdraw"] = json!(true);
    }
    crm
}

fn firm(more: &[&str]) -> Map<String, Value> {
    let mut firm = fields(FULL, &[FIRM, CONTACT, more]);
    firm.extend(fields(KEPT, &[&["name"]]));
    firm
}

fn fields(can: Can, names: &[&[&str]]) -> Map<String, Value> {
    let Can { read, write, clearable } = can;
    let field = json!({"read": read, "write": write, "clearable": clearable});
    names.iter().flat_map(|names| names.iter()).map(|name| ((*name).to_owned(), field.clone())).collect()
}

fn document(kinds: [(&str, bool, Map<String, Value>); 4]) -> Value {
    let kind =
        |create: bool, fields| json!({"read": true, "create": create, "changes": true, "fields": fields});
    let kinds: Map<_, _> =
        kinds.into_iter().map(|(name, create, fields)| (name.to_owned(), kind(create, fields))).collect();
    json!({
        "contract": 1,
        "kinds": kinds,
        "read_batch": 100,
        "write_batch": 100,
        "batch_is_atomic": false,
        "versions": true,
        "finds_by_hub_id": true,
        "merge": "full",
        "suppress": true,
        "rate": {"calls": 200, "per_seconds": 1},
    })
}

/// The same as the settings of a site file: a TOML value.
pub(super) fn to_toml(value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
        Value::Array(items) => format!("[{}]", items.iter().map(to_toml).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{name} = {}", to_toml(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
    }
}
