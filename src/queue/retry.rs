//! How long to wait before the next try, and when to give a record up.
//!
//! Pure: the number of failed tries lives in the store and comes in as an argument, and so does the random number;
//! nothing here waits or draws lots. This is the only user of the `backoff` crate, which is unmaintained
//! (`deny.toml` says why it is here): it computes the growing ceiling, with its own jitter switched off.

use backoff::ExponentialBackoff;
use backoff::backoff::Backoff;
use std::time::Duration;

/// The longest wait that a system may ask for; a longer one is taken for a mistake.
const LONGEST_ASKED: Duration = Duration::from_hours(24);

/// After this many doublings any ceiling has been reached.
const ENOUGH_DOUBLINGS: u32 = 63;

/// The waits between tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetrySettings {
    /// The longest wait after the first failure; it doubles with each further one.
    pub base: Duration,
    /// The longest wait of all.
    pub longest: Duration,
    /// After this many failed tries the record is parked.
    pub max_attempts: u32,
}

impl RetrySettings {
    /// How long to wait after `attempts` failed tries (1 or more): anything between nothing and a ceiling that
    /// doubles with each failure, so that records that failed together do not come back together.
    ///
    /// `random` is uniform in 0 to 1. `asked` is the wait that the system asked for; it is obeyed as it is, up to a day.
    #[must_use]
    pub fn delay(&self, attempts: u32, random: f64, asked: Option<Duration>) -> Duration {
        if let Some(asked) = asked {
            return asked.min(LONGEST_ASKED);
        }
        let share = if random.is_finite() { random.clamp(0.0, 1.0) } else { 1.0 };
        self.ceiling(attempts).mul_f64(share).min(self.longest)
    }

    /// Whether `attempts` failed tries are enough.
    #[must_use]
    pub const fn give_up(&self, attempts: u32) -> bool {
        attempts >= self.max_attempts
    }

    /// The longest wait after `attempts` failed tries.
    fn ceiling(&self, attempts: u32) -> Duration {
        let mut growing = ExponentialBackoff {
            current_interval: self.base.min(self.longest),
            initial_interval: self.base.min(self.longest),
            multiplier: 2.0,
            max_interval: self.longest,
            randomization_factor: 0.0,
            max_elapsed_time: None,
            ..ExponentialBackoff::default()
        };
        let mut ceiling = self.longest;
        for _ in 0..attempts.clamp(1, ENOUGH_DOUBLINGS) {
            ceiling = growing.next_backoff().unwrap_or(self.longest);
        }
        ceiling.min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SETTINGS: RetrySettings =
        RetrySettings { base: Duration::from_secs(2), longest: Duration::from_mins(15), max_attempts: 8 };

    #[track_caller]
    fn check(attempts: u32, random: f64, asked: Option<u64>, expected_ms: u128) {
        let delay = SETTINGS.delay(attempts, random, asked.map(Duration::from_secs));
        assert_eq!(delay.as_millis(), expected_ms, "{attempts} failed, random {random}, asked {asked:?}");
    }

    #[test]
    fn ceiling_doubles_up_to_the_longest_wait() {
        check(1, 1.0, None, 2000);
        check(2, 1.0, None, 4000);
        check(3, 1.0, None, 8000);
        check(9, 1.0, None, 512_000);
        check(10, 1.0, None, 900_000);
        check(u32::MAX, 1.0, None, 900_000);
    }

    #[test]
    fn jitter_is_full() {
        check(3, 0.0, None, 0);
        check(3, 0.5, None, 4000);
        check(10, 0.25, None, 225_000);
    }

    #[test]
    fn nonsense_is_clamped() {
        check(0, 1.0, None, 2000);
        check(3, -7.0, None, 0);
        check(3, 7.0, None, 8000);
        check(3, f64::NAN, None, 8000);
    }

    #[test]
    fn wait_that_the_system_asks_for_is_obeyed() {
        check(1, 0.0, Some(30), 30_000);
        check(1, 1.0, Some(3600), 3_600_000);
        check(1, 1.0, Some(365 * 24 * 3600), 24 * 3_600_000);
    }

    #[test]
    fn record_is_given_up_at_the_last_try() {
        assert!(!SETTINGS.give_up(7));
        assert!(SETTINGS.give_up(8));
        assert!(SETTINGS.give_up(9));
    }

    proptest! {
        #[test]
        fn delay_never_exceeds_the_longest_wait(
            attempts in 0_u32..200, random in 0.0_f64..=1.0, base_ms in 0_u64..10_000, longest_ms in 0_u64..1_000_000,
        ) {
            let settings = RetrySettings {
                base: Duration::from_millis(base_ms),
                longest: Duration::from_millis(longest_ms),
                max_attempts: 1,
            };
            let delay = settings.delay(attempts, random, None);
            prop_assert!(delay <= settings.longest, "{delay:?}");
            prop_assert!(settings.delay(attempts + 1, random, None) + Duration::from_micros(1) >= delay);
        }
    }
}
