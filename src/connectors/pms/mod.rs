//! The PMSs, a folder each.

pub mod hoteldruid;
