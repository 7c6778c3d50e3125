//! What is left of a value once a system has stored it.

use chrono::{DateTime, Utc};
use litemap::LiteMap;
use smol_str::SmolStr;
use unicode_normalization::UnicodeNormalization;

use super::{Case, Form, Limit};
use crate::model::document::{Held, Seen};
use crate::model::field::{ElementRule, FieldDef, FieldType, Multiplicity, Part};
use crate::model::ids::Element;
use crate::model::normalise::{address, element_of, phone, text};
use crate::model::value::{Address, Choice, Email, Phone, Special, Value};

impl Form {
    /// The normal form of `seen`. Applying it twice is applying it once.
    ///
    /// A many-valued field that holds nothing is an empty set, whichever way it was written. Elements are keyed anew by
    /// what is left of them, because a system can only show the key of what it kept; [`Form::element`] says which
    /// element became which.
    pub fn apply(&self, field: &FieldDef, seen: &Seen) -> Seen {
        match (&field.multiplicity, seen) {
            (Multiplicity::One | Multiplicity::Many(_), Seen::Masked) => Seen::Masked,
            (Multiplicity::One, Seen::Empty) => Seen::Empty,
            (Multiplicity::Many(_), Seen::Empty) => Seen::Set(LiteMap::new_vec()),
            (Multiplicity::One, Seen::One(held)) => Seen::optional(self.value(&field.of, &held.0)),
            (Multiplicity::Many(_), Seen::One(held)) => {
                let key = element_of(field, &held.0);
                self.set(field, std::iter::once((&key, &*held.0)))
            }
            (Multiplicity::One, Seen::Set(elements)) => {
                let first = elements.values().map(|held| &*held.0).min_by_key(|value| !is_primary(value));
                Seen::optional(first.and_then(|value| self.value(&field.of, value)))
            }
            (Multiplicity::Many(_), Seen::Set(elements)) => {
                self.set(field, elements.iter().map(|(key, held)| (key, &*held.0)))
            }
        }
    }

    /// Whether the system cannot tell `left` from `right`.
    pub fn equivalent(&self, field: &FieldDef, left: &Seen, right: &Seen) -> bool {
        left == right || self.apply(field, left) == self.apply(field, right)
    }

    /// The key and the normal form of one element; `None` when the system holds nothing of it. Whether the system has
    /// room for it beside the others is for [`Form::apply`] to say.
    pub fn element(&self, field: &FieldDef, key: &Element, value: &Value) -> Option<(Element, Value)> {
        let kept = self.value(&field.of, value)?;
        let key = if self.keeps_key(field) { element_of(field, &kept) } else { key.clone() };
        Some((key, kept))
    }

    /// [`Form::element`]; the very same value where nothing is lost.
    pub fn element_shared(&self, field: &FieldDef, key: &Element, held: &Held) -> Option<(Element, Held)> {
        if self.keeps_whole(held) {
            let key = if self.keeps_key(field) { element_of(field, held) } else { key.clone() };
            return Some((key, held.clone()));
        }
        self.element(field, key, held).map(|(key, kept)| (key, Held::new(kept)))
    }

    /// Whether a value is certainly its own normal form, found out without making that form.
    pub fn keeps_whole(&self, value: &Value) -> bool {
        let is_text_kept = self.case == Case::Kept && self.limit == Limit::None;
        let is_whole = |text: &str| is_text_kept && !text.is_empty() && text::is_clean(text);
        match value {
            Value::Text(words) => is_whole(words),
            Value::Instant(_) => self.instant_step_seconds == 0,
            Value::Choice(choice) => self.choice(choice).is_some(),
            Value::Entry(parts) => {
                // The words of a form are those of the field itself, not of the choices among an entry's parts.
                let inside = |part: &Value| {
                    if let Value::Choice(choice) = part {
                        !choice.as_str().is_empty()
                    } else {
                        self.keeps_whole(part)
                    }
                };
                self.parts.is_none() && !parts.is_empty() && parts.values().all(inside)
            }
            Value::Bool(_)
            | Value::Integer(_)
            | Value::Date(_)
            | Value::Money(_)
            | Value::Decimal(_)
            | Value::Country(_)
            | Value::Language(_)
            | Value::Reference(_)
            | Value::Content(_) => true,
            Value::Email(_) | Value::Phone(_) | Value::Address(_) | Value::Special(_) => false,
        }
    }

