//! The one `name` of a party and the parts of a person's name.
//!
//! A name is written the way people say it, `Ana García`, wherever reading it back gives the same parts. Where it
//! would not (two surnames, a surname of several words, no given name) it is written surname first:
//! `García López, Ana`, with a no-break space between the two surnames and a full-width comma in place of a comma
//! inside a part. So what cardex wrote is always read back exactly; what a CRM user typed without a comma is
//! split before the last word, keeping particles (`de la Cruz`) with the surname.

/// Between the first and the second surname: looks like a space, and nobody types it by accident.
const BETWEEN_SURNAMES: char = '\u{a0}';
/// Stands in for a comma inside a part.
const INNER_COMMA: char = '\u{ff0c}';
/// Words that belong to the surname after them.
const PARTICLES: &[&str] = &[
    "af", "av", "da", "dal", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "el", "la",
    "las", "le", "los", "of", "san", "ten", "ter", "van", "vom", "von", "y", "zu", "zum", "zur",
];

/// The parts of a person's name; empty text where there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) given: String,
    pub(super) surname: String,
    pub(super) second_surname: String,
}

/// One name of these parts.
pub(super) fn join(parts: &Parts) -> String {
    let parts = Parts {
        given: collapse(&parts.given),
        surname: collapse(&parts.surname),
        second_surname: collapse(&parts.second_surname),
    };
    let natural = [parts.given.as_str(), &parts.surname, &parts.second_surname]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    if split(&natural) == parts {
        return natural;
    }
    let hide = |part: &str| part.replace(',', &INNER_COMMA.to_string());
    let mut name = hide(&parts.surname);
    if !parts.second_surname.is_empty() {
        name.push(BETWEEN_SURNAMES);
        name.push_str(&hide(&parts.second_surname));
    }
    name.push(',');
    if !parts.given.is_empty() {
        name.push(' ');
        name.push_str(&hide(&parts.given));
    }
    name
}

/// The parts of one name.
pub(super) fn split(name: &str) -> Parts {
    let show = |part: &str| collapse(&part.replace(INNER_COMMA, ","));
    if let Some((surnames, given)) = name.split_once(',') {
        let (surname, second) = surnames.split_once(BETWEEN_SURNAMES).unwrap_or((surnames, ""));
        return Parts { given: show(given), surname: show(surname), second_surname: show(second) };
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    let Some(last) = words.len().checked_sub(1) else {
        return Parts::default();
    };
    let mut start = last;
    while start > 1 && words.get(start - 1).is_some_and(|word| PARTICLES.contains(word)) {
        start -= 1;
    }
    let (given, surname) = words.split_at(start);
    Parts { given: show(&given.join(" ")), surname: show(&surname.join(" ")), second_surname: String::new() }
}

/// Runs of white space become one space.
fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
