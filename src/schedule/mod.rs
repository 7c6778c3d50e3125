//! When work is due: plain intervals for polling, cron expressions in the property's time zone for everything else.
//!
//! Pure: the time comes in as an argument, and nothing here reads a clock, waits or logs. The `cron` crate is used
//! as a parser only; it must never be asked for the next run in a time zone, because it is wrong around
//! daylight-saving changes (see [`cron`]).

pub mod cron;
mod slot;
pub mod span;
#[cfg(test)]
mod tests;
mod weekday;

pub use cron::{Cron, CronError};
pub use slot::Trigger;
pub use span::SpanError;

/// A schedule cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TriggerError {
    /// The interval after `every` cannot be read.
    #[error("the interval cannot be read")]
    Span(#[from] SpanError),
    /// The cron expression cannot be used.
    #[error("the cron expression cannot be used")]
    Cron(#[from] CronError),
}
