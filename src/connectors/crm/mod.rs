//! Connectors of CRMs, one folder per vendor.

mod text;
pub mod tryton;
