//! Letters: damage undone, accents folded, the other way of writing a word.

use encoding_rs::WINDOWS_1252;
use smol_str::SmolStr;
use std::borrow::Cow;

use crate::duplicates::features::Word;
use crate::model::normalise::text;

/// A text whose UTF-8 was read as Windows-1252, once or twice, as it was meant; any other text unchanged.
///
/// Each word is repaired by itself, and only where the bytes are UTF-8 to the last.
pub fn repair(raw: &str) -> Cow<'_, str> {
    // One letter was made two or more: where none stands beside another, nothing was.
    let is_foreign = |letter: char| !letter.is_ascii();
    let has_pair = || raw.chars().zip(raw.chars().skip(1)).any(|(a, b)| is_foreign(a) && is_foreign(b));
    if raw.is_ascii() || !has_pair() {
        return Cow::Borrowed(raw);
    }
    let words: Vec<String> = raw.split(' ').map(repair_word).collect();
    Cow::Owned(words.join(" "))
}

fn repair_word(word: &str) -> String {
    let mut word = word.to_owned();
    // Somebody's export and somebody else's import: twice, but never more.
    for _ in 0..2 {
        // Lower case turns the mark `Ã` of damage into `ã`.
        let Some(better) = decoded(&word).or_else(|| decoded(&word.replace('ã', "Ã"))) else { break };
        word = better;
    }
    word
}

fn decoded(word: &str) -> Option<String> {
    if word.is_ascii() {
        return None;
    }
    let (bytes, _, is_lossy) = WINDOWS_1252.encode(word);
    if is_lossy {
        return None;
    }
    std::str::from_utf8(&bytes).ok().map(str::to_owned)
}

/// The folded words of a text in one piece.
pub(super) fn joined(raw: &str) -> SmolStr {
    together(text::fold(raw).into())
}

/// A folded text without its gaps.
fn together(folded: SmolStr) -> SmolStr {
    if folded.bytes().all(|byte| byte != b' ') { folded } else { folded.split(' ').collect() }
}

/// Whether a text has fewer than three different letters or digits.
pub(super) fn is_monotonous(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next();
    let second = bytes.find(|byte| Some(*byte) != first);
    bytes.all(|byte| Some(byte) == first || Some(byte) == second)
}

/// A word as people and machines write it.
pub(super) fn word(raw: &str) -> Option<Word> {
    folded_word(raw, text::fold(raw).into())
}

/// As [`word`], of a word that was folded before.
pub(super) fn folded_word(raw: &str, folded: SmolStr) -> Option<Word> {
    let plain = together(folded);
    if plain.is_empty() {
        return None;
    }
    let spelt = if raw.is_ascii() { None } else { Some(joined(&spelt_out(raw))) };
    let twin = spelt.filter(|spelt| *spelt != plain).or_else(|| contracted(&plain));
    Some(Word { plain, twin })
}

/// `Müller` as `Mueller`.
fn spelt_out(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len() + 4);
    for letter in text::lined(raw).chars().flat_map(char::to_lowercase) {
        match letter {
            'ä' | 'æ' => out.push_str("ae"),
            'ö' | 'ø' | 'œ' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'å' => out.push_str("aa"),
            'ñ' => out.push_str("ny"),
            other => out.push(other),
        }
    }
    out
}

/// `mueller` as `muller`: what was perhaps spelt out. Both sides of a comparison do it, so a wrong guess costs little.
fn contracted(plain: &str) -> Option<SmolStr> {
    let is_pair = |pair| matches!(pair, (b'u' | b'o' | b'a', b'e') | (b'a', b'a') | (b'n', b'y'));
    if !plain.bytes().zip(plain.bytes().skip(1)).any(is_pair) {
        return None;
    }
    let letters: Vec<char> = plain.chars().collect();
    if letters.len() < 4 {
        return None;
    }
    let mut out = String::with_capacity(plain.len());
    let mut at = 0;
    while let Some(letter) = letters.get(at).copied() {
        out.push(letter);
        let before = at.checked_sub(1).and_then(|index| letters.get(index)).copied();
        let next = letters.get(at + 1).copied();
        let is_spelt = match (letter, next) {
            ('u' | 'o' | 'a', Some('e')) => !before.is_some_and(|before| "aeiouq".contains(before)),
            ('a', Some('a')) => true,
            ('n', Some('y')) => letters.get(at + 2).is_some_and(|letter| "aeiou".contains(*letter)),
            (_, _) => false,
        };
        at += if is_spelt { 2 } else { 1 };
    }
    (out != plain).then(|| out.into())
}

/// A word with the digits that stand for letters (`Garc1a`, `L0pez`) as letters, and others dropped.
pub(super) fn undigited(word: &str) -> Cow<'_, str> {
    let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
    if !has_digit {
        return Cow::Borrowed(word);
    }
    if word.chars().filter(|letter| letter.is_alphabetic()).count() < 2 {
        return Cow::Borrowed("");
    }
    let letters: Vec<char> = word.chars().collect();
    let is_letter = |index: Option<usize>| {
        index.and_then(|index| letters.get(index)).is_some_and(|letter| letter.is_alphabetic())
    };
    let mut out = String::with_capacity(word.len());
    for (at, letter) in letters.iter().copied().enumerate() {
        let is_inside = is_letter(Some(at + 1)) || (is_letter(at.checked_sub(1)) && at + 1 < letters.len());
        match letter {
            '0' if is_inside => out.push('o'),
            '1' if is_inside => out.push('i'),
            '5' if is_inside => out.push('s'),
            other if other.is_ascii_digit() => {}
            other => out.push(other),
        }
    }
    Cow::Owned(out)
}
