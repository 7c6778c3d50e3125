//! HotelDruid's way of storing text: escaped for HTML, raised at the start of each word, then cut to the column's
//! length in bytes, which may leave half an entity or half a character at the end.
//!
//! Pure. What a value becomes under this treatment is declared to the core as a `Form`; here the treatment is only
//! undone on reading and done safely on writing.

/// What [`lossy`] puts in the place of half a character.
pub(super) const CUT: char = char::REPLACEMENT_CHARACTER;

/// The text behind stored bytes: half a character and half an entity at the end are dropped.
pub(super) fn decode(stored: &str) -> String {
    let stored = stored.trim_end_matches(CUT);
    let whole = match stored.rfind('&') {
        Some(at) if is_cut_entity(&stored[at..]) => &stored[..at],
        _ => stored,
    };
    html_escape::decode_html_entities(whole).trim().to_owned()
}

/// Stored bytes as text; bytes that are none end in [`CUT`].
pub(super) fn lossy(stored: Vec<u8>) -> String {
    String::from_utf8(stored).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
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
