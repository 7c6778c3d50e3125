//! How birth dates, documents, memberships and places relate.

use chrono::{Datelike, NaiveDate};

use super::levels::{Agreement, Birth, Document, Loyalty, Place, Street};
use crate::duplicates::compact::{self, View};
use crate::duplicates::features::{Check, DocumentKind};

/// Years between parents and children, at the least.
const GENERATION: i32 = 15;

pub(super) fn birth(a: Option<NaiveDate>, b: Option<NaiveDate>) -> Birth {
    let (Some(a), Some(b)) = (a, b) else { return Birth::Missing };
    if a == b {
        return Birth::Equal;
    }
    if a.year() == b.year() && a.month() == b.day() && a.day() == b.month() {
        return Birth::Swapped;
    }
    match n_edits(&digits(a), &digits(b)) {
        0 | 1 => Birth::Close,
        2 => Birth::Near,
        _ if (a.year() - b.year()).abs() > GENERATION => Birth::Generations,
        _ => Birth::Differs,
    }
}

fn digits(date: NaiveDate) -> [u8; 8] {
    let mut number = date.year().unsigned_abs() * 10_000 + date.month() * 100 + date.day();
    let mut digits = [0; 8];
    for digit in digits.iter_mut().rev() {
        *digit = u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
    digits
}

/// How many digits differ; two neighbours that changed places are one.
fn n_edits(a: &[u8], b: &[u8]) -> usize {
    let mut edits = 0;
    let mut at = 0;
    while at < a.len() && at < b.len() {
        if a[at] == b[at] {
            at += 1;
            continue;
        }
        let is_turned = a.get(at + 1) == Some(&b[at]) && b.get(at + 1) == Some(&a[at]);
        edits += 1;
        at += if is_turned { 2 } else { 1 };
    }
    edits
}

/// Whether two numbers are one letter or digit apart: another one, one left out, or two that changed places.
pub(super) fn is_one_edit(a: &str, b: &str) -> bool {
    let (short, long) =
        if a.len() <= b.len() { (a.as_bytes(), b.as_bytes()) } else { (b.as_bytes(), a.as_bytes()) };
    match long.len() - short.len() {
        0 => n_edits(short, long) == 1,
        1 => {
            let same = short.iter().zip(long).take_while(|(a, b)| a == b).count();
            short[same..] == long[same + 1..]
        }
        _ => false,
    }
}

pub(super) fn document(a: &View<'_>, b: &View<'_>) -> Document {
    let mut level = Document::Missing;
    for one in a.documents() {
        for other in b.documents() {
            if one.key == other.key {
                return Document::Equal;
            }
            level = nearer(level, pair(&one, &other));
        }
    }
    level
}

/// The level that says more: what speaks for, then what speaks against, then nothing.
fn nearer(a: Document, b: Document) -> Document {
    let rank = |level: Document| match level {
        Document::Equal => 5,
        Document::Close => 4,
        Document::DiffersChecked => 3,
        Document::Differs => 2,
        Document::OtherKind => 1,
        Document::Missing => 0,
    };
    if rank(b) > rank(a) { b } else { a }
}

fn pair(one: &compact::Document<'_>, other: &compact::Document<'_>) -> Document {
    let is_long = one.key.len() > 5 && other.key.len() > 5;
    if is_long && is_one_edit(one.key, other.key) {
        return Document::Close;
    }
    let countries = one.country.is_empty() || other.country.is_empty() || one.country == other.country;
    if one.kind != other.kind || one.kind == DocumentKind::Other || !countries {
        return Document::OtherKind;
    }
    // A passport is another one after ten years, also when both are right.
    let is_right = |document: &compact::Document<'_>| {
        document.check == Check::Right && document.kind != DocumentKind::Passport
    };
    if is_right(one) && is_right(other) { Document::DiffersChecked } else { Document::Differs }
}

pub(super) fn loyalty(a: &View<'_>, b: &View<'_>) -> Loyalty {
    let mut level = Loyalty::Missing;
    for one in a.loyalty() {
        for other in b.loyalty() {
            if one == other {
                return Loyalty::Equal;
            }
            let is_close = one.len() > 5 && is_one_edit(one, other);
            level = if is_close || level == Loyalty::Close { Loyalty::Close } else { Loyalty::Differs };
        }
    }
    level
}

pub(super) fn place(a: &View<'_>, b: &View<'_>) -> (Street, Place) {
    let (Some(a), Some(b)) = (a.address(), b.address()) else { return (Street::Missing, Place::Missing) };
    let both = |a: &str, b: &str| !a.is_empty() && !b.is_empty();
    let street = if !both(a.street, b.street) {
        Street::Missing
    } else if a.street != b.street && !(a.street.len() > 5 && is_one_edit(a.street, b.street)) {
        Street::Differs
    } else if a.number == b.number {
        Street::Equal
    } else {
        Street::Street
    };
    let (codes, cities) = (both(a.postal_code, b.postal_code), both(a.city, b.city));
    let place = if codes && a.postal_code == b.postal_code {
        Place::PostalCode
    } else if cities && a.city == b.city {
        Place::City
    } else if codes || cities {
        Place::Differs
    } else {
        Place::Missing
    };
    (street, place)
}

pub(super) fn agreement(a: &str, b: &str) -> Agreement {
    if a.is_empty() || b.is_empty() {
        Agreement::Missing
    } else if a == b {
        Agreement::Agrees
    } else {
        Agreement::Differs
    }
}
