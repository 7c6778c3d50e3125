//! Profiles that are the same person or company, found by comparing what is known of them.
//!
//! There is so far the first part only: [`normalise`] turns a [`Profile`], as a record or a file gives it, into its
//! [`Features`]. Blocking, scoring, clustering and proposing are to come and will read nothing but features.
//!
//! Pure: no clock, no I/O, and no raw value is ever changed here; features are for comparing, never shown or sent,
//! but for a surname's particles.

pub mod features;
pub mod normalise;
pub mod profile;

pub use features::Features;
pub use normalise::Normaliser;
pub use profile::Profile;
