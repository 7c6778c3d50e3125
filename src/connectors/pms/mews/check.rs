//! What `cardex doctor` says about a Mews: the token, the hotel behind it, and every right that the settings ask for.

use serde_json::{Map, Value as Json, json};

use super::Mews;
use super::wire::{
    ACCOUNT_NOTES, ADDRESSES, AGE_CATEGORIES, CATEGORIES, COMPANIES, COMPANIONSHIPS, CUSTOMERS,
    Configuration, DOCUMENTS, Listing, MEMBERSHIPS, ORDER_ITEMS, ORDER_NOTES, PAYMENTS, PRODUCTS, PROGRAMMES,
    RATES, RESERVATIONS, RESOURCES, SEGMENTS, SOURCE_ASSIGNMENTS, SOURCES, TIERS,
};
use crate::connectors::http::Effect;
use crate::connectors::{ConnectorError, Finding, NextStep, Severity};

/// An id that no record has: a listing of it is empty and costs nothing.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// Every listing.
const LISTINGS: [&Listing; 21] = [
    &CUSTOMERS,
    &COMPANIES,
    &RESERVATIONS,
    &COMPANIONSHIPS,
    &ORDER_ITEMS,
    &PAYMENTS,
    &SOURCE_ASSIGNMENTS,
    &SOURCES,
    &ADDRESSES,
    &RATES,
    &RESOURCES,
    &CATEGORIES,
    &SEGMENTS,
    &PRODUCTS,
    &AGE_CATEGORIES,
    &MEMBERSHIPS,
    &PROGRAMMES,
    &TIERS,
    &ACCOUNT_NOTES,
    &ORDER_NOTES,
    &DOCUMENTS,
];

/// What is written, with a request that changes nothing whatever becomes of it, and what a hotel needs it for that may
/// well not need it.
fn writes() -> [(&'static str, Json, Option<&'static str>); 7] {
    [
        ("accounts/update", json!({"AccountUpdates": []}), None),
        ("addresses/update", json!({"AddressUpdates": []}), None),
        ("addresses/add", json!({"Addresses": []}), None),
        ("customers/update", json!({"CustomerId": NOBODY, "Options": []}), None),
        ("customers/add", json!({"OverwriteExisting": false}), Some("`creates` names `person`")),
        ("companies/add", json!({}), Some("`creates` names `company`")),
        ("accounts/merge", json!({"AccountMergeParameters": []}), Some("guests are merged")),
    ]
}

impl Mews {
    /// Looks at the hotel and tries everything that is read or written.
    pub(super) async fn findings(&self) -> Vec<Finding> {
        let configuration = self.client.call("configuration/get", Map::new(), Effect::Reads).await;
        let mut findings = match configuration {
            Ok(configuration) => self.of_configuration(&configuration),
            Err(error) => {
                return vec![failed(&error, "see that both tokens are right and the integration is enabled")];
            }
        };
        for listing in LISTINGS.iter().filter(|listing| self.settings.reads(listing)) {
            findings.extend(self.missing_right(listing).await);
        }
        for (operation, request, only_where) in writes() {
            findings.extend(self.missing_write(operation, &request, only_where).await);
        }
        if self.webhook_tokens.is_empty() {
            let message = "no `webhook_token_file`: changes are seen at the next poll".to_owned();
            findings.push(warning(
                message,
                "ask Mews to send its general webhook; docs/connectors/mews.md says how",
            ));
        }
        findings
    }

    /// Whether a listing is refused, which setting does without it, and how to get the right.
    async fn missing_right(&self, listing: &Listing) -> Option<Finding> {
        let filter = listing.owners.map_or_else(|| json!({}), |owners| json!({owners: [NOBODY]}));
        let failure = match self.client.of_ids(listing, &[NOBODY], &filter).await {
            // That the invented id is no good says nothing of the right.
            Ok(_) | Err(ConnectorError::Refused { .. }) => return None,
            Err(failure) => failure,
        };
        let ask = format!("ask Mews to give the integration the right to `{}`", listing.operation);
        let without = listing.part.map(|part| format!(", or set `{} = false`", part.name()));
        Some(failed(&failure, &(ask + &without.unwrap_or_default())))
    }

    /// Whether the right to change something is missing. Mews refuses the empty request of whoever has it.
    async fn missing_write(
        &self,
        operation: &str,
        request: &Json,
        only_where: Option<&str>,
    ) -> Option<Finding> {
        let body = request.as_object().cloned().unwrap_or_default();
        let failure = match self.client.call::<Json>(operation, body, Effect::Reads).await {
            Ok(_) | Err(ConnectorError::Refused { .. }) => return None,
            Err(failure) => failure,
        };
        let ask = format!("ask Mews to give the integration the right to `{operation}`");
        Some(match only_where {
            None => failed(&failure, &ask),
            Some(only) => warning(failure.to_string(), &format!("{ask}, needed only where {only}")),
        })
    }

    fn of_configuration(&self, configuration: &Configuration) -> Vec<Finding> {
        let hotel = &configuration.enterprise;
        let message = format!("it opens `{}` ({})", hotel.name, hotel.id);
        let mut findings = vec![Finding { severity: Severity::Good, message, hint: None }];
        if hotel.time_zone_identifier != self.hotel.zone.name() {
            let message = format!("its clock is that of {}", hotel.time_zone_identifier);
            let hint = format!("set `time_zone` of the property to it instead of {}", self.hotel.zone.name());
            findings.push(warning(message, &hint));
        }
        match &self.settings.enterprise_id {
            None if hotel.is_portfolio => {
                let hint = "set `enterprise_id` to the hotel that the system belongs to";
                findings.push(error("the token opens several hotels".to_owned(), hint));
            }
            Some(id) if !hotel.is_portfolio && *id != hotel.id => {
                let hint = format!("set `enterprise_id` to `{}` or leave it out", hotel.id);
                findings.push(error("the token opens another hotel than `enterprise_id`".to_owned(), &hint));
            }
            Some(_) | None => {}
        }
        findings
    }
}

fn failed(failure: &ConnectorError, hint: &str) -> Finding {
    let hint = match failure.next_step() {
        NextStep::RetryAfter(_) | NextStep::Settle => "is Mews up, and is `base_url` right?",
        NextStep::Bisect | NextStep::Park | NextStep::Halt | NextStep::Sweep => hint,
    };
    error(failure.to_string(), hint)
}

fn error(message: String, hint: &str) -> Finding {
    Finding { severity: Severity::Error, message, hint: Some(hint.to_owned()) }
}

fn warning(message: String, hint: &str) -> Finding {
    Finding { severity: Severity::Warning, message, hint: Some(hint.to_owned()) }
}
