//! The years a hotel has: HotelDruid keeps a set of tables for each.

use std::collections::BTreeMap;

use super::config::Settings;
use super::database::{Database, Flavour};
use crate::connectors::ConnectorError;

/// The tables of a year that are read.
const YEAR_TABLES: [&str; 6] =
    ["prenota", "prenotacanc", "periodi", "costiprenota", "rclientiprenota", "soldi"];
/// The tables that every HotelDruid has once.
const COMMON_TABLES: [&str; 5] = ["versioni", "clienti", "relclienti", "appartamenti", "personalizza"];

/// What of the hotel is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scope {
    /// The years whose tables are all there, oldest first.
    pub(super) years: Vec<i32>,
    /// Whether the hotel's own fields are read.
    pub(super) custom: bool,
}

impl Scope {
    /// The scope of the database as it is now.
    ///
    /// # Errors
    /// [`ConnectorError::Incompatible`] names the table that is missing.
    pub(super) async fn now(db: &Database, settings: &Settings) -> Result<Self, ConnectorError> {
        let present = tables(db).await?;
        for table in COMMON_TABLES {
            let name = format!("{}{table}", db.prefix());
            if !present.contains(&name) {
                return Err(db.incompatible(format!("there is no table `{name}`")));
            }
        }
        let years = years(db, &present, settings.first_year);
        if years.is_empty() {
            return Err(db.incompatible("it has no year with all its tables"));
        }
        Ok(Self { years, custom: settings.reads_custom_fields() })
    }
}

/// A year that is being created has only some of its tables yet; it is left for the next call.
fn years(db: &Database, present: &[String], first: Option<i32>) -> Vec<i32> {
    let mut found: BTreeMap<i32, usize> = BTreeMap::new();
    for name in present {
        let name = name.strip_prefix(db.prefix()).unwrap_or_default();
        let digits = name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len());
        let (stem, year) = name.split_at(digits);
        if let (true, Ok(year)) = (YEAR_TABLES.contains(&stem), year.parse::<i32>()) {
            *found.entry(year).or_default() += 1;
        }
    }
    let whole = found.into_iter().filter(|(_, count)| *count == YEAR_TABLES.len()).map(|(year, _)| year);
    whole.filter(|year| first.is_none_or(|first| *year >= first)).collect()
}

/// The names of all tables in HotelDruid's schema, prefix included.
///
/// # Errors
/// Whatever the database answers.
pub(super) async fn tables(db: &Database) -> Result<Vec<String>, ConnectorError> {
    let sql = match &db.flavour {
        Flavour::Postgres { schema, .. } => format!(
            "select cast(c.relname as text) from pg_catalog.pg_class c
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             where n.nspname = '{schema}' and c.relkind = 'r'"
        ),
        Flavour::Sqlite { .. } => {
            "select cast(name as blob) from sqlite_master where type = 'table'".to_owned()
        }
        Flavour::Mariadb { .. } => format!(
            "select {} from information_schema.tables
             where table_schema = database() and table_type = 'BASE TABLE'",
            super::mariadb::as_text("table_name")
        ),
    };
    let rows = db.rows(sql, &[]).await?;
    Ok(rows.into_iter().filter_map(|row| row.0.into_iter().next().flatten()).collect())
}
