//! Export files: a folder of them imported by command, and a folder that is watched.

mod absence;
mod command;
pub(crate) mod conformance;
mod malformed;
mod rig;
mod several;
mod watched;
