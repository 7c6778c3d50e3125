//! Countries from codes and from the names that people write in six languages.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Unreadable, text};
use crate::model::value::Country;

/// One country a line: alpha-2, alpha-3, names.
const TABLE: &str = include_str!("countries.txt");

/// Codes and folded names to alpha-2.
static BY_NAME: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for row in rows() {
        let mut words = row.split('|');
        let Some(code) = words.next() else { continue };
        names.insert(text::fold(code), code);
        for word in words {
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

/// Reads an alpha-2 or alpha-3 code, or a name in English, Spanish, French, Italian, German or Portuguese. `Ok(None)`
/// for an empty text.
///
/// # Errors
/// [`Unreadable`] for a text that names no country.
pub fn read(written: &str) -> Result<Option<Country>, Unreadable> {
    if let Some(code) = text::pair(written).and_then(|place| *BY_PAIR.get(place)?) {
        return Ok(Some(Country(code.into())));
    }
    let folded = text::fold(written);
    if folded.is_empty() {
        return Ok(None);
    }
    match BY_NAME.get(&folded) {
        Some(code) => Ok(Some(Country((*code).into()))),
        None => Err(Unreadable("is no country")),
    }
}

/// The English name of a country.
pub fn english(country: &Country) -> Option<&'static str> {
    rows().find(|row| row.split('|').next() == Some(country.0.as_str()))?.split('|').nth(2)
}
