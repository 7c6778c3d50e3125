//! One typo in a word: a letter too many, one too few, a wrong one, or two neighbours swapped.
//!
//! Two words that are one typo apart have a word in common among themselves and what is left of each without one letter:
//! so a word is found by the hashes of these, and [`is_near`] says whether it truly is the one.

use std::collections::BTreeSet;
use xxhash_rust::xxh3::xxh3_64;

/// In shorter words every other word would be near.
const FORGIVEN: usize = 4;

/// The hashes that a word is found by in spite of a typo: its own, and that of each rest without one letter. None where a
/// typo is not forgiven at all.
pub fn variants(word: &str) -> Vec<i64> {
    let letters: Vec<char> = word.chars().collect();
    if letters.len() + 1 < FORGIVEN || !letters.iter().all(|letter| letter.is_alphabetic()) {
        return Vec::new();
    }
    let hash = |text: &str| xxh3_64(text.as_bytes()).cast_signed();
    let mut found = BTreeSet::from([hash(word)]);
    for left_out in 0..letters.len() {
        let rest = letters.iter().enumerate().filter(|(at, _)| *at != left_out);
        found.insert(hash(&rest.map(|(_, letter)| *letter).collect::<String>()));
    }
    found.into_iter().collect()
}

/// Whether two different words are one typo apart, and the longer one is long enough for it to be forgiven.
pub fn is_near(one: &str, other: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let (short, long) = if a.len() <= b.len() { (&a, &b) } else { (&b, &a) };
    if long.len() < FORGIVEN || long.len() - short.len() > 1 || short == long {
        return false;
    }
    let same = short.iter().zip(long).take_while(|(one, other)| one == other).count();
    let (short, long) = (&short[same..], &long[same..]);
    if short.len() < long.len() {
        return short == &long[1..];
    }
    let is_swapped =
        || short.len() > 1 && short[0] == long[1] && short[1] == long[0] && short[2..] == long[2..];
    short[1..] == long[1..] || is_swapped()
}
