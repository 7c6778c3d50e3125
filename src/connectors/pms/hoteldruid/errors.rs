//! What an error of the hotel's database means for the core.

use smol_str::SmolStr;

use crate::connectors::ConnectorError;

/// The classes of database errors that matter. No message of the server is passed on: it may quote values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Try again: no line, too many connections, or the desk holds a lock.
    Passing,
    /// The line broke while a statement was on its way: it may have been carried out.
    Cut,
    /// The password is wrong or a right is missing.
    Denied(&'static str),
    /// It is not the database of a HotelDruid that cardex knows.
    Alien(String),
    /// The statement is refused.
    Refused(String),
}

impl Fault {
    pub(super) fn of(error: &sqlx::Error) -> Self {
        use sqlx::Error as E;
        if let E::Database(error) = error {
            let code = error.code().unwrap_or_default();
            return if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
                Self::of_postgres(&code, error.message())
            } else if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
                Self::of_mariadb(error.number(), error.message())
            } else {
                Self::of_sqlite(&code, error.message())
            };
        }
        // A refused connection could send nothing.
        let is_refused =
            matches!(error, E::Io(cause) if cause.kind() == std::io::ErrorKind::ConnectionRefused);
        if is_refused || matches!(error, E::PoolTimedOut | E::PoolClosed | E::Tls(_)) {
            Self::Passing
        } else if matches!(error, E::Io(_) | E::WorkerCrashed | E::Protocol(_)) {
            Self::Cut
        } else {
            Self::Refused("the driver cannot carry the statement".to_owned())
        }
    }

    fn of_postgres(code: &str, message: &str) -> Self {
        match code {
            "28P01" | "28000" => Self::Denied("the user or the password is wrong"),
            "42501" => Self::Denied("the account lacks a right"),
            "3D000" => Self::Alien("the database does not exist".to_owned()),
            // These messages name tables and columns, never values.
            "42P01" | "42703" | "3F000" => Self::Alien(message.to_owned()),
            "42883" | "42804" => Self::Alien("a column has another type".to_owned()),
            // Lock not available, cancelled by the time limit, serialisation, deadlock, too many connections.
            "55P03" | "57014" | "40001" | "40P01" | "53300" | "57P03" => Self::Passing,
            _ if code.starts_with("57P") || code.starts_with("08") => Self::Cut,
            _ => Self::Refused(format!("PostgreSQL error {code}")),
        }
    }

    fn of_mariadb(number: u16, message: &str) -> Self {
        match number {
            1044 | 1045 | 1698 => Self::Denied("the user or the password is wrong"),
            1142 | 1143 | 1227 | 1370 => Self::Denied("the account lacks a right"),
            1049 => Self::Alien("the database does not exist".to_owned()),
            // These messages name tables and columns, never values.
            1054 | 1146 => Self::Alien(message.to_owned()),
            1193 => Self::Alien("the server is no MariaDB".to_owned()),
            // Too many connections, lock not available, deadlock, cancelled by the time limit, table being altered.
            1040 | 1203 | 1205 | 1213 | 1226 | 1317 | 1412 | 1969 => Self::Passing,
            1053 | 1077 | 1927 => Self::Cut,
            _ => Self::Refused(format!("MariaDB error {number}")),
        }
    }

    fn of_sqlite(code: &str, message: &str) -> Self {
        // Extended codes carry the plain one in their low byte.
        match code.parse::<u32>().unwrap_or_default() & 0xff {
            1 if message.starts_with("no such") || message.contains("has no column") => {
                Self::Alien(message.to_owned())
            }
            3 | 8 | 23 => Self::Denied("the account may not read or write the file"),
            5 | 6 | 10 | 14 => Self::Passing,
            11 | 26 => Self::Alien("the file is damaged or no SQLite database".to_owned()),
            _ => Self::Refused(format!("SQLite error {code}")),
        }
    }

    /// The same for a statement that only reads: however it ended, nothing was done.
    pub(super) fn of_read(self) -> Self {
        if self == Self::Cut { Self::Passing } else { self }
    }

    pub(super) fn into_error(self, system: SmolStr, source: sqlx::Error) -> ConnectorError {
        match self {
            Self::Passing => ConnectorError::Unreachable { system, sent: false, source: Box::new(source) },
            Self::Cut => ConnectorError::Unreachable { system, sent: true, source: Box::new(source) },
            Self::Denied(why) => ConnectorError::Unauthorised { system, why: why.to_owned() },
            Self::Alien(what) => ConnectorError::Incompatible { system, what },
            Self::Refused(why) => ConnectorError::Refused { system, why },
        }
    }
}
