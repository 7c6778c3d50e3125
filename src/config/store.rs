//! `[store]`: where the hub keeps its records.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::path::Path;
use std::time::Duration;

use super::error::Problems;
use super::secret;

/// Where the hub keeps its records, and how patiently.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// `sqlite:///path` or `postgres://user@host/database`; never with a password.
    pub url: String,
    /// The file with the PostgreSQL password; empty for none.
    pub password_file: String,
    /// The most connections that are open at once.
    pub max_connections: u32,
    /// How long one statement may take on PostgreSQL, in milliseconds.
    pub statement_timeout_ms: u64,
    /// How long a locked SQLite file is waited for, in milliseconds.
    pub busy_timeout_ms: u64,
}

impl Store {
    /// Fills an empty address with the file in the state directory.
    pub(super) fn default_to(&mut self, state: &Path) {
        if self.url.is_empty() {
            self.url = format!("sqlite://{}", state.join("cardex.db").display());
        }
    }

    /// The file, when the hub is kept in SQLite.
    pub fn sqlite_file(&self) -> Option<&Path> {
        let path = self.url.strip_prefix("sqlite://")?;
        Some(Path::new(path.split_once('?').map_or(path, |(path, _)| path)))
    }

    /// The address with its password, for the driver only.
    ///
    /// # Errors
    /// The password's file cannot be read.
    pub fn connect_url(&self) -> std::io::Result<SecretString> {
        if self.password_file.is_empty() {
            return Ok(SecretString::from(self.url.as_str()));
        }
        let password = secret::read(&self.password_file)?;
        let mut address = url::Url::parse(&self.url)
            .map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidInput, error))?;
        // An address without a host cannot carry a password; validation has refused it already.
        let _ = address.set_password(Some(password.expose_secret()));
        Ok(SecretString::from(String::from(address)))
    }

    /// How long one statement may take.
    pub const fn statement_timeout(&self) -> Duration {
        Duration::from_millis(self.statement_timeout_ms)
    }

    /// How long a locked SQLite file is waited for.
    pub const fn busy_timeout(&self) -> Duration {
        Duration::from_millis(self.busy_timeout_ms)
    }

    pub(super) fn validate(&self, problems: &mut Problems) {
        let sqlite = self.url.starts_with("sqlite://");
        let postgres = self.url.starts_with("postgres://") || self.url.starts_with("postgresql://");
        problems.require(
            sqlite || postgres,
            "store.url",
            "it starts neither with `sqlite://` nor with `postgres://`",
        );
        let parsed = url::Url::parse(&self.url).ok();
        if postgres {
            let password = parsed.as_ref().is_some_and(|address| address.password().is_some());
            if password {
                problems.add_with_hint(
                    "store.url",
                    "it holds a password",
                    Some("write the password into a file and name it in `store.password_file`".to_owned()),
                );
            }
            problems.require(parsed.is_some(), "store.url", "it is no address");
        }
        problems.require(
            self.password_file.is_empty() || postgres,
            "store.password_file",
            "only PostgreSQL takes a password",
        );
        problems.require(
            (1..=200).contains(&self.max_connections),
            "store.max_connections",
            "it is not between 1 and 200",
        );
        problems.require(
            self.statement_timeout_ms >= 1000,
            "store.statement_timeout_ms",
            "less than a second stops ordinary work",
        );
        problems.require(
            self.busy_timeout_ms >= 100,
            "store.busy_timeout_ms",
            "less than 100 stops ordinary work",
        );
    }
}
