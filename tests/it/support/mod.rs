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

/// A size of a test: `usual` in the suite, and what the variable `name` says for whoever measures by hand.
pub(crate) fn size<T: std::str::FromStr>(name: &str, usual: T) -> T {
    let told = std::env::var(name).ok();
    told.map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("`{name}` is no number")))
}
