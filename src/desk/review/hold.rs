//! A hold: some of the records that the cycle would change or lose.

use std::collections::BTreeMap;

use super::sides::held;
use crate::desk::values;
use crate::desk::words::Words;
use crate::hub::Hub;
use crate::model::review::HoldReason;
use crate::model::{FieldKey, Record, RecordId, RemoteRef, Review, ReviewKind};
use crate::store::StoreError;
use crate::words;

/// One record that a held cycle is about.
pub(super) struct Example {
    /// Its id at the system.
    pub(super) id: String,
    /// The hub's record, where there is one.
    pub(super) record: Option<String>,
    /// What it is called.
    pub(super) name: String,
    /// What it has now; empty where the whole record would go.
    pub(super) now: String,
    /// What would become of it.
    pub(super) then: String,
}

/// Some of what a held cycle would do; nothing for other reviews.
pub(super) async fn examples(hub: &Hub, say: Words, review: &Review) -> Result<Vec<Example>, StoreError> {
    let (ReviewKind::Hold { of, why, examples }, Some(system)) = (&review.kind, &review.system) else {
        return Ok(Vec::new());
    };
    let field: Option<&FieldKey> = match why {
        HoldReason::FieldChanged { field, .. } => Some(field),
        HoldReason::Deletions { .. } | HoldReason::Emptied { .. } => None,
    };
    let subject = |one: &crate::model::review::Example| RemoteRef::new(*of, one.external_id.clone());
    let subjects: Vec<RemoteRef> = examples.iter().map(subject).collect();
    let linked = hub.store.links(system, &subjects).await?;
    let roots: BTreeMap<_, RecordId> =
        linked.into_iter().filter_map(|one| Some((one.link.external_id?, one.root))).collect();
    let ids: Vec<RecordId> = roots.values().copied().collect();
    let records: BTreeMap<RecordId, Record> =
        hub.store.records(&ids).await?.into_iter().map(|record| (record.id, record)).collect();
    let row = |one: &crate::model::review::Example| {
        let record = roots.get(&one.external_id).and_then(|root| records.get(root));
        let now = field.zip(record).map(|(field, record)| held(say, record, field));
        Example {
            id: one.external_id.to_string(),
            record: record.map(|record| record.id.to_string()),
            name: record.map(words::name).unwrap_or_default(),
            now: now.unwrap_or_default(),
            then: match &one.observed {
                Some(observed) => values::seen(say, observed),
                None => say.say("would be gone").to_owned(),
            },
        }
    };
    Ok(examples.iter().map(row).collect())
}
