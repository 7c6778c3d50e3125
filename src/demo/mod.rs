//! A small hotel and a small CRM inside the binary, for `cardex demo` and for tests.
//!
//! They keep their records in memory, speak the open contract over HTTP on loopback, can be told to behave badly,
//! and keep a book of everything that is done to them. They must never use the daemon's types or rules: what they
//! say about the daemon has to be independent of it.

pub mod ledger;
pub mod manners;
pub mod server;
pub mod system;
pub mod table;
pub mod webhooks;
