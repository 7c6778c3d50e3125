//! From the fields of a write to the columns of `clienti`. Pure.

use litemap::LiteMap;
use std::collections::{BTreeMap, BTreeSet};

use super::map::{Hotel, LONG, MEDIUM, SHORT, emails, phones, plain, postal};
use super::text;
use super::wire::{Guest, Stored as _};
use crate::model::normalise::element_of;
use crate::model::value::{Address, Country};
use crate::model::{Element, FieldKey, RecordKind, Seen, Value, keys};

/// Why a value cannot be stored, without the value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused(pub(super) &'static str);

/// What a write does to a row.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Columns {
    /// The new value of each column; `None` is null.
    pub(super) changes: BTreeMap<&'static str, Option<String>>,
    /// The columns that must still hold what was read: those that change and those they were weighed against.
    pub(super) guards: BTreeSet<&'static str>,
    /// The columns that hold a country by the name the hotel uses for it.
    pub(super) countries: BTreeMap<&'static str, Country>,
}

impl Columns {
    /// Sets a column, unless it holds that text already.
    pub(super) fn set(&mut self, row: &Guest, column: &'static str, value: Option<String>) {
        self.guards.insert(column);
        let same = row.column(column).unwrap_or_default() == value.as_deref().unwrap_or_default();
        if !same {
            self.changes.insert(column, value);
        }
    }

    fn text(&mut self, row: &Guest, column: &'static str, text: &str, limit: usize) {
        let stays = row.column(column).is_some_and(|stored| text::decode(stored) == text);
        if stays {
            self.guards.insert(column);
        } else {
            self.set(row, column, Some(text::encode(text, limit)));
        }
    }

    fn country(&mut self, row: &Guest, column: &'static str, country: Option<&Country>) {
        match country {
            None => self.set(row, column, Some(String::new())),
            Some(country) => {
                self.guards.insert(column);
                self.countries.insert(column, country.clone());
            }
        }
    }
}

/// Puts `target` of `field` into the columns it is kept in, given the row as it is.
pub(super) fn fill(
    columns: &mut Columns,
    hotel: &Hotel,
    field: &FieldKey,
    target: &Seen,
    row: &Guest,
) -> Result<(), Refused> {
    let value = target.value();
    let words = value.and_then(Value::as_text).unwrap_or_default();
    if *field == keys::SURNAME {
        if words.is_empty() {
            return Err(Refused("a guest needs a surname"));
        }
        columns.text(row, "cognome", words, LONG);
    } else if *field == keys::GIVEN_NAMES {
        columns.text(row, "nome", words, LONG);
    } else if *field == keys::PREFERRED_NAME {
        columns.text(row, "soprannome", words, LONG);
    } else if *field == keys::TAX_ID {
        columns.text(row, "cod_fiscale", words, MEDIUM);
    } else if *field == keys::SEX {
        columns.set(row, "sesso", Some(sex(words)?.to_owned()));
    } else if *field == keys::BIRTH_DATE {
        let date = if let Some(Value::Date(date)) = value { Some(date.to_string()) } else { None };
        columns.set(row, "datanascita", date);
    } else if *field == keys::LANGUAGE {
        columns.set(row, "lingua", Some(language(value)));
    } else if *field == keys::NATIONALITIES {
        let country = only(target)?;
        let country = if let Some(Value::Country(country)) = country { Some(country) } else { None };
        columns.country(row, "nazionalita", country);
    } else if *field == keys::ADDRESSES {
        let address = only(target)?;
        let address = if let Some(Value::Address(address)) = address { Some(address.as_ref()) } else { None };
        fill_address(columns, address, row);
    } else if *field == keys::EMAILS {
        let read = emails(row, hotel).map(|email| email.map(|email| key(hotel, field, &Value::Email(email))));
        let holds_place = |text: &str| hotel.placeholders.is_email(text);
        let places = Places { names: ["email", "email2", "email3"], limit: usize::MAX, read, holds_place };
        return fill_places(columns, &places, target, row);
    } else if *field == keys::PHONES {
        let read = phones(row, hotel).map(|phone| phone.map(|phone| key(hotel, field, &Value::Phone(phone))));
        let holds_place = |text: &str| hotel.placeholders.is_phone(text);
        let names = ["telefono", "telefono2", "telefono3"];
        let places = Places { names, limit: MEDIUM, read, holds_place };
        return fill_places(columns, &places, target, row);
    } else {
        return Err(Refused("it cannot be written"));
    }
    Ok(())
}

