//! What can be wrong with a configuration, always with the key and where it was written.

use config::{Value, ValueKind};
use std::fmt;
use std::path::PathBuf;
use thiserror::Error;

use super::known::first_origin;

/// The configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// A file of the configuration cannot be read.
    #[error("the configuration file `{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A file is not TOML, or the sources cannot be put together.
    #[error("the configuration in {place} cannot be read")]
    Syntax {
        /// The file, or the environment.
        place: String,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Keys or values are wrong.
    #[error("{0}")]
    Invalid(Problems),
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key, with its sections: `systems.pms.poll`.
    pub key: String,
    /// What is wrong with it, as a lower-case fragment.
    pub why: String,
    /// The file in which it was set; `None` when it is missing, or built in.
    pub file: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(out, "{}", self.why)?;
        } else {
            write!(out, "`{}`: {}", self.key, self.why)?;
        }
        match &self.file {
            Some(file) => write!(out, " (in {file})"),
            None => Ok(()),
        }
    }
}

/// Everything that was found wrong, in the order in which it was found; never empty inside an error.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Notes a problem.
    pub(super) fn add(&mut self, key: impl Into<String>, why: impl Into<String>) {
        self.0.push(Problem { key: key.into(), why: why.into(), file: None, hint: None });
    }

    /// Notes a problem and what to do about it.
    pub(super) fn add_with_hint(
        &mut self,
        key: impl Into<String>,
        why: impl Into<String>,
        hint: Option<String>,
    ) {
        self.0.push(Problem { key: key.into(), why: why.into(), file: None, hint });
    }

    /// Notes that a value is outside of what is allowed.
    pub(super) fn require(&mut self, holds: bool, key: impl Into<String>, why: &str) {
        if !holds {
            self.add(key, why);
        }
    }

    /// An error when there are any.
    pub(super) fn into_result(self) -> Result<(), ConfigError> {
        if self.0.is_empty() { Ok(()) } else { Err(ConfigError::Invalid(self)) }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => out.write_str("nothing is wrong"),
            [only] => only.fmt(out),
            [first, rest @ ..] => write!(out, "{first}, and {} more", rest.len()),
        }
    }
}

impl Problems {
    /// Adds the file to every problem whose key was set in one.
    pub(super) fn locate(&mut self, tree: &Value) {
        for problem in &mut self.0 {
            problem.file = find(tree, &problem.key).and_then(first_origin);
        }
    }
}

/// The value behind a key.
fn find<'a>(tree: &'a Value, key: &str) -> Option<&'a Value> {
    key.split('.').try_fold(tree, |value, name| {
        if let ValueKind::Table(table) = &value.kind { table.get(name) } else { None }
    })
}

/// An error of the library as one of ours: which key, what is wrong, where it was set.
pub(super) fn from_library(error: config::ConfigError, tree: &Value) -> ConfigError {
    use config::ConfigError as Library;
    let (key, why) = match error {
        Library::NotFound(key) => (key, "it is missing, and has no default".to_owned()),
        Library::Type { unexpected, expected, key, .. } => {
            (key.unwrap_or_default(), format!("it is a {unexpected}, expected {expected}"))
        }
        Library::At { error, key, .. } => (key.unwrap_or_default(), error.to_string()),
        other @ (Library::Frozen
        | Library::PathParse { .. }
        | Library::FileParse { .. }
        | Library::Message(_)
        | Library::Foreign(_)
        | _) => (String::new(), other.to_string()),
    };
    let mut problems = Problems::default();
    problems.add(key, why);
    problems.locate(tree);
    ConfigError::Invalid(problems)
}
