//! The two queues of the hub: subjects to read, and systems to write to. Both hold marks, never payloads.
//!
//! [`retry`] is pure: how long to wait before the next try, and when to give up. [`lease`] says how work on a claimed
//! mark ends, [`budget`] how often a system may be called, [`progress`] whether the loops that do the work are alive.
//! [`pushes`] is what the door for pushed requests remembers of them, and [`together`] keeps the hints of many at once.

pub mod budget;
pub mod lease;
mod pace;
pub mod progress;
pub mod pushes;
pub mod retry;
pub mod together;
