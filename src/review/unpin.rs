//! Takes back that a value stands for good.

use super::draft::load;
use super::error::ReviewError;
use crate::clock::new_id;
use crate::hub::Hub;
use crate::model::journal::{Entry, Event};
use crate::model::{FieldKey, ObservationId, OperatorId, RecordId};
use crate::reconcile::unpinned;
use crate::store::{Commit, Races};

/// Lets the values of a field of a record change again; they stay as they are until somebody changes them.
///
/// # Errors
/// [`ReviewError::NotPinned`] when none of them is fixed.
pub async fn unpin(
    hub: &Hub,
    record: RecordId,
    field: &FieldKey,
    operator: &OperatorId,
) -> Result<(), ReviewError> {
    let mut races = Races::of("an unpinning that lost every race");
    loop {
        let now = hub.clock.now();
        let known = load(hub, Some(record)).await?.map(|(record, _)| record);
        let loose = known.and_then(|known| unpinned(&known, field));
        let loose = loose.ok_or_else(|| ReviewError::NotPinned(field.clone()))?;
        let decision = format!("no longer fixed: {field}").into();
        let line = Entry {
            id: ObservationId::new(new_id()),
            at: now,
            system: None,
            record: Some(loose.id),
            link: None,
            event: Event::Decided { review: None, operator: operator.as_str().into(), decision },
        };
        let commit = Commit { now, records: vec![loose], journal: vec![line], ..Commit::default() };
        if races.are_won(hub.store.commit(commit).await)? {
            return Ok(());
        }
    }
}
