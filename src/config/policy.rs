//! `[fields]` and `[custom_fields]`: what the hotel changes of a field, and fields of its own.

use serde::Deserialize;
use std::collections::BTreeMap;

use super::error::Problems;
use super::{known, words};
use crate::model::field::{Audience, ElementRule, FieldDef, FieldKey, FieldType, Labels, Multiplicity};
use crate::model::ids::SystemId;
use crate::model::policy::{Authority, Direction, Policy};
use crate::model::record::RecordKind;

/// What every custom field's key begins with, so that it never collides with one of the product.
const CUSTOM_PREFIX: &str = "x_";

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
    #[serde(rename = "type", deserialize_with = "words::choice")]
    pub of: CustomType,
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

/// The types that a field of the hotel's own can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomType {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// Yes or no.
    Bool,
    /// A count.
    Integer,
    /// A decimal number.
    Decimal,
    /// A calendar date.
    Date,
    /// A point in time.
    Instant,
    /// An amount.
    Money,
    /// A country.
    Country,
    /// A language.
    Language,
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

    /// The field as the model declares fields.
    pub(super) fn declare(&self, key: &str) -> FieldDef {
        let or_english =
            |text: &String| if text.is_empty() { self.label.as_str().into() } else { text.into() };
        FieldDef {
            key: FieldKey::new(key),
            of: self.of.in_the_model(),
            multiplicity: if self.many { Multiplicity::Many(ElementRule::Value) } else { Multiplicity::One },
            policy: self.policy,
            owner: authority(&self.owner).unwrap_or(None),
            direction: self.direction,
            audience: self.audience,
            passive: false,
            labels: Labels {
                en: self.label.as_str().into(),
                es: or_english(&self.label_es),
                fr: or_english(&self.label_fr),
            },
        }
    }
}

impl CustomType {
    const fn in_the_model(self) -> FieldType {
        match self {
            Self::Text => FieldType::Text,
            Self::LongText => FieldType::LongText,
            Self::Bool => FieldType::Bool,
            Self::Integer => FieldType::Integer,
            Self::Decimal => FieldType::Decimal,
            Self::Date => FieldType::Date,
            Self::Instant => FieldType::Instant,
            Self::Money => FieldType::Money,
            Self::Country => FieldType::Country,
            Self::Language => FieldType::Language,
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

/// Checks both sections against the names of the systems.
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
            let key = format!("custom_fields.{kind}.{field}");
            let plain = |text: &str| {
                !text.is_empty()
                    && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
            };
            let named = field.strip_prefix(CUSTOM_PREFIX).is_some_and(plain);
            problems.require(
                named,
                &*key,
                "the key of a field of your own begins with `x_`, then a-z, 0-9 and `_`",
            );
            problems.require(!custom.label.is_empty(), format!("{key}.label"), "it is empty");
            check_owner(format!("{key}.owner"), &custom.owner, systems, problems);
            let derived = matches!(custom.policy, Policy::Derived | Policy::Ledger);
            problems.require(
                !derived,
                format!("{key}.policy"),
                "only the product itself declares such a field",
            );
        }
    }
}
