//! Values that stand in the configuration as words: schedules, time zones, times of day, codes.

use chrono::NaiveTime;
use chrono_tz::Tz;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, IntoDeserializer};
use std::time::Duration;

use super::known;
use crate::schedule::{Trigger, span};

/// Reads a word of a closed list; the library's own message for another word names Rust types.
pub(super) fn choice<'de, D: Deserializer<'de>, T: DeserializeOwned>(source: D) -> Result<T, D::Error> {
    T::deserialize(String::deserialize(source)?.into_deserializer())
}

/// Reads a word of a closed list that may be left out.
pub(super) fn maybe<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    source: D,
) -> Result<Option<T>, D::Error> {
    choice(source).map(Some)
}

/// Reads several words of a closed list.
pub(super) fn choices<'de, D: Deserializer<'de>, T: DeserializeOwned>(source: D) -> Result<Vec<T>, D::Error> {
    let words = Vec::<String>::deserialize(source)?;
    words.into_iter().map(|word| T::deserialize(word.into_deserializer())).collect()
}

/// Reads `every 15s` or a cron expression.
pub(super) fn trigger<'de, D: Deserializer<'de>>(source: D) -> Result<Trigger, D::Error> {
    let text = String::deserialize(source)?;
    Trigger::parse(&text).map_err(|error| {
        let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
        D::Error::custom(format!("{error}{cause}"))
    })
}

/// Reads a length of time such as `2h`; nothing stands for none.
pub(super) fn maybe_span<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(source)?;
    if text.is_empty() {
        return Ok(None);
    }
    span::parse(&text).map(Some).map_err(D::Error::custom)
}

/// Reads the IANA name of a time zone.
pub(super) fn zone<'de, D: Deserializer<'de>>(source: D) -> Result<Tz, D::Error> {
    let text = String::deserialize(source)?;
    text.parse().map_err(|_| {
        let nearest = known::hint(&text, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()))
            .filter(|hint| hint.starts_with("did"))
            .map_or_else(String::new, |hint| format!("; {hint}"));
        D::Error::custom(format!("`{text}` is no IANA time zone such as `Europe/Madrid`{nearest}"))
    })
}

/// Reads a time of day, `HH:MM`.
pub(super) fn time_of_day<'de, D: Deserializer<'de>>(source: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(source)?;
    NaiveTime::parse_from_str(&text, "%H:%M")
        .map_err(|_| D::Error::custom(format!("`{text}` is no time of day such as `04:00`")))
}

/// Whether the text is a code of so many upper-case letters.
pub(super) fn is_code(text: &str, letters: usize) -> bool {
    text.len() == letters && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Whether the text can name a hotel or a system: it appears in environment variables, labels and URLs.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 40
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte))
}

/// What `is_name` asks for, as a lower-case fragment.
pub(super) const NAME_RULE: &str = "a name has at most 40 of a-z, 0-9, `-` and `_`";
