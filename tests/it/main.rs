//! Integration tests: one binary, one file per feature.

mod connectors;
mod delivery;
mod hoteldruid;
mod store;
mod support;
mod tryton;
