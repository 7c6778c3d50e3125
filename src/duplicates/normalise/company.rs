//! Companies and dummies: names without their legal form, and names that are nobody's.

use smol_str::SmolStr;
use std::sync::LazyLock;

use super::{document, letters, table};
use crate::duplicates::features::Company;
use crate::model::normalise::text;

static LEGAL_FORMS: LazyLock<table::Words> =
    LazyLock::new(|| table::set(include_str!("../data/legal_forms.txt")));

const DUMMIES: &str = include_str!("../data/dummies.txt");
static DUMMY_WORDS: LazyLock<table::Words> = LazyLock::new(|| table::marked(DUMMIES, "word ").collect());
static DUMMY_BEGINNINGS: LazyLock<table::Words> =
    LazyLock::new(|| table::marked(DUMMIES, "first ").collect());
static DUMMY_NAMES: LazyLock<table::Words> = LazyLock::new(|| table::marked(DUMMIES, "name ").collect());

/// Reads a company; `None` without a name.
pub(super) fn read(name: &str, tax_id: &str) -> Option<Company> {
    let tax_id = Some(document::bare(tax_id)).filter(|id| !id.is_empty());
    Some(Company { name: self::name(name)?, tax_id: tax_id.map(SmolStr::from) })
}

/// A company's folded name without its legal form.
pub(super) fn name(written: &str) -> Option<SmolStr> {
    let folded = text::fold(&letters::repair(written));
    let mut name = folded.as_str();
    while let Some(shorter) = without_form(name) {
        name = shorter;
    }
    (!name.is_empty()).then(|| name.into())
}

/// The name before the longest legal form at the end.
fn without_form(name: &str) -> Option<&str> {
    let mut ends = name.match_indices(' ').map(|(at, _)| name.split_at(at));
    ends.find(|(_, form)| LEGAL_FORMS.contains(form.trim_start())).map(|(name, _)| name)
}

/// Whether a folded name is nobody's: `GROUP ROOM`, `TBA TBA`, `WALK IN`.
pub(super) fn is_dummy(first: &str, last: &str) -> bool {
    let gap = if first.is_empty() || last.is_empty() { "" } else { " " };
    let name: SmolStr = [first, gap, last].into_iter().collect();
    let is_empty_word =
        |word: &str| DUMMY_WORDS.contains(word) || word.bytes().all(|byte| byte.is_ascii_digit());
    let begins = name.split_once(' ').is_some_and(|(first, _)| DUMMY_BEGINNINGS.contains(first));
    begins || name.split(' ').all(is_empty_word) || DUMMY_NAMES.contains(name.as_str())
}
