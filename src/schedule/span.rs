//! Lengths of time as operators write them: `15s`, `5m`, `2h`, `1d`, `250ms`.

use std::time::Duration;
use thiserror::Error;

/// A length of time cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SpanError {
    /// Not a whole number followed by a unit.
    #[error("`{0}` is not a number and a unit such as `15s`, `5m`, `2h`, `1d` or `250ms`")]
    Unreadable(String),
    /// Zero, or longer than a year.
    #[error("`{0}` is not between a hundredth of a second and a year")]
    OutOfRange(String),
}

const SHORTEST_MS: u64 = 10;
const LONGEST_MS: u64 = 366 * 24 * 3600 * 1000;

/// Reads a length of time.
///
/// # Errors
/// [`SpanError`] when the text is not one, or is zero or longer than a year.
pub fn parse(text: &str) -> Result<Duration, SpanError> {
    let unreadable = || SpanError::Unreadable(text.to_owned());
    let compact: String = text.split_whitespace().collect();
    let digits = compact.chars().take_while(char::is_ascii_digit).count();
    let (number, unit) = compact.split_at(digits);
    let number: u64 = number.parse().map_err(|_| unreadable())?;
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60 * 1000,
        "h" => 3600 * 1000,
        "d" => 24 * 3600 * 1000,
        _ => return Err(unreadable()),
    };
    match number.checked_mul(unit_ms) {
        Some(ms) if (SHORTEST_MS..=LONGEST_MS).contains(&ms) => Ok(Duration::from_millis(ms)),
        _ => Err(SpanError::OutOfRange(text.to_owned())),
    }
}

/// Writes a length of time in the largest unit that holds it whole.
pub fn print(span: Duration) -> String {
    let ms = span.as_millis();
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
        .into_iter()
        .find(|(_, unit)| ms >= *unit && ms.is_multiple_of(*unit))
        .map_or_else(|| format!("{ms}ms"), |(name, unit)| format!("{}{name}", ms / unit))
}
