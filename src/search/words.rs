//! The words that a profile is found by.

use std::collections::BTreeSet;

use super::{joined, split};
use crate::model::normalise::{digest_of_document, phone};
use crate::model::value::Address;
use crate::model::{CellSet, FieldKey, Life, Record, RecordKind, Value, keys};

/// Words of these are names: a typo in them is forgiven.
const NAMES: [&FieldKey; 8] = [
    &keys::SURNAME,
    &keys::SECOND_SURNAME,
    &keys::GIVEN_NAMES,
    &keys::PREFERRED_NAME,
    &keys::LOCAL_NAME,
    &keys::NAME,
    &keys::LEGAL_NAME,
    &keys::EMPLOYER,
];
/// Numbers that are typed whole.
const NUMBERS: [&FieldKey; 2] = [&keys::TAX_ID, &keys::IATA];

/// The words of a profile, and of everything that is one with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// All of them.
    pub all: BTreeSet<String>,
    /// Those in which a typo is forgiven.
    pub names: BTreeSet<String>,
}

impl Words {
    /// Adds those of another record.
    pub fn add(&mut self, other: Self) {
        self.all.extend(other.all);
        self.names.extend(other.names);
    }

    /// All of them as one text.
    pub fn text(&self) -> String {
        self.all.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    fn name(&mut self, text: &str) {
        for word in split(text) {
            self.names.insert(word.clone());
            self.all.insert(word);
        }
    }

    fn plain(&mut self, words: impl IntoIterator<Item = String>) {
        self.all.extend(words.into_iter().filter(|word| !word.is_empty()));
    }

    /// Where mail goes to: both sides of the `@` as they are typed, and the words in them.
    fn email(&mut self, address: &str) {
        self.plain(split(address));
        self.plain(address.split(|letter: char| !letter.is_alphanumeric()).flat_map(split));
    }

    /// Found by its end, so that it does not matter how it begins.
    fn phone(&mut self, number: &str) {
        let reversed: String = phone::digits(number).chars().rev().collect();
        if !reversed.is_empty() {
            self.all.insert(format!("+{reversed}"));
        }
    }

    fn address(&mut self, address: &Address) {
        self.name(&address.city);
        self.plain(split(&address.postal_code));
        self.plain([joined(&address.postal_code)]);
    }
}

/// The word of a kind of profile.
pub fn kind_word(kind: RecordKind) -> String {
    format!("={kind}")
}

/// The words of one record; what was erased has none.
pub fn words_of(record: &Record) -> Words {
    let mut words = Words::default();
    if record.life == Life::Erased {
        return words;
    }
    words.all.insert(kind_word(record.kind));
    let text = |field: &FieldKey| record.value(field).and_then(Value::as_text).unwrap_or_default();
    for field in NAMES {
        words.name(text(field));
    }
    for field in NUMBERS {
        words.plain([joined(text(field))]);
    }
    if let Some(day) = record.value(&keys::BIRTH_DATE).and_then(Value::as_date) {
        words.plain(["%Y%m%d", "%d%m%Y"].map(|form| day.format(form).to_string()));
    }
    for field in [&keys::EMAILS, &keys::PHONES, &keys::ADDRESSES, &keys::LOYALTY_NUMBERS] {
        values(record, field).for_each(|value| contact(&mut words, value));
    }
    let documents = values(record, &keys::IDENTITY_DOCUMENTS).filter_map(digest_of_document);
    words.all.extend(documents.map(|digest| format!("#{digest}")));
    words
}

fn values<'r>(record: &'r Record, field: &FieldKey) -> impl Iterator<Item = &'r Value> + use<'r> {
    record.fields.get(field).into_iter().flat_map(CellSet::cells).filter_map(|cell| cell.value.as_deref())
}

fn contact(words: &mut Words, value: &Value) {
    match value {
        Value::Email(email) => words.email(&email.address),
        Value::Phone(phone) => words.phone(phone.e164.as_deref().unwrap_or(&phone.typed)),
        Value::Address(address) => words.address(address),
        Value::Entry(parts) => {
            let number = parts.get("number").and_then(Value::as_text).unwrap_or_default();
            words.plain([joined(number)]);
        }
        Value::Text(_)
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Date(_)
        | Value::Instant(_)
        | Value::Money(_)
        | Value::Decimal(_)
        | Value::Country(_)
        | Value::Language(_)
        | Value::Choice(_)
        | Value::Reference(_)
        | Value::Content(_)
        | Value::Special(_) => {}
    }
}
