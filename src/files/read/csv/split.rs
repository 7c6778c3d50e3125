//! One row of delimited text into fields. Pure, and strict: what is not said clearly is refused.

use memchr::{memchr, memchr_iter, memchr2};
use std::ops::Range;

/// How a file is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    /// Between two fields.
    pub(super) delimiter: u8,
    /// After a row: a line feed (a carriage return before it is dropped) or a carriage return.
    pub(super) end: u8,
}

/// A field of a row, by its place in the row's bytes.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// What it holds, without quotation marks around it.
    pub(super) part: Range<usize>,
    /// Whether quotation marks inside are doubled.
    pub(super) is_escaped: bool,
}

impl Cell {
    /// Whether it holds nothing.
    pub(super) const fn is_empty(&self) -> bool {
        self.part.start == self.part.end
    }

    /// What it holds.
    pub(super) fn text(&self, row: &str) -> String {
        let text = row.get(self.part.clone()).unwrap_or_default();
        if self.is_escaped { text.replace("\"\"", "\"") } else { text.to_owned() }
    }
}

/// What the beginning of some bytes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scan {
    /// A row of so many bytes and lines, the line end included.
    Record {
        /// Bytes.
        length: usize,
        /// Lines.
        lines: u64,
    },
    /// The row may go on after these bytes.
    More,
    /// The file ends inside a quoted field.
    Torn,
    /// Something stands between a closing quotation mark and the next delimiter.
    BadQuote {
        /// Where.
        at: usize,
    },
}

/// Splits the row that `bytes` begin with. `has_all`: nothing comes after them.
pub(super) fn scan(bytes: &[u8], dialect: Dialect, has_all: bool, cells: &mut Vec<Cell>) -> Scan {
    cells.clear();
    let mut at = 0;
    let mut lines = 1;
    loop {
        let field = if bytes.get(at) == Some(&b'"') {
            quoted(bytes, at + 1, dialect, has_all, &mut lines)
        } else {
            plain(bytes, at, dialect, has_all)
        };
        match field {
            Field::Of { cell, next } => {
                cells.push(cell);
                at = next;
            }
            Field::Last { cell, next } => {
                cells.push(cell);
                return Scan::Record { length: next, lines };
            }
            Field::Bad(scan) => return scan,
        }
    }
}

enum Field {
    /// Another field comes after it.
    Of { cell: Cell, next: usize },
    /// It ends the row.
    Last { cell: Cell, next: usize },
    /// It cannot be read.
    Bad(Scan),
}

fn plain(bytes: &[u8], from: usize, dialect: Dialect, has_all: bool) -> Field {
    let rest = bytes.get(from..).unwrap_or_default();
    let cell = |end: usize| Cell { part: from..end, is_escaped: false };
    match memchr2(dialect.delimiter, dialect.end, rest) {
        Some(length) => {
            let end = from + length;
            if bytes.get(end) == Some(&dialect.delimiter) {
                return Field::Of { cell: cell(end), next: end + 1 };
            }
            Field::Last { cell: cell(without_return(bytes, from, end)), next: end + 1 }
        }
        None if has_all => {
            Field::Last { cell: cell(without_return(bytes, from, bytes.len())), next: bytes.len() }
        }
        None => Field::Bad(Scan::More),
    }
}

/// The end of a field without the carriage return of a Windows line end.
fn without_return(bytes: &[u8], from: usize, end: usize) -> usize {
    let is_return = end > from && bytes.get(end - 1) == Some(&b'\r');
    if is_return { end - 1 } else { end }
}

fn quoted(bytes: &[u8], from: usize, dialect: Dialect, has_all: bool, lines: &mut u64) -> Field {
    let mut at = from;
    let mut is_escaped = false;
    let end = loop {
        let rest = bytes.get(at..).unwrap_or_default();
        match memchr(b'"', rest) {
            None => return Field::Bad(if has_all { Scan::Torn } else { Scan::More }),
            Some(length) if bytes.get(at + length + 1) == Some(&b'"') => {
                is_escaped = true;
                at += length + 2;
            }
            Some(length) => break at + length,
        }
    };
    let inside = bytes.get(from..end).unwrap_or_default();
    *lines += memchr_iter(dialect.end, inside).count() as u64;
    let cell = Cell { part: from..end, is_escaped };
    let after = end + 1;
    match (bytes.get(after), bytes.get(after + 1)) {
        (Some(byte), _) if *byte == dialect.delimiter => Field::Of { cell, next: after + 1 },
        (Some(byte), _) if *byte == dialect.end => Field::Last { cell, next: after + 1 },
        (Some(b'\r'), Some(byte)) if *byte == dialect.end => Field::Last { cell, next: after + 2 },
        (Some(b'\r'), None) | (None, _) if !has_all => Field::Bad(Scan::More),
        (Some(b'\r'), None) | (None, _) => Field::Last { cell, next: bytes.len() },
        (Some(_), _) => Field::Bad(Scan::BadQuote { at: after }),
    }
}
