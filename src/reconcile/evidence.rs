//! When a change was made, as far as can be said: an interval that certainly holds the moment.
//!
//! Two readings bound it, and the stamps of the system narrow it down, widened by the clock offset of the system's host and
//! by as much as they may have been cut.

use chrono::{DateTime, Duration, Utc};

use crate::model::record::Evidence;
use crate::model::{FieldKey, Observation};

/// The readings between which a change was made.
pub(super) struct Sighting {
    /// The last that still showed the field as it was before, if there was one.
    pub(super) last: Option<DateTime<Utc>>,
    /// The end of the first that shows the change, which is now at the latest.
    pub(super) until: DateTime<Utc>,
    /// By how much the clock of the system's host may be off.
    pub(super) offset: Duration,
}

impl Sighting {
    /// The evidence without the system's stamps. Where the law is at stake, a stamp that some systems forget to move proves
    /// nothing.
    pub(super) fn alone(&self) -> Evidence {
        Evidence { after: self.last.map(|last| last - self.offset), until: self.until }
    }

    /// The evidence with what the system says of the time: of the field itself, else of the record. A stamp from before the
    /// last reading is of another change.
    pub(super) fn with_stamps(&self, observation: &Observation, field: &FieldKey) -> Evidence {
        let Evidence { after, until: read } = self.alone();
        let end = |stamp: DateTime<Utc>| stamp + resolution(stamp) + self.offset;
        let is_credible = |stamp: &DateTime<Utc>| after.is_none_or(|after| end(*stamp) > after);
        let told = observation.changed_at.as_ref().and_then(|told| told.get(field));
        let told = || told.into_iter().flatten().copied().filter(is_credible);
        if let (Some(first), Some(last)) = (told().min(), told().max()) {
            let until = end(last).min(read);
            return Evidence { after: after.max(Some((first - self.offset).min(until))), until };
        }
        let stamped = observation.modified_at.filter(is_credible);
        Evidence { after, until: stamped.map_or(read, |stamp| end(stamp).min(read)) }
    }
}

/// How much later than its stamp a change may have been made: a stamp is cut to the step that it is written in.
fn resolution(stamp: DateTime<Utc>) -> Duration {
    match (stamp.timestamp(), stamp.timestamp_subsec_micros()) {
        (_, micros) if micros % 1_000 != 0 => Duration::microseconds(1),
        (_, micros) if micros != 0 => {
            Duration::milliseconds(i64::from(if micros % 10_000 == 0 { 10_u8 } else { 1 }))
        }
        (seconds, _) if seconds % 60 != 0 => Duration::seconds(1),
        (seconds, _) if seconds % 3_600 != 0 => Duration::minutes(1),
        (seconds, _) if seconds % 86_400 != 0 => Duration::hours(1),
        (_, _) => Duration::days(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::observation::ChangeTimes;
    use crate::model::{Document, RecordKind, RemoteRef, Shape};

    fn at(second: i64) -> DateTime<Utc> {
        // One microsecond keeps a time from looking as if it had been cut.
        DateTime::from_timestamp(second, 1_000).expect("a time")
    }

    /// The evidence of a field that is kept in places which were changed at these times, when the last reading was at 100 and
    /// this one at 200.
    #[track_caller]
    fn check(places: &[i64], expected: (i64, i64)) {
        let mut seen = Observation::of(RemoteRef::new(RecordKind::Person, "1"), Shape::Full, Document::new());
        seen.modified_at = Some(at(190));
        let times = places.iter().map(|second| at(*second)).collect();
        seen.changed_at = Some(ChangeTimes::from([("phones".into(), times)]));
        let sighting = Sighting { last: Some(at(100)), until: at(200), offset: Duration::seconds(2) };
        let Evidence { after, until } = sighting.with_stamps(&seen, &"phones".into());
        assert_eq!((after.map(|at| at.timestamp()), until.timestamp()), (Some(expected.0), expected.1));
    }

    #[test]
    fn time_of_the_field_is_closer_than_that_of_the_record() {
        check(&[150], (148, 152));
        check(&[], (98, 192));
    }

    #[test]
    fn field_in_several_places_was_changed_in_one_of_those_that_were_changed_since() {
        check(&[50, 150], (148, 152));
        check(&[140, 160], (138, 162));
        check(&[50], (98, 192));
    }

    #[test]
    fn nothing_was_changed_after_it_was_read() {
        check(&[500], (200, 200));
    }
}
