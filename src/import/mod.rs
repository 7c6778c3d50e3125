//! The historical import: everything that a system remembers, taken in once, beside a daemon that goes on working.
//!
//! Rows become observations of origin `history` and enter by [`crate::capture::door`] like everything else: they may
//! create and fill, and never beat what was heard live. Nothing here knows what a row looks like: that is a
//! [`source::Source`]'s business.

pub mod source;
