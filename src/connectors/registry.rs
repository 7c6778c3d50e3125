//! Which connectors there are: one line each.

use std::sync::Arc;

use secrecy::SecretString;

use super::Connector;
use crate::config::{Property, Relay, secret};
use crate::model::SystemId;
use crate::model::field::Registry;
use crate::model::normalise::email::Relays;

/// What a connector is built from: its section of the configuration, still as the configuration library holds it.
pub type Settings = config::Value;

/// Builds the connector of `system`. Every vendor folder has one of these, called `connect`.
///
/// It validates the settings (with `deny_unknown_fields`) and opens no connection.
pub type Connect =
    fn(system: &SystemId, context: &Context, settings: Settings) -> Result<Arc<dyn Connector>, ConnectError>;

/// What every connector is told beside its own settings.
#[derive(Debug, Clone)]
pub struct Context {
    /// The code of the hotel that the system belongs to.
    pub property: String,
    /// The time zone of the hotel's wall clock.
    pub time_zone: chrono_tz::Tz,
    /// The country whose dialling code a phone number without one has: ISO 3166-1 alpha-2.
    pub default_region: String,
    /// ISO 4217 code of amounts that come without one.
    pub currency: String,
    /// The domains at which booking portals relay mail to a guest.
    pub relays: Relays,
    /// Every field, the hotel's own included, for connectors whose systems speak of fields by their keys.
    pub registry: Arc<Registry>,
}

impl Context {
    /// What a connector is told of the hotel that its system belongs to, of the site's relays, and of every field:
    /// what [`crate::config::Config::registry`] gives.
    pub fn of(property: &Property, relay: &Relay, registry: Arc<Registry>) -> Self {
        Self {
            property: property.code.clone(),
            time_zone: property.time_zone,
            default_region: property.phone_region.clone(),
            currency: property.currency.clone(),
            relays: Relays::with(&relay.domains),
            registry,
        }
    }
}

/// A connector could not be built from its settings.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// There is no connector of this name.
    #[error("there is no connector `{name}`")]
    UnknownConnector {
        /// The name in the configuration.
        name: String,
    },
    /// The settings do not fit.
    #[error("the settings of system `{system}` do not fit: {why}")]
    BadSettings {
        /// The system.
        system: SystemId,
        /// Which key, and what is wrong with it, without secrets.
        why: String,
    },
    /// A secret's file cannot be read.
    #[error("the secret of system `{system}` cannot be read from `{path}`")]
    Secret {
        /// The system.
        system: SystemId,
        /// The file.
        path: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// The HTTP client or the database driver could not be set up.
    #[error("the connector of system `{system}` could not be set up")]
    Setup {
        /// The system.
        system: SystemId,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The connectors, by the name that the configuration uses.
pub const CONNECTORS: &[(&str, Connect)] = &[
    (super::pms::files::NAME, super::pms::files::connect),
    ("hoteldruid", super::pms::hoteldruid::connect),
    ("hubspot", super::crm::hubspot::connect),
    ("mews", super::pms::mews::connect),
    ("open", super::open::connect),
    ("tryton", super::crm::tryton::connect),
];

/// Reads the secret called `name` for `system`.
///
/// # Errors
/// [`ConnectError::Secret`] names the file.
pub fn secret(system: &SystemId, name: &str) -> Result<SecretString, ConnectError> {
    secret::read(name).map_err(|source| ConnectError::Secret {
        system: system.clone(),
        path: secret::path_of(name).display().to_string(),
        source,
    })
}

/// Builds the connector called `name`.
///
/// # Errors
/// [`ConnectError`] names the system, the key and what is wrong.
pub fn connect(
    name: &str,
    system: &SystemId,
    context: &Context,
    settings: Settings,
) -> Result<Arc<dyn Connector>, ConnectError> {
    let (_, connect) = CONNECTORS
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| ConnectError::UnknownConnector { name: name.to_owned() })?;
    connect(system, context, settings)
}
