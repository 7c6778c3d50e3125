//! Progress of long work on standard error: a bar on a terminal, a plain line now and then elsewhere.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::import::Tally;

/// How often the bar is drawn.
const DRAW: Duration = Duration::from_millis(200);
/// How often a plain line is written.
const LINE: Duration = Duration::from_secs(10);
/// How wide the bar is.
const WIDTH: usize = 24;

/// What is drawn of an import.
pub(super) struct Progress {
    name: String,
    total: Option<u64>,
    is_terminal: bool,
    began: Instant,
    drawn: Instant,
    /// Rows that an earlier run had read.
    before: Option<u64>,
}

impl Progress {
    /// Nothing is drawn before something has happened.
    pub(super) fn new(name: String) -> Self {
        let now = Instant::now();
        let is_terminal = io::stderr().is_terminal();
        Self { name, total: None, is_terminal, began: now, drawn: now, before: None }
    }

    /// Whether a person looks on: then it is worth asking how much there is.
    pub(super) const fn is_watched(&self) -> bool {
        self.is_terminal
    }

    /// So many rows there are.
    pub(super) const fn expect(&mut self, rows: u64) {
        self.total = Some(rows);
    }

    /// About as many rows as the files of this folder have lines; nothing is known of those that have no lines.
    pub(super) fn expect_lines_of(&mut self, folder: &Path) {
        self.total = lines_of(folder).ok().flatten();
    }

    /// How many rows there are, where that is known.
    pub(super) const fn total(&self) -> Option<u64> {
        self.total
    }

    /// Shows the counts, if it is time.
    pub(super) fn show(&mut self, tally: &Tally) {
        let before = *self.before.get_or_insert(tally.rows);
        let step = if self.is_terminal { DRAW } else { LINE };
        if self.drawn.elapsed() < step {
            return;
        }
        self.drawn = Instant::now();
        let text = line(tally, before, self.total, self.began.elapsed());
        // Nobody can be told that telling does not work.
        let _ = if self.is_terminal {
            write!(io::stderr(), "\r\u{1b}[2K{}: {text}", self.name)
        } else {
            writeln!(io::stderr(), "{}: {text}", self.name)
        };
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        if self.is_terminal {
            let _ = write!(io::stderr(), "\r\u{1b}[2K");
        }
    }
}

/// How many lines of text the files of a folder have beside their heads; `None` when one of them is no lines of text.
fn lines_of(folder: &Path) -> io::Result<Option<u64>> {
    let mut lines = 0;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let extension = path.extension().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
        let n_heads = match extension.as_str() {
            "csv" | "txt" | "tsv" => 1,
            "jsonl" | "ndjson" => 0,
            "xml" | "xlsx" => return Ok(None),
            _ => continue,
        };
        lines += line_ends(&mut File::open(path)?)?.saturating_sub(n_heads);
    }
    Ok(Some(lines))
}

fn line_ends(file: &mut File) -> io::Result<u64> {
    let mut buffer = vec![0; 1 << 16];
    let mut found = 0;
    loop {
        let length = file.read(&mut buffer)?;
        let Some(read) = buffer.get(..length).filter(|read| !read.is_empty()) else { return Ok(found) };
        found += memchr::memchr_iter(b'\n', read).count() as u64;
    }
}

/// The line: how far, how fast, how many bad rows, how long still.
fn line(tally: &Tally, before: u64, total: Option<u64>, elapsed: Duration) -> String {
    let mut text = String::new();
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    let speed = tally.rows.saturating_sub(before).saturating_mul(1_000) / millis;
    if let Some(total) = total.filter(|total| *total > 0) {
        let filled = usize::try_from(tally.rows.min(total) * WIDTH as u64 / total).unwrap_or(WIDTH);
        let _ = write!(text, "[{}{}] ", "#".repeat(filled), "-".repeat(WIDTH - filled));
    }
    let _ = write!(text, "{} rows, {speed} rows/s, {} rejected", tally.rows, tally.rejected);
    if let (Some(total), 1..) = (total, speed) {
        let seconds = total.saturating_sub(tally.rows) / speed;
        let _ = write!(text, ", {}:{:02} left", seconds / 60, seconds % 60);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_text_files_are_counted_and_of_others_not_known() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
        write("guests.csv", "id,name\n1,Ana\n2,Eva\n");
        write("stays.jsonl", "{}\n{}\n{}\n");
        write("read.me", "a\nb\n");
        assert_eq!(lines_of(folder.path()).expect("lines"), Some(5));
        write("more.xml", "<a/>\n");
        assert_eq!(lines_of(folder.path()).expect("lines"), None);
    }

    #[track_caller]
    fn check(rows: u64, total: Option<u64>, seconds: u64, expected: &str) {
        let tally = Tally { rows, rejected: 2, ..Tally::default() };
        assert_eq!(line(&tally, 0, total, Duration::from_secs(seconds)), expected);
    }

    #[test]
    fn line_says_how_far_how_fast_and_how_long_still() {
        check(500, None, 2, "500 rows, 250 rows/s, 2 rejected");
        check(500, Some(1_000), 2, "[############------------] 500 rows, 250 rows/s, 2 rejected, 0:02 left");
        check(0, Some(1_000), 0, "[------------------------] 0 rows, 0 rows/s, 2 rejected");
        check(9, Some(6), 3, "[########################] 9 rows, 3 rows/s, 2 rejected, 0:00 left");
        check(60, Some(4_000), 60, "[------------------------] 60 rows, 1 rows/s, 2 rejected, 65:40 left");
    }
}
