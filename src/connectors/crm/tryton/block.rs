//! The full reservation inside an opportunity's comment: a block of lines between two marks.
//!
//! ```text
//! [cardex 0198f2c1-…]
//! number: "1234"
//! status: confirmed
//! rooms: {adults=2; board=breakfast; category=Double; index=1; number="101"}
//! [/cardex]
//! ```
//!
//! What a CRM user wrote around the block stays. A line that cannot be read counts as missing, and the next
//! write of the hub puts it right. A field with several values has a line for each.

use crate::model::document::Held;
use crate::model::{Document, FieldKey, RecordId, RecordKind, Seen, Value};

use super::super::text;
use super::lens::Lens;

const OPEN: &str = "[cardex ";
const CLOSE: &str = "[/cardex]";

/// The block of a comment, and the user's text around it.
#[derive(Debug, Default)]
pub(super) struct Comment<'a> {
    before: &'a str,
    after: &'a str,
    /// The hub id in the opening mark.
    pub(super) hub_id: Option<RecordId>,
    /// What the lines say; a field without a line is absent.
    pub(super) document: Document,
    /// There is a block.
    pub(super) has_block: bool,
}

impl<'a> Comment<'a> {
    /// Finds and reads the block of a comment.
    pub(super) fn parse(lens: &Lens, comment: &'a str) -> Self {
        let bare = Self { before: comment, ..Self::default() };
        let Some((before, rest)) = comment.split_once(OPEN) else {
            return bare;
        };
        let Some((id, rest)) = rest.split_once(']') else {
            return bare;
        };
        let (inside, after) = rest.split_once(CLOSE).unwrap_or((rest, ""));
        let document = read_lines(lens, RecordKind::Reservation, inside.lines());
        Self { before, after, hub_id: RecordId::parse(id), document, has_block: true }
    }

    /// The comment with a block that says `document`, in the order of `fields`.
    pub(super) fn with_block(&self, id: RecordId, document: &Document, fields: &[FieldKey]) -> String {
        let mut out = self.before.to_owned();
        if !self.has_block && !out.trim().is_empty() {
            out = format!("{}\n\n", out.trim_end());
        }
        out.push_str(OPEN);
        out.push_str(&id.to_string());
        out.push_str("]\n");
        for field in fields {
            for line in document.get(field).into_iter().flat_map(|seen| lines(field, seen)) {
                out.push_str(&line);
                out.push('\n');
            }
        }
        out.push_str(CLOSE);
        out.push_str(self.after);
        out
    }
}

/// The lines of one field: one per value. A value that must not be written has none.
pub(super) fn lines<'a>(field: &'a FieldKey, seen: &'a Seen) -> impl Iterator<Item = String> + use<'a> {
    seen.values().filter_map(move |value| Some(format!("{field}: {}", text::write(value)?)))
}

/// What these lines say of a record of `kind`.
pub(super) fn read_lines<'a>(
    lens: &Lens,
    kind: RecordKind,
    lines: impl Iterator<Item = &'a str>,
) -> Document {
    let mut document = Document::new();
    for (field, value) in lines.filter_map(read_line) {
        if !lens.is_many(kind, &field) {
            document.insert(field, Seen::one(value));
            continue;
        }
        let Some(element) = lens.element(kind, &field, &value) else { continue };
        if document.get(&field).is_none() {
            document.insert(field.clone(), Seen::set([]));
        }
        if let Some(Seen::Set(elements)) = document.get_mut(&field) {
            elements.insert(element, Held::new(value));
        }
    }
    document
}

/// The field and the value of a line; `None` when it cannot be read.
fn read_line(line: &str) -> Option<(FieldKey, Value)> {
    let (field, value) = line.trim().split_once(": ")?;
    Some((FieldKey::new(field), text::read(value)?))
}
