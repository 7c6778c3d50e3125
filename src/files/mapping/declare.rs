//! What the files can show, as a mapping says: the fields of each kind, and what they leave out of a value.

use std::collections::BTreeMap;

use super::compile::{FieldPlan, Plan, Take};
use crate::model::field::{FieldDef, FieldType, Multiplicity};
use crate::model::form::{Form, Keeps};
use crate::model::{FieldCapability, KindCapabilities, RecordKind};

impl Plan {
    /// Whether its rows can be of this kind.
    pub(crate) fn shows(&self, kind: RecordKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Adds what this mapping shows to what other mappings of the same system do.
    pub(crate) fn declare(&self, kinds: &mut BTreeMap<RecordKind, KindCapabilities>) {
        for kind in &self.kinds {
            let shown = kinds.entry(*kind).or_default();
            shown.read = true;
            for field in &self.fields {
                let Some(def) = field.of.get(kind) else { continue };
                let form = form(field, def, self.most_rows.is_some());
                let form = match shown.fields.remove(&field.key) {
                    Some(known) => wider(&known.form, &form),
                    None => form,
                };
                let capability = FieldCapability::read_only().with_form(form);
                shown.fields.insert(field.key.clone(), capability);
            }
        }
    }
}

/// What the files keep of a value: what no rule of the field gives is not known there, and nobody has taken it away.
fn form(field: &FieldPlan, def: &FieldDef, has_several_rows: bool) -> Form {
    let any = |has: fn(&Take) -> bool| field.takes.iter().any(has);
    let has_region = |take: &Take| take.parts.iter().any(|(part, _)| part == "region");
    let keeps = match def.of {
        FieldType::Email | FieldType::Phone | FieldType::Address => Keeps {
            label: any(|take| take.label.is_some()),
            primary: any(|take| take.primary),
            verified: false,
            typed: true,
            region: any(has_region),
        },
        FieldType::Text
        | FieldType::LongText
        | FieldType::Name
        | FieldType::Bool
        | FieldType::Integer
        | FieldType::Date
        | FieldType::Instant
        | FieldType::LocalDate
        | FieldType::Money
        | FieldType::Decimal
        | FieldType::Country
        | FieldType::Language
        | FieldType::Choice(_)
        | FieldType::Reference(_)
        | FieldType::Content
        | FieldType::Entry(_) => Keeps::EVERYTHING,
    };
    let is_counted = matches!(def.multiplicity, Multiplicity::Many(_))
        && !has_several_rows
        && !any(|take| take.each.is_some());
    Form { slots: is_counted.then_some(field.takes.len()), keeps, ..Form::default() }
}

/// The form of a field that two mappings show: room for whatever one of them has room for.
fn wider(one: &Form, other: &Form) -> Form {
    let keeps = Keeps {
        label: one.keeps.label || other.keeps.label,
        primary: one.keeps.primary || other.keeps.primary,
        verified: one.keeps.verified || other.keeps.verified,
        typed: one.keeps.typed || other.keeps.typed,
        region: one.keeps.region || other.keeps.region,
    };
    Form { slots: one.slots.zip(other.slots).map(|(one, other)| one.max(other)), keeps, ..one.clone() }
}
