//! Identity documents and membership numbers.

use smol_str::SmolStr;
use std::borrow::Cow;
use std::sync::LazyLock;

use super::{check, letters, table};
use crate::duplicates::features::{Birth, Check, Document, DocumentKind};
use crate::duplicates::profile::DocumentText;
use crate::model::normalise::{country, text};

static KINDS: LazyLock<table::Entries<&'static str, &'static str>> =
    LazyLock::new(|| table::map(include_str!("../data/document_kinds.txt")));
static PLACEHOLDERS: LazyLock<table::Words> =
    LazyLock::new(|| table::set(include_str!("../data/document_placeholders.txt")));
/// Fewest letters and digits of a number that says something.
const FEWEST: usize = 5;

/// Reads a document. `home` is the holder's country, for documents that do not say whose they are. `None` for a number
/// that says nothing.
pub(super) fn read(written: &DocumentText<'_>, home: &str, birth: Option<Birth>) -> Option<Document> {
    if written.number.is_empty() {
        return None;
    }
    let issuer = country::read(written.country).ok().flatten();
    let place = issuer.as_ref().map_or(home, |country| country.0.as_str());
    let kind = kind(written.kind, place);
    let (number, kind, check) = match check::machine_readable(written.number) {
        Some((number, true)) => (bare(&number), kind, Check::Right),
        Some((number, false)) => (bare(&number), kind, Check::Wrong),
        None => checked(bare(written.number), kind, place, birth),
    };
    if says_nothing(&number) {
        return None;
    }
    let key = number.chars().map(as_digit).collect();
    Some(Document { kind, number: number.into(), key, check, country: issuer })
}

/// A letter that is taken for a digit as that digit.
const fn as_digit(letter: char) -> char {
    match letter {
        'O' => '0',
        'I' => '1',
        other => other,
    }
}

/// A membership number without the letters before it.
pub(super) fn loyalty(written: &str) -> Option<SmolStr> {
    let number = bare(written);
    let digits = number.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    let kept = if digits.len() >= FEWEST { digits } else { &number };
    (!says_nothing(kept)).then(|| kept.into())
}

/// Upper-case letters and digits.
pub(super) fn bare(written: &str) -> String {
    let plain = if written.is_ascii() { Cow::Borrowed(written) } else { Cow::Owned(text::fold(written)) };
    let mut out = String::with_capacity(plain.len());
    let kept = plain.chars().filter(char::is_ascii_alphanumeric);
    out.extend(kept.map(|letter| letter.to_ascii_uppercase()));
    out
}

fn says_nothing(number: &str) -> bool {
    number.len() < FEWEST || letters::is_monotonous(number) || PLACEHOLDERS.contains(number)
}

fn kind(written: &str, place: &str) -> DocumentKind {
    match KINDS.get(letters::joined(written).as_str()).copied().unwrap_or_default() {
        "national" => DocumentKind::NationalId,
        "residence" => DocumentKind::Residence,
        "tax" => DocumentKind::TaxId,
        "driving" => DocumentKind::Driving,
        // A German `PA` is an identity card, any other a passport.
        "pa" if place == "DE" => DocumentKind::NationalId,
        "passport" | "pa" => DocumentKind::Passport,
        _ => DocumentKind::Other,
    }
}

/// A number with what its own check says; a missing letter is added, and a number that tells its kind sets it.
fn checked(
    number: String,
    kind: DocumentKind,
    place: &str,
    birth: Option<Birth>,
) -> (String, DocumentKind, Check) {
    if check::is_italian(&number) {
        let is_wrong = !check::is_italian_right(&number)
            || birth.is_some_and(|birth| check::contradicts(&number, birth.0));
        return (number, DocumentKind::TaxId, if is_wrong { Check::Wrong } else { Check::Right });
    }
    match kind {
        DocumentKind::NationalId | DocumentKind::Residence | DocumentKind::Other
            if matches!(place, "ES" | "") =>
        {
            spanish(number, kind, place == "ES")
        }
        DocumentKind::NationalId
        | DocumentKind::Residence
        | DocumentKind::Passport
        | DocumentKind::TaxId
        | DocumentKind::Driving
        | DocumentKind::Other => (number, kind, Check::None),
    }
}

/// A Spanish number. Leading zeros and the letter are what people leave out.
fn spanish(number: String, kind: DocumentKind, is_sure: bool) -> (String, DocumentKind, Check) {
    let foreign = number.starts_with(['X', 'Y', 'Z']);
    let own_kind = if foreign { DocumentKind::Residence } else { DocumentKind::NationalId };
    let last = number.chars().last().filter(char::is_ascii_uppercase);
    let body = if last.is_some() { number.get(..number.len() - 1).unwrap_or_default() } else { &number };
    let is_short = !foreign && body.len() == 7;
    let padded = if is_short { Cow::Owned(format!("0{body}")) } else { Cow::Borrowed(body) };
    match (check::spanish_letter(&padded), last) {
        (Some(right), Some(given)) if right == given => (format!("{padded}{given}"), own_kind, Check::Right),
        (Some(_), Some(_)) if is_sure => (number, own_kind, Check::Wrong),
        (Some(right), None) if is_sure && kind != DocumentKind::Other => {
            (format!("{padded}{right}"), own_kind, Check::Added)
        }
        (Some(_) | None, Some(_) | None) => (number, kind, Check::None),
    }
}
