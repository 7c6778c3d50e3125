//! A row of `clienti` as a person or a company.

use litemap::LiteMap;
use smol_str::SmolStr;

use super::super::config::Companies;
use super::super::guests::StoredGuest;
use super::super::stamp;
use super::super::wire::Guest;
use super::custom::read_as;
use super::{Hotel, known, plain, text_field};
use crate::model::normalise::{address, country, email, language, phone, text};
use crate::model::value::{Address, Choice, Country, Email, Phone};
use crate::model::{Document, FieldKey, RecordKind, Seen, Value, keys};

/// Whether the entry is a company under the hotel's rule.
pub(in super::super) fn is_company(guest: &StoredGuest, rule: &Companies) -> bool {
    match rule {
        Companies::Never => false,
        Companies::VatNumberWithoutName => {
            plain(guest.row.partita_iva.as_deref()).is_some() && plain(guest.row.nome.as_deref()).is_none()
        }
        Companies::Title { titles } => {
            plain(guest.row.titolo.as_deref()).is_some_and(|title| titles.contains(&title))
        }
        Companies::CustomField { field, value } => custom_text(guest, field).is_some_and(|found| {
            value.as_ref().is_none_or(|wanted| text::fold(wanted) == text::fold(&found))
        }),
    }
}

/// A guest as a person.
pub(in super::super) fn person(guest: &StoredGuest, hotel: &Hotel) -> Document {
    let row = &guest.row;
    let mut document = Document::new()
        .with(keys::SURNAME, name(row.cognome.as_deref(), hotel))
        .with(keys::GIVEN_NAMES, name(row.nome.as_deref(), hotel))
        .with(keys::PREFERRED_NAME, name(row.soprannome.as_deref(), hotel))
        .with(keys::TITLE, text_field(row.titolo.as_deref()))
        .with(keys::SEX, sex(row.sesso.as_deref()))
        .with(keys::BIRTH_DATE, birth_date(row.datanascita.as_deref(), hotel))
        .with(keys::BIRTH_PLACE, birth_place(row))
        .with(keys::NATIONALITIES, nationalities(row.nazionalita.as_deref(), hotel))
        .with(
            keys::RESIDENCE,
            readable(row.nazione.as_deref(), |text| country::read(text).map(|c| c.map(Value::Country))),
        )
        .with(
            keys::LANGUAGE,
            readable(row.lingua.as_deref(), |text| language::read(text).map(|l| l.map(Value::Language))),
        )
        .with(keys::TAX_ID, text_field(row.cod_fiscale.as_deref()));
    contact(&mut document, row, hotel, RecordKind::Person);
    if hotel.settings.identity_documents {
        document.insert(keys::IDENTITY_DOCUMENTS, identity_document(row, hotel));
    }
    for custom in &hotel.settings.custom_fields {
        let field = FieldKey::new(custom.field.as_str());
        let stored = custom_text(guest, &custom.name);
        let seen = hotel
            .registry
            .field(RecordKind::Person, &field)
            .map(|declared| read_as(declared, stored, &hotel.relays));
        document.insert(field, seen.unwrap_or(Seen::Masked));
    }
    document
}

/// A guest entry that the hotel's rule takes for a company.
pub(in super::super) fn company(guest: &StoredGuest, hotel: &Hotel) -> Document {
    let row = &guest.row;
    let name = [row.cognome.as_deref(), row.nome.as_deref()].into_iter().filter_map(plain);
    let name = name.collect::<Vec<_>>().join(" ");
    let tax_id = plain(row.partita_iva.as_deref()).or_else(|| plain(row.cod_fiscale.as_deref()));
    let mut document = Document::new()
        .with(keys::NAME, Seen::optional(Some(name).filter(|name| !name.is_empty()).map(Value::Text)))
        .with(keys::TAX_ID, Seen::optional(tax_id.map(Value::Text)));
    contact(&mut document, row, hotel, RecordKind::Company);
    document
}

/// What persons and companies have in common.
fn contact(document: &mut Document, row: &Guest, hotel: &Hotel, kind: RecordKind) {
    // The first one is the one HotelDruid writes to and the desk calls.
    let emails = emails(row, hotel).into_iter().flatten().enumerate();
    let emails = emails.map(|(at, email)| Value::Email(Email { primary: at == 0, ..email }));
    document.insert(keys::EMAILS, hotel.set(kind, &keys::EMAILS, emails));
    let phones = phones(row, hotel).into_iter().flatten().enumerate();
    let phones = phones.map(|(at, phone)| Value::Phone(Phone { primary: at == 0, ..phone }));
    document.insert(keys::PHONES, hotel.set(kind, &keys::PHONES, phones));
    document.insert(keys::ADDRESSES, addresses(row, hotel, kind));
    document.insert(keys::NOTES, notes(row.commento.as_deref(), hotel, kind));
}

/// The three places for e-mail addresses; what is no address reads as nothing, and so does what only stands for one.
pub(in super::super) fn emails(row: &Guest, hotel: &Hotel) -> [Option<Email>; 3] {
    let columns = [row.email.as_deref(), row.email2.as_deref(), row.email3.as_deref()];
    let filled = |stored| plain(stored).filter(|text| !hotel.placeholders.is_email(text));
    columns.map(|stored| email::read(&filled(stored)?, &hotel.relays).ok())
}

