//! What Mews takes: the properties of each list operation, which of them are required, and how much they may hold.

use chrono::{DateTime, TimeDelta};
use serde_json::{Map, Value};

/// A list operation.
pub(super) struct Rule {
    pub(super) operation: &'static str,
    /// The property that holds the rows.
    pub(super) rows: &'static str,
    required: &'static [&'static str],
    /// Filters by a list of ids: the filter, the property of a row that it looks at, and how many it takes.
    pub(super) lists: &'static [(&'static str, &'static str, usize)],
    /// Filters by a span of time, and its longest length in days.
    pub(super) spans: &'static [(&'static str, i64)],
    /// What its extent may name.
    extent: &'static [&'static str],
    /// Whether deleted rows can be asked for.
    pub(super) has_states: bool,
    /// At least one of the filters has to be there.
    wants_a_filter: bool,
}

const NO_RULE: Rule = Rule {
    operation: "",
    rows: "",
    required: &[],
    lists: &[],
    spans: &[("UpdatedUtc", 92)],
    extent: &[],
    has_states: false,
    wants_a_filter: false,
};

const OF_HOTEL: (&str, &str, usize) = ("EnterpriseIds", "EnterpriseId", 1000);

const RULES: &[Rule] = &[
    Rule {
        operation: "customers/getAll",
        rows: "Customers",
        required: &["Extent"],
        lists: &[("CustomerIds", "Id", 1000), ("Emails", "Email", 1000), ("CompanyIds", "CompanyId", 1)],
        spans: &[("UpdatedUtc", 92), ("CreatedUtc", 92), ("DeletedUtc", 92)],
        extent: &["Customers", "Addresses", "Documents"],
        has_states: true,
        ..NO_RULE
    },
    Rule {
        operation: "companies/getAll",
        rows: "Companies",
        lists: &[
            ("Ids", "Id", 1000),
            ("Names", "Name", 1000),
            ("ExternalIdentifiers", "ExternalIdentifier", 1000),
        ],
        spans: &[("UpdatedUtc", 92), ("CreatedUtc", 92)],
        has_states: true,
        ..NO_RULE
    },
    Rule {
        operation: "reservations/getAll/2023-06-06",
        rows: "Reservations",
        lists: &[
            OF_HOTEL,
            ("ReservationIds", "Id", 1000),
            ("ServiceIds", "ServiceId", 1000),
            ("Numbers", "Number", 1000),
        ],
        spans: &[("UpdatedUtc", 92), ("CreatedUtc", 92), ("ScheduledStartUtc", 92)],
        ..NO_RULE
    },
    Rule {
        operation: "companionships/getAll",
        rows: "Companionships",
        required: &["Extent"],
        lists: &[OF_HOTEL, ("ReservationIds", "ReservationId", 1000), ("CustomerIds", "CustomerId", 1000)],
        extent: &["Customers", "Reservations", "ReservationGroups"],
        ..NO_RULE
    },
    Rule {
        operation: "orderItems/getAll",
        rows: "OrderItems",
        lists: &[OF_HOTEL, ("ServiceOrderIds", "ServiceOrderId", 1000), ("ServiceIds", "ServiceId", 1000)],
        wants_a_filter: true,
        ..NO_RULE
    },
    Rule {
        operation: "payments/getAll",
        rows: "Payments",
        lists: &[OF_HOTEL, ("ReservationIds", "ReservationId", 1000), ("AccountIds", "AccountId", 100)],
        ..NO_RULE
    },
    Rule {
        operation: "serviceOrderNotes/getAll",
        rows: "ServiceOrderNotes",
        lists: &[("ServiceOrderIds", "OrderId", 1000)],
        ..NO_RULE
    },
    Rule {
        operation: "sourceAssignments/getAll/2024-09-20",
        rows: "SourceAssignments",
        lists: &[("EnterpriseIds", "EnterpriseId", 1), ("ReservationIds", "ReservationId", 100)],
        spans: &[("UpdatedUtc", 31)],
        ..NO_RULE
    },
    Rule {
        operation: "addresses/getAll",
        rows: "Addresses",
        lists: &[("AccountIds", "AccountId", 1000), ("AddressIds", "Id", 1000)],
        has_states: true,
        ..NO_RULE
    },
    Rule {
        operation: "loyaltyMemberships/getAll",
        rows: "LoyaltyMemberships",
        lists: &[("AccountIds", "AccountId", 1000)],
        has_states: true,
        ..NO_RULE
    },
    Rule {
        operation: "accountNotes/getAll",
        rows: "AccountNotes",
        lists: &[("AccountIds", "AccountId", 1000)],
        has_states: true,
        ..NO_RULE
    },
    Rule {
        operation: "identityDocuments/getAll",
        rows: "IdentityDocuments",
        required: &["CustomerIds"],
        lists: &[("CustomerIds", "CustomerId", 100)],
        spans: &[],
        ..NO_RULE
    },
    Rule {
        operation: "rates/getAll",
        rows: "Rates",
        required: &["ServiceIds"],
        lists: &[("RateIds", "Id", 1000), ("ServiceIds", "ServiceId", 1000)],
        has_states: true,
        ..NO_RULE
    },
    Rule {
        operation: "resources/getAll",
        rows: "Resources",
        required: &["Extent"],
        lists: &[OF_HOTEL, ("ResourceIds", "Id", 1000)],
        extent: &["Resources", "Inactive"],
        ..NO_RULE
    },
    Rule {
        operation: "resourceCategories/getAll",
        rows: "ResourceCategories",
        required: &["ServiceIds"],
        lists: &[("ResourceCategoryIds", "Id", 1000), ("ServiceIds", "ServiceId", 1000)],
        has_states: true,
        ..NO_RULE
    },
    Rule { operation: "sources/getAll", rows: "Sources", lists: &[("SourceIds", "Id", 1000)], ..NO_RULE },
    Rule {
        operation: "ageCategories/getAll",
        rows: "AgeCategories",
        lists: &[("AgeCategoryIds", "Id", 1000)],
        has_states: true,
        ..NO_RULE
    },
    Rule {
        operation: "businessSegments/getAll",
        rows: "BusinessSegments",
        lists: &[("Ids", "Id", 1000)],
        has_states: true,
        ..NO_RULE
    },
    Rule {
        operation: "products/getAll",
        rows: "Products",
        required: &["ServiceIds"],
        lists: &[("ProductIds", "Id", 1000), ("ServiceIds", "ServiceId", 1000)],
        ..NO_RULE
    },
    Rule {
        operation: "loyaltyPrograms/getAll",
        rows: "LoyaltyPrograms",
        lists: &[("LoyaltyProgramIds", "Id", 1000)],
        has_states: true,
        ..NO_RULE
    },
    Rule {
        operation: "loyaltyTiers/getAll",
        rows: "LoyaltyTiers",
        required: &["LoyaltyProgramIds"],
        lists: &[("LoyaltyTierIds", "Id", 1000), ("LoyaltyProgramIds", "LoyaltyProgramId", 1000)],
        has_states: true,
        ..NO_RULE
    },
];

