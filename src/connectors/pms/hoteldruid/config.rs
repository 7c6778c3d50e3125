//! The settings of a HotelDruid system: where its database is, and what its words mean in this hotel.
//!
//! Nothing here opens a connection. `config/examples/hoteldruid.toml` shows every key.

use chrono::{NaiveTime, TimeDelta};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

use crate::connectors::registry::ConnectError;
use crate::model::SystemId;
use crate::model::normalise::placeholder::Placeholders;

/// The section of one HotelDruid system.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// Where the data is.
    pub(super) database: DatabaseSettings,
    /// What stands in front of every table name (`HOTELD_TAB_PRE`).
    #[serde(default)]
    pub(super) table_prefix: String,
    /// The first year whose bookings are looked at; all years when absent.
    pub(super) first_year: Option<i32>,
    /// Install triggers in PostgreSQL, so that a change is known at once. Without them it is found by scanning.
    #[serde(default = "yes")]
    pub(super) triggers: bool,
    /// How often the SQLite file is asked whether it changed, in milliseconds.
    #[serde(default = "default_signal_poll")]
    pub(super) signal_poll_ms: u64,
    /// When a confirmed booking without check-in is a no-show; never when absent.
    pub(super) no_show: Option<NoShow>,
    /// Which guests are really companies.
    #[serde(default)]
    pub(super) companies: Companies,
    /// What rooms are called by category. The first rule that fits counts.
    #[serde(default)]
    pub(super) room_categories: Vec<RoomCategory>,
    /// What rates include. The first rule that fits counts.
    #[serde(default)]
    pub(super) boards: Vec<BoardRule>,
    /// What the origins of bookings are.
    #[serde(default)]
    pub(super) channels: Vec<ChannelRule>,
    /// The hotel's own guest fields that are read, by their name in HotelDruid.
    #[serde(default)]
    pub(super) custom_fields: Vec<CustomField>,
    /// The names, singular or plural, of person categories that are children.
    #[serde(default)]
    pub(super) children: Vec<String>,
    /// The names, singular or plural, of person categories that are infants.
    #[serde(default)]
    pub(super) infants: Vec<String>,
    /// What the desk types instead of nothing.
    #[serde(default)]
    pub(super) placeholders: Placeholders,
    /// Read identity documents; they leave cardex only for a recorded purpose.
    #[serde(default)]
    pub(super) identity_documents: bool,
}

/// Where HotelDruid keeps its data.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(super) enum DatabaseSettings {
    /// A file on this machine.
    Sqlite {
        /// `db_hoteldruid` in HotelDruid's data directory.
        file: PathBuf,
    },
    /// A server.
    Postgresql {
        /// Its host, or the directory of its socket.
        host: String,
        /// Its port.
        #[serde(default = "default_port")]
        port: u16,
        /// The database.
        name: String,
        /// The account that cardex uses.
        user: String,
        /// The file or credential that holds its password; none for peer or trust authentication.
        password_file: Option<String>,
        /// `disable`, `prefer`, `require` or `verify-full`.
        #[serde(default = "default_tls")]
        tls: String,
        /// The schema of HotelDruid's tables.
        #[serde(default = "default_schema")]
        schema: String,
        /// The schema that cardex keeps its triggers' function and list of changes in.
        #[serde(default = "default_trigger_schema")]
        trigger_schema: String,
    },
    /// A MariaDB server. Changes are found there by looking.
    Mariadb(MariadbServer),
}

/// A MariaDB server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MariadbServer {
    /// Its host, or the file of its socket.
    pub(super) host: String,
    /// Its port.
    #[serde(default = "default_mariadb_port")]
    pub(super) port: u16,
    /// The database.
    pub(super) name: String,
    /// The account that cardex uses.
    pub(super) user: String,
    /// The file or credential that holds its password.
    pub(super) password_file: Option<String>,
    /// `disable`, `prefer`, `require` or `verify-full`.
    #[serde(default = "default_tls")]
    pub(super) tls: String,
}

/// When a booking whose guest has not checked in is a no-show.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoShow {
    /// The hotel-local time, on the day after the planned arrival.
    pub(super) at: NaiveTime,
    /// Hours to wait beyond it.
    #[serde(default)]
    pub(super) grace_hours: u16,
}

