//! Phone numbers: E.164 as the hub reads them, and the last nine digits as a key.

use smol_str::SmolStr;

use super::{add, letters};
use crate::duplicates::features::Phone;
use crate::model::normalise::phone;
use crate::model::normalise::placeholder::Known;
use crate::model::value::Country;

/// Digits of the key.
const TAIL: usize = 9;
/// Fewest digits of a number that says something.
const FEWEST: usize = 6;

/// Adds the numbers that a text holds: `a / b` are two.
pub(super) fn read(typed: &str, regions: &[&Country], placeholders: &Known, found: &mut Vec<Phone>) {
    let digits = phone::digits(typed);
    if digits.is_empty() {
        return;
    }
    let number = international(typed, &digits, regions);
    let parts = || typed.split(['/', ';', '|']).filter(|part| is_number(part));
    if number.is_none() && parts().nth(1).is_some() {
        return parts().for_each(|part| read(part, regions, placeholders, found));
    }
    if let Some(phone) = said(number.unwrap_or_else(|| digits.into()), placeholders) {
        add(found, phone);
    }
}

fn is_number(part: &str) -> bool {
    part.bytes().filter(u8::is_ascii_digit).count() >= FEWEST
}

/// The E.164 form in the first country where the number exists; else as a number whose `+` was left out.
fn international(typed: &str, digits: &str, regions: &[&Country]) -> Option<SmolStr> {
    let has_plus = typed.starts_with('+') && typed.len() == digits.len() + 1;
    let with_plus = || phone::e164(&format!("+{digits}"), &[]);
    let is_worth_it = digits.len() > TAIL && !has_plus;
    phone::e164(typed, regions).or_else(|| is_worth_it.then(with_plus).flatten())
}

/// A number that says something: long enough, and not two digits over and over.
fn said(number: SmolStr, placeholders: &Known) -> Option<Phone> {
    let digits = number.strip_prefix('+').unwrap_or(&number);
    let tail = digits.get(digits.len().saturating_sub(TAIL)..)?;
    let is_placeholder =
        || placeholders.is_phone(tail) || (digits.len() > TAIL && placeholders.is_phone(digits));
    if digits.len() < FEWEST || letters::is_monotonous(tail) || is_placeholder() {
        return None;
    }
    let tail = tail.parse().ok()?;
    Some(Phone { number, tail })
}
