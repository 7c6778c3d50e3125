//! Integration tests: one binary, one file per feature.

mod hoteldruid;
mod store;
mod support;
mod tryton;
