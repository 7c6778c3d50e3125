//! What the desk says, in the operator's language.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::duplicates::explain::Tongue;

/// The lines of each part of the desk: a key, and what is said under it in English, Spanish and French.
const TEXTS: [&str; 5] = [
    include_str!("words/shell.txt"),
    include_str!("words/review.txt"),
    include_str!("words/profile.txt"),
    include_str!("words/systems.txt"),
    include_str!("words/values.txt"),
];

static TABLE: LazyLock<HashMap<&'static str, [&'static str; 3]>> = LazyLock::new(|| {
    let read = |line: &'static str| {
        let mut cells = line.split(" | ").map(str::trim);
        let mut next = || cells.next();
        Some((next()?, [next()?, next()?, next()?]))
    };
    lines().filter_map(read).collect()
});

fn lines() -> impl Iterator<Item = &'static str> {
    TEXTS.into_iter().flat_map(str::lines).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The words of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Words(pub(super) Tongue);

impl Words {
    /// The languages, each with its code and its own name.
    const ALL: [(&'static str, &'static str, Tongue); 3] = [
        ("en", "English", Tongue::English),
        ("es", "Español", Tongue::Spanish),
        ("fr", "Français", Tongue::French),
    ];

    /// The language that was chosen, else the first that the browser likes and the desk speaks.
    pub(super) fn of(chosen: Option<&str>, accepted: Option<&str>) -> Self {
        let spoken = |code: &str| {
            let code = code.trim().get(..2)?.to_ascii_lowercase();
            Self::ALL.into_iter().find(|(known, ..)| *known == code).map(|(.., tongue)| tongue)
        };
        let accepted = accepted.into_iter().flat_map(|list| list.split(',')).find_map(spoken);
        Self(chosen.and_then(spoken).or(accepted).unwrap_or_default())
    }

    /// The language's code.
    pub(super) fn code(self) -> &'static str {
        Self::ALL.into_iter().find(|(.., tongue)| *tongue == self.0).map_or("en", |(code, ..)| code)
    }

    /// The languages: code, own name, and whether it is this one.
    pub(super) fn languages(self) -> [(&'static str, &'static str, bool); 3] {
        Self::ALL.map(|(code, name, tongue)| (code, name, tongue == self.0))
    }

    /// What is said under this key; the key itself where the table has none.
    pub(super) fn say(self, key: &str) -> &str {
        TABLE.get(key).map_or(key, |words| words[self.0 as usize])
    }

    /// What is said for a word of this family; `None` where the table has none.
    pub(super) fn known(self, family: &str, word: &str) -> Option<&'static str> {
        TABLE.get(format!("{family}{word}").as_str()).map(|words| words[self.0 as usize])
    }

    /// The same; the word itself where the table has none.
    pub(super) fn word<'w>(self, family: &str, word: &'w str) -> &'w str {
        self.known(family, word).unwrap_or(word)
    }

    /// The same with what goes into it.
    pub(super) fn with(self, key: &str, parts: &[(&str, &str)]) -> String {
        parts.iter().fold(self.say(key).to_owned(), |text, (name, part)| text.replace(name, part))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_line_says_something_in_each_language() {
        for line in lines() {
            let cells: Vec<&str> = line.split(" | ").map(str::trim).collect();
            assert!(cells.len() == 4 && cells.iter().all(|cell| !cell.is_empty()), "{line}");
        }
        assert_eq!(TABLE.len(), lines().count(), "a key is there twice");
    }

    #[test]
    fn whatever_a_page_says_is_in_the_table() {
        let desk = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/desk");
        let mut folders = vec![desk];
        let mut n_said = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder of the source") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(text) = std::fs::read_to_string(&path) {
                    for key in text.split(".say(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                        assert!(TABLE.contains_key(key), "{}: {key}", path.display());
                        n_said += 1;
                    }
                }
            }
        }
        assert!(n_said > 200, "{n_said}: the pages are elsewhere now");
    }

    #[test]
    fn every_relation_has_a_name() {
        for (word, _) in crate::model::fields::RELATIONS {
            assert!(TABLE.contains_key(format!("relation: {word}").as_str()), "{word}");
        }
    }

    #[test]
    fn language_is_the_chosen_one_else_what_the_browser_likes() {
        let code = |chosen, accepted| Words::of(chosen, accepted).code();
        assert_eq!(code(Some("fr"), Some("es")), "fr");
        assert_eq!(code(None, Some("de-DE,de;q=0.9,es-ES;q=0.8,en;q=0.7")), "es");
        assert_eq!(code(Some("xx"), Some("é,,;")), "en");
        assert_eq!(code(None, None), "en");
    }
}