/// The three places for phone numbers. The fax column is no phone and is left alone.
pub(in super::super) fn phones(row: &Guest, hotel: &Hotel) -> [Option<Phone>; 3] {
    let region = plain(row.nazione.as_deref()).and_then(|text| country::read(&text).ok().flatten());
    let region = region.as_ref().or(hotel.region.as_ref());
    let columns = [row.telefono.as_deref(), row.telefono2.as_deref(), row.telefono3.as_deref()];
    let filled = |stored| plain(stored).filter(|text| !hotel.placeholders.is_phone(text));
    columns.map(|stored| phone::read(&filled(stored)?, region))
}

/// The one address: street and number apart, country by name.
fn addresses(row: &Guest, hotel: &Hotel, kind: RecordKind) -> Seen {
    let address = postal(row).map(|mut address| {
        address.primary = true;
        Value::Address(Box::new(address))
    });
    hotel.set(kind, &keys::ADDRESSES, address)
}

/// The address of a row, unlabelled.
pub(in super::super) fn postal(row: &Guest) -> Option<Address> {
    let part = |column: &Option<String>| plain(column.as_deref()).unwrap_or_default();
    let street = [part(&row.via), part(&row.numcivico)];
    let street = street.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let country: Option<Country> =
        plain(row.nazione.as_deref()).and_then(|text| country::read(&text).ok().flatten());
    address::read(address::Parts {
        street: &[&street],
        city: &part(&row.citta),
        postal_code: &part(&row.cap),
        region: &part(&row.regione),
        country: country.as_ref(),
    })
}

fn sex(stored: Option<&str>) -> Seen {
    Seen::optional(plain(stored).map(|letter| match letter.as_str() {
        "f" => known("female"),
        "m" => known("male"),
        _ => Value::Choice(Choice::Other(SmolStr::from(letter))),
    }))
}

/// A part of a person's name; what only stands for one is nothing.
fn name(stored: Option<&str>, hotel: &Hotel) -> Seen {
    Seen::optional(plain(stored).filter(|name| !hotel.placeholders.is_name(name)).map(Value::Text))
}

fn birth_date(stored: Option<&str>, hotel: &Hotel) -> Seen {
    let Some(text) = plain(stored) else { return Seen::Empty };
    match stamp::date(&text) {
        None => Seen::Masked,
        Some(date) if hotel.placeholders.is_date(date) => Seen::Empty,
        Some(date) => Seen::one(Value::Date(date)),
    }
}

fn birth_place(row: &Guest) -> Seen {
    let parts = [&row.cittanascita, &row.regionenascita, &row.nazionenascita];
    let parts: Vec<_> = parts.into_iter().filter_map(|part| plain(part.as_deref())).collect();
    Seen::optional(Some(parts.join(", ")).filter(|place| !place.is_empty()).map(Value::Text))
}

fn nationalities(stored: Option<&str>, hotel: &Hotel) -> Seen {
    match plain(stored).map(|text| country::read(&text)) {
        // The hotel may have a country of its own wording: there is one, and it cannot be said which.
        Some(Err(_)) => Seen::Masked,
        Some(Ok(country)) => hotel.set(RecordKind::Person, &keys::NATIONALITIES, country.map(Value::Country)),
        None => Seen::Set(LiteMap::new_vec()),
    }
}

/// A value that may be written in words nobody but the hotel knows.
fn readable<E>(stored: Option<&str>, read: impl Fn(&str) -> Result<Option<Value>, E>) -> Seen {
    match plain(stored).map(|text| read(&text)) {
        None => Seen::Empty,
        Some(Ok(value)) => Seen::optional(value),
        Some(Err(_)) => Seen::Masked,
    }
}

fn notes(stored: Option<&str>, hotel: &Hotel, kind: RecordKind) -> Seen {
    let note =
        stored.map(super::super::text::decode).map(|note| text::block(&note)).filter(|note| !note.is_empty());
    let entry = note.map(|note| {
        let id = (SmolStr::new_static("id"), Value::Text("comment".to_owned()));
        Value::entry([id, (SmolStr::new_static("text"), Value::Text(note))])
    });
    hotel.set(kind, &keys::NOTES, entry)
}

fn identity_document(row: &Guest, hotel: &Hotel) -> Seen {
    const KINDS: &[&str] = &["passport", "visa", "national_id", "driving_licence", "residence_permit"];
    let entry = plain(row.documento.as_deref()).map(|number| {
        let kind = plain(row.tipodoc.as_deref()).and_then(|kind| text::choice(KINDS, &kind));
        let kind = kind.unwrap_or(Choice::Other(SmolStr::new_static("document")));
        let mut parts = LiteMap::from_iter([
            (SmolStr::new_static("kind"), Value::Choice(kind)),
            (SmolStr::new_static("number"), Value::Text(number)),
        ]);
        let country = plain(row.nazionedoc.as_deref()).and_then(|text| country::read(&text).ok().flatten());
        parts.extend(country.map(|country| (SmolStr::new_static("country"), Value::Country(country))));
        let expires = row.scadenzadoc.as_deref().and_then(stamp::date);
        parts.extend(expires.map(|date| (SmolStr::new_static("expires"), Value::Date(date))));
        Value::Entry(parts)
    });
    hotel.set(RecordKind::Person, &keys::IDENTITY_DOCUMENTS, entry)
}

/// The value of a field of the hotel's own.
fn custom_text(guest: &StoredGuest, name: &str) -> Option<String> {
    let found = guest.custom.iter().find(|(known, _)| plain(Some(known)).as_deref() == Some(name));
    found.and_then(|(_, value)| plain(Some(value)))
}
