//! How the program ends: the exit codes, which are a promise to scripts and to systemd.
//!
//! They follow `sysexits.h`. The unit restarts the daemon after any of them but 64, 65, 66, 77 and 78, which no
//! restart can cure.

use std::error::Error;
use std::io;
use std::process::ExitCode;

use crate::config::ConfigError;
use crate::connectors::ConnectorError;
use crate::connectors::registry::ConnectError;
use crate::store::StoreError;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Success,
    /// 1: it went wrong in a way that has no code of its own.
    General,
    /// 64: the command line cannot be understood.
    Usage,
    /// 65: what was given as input does not make sense: an id that is no id.
    BadInput,
    /// 66: what was asked for is not there: a record, a review, a file.
    NoInput,
    /// 69: another system cannot be used.
    Unavailable,
    /// 70: a bug in cardex.
    Bug,
    /// 73: a file or database cannot be created.
    CannotCreate,
    /// 74: reading or writing failed.
    Io,
    /// 75: the same command may succeed later.
    TryAgain,
    /// 77: credentials or rights are missing.
    NoPermission,
    /// 78: the configuration is wrong.
    Config,
}

impl Exit {
    /// Every way to end, for the manual.
    pub const ALL: [Self; 12] = [
        Self::Success,
        Self::General,
        Self::Usage,
        Self::BadInput,
        Self::NoInput,
        Self::Unavailable,
        Self::Bug,
        Self::CannotCreate,
        Self::Io,
        Self::TryAgain,
        Self::NoPermission,
        Self::Config,
    ];

    /// The number that the caller sees.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::General => 1,
            Self::Usage => 64,
            Self::BadInput => 65,
            Self::NoInput => 66,
            Self::Unavailable => 69,
            Self::Bug => 70,
            Self::CannotCreate => 73,
            Self::Io => 74,
            Self::TryAgain => 75,
            Self::NoPermission => 77,
            Self::Config => 78,
        }
    }

    /// What it means, for the manual.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Success => "done",
            Self::General => "it went wrong in a way that has no code of its own",
            Self::Usage => "the command line cannot be understood",
            Self::BadInput => "what was given as input does not make sense",
            Self::NoInput => "what was asked for is not there",
            Self::Unavailable => "another system cannot be used",
            Self::Bug => "a bug in cardex",
            Self::CannotCreate => "a file or database cannot be created",
            Self::Io => "reading or writing failed",
            Self::TryAgain => "the same command may succeed later",
            Self::NoPermission => "credentials or rights are missing",
            Self::Config => "the configuration is wrong",
        }
    }

    /// The code of an error: that of the first of its causes that has one.
    pub fn of(error: &anyhow::Error) -> Self {
        error.chain().find_map(of_cause).unwrap_or(Self::General)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

fn of_cause(cause: &(dyn Error + 'static)) -> Option<Exit> {
    if let Some(failure) = cause.downcast_ref::<super::Failure>() {
        return Some(failure.exit);
    }
    if cause.is::<ConfigError>() {
        return Some(Exit::Config);
    }
    if let Some(error) = cause.downcast_ref::<ConnectError>() {
        return Some(of_connect(error));
    }
    if let Some(error) = cause.downcast_ref::<ConnectorError>() {
        return Some(of_connector(error));
    }
    if let Some(error) = cause.downcast_ref::<StoreError>() {
        return Some(of_store(error));
    }
    cause.downcast_ref::<io::Error>().map(of_io)
}

const fn of_connect(error: &ConnectError) -> Exit {
    match error {
        ConnectError::UnknownConnector { .. } | ConnectError::BadSettings { .. } => Exit::Config,
        ConnectError::Secret { .. } => Exit::NoPermission,
        ConnectError::Setup { .. } => Exit::General,
    }
}

const fn of_connector(error: &ConnectorError) -> Exit {
    match error {
        ConnectorError::RateLimited { .. } => Exit::TryAgain,
        ConnectorError::Unauthorised { .. } => Exit::NoPermission,
        ConnectorError::Unreachable { .. }
        | ConnectorError::BatchRefused { .. }
        | ConnectorError::Refused { .. }
        | ConnectorError::Incompatible { .. }
        | ConnectorError::Undecodable { .. }
        | ConnectorError::CursorExpired { .. } => Exit::Unavailable,
        ConnectorError::Unsupported { .. } => Exit::Bug,
    }
}

fn of_store(error: &StoreError) -> Exit {
    match error {
        StoreError::InUse { .. } | StoreError::Conflict { .. } | StoreError::LeaseLost { .. } => {
            Exit::TryAgain
        }
        StoreError::UnknownUrl | StoreError::NewerDatabase { .. } | StoreError::OlderDatabase { .. } => {
            Exit::Config
        }
        StoreError::File { source, .. } => of_io(source),
        StoreError::Database(_) if error.is_transient() => Exit::TryAgain,
        StoreError::Database(_) | StoreError::Migrate(_) => Exit::Unavailable,
        StoreError::AliasLoop { .. } | StoreError::Unreadable { .. } | StoreError::Unstorable { .. } => {
            Exit::Bug
        }
    }
}

fn of_io(error: &io::Error) -> Exit {
    let known = [
        (io::ErrorKind::PermissionDenied, Exit::NoPermission),
        (io::ErrorKind::NotFound, Exit::NoInput),
        (io::ErrorKind::AddrInUse, Exit::Unavailable),
        (io::ErrorKind::AddrNotAvailable, Exit::Unavailable),
    ];
    known.into_iter().find(|(kind, _)| *kind == error.kind()).map_or(Exit::Io, |(_, exit)| exit)
}
