//! Turning the pages of a long list.

use super::words::Words;

/// The way to the pages before and after.
pub(super) struct Pages {
    /// What is turned.
    pub(super) label: String,
    pub(super) before: Option<String>,
    pub(super) told: String,
    pub(super) after: Option<String>,
}

impl Pages {
    /// The way from page `at`, counted from 1, of a list of `n`, `rows` on each; `href` makes the address of a page. `None`
    /// where there is one page only.
    pub(super) fn of(
        say: Words,
        label: &str,
        (at, rows, n): (u32, u32, u64),
        href: impl Fn(u32) -> String,
    ) -> Option<Self> {
        let last = u32::try_from(n.div_ceil(u64::from(rows.max(1)))).unwrap_or(u32::MAX);
        if last <= 1 {
            return None;
        }
        Some(Self {
            label: label.to_owned(),
            before: (at > 1).then(|| href(at.min(last + 1) - 1)),
            told: say.with("page: at", &[("{n}", &at.to_string()), ("{all}", &last.to_string())]),
            after: (at < last).then(|| href(at + 1)),
        })
    }
}

/// How many rows are before a page.
pub(super) const fn skipped(at: u32, rows: u32) -> u32 {
    at.saturating_sub(1).saturating_mul(rows)
}
