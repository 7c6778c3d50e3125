//! What holds for blocks wherever they are kept, in memory or in the store: when one is too large and what it is parted
//! by, when a contact is everybody's, and where a profile stands among all.

use super::compact::View;
use super::compare::{Standing, is_named};
use super::keys::{self, Key};

/// Most profiles of a block that are all compared with each other. More find next to nothing: at a million profiles the same
/// F1 with 25 as with 60, and twice the pairs.
pub const CAP: usize = 40;
/// An address or number on profiles of more surnames than this is everybody's.
pub const GENERIC: usize = 6;
/// How often a block that is too large is parted.
pub const DEPTHS: usize = 2;

/// A block, or the part of one: those who have the first `depth` parts of the key in common too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Block {
    /// The key's hash.
    pub hash: u64,
    /// The parts that count; the others are 0.
    pub parts: [u16; DEPTHS],
    /// How many of them count.
    pub depth: u8,
}

impl Block {
    /// The whole block of a key.
    #[must_use]
    pub const fn whole(hash: u64) -> Self {
        Self { hash, parts: [0; DEPTHS], depth: 0 }
    }

    /// The block of a key, and its parts, the largest first.
    pub fn of(key: &Key) -> impl Iterator<Item = Self> + use<> {
        let [first, second] = key.parts;
        [
            Self::whole(key.hash),
            Self { hash: key.hash, parts: [first, 0], depth: 1 },
            Self { hash: key.hash, parts: [first, second], depth: 2 },
        ]
        .into_iter()
    }
}

/// Whether the profiles of a block have more surnames than one household; a surname comes as any hash of it.
#[must_use]
pub fn is_generic(surnames: impl Iterator<Item = u64>) -> bool {
    let mut seen: [u64; GENERIC] = [0; GENERIC];
    let mut len = 0;
    for surname in surnames {
        if !seen[..len].contains(&surname) {
            if len == GENERIC {
                return true;
            }
            seen[len] = surname;
            len += 1;
        }
    }
    false
}

/// Where a profile stands: `bearers` says how many have a counted value, `sharers` how many have a contact by its key,
/// `None` where it is everybody's.
pub fn standing(
    view: &View<'_>,
    bearers: impl Fn(u64) -> u32,
    sharers: impl Fn(u64) -> Option<u32>,
) -> Standing {
    let counted = keys::counted(view);
    let mut standing = Standing {
        given: bearers(counted.given),
        country: bearers(counted.country),
        surnames: counted.surnames.map(&bearers),
        full: counted.full.map(&bearers),
        is_named: is_named(view),
        ..Standing::default()
    };
    for (at, email) in view.emails().enumerate() {
        match sharers(keys::email(email.address)) {
            Some(n) => standing.email = standing.email.max(n),
            None => standing.shared_emails |= 1 << (at & 15),
        }
    }
    for (at, phone) in view.phones().enumerate() {
        match sharers(keys::phone(phone)) {
            Some(n) => standing.phone = standing.phone.max(n),
            None => standing.shared_phones |= 1 << (at & 15),
        }
    }
    standing
}
