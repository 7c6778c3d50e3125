//! The settings of a HubSpot: its tokens, where stays are kept, and what its account allows.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

use crate::connectors::registry::{self, ConnectError, Settings as Raw};
use crate::model::SystemId;
use crate::model::fields::STATUSES;

/// The most rows that a page of a search has.
const LARGEST_PAGE: usize = 200;

/// The section of one system.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// The address of the interface.
    #[serde(default)]
    pub(super) base_url: Address,
    /// The version that stands in its paths.
    #[serde(default = "version")]
    pub(super) api_version: String,
    /// The file of the access token.
    access_token_file: String,
    /// The file of the app's client secrets, one per line: two while it is being changed.
    client_secret_file: Option<String>,
    /// The target address of the webhooks, exactly as it is configured at HubSpot: it is part of what is signed.
    pub(super) webhook_url: Option<String>,
    /// The app that the token belongs to: what its own writes make HubSpot tell is no news.
    pub(super) app_id: Option<String>,
    /// What a stay is.
    #[serde(default)]
    pub(super) stay_object: StayObject,
    /// The type of the custom object that is a stay.
    pub(super) custom_object: Option<SmolStr>,
    /// The pipeline of the deals that are stays.
    #[serde(default = "default_pipeline")]
    pub(super) pipeline: String,
    /// The stage of each status.
    #[serde(default)]
    pub(super) stages: BTreeMap<String, String>,
    /// How many calls HubSpot allows in ten seconds.
    #[serde(default = "hundred")]
    pub(super) calls: u32,
    /// How far each poll reads back, because the index of the search lags.
    #[serde(default = "half_a_minute")]
    overlap_seconds: u32,
    /// How long one call may take.
    #[serde(default = "a_minute")]
    timeout_seconds: u64,
    /// How many rows a page of a search has.
    #[serde(default = "largest_page")]
    pub(super) page_size: usize,
    /// The properties that hold fields, where they are not the usual ones.
    #[serde(default)]
    pub(super) properties: BTreeMap<String, SmolStr>,
}

/// What a stay is at HubSpot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum StayObject {
    /// A deal, moved through the stages of its pipeline.
    #[default]
    Deal,
    /// An appointment.
    Appointment,
    /// An object of the account's own.
    Custom,
}

/// The address of the interface.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Address(pub(super) Url);

impl TryFrom<String> for Address {
    type Error = &'static str;

    fn try_from(address: String) -> Result<Self, Self::Error> {
        let url = Url::parse(&address).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        url.map(Self).ok_or("`base_url` is not an http or https address")
    }
}

impl Default for Address {
    fn default() -> Self {
        Self(Url::parse("https://api.hubapi.com").expect("it is an address"))
    }
}

/// The secrets, read once.
pub(super) struct Secrets {
    pub(super) access: SecretString,
    /// Those that webhooks may be signed with.
    pub(super) client: Vec<SecretString>,
}

fn version() -> String {
    "2026-03".to_owned()
}

/// What HubSpot itself calls the pipeline that every account has.
fn default_pipeline() -> String {
    "default".to_owned()
}

const fn hundred() -> u32 {
    100
}

const fn half_a_minute() -> u32 {
    30
}

const fn a_minute() -> u64 {
    60
}

const fn largest_page() -> usize {
    LARGEST_PAGE
}

impl Settings {
    /// Reads and validates a section.
    pub(super) fn read(system: &SystemId, raw: Raw) -> Result<Self, ConnectError> {
        let bad = |why: String| ConnectError::BadSettings { system: system.clone(), why };
        let settings: Self = raw.try_deserialize().map_err(|error| bad(error.to_string()))?;
        settings.validate().map_err(bad)?;
        Ok(settings)
    }

    fn validate(&self) -> Result<(), String> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.api_version.is_empty() || !self.api_version.chars().all(is_plain) {
            return Err("`api_version` is a version like `2026-03`".to_owned());
        }
        if !(1..=LARGEST_PAGE).contains(&self.page_size) {
            return Err(format!("`page_size` is not between 1 and {LARGEST_PAGE}"));
        }
        if self.timeout_seconds == 0 {
            return Err("`timeout_seconds` is at least 1".to_owned());
        }
        if self.calls < 10 {
            return Err("`calls` is at least 10".to_owned());
        }
        if self.client_secret_file.is_some() && self.webhook_url.is_none() {
            return Err(
                "`client_secret_file` needs `webhook_url`, which is part of what is signed".to_owned()
            );
        }
        let has_object = self.custom_object.as_ref().is_some_and(|name| !name.is_empty());
        if (self.stay_object == StayObject::Custom) != has_object {
            return Err("`custom_object` belongs to `stay_object = \"custom\"`, which needs it".to_owned());
        }
        if self.stay_object != StayObject::Deal && !self.stages.is_empty() {
            return Err("`stages` belong to `stay_object = \"deal\"`".to_owned());
        }
        let unknown = self.stages.keys().find(|word| !STATUSES.contains(&word.as_str()));
        unknown.map_or(Ok(()), |word| Err(format!("`stages`: `{word}` is none of {}", STATUSES.join(", "))))
    }

    /// Reads the files of the secrets.
    pub(super) fn secrets(&self, system: &SystemId) -> Result<Secrets, ConnectError> {
        let client =
            self.client_secret_file.as_ref().map(|name| registry::secret(system, name)).transpose()?;
        let client = client.iter().flat_map(|secrets| secrets.expose_secret().lines());
        Ok(Secrets {
            access: registry::secret(system, &self.access_token_file)?,
            client: client.filter(|secret| !secret.is_empty()).map(SecretString::from).collect(),
        })
    }

    pub(super) const fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }

    /// How far each poll reads back, in milliseconds.
    pub(super) fn overlap_ms(&self) -> i64 {
        i64::from(self.overlap_seconds) * 1000
    }

    /// What HubSpot calls stays in its paths.
    pub(super) fn stay_path(&self) -> SmolStr {
        match self.stay_object {
            StayObject::Deal => SmolStr::new_static("deals"),
            StayObject::Appointment => SmolStr::new_static("appointments"),
            StayObject::Custom => self.custom_object.clone().unwrap_or_default(),
        }
    }

    /// What HubSpot calls the type of stays in its webhooks.
    pub(super) fn stay_type(&self) -> SmolStr {
        match self.stay_object {
            StayObject::Deal => SmolStr::new_static("0-3"),
            StayObject::Appointment => SmolStr::new_static("0-421"),
            StayObject::Custom => self.custom_object.clone().unwrap_or_default(),
        }
    }
}
