//! Values as text that people read and the connector reads back exactly.
//!
//! Each form tells its type by its look: `confirmed` is a word of a list, `Double` a text, `2` a count,
//! `2031-12-01` a date, `120.50 EUR` an amount, `person 12` another party. A text that looks like something else
//! is quoted. What has no form of its own is JSON. A special-category value is never written.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use litemap::LiteMap;
use smol_str::SmolStr;

use crate::model::normalise;
use crate::model::value::{Choice, Country, Language};
use crate::model::{ExternalId, RecordKind, Reference, Value};

/// Between the parts of an entry.
const NEXT_PART: &str = "; ";

/// Writes a value; `None` when it must not or cannot be written.
pub(super) fn write(value: &Value) -> Option<String> {
    let Value::Entry(parts) = value else { return write_part(value) };
    let parts = parts.iter().map(|(name, part)| Some(format!("{name}={}", write_part(part)?)));
    Some(format!("{{{}}}", parts.collect::<Option<Vec<_>>>()?.join(NEXT_PART)))
}

/// Reads what [`write()`] wrote; `None` when nothing can be made of it.
pub(super) fn read(text: &str) -> Option<Value> {
    match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(inner) => read_entry(inner),
        None => read_part(text),
    }
}

fn write_part(value: &Value) -> Option<String> {
    let is_read_back =
        |text: &String| !text.contains([';', '}', '{', '"']) && read_part(text).as_ref() == Some(value);
    if let Some(text) = plain(value).filter(is_read_back) {
        return Some(text);
    }
    if let Value::Text(text) = value {
        return serde_json::to_string(text).ok();
    }
    let json = serde_json::to_string(value).ok()?;
    Some(format!("json {}", serde_json::to_string(&json).ok()?))
}

/// The look of a value, which may also be the look of another.
fn plain(value: &Value) -> Option<String> {
    Some(match value {
        Value::Text(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
        Value::Instant(at) => at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
        Value::Money(money) => format!("{} {}", normalise::money::to_text(money), money.currency),
        Value::Decimal(number) => number.clone(),
        Value::Country(country) => format!("country {}", country.0),
        Value::Language(language) => format!("language {}", language.0),
        Value::Choice(Choice::Known(word)) => word.to_string(),
        Value::Choice(Choice::Other(word)) => format!("other {word}"),
        Value::Reference(Reference::Remote(kind, id)) => format!("{kind} {id}"),
        Value::Reference(Reference::Record(..))
        | Value::Email(_)
        | Value::Phone(_)
        | Value::Address(_)
        | Value::Content(_)
        | Value::Entry(_)
        | Value::Special(_) => return None,
    })
}

fn read_part(text: &str) -> Option<Value> {
    if text.starts_with('"') {
        return serde_json::from_str(text).ok().map(Value::Text);
    }
    if let Some(json) = text.strip_prefix("json ") {
        let inner: String = serde_json::from_str(json).ok()?;
        return serde_json::from_str(&inner).ok();
    }
    let clean = !text.is_empty() && text.trim() == text && !text.contains(char::is_control);
    if !clean {
        return None;
    }
    Some(read_plain(text).unwrap_or_else(|| Value::Text(text.to_owned())))
}

fn read_plain(text: &str) -> Option<Value> {
    match text {
        "yes" => return Some(Value::Bool(true)),
        "no" => return Some(Value::Bool(false)),
        _ => {}
    }
    if let Ok(number) = text.parse::<i64>() {
        return Some(Value::Integer(number));
    }
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Some(Value::Date(date));
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(Value::Instant(at.with_timezone(&Utc)));
    }
    if is_decimal(text) {
        return Some(Value::Decimal(text.to_owned()));
    }
    if is_word(text) {
        return Some(Value::Choice(Choice::Known(text.into())));
    }
    let (first, rest) = text.split_once(' ')?;
    match first {
        "country" => return Some(Value::Country(Country(rest.into()))),
        "language" => return Some(Value::Language(Language(rest.into()))),
        "other" => return Some(Value::Choice(Choice::Other(rest.into()))),
        _ => {}
    }
    if let Some(kind) = RecordKind::parse(first) {
        return Some(Value::Reference(Reference::Remote(kind, ExternalId::new(rest))));
    }
    let is_code = rest.len() == 3 && rest.chars().all(|c| c.is_ascii_uppercase());
    is_code.then(|| normalise::money::from_text(first, rest).ok()).flatten().map(Value::Money)
}

