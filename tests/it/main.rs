//! Integration tests: one binary, one file per feature.

mod connectors;
mod delivery;
mod hoteldruid;
mod open;
mod store;
mod support;
mod tidy;
mod tryton;
