//! What of Tryton's own refers to a record without the record showing it: a sale, an invoice, a user's lead or note. Such
//! a record is in use, though its own stamps have not moved.
//!
//! Source: the modules of 6.0 and 8.2.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::Tryton;
use super::client::CallError;
use super::facts::Facts;
use super::read::{OPPORTUNITY, PARTY};
use super::wire::rows;
use crate::connectors::ConnectorError;
use crate::model::RecordKind;

/// Where a party may be named: the module, its model, the model's fields.
const NAMING_PARTIES: [(&str, &str, &[&str]); 8] = [
    ("company", "company.employee", &["party"]),
    ("sale_opportunity", "sale.opportunity", &["party"]),
    ("sale", "sale.sale", &["party", "invoice_party", "shipment_party"]),
    ("purchase", "purchase.purchase", &["party", "invoice_party"]),
    ("stock", "stock.shipment.out", &["customer"]),
    ("account_invoice", "account.invoice", &["party"]),
    ("account", "account.move.line", &["party"]),
    ("project", "project.work", &["party"]),
];

/// What users hang on any record, and the field that names it.
const HANGING: [&str; 2] = ["ir.attachment", "ir.note"];
const RESOURCE: &[&str] = &["resource"];

impl Tryton {
    /// Why these records are in use, of those that are. What cardex may not see may use any of them.
    pub(super) async fn in_use(
        &self,
        facts: &Facts,
        kind: RecordKind,
        ids: &[i64],
    ) -> Result<BTreeMap<i64, String>, ConnectorError> {
        let own = if kind == RecordKind::Reservation { OPPORTUNITY } else { PARTY };
        let resources: Vec<String> = ids.iter().map(|id| format!("{own},{id}")).collect();
        let hanging = HANGING.map(|model| (model, RESOURCE, json!(["resource", "in", resources])));
        let naming =
            NAMING_PARTIES.iter().filter(|(module, ..)| own == PARTY && facts.modules.contains(*module));
        let naming = naming.map(|(_, model, fields)| {
            let clauses = fields.iter().map(|field| json!([field, "in", ids]));
            (*model, *fields, std::iter::once(json!("OR")).chain(clauses).collect())
        });
        let mut in_use = BTreeMap::new();
        for (model, fields, domain) in hanging.into_iter().chain(naming) {
            let domain = json!([domain]);
            let Some(found) = self.look(facts, model, fields, domain).await? else {
                let why = format!("the user of cardex may not read `{model}`, which may belong to it");
                in_use.extend(ids.iter().map(|id| (*id, why.clone())));
                continue;
            };
            let values = rows(&found).flat_map(|row| fields.iter().filter_map(move |field| row.0.get(field)));
            let why = format!("a record of `{model}` belongs to it");
            in_use.extend(values.filter_map(id_of).map(|id| (id, why.clone())));
        }
        Ok(in_use)
    }

    /// The rows of a model that a domain lets through; `None` where the user may not read it.
    async fn look(
        &self,
        facts: &Facts,
        model: &str,
        fields: &[&str],
        domain: Json,
    ) -> Result<Option<Json>, ConnectorError> {
        let params = [domain, json!(0), Json::Null, Json::Null, json!(fields)];
        let method = format!("model.{model}.search_read");
        match self.client.call(&method, &params, &facts.context()).await {
            Ok(found) => Ok(Some(found)),
            Err(CallError::Refused(_)) => Ok(None),
            Err(error) => Err(self.client.whole(error)),
        }
    }
}

/// The id that a field names: a number, or a model and a number.
fn id_of(value: &Json) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.rsplit_once(',')?.1.parse().ok())
}
