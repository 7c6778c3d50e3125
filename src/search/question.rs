//! What a question asks for.

use super::{joined, split};
use crate::model::normalise::{digest_of_number, phone};

/// More words are not looked for: whoever has typed so many has found it.
const MOST_WORDS: usize = 8;
/// So many digits at least are the end of a phone number.
const FEWEST_DIGITS: usize = 4;
/// So many digits at least are a whole one, when they are typed in groups.
const WHOLE_NUMBER: usize = 7;
/// And so many at most.
const LONGEST_NUMBER: usize = 15;
/// A number of a document has so many letters and digits at least.
const SHORTEST_DOCUMENT: usize = 5;

/// All words from one to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The first of them.
    pub first: String,
    /// The last of them.
    pub last: String,
}

impl Span {
    /// One word.
    pub fn word(word: impl Into<String>) -> Self {
        let word = word.into();
        Self { first: word.clone(), last: word }
    }

    /// Every word that begins so.
    pub fn beginning(with: &str) -> Self {
        Self { first: with.to_owned(), last: format!("{with}\u{10ffff}") }
    }

    /// Whether it is a single word.
    pub fn is_word(&self) -> bool {
        self.first == self.last
    }

    /// Whether the word is one of them.
    pub fn has(&self, word: &str) -> bool {
        (self.first.as_str()..=self.last.as_str()).contains(&word)
    }
}

/// One thing that has to fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What it is when it was typed as it should be: one of these.
    pub exact: Vec<Span>,
    /// What it is when it is not typed to its end.
    pub beginning: Option<Span>,
    /// The word, where a typo in it is forgiven.
    pub typed: Option<String>,
}

/// A question: everything in it has to fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// Each word.
    pub wanted: Vec<Wanted>,
    /// What all of it may be as one number, whatever stands between its letters.
    pub whole: Vec<Span>,
}

impl Question {
    /// What `text` asks for.
    pub fn of(text: &str) -> Self {
        let pieces = pieces(text);
        let mut wanted: Vec<Wanted> = pieces.iter().flat_map(|piece| wanted_of(piece)).collect();
        wanted.truncate(MOST_WORDS);
        let is_open = text.chars().next_back().is_some_and(char::is_alphanumeric);
        if let Some(last) = wanted.last_mut().filter(|_| is_open) {
            last.beginning = last.exact.first().map(|span| Span::beginning(&span.first));
        }
        let is_number = wanted.len() > 1 && text.chars().any(|letter| letter.is_ascii_digit());
        let whole = if is_number { number_of(text) } else { Vec::new() };
        Self { wanted, whole }
    }

    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }
}

/// What stands between white space; digits in groups are one number.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut group: Vec<&str> = Vec::new();
    for piece in text.split_whitespace() {
        if is_dialled(piece) {
            group.push(piece);
            continue;
        }
        close(&mut group, &mut pieces);
        pieces.push(piece.to_owned());
    }
    close(&mut group, &mut pieces);
    pieces
}

fn close(group: &mut Vec<&str>, pieces: &mut Vec<String>) {
    let n_digits = |piece: &str| phone::digits(piece).len();
    let all: usize = group.iter().map(|piece| n_digits(piece)).sum();
    let is_one = (WHOLE_NUMBER..=LONGEST_NUMBER).contains(&all)
        && group.iter().skip(1).all(|piece| n_digits(piece) < WHOLE_NUMBER && !piece.starts_with('+'));
    if is_one {
        pieces.push(group.concat());
    } else {
        pieces.extend(group.iter().map(|piece| (*piece).to_owned()));
    }
    group.clear();
}

fn is_dialled(piece: &str) -> bool {
    piece.chars().any(|letter| letter.is_ascii_digit())
        && piece.chars().all(|letter| letter.is_ascii_digit() || "+-()[]./".contains(letter))
}

fn wanted_of(piece: &str) -> Vec<Wanted> {
    let digits = phone::digits(piece);
    if is_dialled(piece) && digits.len() >= FEWEST_DIGITS {
        return vec![Wanted { exact: number_of(piece), beginning: None, typed: None }];
    }
    let words = split(piece);
    let alone = words.len() == 1;
    let one = |word: String| {
        let document = document_of(&word).filter(|_| alone);
        let typed = word.chars().all(char::is_alphabetic).then(|| word.clone());
        Wanted { exact: std::iter::once(Span::word(word)).chain(document).collect(), beginning: None, typed }
    };
    words.into_iter().map(one).collect()
}

/// What a text may be as one number: the number as it is, the end of a phone number, a document.
fn number_of(text: &str) -> Vec<Span> {
    let mut found: Vec<Span> =
        Some(joined(text)).filter(|word| !word.is_empty()).map(Span::word).into_iter().collect();
    if text.split_whitespace().all(is_dialled) {
        let digits = phone::digits(text);
        // Zeros before a number are dialled, unless they are in the middle of it.
        let mut ends = vec![digits.as_str(), digits.trim_start_matches('0')];
        ends.dedup();
        for end in ends.into_iter().filter(|end| end.len() >= FEWEST_DIGITS) {
            let reversed: String = end.chars().rev().collect();
            found.push(Span::beginning(&format!("+{reversed}")));
        }
    }
    found.extend(document_of(text));
    found
}

fn document_of(text: &str) -> Option<Span> {
    let letters = text.chars().filter(|letter| letter.is_alphanumeric());
    let has_digit = text.chars().any(|letter| letter.is_ascii_digit());
    if !has_digit || letters.count() < SHORTEST_DOCUMENT {
        return None;
    }
    digest_of_number(text).map(|digest| Span::word(format!("#{digest}")))
}
