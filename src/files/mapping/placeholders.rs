//! What people type instead of nothing, as every system's rules know it.

pub(super) use crate::model::normalise::placeholder::Known;
