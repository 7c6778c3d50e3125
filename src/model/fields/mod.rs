//! The fields of every kind of record, as tables: adding a field is one line in one of the files here.
//!
//! A table says what a field is and what happens to it by default; the configuration may change policy, owner and
//! direction of any field. No code may depend on a field that is not in [`super::keys`].

mod company;
mod custom;
mod loyalty;
mod person;
mod property;
mod reservation;
#[cfg(test)]
mod tests;

pub use custom::{CustomField, CustomFieldError};
pub use loyalty::{CERTIFICATE_STATES, programme};
pub use person::{CONSENT_CHANNELS, CONSENT_PURPOSES, CONSENT_STATES, RELATIONS};
pub use property::property;
pub use reservation::{BOARDS, CHANNELS, STATUSES};

use smol_str::SmolStr;

use super::capabilities::SystemClass;
use super::field::{
    Audience, ElementRule, FieldDef, FieldKey, FieldType, Labels, Multiplicity, Part, Registry,
};
use super::policy::{Authority, Direction, Policy};
use super::record::RecordKind;

/// Every standard field of every kind of record.
pub fn standard() -> Registry {
    let tables: [(RecordKind, &[&[Spec]]); 6] = [
        (RecordKind::Person, &[person::IDENTITY_FIELDS, person::CRM_FIELDS, person::ROLL_UPS]),
        (RecordKind::Company, &[company::SHARED_FIELDS]),
        (RecordKind::Agency, &[company::SHARED_FIELDS, company::AGENCY_FIELDS]),
        (RecordKind::Reservation, &[reservation::BOOKING, reservation::MONEY, reservation::MAIL_GATE]),
        (RecordKind::Membership, &[loyalty::MEMBERSHIP]),
        (RecordKind::Certificate, &[loyalty::CERTIFICATE]),
    ];
    Registry::of(tables.into_iter().flat_map(|(kind, tables)| {
        tables.iter().flat_map(|table| table.iter()).map(move |spec| (kind, spec.define()))
    }))
}

/// One line of a table.
struct Spec {
    key: &'static str,
    of: FieldType,
    element: Option<&'static [&'static str]>,
    is_set: bool,
    rules: Rules,
    audience: Audience,
    passive: bool,
    labels: [&'static str; 3],
}

/// Who wins a field and which way it travels.
#[derive(Clone, Copy)]
struct Rules(Policy, Option<SystemClass>, Direction);

const PMS: Option<SystemClass> = Some(SystemClass::Pms);
const CRM: Option<SystemClass> = Some(SystemClass::Crm);

/// Seen at the desk on a document: the PMS side's, and a CRM fills it only while the PMS side has none.
const DESK: Rules = Rules(Policy::Owner, PMS, Direction::PmsToCrmOrFill);
/// The PMS side's alone.
const PMS_ONLY: Rules = Rules(Policy::Owner, PMS, Direction::PmsToCrm);
/// The CRM side's alone.
const CRM_ONLY: Rules = Rules(Policy::Owner, CRM, Direction::CrmToPms);
/// Everybody's; the later change wins, and a human decides where that is not certain.
const SHARED: Rules = Rules(Policy::Latest, None, Direction::Both);
/// Everybody's; the later change wins, and the PMS side where that is not certain.
const SHARED_PMS: Rules = Rules(Policy::Latest, PMS, Direction::Both);
/// Everybody's; the later change wins, and the CRM side where that is not certain.
const SHARED_CRM: Rules = Rules(Policy::Latest, CRM, Direction::Both);
/// Everybody adds, edits and removes elements.
const SET: Rules = Rules(Policy::Set, None, Direction::Both);
/// The same, and the CRM side settles an element edited on both sides.
const SET_CRM: Rules = Rules(Policy::Set, CRM, Direction::Both);
/// Whatever allows less.
const RESTRICT: Rules = Rules(Policy::MostRestrictive, None, Direction::Both);
/// Only ever added to.
const APPEND: Rules = Rules(Policy::Append, None, Direction::Both);
/// The PMS side's, only ever added to.
const PMS_APPEND: Rules = Rules(Policy::Append, PMS, Direction::PmsToCrm);
/// Entries of the loyalty owner's ledger.
const LEDGER: Rules = Rules(Policy::Ledger, PMS, Direction::PmsToCrm);
/// Computed by the hub for the systems.
const DERIVED: Rules = Rules(Policy::Derived, None, Direction::Out);
/// Computed by the hub for itself.
const HUB: Rules = Rules(Policy::Derived, None, Direction::Hub);

/// A field of at most one value. Labels in English, Spanish and French.
const fn one(key: &'static str, of: FieldType, rules: Rules, labels: [&'static str; 3]) -> Spec {
    Spec { key, of, element: None, is_set: false, rules, audience: Audience::All, passive: false, labels }
}

/// A field of several values, each its own key.
const fn many(key: &'static str, of: FieldType, rules: Rules, labels: [&'static str; 3]) -> Spec {
    Spec { is_set: true, ..one(key, of, rules, labels) }
}

/// A field of several entries with these parts, keyed by the parts named in `by`.
const fn entries(
    key: &'static str,
    parts: &'static [Part],
    by: &'static [&'static str],
    rules: Rules,
    labels: [&'static str; 3],
) -> Spec {
    Spec { element: Some(by), ..many(key, FieldType::Entry(parts), rules, labels) }
}

/// One part of an entry.
const fn part(name: &'static str, of: FieldType) -> Part {
    Part { name, of }
}

impl Spec {
    /// Only for systems marked internal.
    const fn internal(self) -> Self {
        Self { audience: Audience::Internal, ..self }
    }

    /// Only for a recorded purpose.
    const fn special(self) -> Self {
        Self { audience: Audience::SpecialCategory, ..self }
    }

    /// Never a reason to write.
    const fn passive(self) -> Self {
        Self { passive: true, ..self }
    }

    fn define(&self) -> FieldDef {
        let Rules(policy, owner, direction) = self.rules;
        let [en, es, fr] = self.labels.map(SmolStr::new_static);
        FieldDef {
            key: FieldKey::of(self.key),
            of: self.of.clone(),
            multiplicity: match (self.is_set, self.element) {
                (false, _) => Multiplicity::One,
                (true, None) => Multiplicity::Many(ElementRule::Value),
                (true, Some(parts)) => Multiplicity::Many(ElementRule::Parts(parts)),
            },
            policy,
            owner: owner.map(Authority::Side),
            direction,
            audience: self.audience,
            passive: self.passive,
            labels: Labels { en, es, fr },
        }
    }
}
