//! Reservations that a day makes worth another look: departures once the night audit has closed their day, arrivals
//! before the mail that goes out to them.
//!
//! Only marks are set; the reads themselves are `reads`.

use chrono::{DateTime, Utc};

use crate::hub::{Hub, System};
use crate::model::{Lane, RemoteRef, Word};
use crate::store::{Commit, ReadMark, StoreError};

/// Marks the departures of the business date that is closed now: only now may they be surveyed.
///
/// # Errors
/// [`StoreError`] when the store does not answer.
pub async fn departed(hub: &Hub, system: &System) -> Result<(), StoreError> {
    let closed = system.closed_business_date(hub.clock.now());
    let departures = hub.store.departures(&system.id, closed).await?;
    mark(hub, system, departures, Lane::Audit).await
}

/// Marks the arrivals that the slot `at` of the schedule is for: the reading clears them for their mail.
///
/// # Errors
/// [`StoreError`] when the store does not answer.
pub async fn arriving(hub: &Hub, system: &System, at: DateTime<Utc>) -> Result<(), StoreError> {
    let (_, ahead) = hub.rules.mail.reread();
    let today = at.with_timezone(&system.settings.time_zone).date_naive();
    let Some(day) = today.checked_add_days(ahead) else { return Ok(()) };
    let arrivals = hub.store.arrivals(&system.id, day).await?;
    mark(hub, system, arrivals, Lane::Arrival).await
}

async fn mark(hub: &Hub, system: &System, stays: Vec<RemoteRef>, lane: Lane) -> Result<(), StoreError> {
    let now = hub.clock.now();
    let of =
        |subject| ReadMark { system: system.id.clone(), subject, lane, not_before: now, said: Word::Changed };
    hub.store.commit(Commit { now, reads: stays.into_iter().map(of).collect(), ..Commit::default() }).await
}
