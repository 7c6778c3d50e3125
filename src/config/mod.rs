//! The configuration: one struct per section, layers that override one another, and messages that name the key.
//!
//! It holds no secret, only the names of files that do. It knows no vendor: the settings of a connector pass
//! through unread.

mod error;
mod known;
mod layers;
pub mod policy;
pub mod properties;
mod rules;
pub mod secret;
pub mod service;
mod show;
pub mod store;
pub mod systems;
#[cfg(test)]
mod tests;
mod words;
pub mod work;

use config::{Value, ValueKind};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

pub use error::{ConfigError, Problem, Problems};
pub use layers::Sources;
pub use policy::{ByField, CustomField, FieldChange};
pub use properties::Property;
pub use service::{Log, LogFormat, ProxySignIn, Service};
pub use show::{NextRuns, Setting};
pub use store::Store;
pub use systems::{Settings, System};
pub use work::{Duplicates, Guard, Mail, Queue, Relay, Retry};

use crate::model::RecordKind;
use known::Keys;

/// Everything the operator has decided.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the hub keeps its records.
    pub store: Store,
    /// Where the daemon answers.
    pub service: Service,
    /// What the log looks like.
    pub log: Log,
    /// The hotels, by name.
    #[serde(default)]
    pub properties: BTreeMap<String, Property>,
    /// The PMSs and CRMs, by name.
    #[serde(default)]
    pub systems: BTreeMap<String, System>,
    /// What the hotel changes of a field.
    #[serde(default)]
    pub fields: ByField<FieldChange>,
    /// Fields of the hotel's own.
    #[serde(default)]
    pub custom_fields: ByField<CustomField>,
    /// How the queues are worked off.
    pub queue: Queue,
    /// The waits between tries.
    pub retry: Retry,
    /// When a cycle would do too much at once.
    pub guard: Guard,
    /// When mails go out.
    pub mail: Mail,
    /// Addresses that travel agencies put in the place of a guest's own.
    pub relay: Relay,
    /// How duplicates are searched.
    pub duplicates: Duplicates,
    /// The tree that the rest was read from, for `settings`.
    #[serde(skip)]
    effective: Settings,
}

/// Which keys there are.
fn keys() -> Keys {
    let by_field = |keys: fn() -> Keys| Keys::These(RecordKind::ALL.map(|kind| (kind.name(), keys())).into());
    Keys::of::<Config>(vec![
        ("store", Keys::of::<Store>(vec![])),
        ("service", Keys::of::<Service>(vec![("proxy_sign_in", Keys::of::<ProxySignIn>(vec![]))])),
        ("log", Keys::of::<Log>(vec![])),
        ("properties", Keys::named::<Property>(vec![])),
        ("property_defaults", Keys::of::<properties::PropertyDefaults>(vec![])),
        ("systems", Keys::named::<System>(vec![])),
        ("system_defaults", Keys::of::<systems::SystemDefaults>(vec![])),
        ("fields", by_field(|| Keys::named::<FieldChange>(vec![]))),
        ("custom_fields", by_field(|| Keys::named::<CustomField>(vec![]))),
        ("queue", Keys::of::<Queue>(vec![])),
        ("retry", Keys::of::<Retry>(vec![])),
        ("guard", Keys::of::<Guard>(vec![])),
        ("mail", Keys::of::<Mail>(vec![])),
        ("relay", Keys::of::<Relay>(vec![])),
        ("duplicates", Keys::of::<Duplicates>(vec![])),
    ])
}

/// The tables that hotels and systems inherit from.
#[derive(Deserialize)]
struct Defaults {
    #[serde(rename = "property_defaults")]
    _property: properties::PropertyDefaults,
    #[serde(rename = "system_defaults")]
    _system: systems::SystemDefaults,
}

/// Reads a type from the tree, or from these of its tables only.
fn read<T: DeserializeOwned>(tree: &Value, tables: &[&str]) -> Result<T, ConfigError> {
    let mut part = tree.clone();
    if let (ValueKind::Table(root), false) = (&mut part.kind, tables.is_empty()) {
        root.retain(|name, _| tables.contains(&name.as_str()));
    }
    part.try_deserialize().map_err(|error| error::from_library(error, tree))
}

impl Config {
    /// Reads, merges and checks all layers.
    ///
    /// # Errors
    /// [`ConfigError`] names every unknown key, or the first value that cannot be read, or every value that is out
    /// of range, with the file it was set in.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        let mut tree = sources.merge()?;
        let mut problems = Problems::default();
        keys().check("", &tree, &mut problems);
        problems.into_result()?;
        // The defaults first: a mistake there would else be reported at whichever hotel or system inherits it.
        read::<Defaults>(&tree, layers::INHERITED.map(|(_, defaults)| defaults).as_slice())?;
        layers::inherit(&mut tree);
        let mut config: Self = read(&tree, &[])?;
        config.effective = Settings(tree);
        config.complete(sources);
        config.validate()?;
        Ok(config)
    }

    fn complete(&mut self, sources: &Sources) {
        self.store.default_to(&sources.state_folder());
        for (name, property) in &mut self.properties {
            property.complete(name);
        }
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let mut problems = Problems::default();
        self.store.validate(&mut problems);
        self.service.validate(&mut problems);
        self.log.validate(&mut problems);
        for (name, property) in &self.properties {
            property.validate(name, &mut problems);
        }
        for (name, system) in &self.systems {
            system.validate(name, &mut problems);
            if !self.properties.contains_key(&system.property) {
                problems.add_with_hint(
                    format!("systems.{name}.property"),
                    format!("there is no property `{}`", system.property),
                    known::hint(&system.property, self.properties.keys().map(String::as_str)),
                );
            }
        }
        let systems: Vec<&str> = self.systems.keys().map(String::as_str).collect();
        policy::validate(&self.fields, &self.custom_fields, &systems, &mut problems);
        self.validate_fields(&mut problems);
        self.queue.validate(&mut problems);
        self.retry.validate(&mut problems);
        self.guard.validate(&mut problems);
        self.mail.validate(&mut problems);
        self.relay.validate(&mut problems);
        problems.locate(&self.effective.0);
        problems.into_result()
    }
}
