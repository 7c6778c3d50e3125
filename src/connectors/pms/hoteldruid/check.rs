//! What `cardex doctor` finds out about a HotelDruid, and the look before the first read.

use chrono::{DateTime, TimeDelta, Utc};

use super::HotelDruid;
use super::config::Settings;
use super::database::Database;
use super::outbox::Outbox;
use super::stamp;
use super::wire::{Booking, Companion, CustomValue, Extra, Guest, Payment, Period, Room, Stored as _};
use super::years::Scope;
use crate::connectors::{ConnectorError, Finding, Severity};

/// The first version that is not known to keep its tables like 3.0.4, in hundredths: 3.10.
const FIRST_UNKNOWN: i64 = 310;
const FIRST_KNOWN: i64 = 300;
/// How far ahead of our clock a stamp may be before the configured zone is doubted.
const AHEAD: TimeDelta = TimeDelta::minutes(10);

/// What is read of a HotelDruid that cardex knows.
///
/// # Errors
/// [`ConnectorError::Incompatible`] names the missing table or the version.
pub(super) async fn known_version(db: &Database, settings: &Settings) -> Result<Scope, ConnectorError> {
    let scope = Scope::now(db, settings).await?;
    let version = version(db).await?;
    if !(FIRST_KNOWN..FIRST_UNKNOWN).contains(&version) {
        let shown = format!("{}.{:02}", version / 100, version % 100);
        return Err(db.incompatible(format!("this is HotelDruid {shown}; cardex knows 3.00 to 3.09")));
    }
    Ok(scope)
}

/// The version in hundredths: 3.0.4 keeps `3.04`.
async fn version(db: &Database) -> Result<i64, ConnectorError> {
    let rows = db.rows(db.select(&["num_versione"], "versioni", "where idversioni = 1"), &[]).await?;
    let text = rows.first().and_then(|row| row.0.first()?.clone()).unwrap_or_default();
    let (whole, hundredths) = text.split_once('.').unwrap_or((&text, "0"));
    let hundredths: String = hundredths.chars().chain("00".chars()).take(2).collect();
    let number = whole.parse::<i64>().ok().zip(hundredths.parse::<i64>().ok());
    number
        .map(|(whole, part)| whole * 100 + part)
        .ok_or_else(|| db.incompatible("its version cannot be read"))
}

impl HotelDruid {
    pub(super) async fn findings(&self, now: DateTime<Utc>) -> Vec<Finding> {
        let scope = match known_version(&self.db, &self.hotel.settings).await {
            Ok(scope) => scope,
            Err(error) => return vec![failed(&error)],
        };
        let mut findings = vec![good(format!("HotelDruid 3.0 with the years {:?}", scope.years))];
        for (table, columns) in read_tables(&scope) {
            let probe = self.db.select(columns, &table, "where 1 = 0");
            if let Err(error) = self.db.rows(probe, &[]).await {
                findings.push(failed(&error));
            }
        }
        findings.push(match self.db.execute(no_change(&self.db), &[]).await {
            Ok(_) => good("guests can be written"),
            Err(ConnectorError::Unauthorised { .. }) => warning(
                "guests cannot be written",
                "grant UPDATE on the table `clienti`; until then changes stay in the hub",
            ),
            Err(error) => failed(&error),
        });
        findings.extend(self.clock(now).await);
        findings.extend(self.triggers().await);
        findings
    }

    /// A guest entered in the future means that the zone is not the server's.
    async fn clock(&self, now: DateTime<Utc>) -> Option<Finding> {
        let newest = self.db.select(&["max(datainserimento)"], "clienti", "");
        let rows = self.db.rows(newest, &[]).await.ok()?;
        let entered = rows.first()?.0.first()?.as_deref().and_then(stamp::parse)?;
        let ahead = self.hotel.at(entered) - now;
        (ahead > AHEAD).then(|| {
            warning(
                format!("the newest guest was entered {} minutes in the future", ahead.num_minutes()),
                "set the hotel's time zone to that of HotelDruid's server, and mind `C_DIFF_ORE`",
            )
        })
    }

    async fn triggers(&self) -> Option<Finding> {
        let outbox = Outbox::of(&self.db)?;
        if !self.hotel.settings.triggers {
            return Some(good("changes are found by looking: triggers are turned off"));
        }
        Some(match outbox.epoch().await {
            Ok(Some(_)) => good("triggers note every change"),
            Ok(None) => warning(
                "triggers are missing: changes are found by looking",
                "run `cardex run`, or grant TRIGGER on the hotel's tables and CREATE on the database",
            ),
            Err(error) => failed(&error),
        })
    }
}

/// Every table that is read, with its columns.
fn read_tables(scope: &Scope) -> Vec<(String, &'static [&'static str])> {
    let mut tables: Vec<(String, &'static [&'static str])> = vec![
        ("clienti".to_owned(), Guest::COLUMNS),
        ("appartamenti".to_owned(), Room::COLUMNS),
        ("personalizza".to_owned(), &["idpersonalizza", "idutente", "valpersonalizza"]),
        ("nazioni".to_owned(), &["idnazioni", "nome_nazione"]),
    ];
    if scope.custom {
        tables.push(("relclienti".to_owned(), CustomValue::COLUMNS));
    }
    for year in &scope.years {
        tables.extend([
            (format!("prenota{year}"), Booking::COLUMNS),
            (format!("prenotacanc{year}"), Booking::COLUMNS),
            (format!("periodi{year}"), Period::COLUMNS),
            (format!("costiprenota{year}"), Extra::COLUMNS),
            (format!("rclientiprenota{year}"), Companion::COLUMNS),
            (format!("soldi{year}"), Payment::COLUMNS),
        ]);
    }
    tables
}

/// A write that changes nothing, to learn whether writing is allowed.
fn no_change(db: &Database) -> String {
    format!("update {} set cognome = cognome where 1 = 0", db.table("clienti"))
}

fn good(message: impl Into<String>) -> Finding {
    Finding { severity: Severity::Good, message: message.into(), hint: None }
}

fn warning(message: impl Into<String>, hint: &str) -> Finding {
    Finding { severity: Severity::Warning, message: message.into(), hint: Some(hint.to_owned()) }
}

fn failed(error: &ConnectorError) -> Finding {
    let hint = match error {
        ConnectorError::Unauthorised { .. } => "docs/connectors/hoteldruid.md lists the rights cardex needs",
        ConnectorError::Incompatible { .. } => "check `database`, `schema` and `table_prefix`",
        ConnectorError::Unreachable { .. } => "check host, port or file, and that the server runs",
        ConnectorError::RateLimited { .. }
        | ConnectorError::BatchRefused { .. }
        | ConnectorError::Refused { .. }
        | ConnectorError::Undecodable { .. }
        | ConnectorError::CursorExpired { .. }
        | ConnectorError::Unsupported { .. } => "see the log",
    };
    Finding { severity: Severity::Error, message: error.to_string(), hint: Some(hint.to_owned()) }
}
