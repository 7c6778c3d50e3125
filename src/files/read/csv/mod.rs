//! Delimited text: any delimiter, quoted fields with line ends in them, and the ways in which exports are broken.
//!
//! The splitting is done here and not by a library because a library gives up where it matters: a quotation mark that
//! is never closed swallows the rest of a file. Here such a row is one bad row, and reading goes on at the next line
//! that has as many columns as the header.

mod split;

use memchr::memchr;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::input::Input;
use super::{
    Batch, CONTROL, Columns, LONGEST_ROW, MOST_COLUMNS, NOT_UTF8, Place, Rows, TOO_LONG, has_control,
    is_control, shown,
};
use crate::import::source::SourceError;
use split::{Cell, Dialect, Scan};

/// The delimiters that are looked for in a header.
const DELIMITERS: &[u8] = b",;\t|";
/// How many lines after a broken row are looked at for one that is whole, and how far.
const LINES_TRIED: usize = 64;
const WINDOW: usize = 64 << 10;

/// A file of delimited text.
pub(crate) struct Csv {
    name: String,
    input: Input,
    dialect: Dialect,
    columns: Arc<Columns>,
    line: u64,
    cells: Vec<Cell>,
}

impl Csv {
    /// Reads the header. Without a `delimiter` it is found out.
    ///
    /// # Errors
    /// [`SourceError`]: the file cannot be read, or has no header.
    pub(crate) fn open(name: &str, mut input: Input, delimiter: Option<u8>) -> Result<Self, SourceError> {
        let format = |why: &str| SourceError::Format { path: name.to_owned(), why: why.to_owned() };
        let end = first_line(&mut input).map_err(|source| file_error(name, source))?;
        let Some(end) = end else {
            return Err(format("its first line is longer than a mebibyte: it is no CSV"));
        };
        let mut dialect = Dialect { delimiter: b',', end };
        let mut reader = Self {
            name: name.to_owned(),
            dialect,
            input,
            columns: Arc::default(),
            line: 0,
            cells: Vec::new(),
        };
        // Spreadsheets write the delimiter above the header: `sep=;`.
        let first = reader.first_text();
        let stated = first.strip_prefix("sep=").and_then(|rest| rest.trim_end().bytes().next());
        if stated.is_some() {
            reader.skip_line();
        }
        dialect.delimiter = delimiter.or(stated).unwrap_or_else(|| most_common(&reader.first_text()));
        reader.dialect = dialect;
        reader.header()?;
        Ok(reader)
    }

    /// The columns of its header.
    pub(crate) const fn columns(&self) -> &Arc<Columns> {
        &self.columns
    }

