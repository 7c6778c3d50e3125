//! Integration tests: one binary, one file per feature.

mod hoteldruid;
mod support;
mod tryton;
