//! What commands print: tables for people, one JSON object per line for programs. Data goes to standard output,
//! everything else to standard error.

use serde::Serialize;
use std::io::{self, Write};

use super::{Exit, Failure};

/// The form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// Aligned columns.
    #[default]
    Table,
    /// One JSON object per line.
    Json,
}

/// What can be printed as one line of a table.
pub trait Line: Serialize {
    /// The columns' names.
    const HEAD: &'static [&'static str];
    /// The columns.
    fn cells(&self) -> Vec<String>;
}

/// What a command has to say.
#[derive(Debug)]
pub struct Output {
    format: Format,
    text: String,
}

impl Output {
    /// An output without content.
    pub const fn new(format: Format) -> Self {
        Self { format, text: String::new() }
    }

    /// The form.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Whether programs read it.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Adds lines; a table with no lines says so in words, in JSON there is nothing.
    ///
    /// # Errors
    /// A line cannot be written as JSON.
    pub fn lines<L: Line>(&mut self, lines: &[L], when_empty: &str) -> Result<(), Failure> {
        match self.format {
            Format::Json => lines.iter().try_for_each(|line| self.json(line)),
            Format::Table if lines.is_empty() => {
                self.say(when_empty);
                Ok(())
            }
            Format::Table => {
                let rows: Vec<Vec<String>> = lines.iter().map(Line::cells).collect();
                self.text.push_str(&table(L::HEAD, &rows));
                Ok(())
            }
        }
    }

    /// Adds one object in JSON, or `in_words` for people.
    ///
    /// # Errors
    /// The object cannot be written as JSON.
    pub fn object<T: Serialize>(
        &mut self,
        object: &T,
        in_words: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Json => self.json(object),
            Format::Table => {
                self.say(&in_words());
                Ok(())
            }
        }
    }

    /// Adds a line for people only.
    pub fn say(&mut self, text: &str) {
        if self.format == Format::Table {
            for line in text.lines() {
                self.text.push_str(printable(line).trim_end());
                self.text.push('\n');
            }
        }
    }

    fn json<T: Serialize>(&mut self, object: &T) -> Result<(), Failure> {
        let line = serde_json::to_string(object).map_err(|error| {
            Failure::new(Exit::Bug, format!("the answer cannot be written as JSON: {error}"))
        })?;
        self.text.push_str(&line);
        self.text.push('\n');
        Ok(())
    }

    /// Writes everything out. A reader who has seen enough is no error.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub fn print(self) -> io::Result<()> {
        match io::stdout().lock().write_all(self.text.as_bytes()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// What would be written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Aligned columns under their names; the last column is as wide as it is.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(head.get(column).map(|name| name.len())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let head: Vec<String> = head.iter().map(|name| name.to_uppercase()).collect();
    let mut text = String::new();
    for row in std::iter::once(&head).chain(&rows) {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// The text without characters that move the cursor or change colours: what guests type is not for the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Guest {
        name: &'static str,
        nights: u32,
    }

    impl Line for Guest {
        const HEAD: &'static [&'static str] = &["name", "nights"];
        fn cells(&self) -> Vec<String> {
            vec![self.name.to_owned(), self.nights.to_string()]
        }
    }

    #[test]
    fn table_is_aligned_and_json_is_one_object_per_line() {
        let guests = [Guest { name: "Łukasz", nights: 3 }, Guest { name: "Al\u{1b}[31m", nights: 12 }];
        let mut table = Output::new(Format::Table);
        table.lines(&guests, "no guests").expect("a table");
        assert_eq!(table.text(), "NAME     NIGHTS\nŁukasz   3\nAl\u{fffd}[31m  12\n");
        let mut json = Output::new(Format::Json);
        json.lines(&guests, "no guests").expect("lines");
        assert_eq!(
            json.text(),
            "{\"name\":\"Łukasz\",\"nights\":3}\n{\"name\":\"Al\\u001b[31m\",\"nights\":12}\n"
        );
    }

    #[test]
    fn nothing_is_said_in_words_and_is_nothing_in_json() {
        for (format, expected) in [(Format::Table, "no guests\n"), (Format::Json, "")] {
            let mut output = Output::new(format);
            output.lines::<Guest>(&[], "no guests").expect("an output");
            assert_eq!(output.text(), expected);
        }
    }
}
