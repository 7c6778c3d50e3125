//! How a record that cardex has made carries the hub's id: a line that begins with a word of its own.

use crate::model::RecordId;

const WORD: &str = "cardex:";

/// The line of a record.
pub(in super::super) fn mark(id: RecordId) -> String {
    format!("{WORD}{id}")
}

/// The id that a text carries.
pub(in super::super) fn hub_id(text: &str) -> Option<RecordId> {
    text.lines().find_map(of_line)
}

/// A text without the line.
pub(super) fn unmarked(text: &str) -> String {
    let said: Vec<&str> = text.lines().filter(|line| of_line(line).is_none()).collect();
    said.join("\n")
}

fn of_line(line: &str) -> Option<RecordId> {
    RecordId::parse(line.trim().strip_prefix(WORD)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_among_what_people_write_and_nothing_else_is_one() {
        let id = RecordId::parse("0192f0c1-2b3c-7d4e-8f50-123456789abc").expect("an id");
        let noted = format!("Likes room 7\r\n  {}  \nPlays chess", mark(id));
        assert_eq!((hub_id(&noted), unmarked(&noted).as_str()), (Some(id), "Likes room 7\nPlays chess"));
        assert_eq!((hub_id(&mark(id)), unmarked(&mark(id)).as_str()), (Some(id), ""));
        for text in ["", "COM-123", "0192f0c1-2b3c-7d4e-8f50-123456789abc", "cardex: sold here", "cardex:"] {
            assert_eq!((hub_id(text), unmarked(text).as_str()), (None, text));
        }
    }
}
