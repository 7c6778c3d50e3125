//! From a record to what comparing needs of it. Personal data goes in and comes out as features; nothing else leaves.

use crate::duplicates::compact::{self, Compact};
use crate::duplicates::keys;
use crate::duplicates::profile::{DocumentText, Kind};
use crate::duplicates::{Normaliser, Profile};
use crate::hub::Matching;
use crate::model::value::{Address, Purpose};
use crate::model::{CellSet, FieldKey, Record, RecordKind, Value, keys as fields};

/// What features and postings mean: those of another form are made anew.
pub(super) const FORM: i64 = compact::FORM as i64 * 1000 + keys::FORM as i64;

/// The texts of a record that are not in it as such.
struct Texts<'r> {
    surname: String,
    birth_date: String,
    emails: Vec<&'r str>,
    phones: Vec<&'r str>,
    documents: Vec<(String, &'r str, &'r str)>,
    loyalty: Vec<&'r str>,
    address: Option<&'r Address>,
}

/// The features of a profile; `memberships` are the numbers of what belongs to it.
pub(super) fn features(
    normaliser: &Normaliser,
    settings: &Matching,
    record: &Record,
    memberships: &[String],
) -> Compact {
    let texts = Texts::of(record, memberships, settings.purpose.as_ref());
    let emails = texts.emails.as_slice();
    let mut documents: Vec<DocumentText<'_>> = Vec::new();
    for (kind, number, country) in &texts.documents {
        documents.push(DocumentText { kind, number, country });
    }
    let residence = record.value(&fields::RESIDENCE).map_or("", country);
    let address = |part: fn(&Address) -> &str| texts.address.map_or("", part);
    let of_address = texts.address.and_then(|address| address.country.as_ref());
    let profile = Profile {
        kind: kind(record.kind),
        title: text(record, &fields::TITLE),
        first_name: text(record, &fields::GIVEN_NAMES),
        last_name: &texts.surname,
        gender: text(record, &fields::SEX),
        birth_date: &texts.birth_date,
        emails,
        phones: &texts.phones,
        documents: &documents,
        loyalty: &texts.loyalty,
        street: address(|address| &address.street),
        city: address(|address| &address.city),
        postal_code: address(|address| &address.postal_code),
        country: if residence.is_empty() {
            of_address.map_or("", |country| country.0.as_str())
        } else {
            residence
        },
        nationality: values(record, &fields::NATIONALITIES).map(country).next().unwrap_or_default(),
        language: record.value(&fields::LANGUAGE).map_or("", language),
        company: company(record),
        tax_id: text(record, &fields::TAX_ID),
        property_country: settings.country_of(record),
    };
    Compact::of(&normaliser.features(&profile))
}

const fn kind(kind: RecordKind) -> Kind {
    match kind {
        RecordKind::Company => Kind::Company,
        RecordKind::Agency => Kind::Agency,
        RecordKind::Person | RecordKind::Reservation | RecordKind::Membership | RecordKind::Certificate => {
            Kind::Person
        }
    }
}

fn text<'r>(record: &'r Record, field: &FieldKey) -> &'r str {
    record.value(field).and_then(Value::as_text).unwrap_or_default()
}

/// The company's own name, or the one that the person works for.
fn company(record: &Record) -> &str {
    let fields = [&fields::NAME, &fields::LEGAL_NAME, &fields::EMPLOYER];
    fields.into_iter().map(|field| text(record, field)).find(|name| !name.is_empty()).unwrap_or_default()
}

fn country(value: &Value) -> &str {
    if let Value::Country(country) = value { &country.0 } else { "" }
}

fn language(value: &Value) -> &str {
    if let Value::Language(language) = value { &language.0 } else { "" }
}

fn email(value: &Value) -> Option<&str> {
    if let Value::Email(email) = value { Some(&email.address) } else { None }
}

fn phone(value: &Value) -> Option<&str> {
    let Value::Phone(phone) = value else { return None };
    Some(phone.e164.as_ref().map_or(phone.typed.as_str(), |number| number))
}

/// The values of a field, one or several.
fn values<'r>(record: &'r Record, field: &FieldKey) -> impl Iterator<Item = &'r Value> + use<'r> {
    let cells = record.fields.get(field).into_iter().flat_map(CellSet::cells);
    cells.filter_map(|cell| cell.value.as_deref())
}

/// The text of a part of an entry.
fn part<'r>(entry: &'r Value, name: &str) -> &'r str {
    let Value::Entry(parts) = entry else { return "" };
    let Some(value) = parts.get(name) else { return "" };
    value.as_text().unwrap_or_else(|| country(value))
}

impl<'r> Texts<'r> {
    fn of(record: &'r Record, memberships: &'r [String], purpose: Option<&Purpose>) -> Self {
        let names = [&fields::SURNAME, &fields::SECOND_SURNAME, &fields::NAME_SUFFIX];
        let names = names.into_iter().map(|field| text(record, field)).filter(|name| !name.is_empty());
        let birth = record.value(&fields::BIRTH_DATE).and_then(Value::as_date);
        let emails = values(record, &fields::EMAILS).filter_map(email);
        let phones = values(record, &fields::PHONES).filter_map(phone);
        let numbers = values(record, &fields::LOYALTY_NUMBERS).map(|entry| part(entry, "number"));
        Self {
            surname: names.collect::<Vec<_>>().join(" "),
            birth_date: birth.map_or_else(String::new, |day| day.to_string()),
            emails: emails.collect(),
            phones: phones.collect(),
            documents: documents(record, purpose),
            loyalty: numbers.chain(memberships.iter().map(String::as_str)).collect(),
            address: address(record),
        }
    }
}

/// Kind, number and country of each document, and the tax number, which is one. Without a purpose none is opened.
fn documents<'r>(record: &'r Record, purpose: Option<&Purpose>) -> Vec<(String, &'r str, &'r str)> {
    let Some(purpose) = purpose else { return Vec::new() };
    let opened = values(record, &fields::IDENTITY_DOCUMENTS)
        .map(|value| if let Value::Special(special) = value { special.open(purpose) } else { value });
    let document = |entry: &'r Value| {
        (part(entry, "kind").replace('_', " "), part(entry, "number"), part(entry, "country"))
    };
    let tax = (record.kind == RecordKind::Person).then(|| text(record, &fields::TAX_ID));
    let tax = tax.filter(|number| !number.is_empty()).map(|number| ("tax id".to_owned(), number, ""));
    opened.map(document).filter(|(_, number, _)| !number.is_empty()).chain(tax).collect()
}

/// The primary address, else the first.
fn address(record: &Record) -> Option<&Address> {
    let mut addresses = values(record, &fields::ADDRESSES)
        .filter_map(|value| if let Value::Address(address) = value { Some(&**address) } else { None });
    let first = addresses.next()?;
    if first.primary {
        return Some(first);
    }
    Some(addresses.find(|address| address.primary).unwrap_or(first))
}
