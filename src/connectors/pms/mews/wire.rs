//! The shapes of the Connector API as far as they are read: `api.mews.com/api/connector/v1`, reservations of 2023-06-06.
//!
//! Lists of words grow every month, so every one of them is read as text. Nothing is interpreted here.

use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A list operation: its path, where its rows are, which of its filters takes how many ids, and what it wants besides.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) operation: &'static str,
    pub(super) rows: &'static str,
    pub(super) ids: &'static str,
    pub(super) most_ids: usize,
    /// The extent, where one is required.
    pub(super) extent: Option<&'static [(&'static str, bool)]>,
    /// The filter by the services or programmes that the rows belong to, where one is required.
    pub(super) owners: Option<&'static str>,
    /// Deleted rows are listed where they are asked for.
    pub(super) has_states: bool,
    /// It can be limited to one hotel.
    pub(super) of_hotel: bool,
    /// It can be limited to some services.
    pub(super) of_services: bool,
    /// What has to be turned on for it to be read.
    pub(super) part: Option<Part>,
}

/// What the settings turn on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Loyalty,
    Notes,
    IdentityDocuments,
}

impl Part {
    /// As the settings call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Loyalty => "loyalty",
            Self::Notes => "notes",
            Self::IdentityDocuments => "identity_documents",
        }
    }
}

const fn list(operation: &'static str, rows: &'static str, ids: &'static str) -> Listing {
    Listing {
        operation,
        rows,
        ids,
        most_ids: 1000,
        extent: None,
        owners: None,
        has_states: false,
        of_hotel: false,
        of_services: false,
        part: None,
    }
}

impl Listing {
    const fn up_to(self, most_ids: usize) -> Self {
        Self { most_ids, ..self }
    }

    const fn extent(self, extent: &'static [(&'static str, bool)]) -> Self {
        Self { extent: Some(extent), ..self }
    }

    const fn owned_by(self, owners: &'static str) -> Self {
        Self { owners: Some(owners), ..self }
    }

    const fn with_states(self) -> Self {
        Self { has_states: true, ..self }
    }

    const fn of_hotel(self) -> Self {
        Self { of_hotel: true, ..self }
    }

    const fn of_services(self) -> Self {
        Self { of_services: true, ..self }
    }

    const fn part_of(self, part: Part) -> Self {
        Self { part: Some(part), ..self }
    }
}

pub(super) const CUSTOMERS: Listing = list("customers/getAll", "Customers", "CustomerIds")
    .extent(&[("Customers", true), ("Addresses", false)])
    .with_states();
pub(super) const COMPANIES: Listing = list("companies/getAll", "Companies", "Ids").with_states();
pub(super) const RESERVATIONS: Listing =
    list("reservations/getAll/2023-06-06", "Reservations", "ReservationIds").of_hotel().of_services();
pub(super) const COMPANIONSHIPS: Listing = list("companionships/getAll", "Companionships", "ReservationIds")
    .extent(&[("Customers", false), ("Reservations", false), ("ReservationGroups", false)])
    .of_hotel();
pub(super) const ORDER_ITEMS: Listing =
    list("orderItems/getAll", "OrderItems", "ServiceOrderIds").of_hotel().of_services();
pub(super) const PAYMENTS: Listing = list("payments/getAll", "Payments", "ReservationIds").of_hotel();
pub(super) const ORDER_NOTES: Listing =
    list("serviceOrderNotes/getAll", "ServiceOrderNotes", "ServiceOrderIds").part_of(Part::Notes);
pub(super) const SOURCE_ASSIGNMENTS: Listing =
    list("sourceAssignments/getAll/2024-09-20", "SourceAssignments", "ReservationIds").up_to(100).of_hotel();
pub(super) const ADDRESSES: Listing = list("addresses/getAll", "Addresses", "AccountIds").with_states();
pub(super) const MEMBERSHIPS: Listing = list("loyaltyMemberships/getAll", "LoyaltyMemberships", "AccountIds")
    .with_states()
    .part_of(Part::Loyalty);
pub(super) const ACCOUNT_NOTES: Listing =
    list("accountNotes/getAll", "AccountNotes", "AccountIds").with_states().part_of(Part::Notes);
