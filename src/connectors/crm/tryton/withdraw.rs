//! Taking back what cardex has created: parties are archived, opportunities are cancelled and deleted.
//!
//! An opportunity cannot be archived, and one that is only cancelled would be read as a reservation still. It is cardex's
//! own, nobody has changed it since, and the call that begins it carries its stamps.

use serde_json::json;

use super::Tryton;
use super::client::{CallError, guarded};
use super::facts::Facts;
use super::read::{OPPORTUNITY, PARTY, Sight, number};
use super::wire::{Row, rows};
use super::write::stamps;
use crate::connectors::ConnectorError;
use crate::model::{RecordKind, Withdrawal, WriteOutcome};

impl Tryton {
    /// Takes records back, one after the other.
    pub(super) async fn take_back(
        &self,
        kind: RecordKind,
        records: &[Withdrawal],
    ) -> Result<Vec<WriteOutcome>, ConnectorError> {
        let facts = self.facts().await?;
        let ids: Vec<i64> = records.iter().filter_map(|record| number(&record.external_id)).collect();
        let found = self.fetch(&facts, kind, &ids).await?;
        let mut outcomes = Vec::with_capacity(records.len());
        for record in records {
            let row = rows(&found).find(|row| Some(row.id()) == number(&record.external_id));
            outcomes.push(match row {
                Some(row) => self.take_one_back(&facts, kind, record, row).await?,
                None => WriteOutcome::NotFound,
            });
        }
        Ok(outcomes)
    }

    async fn take_one_back(
        &self,
        facts: &Facts,
        kind: RecordKind,
        record: &Withdrawal,
        row: Row<'_>,
    ) -> Result<WriteOutcome, ConnectorError> {
        match self.see(facts, kind, row) {
            Sight::Archived(_) | Sight::OutOfScope => return Ok(WriteOutcome::NotFound),
            Sight::Shown(seen)
                if record.precondition.is_some() && record.precondition != seen.source_version =>
            {
                return Ok(WriteOutcome::Stale);
            }
            Sight::Shown(_) => {}
        }
        let stamps = stamps(kind, row);
        let stamps = stamps.iter().map(|(model, id, stamp)| (*model, *id, stamp.as_str()));
        let (context, id) = (guarded(&facts.context(), stamps), row.id());
        let call = if kind == RecordKind::Reservation {
            let method = format!("model.{OPPORTUNITY}.cancel");
            match self.client.call(&method, &[json!([id])], &context).await {
                Ok(_) => {
                    let method = format!("model.{OPPORTUNITY}.delete");
                    self.client.call(&method, &[json!([id])], &facts.context()).await
                }
                Err(error) => Err(error),
            }
        } else {
            let method = format!("model.{PARTY}.write");
            self.client.call(&method, &[json!([id]), json!({"active": false})], &context).await
        };
        match call {
            Ok(_) => Ok(WriteOutcome::Done {
                external_id: record.external_id.clone(),
                version: None,
                stored: None,
            }),
            Err(CallError::Stale) => Ok(WriteOutcome::Stale),
            Err(CallError::Refused(refusal)) => Ok(WriteOutcome::Rejected { field: None, why: refusal.why }),
            Err(CallError::System(error)) => Err(error),
        }
    }
}
