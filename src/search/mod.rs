//! Finding a profile by anything that is known of it, pure: which words a profile is found by, what a question asks for,
//! and how well the one fits the other.
//!
//! Words are folded: small letters without accents. Behind `+` stand the digits of a phone number from the last to the
//! first, behind `#` the digest of a document's number, behind `=` the kind of profile: no question can spell these.

mod fit;
mod question;
#[cfg(test)]
mod tests;
mod typo;
mod words;

pub use fit::{Fit, fit, score};
pub use question::{Question, Span, Wanted};
pub use typo::{is_near, variants};
pub use words::{Words, kind_word, words_of};

/// Longer words are cut: nobody types them whole.
const LONGEST: usize = 40;

/// Words of a text, each cut to the longest that is kept.
fn split(text: &str) -> Vec<String> {
    let folded = crate::model::normalise::text::fold(text);
    folded.split(' ').filter(|word| !word.is_empty()).map(cut).collect()
}

/// A text as one word, whatever stands between its letters.
fn joined(text: &str) -> String {
    cut(&crate::model::normalise::text::fold(text).replace(' ', ""))
}

fn cut(word: &str) -> String {
    word.chars().take(LONGEST).collect()
}
