//! Makes customers and companies, one call each, and finds again those that cardex has made.
//!
//! A company carries the hub's id as its external identifier. A customer has no place of the kind and carries it as a line
//! of its notes; it is found among those that were made lately, since nothing else can be asked for.

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

use super::Mews;
use super::feed::LONGEST;
use super::map::{boxes, hub_id, main_address, mark};
use super::window::Span;
use super::wire::{COMPANIES, CUSTOMERS, Listing};
use super::write::{refused, valued};
use crate::connectors::ConnectorError;
use crate::connectors::http::Effect;
use crate::model::{ExternalId, RecordId, RecordKind, WriteOp, WriteOutcome, keys};

/// Companies by what they carry.
const MARKED: Listing = Listing { ids: "ExternalIdentifiers", ..COMPANIES };

/// What a call makes.
pub(super) struct Creation {
    operation: &'static str,
    body: Map<String, Json>,
}

/// The record that was made.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Made {
    #[serde(rename_all = "PascalCase")]
    Customer { id: String },
    #[serde(rename_all = "PascalCase")]
    Companies { companies: [Row; 1] },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    id: String,
    notes: Option<String>,
    external_identifier: Option<String>,
}

/// What makes a record; what becomes of the write where nothing can.
///
/// Every default that could do harm is named: nobody else's profile is overwritten, nobody consents to anything that he
/// has not, and a company may not be invoiced until the hotel says so.
pub(super) fn creation(op: &WriteOp) -> Result<Creation, WriteOutcome> {
    let mark = mark(op.record);
    let (operation, set) = match op.kind {
        RecordKind::Person => {
            let given = op.document.get(&keys::CONSENTS).into_iter().flat_map(boxes);
            let given: Vec<&str> =
                given.filter(|(_, is_ticked)| *is_ticked).map(|(option, _)| option).collect();
            let set =
                json!({"OverwriteExisting": false, "Options": given, "Classifications": [], "Notes": mark});
            ("customers/add", set)
        }
        RecordKind::Company => {
            let options = ["Invoiceable", "AddFeesToInvoices", "AddTaxDeductedPaymentToInvoices"];
            let options: Map<String, Json> =
                options.into_iter().map(|option| (option.to_owned(), json!(false))).collect();
            ("companies/add", json!({"Options": options, "ExternalIdentifier": mark}))
        }
        RecordKind::Agency | RecordKind::Reservation | RecordKind::Membership | RecordKind::Certificate => {
            return Err(refused(None, "only customers and companies are made in Mews"));
        }
    };
    let mut body = set.as_object().cloned().unwrap_or_default();
    for (field, seen) in op.document.iter() {
        if *field == keys::ADDRESSES {
            // The others follow when it is there.
            body.extend(main_address(seen).map(|address| ("Address".to_owned(), Json::Object(address))));
        } else if *field != keys::CONSENTS {
            let (property, value) = valued(op.kind, field, seen)?;
            body.insert(property.made.to_owned(), value);
        }
    }
    Ok(Creation { operation, body })
}

impl Mews {
    /// Makes a record. What Mews refuses, such as an e-mail address that another guest has, is refused for good.
    pub(super) async fn create(&self, creation: Creation) -> Result<WriteOutcome, ConnectorError> {
        let Creation { operation, body } = creation;
        Ok(match self.client.call::<Made>(operation, body, Effect::Writes).await {
            Ok(Made::Customer { id } | Made::Companies { companies: [Row { id, .. }] }) => {
                // The core reads it.
                WriteOutcome::Done { external_id: ExternalId::new(id), version: None, stored: None }
            }
            Err(ConnectorError::BatchRefused { why, .. }) => refused(None, &why),
            Err(error) => return Err(error),
        })
    }

    /// The records that carry these ids of the hub.
    pub(super) async fn marked(
        &self,
        kind: RecordKind,
        ids: &[RecordId],
    ) -> Result<Vec<(RecordId, ExternalId)>, ConnectorError> {
        let mut wanted: BTreeSet<RecordId> = ids.iter().copied().collect();
        let mut found = Vec::new();
        let mut take = |rows: Vec<Json>| {
            for row in rows.iter().filter_map(|row| Row::deserialize(row).ok()) {
                let text = if kind == RecordKind::Person { row.notes } else { row.external_identifier };
                if let Some(id) = text.as_deref().and_then(hub_id)
                    && wanted.remove(&id)
                {
                    found.push((id, ExternalId::new(row.id)));
                }
            }
            wanted.is_empty()
        };
        match kind {
            RecordKind::Company => {
                let marks: Vec<String> = ids.iter().copied().map(mark).collect();
                let marks: Vec<&str> = marks.iter().map(String::as_str).collect();
                take(self.client.of_ids(&MARKED, &marks, &json!({"ActivityStates": ["Active"]})).await?);
            }
            RecordKind::Person => {
                let now = self.client.now().await?;
                let span = Span { from: now - LONGEST, until: now, after: None };
                let filter = json!({"CreatedUtc": span.filter(), "ActivityStates": ["Active"]});
                // The newest are listed first, and what may have been made mostly is new.
                self.client.pages(&CUSTOMERS, &filter, take).await?;
            }
            RecordKind::Agency
            | RecordKind::Reservation
            | RecordKind::Membership
            | RecordKind::Certificate => {}
        }
        Ok(found)
    }
}
