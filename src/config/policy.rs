//! `[fields]` and `[custom_fields]`: what the hotel changes of a field, and fields of its own.

use serde::Deserialize;
use smol_str::SmolStr;
use std::collections::BTreeMap;

use super::error::Problems;
use super::{known, words};
use crate::model::field::{Audience, Labels};
use crate::model::fields;
use crate::model::ids::SystemId;
use crate::model::policy::{Authority, Direction, Policy};
use crate::model::record::RecordKind;

/// By kind of record, then by field.
pub type ByField<T> = BTreeMap<RecordKind, BTreeMap<String, T>>;

/// What the hotel changes of a field; what is not said stays as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FieldChange {
    /// Who wins.
    #[serde(deserialize_with = "words::maybe")]
    pub policy: Option<Policy>,
    /// Whose value settles what the policy cannot.
    pub owner: Option<String>,
    /// Which way values travel.
    #[serde(deserialize_with = "words::maybe")]
    pub direction: Option<Direction>,
}

/// A field of the hotel's own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomField {
    /// The type of its values.
    #[serde(rename = "type")]
    pub of: String,
    /// The words of a `choice`.
    #[serde(default)]
    pub words: Vec<String>,
    /// Whether a record has several.
    #[serde(default)]
    pub many: bool,
    /// Who wins.
    #[serde(default = "CustomField::default_policy", deserialize_with = "words::choice")]
    pub policy: Policy,
    /// Whose value settles what the policy cannot.
    #[serde(default = "CustomField::default_owner")]
    pub owner: String,
    /// Which way values travel.
    #[serde(default = "CustomField::default_direction", deserialize_with = "words::choice")]
    pub direction: Direction,
    /// Who may see it.
    #[serde(default = "CustomField::default_audience", deserialize_with = "words::choice")]
    pub audience: Audience,
    /// The English word for it.
    pub label: String,
    /// The Spanish word, where it differs.
    #[serde(default)]
    pub label_es: String,
    /// The French word, where it differs.
    #[serde(default)]
    pub label_fr: String,
}

impl CustomField {
    const fn default_policy() -> Policy {
        Policy::Owner
    }

    fn default_owner() -> String {
        "crm".to_owned()
    }

    const fn default_direction() -> Direction {
        Direction::Both
    }

    const fn default_audience() -> Audience {
        Audience::All
    }

    /// The field in the words of the model.
    pub(super) fn in_the_model(&self, key: &str) -> fields::CustomField {
        fields::CustomField {
            key: key.into(),
            of: self.of.as_str().into(),
            words: self.words.iter().map(SmolStr::from).collect(),
            many: self.many,
            policy: self.policy,
            owner: authority(&self.owner).unwrap_or(None),
            direction: self.direction,
            audience: self.audience,
            labels: Labels {
                en: self.label.as_str().into(),
                es: self.label_es.as_str().into(),
                fr: self.label_fr.as_str().into(),
            },
        }
    }
}

/// Reads `pms`, `crm`, `none` or `system:<name>`; the outer `None` means that it is none of these.
#[expect(clippy::option_option, reason = "no owner is a choice, and differs from a word that cannot be read")]
pub(super) fn authority(text: &str) -> Option<Option<Authority>> {
    use crate::model::capabilities::SystemClass;
    match text {
        "pms" => Some(Some(Authority::Side(SystemClass::Pms))),
        "crm" => Some(Some(Authority::Side(SystemClass::Crm))),
        "none" => Some(None),
        _ => text.strip_prefix("system:").map(|name| Some(Authority::System(SystemId::new(name)))),
    }
}

/// Notes an owner that cannot be read or is not configured.
fn check_owner(key: String, owner: &str, systems: &[&str], problems: &mut Problems) {
    match authority(owner) {
        None => problems.add(key, format!("`{owner}` is none of `pms`, `crm`, `none` and `system:<name>`")),
        Some(Some(Authority::System(name))) if !systems.contains(&name.as_str()) => {
            let hint = known::hint(name.as_str(), systems.iter().copied());
            problems.add_with_hint(key, format!("there is no system `{name}`"), hint);
        }
        Some(Some(Authority::System(_) | Authority::Side(_)) | None) => {}
    }
}

/// Checks the owners in both sections against the names of the systems, and the policies that a hotel may choose.
pub(super) fn validate(
    changes: &ByField<FieldChange>,
    customs: &ByField<CustomField>,
    systems: &[&str],
    problems: &mut Problems,
) {
    for (kind, fields) in changes {
        for (field, change) in fields {
            let key = format!("fields.{kind}.{field}");
            if let Some(owner) = &change.owner {
                check_owner(format!("{key}.owner"), owner, systems, problems);
            }
            let derived = matches!(change.policy, Some(Policy::Derived | Policy::Ledger));
            problems.require(
                !derived,
                format!("{key}.policy"),
                "only the product itself declares such a field",
            );
        }
    }
    for (kind, fields) in customs {
        for (field, custom) in fields {
            let key = format!("custom_fields.{kind}.{field}.owner");
            check_owner(key, &custom.owner, systems, problems);
        }
    }
}
