//! Integration tests: one binary, one file per feature.

mod connectors;
mod hoteldruid;
mod support;
mod tryton;
