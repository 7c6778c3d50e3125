//! Text: composed Unicode without control characters, with plain spaces.

use std::borrow::Cow;
use std::fmt::Write as _;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::model::value::Choice;

/// One line: NFC, no control characters, every run of white space one space, none at the ends.
pub fn line(text: &str) -> String {
    lined(text).into_owned()
}

/// As [`line()`] makes it; most texts are so already.
pub(crate) fn lined(text: &str) -> Cow<'_, str> {
    if is_clean(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for piece in text.nfc().filter(|letter| !is_noise(*letter)).collect::<String>().split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(piece);
    }
    // Dropping a character can bring two others together that compose.
    Cow::Owned(out.nfc().collect())
}

/// Several lines: each as [`line()`] makes it, separated by a line feed, without empty lines at the ends.
pub fn block(text: &str) -> String {
    let unified = text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    let lines: Vec<String> = unified.split('\n').map(line).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// Bytes in hexadecimal, in small letters.
pub fn hex<'a>(bytes: impl IntoIterator<Item = &'a u8>) -> String {
    let mut out = String::new();
    for byte in bytes {
        // Writing into a `String` cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// The letters and digits of a text for comparing: lower case, without accents, words separated by one space.
///
/// Two texts that people take for the same fold to the same; the folded form is never shown or sent.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(&mut folded, text);
    folded
}

/// Writes what [`fold`] makes of a text over `out`.
pub(crate) fn fold_into(out: &mut String, text: &str) {
    out.clear();
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        out.push_str(text);
        out.make_ascii_lowercase();
        return;
    }
    let mut folded = Folded { text: out, gap: false };
    if text.is_ascii() {
        text.bytes().for_each(|byte| folded.push_ascii(char::from(byte.to_ascii_lowercase())));
        return;
    }
    for letter in text.chars() {
        if letter.is_ascii() {
            folded.push_ascii(letter.to_ascii_lowercase());
            continue;
        }
        // Letter by letter the marks may come in another order than NFKD puts them, but marks are left out.
        decompose_compatible(letter, |part| {
            for small in part.to_lowercase() {
                decompose_compatible(small, |letter| folded.push(letter));
            }
        });
    }
}

/// A text in small letters; most addresses are so already.
pub(crate) fn small(text: &str) -> Cow<'_, str> {
    let is_small = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_small { Cow::Borrowed(text) } else { Cow::Owned(text.to_lowercase()) }
}

/// The place of a pair of letters, in either case, among all of them; `None` for another text.
pub(super) fn pair(text: &str) -> Option<usize> {
    let [first, second] = text.as_bytes() else { return None };
    let place = |letter: u8| char::from(letter).to_digit(36)?.checked_sub(10);
    usize::try_from(place(*first)? * 26 + place(*second)?).ok()
}

/// How many pairs of letters there are.
pub(super) const N_PAIRS: usize = 26 * 26;

/// What [`fold_into`] has made so far.
struct Folded<'a> {
    text: &'a mut String,
    /// Whether something was left out that separates words.
    gap: bool,
}

impl Folded<'_> {
    fn push_ascii(&mut self, letter: char) {
        match letter {
            'a'..='z' | '0'..='9' => {
                self.close_gap();
                self.text.push(letter);
            }
            '\'' | '`' | '.' | '\0'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}' => {}
            _ => self.gap = true,
        }
    }

    fn push(&mut self, letter: char) {
        if letter.is_ascii() {
            self.push_ascii(letter);
        } else if is_combining_mark(letter) || is_noise(letter) || matches!(letter, '’' | 'ʼ' | '´') {
            // They belong to the word that they stand in.
        } else if letter.is_alphanumeric() {
            self.close_gap();
            match plain_letters(letter) {
                Some(plain) => self.text.push_str(plain),
                None => self.text.push(letter),
            }
        } else {
            self.gap = true;
        }
    }

    fn close_gap(&mut self) {
        if self.gap && !self.text.is_empty() {
            self.text.push(' ');
        }
        self.gap = false;
    }
}

/// The word of a closed list that `raw` is, compared by [`fold`]; another word is kept as it was written. `None` for
/// an empty text.
pub fn choice(words: &[&'static str], raw: &str) -> Option<Choice> {
    let kept = line(raw);
    if kept.is_empty() {
        return None;
    }
    let same = words.iter().find(|word| **word == kept);
    let known = same.or_else(|| {
        let folded = fold(&kept);
        words.iter().find(|word| fold(word) == folded)
    });
    Some(known.map_or_else(|| Choice::Other(kept.into()), |word| Choice::Known((*word).into())))
}

/// Whether [`line()`] has nothing to do: most texts were read before.
pub(crate) fn is_clean(text: &str) -> bool {
    if text.is_ascii() {
        let bytes = text.as_bytes();
        let is_printed = bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
        let has_spare_space = bytes.first() == Some(&b' ')
            || bytes.last() == Some(&b' ')
            || bytes.windows(2).any(|pair| pair == b"  ");
        return is_printed && !has_spare_space;
    }
    let mut before = ' ';
    for letter in text.chars() {
        let spare_space = letter == ' ' && before == ' ';
        if spare_space || (letter != ' ' && letter.is_whitespace()) || is_noise(letter) {
            return false;
        }
        before = letter;
    }
    before != ' ' && is_nfc_quick(text.chars()) == IsNormalized::Yes
}

/// Characters that carry no meaning and break comparing or displaying: controls, byte order mark, zero-width space,
/// word joiner, and the marks that turn the direction of the text around them.
fn is_noise(letter: char) -> bool {
    let is_space = letter.is_whitespace();
    (letter.is_control() && !is_space)
        || matches!(letter, '\u{feff}' | '\u{200b}' | '\u{2060}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Latin letters that decomposition leaves alone.
const fn plain_letters(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        'ŋ' => "n",
        _ => return None,
    })
}