pub(super) fn of(operation: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.operation == operation)
}

/// Checks a request, or says what is wrong with it.
pub(super) fn check(rule: &Rule, request: &Map<String, Value>) -> Result<(), String> {
    for name in rule.required.iter().chain(&["Limitation"]) {
        if request.get(*name).is_none_or(Value::is_null) {
            return Err(format!("`{name}` is required"));
        }
    }
    for (name, value) in request {
        match name.as_str() {
            "Limitation" => limitation(value)?,
            "Extent" if !rule.extent.is_empty() => names(value, rule.extent)?,
            "ActivityStates" if rule.has_states => states(value)?,
            _ => {
                let list = rule.lists.iter().find(|(filter, ..)| filter == name);
                let span = rule.spans.iter().find(|(filter, _)| filter == name);
                match (list, span) {
                    (Some((.., most)), _) => ids(name, value, *most)?,
                    (None, Some((_, days))) => interval(name, value, *days)?,
                    (None, None) => return Err(format!("`{name}` is no property of `{}`", rule.operation)),
                }
            }
        }
    }
    let filters =
        request.keys().filter(|name| !["Limitation", "Extent", "EnterpriseIds"].contains(&name.as_str()));
    if rule.wants_a_filter && filters.count() == 0 {
        return Err("at least one filter is required".to_owned());
    }
    Ok(())
}

fn limitation(value: &Value) -> Result<(), String> {
    names(value, &["Count", "Cursor"])?;
    match value.get("Count").and_then(Value::as_u64) {
        Some(1..=1000) => Ok(()),
        Some(_) | None => Err("`Count` is not between 1 and 1000".to_owned()),
    }
}

fn names(value: &Value, known: &[&str]) -> Result<(), String> {
    let object = value.as_object().ok_or("no object")?;
    object.keys().find(|name| !known.contains(&name.as_str())).map_or(Ok(()), |name| Err(format!("`{name}`")))
}

fn states(value: &Value) -> Result<(), String> {
    let states = value.as_array().ok_or("`ActivityStates` is no list")?;
    let is_known = |state: &Value| state == "Active" || state == "Deleted";
    if states.iter().all(is_known) { Ok(()) } else { Err("an unknown state".to_owned()) }
}

fn ids(name: &str, value: &Value, most: usize) -> Result<(), String> {
    let ids = value.as_array().ok_or_else(|| format!("`{name}` is no list"))?;
    if !(1..=most).contains(&ids.len()) {
        return Err(format!("`{name}` has {} items, not 1 to {most}", ids.len()));
    }
    if ids.iter().all(Value::is_string) { Ok(()) } else { Err(format!("`{name}` holds no texts")) }
}

fn interval(name: &str, value: &Value, days: i64) -> Result<(), String> {
    names(value, &["StartUtc", "EndUtc"])?;
    let at = |end: &str| {
        let text = value.get(end).and_then(Value::as_str).filter(|text| text.ends_with('Z'));
        text.and_then(|text| DateTime::parse_from_rfc3339(text).ok()).ok_or_else(|| format!("`{name}.{end}`"))
    };
    let length = at("EndUtc")? - at("StartUtc")?;
    if length < TimeDelta::zero() || length > TimeDelta::days(days) {
        return Err(format!("`{name}` is longer than {days} days, or ends before it starts"));
    }
    Ok(())
}
