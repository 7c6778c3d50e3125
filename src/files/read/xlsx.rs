//! Spreadsheets: the first sheet or a named one, its first filled row naming the columns.
//!
//! The library hands out cells while it borrows the workbook, so it lives in a thread of its own and sends rows. A
//! workbook is unpacked once before, to count: what is small on disk can be endless inside.

use calamine::{Cell, DataRef, Reader as _, Xlsx, open_workbook_from_rs};
use std::io::{self, BufReader, Read, SeekFrom};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::batch::listing;
use super::input::Bytes;
use super::{Batch, CONTROL, Columns, LONGEST_ROW, MOST_COLUMNS, Place, Rows, is_control};
use crate::import::source::SourceError;

/// The most that a workbook may hold unpacked, and its shared texts, which are kept in memory, alone.
const MOST_UNPACKED: u64 = 2 << 30;
const MOST_SHARED: u64 = 48 << 20;
/// Rows that wait to be taken.
const AHEAD: usize = 256;

/// What is said when the thread that reads ends without a word: the library failed.
const BROKE_DOWN: &str = "it cannot be read any further: save it anew, or export it as CSV";

/// A sheet being read.
pub(crate) struct Sheet {
    name: String,
    rows: Receiver<Event>,
    columns: Arc<Columns>,
    row: u64,
}

/// A row as the thread sends it, with its number in the sheet.
struct SheetRow {
    number: u64,
    cells: Vec<(u32, String)>,
    /// The column and the spreadsheet's word of an error cell.
    bad: Option<u32>,
}

enum Event {
    Row(SheetRow),
    /// Nothing can be read from here on; the row that was begun may lack cells.
    Broken(String, Option<SheetRow>),
    /// The sheet is complete.
    End,
}

impl Sheet {
    /// Reads the header. Without `sheet` it is the first one.
    ///
    /// # Errors
    /// [`SourceError`]: it is no workbook, has no such sheet, or no header.
    pub(crate) fn open(
        name: &str,
        mut source: Box<dyn Bytes>,
        sheet: Option<&str>,
    ) -> Result<Self, SourceError> {
        let format = |why: String| SourceError::Format { path: name.to_owned(), why };
        measure(&mut source).map_err(format)?;
        source
            .seek(SeekFrom::Start(0))
            .map_err(|source| SourceError::File { path: name.to_owned(), source })?;
        let (sender, rows) = sync_channel(AHEAD);
        let sheet = sheet.map(str::to_owned);
        std::thread::spawn(move || send(source, sheet.as_deref(), &sender));
        let header = match rows.recv() {
            Ok(Event::Row(row)) => row,
            Ok(Event::Broken(why, _)) => return Err(format(why)),
            Ok(Event::End) => {
                return Err(format("its sheet is empty: its first row has to name the columns".to_owned()));
            }
            Err(_) => return Err(format(BROKE_DOWN.to_owned())),
        };
        let last = header.cells.iter().map(|(column, _)| *column).max().unwrap_or_default();
        if last as usize >= MOST_COLUMNS {
            return Err(format("its header has too many columns".to_owned()));
        }
        let mut names = vec![""; last as usize + 1];
        for (column, text) in &header.cells {
            if let Some(name) = names.get_mut(*column as usize) {
                *name = text;
            }
        }
        let columns = Arc::new(Columns::of_header(names));
        Ok(Self { name: name.to_owned(), rows, columns, row: header.number })
    }

    /// The columns of its header.
    pub(crate) const fn columns(&self) -> &Arc<Columns> {
        &self.columns
    }

    /// Goes on after the row of this number; `false` when the sheet ends before.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn go_to(&mut self, place: Place) -> Result<bool, SourceError> {
        while self.row < place.line {
            let mut dropped = Batch::default();
            if !self.read(&mut dropped, 1)? {
                return Ok(self.row >= place.line);
            }
        }
        Ok(true)
    }

    fn shown(&self, row: &SheetRow) -> String {
        listing(row.cells.iter().map(|(column, text)| (self.columns.name(*column), text.as_str())))
    }

    fn take(&mut self, row: &SheetRow, batch: &mut Batch) {
        self.row = row.number;
        let reject = |batch: &mut Batch, field: &str, why: &str| {
            batch.reject(&self.name, row.number, field, why, self.shown(row));
        };
        if row.cells.iter().all(|(_, text)| text.trim().is_empty()) && row.bad.is_none() {
            return;
        }
        if let Some(column) = row.bad {
            return reject(batch, self.columns.name(column), "the cell shows an error of the spreadsheet");
        }
        if row.cells.iter().map(|(_, text)| text.len()).sum::<usize>() > LONGEST_ROW {
            return reject(batch, "", "the row is larger than a mebibyte");
        }
        if row.cells.iter().any(|(column, text)| *column as usize >= self.columns.len() && !text.is_empty()) {
            return reject(batch, "", "the row has more columns than the header");
        }
        if let Some((column, _)) = row.cells.iter().find(|(_, text)| text.bytes().any(is_control)) {
            return reject(batch, self.columns.name(*column), CONTROL);
        }
        batch.begin(row.number, &self.shown(row));
        for (column, text) in &row.cells {
            batch.cell_of(*column, text);
        }
    }
}

