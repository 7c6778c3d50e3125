//! The source files, with and without comments and texts.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A source file.
#[derive(Clone)]
pub(super) struct Source {
    /// Its path from the root of the repository, with `/`.
    pub path: String,
    /// What it says.
    pub text: String,
    /// The same lines without comments, and with the content of texts blanked out.
    pub code: Vec<String>,
}

impl Source {
    /// Every Rust file below these folders, in the order of their paths.
    pub(super) fn all(folders: &[&str]) -> Vec<Self> {
        static ALL: OnceLock<Vec<Source>> = OnceLock::new();
        let all = ALL.get_or_init(|| {
            let root = Path::new(env!("CARGO_MANIFEST_DIR"));
            let mut paths: Vec<PathBuf> = Vec::new();
            for folder in ["src", "tests", "benches"] {
                collect(&root.join(folder), &mut paths);
            }
            paths.sort();
            paths.iter().map(|path| Self::read(root, path)).collect()
        });
        let inside =
            |source: &&Self| folders.iter().any(|folder| source.path.starts_with(&format!("{folder}/")));
        let sources: Vec<Self> = all.iter().filter(inside).cloned().collect();
        assert!(sources.len() > 10, "only {} files were found", sources.len());
        sources
    }

    fn read(root: &Path, path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("a source file");
        let path = path.strip_prefix(root).expect("a path below the root");
        Self { path: path.to_string_lossy().replace('\\', "/"), code: code(&text), text }
    }

    /// Every line of code that contains one of these, as `path:line: text`.
    pub(super) fn lines_with(&self, parts: &[&str]) -> Vec<String> {
        let found = |line: &&(usize, &String)| parts.iter().any(|part| line.1.contains(part));
        let numbered: Vec<(usize, &String)> = self.code.iter().enumerate().collect();
        let found = numbered.iter().filter(found);
        found.map(|(number, line)| format!("{}:{}: {}", self.path, number + 1, line.trim())).collect()
    }

    /// The code before the unit tests of the file, if it has any.
    pub(super) fn without_tests(mut self) -> Self {
        if let Some(start) = self.code.iter().position(|line| line.trim() == "#[cfg(test)]") {
            let tail = self.code.get(start + 1).is_some_and(|line| line.contains('{'));
            if tail {
                self.code.truncate(start);
            }
        }
        self
    }

    /// Whether the file holds tests only.
    pub(super) fn is_test(&self) -> bool {
        !self.path.starts_with("src/") || self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("an entry of a folder").path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// The lines without comments and without the content of texts; what is left is code.
fn code(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut state = State::Code;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let mut taken = character.len_utf8();
        if character == '\n' {
            lines.push(String::new());
            state = if state == State::Comment { State::Code } else { state };
            rest = &rest[taken..];
            continue;
        }
        let line = lines.last_mut().expect("there is always a line");
        match state {
            State::Comment => {}
            State::Code if rest.starts_with("//") => state = State::Comment,
            State::Code if character == '"' => {
                let hashes = line.len() - line.trim_end_matches('#').len();
                let is_raw = line.trim_end_matches('#').ends_with('r');
                state = if is_raw { State::Raw(hashes) } else { State::Text };
                line.push('"');
            }
            State::Code => match quoted_character(rest) {
                Some(length) => taken = length,
                None => line.push(character),
            },
            State::Text if character == '\\' && !rest.starts_with("\\\n") => {
                taken += rest.chars().nth(1).map_or(0, char::len_utf8);
            }
            State::Text if character == '"' => {
                line.push('"');
                state = State::Code;
            }
            State::Raw(hashes) if rest.starts_with(&format!("\"{}", "#".repeat(hashes))) => {
                line.push('"');
                state = State::Code;
            }
            State::Text | State::Raw(_) => {}
        }
        rest = &rest[taken..];
    }
    lines
}

/// The length of a character in quotation marks such as `'"'`, which begins no text; `None` for a lifetime.
fn quoted_character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    let length =
        if inner.starts_with('\\') { inner[2..].find('\'')? + 2 } else { inner.chars().next()?.len_utf8() };
    inner[length..].starts_with('\'').then_some(length + 2)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Code,
    Comment,
    Text,
    /// A raw text that ends with so many `#`.
    Raw(usize),
}

#[test]
fn comments_and_texts_are_not_code() {
    let lines = code("let a = \"TODO \\\" x\"; // TODO\nlet b = r#\"say \"no\" \"#; c('\"');\n/// doc\nd();");
    assert_eq!(lines, ["let a = \"\"; ", "let b = r#\"\"#; c();", "", "d();"]);
}
