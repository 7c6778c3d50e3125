//! Phone numbers: E.164 where they can be read, and always as typed.

use rlibphonenumber::enums::{PhoneNumberType, Region};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat};
use smol_str::SmolStr;
use std::borrow::Cow;

use super::text;
use crate::model::value::{Country, Phone};

/// Most digits that a number is read with; longer texts are something else.
const MOST_DIGITS: usize = 20;

/// Reads a number. `region` is where a number without a country code belongs; without one such a number stays as it
/// was typed. `None` for an empty text.
pub fn read(typed: &str, region: Option<&Country>) -> Option<Phone> {
    let typed = text::line(typed);
    if typed.is_empty() {
        return None;
    }
    let e164 = dialled(&typed).and_then(|number| international(&number, region));
    Some(Phone { e164, typed, label: None, primary: false, verified: false })
}

/// The E.164 form of a number in the first of `regions` where it exists; without one, only of a number with a country
/// code.
pub(crate) fn e164(typed: &str, regions: &[&Country]) -> Option<SmolStr> {
    let number = dialled(&text::lined(typed))?;
    let number = with_plus(&number);
    if number.starts_with('+')
        && let Ok(parsed) = PHONE_NUMBER_UTIL.parse(&number, None)
    {
        // Its country is known: no region would read it otherwise.
        return existing(&parsed);
    }
    regions.iter().find_map(|region| in_region(&number, region))
}

/// Whether a number in its E.164 form is one of a mobile phone and of nothing else.
pub fn is_mobile(e164: &str) -> bool {
    PHONE_NUMBER_UTIL.parse(e164, None).is_ok_and(|number| number.get_type() == PhoneNumberType::Mobile)
}

/// The digits of a text.
pub fn digits(typed: &str) -> String {
    let mut out = String::with_capacity(typed.len());
    push_digits(&mut out, typed);
    out
}

fn push_digits(out: &mut String, typed: &str) {
    out.extend(typed.chars().filter(char::is_ascii_digit));
}

/// What somebody dials: an optional `+` and digits, without an extension; `None` for anything else.
fn dialled(typed: &str) -> Option<String> {
    if typed.chars().all(is_plain) {
        return plain_dialled(typed);
    }
    let small = typed.to_lowercase();
    let cut = ["ext", "x", "#", ";", ","].iter().filter_map(|mark| small.find(mark)).min();
    let number = &small[..cut.unwrap_or(small.len())];
    let number = ["tel", "tlf", "phone", "mob", "m"]
        .iter()
        .find_map(|word| number.strip_prefix(word))
        .map_or(number, |rest| rest.trim_start_matches(['.', ':', ' ']));
    if number.chars().all(is_plain) { plain_dialled(number) } else { None }
}

/// Digits, and what people write between them.
const fn is_plain(letter: char) -> bool {
    letter.is_ascii_digit()
        || matches!(letter, ' ' | '(' | ')' | '[' | ']' | '+' | '-' | '.' | '/' | '–' | '‑')
}

fn plain_dialled(number: &str) -> Option<String> {
    if number.bytes().filter(|byte| *byte == b'+').count() > 1 {
        return None;
    }
    let has_plus = number.trim_start_matches(['(', '[', ' ']).starts_with('+');
    // `+44 (0)20`: the zero is dialled only inside the country.
    let mut found = String::with_capacity(number.len() + 1);
    if has_plus {
        found.push('+');
        number.split("(0)").for_each(|part| push_digits(&mut found, part));
    } else {
        push_digits(&mut found, number);
    }
    (found.len() <= MOST_DIGITS + usize::from(has_plus)).then_some(found)
}

/// `00` is dialled for `+` nearly everywhere; where it is not, no national number begins with it.
fn with_plus(number: &str) -> Cow<'_, str> {
    number.strip_prefix("00").map_or(Cow::Borrowed(number), |rest| Cow::Owned(format!("+{rest}")))
}

/// The E.164 form of what somebody dials, where it is a number that exists.
fn international(number: &str, region: Option<&Country>) -> Option<SmolStr> {
    let number = with_plus(number);
    match region {
        Some(region) => in_region(&number, region),
        None => without_region(&number),
    }
}

fn in_region(number: &str, region: &Country) -> Option<SmolStr> {
    match region.0.parse::<Region>() {
        Ok(region) => existing(&PHONE_NUMBER_UTIL.parse(number, Some(region)).ok()?),
        Err(_) => without_region(number),
    }
}

fn without_region(number: &str) -> Option<SmolStr> {
    if !number.starts_with('+') {
        return None;
    }
    existing(&PHONE_NUMBER_UTIL.parse(number, None).ok()?)
}

/// The E.164 form of a number that exists.
fn existing(number: &PhoneNumber) -> Option<SmolStr> {
    let mut regions = PHONE_NUMBER_UTIL.get_regions_for_country_calling_code(number.country_code)?;
    // What exists in the main country of its code exists; to find in which other it does takes longer.
    let exists = number.is_valid_for_region(regions.next()?) || (regions.len() > 0 && number.is_valid());
    exists.then(|| number.format_as(PhoneNumberFormat::E164).into())
}

/// The E.164 form of an unread number whose digits are international by themselves: `+34...` or `0034...`.
///
/// The answer depends on the digits only, not on how they are written.
pub(crate) fn reread(typed: &str) -> Option<String> {
    let found = digits(typed);
    if found.len() > MOST_DIGITS {
        return None;
    }
    let has_plus = typed.trim_start().starts_with('+');
    let as_plus = || international(&format!("+{found}"), None);
    let as_zeros = || found.starts_with("00").then(|| international(&found, None)).flatten();
    let found = if has_plus { as_plus().or_else(as_zeros) } else { as_zeros() };
    found.map(String::from)
}
