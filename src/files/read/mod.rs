//! Rows out of files: one reader per format, all with bounded memory, all giving the same [`Batch`].
//!
//! A reader knows nothing of guests and stays. It gives what is written, cell by cell, and refuses what cannot be read
//! with the line, the column and the row; one bad row never costs a good neighbour. It never panics, whatever the
//! bytes are, and never holds more than a batch and one row of a file.

mod batch;
pub(crate) mod csv;
pub(crate) mod input;
pub(crate) mod jsonl;
#[cfg(test)]
mod tests;
pub(crate) mod xlsx;
pub(crate) mod xml;

pub(crate) use batch::{Batch, Columns, Place, Row};

use crate::import::source::SourceError;

/// The longest row, in bytes: a longer one is broken, and would fill the memory.
pub(crate) const LONGEST_ROW: usize = 1 << 20;
/// The most columns, or different paths, of a file.
pub(crate) const MOST_COLUMNS: usize = 4096;
/// How much of a bad row is kept.
const SHOWN: usize = 16 << 10;

/// A file being read.
pub(crate) trait Rows: Send {
    /// Reads on into `batch` until that holds `rows` rows, good and bad; `false` when the file has ended.
    ///
    /// # Errors
    /// The file as a whole cannot be read any further.
    fn read(&mut self, batch: &mut Batch, rows: usize) -> Result<bool, SourceError>;
}

/// The beginning of a bad row as text, whatever its bytes are.
fn shown(bytes: &[u8]) -> String {
    let cut = bytes.get(..SHOWN).unwrap_or(bytes);
    let mut text = String::from_utf8_lossy(cut.trim_ascii_end()).into_owned();
    if bytes.len() > SHOWN {
        text.push('…');
    }
    text
}

/// Whether a text has a control character that no field may hold.
fn has_control(bytes: &[u8]) -> bool {
    // Without a branch in the loop, so that it runs over many bytes at once.
    bytes.iter().fold(false, |found, byte| found | is_control(*byte))
}

const fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0x0b | 0x0c | 0x0e..=0x1f | 0x7f)
}

/// What is said of a row that has one.
const CONTROL: &str = "holds a control character (NUL, ESC or the like): the export is damaged there";
/// What is said of a row that is no text.
const NOT_UTF8: &str = "is not valid UTF-8: the export mixes encodings there";
/// What is said of a row that is too long.
const TOO_LONG: &str = "the row is longer than a mebibyte: a quotation mark or a line end is missing";
