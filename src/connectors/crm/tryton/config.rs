//! The settings of one Tryton, from its section of the configuration.

use serde::Deserialize;

use crate::connectors::registry::{ConnectError, Settings};
use crate::model::SystemId;

/// Everything that can be set; unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrytonSettings {
    /// Base address, for example `https://tryton.example.com`.
    pub(super) url: String,
    /// Name of the database.
    pub(super) database: String,
    /// Login name of the user that cardex works as.
    pub(super) user: String,
    /// File that holds his password; a bare name is looked up among the service's credentials first.
    pub(super) password_file: String,
    /// Parties in a category of this name are companies.
    #[serde(default = "company_category")]
    pub(super) company_category: String,
    /// Parties in a category of this name are agencies.
    #[serde(default = "agency_category")]
    pub(super) agency_category: String,
    /// Fields of a person, company or agency that are kept as identifiers of the party.
    #[serde(default = "identifier_fields")]
    pub(super) identifier_fields: Vec<String>,
    /// How far each poll reads back, because stamps are those of the start of a transaction.
    #[serde(default = "overlap_seconds")]
    pub(super) overlap_seconds: u32,
    /// How long a call may take.
    #[serde(default = "timeout_ms")]
    pub(super) timeout_ms: u64,
}

fn company_category() -> String {
    "Company".to_owned()
}

fn agency_category() -> String {
    "Agency".to_owned()
}

fn identifier_fields() -> Vec<String> {
    ["title", "birth_date", "nationalities", "loyalty_numbers", "consents", "do_not_contact", "iata"]
        .map(str::to_owned)
        .into()
}

const fn overlap_seconds() -> u32 {
    120
}

const fn timeout_ms() -> u64 {
    60_000
}

impl TrytonSettings {
    /// Reads and checks the settings of `system`.
    pub(super) fn read(system: &SystemId, settings: Settings) -> Result<Self, ConnectError> {
        let bad = |why: String| ConnectError::BadSettings { system: system.clone(), why };
        let settings: Self = settings.try_deserialize().map_err(|error| bad(error.to_string()))?;
        settings.validate().map_err(bad)?;
        Ok(settings)
    }

    fn validate(&self) -> Result<(), String> {
        let url = url::Url::parse(&self.url).map_err(|error| format!("`url`: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err("`url` is an address that starts with `http://` or `https://`".to_owned());
        }
        for (key, value) in [("database", &self.database), ("user", &self.user)] {
            if value.trim().is_empty() {
                return Err(format!("`{key}` is empty"));
            }
        }
        if self.company_category == self.agency_category {
            return Err("`company_category` and `agency_category` are the same".to_owned());
        }
        if self.timeout_ms == 0 {
            return Err("`timeout_ms` is 0".to_owned());
        }
        Ok(())
    }
}
