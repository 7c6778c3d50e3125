//! Notices a system that pushes nothing any more: its webhooks were switched off, or no longer find the way. Its changes
//! are still polled, so nobody would see it but by the delay.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use std::time::Duration;

use crate::hub::{Hub, System};
use crate::model::SystemId;
use crate::schedule::span;
use crate::store::StoreError;
use crate::telemetry;

/// After a start senders have at least this long to be heard, or as long as they may be silent if that is less: what they
/// could not send while nobody was listening comes again.
const GRACE: Duration = Duration::from_mins(5);

/// Which systems are silent.
pub(super) struct Silence {
    began: DateTime<Utc>,
    silent: BTreeSet<SystemId>,
}

impl Silence {
    /// Nobody is silent at the start.
    pub(super) const fn begin(now: DateTime<Utc>) -> Self {
        Self { began: now, silent: BTreeSet::new() }
    }

    /// Looks at a system: `known` is what the store has of its last pushed request, and is told of a later one. The log has
    /// a word at the beginning and at the end of a silence, the metrics have all between.
    pub(super) async fn look(
        &mut self,
        hub: &Hub,
        system: &System,
        known: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let heard = system.pushes.last().max(known);
        if let Some(at) = heard.filter(|_| heard > known) {
            hub.store.note_push(&system.id, at).await?;
        }
        let Some(limit) = system.settings.push.silence else { return Ok(()) };
        let is_silent = self.is_silent(limit, heard, hub.clock.now());
        telemetry::silent(&system.id, is_silent);
        let was_silent = self.silent.contains(&system.id);
        let limit = span::print(limit);
        if is_silent && !was_silent {
            tracing::warn!(system.id = %system.id, push_silence = limit, "no webhook of the system has come for longer than `push_silence`; its changes are found by polling");
            self.silent.insert(system.id.clone());
        } else if was_silent && !is_silent {
            tracing::warn!(system.id = %system.id, push_silence = limit, "webhooks of the system come again");
            self.silent.remove(&system.id);
        }
        Ok(())
    }

    /// A system that was never heard is silent since the start.
    fn is_silent(&self, limit: Duration, heard: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
        let longer = |since: DateTime<Utc>, limit: Duration| {
            TimeDelta::from_std(limit).is_ok_and(|limit| now - since > limit)
        };
        longer(self.began, limit.min(GRACE)) && longer(heard.unwrap_or(self.began), limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_counted_over_restarts_and_spares_those_who_could_not_be_heard() {
        let at = |minute: i64| DateTime::from_timestamp(minute * 60, 0).expect("an instant");
        let silence = Silence::begin(at(1_000));
        let hour = Duration::from_hours(1);
        let cases = [
            // Never heard: an hour from the start.
            (None, 1_060, false),
            (None, 1_061, true),
            // Heard before the start, and not for more than an hour: after the grace.
            (Some(900), 1_005, false),
            (Some(900), 1_006, true),
            (Some(999), 1_059, false),
            (Some(999), 1_060, true),
            // Heard since.
            (Some(1_050), 1_061, false),
        ];
        for (heard, now, expected) in cases {
            let told = silence.is_silent(hour, heard.map(at), at(now));
            assert_eq!(told, expected, "heard {heard:?}, now {now}");
        }
        assert!(!silence.is_silent(Duration::from_mins(1), None, at(1_001)));
        assert!(
            silence.is_silent(Duration::from_mins(1), None, at(1_002)),
            "a short one needs no long grace"
        );
    }
}
