//! The years a hotel has: HotelDruid keeps a set of tables for each.

use std::collections::BTreeMap;

use super::database::{Database, Flavour};
use crate::connectors::ConnectorError;

/// The tables of a year that are read.
pub(super) const YEAR_TABLES: [&str; 6] =
    ["prenota", "prenotacanc", "periodi", "costiprenota", "rclientiprenota", "soldi"];
/// The tables that every HotelDruid has once.
pub(super) const COMMON_TABLES: [&str; 5] =
    ["versioni", "clienti", "relclienti", "appartamenti", "personalizza"];

/// The years whose tables are all there, oldest first.
///
/// A year that is being created has only some of its tables yet; it is left for the next call.
///
/// # Errors
/// Whatever the database answers.
pub(super) async fn years(db: &Database, first: Option<i32>) -> Result<Vec<i32>, ConnectorError> {
    let mut found: BTreeMap<i32, usize> = BTreeMap::new();
    for name in tables(db).await? {
        let name = name.strip_prefix(db.prefix()).unwrap_or_default();
        let digits = name.find(|c: char| c.is_ascii_digit()).unwrap_or(name.len());
        let (stem, year) = name.split_at(digits);
        if let (true, Ok(year)) = (YEAR_TABLES.contains(&stem), year.parse::<i32>()) {
            *found.entry(year).or_default() += 1;
        }
    }
    let whole = found.into_iter().filter(|(_, count)| *count == YEAR_TABLES.len()).map(|(year, _)| year);
    Ok(whole.filter(|year| first.is_none_or(|first| *year >= first)).collect())
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
    };
    let rows = db.rows(sql, &[]).await?;
    Ok(rows.into_iter().filter_map(|row| row.0.into_iter().next().flatten()).collect())
}
