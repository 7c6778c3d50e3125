//! The one place that reads the time. Everything else is handed a clock or an instant, so that tests can step it.

use chrono::{DateTime, SubsecRound, Utc};
use std::sync::Arc;
use uuid::Uuid;

/// A source of the present, in whole microseconds: both databases keep these exactly.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
        Self::from_fn(Utc::now)
    }

    /// A clock that a test steps.
    pub fn from_fn(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(move || now().trunc_subsecs(6)))
    }

    /// The present.
    pub fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Clock")
    }
}

/// A new id: a UUID of version 7, which sorts by the time of its birth.
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}
