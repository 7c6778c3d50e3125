//! The two queues of the hub: subjects to read, and systems to write to. Both hold marks, never payloads.
//!
//! [`retry`] is pure: how long to wait before the next try, and when to give up.

pub mod retry;
