//! Phone numbers: E.164 as the hub reads them, and the last nine digits as a key.

use crate::duplicates::features::Phone;
use crate::model::normalise::phone;
use crate::model::normalise::placeholder::Known;
use crate::model::value::Country;

/// Digits of the key.
const TAIL: usize = 9;
/// Fewest digits of a number that says something.
const FEWEST: usize = 6;

/// The numbers that a text holds: `a / b` are two.
pub(super) fn read(typed: &str, regions: &[&Country], placeholders: &Known) -> Vec<Phone> {
    if let Some(found) = international(typed, regions) {
        return said(&found, placeholders).into_iter().collect();
    }
    let parts: Vec<&str> = typed.split(['/', ';', '|']).filter(|part| is_number(part)).collect();
    match parts[..] {
        [] | [_] => said(&phone::digits(typed), placeholders).into_iter().collect(),
        _ => parts.iter().flat_map(|part| read(part, regions, placeholders)).collect(),
    }
}

fn is_number(part: &str) -> bool {
    phone::digits(part).len() >= FEWEST
}

/// The E.164 form in the first country where the number exists; else as a number whose `+` was left out.
fn international(typed: &str, regions: &[&Country]) -> Option<String> {
    let in_region = |region: &&Country| phone::read(typed, Some(region))?.e164;
    let without = || phone::read(typed, None)?.e164;
    let with_plus = || phone::read(&format!("+{}", phone::digits(typed)), None)?.e164;
    let is_long = phone::digits(typed).len() > TAIL;
    let found = regions.iter().find_map(in_region).or_else(without);
    found.or_else(|| is_long.then(with_plus).flatten()).map(|number| number.to_string())
}

/// A number that says something: long enough, and not two digits over and over.
fn said(number: &str, placeholders: &Known) -> Option<Phone> {
    let digits = phone::digits(number);
    let tail = digits.get(digits.len().saturating_sub(TAIL)..)?;
    let mut seen: Vec<char> = tail.chars().collect();
    seen.sort_unstable();
    seen.dedup();
    let says_nothing = seen.len() < 3 || placeholders.is_phone(tail) || placeholders.is_phone(&digits);
    if digits.len() < FEWEST || says_nothing {
        return None;
    }
    Some(Phone { number: number.into(), tail: tail.parse().ok()? })
}
