//! What is noted of operators and programs beside their decisions, which the store notes by itself.

use crate::hub::Hub;
use crate::model::value::Purpose;
use crate::model::{Deed, FieldKey, OperatorId, RecordId};
use crate::store::StoreError;

/// Notes that somebody is shown what the law protects especially of a record, by these fields, and gives what opens it:
/// nobody is shown anything that is not noted. `None` where there is nothing to open.
///
/// # Errors
/// The store did not answer: nothing may be shown.
pub async fn viewed(
    hub: &Hub,
    who: &OperatorId,
    record: RecordId,
    fields: &[FieldKey],
) -> Result<Option<Purpose>, StoreError> {
    if fields.is_empty() {
        return Ok(None);
    }
    let names: Vec<&str> = fields.iter().map(FieldKey::as_str).collect();
    let about = format!("record {record}: {}", names.join(", "));
    hub.store.note_deed(hub.clock.now(), who, Deed::Viewed, &about).await?;
    Ok(Some(Purpose::recorded("shown to an operator")))
}
