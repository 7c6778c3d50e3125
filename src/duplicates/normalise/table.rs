//! Tables as text: one entry a line, `#` before a comment.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A table of words.
pub(super) type Words = HashSet<&'static str, Quick>;
/// A table of words with something behind each.
pub(super) type Entries<Word, Entry> = HashMap<Word, Entry, Quick>;
/// Hashes words for tables whose entries nobody outside chooses.
pub(super) type Quick = BuildHasherDefault<Fnv>;

/// The lines of a table.
pub(super) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A table of words.
pub(super) fn set(text: &'static str) -> Words {
    lines(text).collect()
}

/// The words of a table that `mark` stands before.
pub(super) fn marked(text: &'static str, mark: &'static str) -> impl Iterator<Item = &'static str> {
    lines(text).filter_map(move |line| line.strip_prefix(mark))
}

/// A table of words with what stands behind each, which may be nothing.
pub(super) fn map(text: &'static str) -> Entries<&'static str, &'static str> {
    lines(text).map(|line| line.split_once(' ').unwrap_or((line, ""))).collect()
}

/// FNV-1a: the quickest for a few letters.
pub(super) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
