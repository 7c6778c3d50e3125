//! A customer as a person.

use super::super::names::{Book, Glossary};
use super::super::wire::{AccountNote, Address, Customer, IdentityDocument, Membership};
use super::{Contact, Hotel, block, entry, filled, known, line, other, readable};
use crate::model::normalise::{country, date, language};
use crate::model::{Document, RecordKind, Seen, Value, keys};

const KIND: RecordKind = RecordKind::Person;

/// Classifications that tell of somebody's health.
const HEALTH: [&str; 2] = ["DisabledPerson", "HealthCompliant"];
/// Classifications that only tell where somebody is just now.
const MOMENTARY: [&str; 2] = ["InRoom", "WaitingForRoom"];
/// A customer with what belongs to him.
pub(in super::super) struct Guest {
    pub(in super::super) customer: Customer,
    pub(in super::super) addresses: Vec<Address>,
    pub(in super::super) memberships: Vec<Membership>,
    pub(in super::super) notes: Vec<AccountNote>,
    pub(in super::super) documents: Vec<IdentityDocument>,
}

/// What Mews holds of a person.
pub(in super::super) fn person(guest: &Guest, names: &Glossary, hotel: &Hotel) -> Document {
    let row = &guest.customer;
    let text = |text: &Option<String>| Seen::optional(line(text.as_deref()));
    let mut document = Document::new()
        .with(keys::SURNAME, text(&row.last_name))
        .with(keys::SECOND_SURNAME, text(&row.second_last_name))
        .with(keys::GIVEN_NAMES, text(&row.first_name))
        .with(keys::TITLE, Seen::optional(title(row.title.as_deref())))
        .with(keys::SEX, sex(row.sex.as_deref()))
        .with(keys::BIRTH_DATE, readable(row.birth_date.as_deref(), day))
        .with(keys::BIRTH_PLACE, text(&row.birth_place))
        .with(keys::NATIONALITIES, nationalities(row, hotel))
        .with(keys::LANGUAGE, spoken(row.preferred_language_code.as_deref()))
        .with(keys::TAX_ID, text(&row.tax_identification_number))
        .with(keys::POSITION, text(&row.occupation))
        .with(keys::LEVEL, Seen::optional(level(&row.classifications)))
        .with(keys::CONSENTS, hotel.consents(row.options.iter().map(String::as_str)))
        .with(keys::PREFERENCES, preferences(&row.preferred_space_features, hotel))
        .with(keys::LOYALTY_NUMBERS, loyalty(guest, names, hotel))
        .with(keys::NOTES, hotel.notes(KIND, row.notes.as_deref(), &guest.notes));
    hotel.contact(
        &mut document,
        KIND,
        &Contact {
            email: row.email.as_deref(),
            is_ota_email: row.has_ota_email,
            phone: row.phone.as_deref(),
            addresses: &guest.addresses,
            main_address: row.address_id.as_deref(),
        },
    );
    if hotel.medical {
        document.insert(keys::MEDICAL, medical(row, hotel));
    }
    if hotel.identity_documents {
        let papers = guest.documents.iter().filter_map(identity_document);
        document.insert(keys::IDENTITY_DOCUMENTS, hotel.set(KIND, &keys::IDENTITY_DOCUMENTS, papers));
    }
    document
}

fn title(title: Option<&str>) -> Option<Value> {
    let title = filled(title)?;
    Some(Value::Text(
        match title {
            "Mister" => "Mr",
            "Miss" => "Ms",
            "Misses" => "Mrs",
            other => other,
        }
        .to_owned(),
    ))
}

fn sex(sex: Option<&str>) -> Seen {
    Seen::optional(filled(sex).map(|sex| match sex {
        "Female" => known("female"),
        "Male" => known("male"),
        word => other(word),
    }))
}

fn day(typed: &str) -> Result<Option<Value>, crate::model::normalise::Unreadable> {
    date::iso(typed).map(|day| day.map(Value::Date))
}

