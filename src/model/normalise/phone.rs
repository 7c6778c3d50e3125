//! Phone numbers: E.164 where they can be read, and always as typed.

use rlibphonenumber::enums::Region;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

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
    let e164 = dialled(&typed).and_then(|number| international(&number, region)).map(Into::into);
    Some(Phone { e164, typed, label: None, primary: false, verified: false })
}

/// The digits of a text.
pub fn digits(typed: &str) -> String {
    typed
        .chars()
        .filter_map(|letter| letter.to_digit(10))
        .filter_map(|digit| char::from_digit(digit, 10))
        .collect()
}

/// What somebody dials: an optional `+` and digits, without an extension; `None` for anything else.
fn dialled(typed: &str) -> Option<String> {
    let small = typed.to_lowercase();
    let cut = ["ext", "x", "#", ";", ","].iter().filter_map(|mark| small.find(mark)).min();
    let number = &small[..cut.unwrap_or(small.len())];
    let number = ["tel", "tlf", "phone", "mob", "m"]
        .iter()
        .find_map(|word| number.strip_prefix(word))
        .map_or(number, |rest| rest.trim_start_matches(['.', ':', ' ']));
    let is_plain = |letter: char| letter.is_ascii_digit() || " ()[]+-./–‑".contains(letter);
    if !number.chars().all(is_plain) || number.matches('+').count() > 1 {
        return None;
    }
    let has_plus = number.trim_start_matches(['(', '[', ' ']).starts_with('+');
    // `+44 (0)20`: the zero is dialled only inside the country.
    let found = if has_plus { digits(&number.replace("(0)", "")) } else { digits(number) };
    if found.len() > MOST_DIGITS {
        return None;
    }
    Some(if has_plus { format!("+{found}") } else { found })
}

/// The E.164 form of what somebody dials, where it is a number that exists.
fn international(number: &str, region: Option<&Country>) -> Option<String> {
    // `00` is dialled for `+` nearly everywhere; where it is not, no national number begins with it.
    let with_plus = number.strip_prefix("00").map(|rest| format!("+{rest}"));
    let number = with_plus.as_deref().unwrap_or(number);
    let region = region.and_then(|country| country.0.parse::<Region>().ok());
    if region.is_none() && !number.starts_with('+') {
        return None;
    }
    let parsed = PHONE_NUMBER_UTIL.parse(number, region).ok()?;
    parsed.is_valid().then(|| parsed.format_as(PhoneNumberFormat::E164).into_owned())
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
    if has_plus { as_plus().or_else(as_zeros) } else { as_zeros() }
}
