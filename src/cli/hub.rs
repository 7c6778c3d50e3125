//! A hub at rest for commands that need the rules: every connector built, none called.

use anyhow::Context as _;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Context;
use crate::config::Config;
use crate::connectors::Connector;
use crate::connectors::registry::{self, ConnectError};
use crate::daemon::build;
use crate::hub::Hub;
use crate::model::SystemId;
use crate::store::Store;

/// The connector of each system, or why it cannot be built.
pub(super) type Connectors = BTreeMap<SystemId, Result<Arc<dyn Connector>, ConnectError>>;

/// Builds the connector of every configured system; one that cannot be built keeps the others company as an error.
pub(super) fn connectors(config: &Config) -> anyhow::Result<Connectors> {
    let registry = Arc::new(config.registry()?);
    let mut connectors = BTreeMap::new();
    for (name, system) in &config.systems {
        let id = SystemId::new(name.as_str());
        let property = config.properties.get(&system.property);
        // Every system names a hotel that exists: the configuration was refused otherwise.
        let property = property.with_context(|| format!("there is no property `{}`", system.property))?;
        let context = registry::Context::of(property, &config.relay, Arc::clone(&registry));
        let connector = registry::connect(&system.connector, &id, &context, system.settings.0.clone());
        connectors.insert(id, connector);
    }
    Ok(connectors)
}

/// The hub over an open store. A system whose connector cannot be built (an operator need not be able to read every
/// secret) is left out, with a word on standard error.
pub(super) fn at_rest(context: &Context, store: Store) -> anyhow::Result<Hub> {
    let mut built = BTreeMap::new();
    for (id, connector) in connectors(&context.config)? {
        match connector {
            Ok(connector) => {
                built.insert(id, connector);
            }
            Err(error) => {
                let error = anyhow::Error::new(error).context(format!("system `{id}` is left out"));
                eprint!("{}", super::told(&error).replacen("error: ", "warning: ", 1));
            }
        }
    }
    build::connect(&context.config, built, store, context.clock.clone())
}
