//! What the systems of a world are like: their versions, their stamps and their clocks.

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::link::SourceVersion;

/// What a system is like.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Manners {
    pub(super) gives_versions: bool,
    /// Its versions are tokens, which cannot be ordered.
    pub(super) gives_tokens: bool,
    pub(super) gives_stamps: bool,
    /// Its stamps are cut to so many milliseconds; 0 keeps them as they are.
    pub(super) stamp_step_ms: i64,
    /// Its clock is ahead of the hub's by so much.
    pub(super) skew: TimeDelta,
}

impl Manners {
    /// The time of a change as the system's clock has it.
    pub(super) fn time(self, at: DateTime<Utc>) -> DateTime<Utc> {
        let millis = (at + self.skew).timestamp_millis();
        let cut = millis - millis.rem_euclid(self.stamp_step_ms.max(1));
        DateTime::from_timestamp_millis(cut).expect("a time")
    }

    /// The stamp that the system puts on a change, if it gives any.
    pub(super) fn stamp(self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.gives_stamps.then(|| self.time(at))
    }

    pub(super) fn version(self, number: i64) -> Option<SourceVersion> {
        match (self.gives_versions, self.gives_tokens) {
            (true, false) => Some(SourceVersion::Number(number)),
            (true, true) => Some(SourceVersion::Token(number.to_string().into())),
            (false, _) => None,
        }
    }
}