    fn set<'a>(&self, field: &FieldDef, elements: impl Iterator<Item = (&'a Element, &'a Value)>) -> Seen {
        let mut found: Vec<(bool, Element, Value)> = elements
            .filter_map(|(key, value)| {
                let (key, kept) = self.element(field, key, value)?;
                Some((!is_primary(value), key, kept))
            })
            .collect();
        found.sort_by(|left, right| (left.0, &left.1).cmp(&(right.0, &right.1)));
        let room = self.slots.unwrap_or(usize::MAX);
        let mut set = LiteMap::new_vec();
        for (_, key, kept) in found {
            if set.len() < room || set.contains_key(&key) {
                set.entry(key).or_insert(Held::new(kept));
            }
        }
        Seen::Set(set)
    }

    /// Whether the system keeps every part that makes the key of an element.
    fn keeps_key(&self, field: &FieldDef) -> bool {
        match (&field.multiplicity, self.parts) {
            (Multiplicity::Many(ElementRule::Parts(by)), Some(kept)) => {
                by.iter().all(|part| kept.contains(part))
            }
            (Multiplicity::Many(ElementRule::Parts(_) | ElementRule::Value) | Multiplicity::One, _) => true,
        }
    }

    /// The normal form of one value of type `of`; `None` when nothing is left of it.
    fn value(&self, of: &FieldType, value: &Value) -> Option<Value> {
        Some(match value {
            Value::Text(words) => Value::Text(self.text(of, words)?),
            Value::Instant(at) => Value::Instant(self.instant(*at)),
            Value::Email(email) => Value::Email(self.email(email)?),
            Value::Phone(phone) => Value::Phone(self.phone(phone)?),
            Value::Address(address) => Value::Address(Box::new(self.address(address)?)),
            Value::Choice(choice) => Value::Choice(self.choice(choice)?),
            Value::Entry(parts) => Value::Entry(self.entry(of, parts)?),
            Value::Special(inner) => Value::Special(Special::seal(self.value(of, inner.sealed())?)),
            Value::Bool(_)
            | Value::Integer(_)
            | Value::Date(_)
            | Value::Money(_)
            | Value::Decimal(_)
            | Value::Country(_)
            | Value::Language(_)
            | Value::Reference(_)
            | Value::Content(_) => value.clone(),
        })
    }

    fn text(&self, of: &FieldType, words: &str) -> Option<String> {
        let lines = matches!(of, FieldType::LongText) && !self.single_line;
        let words = if lines { text::block(words) } else { text::line(words) };
        let words = self.limit.cut(&self.case.of(words));
        (!words.is_empty()).then_some(words)
    }

    fn instant(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let step = i64::from(self.instant_step_seconds);
        if step == 0 {
            return at;
        }
        let seconds = at.timestamp();
        DateTime::from_timestamp(seconds - seconds.rem_euclid(step), 0).unwrap_or(at)
    }

    /// An address that does not fit is held as nothing: half an address reaches somebody else.
    fn email(&self, email: &Email) -> Option<Email> {
        let typed = self.case.of(text::line(&email.address));
        let address = match typed.rsplit_once('@') {
            Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
            None => typed,
        };
        if address.is_empty() || self.limit.cut(&address) != address {
            return None;
        }
        Some(Email {
            address,
            label: self.label(email.label.as_ref()),
            primary: self.keeps.primary && email.primary,
            verified: self.keeps.verified && email.verified,
            relay: email.relay,
        })
    }

    /// A number that does not fit is held as nothing, like an e-mail address.
    fn phone(&self, number: &Phone) -> Option<Phone> {
        let e164 = number.e164.clone().or_else(|| phone::reread(&number.typed).map(SmolStr::from));
        let typed = match &e164 {
            Some(e164) => e164.to_string(),
            None => self.unread_phone(&number.typed),
        };
        if typed.is_empty() || self.limit.cut(&typed) != typed {
            return None;
        }
        Some(Phone {
            e164,
            typed,
            label: self.label(number.label.as_ref()),
            primary: self.keeps.primary && number.primary,
            verified: self.keeps.verified && number.verified,
        })
    }

    fn unread_phone(&self, typed: &str) -> String {
        let digits = phone::digits(typed);
        if self.keeps.typed || digits.is_empty() { text::line(typed) } else { digits }
    }

    fn address(&self, given: &Address) -> Option<Address> {
        let part = |text: &str| self.text(&FieldType::Text, text).unwrap_or_default();
        let street = if self.single_line { part(&given.street) } else { self.street(&given.street) };
        let kept = Address {
            street,
            city: part(&given.city),
            postal_code: part(&given.postal_code),
            region: if self.keeps.region { part(&given.region) } else { String::new() },
            country: given.country.clone(),
            label: self.label(given.label.as_ref()),
            primary: self.keeps.primary && given.primary,
        };
        (!address::is_empty(&kept)).then_some(kept)
    }

    fn street(&self, street: &str) -> String {
        self.text(&FieldType::LongText, street).unwrap_or_default()
    }

    fn choice(&self, choice: &Choice) -> Option<Choice> {
        let is_held = self.words.is_none_or(|words| words.contains(&choice.as_str()));
        (is_held && !choice.as_str().is_empty()).then(|| choice.clone())
    }

    fn entry(&self, of: &FieldType, parts: &LiteMap<SmolStr, Value>) -> Option<LiteMap<SmolStr, Value>> {
        let declared: &[Part] = match of {
            FieldType::Entry(parts) => parts,
            FieldType::Text
            | FieldType::LongText
            | FieldType::Name
            | FieldType::Bool
            | FieldType::Integer
            | FieldType::Date
            | FieldType::Instant
            | FieldType::LocalDate
            | FieldType::Money
            | FieldType::Decimal
            | FieldType::Country
            | FieldType::Language
            | FieldType::Email
            | FieldType::Phone
            | FieldType::Address
            | FieldType::Choice(_)
            | FieldType::Reference(_)
            | FieldType::Content => &[],
        };
        // The words of a form are those of the field itself, not of the choices among an entry's parts.
        let inside = Self { words: None, ..self.clone() };
        let kept: LiteMap<SmolStr, Value> = parts
            .iter()
            .filter(|(name, _)| self.parts.is_none_or(|kept| kept.contains(&name.as_str())))
            .filter_map(|(name, value)| {
                let of = declared
                    .iter()
                    .find(|part| part.name == name)
                    .map_or(&FieldType::LongText, |part| &part.of);
                Some((name.clone(), inside.value(of, value)?))
            })
            .collect();
        (!kept.is_empty()).then_some(kept)
    }

    fn label(&self, label: Option<&SmolStr>) -> Option<SmolStr> {
        label.filter(|label| self.keeps.label && !label.is_empty()).cloned()
    }
}

