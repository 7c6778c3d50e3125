//! A profile made ready to be put into an index: what can be worked out of it alone, so that many threads can.

use super::compact::{Compact, Sort};
use super::keys::{self, Key};
use super::{Normaliser, Profile};

/// A profile's features with its keys and the values whose bearers are counted.
pub struct Prepared {
    /// Its features.
    pub card: Compact,
    /// Its keys, each once.
    pub keys: Box<[Key]>,
    /// Its counted values.
    pub counted: Box<[u64]>,
}

impl Prepared {
    /// Works out a profile.
    #[must_use]
    pub fn of(normaliser: &Normaliser, profile: &Profile<'_>) -> Self {
        Self::of_card(Compact::of(&normaliser.features(profile)))
    }

    /// Works out features that were kept.
    #[must_use]
    pub fn of_card(card: Compact) -> Self {
        let mut found = Vec::new();
        keys::keys(&card.view(), &mut found);
        let counted = match card.view().sort() {
            Sort::Person => keys::counted(&card.view()).values().collect(),
            Sort::Company | Sort::Dummy => Box::default(),
        };
        Self { card, keys: found.into_boxed_slice(), counted }
    }
}