/// A word of a closed list: lower case, as the registry spells them.
fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn is_decimal(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    text.strip_prefix('-').unwrap_or(text).split_once('.').is_some_and(|(a, b)| digits(a) && digits(b))
}

fn read_entry(inner: &str) -> Option<Value> {
    let mut parts = LiteMap::new_vec();
    for part in split_parts(inner) {
        let (name, value) = part.split_once('=')?;
        parts.insert(SmolStr::new(name.trim()), read_part(value)?);
    }
    Some(Value::Entry(parts))
}

/// Splits at `; ` outside quotes.
fn split_parts(inner: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut quoted, mut escaped, mut start) = (false, false, 0);
    for (index, c) in inner.char_indices() {
        match c {
            '\\' if quoted && !escaped => {
                escaped = true;
                continue;
            }
            '"' if !escaped => quoted = !quoted,
            ';' if !quoted => {
                parts.extend(inner.get(start..index));
                start = index + NEXT_PART.len();
            }
            _ => {}
        }
        escaped = false;
    }
    parts.extend(inner.get(start..).filter(|rest| !rest.is_empty()));
    parts
}

#[cfg(test)]
mod tests {
    use super::super::text;
    use super::*;
    use crate::model::value::Money;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn written_text_is_read_back(words in "\\PC{0,24}|[a-z ]{0,8}|[0-9.-]{0,10}|[A-Z0-9 .]{0,12}|\\{.*\\}|\".*") {
            let value = Value::Text(words);
            let line = text::write(&value).expect("text can be written");
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(text::read(&line), Some(value));
        }

        #[test]
        fn written_entry_is_read_back(first in "\\PC{0,16}", second in "[;=\"{}\\\\a-z ]{0,16}", count in any::<i64>()) {
            let value = Value::entry([
                ("a".into(), Value::Text(first)),
                ("b".into(), Value::Text(second)),
                ("c".into(), Value::Integer(count)),
            ]);
            prop_assert_eq!(text::read(&text::write(&value).expect("an entry can be written")), Some(value));
        }
    }

    #[test]
    fn each_type_of_value_has_its_look() {
        let check = |value: Value, look: &str| {
            assert_eq!(text::write(&value).as_deref(), Some(look));
            assert_eq!(text::read(look), Some(value), "{look}");
        };
        let words = |text: &str| Value::Text(text.to_owned());
        check(words("Double"), "Double");
        check(words("double"), "\"double\"");
        check(words("101"), "\"101\"");
        check(words("1.5"), "\"1.5\"");
        check(words("2031-12-01"), "\"2031-12-01\"");
        check(words("two\nlines"), "\"two\\nlines\"");
        check(words(""), "\"\"");
        check(words("yes"), "\"yes\"");
        check(words("country ES"), "\"country ES\"");
        check(Value::Bool(true), "yes");
        check(Value::Integer(-2), "-2");
        check(Value::Decimal("-0.5".to_owned()), "-0.5");
        check(Value::Date(NaiveDate::from_ymd_opt(2031, 12, 1).expect("a date")), "2031-12-01");
        check(Value::Choice(Choice::Known("in_house".into())), "in_house");
        check(Value::Choice(Choice::Other("Concierge".into())), "other Concierge");
        check(Value::Country(Country("ES".into())), "country ES");
        check(Value::Language(Language("pt-BR".into())), "language pt-BR");
        check(Value::Money(Money { amount_minor: -12_050, currency: "EUR".into() }), "-120.50 EUR");
        check(Value::Money(Money { amount_minor: 7, currency: "JPY".into() }), "7 JPY");
        check(Value::Reference(Reference::Remote(RecordKind::Person, ExternalId::new("12"))), "person 12");
        check(
            Value::entry([("a".into(), words("x; y")), ("b".into(), Value::Integer(1))]),
            "{a=\"x; y\"; b=1}",
        );
        let special = crate::model::value::Special::seal(words("AB123"));
        assert_eq!(text::write(&Value::Special(special)), None, "a special-category value is never written");
    }
}
