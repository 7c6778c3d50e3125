//! The desk in a browser's words: real requests to a real listener, on both databases.

mod deciding;
mod entering;
mod operators;
mod settling;
mod site;
