//! Plain numbers and yes or no.

use super::{Unreadable, text};

/// Most characters of a number; longer texts are something else.
const LONGEST: usize = 400;
const NO_NUMBER: Unreadable = Unreadable("is no number");

/// Reads a decimal number with a point into plain notation: no plus sign, no leading or trailing zeros, no `-0`.
///
/// # Errors
/// [`Unreadable`] for anything else; a comma is refused because it means thousands in one place and decimals in
/// another.
pub fn decimal(written: &str) -> Result<String, Unreadable> {
    let written = text::line(written);
    if written.len() > LONGEST {
        return Err(NO_NUMBER);
    }
    let (negative, digits) = match written.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, written.strip_prefix('+').unwrap_or(&written)),
    };
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && rest.is_empty()) || !plain(whole) || !plain(rest) {
        return Err(NO_NUMBER);
    }
    let (whole, rest) = (whole.trim_start_matches('0'), rest.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if negative && (whole, rest) != ("0", "") { "-" } else { "" };
    Ok(if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") })
}

/// Reads a whole number; `3.0` is one, because some systems write counts so.
///
/// # Errors
/// [`Unreadable`] for anything else.
pub fn integer(written: &str) -> Result<i64, Unreadable> {
    decimal(written)?.parse().map_err(|_| Unreadable("is no whole number"))
}

/// Reads yes or no as systems write it. `Ok(None)` for an empty text.
///
/// # Errors
/// [`Unreadable`] for anything else.
pub fn flag(written: &str) -> Result<Option<bool>, Unreadable> {
    match text::fold(written).as_str() {
        "" => Ok(None),
        "1" | "true" | "t" | "yes" | "y" | "si" | "s" | "oui" | "on" => Ok(Some(true)),
        "0" | "false" | "f" | "no" | "n" | "non" | "off" => Ok(Some(false)),
        _ => Err(Unreadable("is neither yes nor no")),
    }
}