impl NoShow {
    pub(super) fn grace(self) -> TimeDelta {
        TimeDelta::hours(i64::from(self.grace_hours))
    }
}

/// How a company is told from a guest: HotelDruid keeps both in one table and marks neither.
#[derive(Debug, Default, Deserialize)]
#[serde(tag = "when", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Companies {
    /// Every entry is a person.
    #[default]
    Never,
    /// It has a VAT number and no given name.
    VatNumberWithoutName,
    /// It has one of these titles.
    Title {
        /// The titles, as HotelDruid shows them.
        titles: Vec<String>,
    },
    /// A field of the hotel's own says so.
    CustomField {
        /// The field's name in HotelDruid.
        field: String,
        /// Its value for a company; any value when absent.
        value: Option<String>,
    },
}

/// A rule that gives a room its category. Every condition that is named must hold.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoomCategory {
    pub(super) category: String,
    #[serde(default)]
    pub(super) rooms: Vec<String>,
    pub(super) floor: Option<String>,
    pub(super) house: Option<String>,
    pub(super) rate: Option<String>,
}

/// What a rate includes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BoardRule {
    pub(super) rate: String,
    pub(super) board: String,
}

/// What an origin is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChannelRule {
    pub(super) origin: String,
    pub(super) channel: String,
}

/// A field of the hotel's own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomField {
    pub(super) name: String,
    pub(super) field: String,
}

const fn yes() -> bool {
    true
}

const fn default_port() -> u16 {
    5432
}

const fn default_mariadb_port() -> u16 {
    3306
}

const fn default_signal_poll() -> u64 {
    500
}

fn default_tls() -> String {
    "prefer".to_owned()
}

fn default_schema() -> String {
    "public".to_owned()
}

fn default_trigger_schema() -> String {
    "cardex".to_owned()
}

impl Settings {
    /// Reads the section and checks what its types cannot say.
    ///
    /// # Errors
    /// [`ConnectError::BadSettings`] names the key.
    pub(super) fn read(system: &SystemId, settings: config::Value) -> Result<Self, ConnectError> {
        let bad = |why: String| ConnectError::BadSettings { system: system.clone(), why };
        let settings: Self = settings.try_deserialize().map_err(|error| bad(error.to_string()))?;
        for (key, name) in settings.identifiers() {
            let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !plain || name.len() > 40 {
                return Err(bad(format!("`{key}` may hold only letters, digits and `_`, at most 40")));
            }
        }
        if settings.signal_poll_ms < 50 {
            return Err(bad("`signal_poll_ms` is at least 50".to_owned()));
        }
        if let Some(rule) = settings.room_categories.iter().find(|rule| rule.is_empty()) {
            return Err(bad(format!(
                "room category `{}` needs `rooms`, `floor`, `house` or `rate`",
                rule.category
            )));
        }
        Ok(settings)
    }

    /// The names that are pasted into SQL, with their keys.
    fn identifiers(&self) -> Vec<(&'static str, &str)> {
        let mut names = vec![("table_prefix", self.table_prefix.as_str())];
        if let DatabaseSettings::Postgresql { schema, trigger_schema, .. } = &self.database {
            names.push(("database.schema", schema));
            names.push(("database.trigger_schema", trigger_schema));
        }
        names
    }

    /// Whether `relclienti` is looked at at all.
    pub(super) const fn reads_custom_fields(&self) -> bool {
        !self.custom_fields.is_empty() || matches!(self.companies, Companies::CustomField { .. })
    }

    /// How often the SQLite file is asked whether it changed.
    pub(super) const fn signal_poll(&self) -> Duration {
        Duration::from_millis(self.signal_poll_ms)
    }
}

impl RoomCategory {
    fn is_empty(&self) -> bool {
        self.rooms.is_empty() && self.floor.is_none() && self.house.is_none() && self.rate.is_none()
    }

    /// Whether a room with these marks, sold at this rate, is of the category.
    pub(super) fn fits(&self, room: &str, floor: &str, house: &str, rate: &str) -> bool {
        let is = |wanted: &Option<String>, has: &str| wanted.as_deref().is_none_or(|wanted| wanted == has);
        (self.rooms.is_empty() || self.rooms.iter().any(|wanted| wanted == room))
            && is(&self.floor, floor)
            && is(&self.house, house)
            && is(&self.rate, rate)
    }
}
