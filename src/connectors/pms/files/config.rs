//! The settings of a system that is known by its export files: what the files hold, and what is done with them.
//!
//! Nothing here opens a file. `config/examples/files.toml` shows every key.

use serde::Deserialize;
use std::path::PathBuf;

use crate::connectors::registry::{ConnectError, Context, Settings as Raw};
use crate::files::{self, FileMapping, FilesSettings, Layout, Placeholders};
use crate::model::SystemId;
use crate::model::normalise::country;

/// The section of one system of files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// The folder that the system exports into; without one its files are only imported by command.
    #[serde(default)]
    pub(super) folder: Option<PathBuf>,
    /// How long a file must not have changed before it is taken for whole, in seconds.
    #[serde(default = "stable_s")]
    pub(super) stable_s: u64,
    /// A file is whole when one of its name and this ending lies beside it (`.ok`), and only then.
    #[serde(default)]
    pub(super) marker: Option<String>,
    /// How often the folder is looked at, in milliseconds.
    #[serde(default = "look_ms")]
    pub(super) look_ms: u64,
    /// The patterns, as `files` has them, of the files that hold everything: what is not in them is not there any more.
    #[serde(default)]
    pub(super) full: Vec<String>,
    /// A record is not there any more when so many full exports in a row did not have it.
    #[serde(default = "absences")]
    pub(super) absences: u32,
    /// What was read is deleted from `done` and `failed` after so many days; 0 keeps it for ever.
    #[serde(default = "keep_days")]
    pub(super) keep_days: u32,
    /// A built-in layout.
    #[serde(default)]
    layout: Option<Layout>,
    /// What the files hold, where no layout says it.
    #[serde(default)]
    files: Vec<FileMapping>,
    /// What people type instead of nothing.
    #[serde(default)]
    placeholders: Placeholders,
}

const fn stable_s() -> u64 {
    10
}

const fn look_ms() -> u64 {
    2_000
}

const fn absences() -> u32 {
    2
}

const fn keep_days() -> u32 {
    30
}

impl Settings {
    /// Reads and checks a section.
    pub(super) fn read(system: &SystemId, raw: Raw) -> Result<Self, ConnectError> {
        let settings: Self = raw.try_deserialize().map_err(|error| bad(system, error.to_string()))?;
        if settings.layout.is_none() && settings.files.is_empty() {
            let why = "nothing says what the files hold: set `layout`, or `files`".to_owned();
            return Err(bad(system, why));
        }
        if settings.absences == 0 || settings.look_ms < 50 {
            let why = "`absences` is at least 1, and `look_ms` at least 50".to_owned();
            return Err(bad(system, why));
        }
        if settings.marker.as_ref().is_some_and(|ending| ending.is_empty() || ending.contains('/')) {
            return Err(bad(system, "`marker` is the ending of a name, like `.ok`".to_owned()));
        }
        Ok(settings)
    }

    /// What the files hold.
    pub(super) fn mapping(&self) -> FilesSettings {
        FilesSettings {
            layout: self.layout,
            files: self.files.clone(),
            placeholders: self.placeholders.clone(),
        }
    }
}

pub(super) fn bad(system: &SystemId, why: String) -> ConnectError {
    ConnectError::BadSettings { system: system.clone(), why }
}

/// What a mapping of this system's files has to know of the hotel.
pub fn context(context: &Context) -> files::Context {
    files::Context {
        registry: std::sync::Arc::clone(&context.registry),
        region: country::read(&context.default_region).ok().flatten(),
        time_zone: context.time_zone,
        relays: context.relays.clone(),
    }
}
