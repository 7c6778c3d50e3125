//! Some rows of a file, their text kept in one piece.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::{MOST_COLUMNS, SHOWN};
use crate::import::source::Reject;

/// The columns of a file, by number and by name. Formats without a header add them as they come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    names: Vec<SmolStr>,
    by_name: HashMap<SmolStr, u32>,
}

impl Columns {
    /// The columns of a header line. A second column of the same name is called `name[2]`.
    pub(crate) fn of_header<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut columns = Self::default();
        for name in names {
            let name = name.trim();
            let taken = |name: &str| columns.by_name.contains_key(name);
            let free = if taken(name) {
                (2..=MOST_COLUMNS + 2)
                    .map(|nth| format!("{name}[{nth}]"))
                    .find(|name| !taken(name))
                    .unwrap_or_default()
            } else {
                name.to_owned()
            };
            columns.push(free.into());
        }
        columns
    }

    fn push(&mut self, name: SmolStr) -> Option<u32> {
        let number = u32::try_from(self.names.len()).ok()?;
        self.by_name.insert(name.clone(), number);
        self.names.push(name);
        Some(number)
    }

    /// The column called `name`, added when it is new; `None` when there are too many.
    pub(crate) fn number_or_new(&mut self, name: &str) -> Option<u32> {
        match self.by_name.get(name) {
            Some(number) => Some(*number),
            None if self.names.len() < MOST_COLUMNS => self.push(name.into()),
            None => None,
        }
    }

    /// The column called `name`.
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// The name of a column.
    pub(crate) fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("", SmolStr::as_str)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Every name, in the file's order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(SmolStr::as_str)
    }
}

/// A place between two rows of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// Bytes of the file's text (as UTF-8, without byte order mark) before it.
    pub(crate) offset: u64,
    /// Lines before it, or rows where there are no lines.
    pub(crate) line: u64,
}

/// Rows that were read, and those that could not be.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    text: String,
    cells: Vec<(u32, Range<usize>)>,
    rows: Vec<Span>,
    /// The columns that the cells belong to.
    pub(crate) columns: Arc<Columns>,
    /// What could not be read.
    pub(crate) rejects: Vec<Reject>,
    /// Where reading goes on.
    pub(crate) end: Place,
    /// A row has only the columns that it says something of: one that is not there is unknown, not empty.
    pub(crate) is_sparse: bool,
}

#[derive(Debug)]
struct Span {
    line: u64,
    raw: Range<usize>,
    cells: Range<usize>,
}

/// One row of a batch.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    batch: &'a Batch,
    span: &'a Span,
}

impl Batch {
    /// How many rows it holds, good and bad.
    pub(crate) fn len(&self) -> usize {
        self.rows.len() + self.rejects.len()
    }

    /// The good rows.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|span| Row { batch: self, span })
    }

    /// A good row by its number.
    pub(crate) fn row(&self, number: usize) -> Option<Row<'_>> {
        self.rows.get(number).map(|span| Row { batch: self, span })
    }

    /// Adds what was read behind it from the same file.
    pub(crate) fn append(&mut self, more: Self) {
        let (text, cells) = (self.text.len(), self.cells.len());
        let moved = |range: Range<usize>, by: usize| range.start + by..range.end + by;
        self.text.push_str(&more.text);
        self.cells.extend(more.cells.into_iter().map(|(column, part)| (column, moved(part, text))));
        self.rows.extend(more.rows.into_iter().map(|Span { line, raw, cells: of }| Span {
            line,
            raw: moved(raw, text),
            cells: moved(of, cells),
        }));
        self.rejects.extend(more.rejects);
        // Columns are only ever added.
        self.columns = more.columns;
        (self.end, self.is_sparse) = (more.end, more.is_sparse);
    }

    /// Begins a row whose text is `raw`; its cells follow. Gives the place of the text.
    pub(super) fn begin(&mut self, line: u64, raw: &str) -> usize {
        let start = self.text.len();
        self.text.push_str(raw);
        let cells = self.cells.len()..self.cells.len();
        self.rows.push(Span { line, raw: start..self.text.len(), cells });
        start
    }

    /// Adds a cell of the row that was begun last: a part of its text.
    pub(super) fn cell(&mut self, column: u32, part: Range<usize>) {
        self.cells.push((column, part));
        if let Some(row) = self.rows.last_mut() {
            row.cells.end = self.cells.len();
        }
    }

    /// Adds a cell whose text is not a part of the row's.
    pub(super) fn cell_of(&mut self, column: u32, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.cell(column, start..self.text.len());
    }

    /// Takes back the row that was begun last.
    pub(super) fn drop_row(&mut self) {
        if let Some(row) = self.rows.pop() {
            self.cells.truncate(row.cells.start);
            self.text.truncate(row.raw.start);
        }
    }

    /// Notes a row that cannot be read.
    pub(super) fn reject(&mut self, origin: &str, line: u64, field: &str, reason: &str, row: String) {
        let (origin, field, reason) = (origin.to_owned(), field.to_owned(), reason.to_owned());
        self.rejects.push(Reject { origin, line, field, reason, because_of: None, row });
    }
}

impl<'a> Row<'a> {
    /// Its line in the file, or its number.
    pub(crate) const fn line(&self) -> u64 {
        self.span.line
    }

    /// Its text as the file has it, or its cells by name.
    pub(crate) fn raw(&self) -> &'a str {
        self.batch.text.get(self.span.raw.clone()).unwrap_or_default()
    }

    /// Its beginning, for the file of rejects.
    pub(crate) fn shown(&self) -> String {
        super::shown(self.raw().as_bytes())
    }

    /// Its cells: the number of the column and the text. What is missing was not in the row.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (u32, &'a str)> + use<'a> {
        let cells = self.batch.cells.get(self.span.cells.clone()).unwrap_or_default();
        let batch = self.batch;
        cells.iter().map(move |(column, part)| (*column, batch.text.get(part.clone()).unwrap_or_default()))
    }
}

/// The cells of a row that has no text of its own, as one.
pub(super) fn listing<'a>(cells: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut listing = String::new();
    for (name, value) in cells {
        if listing.len() > SHOWN {
            break;
        }
        let gap = if listing.is_empty() { "" } else { "; " };
        listing.push_str(gap);
        listing.push_str(name);
        listing.push('=');
        listing.push_str(value);
    }
    listing
}
