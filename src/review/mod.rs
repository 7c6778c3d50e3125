//! Whatever a human decides: conflicts, holds, quarantines and proposals.
//!
//! [`decide()`] is the only way in, for the command line and for every page that may come.

mod decide;

pub use decide::{Decided, Decision, ReviewError, decide};
