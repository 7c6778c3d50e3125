//! The daemon as a service: health and metrics over HTTP, and word to systemd.
//!
//! Nothing here knows what the work is. The daemon reports through [`Readiness`] and [`systemd`], and this module
//! answers for it.

pub mod http;
mod listener;
pub mod readiness;
pub mod systemd;

pub use http::{LONGEST_BODY_BYTES, serve, serve_with};
pub use readiness::{Readiness, Report};
