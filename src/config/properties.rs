//! `[properties.<name>]`: the hotels.

use chrono::NaiveTime;
use chrono_tz::Tz;
use serde::Deserialize;

use super::error::Problems;
use super::words;

/// A hotel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Property {
    /// Its code in the PMS.
    pub code: String,
    /// As people call it.
    pub name: String,
    /// The zone of its wall clock.
    #[serde(deserialize_with = "words::zone")]
    pub time_zone: Tz,
    /// ISO 4217.
    pub currency: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Country whose dialling code a phone number without one has.
    pub phone_region: String,
    /// When the night audit is done with the day before, on the hotel's clock.
    #[serde(deserialize_with = "words::time_of_day")]
    pub night_audit: NaiveTime,
}

/// `[property_defaults]`: what a hotel need not say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    dead_code,
    reason = "it declares which keys have a default; the values are merged into each hotel's table"
)]
pub(super) struct PropertyDefaults {
    code: String,
    phone_region: String,
    #[serde(deserialize_with = "words::time_of_day")]
    night_audit: NaiveTime,
}

impl Property {
    /// Fills what follows from the rest.
    pub(super) fn complete(&mut self, name: &str) {
        if self.code.is_empty() {
            name.clone_into(&mut self.code);
        }
        if self.phone_region.is_empty() {
            self.phone_region.clone_from(&self.country);
        }
    }

    pub(super) fn validate(&self, name: &str, problems: &mut Problems) {
        let key = |field: &str| format!("properties.{name}.{field}");
        problems.require(words::is_name(name), format!("properties.{name}"), words::NAME_RULE);
        problems.require(!self.name.trim().is_empty(), key("name"), "it is empty");
        problems.require(
            words::is_code(&self.currency, 3),
            key("currency"),
            "it is no ISO 4217 code such as `EUR`",
        );
        let country = "it is no ISO 3166-1 code of two letters such as `ES`";
        problems.require(words::is_code(&self.country, 2), key("country"), country);
        problems.require(words::is_code(&self.phone_region, 2), key("phone_region"), country);
    }
}
