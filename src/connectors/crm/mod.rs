//! Connectors of CRMs, one folder per vendor.

pub mod tryton;
