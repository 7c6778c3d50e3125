//! XML, element by element: one element of a given name is a row, and its parts are named by their path.
//!
//! `<Guest id="7"><Name>A</Name><Phone>1</Phone><Phone>2</Phone></Guest>` has the columns `@id`, `Name`, `Phone` and
//! `Phone[2]`. Prefixes of namespaces are dropped. There is no DTD and there are no entities but the five of XML and
//! numbers: a file with one is refused, because both are ways to read other files or to fill the memory.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::collections::HashMap;
use std::io::{self, BufRead, Read};
use std::sync::Arc;

use super::batch::listing;
use super::input::Input;
use super::{Batch, CONTROL, Columns, LONGEST_ROW, Place, Rows, is_control};
use crate::import::source::SourceError;

/// How deep elements may lie in one another.
const DEEPEST: usize = 64;

/// Attributes that are never read, because nothing may keep them: the numbers of payment cards.
const CARD_DATA: &[&str] = &["CardNumber", "SeriesCode", "MaskedCardNumber"];

/// A file of XML.
pub(crate) struct Xml {
    name: String,
    reader: Reader<Limited>,
    /// The names of the elements that lead to a row, its own last; the end of the whole path is enough.
    row_paths: Vec<Vec<String>>,
    /// The attributes of the outermost element, which each row has as `/@name`.
    root: Vec<(String, String)>,
    path: Vec<String>,
    columns: Columns,
    buffer: Vec<u8>,
    row: u64,
    has_element: bool,
    ended: bool,
}

/// The parts of a row that is being read.
#[derive(Default)]
struct Parts {
    /// Path and text, in the file's order.
    cells: Vec<(String, String)>,
    /// The path of each open element.
    open: Vec<String>,
    /// The text of each open element so far.
    texts: Vec<String>,
    /// How often each path was seen.
    seen: HashMap<String, usize>,
    size: usize,
}

impl Xml {
    /// Reads from the beginning. `row` is the name of the element that is a row, or the end of its path, with `/`.
    pub(crate) fn open(name: &str, input: Input, row: &str) -> Self {
        let mut reader = Reader::from_reader(Limited { input, left: LONGEST_ROW });
        reader.config_mut().expand_empty_elements = true;
        Self {
            name: name.to_owned(),
            reader,
            row_paths: row
                .split('|')
                .map(|path| path.trim().split('/').map(str::to_owned).collect())
                .collect(),
            root: Vec::new(),
            path: Vec::new(),
            columns: Columns::default(),
            buffer: Vec::new(),
            row: 0,
            has_element: false,
            ended: false,
        }
    }

    /// Goes on after so many rows; `false` when the file ends before.
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

