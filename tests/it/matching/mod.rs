//! Duplicates, looked for on change and by scans, on both databases.

mod households;
mod learning;
mod nights;
mod order;
pub(crate) mod people;
mod traps;
pub(crate) mod world;