impl Rows for Sheet {
    fn read(&mut self, batch: &mut Batch, rows: usize) -> Result<bool, SourceError> {
        batch.columns = Arc::clone(&self.columns);
        let mut goes_on = true;
        while goes_on && batch.len() < rows {
            match self.rows.recv() {
                Ok(Event::Row(row)) => self.take(&row, batch),
                Ok(Event::Broken(why, begun)) => {
                    self.row = begun.as_ref().map_or(self.row + 1, |row| row.number);
                    let shown = begun.map(|row| self.shown(&row)).unwrap_or_default();
                    batch.reject(&self.name, self.row, "", &why, shown);
                    goes_on = false;
                }
                Ok(Event::End) => goes_on = false,
                Err(_) => {
                    self.row += 1;
                    batch.reject(&self.name, self.row, "", BROKE_DOWN, String::new());
                    goes_on = false;
                }
            }
        }
        batch.end = Place { offset: 0, line: self.row };
        Ok(goes_on)
    }
}

/// Unpacks every part of the workbook to see how much there is, by reading it and not by what it says of itself.
fn measure(source: &mut dyn Bytes) -> Result<(), String> {
    const BROKEN: &str = "it is no XLSX, or the transfer broke off (old XLS files have to be saved as XLSX)";
    let broken = |_| BROKEN.to_owned();
    source.seek(SeekFrom::Start(0)).map_err(|_| BROKEN.to_owned())?;
    let mut archive = zip::ZipArchive::new(BufReader::new(source)).map_err(|_| BROKEN.to_owned())?;
    let mut total = 0;
    for number in 0..archive.len() {
        let part = archive.by_index(number).map_err(|_| BROKEN.to_owned())?;
        let name = part.name().map_err(|_| BROKEN.to_owned())?;
        let most = if name.ends_with("sharedStrings.xml") { MOST_SHARED } else { MOST_UNPACKED };
        let size = io::copy(&mut part.take(most + 1), &mut io::sink()).map_err(broken)?;
        total += size;
        if size > most || total > MOST_UNPACKED {
            return Err("it is too large unpacked for a spreadsheet: export it as CSV".to_owned());
        }
    }
    Ok(())
}

/// Sends every filled row until nobody takes them any more.
fn send(source: Box<dyn Bytes>, sheet: Option<&str>, to: &SyncSender<Event>) {
    let mut row = None;
    let end = match walk(source, sheet, to, &mut row) {
        Ok(()) => Event::End,
        Err(why) => Event::Broken(why, row),
    };
    // Nobody may be there to hear it.
    let _ = to.send(end);
}

fn walk(
    source: Box<dyn Bytes>,
    sheet: Option<&str>,
    to: &SyncSender<Event>,
    row: &mut Option<SheetRow>,
) -> Result<(), String> {
    let mut book: Xlsx<_> = open_workbook_from_rs(BufReader::new(source))
        .map_err(|_| "it is no workbook that can be read".to_owned())?;
    let first = book.sheet_names().first().cloned();
    let sheet = sheet.map(str::to_owned).or(first).ok_or("it has no sheet")?;
    let mut cells = book.worksheet_cells_reader(&sheet).map_err(|_| format!("it has no sheet `{sheet}`"))?;
    loop {
        let cell = cells.next_cell().map_err(|_| "the sheet is broken from here on".to_owned())?;
        let Some(cell) = cell else { break };
        let number = u64::from(cell.get_position().0) + 1;
        if row.as_ref().is_some_and(|row| row.number != number)
            && let Some(done) = row.take()
            && to.send(Event::Row(done)).is_err()
        {
            return Ok(());
        }
        let row = row.get_or_insert_with(|| SheetRow { number, cells: Vec::new(), bad: None });
        add(row, &cell);
    }
    if let Some(row) = row.take() {
        // Nobody may be there to take it.
        let _ = to.send(Event::Row(row));
    }
    Ok(())
}

fn add(row: &mut SheetRow, cell: &Cell<DataRef<'_>>) {
    let column = cell.get_position().1;
    let text = match cell.get_value() {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::DateTime(at) if at.is_datetime() => date(at.to_ymd_hms_milli()),
        DataRef::DateTime(span) => span.as_f64().to_string(),
        DataRef::Error(_) => {
            row.bad.get_or_insert(column);
            return;
        }
        DataRef::Empty => return,
    };
    if row.cells.len() < MOST_COLUMNS {
        row.cells.push((column, text));
    }
}

/// A date, with the time of day where there is one.
fn date((year, month, day, hour, minute, second, _): (u16, u8, u8, u8, u8, u8, u16)) -> String {
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) {
        date
    } else {
        format!("{date} {hour:02}:{minute:02}:{second:02}")
    }
}
