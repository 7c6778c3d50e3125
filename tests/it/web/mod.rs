//! The desk in a browser's words: real requests to a real listener, on both databases.

mod api;
mod audit;
pub(crate) mod deciding;
mod demo;
mod described;
mod doors;
mod entering;
mod imports;
mod live;
mod operators;
pub(crate) mod profile;
mod proxy;
mod searching;
pub(crate) mod settling;
pub(crate) mod site;
mod systems;
