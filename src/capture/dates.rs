//! Asks a system when the fields of a record were last changed, where a conflict hangs on it.

use std::collections::BTreeMap;

use super::CaptureError;
use super::door::Batch;
use crate::connectors::{NextStep, Reading};
use crate::hub::System;
use crate::model::{Lane, Observation, RemoteRef};

/// The batch with the times of these records, which are read again for it. One that the system does not tell them of keeps
/// what was seen of it, and is not asked for again.
///
/// # Errors
/// The system does not answer now.
pub(super) async fn ask(
    system: &System,
    mut batch: Batch,
    undated: &[RemoteRef],
) -> Result<Batch, CaptureError> {
    let lane = batch.leases.values().map(|lease| lease.mark.lane).min().unwrap_or(Lane::Live);
    let mut dated: BTreeMap<RemoteRef, Observation> = BTreeMap::new();
    for refs in undated.chunks(system.capabilities.read_batch.max(1)) {
        system.turn(lane).await;
        match system.connector.read_with_dates(refs).await {
            Ok(readings) => dated.extend(readings.into_iter().filter_map(found)),
            Err(error) => match error.next_step() {
                // It would say so for ever: the conflict is settled without.
                NextStep::Bisect | NextStep::Park => {
                    tracing::warn!(system.id = %system.id, %error, "the system does not tell when fields were changed");
                }
                NextStep::RetryAfter(_) | NextStep::Settle | NextStep::Halt | NextStep::Sweep => {
                    return Err(error.into());
                }
            },
        }
    }
    for observation in batch.observations.iter_mut().filter(|seen| undated.contains(&seen.subject)) {
        if let Some(dated) = dated.remove(&observation.subject) {
            *observation = dated;
        }
        observation.changed_at.get_or_insert_default();
    }
    Ok(batch)
}

fn found(reading: Reading) -> Option<(RemoteRef, Observation)> {
    match reading {
        Reading::Found(seen) => Some((seen.subject.clone(), *seen)),
        Reading::NotFound(_) | Reading::OutOfScope(_) | Reading::Undecodable { .. } => None,
    }
}
