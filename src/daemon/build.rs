//! From the configuration to a hub at rest: opens the store, builds every connector, derives the rules.

use anyhow::{Context as _, Result, anyhow};
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::config::{self, Config};
use crate::connectors::{Connector, registry};
use crate::hub::{Hub, Matching, System, SystemSettings};
use crate::model::value::Purpose;
use crate::model::{Capabilities, RecordKind, SystemId, fields};
use crate::queue::budget::Budget;
use crate::queue::pushes::PushSettings;
use crate::reconcile::guard::Limits;
use crate::store::{Health, Store, StoreSettings};

/// How long a record must stay unfindable before it is taken for gone: longer than any request of a PMS that
/// deletes a row and inserts it again.
const ABSENCE_GRACE: Duration = Duration::from_secs(5);

/// Opens the store and builds every configured system. Nothing runs yet, and no system has been called.
///
/// # Errors
/// Says which part of the configuration does not work.
pub async fn assemble(config: &Config, clock: Clock) -> Result<Hub> {
    let connectors = connectors(config)?;
    let store = Store::open(&store_settings(config)?).await.context("could not open the store")?;
    let hub = connect(config, connectors, store, clock)?;
    for system in hub.systems.values() {
        let state = hub.store.system_state(&system.id).await?;
        system.set_halted(state.health != Health::Running);
    }
    Ok(hub)
}

/// The hub of a store that is open already.
///
/// # Errors
/// A field is configured that does not exist.
pub fn connect(
    config: &Config,
    connectors: BTreeMap<SystemId, Arc<dyn Connector>>,
    store: Store,
    clock: Clock,
) -> Result<Hub> {
    let capabilities: BTreeMap<SystemId, Capabilities> =
        connectors.iter().map(|(id, connector)| (id.clone(), connector.capabilities().clone())).collect();
    let rules = config.rules(fields::standard(), &capabilities)?;
    let mut systems = BTreeMap::new();
    for (id, connector) in connectors {
        let section =
            config.systems.get(id.as_str()).ok_or_else(|| anyhow!("system `{id}` is not configured"))?;
        let property = property(config, &id, section)?;
        let able = section.limit(connector.capabilities().clone());
        let budget = Budget::new(able.rate, section.reserved_share);
        let settings = settings(config, section, property, &able);
        systems.insert(id.clone(), Arc::new(System::new(id, connector, able, budget, settings)));
    }
    let matching = Arc::new(matching(config));
    Ok(Hub { store, rules: Arc::new(rules), clock, systems: Arc::new(systems), matching })
}

/// Builds the connector of every configured system.
///
/// # Errors
/// Names the system, the key and what is wrong with it.
pub fn connectors(config: &Config) -> Result<BTreeMap<SystemId, Arc<dyn Connector>>> {
    let mut connectors = BTreeMap::new();
    let fields = Arc::new(config.registry()?);
    for (name, section) in &config.systems {
        let id = SystemId::new(name.as_str());
        let property = property(config, &id, section)?;
        let context = registry::Context::of(property, &config.relay, Arc::clone(&fields));
        let connector = registry::connect(&section.connector, &id, &context, section.settings.0.clone())
            .with_context(|| format!("could not set up system `{id}`"))?;
        connectors.insert(id, connector);
    }
    Ok(connectors)
}

/// What the store is opened with.
///
/// # Errors
/// The password's file cannot be read.
pub fn store_settings(config: &Config) -> Result<StoreSettings> {
    let url = config.store.connect_url().context("could not read `store.password_file`")?;
    Ok(StoreSettings {
        max_connections: config.store.max_connections,
        statement_timeout: config.store.statement_timeout(),
        busy_timeout: config.store.busy_timeout(),
        ..StoreSettings::of(url)
    })
}

fn matching(config: &Config) -> Matching {
    let country = |(name, section): (&String, &config::System)| {
        let property = config.properties.get(&section.property)?;
        Some((SystemId::new(name.as_str()), property.country.as_str().into()))
    };
    Matching {
        schedule: Some(config.duplicates.schedule.clone()),
        time_zone: config.properties.values().next().map_or(Tz::UTC, |property| property.time_zone),
        merge_identity: config.duplicates.merge_identity,
        learn: config.duplicates.learn,
        households: config.duplicates.households,
        purpose: config.duplicates.purpose().map(Purpose::recorded),
        relays: config.relay.domains.clone(),
        countries: config.systems.iter().filter_map(country).collect(),
    }
}

fn property<'a>(config: &'a Config, id: &SystemId, section: &config::System) -> Result<&'a config::Property> {
    config.properties.get(&section.property).ok_or_else(|| {
        anyhow!("system `{id}` names the property `{}`, which is not configured", section.property)
    })
}

fn settings(
    config: &Config,
    section: &config::System,
    property: &config::Property,
    able: &Capabilities,
) -> SystemSettings {
    let kinds = RecordKind::ALL.into_iter().filter(|kind| able.kinds.get(kind).is_some_and(|kind| kind.read));
    SystemSettings {
        kinds: kinds.collect(),
        property: section.property.as_str().into(),
        time_zone: property.time_zone,
        night_audit: property.night_audit,
        poll: section.poll.clone(),
        sweep: section.sweep.clone(),
        lease: config.queue.lease(),
        claim: u32::try_from(config.queue.claim).unwrap_or(u32::MAX),
        idle_poll: config.queue.idle_poll(),
        retry: section.retry(&config.retry),
        park_ratio: section.park_ratio,
        park_window: section.park_min as usize,
        guard: Limits {
            deletions_min: config.guard.deletions_min,
            deletions_ratio: config.guard.deletions_ratio,
            field_min: config.guard.field_min,
            field_ratio: config.guard.field_ratio,
        },
        merges: section.merges,
        push: PushSettings { per_second: section.push_limit, silence: section.push_silence },
        absence_grace: ABSENCE_GRACE,
    }
}