    /// Goes on at a place that an earlier reading gave; `false` when the file ends before it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn go_to(&mut self, place: Place) -> Result<bool, SourceError> {
        self.line = place.line;
        self.input.go_to(place.offset).map_err(|source| file_error(&self.name, source))
    }

    /// Where the next row begins.
    pub(crate) const fn place(&self) -> Place {
        Place { offset: self.input.offset(), line: self.line }
    }

    /// The first line as text; its end was looked for before.
    fn first_text(&self) -> String {
        let bytes = self.input.here();
        let end = memchr(self.dialect.end, bytes).unwrap_or(bytes.len());
        String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
    }

    fn skip_line(&mut self) {
        let bytes = self.input.here();
        let length = memchr(self.dialect.end, bytes).map_or(bytes.len(), |end| end + 1);
        self.input.consume_bytes(length);
        self.line += 1;
    }

    fn header(&mut self) -> Result<(), SourceError> {
        let scan = self.scan().map_err(|source| file_error(&self.name, source))?;
        let format = |why: &str| SourceError::Format { path: self.name.clone(), why: why.to_owned() };
        let Scan::Record { length, lines } = scan else {
            return Err(format(
                "its header is no line of CSV: it needs a first line with the names of the columns",
            ));
        };
        let bytes = self.input.here().get(..length).unwrap_or_default();
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err(format("its header is not valid UTF-8: set `encoding`"));
        };
        if has_control(bytes) {
            return Err(format("its header holds control characters: it is no CSV, or in another encoding"));
        }
        if text.trim().is_empty() {
            return Err(format("it has no header: the first line has to name the columns"));
        }
        if self.cells.len() > MOST_COLUMNS {
            return Err(format("its header has too many columns: it is no CSV"));
        }
        let names: Vec<String> = self.cells.iter().map(|cell| cell.text(text)).collect();
        self.columns = Arc::new(Columns::of_header(names.iter().map(String::as_str)));
        self.input.consume_bytes(length);
        self.line += lines;
        Ok(())
    }

    /// Splits the row at the beginning of what is in memory, reading on as far as it takes.
    fn scan(&mut self) -> io::Result<Scan> {
        loop {
            let bytes = self.input.here();
            let scan = split::scan(bytes, self.dialect, self.input.has_ended(), &mut self.cells);
            let too_long = bytes.len() > LONGEST_ROW;
            match scan {
                Scan::More if too_long => return Ok(Scan::More),
                Scan::More => {
                    self.input.more()?;
                }
                Scan::Record { .. } | Scan::Torn | Scan::BadQuote { .. } => return Ok(scan),
            }
        }
    }

    /// Takes the next row; `false` when there is none.
    fn row(&mut self, batch: &mut Batch) -> io::Result<bool> {
        match self.scan()? {
            _ if self.input.here().is_empty() => return Ok(false),
            Scan::Record { length, lines } => self.record(batch, length, lines),
            Scan::BadQuote { at } => {
                self.whole_line(at)?;
                let end = self.line_end(at);
                self.broken(
                    batch,
                    end,
                    "a quotation mark is followed by more text: quotation marks inside a field are doubled",
                );
            }
            Scan::Torn => {
                let end = self.input.here().len();
                self.broken(batch, end, "the file ends inside a quoted field: the transfer broke off, or a quotation mark is missing");
            }
            Scan::More => self.too_long(batch)?,
        }
        Ok(true)
    }

    fn record(&mut self, batch: &mut Batch, length: usize, lines: u64) {
        let (wanted, found) = (self.columns.len(), self.cells.len());
        let is_blank = found == 1 && self.cells.first().is_some_and(Cell::is_empty);
        if is_blank && wanted > 1 {
            self.pass(length, lines);
            return;
        }
        if found != wanted {
            let few_or_many =
                if found < wanted { "columns are missing" } else { "a field holds the delimiter unquoted" };
            let reason = format!("the row has {found} columns and the header {wanted}: {few_or_many}");
            self.broken(batch, length, &reason);
            return;
        }
        let line = self.line + 1;
        let bytes = self.input.here().get(..length).unwrap_or_default();
        let lossy = |bytes: &[u8]| shown(bytes);
        match std::str::from_utf8(bytes) {
            Err(error) => {
                let field = self.column_at(error.valid_up_to());
                batch.reject(&self.name, line, &field, NOT_UTF8, lossy(bytes));
            }
            Ok(_) if has_control(bytes) => {
                let at = bytes.iter().position(|byte| is_control(*byte)).unwrap_or_default();
                batch.reject(&self.name, line, &self.column_at(at), CONTROL, lossy(bytes));
            }
            Ok(text) if self.input.is_decoded() && text.contains('\u{fffd}') => {
                let at = text.find('\u{fffd}').unwrap_or_default();
                batch.reject(
                    &self.name,
                    line,
                    &self.column_at(at),
                    "holds bytes that are none of its encoding",
                    lossy(bytes),
                );
            }
            Ok(text) => take(batch, line, text, &self.cells),
        }
        self.pass(length, lines);
    }

    /// Refuses a row that cannot be split, and goes on at the first line after it that can be, or at its `end`.
    fn broken(&mut self, batch: &mut Batch, end: usize, reason: &str) {
        let length = self.whole_line_within(end).unwrap_or(end);
        let bytes = self.input.here().get(..length).unwrap_or_default();
        batch.reject(&self.name, self.line + 1, "", reason, shown(bytes));
        let lines = memchr::memchr_iter(self.dialect.end, bytes).count() as u64;
        self.pass(length, lines.max(1));
    }

    /// Reads on to the end of the line that `at` lies in.
    fn whole_line(&mut self, at: usize) -> io::Result<()> {
        loop {
            let bytes = self.input.here();
            let rest = bytes.get(at..).unwrap_or_default();
            let is_enough = memchr(self.dialect.end, rest).is_some() || bytes.len() > LONGEST_ROW;
            if is_enough || !self.input.more()? {
                return Ok(());
            }
        }
    }

    /// A row that is longer than any may be: a missing quotation mark, or no CSV at all.
    fn too_long(&mut self, batch: &mut Batch) -> io::Result<()> {
        let bytes = self.input.here();
        if memchr(self.dialect.end, bytes).is_some() {
            let end = self.whole_line_within(bytes.len()).unwrap_or_else(|| self.line_end(0));
            self.broken(batch, end, TOO_LONG);
            return Ok(());
        }
        batch.reject(&self.name, self.line + 1, "", TOO_LONG, shown(bytes));
        loop {
            let bytes = self.input.here();
            let (length, found) =
                memchr(self.dialect.end, bytes).map_or((bytes.len(), false), |end| (end + 1, true));
            self.input.consume_bytes(length);
            if found || !self.input.more()? {
                break;
            }
        }
        self.line += 1;
        Ok(())
    }

    /// The beginning of the first line after this one, and before `end`, that has as many columns as the header.
    fn whole_line_within(&self, end: usize) -> Option<usize> {
        let bytes = self.input.here();
        let within = bytes.get(..end).unwrap_or(bytes);
        let starts = memchr::memchr_iter(self.dialect.end, within).map(|at| at + 1);
        let mut cells = Vec::new();
        starts.filter(|start| *start < end).take(LINES_TRIED).find(|start| {
            let rest = bytes.get(*start..).unwrap_or_default();
            let window = rest.get(..WINDOW).unwrap_or(rest);
            let has_all = window.len() == rest.len() && self.input.has_ended();
            match split::scan(window, self.dialect, has_all, &mut cells) {
                Scan::Record { .. } => cells.len() == self.columns.len(),
                Scan::More | Scan::Torn | Scan::BadQuote { .. } => false,
            }
        })
    }

    /// The end of the line that `at` lies in, its line end included.
    fn line_end(&self, at: usize) -> usize {
        let bytes = self.input.here();
        let rest = bytes.get(at..).unwrap_or_default();
        memchr(self.dialect.end, rest).map_or(bytes.len(), |end| at + end + 1)
    }

    /// The name of the column that a byte of the row lies in.
    fn column_at(&self, at: usize) -> String {
        let found = self.cells.iter().position(|cell| cell.part.end >= at);
        let number = found.and_then(|found| u32::try_from(found).ok());
        number.map(|number| self.columns.name(number).to_owned()).unwrap_or_default()
    }

    fn pass(&mut self, length: usize, lines: u64) {
        self.input.consume_bytes(length);
        self.line += lines;
    }
}

