//! Whatever a human decides: conflicts, holds, quarantines, duplicates, households, proposals and work for the front desk.
//!
//! [`decide()`], [`postpone()`] and [`undo()`] are the only ways in, for the command line and for the desk. [`propose()`] and
//! [`propose_relations()`] are how the matcher asks, [`make()`] carries out what nobody has to be asked about.

mod cluster;
mod compare;
mod conflict;
mod decide;
mod draft;
mod error;
mod household;
mod make;
mod merge;
mod postpone;
mod undo;
mod unpin;

pub use cluster::{match_up, propose};
pub use compare::{Compared, SideBySide, pick, side_by_side};
pub use conflict::{Chosen, Conflict, Settlement, Side, sides};
pub use decide::{Decided, Decision, decide, reconsider};
pub use error::ReviewError;
pub use household::propose_relations;
pub use make::make;
pub use merge::{Main, Wish};
pub use postpone::{LONGEST_DAYS, postpone};
pub use undo::{Undone, undo};
pub use unpin::unpin;
