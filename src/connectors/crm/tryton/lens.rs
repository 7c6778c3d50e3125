//! What the mapping between Tryton and the model goes by, fixed when the connector is built.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::connectors::registry::Context;
use crate::model::field::Registry;
use crate::model::normalise::{element_of, email::Relays};
use crate::model::value::Country;
use crate::model::{Audience, Element, FieldKey, Multiplicity, RecordKind, Seen, Value, keys};

use super::config::TrytonSettings;
use super::wire::Row;

/// Marks an identifier that holds the hub's id of a party, and an opportunity's reference to its reservation.
pub(super) const HUB_ID: &str = "cardex:";
/// Marks an identifier that holds a tax number for which Tryton has no type.
pub(super) const TAX_ID: &str = "tax:";

/// Settings and field declarations of the mapping.
pub(super) struct Lens {
    /// Where a phone number without a country code belongs.
    pub(super) region: Country,
    /// Which e-mail domains are relays of an OTA.
    pub(super) relays: Relays,
    pub(super) company_category: String,
    pub(super) agency_category: String,
    /// Fields kept as identifiers of a party, by kind.
    pub(super) identifier_fields: BTreeMap<RecordKind, Vec<FieldKey>>,
    /// Fields kept in the block of an opportunity, in the order of its lines.
    pub(super) block_fields: Vec<FieldKey>,
    registry: Arc<Registry>,
}

/// The kinds of record that a party can be.
pub(super) const PARTY_KINDS: [RecordKind; 3] = [RecordKind::Company, RecordKind::Agency, RecordKind::Person];

/// Lines of a block that people look for first.
const FIRST_LINES: [FieldKey; 13] = [
    keys::PROPERTY,
    keys::NUMBER,
    keys::STATUS,
    keys::ARRIVES_ON,
    keys::DEPARTS_ON,
    keys::ROOMS,
    keys::TOTAL,
    keys::MAILABLE,
    keys::SURVEYABLE,
    keys::CLEARED_UNTIL,
    keys::CONTENT_VERSION,
    keys::VERIFIED_AT,
    keys::RECIPIENT,
];

/// Fields of a party with a place of their own, which are never kept as identifiers.
const NATIVE: [FieldKey; 13] = [
    keys::SURNAME,
    keys::SECOND_SURNAME,
    keys::GIVEN_NAMES,
    keys::NAME,
    keys::EMAILS,
    keys::PHONES,
    keys::ADDRESSES,
    keys::LANGUAGE,
    keys::TAX_ID,
    keys::TAGS,
    keys::RELATIONS,
    keys::CONTACT_PERSONS,
    keys::WEB,
];

impl Lens {
    pub(super) fn new(settings: &TrytonSettings, context: &Context) -> Self {
        let registry = Arc::clone(&context.registry);
        let wanted = |kind: RecordKind| {
            let of_kind = registry.fields(kind).filter(|field| field.audience != Audience::SpecialCategory);
            let known: Vec<FieldKey> = of_kind.map(|field| field.key.clone()).collect();
            let names = settings.identifier_fields.iter().map(|name| FieldKey::new(name.as_str()));
            let has_no_place = |key: &FieldKey| !NATIVE.contains(key) && known.contains(key);
            (kind, names.filter(has_no_place).collect())
        };
        let identifier_fields = PARTY_KINDS.into_iter().map(wanted).collect();
        let block_fields = block_fields(&registry);
        Self {
            region: Country(context.default_region.as_str().into()),
            relays: context.relays.clone(),
            company_category: settings.company_category.clone(),
            agency_category: settings.agency_category.clone(),
            identifier_fields,
            block_fields,
            registry,
        }
    }

    /// Which kind of record a party is: its categories say so.
    pub(super) fn kind_of(&self, party: Row<'_>) -> RecordKind {
        let has = |name: &str| party.children("categories").any(|row| row.text("name") == Some(name));
        if has(&self.company_category) {
            RecordKind::Company
        } else if has(&self.agency_category) {
            RecordKind::Agency
        } else {
            RecordKind::Person
        }
    }

    /// The category that marks a kind; persons have none.
    pub(super) fn category_of(&self, kind: RecordKind) -> Option<&str> {
        match kind {
            RecordKind::Company => Some(&self.company_category),
            RecordKind::Agency => Some(&self.agency_category),
            RecordKind::Person
            | RecordKind::Reservation
            | RecordKind::Membership
            | RecordKind::Certificate => None,
        }
    }

    /// The key of an element.
    pub(super) fn element(&self, kind: RecordKind, field: &FieldKey, value: &Value) -> Option<Element> {
        Some(element_of(self.registry.field(kind, field)?, value))
    }

    /// A set of values, each under its key; of two with one key the first stands.
    pub(super) fn set(
        &self,
        kind: RecordKind,
        field: &FieldKey,
        values: impl Iterator<Item = Value>,
    ) -> Seen {
        let mut elements = BTreeMap::new();
        for value in values {
            if let Some(element) = self.element(kind, field, &value) {
                elements.entry(element).or_insert(value);
            }
        }
        Seen::set(elements)
    }

    /// Whether a field has several values.
    pub(super) fn is_many(&self, kind: RecordKind, field: &FieldKey) -> bool {
        let declared = self.registry.field(kind, field);
        declared.is_some_and(|field| matches!(field.multiplicity, Multiplicity::Many(_)))
    }
}

/// Every field of a reservation that leaves the hub, the ones people look for first.
fn block_fields(registry: &Registry) -> Vec<FieldKey> {
    let all = registry.fields(RecordKind::Reservation).filter(|field| {
        field.audience != Audience::SpecialCategory
            && field.direction != crate::model::Direction::Hub
            && field.key != keys::HOLDER
    });
    let rest = all.map(|field| field.key.clone()).filter(|key| !FIRST_LINES.contains(key));
    FIRST_LINES.into_iter().chain(rest).collect()
}
