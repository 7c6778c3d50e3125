//! Rows of Mews as documents of the hub. Pure: no calls, no clock.
//!
//! A word that a closed list does not have is kept as Mews wrote it. What cannot be read is left out or masked, never
//! guessed.

mod addresses;
mod company;
mod consents;
mod customer;
mod fields;
mod marks;
mod money;
mod reservation;

pub(super) use addresses::{Arrangement, arrange, main_address};
pub(super) use company::{Firm, company};
pub(super) use consents::{SIMPLE, boxes};
pub(super) use customer::{Guest, person};
pub(super) use fields::kinds;
pub(super) use marks::{hub_id, mark};
pub(super) use reservation::{Booking, reservation};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use smol_str::SmolStr;
use std::sync::Arc;

use super::config::BoardRule;
use super::wire::{AccountNote, Address};
use crate::model::field::{FieldDef, Registry};
use crate::model::normalise::email::Relays;
use crate::model::normalise::{address, country, date, email, phone, set_of, text};
use crate::model::value::{Address as Postal, Choice, Country, Email, Phone};
use crate::model::{Document, FieldKey, RecordKind, Seen, Value, keys};

/// What the mapping knows of the hotel beside the rows.
pub(super) struct Hotel {
    pub(super) property: SmolStr,
    pub(super) zone: Tz,
    pub(super) region: Option<Country>,
    pub(super) relays: Relays,
    pub(super) registry: Arc<Registry>,
    pub(super) boards: Vec<BoardRule>,
    pub(super) identity_documents: bool,
    pub(super) medical: bool,
}

impl Hotel {
    fn field(&self, kind: RecordKind, key: &FieldKey) -> &FieldDef {
        self.registry.field(kind, key).expect("the standard fields are always declared")
    }

    /// The complete set of a field's values.
    fn set(&self, kind: RecordKind, key: &FieldKey, values: impl IntoIterator<Item = Value>) -> Seen {
        set_of(self.field(kind, key), values)
    }

    /// The hotel's day of a stamp.
    fn day(&self, stamp: Option<&str>) -> Option<NaiveDate> {
        instant(stamp).map(|at| at.with_timezone(&self.zone).date_naive())
    }

    /// The hotel's time of day of a stamp, `HH:MM`.
    fn time(&self, stamp: Option<&str>) -> Option<Value> {
        instant(stamp).map(|at| Value::Text(at.with_timezone(&self.zone).format("%H:%M").to_string()))
    }

    /// What persons and companies have in common.
    fn contact(&self, document: &mut Document, kind: RecordKind, contact: &Contact<'_>) {
        let found = filled(contact.email).and_then(|typed| email::read(typed, &self.relays).ok());
        let found = found.map(|email| {
            let relay = email.relay || contact.is_ota_email;
            Value::Email(Email { primary: true, relay, ..email })
        });
        document.insert(keys::EMAILS, self.set(kind, &keys::EMAILS, found));
        let found = filled(contact.phone).and_then(|typed| phone::read(typed, self.region.as_ref()));
        let found = found.map(|phone| Value::Phone(Phone { primary: true, ..phone }));
        document.insert(keys::PHONES, self.set(kind, &keys::PHONES, found));
        document.insert(keys::ADDRESSES, self.addresses(kind, contact.addresses, contact.main_address));
    }

    /// The note that an account holds itself, and those beside it that stand.
    fn notes(&self, kind: RecordKind, own: Option<&str>, beside: &[AccountNote]) -> Seen {
        let note = |id: &str, text: Option<&str>| {
            Some(entry([("id", line(Some(id))), ("text", Some(block(text)?))]))
        };
        let standing = beside.iter().filter(|row| row.is_active);
        let standing = standing.filter_map(|row| note(&row.id, row.content.as_deref()));
        let own = own.map(marks::unmarked);
        self.set(kind, &keys::NOTES, note("notes", own.as_deref()).into_iter().chain(standing))
    }

    /// The addresses of an account that stand.
    pub(super) fn addresses(&self, kind: RecordKind, rows: &[Address], main: Option<&str>) -> Seen {
        // Of two rows that are one address the main one counts: the last of a key does.
        let found = postals(rows, main).into_iter().rev();
        self.set(kind, &keys::ADDRESSES, found.map(|(_, address)| Value::Address(Box::new(address))))
    }
}

/// How an account is reached.
struct Contact<'a> {
    email: Option<&'a str>,
    /// The address is a booking portal's and ends with the booking.
    is_ota_email: bool,
    phone: Option<&'a str>,
    addresses: &'a [Address],
    main_address: Option<&'a str>,
}

/// The addresses that stand and say something, the main one first; without one the first is.
fn postals<'a>(rows: &'a [Address], main: Option<&str>) -> Vec<(&'a Address, Postal)> {
    let standing = rows.iter().filter(|row| row.is_active);
    let mut found: Vec<(&Address, Postal)> = standing.filter_map(|row| Some((row, postal(row)?))).collect();
    found.sort_by_key(|(row, _)| Some(row.id.as_str()) != main);
    if let Some((_, first)) = found.first_mut() {
        first.primary = true;
    }
    found
}

fn postal(row: &Address) -> Option<Postal> {
    let country = filled(row.country_code.as_deref()).and_then(|code| country::read(code).ok().flatten());
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    address::read(address::Parts {
        street: &[&part(&row.line1), &part(&row.line2)],
        city: &part(&row.city),
        postal_code: &part(&row.postal_code),
        region: &part(&row.country_subdivision_code),
        country: country.as_ref(),
    })
}

/// A text that says something.
fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// One line.
fn line(text: Option<&str>) -> Option<Value> {
    filled(text).map(|typed| Value::Text(text::line(typed)))
}

/// Several lines.
fn block(text: Option<&str>) -> Option<Value> {
    filled(text).map(|typed| Value::Text(text::block(typed)))
}

/// A stamp of Mews.
pub(super) fn instant(stamp: Option<&str>) -> Option<DateTime<Utc>> {
    stamp.and_then(|stamp| date::instant(stamp).ok().flatten())
}

/// A word of a closed list.
fn known(word: &'static str) -> Value {
    Value::Choice(Choice::Known(SmolStr::new_static(word)))
}

/// A word that the list does not have.
fn other(word: &str) -> Value {
    Value::Choice(Choice::Other(SmolStr::new(word)))
}

/// An entry of the parts that there are.
fn entry(parts: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Value {
    let parts = parts.into_iter().filter_map(|(name, value)| Some((SmolStr::new_static(name), value?)));
    Value::entry(parts)
}

/// What can be read of a text; what cannot be read is there, and nothing more is known of it.
fn readable<E>(typed: Option<&str>, read: impl Fn(&str) -> Result<Option<Value>, E>) -> Seen {
    filled(typed).map_or(Seen::Empty, |typed| read(typed).map_or(Seen::Masked, Seen::optional))
}
