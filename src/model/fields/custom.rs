//! Fields that a hotel declares in its configuration: local-law registration data, anything its PMS collects.
//!
//! A custom field never replaces a standard one: its key starts with `x_`.

use smol_str::SmolStr;
use thiserror::Error;

use crate::model::field::{
    Audience, ElementRule, FieldDef, FieldKey, FieldType, Labels, Multiplicity, Registry,
};
use crate::model::policy::{Authority, Direction, Policy};
use crate::model::record::RecordKind;

/// A custom field, in the words of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomField {
    /// `x_` and lower-case letters, digits and `_`.
    pub key: SmolStr,
    /// `text`, `long_text`, `name`, `bool`, `integer`, `date`, `instant`, `local_date`, `money`, `decimal`,
    /// `country`, `language`, `email`, `phone`, `address`, `content` or `choice`.
    pub of: SmolStr,
    /// The words of a `choice`; empty for every other type.
    pub words: Vec<SmolStr>,
    /// Whether a record can have several.
    pub many: bool,
    /// Who wins.
    pub policy: Policy,
    /// Whose value settles what the policy cannot; [`Policy::Owner`] needs one.
    pub owner: Option<Authority>,
    /// Which way it travels.
    pub direction: Direction,
    /// Who may see it.
    pub audience: Audience,
    /// Its words; an empty one shows the English one, and that in turn the key.
    pub labels: Labels,
}

/// What is wrong with a custom field.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CustomFieldError {
    /// The key is not one for a custom field.
    #[error("custom field `{key}`: a key is `x_` followed by lower-case letters, digits and `_`")]
    Key {
        /// The key.
        key: SmolStr,
    },
    /// The same kind of record has a field of this key.
    #[error("custom field `{key}`: it is declared twice")]
    Twice {
        /// The key.
        key: SmolStr,
    },
    /// The type is not known.
    #[error("custom field `{key}`: there is no type `{of}`")]
    Type {
        /// The key.
        key: SmolStr,
        /// The type asked for.
        of: SmolStr,
    },
    /// A choice has no words, or another type has some.
    #[error("custom field `{key}`: words belong to the type `choice`, which needs at least one")]
    Words {
        /// The key.
        key: SmolStr,
    },
    /// The policy cannot judge the field.
    #[error("custom field `{key}`: {why}")]
    Policy {
        /// The key.
        key: SmolStr,
        /// Why.
        why: &'static str,
    },
}

impl Registry {
    /// Adds a field of the hotel's own to `kind`.
    ///
    /// # Errors
    /// [`CustomFieldError`] names the field and what is wrong; the registry is unchanged then.
    pub fn declare_custom(&mut self, kind: RecordKind, field: CustomField) -> Result<(), CustomFieldError> {
        let key = FieldKey::new(field.key.clone());
        if !is_custom_key(&field.key) {
            return Err(CustomFieldError::Key { key: field.key });
        }
        if self.field(kind, &key).is_some() {
            return Err(CustomFieldError::Twice { key: field.key });
        }
        let of = field_type(&field)?;
        if let Some(why) = policy_problem(&field) {
            return Err(CustomFieldError::Policy { key: field.key, why });
        }
        let labels = labels(field.labels, &field.key);
        self.declare(
            kind,
            FieldDef {
                key,
                of,
                multiplicity: if field.many {
                    Multiplicity::Many(ElementRule::Value)
                } else {
                    Multiplicity::One
                },
                policy: field.policy,
                owner: field.owner,
                direction: field.direction,
                audience: field.audience,
                passive: false,
                labels,
            },
        );
        Ok(())
    }
}

fn is_custom_key(key: &str) -> bool {
    key.strip_prefix("x_").is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    })
}

fn field_type(field: &CustomField) -> Result<FieldType, CustomFieldError> {
    let of = match field.of.as_str() {
        "text" => FieldType::Text,
        "long_text" => FieldType::LongText,
        "name" => FieldType::Name,
        "bool" => FieldType::Bool,
        "integer" => FieldType::Integer,
        "date" => FieldType::Date,
        "instant" => FieldType::Instant,
        "local_date" => FieldType::LocalDate,
        "money" => FieldType::Money,
        "decimal" => FieldType::Decimal,
        "country" => FieldType::Country,
        "language" => FieldType::Language,
        "email" => FieldType::Email,
        "phone" => FieldType::Phone,
        "address" => FieldType::Address,
        "content" => FieldType::Content,
        "choice" => FieldType::Choice(forever(&field.words)),
        _ => return Err(CustomFieldError::Type { key: field.key.clone(), of: field.of.clone() }),
    };
    if matches!(of, FieldType::Choice(_)) == field.words.is_empty() {
        return Err(CustomFieldError::Words { key: field.key.clone() });
    }
    Ok(of)
}

/// The words of a choice for the life of the process: a registry is built once, when the configuration is read, and
/// field types are static everywhere else.
fn forever(words: &[SmolStr]) -> &'static [&'static str] {
    let words: Vec<&'static str> = words.iter().map(|word| &*word.to_string().leak()).collect();
    words.leak()
}

fn policy_problem(field: &CustomField) -> Option<&'static str> {
    match field.policy {
        Policy::Owner if field.owner.is_none() => Some("the policy `owner` needs an owner"),
        Policy::Set | Policy::Append if !field.many => Some("the policy needs a field of several values"),
        Policy::Derived => Some("the hub computes no custom field"),
        Policy::Ledger => Some("a custom field is no ledger"),
        Policy::MostRestrictive if field.of != "bool" => Some("the policy `most_restrictive` needs a `bool`"),
        Policy::Owner
        | Policy::Set
        | Policy::Append
        | Policy::MostRestrictive
        | Policy::Quality
        | Policy::Latest
        | Policy::Review => None,
    }
}

fn labels(given: Labels, key: &SmolStr) -> Labels {
    let or = |word: SmolStr, other: &SmolStr| if word.is_empty() { other.clone() } else { word };
    let en = or(given.en, key);
    Labels { es: or(given.es, &en), fr: or(given.fr, &en), en }
}
