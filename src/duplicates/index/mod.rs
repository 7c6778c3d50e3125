//! Profiles by their keys, in memory: who is worth comparing with whom.

mod build;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::xxh3_64;

use crate::duplicates::block::standing;
use crate::duplicates::compact::{Compact, View};
use crate::duplicates::compare::Side;
pub use build::Builder;

/// Keys are hashes already.
#[derive(Default)]
pub struct Passed(u64);

impl Hasher for Passed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// A map of hashes.
pub type Hashed<V> = HashMap<u64, V, BuildHasherDefault<Passed>>;

/// An index of profiles, numbered in the order in which they came.
pub struct Index {
    cards: Vec<Compact>,
    /// The hash of each block of two and more, in their order; the parts of a block have the whole one's.
    hashes: Vec<u64>,
    /// Where each block ends among the members.
    ends: Vec<u32>,
    members: Vec<u32>,
    /// Where the blocks of each profile end.
    ends_of: Vec<u32>,
    blocks_of: Vec<u32>,
    /// The hashes of blocks that are too large, or that have more surnames than one household, in their order.
    shared: Vec<u64>,
    /// How many bear each value that more than one bear.
    counts: Hashed<u32>,
    capped: usize,
}

/// The piece of a list that ends at the place `at` of `ends`.
fn piece<'a>(list: &'a [u32], ends: &[u32], at: usize) -> &'a [u32] {
    let begin = at.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or_default();
    let end = ends.get(at).copied().unwrap_or(begin);
    list.get(begin as usize..end as usize).unwrap_or_default()
}

impl Index {
    /// How many profiles there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.cards.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }

    /// How many blocks stayed too large after the last parting: their profiles meet by other keys only.
    #[must_use]
    pub const fn capped(&self) -> usize {
        self.capped
    }

    /// The features of a profile.
    #[must_use]
    pub fn view(&self, id: u32) -> View<'_> {
        self.cards.get(id as usize).map_or(View::new(""), Compact::view)
    }

    /// A number that depends on a profile's features only.
    #[must_use]
    pub fn rank(&self, id: u32) -> u64 {
        self.cards.get(id as usize).map_or(0, |card| xxh3_64(card.bytes()))
    }

    /// Every profile with its place in the base.
    pub fn sides(&self, n_threads: usize) -> Vec<Side<'_>> {
        let n = u32::try_from(self.len()).unwrap_or(u32::MAX);
        let slice = n / u32::try_from(n_threads.max(1)).unwrap_or(1) + 1;
        std::thread::scope(|scope| {
            let part = |at: u32| {
                scope.spawn(move || (at..(at + slice).min(n)).map(|id| self.side(id)).collect::<Vec<_>>())
            };
            let workers: Vec<_> = (0..n).step_by(slice as usize).map(part).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
        })
    }

    /// A profile with its place in the base.
    #[must_use]
    pub fn side(&self, id: u32) -> Side<'_> {
        let view = self.view(id);
        // A value that one alone bears is not counted.
        let bearers = |value: u64| self.counts.get(&value).copied().unwrap_or(u32::from(value != 0));
        Side { view, standing: standing(&view, bearers, |hash| self.sharers(hash)) }
    }

    /// How many share a contact; `None` where it is everybody's.
    fn sharers(&self, hash: u64) -> Option<u32> {
        if self.shared.binary_search(&hash).is_ok() {
            return None;
        }
        // One who has it alone shares it with nobody.
        let Ok(at) = self.hashes.binary_search(&hash) else { return Some(0) };
        u32::try_from(piece(&self.members, &self.ends, at).len()).ok()
    }

    /// The profiles after one that are worth comparing with it, each once, smallest number first.
    pub fn candidates(&self, id: u32, found: &mut Vec<u32>) {
        found.clear();
        for block in piece(&self.blocks_of, &self.ends_of, id as usize) {
            let block = piece(&self.members, &self.ends, *block as usize);
            found.extend_from_slice(&block[block.partition_point(|member| *member <= id)..]);
        }
        found.sort_unstable();
        found.dedup();
    }
}
