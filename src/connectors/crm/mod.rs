//! Connectors of CRMs, one folder per vendor.

pub mod hubspot;
mod text;
pub mod tryton;
