//! JSON Lines: one object a line, its parts named by their path.
//!
//! `{"guest": {"name": "A"}, "phones": ["1", "2"]}` has the columns `guest.name`, `phones` and `phones[2]`: the first
//! element of a list has no number, so that a list that is sometimes a single value needs no second rule.

use memchr::memchr;
use serde::de::{DeserializeSeed, Deserializer as _, Error as _, MapAccess, SeqAccess, Visitor};
use std::fmt::{self, Write as _};
use std::io;
use std::sync::Arc;

use super::input::Input;
use super::{Batch, CONTROL, Columns, LONGEST_ROW, NOT_UTF8, Place, Rows, TOO_LONG, is_control, shown};
use crate::import::source::SourceError;

/// A file of JSON Lines.
pub(crate) struct JsonLines {
    name: String,
    input: Input,
    columns: Columns,
    line: u64,
}

impl JsonLines {
    /// Reads from the beginning.
    pub(crate) fn open(name: &str, input: Input) -> Self {
        Self { name: name.to_owned(), input, columns: Columns::default(), line: 0 }
    }

    /// Goes on at a place that an earlier reading gave; `false` when the file ends before it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn go_to(&mut self, place: Place) -> Result<bool, SourceError> {
        self.line = place.line;
        self.input.go_to(place.offset).map_err(|source| self.error(source))
    }

    fn error(&self, source: io::Error) -> SourceError {
        SourceError::File { path: self.name.clone(), source }
    }

    /// Takes the next line; `false` when there is none.
    fn row(&mut self, batch: &mut Batch) -> io::Result<bool> {
        let found = loop {
            let bytes = self.input.here();
            match memchr(b'\n', bytes) {
                Some(end) => break Some(end),
                None if bytes.len() > LONGEST_ROW => return self.too_long(batch),
                None if !self.input.more()? => break None,
                None => {}
            }
        };
        let bytes = self.input.here();
        if bytes.is_empty() {
            return Ok(false);
        }
        let line = bytes.get(..found.unwrap_or(bytes.len())).unwrap_or_default();
        take(&self.name, self.line + 1, line, &mut self.columns, batch, found.is_none());
        let length = line.len() + usize::from(found.is_some());
        self.input.consume_bytes(length);
        self.line += 1;
        Ok(true)
    }

    fn too_long(&mut self, batch: &mut Batch) -> io::Result<bool> {
        batch.reject(&self.name, self.line + 1, "", TOO_LONG, shown(self.input.here()));
        loop {
            let bytes = self.input.here();
            let end = memchr(b'\n', bytes);
            let length = end.map_or(bytes.len(), |end| end + 1);
            self.input.consume_bytes(length);
            if end.is_some() || !self.input.more()? {
                self.line += 1;
                return Ok(true);
            }
        }
    }
}

impl Rows for JsonLines {
    fn read(&mut self, batch: &mut Batch, rows: usize) -> Result<bool, SourceError> {
        let mut goes_on = true;
        while goes_on && batch.len() < rows {
            goes_on = self.row(batch).map_err(|source| self.error(source))?;
        }
        batch.columns = Arc::new(self.columns.clone());
        batch.is_sparse = true;
        batch.end = Place { offset: self.input.offset(), line: self.line };
        Ok(goes_on)
    }
}

fn take(name: &str, number: u64, line: &[u8], columns: &mut Columns, batch: &mut Batch, is_last: bool) {
    let line = line.trim_ascii();
    if line.is_empty() {
        return;
    }
    let Ok(text) = std::str::from_utf8(line) else {
        batch.reject(name, number, "", NOT_UTF8, shown(line));
        return;
    };
    if line.iter().any(|byte| is_control(*byte)) {
        batch.reject(name, number, "", CONTROL, shown(line));
        return;
    }
    batch.begin(number, text);
    let mut json = serde_json::Deserializer::from_str(text);
    let mut path = String::new();
    let mut bad = None;
    let target = Object { columns, batch, path: &mut path, bad: &mut bad };
    let read = (&mut json).deserialize_map(target).and_then(|()| json.end());
    if let Err(error) = read {
        batch.drop_row();
        let field = bad.unwrap_or_default();
        // The library's own words could quote the line.
        let reason = match error.classify() {
            _ if !field.is_empty() => {
                "holds what a field cannot: a control character, or more columns than a file may have"
            }
            serde_json::error::Category::Eof if is_last => {
                "the file ends inside an object: the transfer broke off"
            }
            serde_json::error::Category::Eof => {
                "the line ends inside an object: each object has to be on one line"
            }
            serde_json::error::Category::Syntax => "the line is no JSON",
            serde_json::error::Category::Data => "the line is no JSON object",
            serde_json::error::Category::Io => "the line cannot be read",
        };
        batch.reject(name, number, &field, reason, shown(line));
    }
}

/// Takes the members of an object into the batch.
struct Object<'a> {
    columns: &'a mut Columns,
    batch: &'a mut Batch,
    path: &'a mut String,
    bad: &'a mut Option<String>,
}

impl Object<'_> {
    fn lend(&mut self) -> Object<'_> {
        Object { columns: self.columns, batch: self.batch, path: self.path, bad: self.bad }
    }

    fn cell<E: serde::de::Error>(&mut self, text: &str) -> Result<(), E> {
        let column = self.columns.number_or_new(self.path);
        if let Some(column) = column.filter(|_| !text.bytes().any(is_control)) {
            self.batch.cell_of(column, text);
            Ok(())
        } else {
            *self.bad = Some(self.path.clone());
            Err(E::custom("bad cell"))
        }
    }

    fn members<'de, A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let length = self.path.len();
        while let Some(name) = map.next_key::<std::borrow::Cow<'_, str>>()? {
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(&name);
            map.next_value_seed(Member(self.lend()))?;
            self.path.truncate(length);
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.members(map)
    }
}

/// Takes one member, whatever it is.
struct Member<'a>(Object<'a>);

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any value")
    }

    fn visit_unit<E: serde::de::Error>(mut self) -> Result<(), E> {
        self.0.cell("")
    }

    fn visit_bool<E: serde::de::Error>(mut self, flag: bool) -> Result<(), E> {
        self.0.cell(if flag { "true" } else { "false" })
    }

    fn visit_i64<E: serde::de::Error>(mut self, number: i64) -> Result<(), E> {
        self.0.cell(&number.to_string())
    }

    fn visit_u64<E: serde::de::Error>(mut self, number: u64) -> Result<(), E> {
        self.0.cell(&number.to_string())
    }

    fn visit_f64<E: serde::de::Error>(mut self, number: f64) -> Result<(), E> {
        self.0.cell(&number.to_string())
    }

    fn visit_str<E: serde::de::Error>(mut self, text: &str) -> Result<(), E> {
        self.0.cell(text)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.members(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        let length = self.0.path.len();
        for nth in 1.. {
            if nth > 1 {
                // Writing into a `String` cannot fail.
                let _ = write!(self.0.path, "[{nth}]");
            }
            let more = list.next_element_seed(Member(self.0.lend()))?.is_some();
            self.0.path.truncate(length);
            if !more {
                return Ok(());
            }
        }
        Err(A::Error::custom("a list without an end"))
    }
}
