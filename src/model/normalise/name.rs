//! Names of people. The form somebody gave is kept; a display form is derived where all case was lost.

use super::text;

/// Words that stay in lower case inside a name.
const PARTICLES: &[&str] = &[
    "da", "das", "de", "del", "della", "dello", "den", "der", "di", "do", "dos", "du", "e", "el", "la",
    "las", "le", "los", "ten", "ter", "van", "vom", "von", "y", "zu", "zum", "zur",
];
/// Words that stay in upper case.
const NUMERALS: &[&str] = &["II", "III", "IV", "VI", "VII", "VIII"];

/// A name as it was given: one line, nothing else changed. `None` when there is none.
pub fn given(name: &str) -> Option<String> {
    let name = text::line(name);
    (!name.is_empty()).then_some(name)
}

/// How to show a name: as it was given, unless it was written all in capitals or all in small letters, which tells
/// nothing about its case; then each word is capitalised, particles stay small (`GARCIA DE LA CRUZ` is
/// `Garcia de la Cruz`), and letters that may be initials (`JP`) stay as they are.
pub fn display(name: &str) -> String {
    let name = text::line(name);
    let cased = || name.chars().filter(|letter| letter.is_uppercase() || letter.is_lowercase());
    let all_upper = cased().all(char::is_uppercase);
    let all_lower = cased().all(char::is_lowercase);
    if cased().count() < 3 || !(all_upper || all_lower) {
        return name;
    }
    let words: Vec<&str> = name.split(' ').collect();
    let last = words.len() - 1;
    let shown: Vec<String> =
        words.into_iter().enumerate().map(|(at, word)| word_of(word, at == last, all_upper)).collect();
    // Raising and lowering letters can leave accents apart from them.
    text::line(&shown.join(" "))
}

fn word_of(word: &str, is_last: bool, was_upper: bool) -> String {
    let small = word.to_lowercase();
    if !is_last && PARTICLES.contains(&small.as_str()) {
        return small;
    }
    let may_be_initials = word.chars().count() <= 2 && !small.contains(['a', 'e', 'i', 'o', 'u', 'y']);
    if was_upper && (NUMERALS.contains(&word) || may_be_initials) {
        return word.to_owned();
    }
    small.split('-').map(compound).collect::<Vec<_>>().join("-")
}

/// One word in small letters: `d'estaing`, `o'neil`, `mcdonald`, `garcia`.
fn compound(word: &str) -> String {
    if let Some((head, tail)) = word.split_once(['\'', '’'])
        && !tail.is_empty()
        && head.chars().count() == 1
    {
        let mark = if word.contains('\'') { '\'' } else { '’' };
        let head = if head == "d" { head.to_owned() } else { raised(head) };
        return format!("{head}{mark}{}", raised(tail));
    }
    match word.strip_prefix("mc") {
        Some(rest) if rest.chars().count() > 2 => format!("Mc{}", raised(rest)),
        Some(_) | None => raised(word),
    }
}

/// The word with its first letter raised, where that is one letter: a name that begins with `ß` stays.
fn raised(word: &str) -> String {
    let mut letters = word.chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    let mut upper = first.to_uppercase();
    let first = upper.next().filter(|_| upper.next().is_none()).unwrap_or(first);
    std::iter::once(first).chain(letters).collect()
}