    /// Takes the next row; `false` when there is none.
    fn row(&mut self, batch: &mut Batch) -> Result<bool, SourceError> {
        let mut parts: Option<Parts> = None;
        while !self.ended {
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.clear();
            self.reader.get_mut().left = LONGEST_ROW;
            let step = match self.reader.read_event_into(&mut buffer) {
                Ok(event) => {
                    if let (Event::Start(element), true) = (&event, self.path.is_empty()) {
                        self.root = root_attributes(element);
                        self.has_element = true;
                    }
                    step(&event, &mut self.path, &self.row_paths, &mut parts)
                }
                Err(quick_xml::Error::Io(error)) if error.kind() != io::ErrorKind::InvalidData => {
                    return Err(SourceError::File { path: self.name.clone(), source: copy_of(&error) });
                }
                Err(_) => {
                    Step::Stop("is not well-formed from here on: the transfer broke off, or it is no XML")
                }
            };
            self.buffer = buffer;
            match step {
                Step::On => {}
                Step::Row => {
                    self.finish(&parts.take().unwrap_or_default(), batch);
                    return Ok(true);
                }
                Step::End => {
                    self.ended = true;
                    if !self.has_element {
                        batch.reject(&self.name, 1, "", "it holds no element: it is no XML", String::new());
                        return Ok(true);
                    }
                }
                Step::Refuse(why) => {
                    return Err(SourceError::Format { path: self.name.clone(), why: why.to_owned() });
                }
                Step::Stop(why) => {
                    self.ended = true;
                    self.row += 1;
                    batch.reject(&self.name, self.row, "", why, parts.take().unwrap_or_default().shown());
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn finish(&mut self, parts: &Parts, batch: &mut Batch) {
        self.row += 1;
        let shown = parts.shown();
        let reject = |batch: &mut Batch, field: &str, why: &str| {
            batch.reject(&self.name, self.row, field, why, shown.clone());
        };
        if parts.size > LONGEST_ROW {
            return reject(batch, "", "the element is larger than a mebibyte");
        }
        for (path, text) in &parts.cells {
            if text.bytes().any(is_control) {
                return reject(batch, path, CONTROL);
            }
            if text.contains('\u{fffd}') {
                return reject(batch, path, "holds bytes that are none of its encoding");
            }
        }
        batch.begin(self.row, &shown);
        for (path, text) in self.root.iter().chain(&parts.cells) {
            let Some(column) = self.columns.number_or_new(path) else {
                batch.drop_row();
                return reject(batch, path, "there are more different paths than a file may have");
            };
            batch.cell_of(column, text);
        }
    }
}

impl Rows for Xml {
    fn read(&mut self, batch: &mut Batch, rows: usize) -> Result<bool, SourceError> {
        let mut goes_on = true;
        while goes_on && batch.len() < rows {
            goes_on = self.row(batch)?;
        }
        batch.columns = Arc::new(self.columns.clone());
        batch.is_sparse = true;
        batch.end = Place { offset: 0, line: self.row };
        Ok(goes_on)
    }
}

/// What an event means for the reading.
enum Step {
    On,
    /// A row is complete.
    Row,
    /// The file is complete.
    End,
    /// The file is not read at all.
    Refuse(&'static str),
    /// The file is not read any further.
    Stop(&'static str),
}

fn step(event: &Event<'_>, path: &mut Vec<String>, rows: &[Vec<String>], parts: &mut Option<Parts>) -> Step {
    match event {
        Event::Start(element) => {
            if path.len() >= DEEPEST {
                return Step::Stop(
                    "elements lie deeper in one another than 64 levels: it is not read any further",
                );
            }
            path.push(element.local_name().as_ref().to_owned());
            match parts {
                Some(parts) => parts.open_element(element),
                None if rows.iter().any(|row| path.ends_with(row)) => {
                    let mut row = Parts::default();
                    let read = row.open_row(element);
                    *parts = Some(row);
                    read
                }
                None => Step::On,
            }
        }
        Event::End(_) => {
            path.pop();
            match parts {
                Some(row) => row.close_element(),
                None => Step::On,
            }
        }
        Event::Text(text) => parts.as_mut().map_or(Step::On, |parts| parts.text(&text.xml10_content())),
        Event::CData(text) => parts.as_mut().map_or(Step::On, |parts| parts.text(&text.xml10_content())),
        Event::GeneralRef(reference) => character(reference, parts),
        Event::DocType(_) => Step::Refuse("it has a DTD (`<!DOCTYPE`), which is not read: export it without"),
        Event::Eof if path.is_empty() => Step::End,
        Event::Eof => Step::Stop("the file ends inside an element: the transfer broke off"),
        Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Step::On,
    }
}

fn root_attributes(element: &BytesStart<'_>) -> Vec<(String, String)> {
    let mut root = Parts::default();
    root.open.push("/".to_owned());
    // What is wrong with it is said when the element is a row itself.
    let _ = root.attributes(element);
    root.cells.retain(|(_, text)| !text.bytes().any(is_control));
    root.cells
}

fn character(reference: &BytesRef<'_>, parts: &mut Option<Parts>) -> Step {
    const UNKNOWN: Step =
        Step::Refuse("it uses an entity that XML does not know, which is not read: export it without");
    let named = match &**reference {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ if reference.is_char_ref() => reference.resolve_char_ref().ok().flatten(),
        _ => None,
    };
    match (named, parts) {
        (Some(letter), Some(parts)) => parts.text(letter.encode_utf8(&mut [0; 4])),
        (Some(_), None) => Step::On,
        (None, _) => UNKNOWN,
    }
}

impl Parts {
    fn open_row(&mut self, element: &BytesStart<'_>) -> Step {
        self.open.push(String::new());
        self.texts.push(String::new());
        self.attributes(element)
    }

    fn open_element(&mut self, element: &BytesStart<'_>) -> Step {
        let local = element.local_name();
        let above = self.open.last().map_or("", String::as_str);
        let gap = if above.is_empty() { "" } else { "/" };
        let path = format!("{above}{gap}{}", local.as_ref());
        let nth = self.seen.entry(path.clone()).or_insert(0);
        *nth += 1;
        let path = if *nth > 1 { format!("{path}[{nth}]") } else { path };
        self.size += path.len();
        self.open.push(path);
        self.texts.push(String::new());
        self.attributes(element)
    }

    fn attributes(&mut self, element: &BytesStart<'_>) -> Step {
        for attribute in element.attributes() {
            let Ok(attribute) = attribute else {
                return Step::Stop("is not well-formed from here on: an attribute is broken");
            };
            let Ok(value) = quick_xml::escape::unescape(&attribute.value) else {
                return Step::Refuse(
                    "it uses an entity that XML does not know, which is not read: export it without",
                );
            };
            let above = self.open.last().map_or("", String::as_str);
            let name = attribute.key.local_name();
            let is_namespace = attribute.key.as_ref().starts_with("xmlns");
            if is_namespace || CARD_DATA.contains(&name.as_ref()) {
                continue;
            }
            let path = format!("{above}@{}", name.as_ref());
            self.keep(path, &value);
        }
        Step::On
    }

    fn text(&mut self, text: &str) -> Step {
        self.size += text.len();
        if self.size <= LONGEST_ROW
            && let Some(target) = self.texts.last_mut()
        {
            target.push_str(text);
        }
        Step::On
    }

    fn close_element(&mut self) -> Step {
        let (path, text) = (self.open.pop().unwrap_or_default(), self.texts.pop().unwrap_or_default());
        let text = text.trim();
        if !text.is_empty() {
            self.keep(if path.is_empty() { ".".to_owned() } else { path }, text);
        }
        if self.open.is_empty() { Step::Row } else { Step::On }
    }

    fn keep(&mut self, path: String, text: &str) {
        self.size += path.len() + text.len();
        if self.size <= LONGEST_ROW {
            self.cells.push((path, text.to_owned()));
        }
    }

    fn shown(&self) -> String {
        listing(self.cells.iter().map(|(path, text)| (path.as_str(), text.as_str())))
    }
}

/// An input that gives at most so many bytes for one event, so that a tag without an end does not fill the memory.
struct Limited {
    input: Input,
    left: usize,
}

impl Read for Limited {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.input.read(into)
    }
}

impl BufRead for Limited {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a piece of XML without an end"));
        }
        let bytes = self.input.fill_buf()?;
        Ok(bytes.get(..self.left).unwrap_or(bytes))
    }

    fn consume(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count);
        self.input.consume_bytes(count);
    }
}

/// The library shares its errors; ours are owned.
fn copy_of(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| io::Error::from(error.kind()), io::Error::from_raw_os_error)
}
