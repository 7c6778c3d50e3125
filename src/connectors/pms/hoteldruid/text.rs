//! HotelDruid's way of storing text: escaped for HTML, raised at the start of each word, then cut to the column's
//! length in bytes, which may leave half an entity or half a character at the end.
//!
//! Pure. What a value becomes under this treatment is declared to the core as a `Form`; here the treatment is only
//! undone on reading and done safely on writing.

/// The text behind stored bytes: half a character and half an entity at the end are dropped.
pub(super) fn decode(stored: &str) -> String {
    let whole = match stored.rfind('&') {
        Some(at) if is_cut_entity(&stored[at..]) => &stored[..at],
        _ => stored,
    };
    html_escape::decode_html_entities(whole).trim().to_owned()
}

/// Stored bytes as text; a character that was cut at the end is dropped, a bad byte elsewhere is marked.
pub(super) fn lossy(stored: Vec<u8>) -> String {
    match String::from_utf8(stored) {
        Ok(text) => text,
        Err(error) => {
            let cut_at = error.utf8_error().valid_up_to();
            let is_cut = error.utf8_error().error_len().is_none();
            let bytes = error.into_bytes();
            let whole = if is_cut { bytes.get(..cut_at).unwrap_or(&bytes) } else { &bytes };
            String::from_utf8_lossy(whole).into_owned()
        }
    }
}

/// The text as HotelDruid on PHP 8.1 or newer stores it, at most `limit` bytes, without half an entity at the end.
pub(super) fn encode(text: &str, limit: usize) -> String {
    let mut stored = String::new();
    for character in text.trim().chars() {
        let mut buffer = [0_u8; 4];
        let escaped = match character {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\'' => "&#039;",
            _ => character.encode_utf8(&mut buffer),
        };
        if stored.len() + escaped.len() > limit {
            break;
        }
        stored.push_str(escaped);
    }
    stored.trim_end().to_owned()
}

/// Whether `tail`, which starts with `&`, is the beginning of one of the entities HotelDruid writes.
fn is_cut_entity(tail: &str) -> bool {
    const WRITTEN: [&str; 6] = ["&amp;", "&lt;", "&gt;", "&quot;", "&#039;", "&apos;"];
    WRITTEN.iter().any(|entity| entity.len() > tail.len() && entity.starts_with(tail))
}