/// The three places of a guest's channels of one kind.
struct Places<F> {
    names: [&'static str; 3],
    /// How many characters one has room for.
    limit: usize,
    /// The key of what each holds.
    read: [Option<Element>; 3],
    /// Whether a text only stands for a value.
    holds_place: F,
}

/// Keeps what stays where it is, clears what goes, and puts what is new into the first free places.
///
/// A place with a text that is no value is nobody's to clear; one that only holds the place of a value gives way to one.
fn fill_places(
    columns: &mut Columns,
    Places { names, limit, read, holds_place }: &Places<impl Fn(&str) -> bool>,
    target: &Seen,
    row: &Guest,
) -> Result<(), Refused> {
    let none = LiteMap::new_vec();
    let elements = target.elements().unwrap_or(&none);
    let is_new = |element: &&Element| !read.iter().flatten().any(|held| held == *element);
    let mut new: Vec<_> =
        elements.iter().filter(|(element, _)| is_new(element)).map(|(_, held)| &*held.0).collect();
    new.reverse();
    for (name, held) in names.iter().zip(read) {
        columns.guards.insert(name);
        let stays = match held {
            Some(element) => elements.contains_key(element),
            None => plain(row.column(name)).is_some_and(|text| new.is_empty() || !holds_place(&text)),
        };
        if !stays {
            let text = new.pop().map(|value| text::encode(written(value), *limit));
            columns.set(row, name, Some(text.unwrap_or_default()));
        }
    }
    if new.is_empty() { Ok(()) } else { Err(Refused("there is no room for another")) }
}

/// A street that did not change keeps its house number apart; a new one is stored whole.
fn fill_address(columns: &mut Columns, address: Option<&Address>, row: &Guest) {
    let empty = Address::default();
    let target = address.unwrap_or(&empty);
    let held = postal(row).unwrap_or_default();
    if held.street == target.street {
        columns.guards.extend(["via", "numcivico"]);
    } else {
        columns.text(row, "via", &target.street.replace('\n', ", "), LONG);
        columns.text(row, "numcivico", "", SHORT);
    }
    columns.text(row, "citta", &target.city, LONG);
    columns.text(row, "cap", &target.postal_code, SHORT);
    columns.text(row, "regione", &target.region, LONG);
    if held.country == target.country {
        columns.guards.insert("nazione");
    } else {
        columns.country(row, "nazione", target.country.as_ref());
    }
}

fn sex(word: &str) -> Result<&'static str, Refused> {
    match word {
        "female" => Ok("f"),
        "male" => Ok("m"),
        "" => Ok(""),
        _ => Err(Refused("it knows `f` and `m` only")),
    }
}

/// HotelDruid calls a language by its directory: two letters, and three for Italian.
fn language(value: Option<&Value>) -> String {
    let Some(Value::Language(language)) = value else { return String::new() };
    let primary = language.0.split('-').next().unwrap_or_default();
    if primary == "it" { "ita".to_owned() } else { primary.to_owned() }
}

fn only(target: &Seen) -> Result<Option<&Value>, Refused> {
    let Some(elements) = target.elements() else { return Ok(None) };
    if elements.len() > 1 {
        return Err(Refused("it has room for one"));
    }
    Ok(elements.values().next().map(|held| &*held.0))
}

fn key(hotel: &Hotel, field: &FieldKey, value: &Value) -> Element {
    let declared = hotel.registry.field(RecordKind::Person, field);
    declared.map_or_else(|| Element::new(""), |declared| element_of(declared, value))
}

fn written(value: &Value) -> &str {
    match value {
        Value::Email(email) => &email.address,
        Value::Phone(phone) => &phone.typed,
        Value::Text(_)
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Date(_)
        | Value::Instant(_)
        | Value::Money(_)
        | Value::Decimal(_)
        | Value::Country(_)
        | Value::Language(_)
        | Value::Address(_)
        | Value::Choice(_)
        | Value::Reference(_)
        | Value::Content(_)
        | Value::Entry(_)
        | Value::Special(_) => "",
    }
}
