//! Sends one batch of writes: notes the intent, calls the system within its budget, halves what is refused as a
//! whole, and hands each outcome on.

use std::collections::BTreeSet;

use super::load::Situation;
use super::outcome::{self, Sent};
use super::{DeliverError, Delivered, Planning, finish_all, finished, uncounted};
use crate::capture::reads::read_now;
use crate::connectors::{ConnectorError, NextStep};
use crate::hub::{Hub, System};
use crate::model::{Lane, Link, WriteOp, WriteOutcome};
use crate::store::{Commit, End, Intent, StoreError};

/// Sends writes of one kind, at most `write_batch` of them.
pub(super) async fn batch(
    hub: &Hub,
    system: &System,
    situation: &Situation,
    writes: Vec<Planning<'_>>,
) -> Result<Delivered, DeliverError> {
    let Some((sent, ops)) = intend(hub, system, situation, writes).await? else {
        return Ok(Delivered::default());
    };
    let lane = sent.iter().map(|sent| sent.lease.mark.lane).min().unwrap_or(Lane::Audit);
    let mut outcomes = Vec::with_capacity(sent.len());
    let failure = write(system, &ops, lane, &mut outcomes).await.err();
    conclude(hub, system, situation, (sent, ops), outcomes, failure).await
}

/// Commits that these writes are about to be sent: the links keep what is sent, those to be created get their row,
/// and the epoch moves, so that reads begun before are not believed afterwards.
///
/// `None`: somebody else has moved one of the links since it was loaded; the marks are back in the queue.
async fn intend<'a>(
    hub: &Hub,
    system: &System,
    situation: &Situation,
    writes: Vec<Planning<'a>>,
) -> Result<Option<(Vec<Sent<'a>>, Vec<WriteOp>)>, StoreError> {
    let epoch = hub.store.next_epoch(&system.id).await?;
    let now = hub.clock.now();
    let mut sent: Vec<Sent<'a>> =
        writes.iter().map(|planning| Sent::intended(hub, system, situation, planning, epoch)).collect();
    let ops = writes.into_iter().map(|planning| planning.op).collect();
    let (existing, new): (Vec<&Sent<'_>>, Vec<&Sent<'_>>) =
        sent.iter().partition(|sent| sent.link.version > 0);
    let intents = existing.into_iter().filter_map(|sent| intent(&sent.link)).collect();
    let journal = new.iter().map(|sent| sent.creating(system, now)).collect();
    let links = new.into_iter().map(|sent| sent.link.clone()).collect();
    match hub.store.commit(Commit { now, links, intents, journal, ..Commit::default() }).await {
        Ok(()) => {
            for sent in &mut sent {
                sent.link.version += 1;
            }
            Ok(Some((sent, ops)))
        }
        Err(StoreError::Conflict { .. }) => {
            let again =
                || End::Again { not_before: now, failed: false, reason: "overtaken by a change".into() };
            let finished = sent.iter().map(|sent| finished(sent.lease, again())).collect();
            finish_all(hub, finished).await?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn intent(link: &Link) -> Option<Intent> {
    let sent = link.sent.clone()?;
    Some(Intent { link: link.id, version: link.version, epoch: link.epoch, sent })
}

/// Calls the system, halving a batch that is refused as a whole until the refused record is alone. On an error,
/// `outcomes` holds what is known of the writes before it.
async fn write(
    system: &System,
    ops: &[WriteOp],
    lane: Lane,
    outcomes: &mut Vec<WriteOutcome>,
) -> Result<(), ConnectorError> {
    system.turn(lane).await;
    match system.connector.write(ops).await {
        Ok(answers) if answers.len() == ops.len() => {
            outcomes.extend(answers);
            Ok(())
        }
        // A connector that loses count has lost the outcomes: they are found out by reading.
        Ok(_) => {
            outcomes.extend(ops.iter().map(|_| WriteOutcome::Unknown));
            Ok(())
        }
        Err(error) => match error.next_step() {
            NextStep::Bisect | NextStep::Park if ops.len() > 1 => {
                let (first, second) = ops.split_at(ops.len() / 2);
                Box::pin(write(system, first, lane, outcomes)).await?;
                Box::pin(write(system, second, lane, outcomes)).await
            }
            NextStep::Bisect | NextStep::Park => {
                outcomes.push(WriteOutcome::Rejected { field: None, why: error.to_string() });
                Ok(())
            }
            NextStep::Settle => {
                outcomes.extend(ops.iter().map(|_| WriteOutcome::Unknown));
                Err(error)
            }
            NextStep::RetryAfter(_) | NextStep::Halt | NextStep::Sweep => Err(error),
        },
    }
}

/// Commits what became of the writes; those that a failure cut off go back into the queue.
async fn conclude(
    hub: &Hub,
    system: &System,
    situation: &Situation,
    (sent, ops): (Vec<Sent<'_>>, Vec<WriteOp>),
    outcomes: Vec<WriteOutcome>,
    failure: Option<ConnectorError>,
) -> Result<Delivered, DeliverError> {
    let epoch = hub.store.next_epoch(&system.id).await?;
    let wait = failure.as_ref().and_then(ConnectorError::wait);
    if let Some(wait) = wait {
        system.budget.pause(wait);
    }
    let mut total = Delivered { sent: outcomes.len(), ..Delivered::default() };
    let mut outcomes = outcomes.into_iter();
    let mut to_read = BTreeSet::new();
    let mut concluded = Vec::with_capacity(sent.len());
    for (sent, op) in sent.into_iter().zip(ops) {
        let outcome = outcomes.next().unwrap_or(WriteOutcome::Retry { after: wait });
        to_read.extend(outcome::asks_for_read(&sent, &outcome));
        let end = outcome::conclude(hub, system, situation, (sent, op), outcome, epoch, failure.is_some());
        total.done += usize::from(end.is_done());
        total.parked += usize::from(end.is_parked());
        concluded.push(end);
    }
    outcome::commit(hub, system, concluded).await?;
    if !to_read.is_empty() {
        let refs: Vec<_> = to_read.into_iter().collect();
        read_now(hub, system, &refs, Lane::Live, &mut uncounted()).await?;
    }
    failure.map_or(Ok(total), |error| Err(error.into()))
}
