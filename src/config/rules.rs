//! From the configuration to the rules that the reconciler goes by: the one place where the two meet.

use std::collections::BTreeMap;

use super::error::{ConfigError, Problems};
use super::policy::{FieldChange, authority};
use super::{Config, known};
use crate::model::field::{FieldDef, FieldKey, Registry};
use crate::model::{Capabilities, RecordKind, SystemId, fields};
use crate::reconcile::{FieldRule, Rules, SystemRules};

impl Config {
    /// The rules for the systems whose capabilities are known; `registry` holds the product's own fields.
    ///
    /// # Errors
    /// `[fields]` changes a field that does not exist, or `[custom_fields]` declares one that cannot be.
    pub fn rules(
        &self,
        mut registry: Registry,
        capabilities: &BTreeMap<SystemId, Capabilities>,
    ) -> Result<Rules, ConfigError> {
        let mut problems = Problems::default();
        self.declare(&mut registry, &mut problems);
        let overrides = self.overrides(&registry, &mut problems);
        problems.into_result()?;
        let systems = self
            .systems
            .iter()
            .map(|(name, system)| (SystemId::new(name.as_str()), system))
            .filter_map(|(id, system)| {
                let able = system.limit(capabilities.get(&id)?.clone());
                let property = self.properties.get(&system.property)?;
                let rules = SystemRules {
                    class: system.side,
                    capabilities: able,
                    creates: system.creates.clone(),
                    internal: system.internal,
                    purpose: system.purpose().map(str::to_owned),
                    clock_offset_seconds: system.clock_offset_s,
                    time_zone: property.time_zone,
                };
                Some((id, rules))
            })
            .collect();
        Ok(Rules { registry, systems, overrides, mail: self.mail.window() })
    }

    /// Every field: the product's own and the hotel's.
    ///
    /// # Errors
    /// `[custom_fields]` declares one that cannot be.
    pub fn registry(&self) -> Result<Registry, ConfigError> {
        let mut problems = Problems::default();
        let mut registry = fields::standard();
        self.declare(&mut registry, &mut problems);
        problems.into_result().map(|()| registry)
    }

    /// Checks both sections of fields against the product's own.
    pub(super) fn validate_fields(&self, problems: &mut Problems) {
        let mut registry = fields::standard();
        self.declare(&mut registry, problems);
        self.overrides(&registry, problems);
    }

    fn declare(&self, registry: &mut Registry, problems: &mut Problems) {
        for (kind, fields) in &self.custom_fields {
            for (key, custom) in fields {
                if let Err(error) = registry.declare_custom(*kind, custom.in_the_model(key)) {
                    problems.add(format!("custom_fields.{kind}.{key}"), error.to_string());
                }
            }
        }
    }

    fn overrides(
        &self,
        registry: &Registry,
        problems: &mut Problems,
    ) -> BTreeMap<(RecordKind, FieldKey), FieldRule> {
        let mut overrides = BTreeMap::new();
        for (kind, fields) in &self.fields {
            for (name, change) in fields {
                let key = FieldKey::new(name.as_str());
                if let Some(field) = registry.field(*kind, &key) {
                    overrides.insert((*kind, key), changed(field, change));
                } else {
                    problems.add_with_hint(
                        format!("fields.{kind}.{name}"),
                        format!("a {kind} has no such field"),
                        known::hint(name, registry.fields(*kind).map(|field| field.key.as_str())),
                    );
                }
            }
        }
        overrides
    }
}

/// The field's rule with what the hotel changes.
fn changed(field: &FieldDef, change: &FieldChange) -> FieldRule {
    let owner = change.owner.as_deref().and_then(authority);
    FieldRule {
        policy: change.policy.unwrap_or(field.policy),
        owner: owner.unwrap_or_else(|| field.owner.clone()),
        direction: change.direction.unwrap_or(field.direction),
    }
}
