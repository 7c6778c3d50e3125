//! The settings of a Mews: where it is, its tokens, and what is read of it.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::time::Duration;
use url::Url;

use super::wire::{Listing, Part};
use crate::connectors::registry::{self, ConnectError, Settings as Raw};
use crate::model::SystemId;
use crate::model::fields::BOARDS;

/// The most rows that Mews puts on one page.
pub(super) const LARGEST_PAGE: u16 = 1000;

/// The section of one system.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(super) struct Settings {
    /// The platform's address.
    #[serde(default)]
    pub(super) base_url: Platform,
    /// The file of the token of the client application.
    client_token_file: String,
    /// The file of the hotel's own token.
    access_token_file: String,
    /// The file of the tokens that stand in the webhook's address, one per line: two while it is being changed.
    webhook_token_file: Option<String>,
    /// The hotel, where the token opens several or webhooks of several arrive.
    pub(super) enterprise_id: Option<String>,
    /// The services whose reservations are stays; all of them when empty.
    #[serde(default)]
    pub(super) service_ids: Vec<String>,
    /// How far each poll reads back.
    #[serde(default = "two_minutes")]
    overlap_seconds: u32,
    /// How many rows a page has.
    #[serde(default = "largest_page")]
    pub(super) page_size: u16,
    /// How long one call may take.
    #[serde(default = "a_minute")]
    timeout_seconds: u64,
    /// The language of names of rates, categories and products.
    #[serde(default = "english")]
    pub(super) language: String,
    /// Read identity documents; they leave cardex only for a recorded purpose.
    #[serde(default)]
    pub(super) identity_documents: bool,
    /// Read dietary requirements and disability, as medical data; they leave cardex only for a recorded purpose.
    #[serde(default)]
    pub(super) medical: bool,
    /// Read loyalty memberships.
    #[serde(default = "yes")]
    pub(super) loyalty: bool,
    /// Read the notes of accounts and reservations.
    #[serde(default = "yes")]
    pub(super) notes: bool,
    /// What products include.
    #[serde(default)]
    pub(super) boards: Vec<BoardRule>,
}

/// The address of a platform.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Platform(pub(super) Url);

impl TryFrom<String> for Platform {
    type Error = &'static str;

    fn try_from(address: String) -> Result<Self, Self::Error> {
        let url = Url::parse(&address).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        url.map(Self).ok_or("`base_url` is not an http or https address")
    }
}

impl Default for Platform {
    fn default() -> Self {
        Self(Url::parse("https://api.mews.com").expect("it is an address"))
    }
}

/// A product that stands for a board.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BoardRule {
    /// The product's name in Mews.
    pub(super) product: String,
    /// The board.
    pub(super) board: String,
}

/// The secrets, read once.
pub(super) struct Tokens {
    pub(super) client: SecretString,
    pub(super) access: SecretString,
    pub(super) webhook: Vec<SecretString>,
}

fn english() -> String {
    "en-US".to_owned()
}

const fn two_minutes() -> u32 {
    120
}

const fn largest_page() -> u16 {
    LARGEST_PAGE
}

const fn a_minute() -> u64 {
    60
}

const fn yes() -> bool {
    true
}

impl Settings {
    /// Reads and validates a section.
    pub(super) fn read(system: &SystemId, raw: Raw) -> Result<Self, ConnectError> {
        let bad = |why: String| ConnectError::BadSettings { system: system.clone(), why };
        let settings: Self = raw.try_deserialize().map_err(|error| bad(error.to_string()))?;
        if !(1..=LARGEST_PAGE).contains(&settings.page_size) {
            return Err(bad(format!("`page_size` is not between 1 and {LARGEST_PAGE}")));
        }
        if settings.timeout_seconds == 0 {
            return Err(bad("`timeout_seconds` is at least 1".to_owned()));
        }
        if let Some(rule) = settings.boards.iter().find(|rule| !BOARDS.contains(&rule.board.as_str())) {
            return Err(bad(format!("`boards`: `{}` is none of {}", rule.board, BOARDS.join(", "))));
        }
        Ok(settings)
    }

    /// Reads the files of the tokens.
    pub(super) fn tokens(&self, system: &SystemId) -> Result<Tokens, ConnectError> {
        let read = |name: &String| registry::secret(system, name);
        let webhook = self.webhook_token_file.as_ref().map(read).transpose()?;
        let webhook = webhook.iter().flat_map(|tokens| tokens.expose_secret().lines());
        Ok(Tokens {
            client: read(&self.client_token_file)?,
            access: read(&self.access_token_file)?,
            webhook: webhook.filter(|token| !token.is_empty()).map(SecretString::from).collect(),
        })
    }

    /// Whether a listing is read.
    pub(super) fn reads(&self, listing: &Listing) -> bool {
        listing.part.is_none_or(|part| match part {
            Part::Loyalty => self.loyalty,
            Part::Notes => self.notes,
            Part::IdentityDocuments => self.identity_documents,
        })
    }

    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }

    pub(super) fn overlap(&self) -> chrono::TimeDelta {
        chrono::TimeDelta::seconds(self.overlap_seconds.into())
    }
}