fn nationalities(row: &Customer, hotel: &Hotel) -> Seen {
    match filled(row.nationality_code.as_deref()).map(country::read) {
        Some(Err(_)) => Seen::Masked,
        found => {
            hotel.set(KIND, &keys::NATIONALITIES, found.and_then(Result::ok).flatten().map(Value::Country))
        }
    }
}

fn spoken(code: Option<&str>) -> Seen {
    readable(code, |code| language::read(code).map(|language| language.map(Value::Language)))
}

/// What the hotel says of somebody, in the words of Mews.
fn level(classifications: &[String]) -> Option<Value> {
    let is_said = |word: &&str| !HEALTH.contains(word) && !MOMENTARY.contains(word);
    let mut said: Vec<&str> = classifications.iter().map(String::as_str).filter(is_said).collect();
    said.sort_unstable();
    line(Some(&said.join(", ")))
}

fn preferences(features: &[String], hotel: &Hotel) -> Seen {
    let wishes = features.iter().map(|feature| {
        entry([
            ("service", Some(known("room"))),
            ("key", line(Some("feature"))),
            ("value", line(Some(feature))),
        ])
    });
    hotel.set(KIND, &keys::PREFERENCES, wishes)
}

/// The memberships, and the bare code that older hotels keep instead.
fn loyalty(guest: &Guest, names: &Glossary, hotel: &Hotel) -> Seen {
    let left = ["Canceled", "Declined"];
    let memberships = guest.memberships.iter().filter(|row| !left.contains(&row.state.as_str()));
    let mut numbers: Vec<Value> = memberships
        .filter_map(|row| {
            let programme = names.get(Book::Programme, &row.loyalty_program_id);
            let tier = row.loyalty_tier_id.as_deref().and_then(|id| names.get(Book::Tier, id));
            Some(entry([
                ("programme", line(programme.map(|named| named.name.as_str()))),
                ("number", Some(line(row.number.as_deref())?)),
                ("tier", line(tier.map(|named| named.name.as_str()))),
            ]))
        })
        .collect();
    let code = filled(guest.customer.loyalty_code.as_deref());
    let is_listed =
        |code: &str| guest.memberships.iter().any(|row| filled(row.number.as_deref()) == Some(code));
    numbers.extend(code.filter(|code| !is_listed(code)).map(|code| entry([("number", line(Some(code)))])));
    hotel.set(KIND, &keys::LOYALTY_NUMBERS, numbers)
}

fn medical(row: &Customer, hotel: &Hotel) -> Seen {
    let need = |text: Option<Value>| {
        text.map(|text| entry([("kind", Some(known("special_need"))), ("text", Some(text))]))
    };
    let health = row.classifications.iter().filter(|word| HEALTH.contains(&word.as_str()));
    let needs = health.filter_map(|word| need(line(Some(word))));
    let diet = need(block(row.dietary_requirements.as_deref()));
    hotel.set(KIND, &keys::MEDICAL, needs.chain(diet))
}

fn identity_document(row: &IdentityDocument) -> Option<Value> {
    let number = line(row.number.as_deref())?;
    let kind = match row.kind.as_str() {
        "Passport" => known("passport"),
        "IdentityCard" => known("national_id"),
        "Visa" => known("visa"),
        "DriversLicense" => known("driving_licence"),
        word => other(word),
    };
    let issuer =
        filled(row.issuing_country_code.as_deref()).and_then(|code| country::read(code).ok().flatten());
    let day = |stamp: &Option<String>| stamp.as_deref().and_then(|stamp| day(stamp).ok().flatten());
    Some(entry([
        ("kind", Some(kind)),
        ("country", issuer.map(Value::Country)),
        ("number", Some(number)),
        ("issued", day(&row.issuance_date)),
        ("expires", day(&row.expiration_date)),
    ]))
}
