//! Tryton's JSON: dates, decimals and stamps as tagged objects, related records under dotted names.
//!
//! Only shapes live here, no meaning: what a field says of a guest is decided in `party` and `opportunity`.
//!
//! Source: the answers of Tryton 6.0.29 and 8.2.1.

use chrono::{DateTime, Datelike, NaiveDate, TimeZone, Timelike, Utc};
use serde_json::{Value as Json, json};

/// One record as a read returns it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a>(pub(super) &'a Json);

impl<'a> Row<'a> {
    /// The record's id; 0 when the answer has none, which no record of Tryton has.
    pub(super) fn id(self) -> i64 {
        self.0.get("id").and_then(Json::as_i64).unwrap_or(0)
    }

    /// A text field; `None` when it is null or empty.
    pub(super) fn text(self, field: &str) -> Option<&'a str> {
        self.0.get(field)?.as_str().filter(|text| !text.trim().is_empty())
    }

    /// A boolean, which `SQLite` servers send as 0 and 1.
    pub(super) fn flag(self, field: &str) -> bool {
        self.0.get(field).is_some_and(|value| value.as_bool().unwrap_or(value.as_i64() == Some(1)))
    }

    /// `active`; a model without the field has only live records.
    pub(super) fn is_active(self) -> bool {
        self.0.get("active").is_none() || self.flag("active")
    }

    /// A whole number, or the id of a related record.
    pub(super) fn number(self, field: &str) -> Option<i64> {
        self.0.get(field)?.as_i64()
    }

    /// A calendar date.
    pub(super) fn date(self, field: &str) -> Option<NaiveDate> {
        parse_date(self.0.get(field)?)
    }

    /// A decimal number in plain notation.
    pub(super) fn decimal(self, field: &str) -> Option<&'a str> {
        self.0.get(field)?.get("decimal")?.as_str()
    }

    /// The related record of a dotted read (`currency.code` arrives under `currency.`).
    pub(super) fn related(self, field: &str) -> Option<Row<'a>> {
        self.0.get(format!("{field}.")).filter(|value| value.is_object()).map(Row)
    }

    /// The related records of a dotted read, in the order of the answer.
    pub(super) fn children(self, field: &str) -> impl Iterator<Item = Row<'a>> + use<'a> {
        self.0.get(format!("{field}.")).and_then(Json::as_array).into_iter().flatten().map(Row)
    }

    /// When the record was last changed, UTC: `write_date`, or `create_date` while that is null.
    pub(super) fn changed_at(self) -> Option<DateTime<Utc>> {
        ["write_date", "create_date"].into_iter().find_map(|field| parse_instant(self.0.get(field)?))
    }

    /// The token of the optimistic lock; opaque, because its resolution differs between releases.
    pub(super) fn timestamp(self) -> Option<&'a str> {
        self.text("_timestamp")
    }
}

/// The rows of an answer.
pub(super) fn rows(answer: &Json) -> impl Iterator<Item = Row<'_>> {
    answer.as_array().into_iter().flatten().map(Row)
}

/// A calendar date in Tryton's form.
pub(super) fn date(date: NaiveDate) -> Json {
    json!({"__class__": "date", "year": date.year(), "month": date.month(), "day": date.day()})
}

/// A decimal number in Tryton's form.
pub(super) fn decimal(text: &str) -> Json {
    json!({"__class__": "Decimal", "decimal": text})
}

/// A point in time in Tryton's form, to the microsecond.
pub(super) fn instant(at: DateTime<Utc>) -> Json {
    json!({"__class__": "datetime", "year": at.year(), "month": at.month(), "day": at.day(), "hour": at.hour(),
        "minute": at.minute(), "second": at.second(), "microsecond": at.nanosecond() / 1_000})
}

/// A point in time from microseconds of Unix time.
pub(super) fn from_micros(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

fn part(value: &Json, name: &str) -> Option<u32> {
    u32::try_from(value.get(name)?.as_i64()?).ok()
}

fn parse_date(value: &Json) -> Option<NaiveDate> {
    let year = i32::try_from(value.get("year")?.as_i64()?).ok()?;
    NaiveDate::from_ymd_opt(year, part(value, "month")?, part(value, "day")?)
}

fn parse_instant(value: &Json) -> Option<DateTime<Utc>> {
    let time = parse_date(value)?.and_hms_micro_opt(
        part(value, "hour")?,
        part(value, "minute")?,
        part(value, "second")?,
        part(value, "microsecond")?,
    )?;
    Some(Utc.from_utc_datetime(&time))
}
