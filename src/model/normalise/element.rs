//! The key of an element of a many-valued field: what makes two elements the same one.

use chrono::SecondsFormat;
use litemap::LiteMap;
use sha2::{Digest, Sha256};
use smol_str::SmolStr;

use super::{address, money, phone, text};
use crate::model::document::Seen;
use crate::model::field::{ElementRule, FieldDef, Multiplicity};
use crate::model::ids::Element;
use crate::model::value::{Reference, Value};

/// The complete set of a field's values as a system shows them: each under its own key, and sealed where the law protects
/// it especially.
pub fn set_of(field: &FieldDef, values: impl IntoIterator<Item = Value>) -> Seen {
    let sealed = values.into_iter().map(|value| field.sealed(value));
    Seen::set(sealed.map(|value| (element_of(field, &value), value)))
}

/// The key of `value` among the elements of `field`.
///
/// An e-mail's is its address in lower case, a phone's its E.164 form or else its digits, an address's its folded text,
/// a reference's the record's id, an entry's its key parts joined by `/`. A special-category value's is a digest, so
/// that the key of a passport does not show its number.
pub fn element_of(field: &FieldDef, value: &Value) -> Element {
    Element::new(match value {
        Value::Special(inner) => digest(&key(field, inner.sealed())),
        Value::Text(_)
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Date(_)
        | Value::Instant(_)
        | Value::Money(_)
        | Value::Decimal(_)
        | Value::Country(_)
        | Value::Language(_)
        | Value::Email(_)
        | Value::Phone(_)
        | Value::Address(_)
        | Value::Choice(_)
        | Value::Reference(_)
        | Value::Content(_)
        | Value::Entry(_) => key(field, value),
    })
}

fn key(field: &FieldDef, value: &Value) -> String {
    match (&field.multiplicity, value) {
        (Multiplicity::Many(ElementRule::Parts(by)), Value::Entry(parts)) => {
            joined(parts, by.iter().copied())
        }
        (Multiplicity::Many(ElementRule::Parts(_) | ElementRule::Value) | Multiplicity::One, _) => {
            word(value)
        }
    }
}

/// Parts joined by `/`; a missing one leaves its place empty.
fn joined<'a>(parts: &LiteMap<SmolStr, Value>, by: impl Iterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for (place, name) in by.enumerate() {
        if place > 0 {
            joined.push('/');
        }
        match parts.get(name).map(word) {
            Some(word) if word.contains('/') => joined.push_str(&word.replace('/', "%2F")),
            Some(word) => joined.push_str(&word),
            None => {}
        }
    }
    joined
}

/// The text of a value in a key.
fn word(value: &Value) -> String {
    match value {
        Value::Text(words) => text::line(words).to_lowercase(),
        Value::Bool(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Instant(at) => at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        Value::Money(amount) => format!("{} {}", money::to_text(amount), amount.currency),
        Value::Decimal(number) => number.clone(),
        Value::Country(country) => country.0.to_string(),
        Value::Language(language) => language.0.to_string(),
        Value::Email(email) => text::line(&email.address).to_lowercase(),
        Value::Phone(number) => phone_word(number.e164.as_deref(), &number.typed),
        Value::Address(given) => address::key(given),
        Value::Choice(choice) => text::line(choice.as_str()).to_lowercase(),
        Value::Reference(Reference::Record(_, id)) => id.to_string(),
        Value::Reference(Reference::Remote(_, id)) => id.to_string(),
        Value::Content(content) => content.sha256.to_string(),
        Value::Entry(parts) => joined(parts, parts.keys().map(SmolStr::as_str)),
        Value::Special(inner) => digest(&word(inner.sealed())),
    }
}

fn phone_word(e164: Option<&str>, typed: &str) -> String {
    let digits = || Some(phone::digits(typed)).filter(|digits| !digits.is_empty());
    e164.map(str::to_owned).or_else(digits).unwrap_or_else(|| text::fold(typed))
}

/// What an identity document is looked up by: a digest of its number. `None` for what is no document with a number.
pub fn digest_of_document(value: &Value) -> Option<String> {
    let entry = if let Value::Special(inner) = value { inner.sealed() } else { value };
    let Value::Entry(parts) = entry else { return None };
    digest_of_number(parts.get("number")?.as_text()?)
}

/// The digest of a number however it is written; `None` where there are no letters or digits.
pub fn digest_of_number(number: &str) -> Option<String> {
    let plain = text::fold(number).replace(' ', "");
    (!plain.is_empty()).then(|| digest(&plain))
}

/// The first 128 bits of a text's SHA-256, in hexadecimal.
fn digest(words: &str) -> String {
    text::hex(Sha256::digest(words.as_bytes()).iter().take(16))
}
