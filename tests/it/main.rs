//! Integration tests: one binary, one file per feature.

mod connectors;
mod delivery;
mod end_to_end;
mod hoteldruid;
mod open;
mod store;
mod support;
mod tidy;
mod tryton;
