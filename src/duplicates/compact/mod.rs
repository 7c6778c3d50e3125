//! Features as one text: the form that is kept, in memory for each of millions and in the store for each profile.
//!
//! A header of fixed size, then a section per list. Every number is made of ASCII characters, seven bits in each, so that
//! the whole is one text and no piece of it has to be checked when it is read. Reading borrows and never allocates. What is
//! no features reads as a dummy or as empty lists: nothing panics on a damaged row.

mod view;
mod write;

pub use view::{Address, Document, Email, Name, View};

use crate::duplicates::features::Features;
use write::Writer;

/// What the text means; features that were kept under another number are made anew.
pub const FORM: u16 = 2;
/// Most entries of a list that are kept: beyond it a profile is no person's.
const MOST: usize = 12;
/// Bits of a number that one character holds.
const BITS: u32 = 7;
const SECTIONS: usize = 9;
const HEADER: usize = 13;
const BODY: usize = HEADER + SECTIONS * 2;

/// The features of one profile as a text. Personal data: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Compact(Box<str>);

/// Who a profile is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Somebody.
    Person,
    /// A company or an agency.
    Company,
    /// Nobody: it takes no part.
    Dummy,
}

/// The lists, in the order in which they stand.
#[derive(Clone, Copy)]
enum Section {
    Given,
    Nicknames,
    Surnames,
    Firm,
    Emails,
    Phones,
    Documents,
    Loyalty,
    Place,
}

impl Compact {
    /// The text of features.
    #[must_use]
    pub fn of(features: &Features) -> Self {
        Self(Writer::write(features).into_boxed_str())
    }

    /// The bytes to keep.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Kept bytes.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(String::from_utf8(bytes).unwrap_or_default().into_boxed_str())
    }

    /// Reads them.
    #[must_use]
    pub fn view(&self) -> View<'_> {
        View::new(&self.0)
    }
}

/// The last nine digits of a phone number.
#[must_use]
pub fn tail(phone: &str) -> &str {
    phone.get(phone.len().saturating_sub(9)..).unwrap_or(phone)
}
