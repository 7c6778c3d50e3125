//! Companies and dummies: names without their legal form, and names that are nobody's.

use smol_str::SmolStr;
use std::collections::HashSet;
use std::sync::LazyLock;

use super::{document, letters, table};
use crate::duplicates::features::Company;

static LEGAL_FORMS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| table::set(include_str!("../data/legal_forms.txt")));
static DUMMIES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| table::set(include_str!("../data/dummies.txt")));
/// Most words of one legal form.
const LONGEST_FORM: usize = 4;

/// Reads a company; `None` without a name.
pub(super) fn read(name: &str, tax_id: &str) -> Option<Company> {
    let tax_id = Some(document::bare(tax_id)).filter(|id| !id.is_empty());
    Some(Company { name: self::name(name)?, tax_id: tax_id.map(SmolStr::from) })
}

/// A company's folded name without its legal form.
pub(super) fn name(written: &str) -> Option<SmolStr> {
    let mut words = letters::words(&letters::repair(written));
    while let Some(form) = (1..=LONGEST_FORM).rev().find(|n| ends_with_form(&words, *n)) {
        words.truncate(words.len() - form);
    }
    (!words.is_empty()).then(|| words.join(" ").into())
}

/// Whether the last `n_words` words are a legal form, with a name before them.
fn ends_with_form(words: &[String], n_words: usize) -> bool {
    words.len() > n_words && LEGAL_FORMS.contains(words[words.len() - n_words..].join(" ").as_str())
}

/// Whether a name is nobody's: `GROUP ROOM`, `TBA TBA`, `WALK IN`.
pub(super) fn is_dummy(first: &str, last: &str) -> bool {
    let words = letters::words(&format!("{first} {last}"));
    let is_listed = |sort: &str, name: &str| DUMMIES.contains(format!("{sort} {name}").as_str());
    let is_empty_word =
        |word: &String| is_listed("word", word) || word.bytes().all(|byte| byte.is_ascii_digit());
    let begins = words.len() > 1 && words.first().is_some_and(|first| is_listed("first", first));
    words.is_empty() || begins || words.iter().all(is_empty_word) || is_listed("name", &words.join(" "))
}
