//! What goes wrong at the command line, and how it is told: what failed, every cause, and what to do about it.

use std::fmt::{self, Write as _};
use thiserror::Error;

use super::exit::Exit;
use crate::config::ConfigError;
use crate::connectors::registry::{CONNECTORS, ConnectError};
use crate::store::StoreError;

/// A failure of the command line's own.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{what}")]
pub struct Failure {
    /// How the program ends.
    pub exit: Exit,
    /// What is wrong, as a lower-case fragment.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure that speaks for itself.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), hint: None }
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// The lines that tell of an error.
pub fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = tell(error, &mut text);
    text
}

fn tell(error: &anyhow::Error, out: &mut String) -> fmt::Result {
    if let Some(ConfigError::Invalid(problems)) = error.downcast_ref::<ConfigError>() {
        for problem in &problems.0 {
            writeln!(out, "error: {problem}")?;
            if let Some(hint) = &problem.hint {
                writeln!(out, "hint: {hint}")?;
            }
        }
        return Ok(());
    }
    writeln!(out, "error: {error}")?;
    let mut last = error.to_string();
    for cause in error.chain().skip(1) {
        let text = cause.to_string();
        // A transparent error repeats its cause.
        if text != last {
            writeln!(out, "  because: {text}")?;
        }
        last = text;
    }
    match error.chain().find_map(hint) {
        Some(hint) => writeln!(out, "hint: {hint}"),
        None => Ok(()),
    }
}

/// What to do about an error, where that can be said.
fn hint(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(failure) = cause.downcast_ref::<Failure>() {
        return failure.hint.clone();
    }
    if let Some(error) = cause.downcast_ref::<ConfigError>() {
        return of_config(error);
    }
    if let Some(error) = cause.downcast_ref::<ConnectError>() {
        return of_connect(error);
    }
    cause.downcast_ref::<StoreError>().and_then(of_store)
}

fn of_config(error: &ConfigError) -> Option<String> {
    match error {
        ConfigError::Unreadable { .. } => {
            Some("name another file with `--config`, or copy config/examples/site.toml there".to_owned())
        }
        ConfigError::Syntax { .. } => Some("the file has to be TOML".to_owned()),
        ConfigError::Invalid(problems) => problems.0.first().and_then(|problem| problem.hint.clone()),
    }
}

fn of_connect(error: &ConnectError) -> Option<String> {
    match error {
        ConnectError::UnknownConnector { .. } => {
            let known: Vec<&str> = CONNECTORS.iter().map(|(name, _)| *name).collect();
            Some(format!("there are: {}", known.join(", ")))
        }
        ConnectError::BadSettings { .. } => {
            Some("config/examples/<connector>.toml shows every setting".to_owned())
        }
        ConnectError::Secret { .. } => Some(
            "give the service the file with LoadCredential=, or make it readable for this user".to_owned(),
        ),
        ConnectError::Setup { .. } => None,
    }
}

fn of_store(error: &StoreError) -> Option<String> {
    match error {
        StoreError::InUse { .. } => {
            Some("the daemon is running: stop it first, or let it do the work".to_owned())
        }
        StoreError::NewerDatabase { .. } => Some("install the newer cardex again".to_owned()),
        StoreError::OlderDatabase { .. } => {
            Some("start the daemon once: it brings the database up to date".to_owned())
        }
        StoreError::UnknownUrl => {
            Some("set `store.url` to sqlite:///path/to/file.db or postgres://…".to_owned())
        }
        StoreError::Database(_) if error.is_transient() => {
            Some("see whether the database runs and has room on its disk".to_owned())
        }
        StoreError::File { path, .. } => {
            Some(format!("see whether the folder of `{}` exists and can be written", path.display()))
        }
        StoreError::Conflict { .. }
        | StoreError::LeaseLost { .. }
        | StoreError::AliasLoop { .. }
        | StoreError::Migrate(_)
        | StoreError::Unreadable { .. }
        | StoreError::Unstorable { .. }
        | StoreError::Database(_) => None,
    }
}
