//! Surnames: particles apart, glued prefixes in both forms, and which of two is the main one.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::{letters, table};
use crate::duplicates::features::{Style, Surname};
use crate::model::normalise::text;
use crate::model::value::{Country, Language};

static PARTICLES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| table::set(include_str!("../data/particles.txt")));

/// Where people have two surnames.
const TWO_COUNTRIES: &[&str] = &[
    "AD", "AO", "AR", "BO", "BR", "CL", "CO", "CR", "CU", "CV", "DO", "EC", "ES", "GQ", "GT", "HN", "MX",
    "MZ", "NI", "PA", "PE", "PR", "PT", "PY", "SV", "UY", "VE",
];
/// Where the last of them is the main one.
const LAST_COUNTRIES: &[&str] = &["AO", "BR", "CV", "MZ", "PT"];

/// How a person of this country and language forms surnames, and whether the last one is the main one.
pub(super) fn style(country: Option<&Country>, language: Option<&Language>) -> (Style, bool) {
    let language = language.and_then(|language| language.0.split('-').next()).unwrap_or_default();
    let (has_two, is_last) = match country {
        Some(country) => {
            (TWO_COUNTRIES.contains(&country.0.as_str()), LAST_COUNTRIES.contains(&country.0.as_str()))
        }
        None => (["es", "pt", "ca", "gl", "eu"].contains(&language), language == "pt"),
    };
    (if has_two { Style::Two } else { Style::One }, has_two && is_last)
}

/// Whether a folded word is a particle that stands apart.
pub(super) fn is_particle(word: &str) -> bool {
    PARTICLES.contains(word)
}

fn is_glued(word: &str) -> bool {
    // The marks in the table keep the two sorts apart.
    !word.is_empty() && PARTICLES.contains(format!("+{word}").as_str())
}

/// The surnames that the pieces of a field say.
pub(super) fn read(pieces: &[String]) -> Vec<Surname> {
    let mut found = Vec::new();
    let mut particles: Vec<String> = Vec::new();
    let mut prefix = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        let folded = text::fold(piece);
        let has_more = at + 1 < pieces.len();
        if has_more && prefix.is_empty() && is_particle(&folded) {
            particles.push(folded);
        } else if has_more && prefix.is_empty() && is_glued(&folded) {
            prefix = folded;
        } else if let Some(surname) = one(&std::mem::take(&mut prefix), piece, &particles.join(" ")) {
            particles.clear();
            found.push(surname);
        }
    }
    found
}

fn one(prefix: &str, piece: &str, particles: &str) -> Option<Surname> {
    let word = letters::word(&format!("{prefix}{piece}"))?;
    let core = if prefix.is_empty() { core(piece) } else { letters::word(piece).map(|word| word.plain) };
    Some(Surname { word, core, particles: particles.into() })
}

/// The name behind `O'`, `d'` or `Mc`, where it is written so that it can be told.
fn core(piece: &str) -> Option<smol_str::SmolStr> {
    let rest = match piece.split_once(['\'', '’', '`', '´', 'ʼ']) {
        Some((before, rest)) if is_glued(&text::fold(before)) => text::fold(rest),
        Some(_) | None => text::fold(piece).strip_prefix("mc")?.to_owned(),
    };
    (rest.chars().count() > 2).then(|| rest.into())
}
