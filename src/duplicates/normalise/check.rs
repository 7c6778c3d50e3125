//! Check letters and digits of documents.

use chrono::{Datelike, NaiveDate};

/// The letters of Spanish numbers: the number modulo 23.
const SPANISH: &[u8] = b"TRWAGMYFPDXBNJZSQVHLCKE";
/// The letters of months in Italian tax codes.
const MONTHS: &str = "ABCDEHLMPRST";
/// What digits and letters in odd places of an Italian tax code count.
const ODD: [u32; 26] =
    [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/// The letter of a Spanish number (DNI: eight digits; NIE: `X`, `Y` or `Z` and seven) without its letter.
pub(super) fn spanish_letter(number: &str) -> Option<char> {
    let (first, digits, n_digits) = match number.split_at_checked(1)? {
        ("X", rest) => (0, rest, 7),
        ("Y", rest) => (1, rest, 7),
        ("Z", rest) => (2, rest, 7),
        _ => (0, number, 8),
    };
    if digits.len() != n_digits || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole = first * 10_000_000 + digits.parse::<usize>().ok()?;
    SPANISH.get(whole % 23).map(|letter| char::from(*letter))
}

/// Whether a text looks like an Italian tax code.
pub(super) fn is_italian(number: &str) -> bool {
    let is_letter = |at: usize| matches!(at, 0..=5 | 8 | 11 | 15);
    number.len() == 16
        && number.bytes().enumerate().all(|(at, byte)| {
            if is_letter(at) {
                byte.is_ascii_uppercase()
            } else {
                byte.is_ascii_uppercase() || byte.is_ascii_digit()
            }
        })
        && number.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether the last letter of an Italian tax code is right.
pub(super) fn is_italian_right(number: &str) -> bool {
    let worth = |letter: char| letter.to_digit(10).or_else(|| Some(letter.to_digit(36)? - 10));
    let mut sum = 0;
    for (at, letter) in number.chars().take(15).enumerate() {
        let Some(worth) = worth(letter) else { return false };
        let odd = usize::try_from(worth).ok().and_then(|place| ODD.get(place)).copied();
        sum += if at % 2 == 0 { odd.unwrap_or_default() } else { worth };
    }
    number.chars().nth(15).and_then(worth) == Some(sum % 26)
}

/// Whether an Italian tax code was made from another birth date. Women's days count from 41.
pub(super) fn contradicts(number: &str, birth: NaiveDate) -> bool {
    let digits = |from: usize, to: usize| number.get(from..to).and_then(|part| part.parse::<u32>().ok());
    let month =
        number.get(8..9).and_then(|letter| MONTHS.find(letter)).and_then(|at| u32::try_from(at + 1).ok());
    let (Some(year), Some(month), Some(day)) = (digits(6, 8), month, digits(9, 11)) else { return false };
    let day = if day > 40 { day - 40 } else { day };
    let short_year = u32::try_from(birth.year().rem_euclid(100)).unwrap_or_default();
    (year, month, day) != (short_year, birth.month(), birth.day())
}

/// The number in a machine-readable zone, and whether its check digit is right; `None` for another text.
pub(super) fn machine_readable(text: &str) -> Option<(String, bool)> {
    if !text.contains('<') {
        return None;
    }
    let zone: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    if !zone.is_ascii() {
        return None;
    }
    // A card's first line has its kind and its country before the number, a passport's second line begins with it.
    let start = if zone.len() >= 30 && zone.starts_with(['I', 'A', 'C']) && zone.len() < 36 { 5 } else { 0 };
    let number = zone.get(start..start + 9)?;
    let wanted = zone.get(start + 9..start + 10)?.parse::<u32>().ok()?;
    let worth = |letter: char| letter.to_digit(36).unwrap_or_default();
    let sum: u32 =
        number.chars().map(worth).zip([7, 3, 1].into_iter().cycle()).map(|(worth, by)| worth * by).sum();
    Some((number.trim_end_matches('<').to_owned(), sum % 10 == wanted))
}
