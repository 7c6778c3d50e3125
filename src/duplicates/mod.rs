//! Profiles that are the same person or company, found by comparing what is known of them.
//!
//! In reading order: [`normalise`] turns a [`Profile`] into its [`Features`], [`compact`] keeps them as a text, [`keys`],
//! [`block`] and [`index`] say who is worth comparing with whom, [`compare`] gives two profiles a level for every factor,
//! [`score`] adds up the weights, [`judge`] says what the sum means, [`explain`] why, [`cluster`] puts together what
//! belongs together, [`scan`] does it to all. [`train`] fits the weights, [`learn`] moves them with a hotel's decisions,
//! and [`measure`] says how good they are.
//!
//! Pure: no clock, no I/O, and no raw value is ever changed here; features are for comparing, never shown or sent,
//! but for a surname's particles.

pub mod block;
pub mod cluster;
pub mod compact;
pub mod compare;
pub mod explain;
pub mod features;
pub mod index;
pub mod judge;
pub mod keys;
pub mod learn;
pub mod measure;
pub mod normalise;
pub mod profile;
pub mod scan;
pub mod score;
#[cfg(test)]
mod tests;
pub mod train;

pub use features::Features;
pub use normalise::Normaliser;
pub use profile::Profile;
