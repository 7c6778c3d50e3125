//! How well the words of a profile fit a question.

use super::{Question, Wanted};

/// How one wanted thing was found; the better comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// As it was typed.
    Exact,
    /// As the beginning of a word.
    Beginning,
    /// With a typo.
    Typo,
}

impl Fit {
    const fn worth(self) -> f64 {
        match self {
            Self::Exact => 1.0,
            Self::Beginning => 0.5,
            Self::Typo => 0.25,
        }
    }
}

/// How each wanted thing is found among the words of a profile; `None` when one is not. `near` are, for each, the words
/// that are a typo away.
pub fn fit(question: &Question, near: &[Vec<String>], words: &str) -> Option<Vec<Fit>> {
    let words: Vec<&str> = words.split(' ').collect();
    let near = near.iter().map(Vec::as_slice).chain(std::iter::repeat(&[] as &[String]));
    question.wanted.iter().zip(near).map(|(wanted, near)| found(wanted, near, &words)).collect()
}

fn found(wanted: &Wanted, near: &[String], words: &[&str]) -> Option<Fit> {
    let any = |test: &dyn Fn(&str) -> bool| words.iter().any(|word| test(word));
    if any(&|word| wanted.exact.iter().any(|span| span.has(word))) {
        Some(Fit::Exact)
    } else if any(&|word| wanted.beginning.as_ref().is_some_and(|span| span.has(word))) {
        Some(Fit::Beginning)
    } else if any(&|word| near.iter().any(|known| known == word)) {
        Some(Fit::Typo)
    } else {
        None
    }
}

/// How good that is: what was found as it was typed counts most, and rare words more than those that many have.
/// `n_bearers` says how many profiles have each wanted word as it was typed.
pub fn score(fits: &[Fit], n_bearers: &[u64]) -> f64 {
    // As a weight every count is small enough.
    #[expect(clippy::cast_precision_loss, reason = "a weight, not a count")]
    let rarity = |n: u64| 1.0 / (2.0 + n as f64).ln();
    fits.iter().zip(n_bearers).map(|(fit, n)| fit.worth() * rarity(*n)).sum()
}