impl Rows for Csv {
    fn read(&mut self, batch: &mut Batch, rows: usize) -> Result<bool, SourceError> {
        batch.columns = Arc::clone(&self.columns);
        let mut goes_on = true;
        while goes_on && batch.len() < rows {
            goes_on = self.row(batch).map_err(|source| file_error(&self.name, source))?;
        }
        batch.end = self.place();
        Ok(goes_on)
    }
}

fn take(batch: &mut Batch, line: u64, text: &str, cells: &[Cell]) {
    let start = batch.begin(line, text);
    for (number, cell) in (0..).zip(cells) {
        if cell.is_escaped {
            batch.cell_of(number, &cell.text(text));
        } else if !cell.is_empty() {
            let Range { start: from, end: to } = cell.part;
            batch.cell(number, start + from..start + to);
        }
    }
}

/// Reads the first line into memory and tells what ends a line: a line feed, or the carriage return of old systems;
/// `None` when the line does not end.
fn first_line(input: &mut Input) -> io::Result<Option<u8>> {
    loop {
        let bytes = input.here();
        if memchr(b'\n', bytes).is_some() {
            return Ok(Some(b'\n'));
        }
        if bytes.len() > LONGEST_ROW {
            return Ok(memchr(b'\r', bytes).map(|_| b'\r'));
        }
        if !input.more()? {
            // Nothing but a line: a carriage return at its end is no line end of its own.
            let bytes = input.here().trim_ascii_end();
            return Ok(Some(if bytes.contains(&b'\r') { b'\r' } else { b'\n' }));
        }
    }
}

/// The delimiter that a header has most of outside quotation marks.
fn most_common(header: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [0_usize; 4];
    for byte in header.bytes() {
        quoted ^= byte == b'"';
        if let Some(count) =
            DELIMITERS.iter().position(|one| *one == byte && !quoted).and_then(|at| counts.get_mut(at))
        {
            *count += 1;
        }
    }
    // The first of several wins, because a comma is what the standard says.
    let best = DELIMITERS.iter().zip(counts).rev().max_by_key(|(_, count)| *count);
    best.map_or(b',', |(delimiter, _)| *delimiter)
}

fn file_error(name: &str, source: io::Error) -> SourceError {
    SourceError::File { path: name.to_owned(), source }
}
