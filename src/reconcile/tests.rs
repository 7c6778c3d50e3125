//! The rules as tests: the numbered cases of the specification, and its invariants over generated worlds.

mod cases;
mod existence_cases;
mod laws;
mod links;
mod merging;
mod properties;
mod reservation_cases;
mod storm;
mod value_cases;
mod values;
mod world;
