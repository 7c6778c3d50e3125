//! What the law protects especially of a profile: which fields it is, and their values once the audit has opened them.

use crate::audit;
use crate::hub::Hub;
use crate::model::field::Audience;
use crate::model::{CellSet, FieldKey, OperatorId, Record, Value};
use crate::store::StoreError;

/// The fields of a record that are hidden.
pub(crate) fn protected(hub: &Hub, record: &Record) -> Vec<FieldKey> {
    let is_protected = |key: &&FieldKey| {
        let def = hub.rules.registry.field(record.kind, key);
        def.is_some_and(|def| def.audience == Audience::SpecialCategory)
    };
    record.fields.keys().filter(is_protected).cloned().collect()
}

/// The hidden values of a record, opened for `who`. That he has seen them is written down before he does.
///
/// # Errors
/// The store did not answer: nothing is shown then.
pub(crate) async fn view(
    hub: &Hub,
    record: &Record,
    who: &OperatorId,
) -> Result<Vec<(FieldKey, Vec<Value>)>, StoreError> {
    let fields = protected(hub, record);
    let Some(purpose) = audit::viewed(hub, who, record.id, &fields).await? else { return Ok(Vec::new()) };
    let open = |value: &Value| {
        if let Value::Special(special) = value { special.open(&purpose).clone() } else { value.clone() }
    };
    let values = |key: &FieldKey| {
        let cells = record.fields.get(key).into_iter().flat_map(CellSet::cells);
        cells.filter_map(|cell| cell.value.as_deref()).map(open).collect()
    };
    Ok(fields.into_iter().map(|key| (key.clone(), values(&key))).collect())
}
