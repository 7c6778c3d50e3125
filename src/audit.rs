//! Showing what the law protects especially: nobody is shown anything that is not written down.

use crate::clock::new_id;
use crate::hub::Hub;
use crate::model::journal::{Entry, Event};
use crate::model::value::Purpose;
use crate::model::{FieldKey, ObservationId, OperatorId, RecordId};
use crate::store::{Commit, StoreError};

/// Writes down, in the record's journal and in the audit, that somebody is shown what the law protects especially of a
/// record, by these fields, and gives what opens it. `None` where there is nothing to open.
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
    let event = Event::Viewed { operator: who.as_str().into(), fields: fields.to_vec() };
    let (now, id) = (hub.clock.now(), ObservationId::new(new_id()));
    let entry = Entry { id, at: now, system: None, record: Some(record), link: None, event };
    hub.store.commit(Commit { now, journal: vec![entry], ..Commit::default() }).await?;
    Ok(Some(Purpose::recorded("shown to an operator")))
}
