//! Profiles by their keys, in memory: who is worth comparing with whom.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::xxh3_64;

use crate::duplicates::block::{CAP, DEPTHS, GENERIC, is_generic, standing};
use crate::duplicates::compact::{Compact, View};
use crate::duplicates::compare::Side;
use crate::duplicates::keys::{self, Key};
use crate::duplicates::prepared::Prepared;

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

type Hashed<V> = HashMap<u64, V, BuildHasherDefault<Passed>>;

/// The profiles of one block, in 32 bits: one of them, the place of their list, or that they were parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    One(u32),
    Many(u32),
    Parted,
}

const MANY: u32 = 1 << 31;
const PARTED: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Packed(u32);

impl Packed {
    fn open(self) -> Block {
        match self.0 {
            PARTED => Block::Parted,
            list if list & MANY != 0 => Block::Many(list & !MANY),
            one => Block::One(one),
        }
    }

    fn of(block: Block) -> Self {
        match block {
            Block::One(id) => Self(id),
            Block::Many(list) => Self(list | MANY),
            Block::Parted => Self(PARTED),
        }
    }
}

fn size(block: &[u32]) -> u32 {
    u32::try_from(block.len()).unwrap_or(u32::MAX)
}

/// The block of those who have a part of the key in common too.
fn parted(hash: u64, part: u32) -> u64 {
    (hash ^ u64::from(part)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

/// An index of profiles, numbered in the order in which they came.
#[derive(Default)]
pub struct Index {
    cards: Vec<Compact>,
    blocks: Hashed<Packed>,
    free: Vec<u32>,
    capped: usize,
    lists: Vec<Vec<u32>>,
    counts: Hashed<u32>,
}

impl Index {
    /// How many profiles there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cards.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cards.is_empty()
    }

    /// Adds a profile; its number.
    pub fn add(&mut self, profile: Prepared) -> u32 {
        let id = u32::try_from(self.cards.len()).unwrap_or(MANY - 1);
        for value in profile.counted {
            *self.counts.entry(value).or_default() += 1;
        }
        self.cards.push(profile.card);
        for key in &profile.keys {
            self.post(key.hash, key, 0, id);
        }
        id
    }

    fn post(&mut self, hash: u64, key: &Key, depth: usize, id: u32) {
        let slot = match self.blocks.entry(hash) {
            Entry::Vacant(slot) => {
                slot.insert(Packed::of(Block::One(id)));
                return;
            }
            Entry::Occupied(slot) => slot.into_mut(),
        };
        match slot.open() {
            Block::One(first) => {
                let list = self.free.pop().unwrap_or_else(|| {
                    self.lists.push(Vec::new());
                    u32::try_from(self.lists.len() - 1).unwrap_or_default()
                });
                *slot = Packed::of(Block::Many(list));
                self.lists[list as usize].extend([first, id]);
            }
            Block::Many(list) if self.lists[list as usize].len() < CAP => {
                self.lists[list as usize].push(id);
            }
            Block::Many(list) => {
                *slot = Packed::of(Block::Parted);
                let mut members = std::mem::take(&mut self.lists[list as usize]);
                self.free.push(list);
                members.push(id);
                self.part(hash, key, depth, &members);
            }
            Block::Parted if depth < DEPTHS => self.post(parted(hash, key.parts[depth]), key, depth + 1, id),
            Block::Parted => {}
        }
    }

    /// Puts the members of a block that has become too large into smaller ones.
    fn part(&mut self, hash: u64, key: &Key, depth: usize, members: &[u32]) {
        if depth == DEPTHS {
            self.capped += 1;
            return;
        }
        let mut keys = Vec::new();
        for member in members {
            keys::keys(&self.view(*member), &mut keys);
            if let Some(own) = keys.iter().find(|own| own.hash == key.hash) {
                self.post(parted(hash, own.parts[depth]), own, depth + 1, *member);
            }
        }
    }

    /// How many blocks stayed too large after the last parting: their profiles meet by other keys only.
    #[must_use]
    pub fn capped(&self) -> usize {
        self.capped
    }

    /// The profiles of a block that is not too large; `None` for one that is.
    fn block(&self, hash: u64) -> Option<&[u32]> {
        match self.blocks.get(&hash).map(|block| block.open()) {
            None | Some(Block::One(_)) => Some(&[]),
            Some(Block::Many(list)) => self.lists.get(list as usize).map(Vec::as_slice),
            Some(Block::Parted) => None,
        }
    }

    /// The features of a profile.
    #[must_use]
    pub fn view(&self, id: u32) -> View<'_> {
        self.cards.get(id as usize).map_or(View::new(&[]), Compact::view)
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
        let bearers = |value: u64| self.counts.get(&value).copied().unwrap_or_default();
        let sharers = |hash: u64| self.block(hash).filter(|block| !self.is_generic(block)).map(size);
        Side { view, standing: standing(&view, bearers, sharers) }
    }

    /// Whether the profiles of a block have more surnames than one household.
    fn is_generic(&self, block: &[u32]) -> bool {
        if block.len() <= GENERIC {
            return false;
        }
        is_generic(block.iter().map(|id| keys::counted(&self.view(*id)).surnames[0]))
    }

    /// The profiles that are worth comparing with one, each once, smallest number first.
    pub fn candidates(&self, id: u32, keys: &mut Vec<Key>, found: &mut Vec<u32>) {
        found.clear();
        keys::keys(&self.view(id), keys);
        for key in keys.iter() {
            let mut hash = key.hash;
            for depth in 0..=DEPTHS {
                if let Some(block) = self.block(hash) {
                    found.extend_from_slice(block);
                    break;
                }
                hash = parted(hash, key.parts.get(depth).copied().unwrap_or_default());
            }
        }
        found.sort_unstable();
        found.dedup();
        found.retain(|other| *other != id);
    }
}
