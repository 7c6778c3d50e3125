//! How like two words are.

/// Most letters that the marks of a word have room for.
const MOST: usize = 64;
/// So many letters of a common beginning count.
const BEGINNING: usize = 4;

/// The Jaro-Winkler likeness of two words, 0 to 1: what [`strsim::jaro_winkler`] gives, to the last bit.
///
/// Nearly all words are ASCII and short. Those need no room on the heap and no decoding, and are compared
/// nearly twice as fast (`cargo bench --bench hub -- matching`).
#[must_use]
pub fn jaro_winkler(a: &str, b: &str) -> f64 {
    if a.is_ascii() && b.is_ascii() && a.len() <= MOST && b.len() <= MOST {
        winkler(a.as_bytes(), b.as_bytes())
    } else {
        strsim::jaro_winkler(a, b)
    }
}

/// The same where it is more than `least`, 0 elsewhere: words that have few letters in common are not looked at closely.
#[must_use]
pub fn above(a: &str, b: &str, least: f64) -> f64 {
    if most(a.as_bytes(), b.as_bytes()) <= least {
        return 0.0;
    }
    let alike = jaro_winkler(a, b);
    if alike > least { alike } else { 0.0 }
}

/// More than the likeness of two words can be: as if every letter that the other one has too were found, in its order.
/// Letters are bytes here, and several may count as one, which only makes it more.
fn most(a: &[u8], b: &[u8]) -> f64 {
    if a.is_empty() || b.is_empty() || !a.is_ascii() || !b.is_ascii() {
        return f64::INFINITY;
    }
    let letters = |word: &[u8]| word.iter().fold(0_u32, |letters, letter| letters | 1 << (letter & 31));
    let known =
        |word: &[u8], letters: u32| word.iter().filter(|letter| letters >> (**letter & 31) & 1 == 1).count();
    let found = known(a, letters(b)).min(known(b, letters(a)));
    let alike = (number(found) / number(a.len()) + number(found) / number(b.len()) + 1.0) / 3.0;
    alike + 0.1 * number(beginning(a, b)) * (1.0 - alike) + f64::EPSILON * 8.0
}

/// How many letters of the beginning are the same, as far as it counts.
fn beginning(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take(BEGINNING).take_while(|(a, b)| a == b).count()
}

fn winkler(a: &[u8], b: &[u8]) -> f64 {
    let alike = jaro(a, b);
    if alike <= 0.7 {
        return alike;
    }
    alike + 0.1 * number(beginning(a, b)) * (1.0 - alike)
}

fn jaro(a: &[u8], b: &[u8]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return if a.len() == b.len() { 1.0 } else { 0.0 };
    }
    let reach = (a.len().max(b.len()) / 2).saturating_sub(1);
    // The letters of `a` that were found in `b`, in their order, and a mark on each place of `b` where one was.
    let (mut found, mut n_found, mut marks) = ([0; MOST], 0, 0_u64);
    for (at, letter) in a.iter().enumerate() {
        let near = at.saturating_sub(reach)..b.len().min(at + reach + 1);
        let is_it = |place: &usize| b[*place] == *letter && marks >> place & 1 == 0;
        if let Some(place) = near.into_iter().find(is_it) {
            marks |= 1 << place;
            found[n_found] = *letter;
            n_found += 1;
        }
    }
    if n_found == 0 {
        return 0.0;
    }
    let marked = b.iter().enumerate().filter(|(place, _)| marks >> place & 1 == 1);
    let n_moved = found.iter().zip(marked).filter(|(one, (_, other))| one != other).count();
    let share = |n: usize, of: usize| number(n) / number(of);
    (share(n_found, a.len()) + share(n_found, b.len()) + share(n_found - n_moved / 2, n_found)) / 3.0
}

fn number(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{above, jaro_winkler};

    proptest! {
        #[test]
        fn the_same_as_the_library(a in "[a-e]{0,12}|[a-zü]{0,70}", b in "[a-e]{0,12}|[a-zü]{0,70}") {
            prop_assert_eq!(jaro_winkler(&a, &b).to_bits(), strsim::jaro_winkler(&a, &b).to_bits());
        }

        #[test]
        fn nothing_above_is_overlooked(a in "[a-e]{0,9}", b in "[a-e]{0,9}", least in 0.5..1.0_f64) {
            let alike = jaro_winkler(&a, &b);
            let expected = if alike > least { alike } else { 0.0 };
            prop_assert_eq!(above(&a, &b, least).to_bits(), expected.to_bits());
        }
    }
}
