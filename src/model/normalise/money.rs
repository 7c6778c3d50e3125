//! Amounts: decimal text or a float becomes minor units of a currency; no float is kept.

use smol_str::SmolStr;

use super::{Unreadable, number, text};
use crate::model::value::Money;

/// Currencies whose minor unit is not a hundredth (ISO 4217), with the number of their decimals.
const EXPONENTS: &[(&str, u32)] = &[
    ("BHD", 3),
    ("BIF", 0),
    ("CLF", 4),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("UYI", 0),
    ("UYW", 4),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
];

/// Reads a currency code. `Ok(None)` for an empty text.
///
/// # Errors
/// [`Unreadable`] when it is not three letters.
pub fn currency(written: &str) -> Result<Option<SmolStr>, Unreadable> {
    let code = text::line(written).to_ascii_uppercase();
    match code.len() {
        0 => Ok(None),
        3 if code.bytes().all(|byte| byte.is_ascii_uppercase()) => Ok(Some(code.into())),
        _ => Err(Unreadable("is no currency code")),
    }
}

/// How many decimals the minor unit of a currency has.
pub fn exponent(currency: &str) -> u32 {
    EXPONENTS.iter().find(|(code, _)| *code == currency).map_or(2, |(_, exponent)| *exponent)
}

/// Reads an amount in decimal notation with a point (`-1234.5`), rounded half away from zero to the minor unit.
///
/// # Errors
/// [`Unreadable`] when the text or the currency is not one, or the amount is too large.
pub fn from_text(amount: &str, code: &str) -> Result<Money, Unreadable> {
    let code = currency(code)?.ok_or(Unreadable("is an amount without a currency"))?;
    let amount_minor = minor_units(&number::decimal(amount)?, exponent(&code))?;
    Ok(Money { amount_minor, currency: code })
}

/// Reads an amount that a system keeps as a float, by its shortest decimal notation: 80.005 is 80.01.
///
/// # Errors
/// [`Unreadable`] when it is not finite or too large, or the currency is none.
pub fn from_float(amount: f64, code: &str) -> Result<Money, Unreadable> {
    if !amount.is_finite() {
        return Err(Unreadable("is no amount"));
    }
    from_text(&amount.to_string(), code)
}

/// The amount in decimal notation with all decimals of its currency: `-1234.50`.
pub fn to_text(money: &Money) -> String {
    let decimals = exponent(&money.currency) as usize;
    let sign = if money.amount_minor < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", money.amount_minor.unsigned_abs(), width = decimals + 1);
    let (whole, rest) = digits.split_at(digits.len() - decimals);
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// A canonical decimal number in units of ten to the minus `exponent`.
fn minor_units(decimal: &str, exponent: u32) -> Result<i64, Unreadable> {
    const TOO_LARGE: Unreadable = Unreadable("is an amount too large to keep");
    let (negative, plain) = decimal.strip_prefix('-').map_or((false, decimal), |rest| (true, rest));
    let (whole, rest) = plain.split_once('.').unwrap_or((plain, ""));
    let decimals = exponent as usize;
    let kept: String = rest.chars().chain(std::iter::repeat('0')).take(decimals).collect();
    let rounds_up = rest.as_bytes().get(decimals).is_some_and(|digit| *digit >= b'5');
    let units: i64 = format!("{whole}{kept}").parse().map_err(|_| TOO_LARGE)?;
    let units = if rounds_up { units.checked_add(1).ok_or(TOO_LARGE)? } else { units };
    Ok(if negative { -units } else { units })
}
