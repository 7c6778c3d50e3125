//! Many rows in one statement: as placeholders, or as one text for each column.

use std::fmt::Write as _;

use super::sql::{Bind, Binds};

/// `($3, $4), ($5, $6)`: the placeholders of `n_rows` rows, each as `name` calls it.
pub(super) fn placeholders(n_columns: usize, n_rows: usize, name: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(n_rows * (n_columns * 7 + 4));
    for row in 0..n_rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..n_columns {
            text.push_str(if column == 0 { "" } else { ", " });
            text.push_str(&name(row * n_columns + column));
        }
        text.push(')');
    }
    text
}

/// The rows as PostgreSQL makes them of a text for each column: after the statement's own parameters come the two
/// [`Marks`], then the columns.
pub(super) fn arrays(columns: &str, n_fixed: usize) -> String {
    let (between, nothing) = (n_fixed + 1, n_fixed + 2);
    let array = |(number, of): (usize, char)| {
        let array = format!("string_to_array(${number}, ${between}, ${nothing})");
        match of {
            't' => array,
            'b' => format!("cast({array} as bytea[])"),
            _ => format!("cast({array} as bigint[])"),
        }
    };
    let arrays: Vec<String> = (n_fixed + 3..).zip(columns.chars()).map(array).collect();
    format!("select * from unnest({})", arrays.join(", "))
}

/// Two control characters that no text of a batch holds: one stands between the values of a column, the other for the
/// absence of one.
#[derive(Clone, Copy)]
pub(super) struct Marks {
    between: char,
    nothing: char,
}

impl Marks {
    /// Two such characters, if there are any. The zero byte is none: no database takes it.
    pub(super) fn absent_from(rows: &[Binds]) -> Option<Self> {
        let mut used: u32 = 1;
        for bind in rows.iter().flatten() {
            if let Bind::Text(Some(text)) = bind {
                // Hardly any text holds one; to see that takes a fraction of looking at each byte for itself.
                if text.bytes().fold(u8::MAX, u8::min) < 0x20 {
                    for byte in text.bytes().filter(|byte| *byte < 0x20) {
                        used |= 1 << byte;
                    }
                }
            }
        }
        let mut free = (0_u8..0x20).rev().filter(|byte| used & (1 << byte) == 0).map(char::from);
        Some(Self { between: free.next()?, nothing: free.next()? })
    }

    /// The marks and the columns, as parameters.
    pub(super) fn columns(self, rows: &[Binds], n_columns: usize) -> Vec<Bind> {
        let marks = [self.between, self.nothing].map(|mark| Bind::Text(Some(mark.to_string())));
        let columns = (0..n_columns).map(|column| Bind::Text(Some(self.column(rows, column))));
        marks.into_iter().chain(columns).collect()
    }

    fn column(self, rows: &[Binds], column: usize) -> String {
        let mut text = String::new();
        for (number, bind) in rows.iter().filter_map(|row| row.get(column)).enumerate() {
            if number > 0 {
                text.push(self.between);
            }
            match bind {
                Bind::Text(Some(value)) => text.push_str(value),
                // Writing into a string cannot fail.
                Bind::Int(Some(value)) => drop(write!(text, "{value}")),
                // The form in which PostgreSQL reads bytes.
                Bind::Bytes(Some(bytes)) => {
                    text.push_str("\\x");
                    text.extend(bytes.iter().map(|byte| format!("{byte:02x}")));
                }
                Bind::Text(None) | Bind::Int(None) | Bind::Bytes(None) => text.push(self.nothing),
            }
        }
        text
    }
}

/// The text with `$1` and on counted after `n` others.
pub(super) fn counted_from(sql: &str, n: usize) -> String {
    let mut parts = sql.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        text.push('$');
        text.push_str(
            &number.parse::<usize>().map_or_else(|_| number.to_owned(), |number| (number + n).to_string()),
        );
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(texts: &[&str], marks: Option<(char, char)>) {
        let rows: Vec<Binds> = texts.iter().map(|text| vec![Bind::from(*text)]).collect();
        let found = Marks::absent_from(&rows);
        assert_eq!(found.map(|found| (found.between, found.nothing)), marks, "{texts:?}");
    }

    #[test]
    fn marks_are_characters_that_no_text_holds() {
        check(&["Ana", "", "日本"], Some(('\u{1f}', '\u{1e}')));
        check(&["a\u{1f}b", "\u{1c}"], Some(('\u{1e}', '\u{1d}')));
        let all_but_one: String = (1..0x1f_u8).map(char::from).collect();
        check(&[&all_but_one], None);
    }

    #[test]
    fn columns_are_told_apart_from_absences() {
        let rows =
            [vec![Bind::from(""), Bind::from(Some(-7_i64))], vec![Bind::Text(None), Bind::from(None::<i64>)]];
        let marks = Marks::absent_from(&rows).expect("there are characters left");
        let columns = marks.columns(&rows, 2).into_iter().map(|bind| match bind {
            Bind::Text(text) => text.unwrap_or_default(),
            Bind::Int(_) | Bind::Bytes(_) => String::new(),
        });
        let columns: Vec<String> = columns.collect();
        assert_eq!(columns, ["\u{1f}", "\u{1e}", "\u{1f}\u{1e}", "-7\u{1f}\u{1e}"]);
    }
}