pub(super) const DOCUMENTS: Listing = list("identityDocuments/getAll", "IdentityDocuments", "CustomerIds")
    .up_to(100)
    .part_of(Part::IdentityDocuments);
pub(super) const RATES: Listing =
    list("rates/getAll", "Rates", "RateIds").owned_by("ServiceIds").with_states();
pub(super) const RESOURCES: Listing = list("resources/getAll", "Resources", "ResourceIds")
    .extent(&[("Resources", true), ("Inactive", true)])
    .of_hotel();
pub(super) const CATEGORIES: Listing =
    list("resourceCategories/getAll", "ResourceCategories", "ResourceCategoryIds")
        .owned_by("ServiceIds")
        .with_states();
pub(super) const SOURCES: Listing = list("sources/getAll", "Sources", "SourceIds");
pub(super) const AGE_CATEGORIES: Listing =
    list("ageCategories/getAll", "AgeCategories", "AgeCategoryIds").with_states();
pub(super) const SEGMENTS: Listing = list("businessSegments/getAll", "BusinessSegments", "Ids").with_states();
pub(super) const PRODUCTS: Listing = list("products/getAll", "Products", "ProductIds").owned_by("ServiceIds");
pub(super) const PROGRAMMES: Listing = list("loyaltyPrograms/getAll", "LoyaltyPrograms", "LoyaltyProgramIds")
    .with_states()
    .part_of(Part::Loyalty);
pub(super) const TIERS: Listing = list("loyaltyTiers/getAll", "LoyaltyTiers", "LoyaltyTierIds")
    .owned_by("LoyaltyProgramIds")
    .with_states()
    .part_of(Part::Loyalty);

/// What `configuration/get` tells of the hotel.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Configuration {
    pub(super) enterprise: Enterprise,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Enterprise {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) time_zone_identifier: String,
    #[serde(default)]
    pub(super) is_portfolio: bool,
}

/// What a record has become.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Life {
    pub(super) id: String,
    #[serde(default = "yes")]
    pub(super) is_active: bool,
    pub(super) merge_target_id: Option<String>,
}

const fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Customer {
    pub(super) id: String,
    pub(super) title: Option<String>,
    pub(super) sex: Option<String>,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) second_last_name: Option<String>,
    pub(super) nationality_code: Option<String>,
    pub(super) preferred_language_code: Option<String>,
    pub(super) birth_date: Option<String>,
    pub(super) birth_place: Option<String>,
    pub(super) occupation: Option<String>,
    pub(super) email: Option<String>,
    #[serde(default)]
    pub(super) has_ota_email: bool,
    pub(super) phone: Option<String>,
    pub(super) tax_identification_number: Option<String>,
    pub(super) loyalty_code: Option<String>,
    pub(super) notes: Option<String>,
    /// `Vegan`, `Halal`, an allergy: it tells of health or belief.
    pub(super) dietary_requirements: Option<String>,
    #[serde(default)]
    pub(super) classifications: Vec<String>,
    #[serde(default)]
    pub(super) options: Vec<String>,
    #[serde(default)]
    pub(super) preferred_space_features: Vec<String>,
    pub(super) address_id: Option<String>,
    pub(super) updated_utc: Option<String>,
    pub(super) updater_profile_id: Option<String>,
}

