//! Nicknames and equal names: which groups a given name belongs to.

use std::sync::LazyLock;

use super::table;
use crate::duplicates::features::{GroupId, Word};
use crate::model::normalise::text;

const TABLE: &str = include_str!("../data/nicknames.txt");
/// The language of lines that hold one name in several languages.
const COGNATES: &str = "xx";
/// Most words of one compound name in the table.
const LONGEST: usize = 4;

struct Table {
    groups: table::Entries<String, Vec<GroupId>>,
    languages: Vec<&'static str>,
}

static GROUPS: LazyLock<Table> = LazyLock::new(|| {
    let mut found = Table { groups: table::Entries::default(), languages: Vec::new() };
    for (id, line) in (0..=u16::MAX).zip(table::lines(TABLE)) {
        let mut words = line.split_whitespace();
        found.languages.push(words.next().unwrap_or_default());
        for word in words {
            let compound = text::fold(word).split(' ').filter(|word| !is_link(word)).collect();
            let groups = found.groups.entry(compound).or_default();
            if groups.last() != Some(&GroupId(id)) {
                groups.push(GroupId(id));
            }
        }
    }
    found
});

/// The groups of a name: that of the whole compound, and those of each word and of each run of words that begins it.
pub(super) fn groups(given: &[Word]) -> Box<[GroupId]> {
    let mut found = Vec::new();
    let mut run = String::new();
    let known = |name: &str| GROUPS.groups.get(name).map(Vec::as_slice).unwrap_or_default();
    for (at, word) in given.iter().take(LONGEST).enumerate() {
        word.forms().for_each(|form| found.extend_from_slice(known(form)));
        if given.len() > 1 {
            run.push_str(&word.plain);
        }
        if at > 0 {
            found.extend_from_slice(known(&run));
        }
    }
    found.sort_unstable();
    found.dedup();
    found.into_boxed_slice()
}

/// Whether a word only links the halves of a compound name: `María del Carmen`.
pub(super) fn is_link(word: &str) -> bool {
    matches!(word, "de" | "del" | "la" | "las" | "los" | "da" | "das" | "do" | "dos" | "di")
}

/// Whether the table knows a word as a given name.
pub(super) fn is_given(word: &str) -> bool {
    word.len() > 2 && GROUPS.groups.contains_key(word)
}

/// The language of a group; `None` for one that spans languages and is weaker evidence.
pub fn language(group: GroupId) -> Option<&'static str> {
    let language = GROUPS.languages.get(usize::from(group.0)).copied();
    language.filter(|language| *language != COGNATES)
}
