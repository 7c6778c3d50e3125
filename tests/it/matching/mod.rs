//! Duplicates, looked for on change and by scans, on both databases.

mod households;
mod learning;
mod nights;
mod order;
mod people;
mod traps;
mod world;
