//! The settings of the open connector: where the system is, its secrets, and what it declares of itself.

use secrecy::{ExposeSecret as _, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use url::Url;

use super::declare::Declaration;
use crate::connectors::registry::{self, ConnectError, Settings as Raw};
use crate::model::SystemId;

/// The section of one system.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// For example `https://pms.example.net`; `/v1` is added.
    #[serde(deserialize_with = "web_address")]
    pub(super) base_url: Url,
    /// The file of the bearer token; a bare name is looked up among the service's credentials.
    pub(super) token_file: String,
    /// The webhook secrets' file, one per line: two while the secret is being changed.
    pub(super) webhook_secret_file: Option<String>,
    /// How many records a page of a listing has.
    #[serde(default = "default_page_size")]
    pub(super) page_size: u16,
    /// How long one call may take.
    #[serde(default = "default_timeout_seconds")]
    pub(super) timeout_seconds: u64,
    /// What the system can do; the whole contract when left out.
    #[serde(default)]
    pub(super) capabilities: Declaration,
}

fn web_address<'de, D: Deserializer<'de>>(input: D) -> Result<Url, D::Error> {
    let url = Url::parse(&String::deserialize(input)?).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| D::Error::custom("not an http or https address"))
}

const fn default_page_size() -> u16 {
    200
}

const fn default_timeout_seconds() -> u64 {
    30
}

/// The secrets, read once.
pub(super) struct Secrets {
    pub(super) token: SecretString,
    pub(super) webhook: Vec<SecretString>,
}

impl Settings {
    /// Reads and validates a section.
    pub(super) fn read(system: &SystemId, raw: Raw) -> Result<Self, ConnectError> {
        let bad = |why: String| ConnectError::BadSettings { system: system.clone(), why };
        let settings: Self = raw.try_deserialize().map_err(|error| bad(error.to_string()))?;
        let sizes = [
            ("page_size", usize::from(settings.page_size)),
            ("capabilities.read_batch", settings.capabilities.read_batch),
            ("capabilities.write_batch", settings.capabilities.write_batch),
            ("capabilities.rate.calls", settings.capabilities.rate.calls as usize),
        ];
        if let Some((key, _)) = sizes.iter().find(|(_, size)| !(1..=10_000).contains(size)) {
            return Err(bad(format!("`{key}` is not between 1 and 10000")));
        }
        if settings.timeout_seconds == 0 || settings.capabilities.rate.per_seconds == 0 {
            return Err(bad(
                "`timeout_seconds` and `capabilities.rate.per_seconds` are at least 1".to_owned()
            ));
        }
        Ok(settings)
    }

    /// Reads the secrets' files.
    pub(super) fn secrets(&self, system: &SystemId) -> Result<Secrets, ConnectError> {
        let read = |name: &String| registry::secret(system, name);
        let webhook = self.webhook_secret_file.as_ref().map(read).transpose()?;
        let webhook = webhook.iter().flat_map(|secrets| secrets.expose_secret().lines());
        Ok(Secrets { token: read(&self.token_file)?, webhook: webhook.map(SecretString::from).collect() })
    }
}
