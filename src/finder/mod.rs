//! Finding profiles: [`Keeper`] keeps the index of the search true to what is marked, [`find()`] asks it.
//!
//! What a word is, and what fits, is [`crate::search`]' business. What was asked is personal data: it reaches no log.

mod find;
mod keep;

pub use find::{Asked, Found, Hit, find};
pub use keep::Keeper;
