//! Languages from codes, locales and names.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Unreadable, text};
use crate::model::value::Language;

/// One language a line: two letters, three letters, names.
const TABLE: &str = include_str!("languages.txt");

static BY_NAME: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for row in rows() {
        let mut words = row.split('|');
        let Some(code) = words.next() else { continue };
        names.insert(code.to_owned(), code);
        let codes = words.next().unwrap_or_default().split(',');
        for word in codes.chain(words) {
            names.entry(text::fold(word)).or_insert(code);
        }
    }
    names
});

/// The same of two letters, each in the place of its pair.
static BY_PAIR: LazyLock<[Option<&str>; text::N_PAIRS]> = LazyLock::new(|| {
    let mut codes = [None; text::N_PAIRS];
    for (name, code) in BY_NAME.iter() {
        if let Some(entry) = text::pair(name).and_then(|place| codes.get_mut(place)) {
            *entry = Some(*code);
        }
    }
    codes
});

/// The rows of the table.
pub(super) fn rows() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#'))
}

/// Reads `en`, `eng`, `English`, `en-GB`, `en_GB.UTF-8` or `inglés`: the language, with its script and region where
/// they are given. `Ok(None)` for an empty text.
///
/// # Errors
/// [`Unreadable`] for a text that names no language.
pub fn read(written: &str) -> Result<Option<Language>, Unreadable> {
    if let Some(code) = text::pair(written).and_then(|place| *BY_PAIR.get(place)?) {
        return Ok(Some(Language(code.into())));
    }
    let folded = text::fold(written);
    if folded.is_empty() {
        return Ok(None);
    }
    if let Some(code) = BY_NAME.get(&folded) {
        return Ok(Some(Language((*code).into())));
    }
    let locale = text::line(written);
    let locale = locale.split(['.', '@']).next().unwrap_or_default();
    let mut subtags = locale.split(['-', '_']);
    let primary = subtags.next().unwrap_or_default().to_lowercase();
    let is_code = primary.is_ascii() && (2..=3).contains(&primary.len());
    let Some(primary) = BY_NAME.get(&primary).filter(|_| is_code) else {
        return Err(Unreadable("is no language"));
    };
    let mut tag = String::from(*primary);
    for subtag in subtags {
        let Some(subtag) = script_or_region(subtag) else {
            return Err(Unreadable("is no language"));
        };
        tag.push('-');
        tag.push_str(&subtag);
    }
    Ok(Some(Language(tag.into())))
}

/// `Hans`, `GB` or `419`; `None` for anything else.
fn script_or_region(subtag: &str) -> Option<String> {
    let letters = subtag.bytes().all(|byte| byte.is_ascii_alphabetic());
    let digits = subtag.bytes().all(|byte| byte.is_ascii_digit());
    match subtag.len() {
        2 if letters => Some(subtag.to_ascii_uppercase()),
        3 if digits => Some(subtag.to_owned()),
        4 if letters => {
            let (head, tail) = subtag.split_at(1);
            Some(head.to_ascii_uppercase() + &tail.to_ascii_lowercase())
        }
        _ => None,
    }
}
