//! One normaliser per type: what a system writes in its own way becomes the hub's one way, everywhere.
//!
//! Normalisers are total (any text gives an answer, none panics) and idempotent. What cannot be read is refused with
//! a reason that never repeats the value, because values are personal data and reasons are logged. A normaliser never
//! guesses: where a text can mean two things, the caller has to say which.

pub mod address;
pub mod country;
pub mod date;
mod element;
pub mod email;
pub mod language;
pub mod money;
pub mod name;
pub mod number;
pub mod phone;
pub mod placeholder;
#[cfg(test)]
mod tests;
pub mod text;
pub mod typed;

pub use element::{digest_of_document, digest_of_number, element_of, set_of};

use thiserror::Error;

/// Why a text is no value of a type: a fragment without the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Unreadable(pub &'static str);
