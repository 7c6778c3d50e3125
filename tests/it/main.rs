//! Integration tests: one binary, one file per feature.

mod delivery;
mod connectors;
mod hoteldruid;
mod store;
mod support;
mod tryton;
