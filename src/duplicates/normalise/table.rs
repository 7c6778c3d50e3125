//! Tables as text: one entry a line, `#` before a comment.

use std::collections::{HashMap, HashSet};

/// The lines of a table.
pub(super) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// A table of words.
pub(super) fn set(text: &'static str) -> HashSet<&'static str> {
    lines(text).collect()
}

/// A table of words with what stands behind each, which may be nothing.
pub(super) fn map(text: &'static str) -> HashMap<&'static str, &'static str> {
    lines(text).map(|line| line.split_once(' ').unwrap_or((line, ""))).collect()
}
