//! What the integration tests share: real servers, started by the test that needs them.

pub(crate) mod hoteldruid;
pub(crate) mod hub;
pub(crate) mod loopback;
pub(crate) mod pair;
pub(crate) mod postgres;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod site;
pub(crate) mod sqlite;
pub(crate) mod tryton;
