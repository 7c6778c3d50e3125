//! The rules as tests: the numbered cases of the specification, and its invariants over generated worlds.

mod answering;
mod cases;
mod crowd;
mod delivery;
mod existence_cases;
mod forest;
mod found;
mod laws;
mod links;
mod mail_gate;
mod manners;
mod merging;
mod natures;
mod oracle;
mod parting;
mod properties;
mod reservation_cases;
mod storm;
mod value_cases;
mod values;
mod world;
mod write_cases;
