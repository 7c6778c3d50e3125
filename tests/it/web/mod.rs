//! The desk in a browser's words: real requests to a real listener, on both databases.

pub(crate) mod deciding;
mod demo;
mod entering;
mod operators;
pub(crate) mod settling;
pub(crate) mod site;
