//! The normal form of a field at a system: what is left of a value once that system has stored it.
//!
//! A form is data that a connector declares; [`Form::apply`] is the one place that knows how a system shortens,
//! capitalises or strips a value. Two values are equivalent at a system when their forms are equal. A form never says
//! what a system should be told, only what it can hold.

mod apply;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

/// What a system does to a value of one field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Form {
    /// Upper and lower case.
    pub case: Case,
    /// The longest text it keeps.
    pub limit: Limit,
    /// How many elements of a many-valued field it has room for; `None` is any number. The primary one goes first,
    /// the others follow in the order of their keys.
    pub slots: Option<usize>,
    /// Which attributes of an e-mail, phone or address it keeps.
    pub keeps: Keeps,
    /// Whether it keeps line breaks.
    pub single_line: bool,
    /// Which parts of an entry it keeps; `None` is all of them.
    pub parts: Option<&'static [&'static str]>,
    /// The smallest step of an instant it keeps, in seconds; 0 keeps the instant as it is.
    pub instant_step_seconds: u32,
    /// The words of a choice it can hold; a word outside of them is held as nothing. `None` is any word.
    pub words: Option<&'static [&'static str]>,
}

/// What becomes of upper and lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Case {
    /// Kept.
    #[default]
    Kept,
    /// The first letter of each word is raised, the rest is kept.
    Capitalised,
    /// All upper case.
    Upper,
    /// All lower case.
    Lower,
}

/// How long a text may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Limit {
    /// Any length.
    #[default]
    None,
    /// This many characters.
    Chars(usize),
    /// This many bytes of UTF-8, after the text has been escaped for HTML (`&`, `<`, `>`, `"`, `'`).
    EscapedBytes(usize),
}

/// Which attributes of an element a system keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an independent fact about a vendor")]
pub struct Keeps {
    /// The label: home, work, mobile.
    pub label: bool,
    /// Which one is primary.
    pub primary: bool,
    /// Whether it was verified.
    pub verified: bool,
    /// A phone that cannot be read, as it was typed; else only its digits. One that can be read is its E.164 form.
    pub typed: bool,
    /// The region of an address.
    pub region: bool,
}

impl Default for Keeps {
    fn default() -> Self {
        Self::EVERYTHING
    }
}

impl Keeps {
    /// Everything the hub knows.
    pub const EVERYTHING: Self =
        Self { label: true, primary: true, verified: true, typed: true, region: true };
    /// The bare value.
    pub const NOTHING: Self =
        Self { label: false, primary: false, verified: false, typed: false, region: false };
}
