//! The PMSs, a folder each.

pub mod files;
pub mod hoteldruid;
pub mod mews;
