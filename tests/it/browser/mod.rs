//! The desk in a real Chromium: what operators do there, with the mouse and with keys, with scripts and without.

mod deciding;
mod driver;
mod entering;
mod everything;
mod looking;
mod settling;
mod walk;
pub(crate) mod window;
