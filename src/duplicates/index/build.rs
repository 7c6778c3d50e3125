//! Making an index of all profiles at once: the postings of their keys are sorted, and what stands together is a block.

use super::{Hashed, Index};
use crate::duplicates::block::{CAP, is_generic};
use crate::duplicates::compact::{Compact, Sort};
use crate::duplicates::keys::{self, Key};

/// In so many pieces the postings are sorted: what a piece needs to grow is little of the whole.
const SHARDS: usize = 16;

/// A key with the number of the profile that has it, in the order in which they sort.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Posting {
    hash: u64,
    parts: [u16; 2],
    id: u32,
}

impl Posting {
    /// The shard that has its hash: shards have a stretch of hashes each.
    fn shard(self) -> usize {
        usize::from(self.hash.to_be_bytes()[0]) * SHARDS / 256
    }
}

/// Profiles on their way into an index, numbered in the order in which they come.
#[derive(Default)]
pub struct Builder {
    cards: Vec<Compact>,
    postings: [Vec<Posting>; SHARDS],
    counted: Vec<u64>,
    keys: Vec<Key>,
}

impl Builder {
    /// Adds a profile.
    pub fn add(&mut self, card: Compact) {
        let id = u32::try_from(self.cards.len()).unwrap_or(u32::MAX);
        keys::keys(&card.view(), &mut self.keys);
        for key in &self.keys {
            let posting = Posting { hash: key.hash, parts: key.parts, id };
            self.postings[posting.shard()].push(posting);
        }
        match card.view().sort() {
            Sort::Person => self.counted.extend(keys::counted(&card.view()).values()),
            Sort::Company | Sort::Dummy => {}
        }
        self.cards.push(card);
    }

    /// Adds the profiles that another has gathered.
    pub fn append(&mut self, more: Self) {
        let by = u32::try_from(self.cards.len()).unwrap_or(u32::MAX);
        for (all, new) in self.postings.iter_mut().zip(more.postings) {
            all.extend(new.into_iter().map(|posting| Posting { id: posting.id + by, ..posting }));
        }
        self.cards.extend(more.cards);
        self.counted.extend(more.counted);
    }

    /// The index of all that were added, made by `n_threads`.
    #[must_use]
    pub fn build(self, n_threads: usize) -> Index {
        let Self { cards, mut postings, counted, .. } = self;
        let of_thread = SHARDS.div_ceil(n_threads.max(1));
        let (blocks, counts) = std::thread::scope(|scope| {
            let work = |shards| scope.spawn(move || Blocks::of(shards));
            let workers: Vec<_> = postings.chunks_mut(of_thread).map(work).collect();
            let counts = counts(counted);
            (workers.into_iter().filter_map(|worker| worker.join().ok()).collect::<Vec<_>>(), counts)
        });
        drop(postings);
        Blocks::joined(blocks).index(cards, counts)
    }
}

/// How many bear each value that more than one bear.
fn counts(mut values: Vec<u64>) -> Hashed<u32> {
    values.sort_unstable();
    let several = values.chunk_by(|a, b| a == b).filter(|same| same.len() > 1);
    several.map(|same| (same[0], u32::try_from(same.len()).unwrap_or(u32::MAX))).collect()
}

/// Blocks of two and more, in the order of their hashes.
#[derive(Default)]
struct Blocks {
    /// The hash of each; the parts of a block have the whole one's.
    hashes: Vec<u64>,
    /// Where each ends among the members.
    ends: Vec<u32>,
    members: Vec<u32>,
    /// The hashes of those that are too large, or that have more surnames than one household.
    shared: Vec<u64>,
    capped: usize,
}

impl Blocks {
    /// The blocks of some shards, which are used up.
    fn of(shards: &mut [Vec<Posting>]) -> Self {
        let mut blocks = Self::default();
        for shard in shards {
            let mut postings = std::mem::take(shard);
            postings.sort_unstable();
            for same in postings.chunk_by(|a, b| a.hash == b.hash) {
                blocks.add(same);
            }
        }
        blocks
    }

    /// Adds the postings of one key, in parts where they are too many.
    fn add(&mut self, same: &[Posting]) {
        if same.len() > CAP || is_generic(same.iter().map(|posting| u64::from(posting.parts[0]))) {
            self.shared.push(same[0].hash);
        }
        if same.len() <= CAP {
            return self.put(same);
        }
        for first in same.chunk_by(|a, b| a.parts[0] == b.parts[0]) {
            if first.len() <= CAP {
                self.put(first);
                continue;
            }
            for both in first.chunk_by(|a, b| a.parts == b.parts) {
                if both.len() <= CAP {
                    self.put(both);
                } else {
                    self.capped += 1;
                }
            }
        }
    }

    fn put(&mut self, block: &[Posting]) {
        if block.len() < 2 {
            return;
        }
        let begin = self.members.len();
        self.members.extend(block.iter().map(|posting| posting.id));
        self.members[begin..].sort_unstable();
        self.hashes.push(block[0].hash);
        self.ends.push(u32::try_from(self.members.len()).unwrap_or(u32::MAX));
    }

    /// All blocks of several threads, which worked on one stretch of hashes each.
    fn joined(blocks: Vec<Self>) -> Self {
        let mut all = Self::default();
        for more in blocks {
            let by = u32::try_from(all.members.len()).unwrap_or(u32::MAX);
            all.hashes.extend(more.hashes);
            all.ends.extend(more.ends.into_iter().map(|end| end + by));
            all.members.extend(more.members);
            all.shared.extend(more.shared);
            all.capped += more.capped;
        }
        all
    }

    fn index(self, cards: Vec<Compact>, counts: Hashed<u32>) -> Index {
        let Self { hashes, ends, members, shared, capped } = self;
        // Of each profile the end of its blocks; while they are put in, their beginning.
        let mut ends_of = vec![0_u32; cards.len() + 1];
        for member in &members {
            ends_of[*member as usize + 1] += 1;
        }
        for at in 1..ends_of.len() {
            ends_of[at] += ends_of[at - 1];
        }
        let mut blocks_of = vec![0; members.len()];
        let mut begin = 0;
        for (block, end) in (0..).zip(&ends) {
            for member in &members[begin..*end as usize] {
                let next = &mut ends_of[*member as usize];
                blocks_of[*next as usize] = block;
                *next += 1;
            }
            begin = *end as usize;
        }
        Index { cards, hashes, ends, members, ends_of, blocks_of, shared, counts, capped }
    }
}
