//! Names of people: the form that somebody gave is kept.

use super::text;

/// A name as it was given: one line, nothing else changed. `None` when there is none.
pub fn given(name: &str) -> Option<String> {
    let name = text::line(name);
    (!name.is_empty()).then_some(name)
}
