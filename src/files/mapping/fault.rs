//! What is wrong with a row, or was left out of it.

use std::borrow::Cow;

/// A column and what is wrong there, without the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The column; empty when it is about the whole row.
    pub(crate) column: String,
    /// Why, and what to do.
    pub(crate) why: Cow<'static, str>,
}

impl Fault {
    pub(super) fn at(column: &str, why: impl Into<Cow<'static, str>>) -> Self {
        Self { column: column.to_owned(), why: why.into() }
    }
}
