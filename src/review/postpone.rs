//! Not now: a review that an operator does not want to be asked for a while.

use chrono::TimeDelta;

use super::decide::open;
use super::error::ReviewError;
use crate::clock::new_id;
use crate::hub::Hub;
use crate::model::ids::ReviewId;
use crate::model::journal::{Entry, Event};
use crate::model::review::Postponed;
use crate::model::{ObservationId, OperatorId};
use crate::store::{Commit, Races};

/// The longest that a review is postponed for, in days.
pub const LONGEST_DAYS: u16 = 365;

/// Keeps the review called `id` out of the queue for `days` days, from 1 to [`LONGEST_DAYS`]. It stays open: whoever
/// decides it all the same may, and what settles it settles it.
///
/// # Errors
/// [`ReviewError`] says why it is asked as before.
pub async fn postpone(
    hub: &Hub,
    id: ReviewId,
    days: u16,
    operator: &OperatorId,
) -> Result<Postponed, ReviewError> {
    if !(1..=LONGEST_DAYS).contains(&days) {
        return Err(ReviewError::NoDays);
    }
    let mut races = Races::of("a postponement that lost every race");
    loop {
        let review = open(hub, id).await?;
        let now = hub.clock.now();
        let postponed = Postponed { by: operator.clone(), until: now + TimeDelta::days(days.into()) };
        let decision = format!("postpone until {}", postponed.until.format("%Y-%m-%d %H:%M UTC")).into();
        let line = Entry {
            id: ObservationId::new(new_id()),
            at: now,
            system: review.system,
            record: review.record,
            link: None,
            event: Event::Decided { review: Some(id), operator: operator.as_str().into(), decision },
        };
        let postponed_reviews = vec![(id, postponed.clone())];
        let commit = Commit { now, journal: vec![line], postponed: postponed_reviews, ..Commit::default() };
        if races.are_won(hub.store.commit(commit).await)? {
            return Ok(postponed);
        }
    }
}