impl Case {
    /// The text as a system with this case keeps it.
    fn of(self, words: String) -> String {
        match self {
            Self::Kept => words,
            Self::Capitalised => capitalised(&words),
            Self::Upper => words.to_uppercase().nfc().collect(),
            Self::Lower => words.to_lowercase().nfc().collect(),
        }
    }
}

/// PHP's `ucwords`: an ASCII letter after white space is raised; nothing else changes.
pub(super) fn capitalised(words: &str) -> String {
    let mut after_space = true;
    let raise = |letter: char| {
        let raised = if after_space { letter.to_ascii_uppercase() } else { letter };
        after_space = matches!(letter, ' ' | '\t' | '\r' | '\n' | '\u{b}' | '\u{c}');
        raised
    };
    words.chars().map(raise).collect()
}

impl Limit {
    /// The beginning of a text that fits, without spaces at its end.
    fn cut(self, words: &str) -> String {
        let kept = match self {
            Self::None => words,
            Self::Chars(most) => {
                words.char_indices().nth(most).map_or(words, |(end, _)| words.split_at(end).0)
            }
            Self::EscapedBytes(most) => fitting(words, most),
        };
        kept.trim_end().to_owned()
    }
}

/// The longest beginning whose HTML-escaped form has at most `most` bytes, whole characters and entities only.
fn fitting(words: &str, most: usize) -> &str {
    let mut used = 0;
    for (start, letter) in words.char_indices() {
        used += escaped_length(letter);
        if used > most {
            return words.split_at(start).0;
        }
    }
    words
}

/// The bytes of a character as PHP's `htmlspecialchars` with `ENT_QUOTES` writes it.
const fn escaped_length(letter: char) -> usize {
    match letter {
        '&' => "&amp;".len(),
        '<' => "&lt;".len(),
        '>' => "&gt;".len(),
        '"' => "&quot;".len(),
        '\'' => "&#039;".len(),
        _ => letter.len_utf8(),
    }
}

/// Whether an element is marked as the one to use.
fn is_primary(value: &Value) -> bool {
    match value {
        Value::Email(email) => email.primary,
        Value::Phone(phone) => phone.primary,
        Value::Address(address) => address.primary,
        Value::Entry(parts) => parts.get("primary") == Some(&Value::Bool(true)),
        Value::Special(inner) => is_primary(inner.sealed()),
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
        | Value::Content(_) => false,
    }
}