/// The options of a customer, all that are ticked.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Options {
    #[serde(default)]
    pub(super) options: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Company {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) tax_identifier: Option<String>,
    pub(super) invoicing_email: Option<String>,
    pub(super) telephone: Option<String>,
    pub(super) website_url: Option<String>,
    pub(super) mother_company_id: Option<String>,
    pub(super) invoice_due_interval: Option<String>,
    pub(super) external_identifier: Option<String>,
    pub(super) notes: Option<String>,
    pub(super) address_id: Option<String>,
    pub(super) updated_utc: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Address {
    pub(super) id: String,
    pub(super) account_id: String,
    pub(super) line1: Option<String>,
    pub(super) line2: Option<String>,
    pub(super) city: Option<String>,
    pub(super) postal_code: Option<String>,
    pub(super) country_code: Option<String>,
    pub(super) country_subdivision_code: Option<String>,
    #[serde(default = "yes")]
    pub(super) is_active: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Membership {
    pub(super) account_id: String,
    pub(super) loyalty_program_id: String,
    pub(super) loyalty_tier_id: Option<String>,
    #[serde(rename = "MembershipNumber")]
    pub(super) number: Option<String>,
    pub(super) state: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AccountNote {
    pub(super) id: String,
    pub(super) account_id: String,
    pub(super) content: Option<String>,
    #[serde(default = "yes")]
    pub(super) is_active: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct IdentityDocument {
    pub(super) customer_id: String,
    #[serde(rename = "Type")]
    pub(super) kind: String,
    pub(super) number: Option<String>,
    pub(super) issuance_date: Option<String>,
    pub(super) expiration_date: Option<String>,
    pub(super) issuing_country_code: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Reservation {
    pub(super) id: String,
    pub(super) service_id: String,
    pub(super) account_id: Option<String>,
    pub(super) account_type: Option<String>,
    pub(super) booker_id: Option<String>,
    pub(super) number: Option<String>,
    #[serde(default)]
    pub(super) state: String,
    pub(super) origin: Option<String>,
    pub(super) commander_origin: Option<String>,
    pub(super) created_utc: Option<String>,
    pub(super) updated_utc: Option<String>,
    pub(super) updater_profile_id: Option<String>,
    pub(super) cancelled_utc: Option<String>,
    pub(super) cancellation_reason: Option<String>,
    pub(super) business_segment_id: Option<String>,
    pub(super) rate_id: Option<String>,
    pub(super) group_id: Option<String>,
    pub(super) requested_resource_category_id: Option<String>,
    pub(super) assigned_resource_id: Option<String>,
    pub(super) partner_company_id: Option<String>,
    pub(super) travel_agency_id: Option<String>,
    pub(super) channel_number: Option<String>,
    pub(super) channel_manager_number: Option<String>,
    pub(super) scheduled_start_utc: Option<String>,
    pub(super) scheduled_end_utc: Option<String>,
    pub(super) actual_start_utc: Option<String>,
    pub(super) actual_end_utc: Option<String>,
    #[serde(default)]
    pub(super) person_counts: Vec<PersonCount>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PersonCount {
    pub(super) age_category_id: String,
    pub(super) count: i64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Companionship {
    pub(super) customer_id: String,
    pub(super) reservation_id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OrderItem {
    pub(super) id: String,
    pub(super) service_order_id: String,
    #[serde(rename = "Type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) accounting_state: String,
    pub(super) billing_name: Option<String>,
    pub(super) unit_count: Option<i64>,
    pub(super) amount: Amount,
    pub(super) consumed_utc: Option<String>,
    pub(super) canceled_utc: Option<String>,
    pub(super) data: Option<ItemData>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ItemData {
    pub(super) product: Option<ProductOfItem>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProductOfItem {
    pub(super) product_id: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Amount {
    pub(super) currency: String,
    pub(super) gross_value: f64,
    #[serde(default)]
    pub(super) tax_values: Vec<TaxValue>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TaxValue {
    pub(super) value: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Payment {
    pub(super) id: String,
    pub(super) reservation_id: Option<String>,
    #[serde(rename = "Type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) state: String,
    pub(super) amount: Amount,
    pub(super) charged_utc: Option<String>,
    pub(super) created_utc: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SourceAssignment {
    pub(super) reservation_id: String,
    pub(super) source_id: String,
    #[serde(default)]
    pub(super) is_primary: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OrderNote {
    pub(super) order_id: String,
    pub(super) text: Option<String>,
    pub(super) created_utc: Option<String>,
}

/// A rate, a room, a source: whatever a reservation names by its id only.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Reference {
    pub(super) id: String,
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) names: Option<BTreeMap<String, String>>,
    pub(super) external_identifier: Option<String>,
    #[serde(rename = "Type")]
    pub(super) kind: Option<Json>,
    pub(super) classification: Option<String>,
    pub(super) classifications: Option<BTreeMap<String, Json>>,
    pub(super) maximal_age: Option<i64>,
}

/// A webhook's body: what happened to records of a hotel, or what became of an integration.
///
/// Of the latter nothing is read: what it carries is a token.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Push {
    pub(super) enterprise_id: Option<String>,
    pub(super) events: Option<Vec<Event>>,
    pub(super) action: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Event {
    pub(super) discriminator: String,
    pub(super) value: Option<EventValue>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EventValue {
    pub(super) id: Option<String>,
}
