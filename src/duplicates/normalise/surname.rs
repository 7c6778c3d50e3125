//! Surnames: particles apart, glued prefixes in both forms, and which of two is the main one.

use smol_str::SmolStr;
use std::sync::LazyLock;

use super::name::Piece;
use super::{letters, table};
use crate::duplicates::features::{Style, Surname};
use crate::model::normalise::text;
use crate::model::value::{Country, Language};

const TABLE: &str = include_str!("../data/particles.txt");
/// The particles that stand apart; among them, with their mark, stand those that do not.
static PARTICLES: LazyLock<table::Words> = LazyLock::new(|| table::set(TABLE));
static GLUED: LazyLock<table::Words> = LazyLock::new(|| table::marked(TABLE, "+").collect());

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
    GLUED.contains(word)
}

/// The surnames that the pieces of a field say.
pub(super) fn read(pieces: Vec<Piece<'_>>) -> Vec<Surname> {
    let mut found = Vec::with_capacity(pieces.len());
    let mut particles = String::new();
    let mut prefix = SmolStr::default();
    let last = pieces.len().saturating_sub(1);
    for (at, piece) in pieces.into_iter().enumerate() {
        let has_more = at < last;
        if has_more && prefix.is_empty() && is_particle(&piece.folded) {
            if !particles.is_empty() {
                particles.push(' ');
            }
            particles.push_str(&piece.folded);
        } else if has_more && prefix.is_empty() && is_glued(&piece.folded) {
            prefix = piece.folded;
        } else if let Some(surname) = one(&std::mem::take(&mut prefix), piece, &particles) {
            particles.clear();
            found.push(surname);
        }
    }
    found
}

fn one(prefix: &str, piece: Piece<'_>, particles: &str) -> Option<Surname> {
    let particles = particles.into();
    if prefix.is_empty() {
        let core = core(&piece);
        let word = letters::folded_word(&piece.written, piece.folded)?;
        return Some(Surname { word, core, particles });
    }
    let word = letters::word(&format!("{prefix}{}", piece.written))?;
    let core = letters::folded_word(&piece.written, piece.folded).map(|word| word.plain);
    Some(Surname { word, core, particles })
}

/// The name behind `O'`, `d'` or `Mc`, where it is written so that it can be told.
fn core(piece: &Piece<'_>) -> Option<SmolStr> {
    let is_plain = piece.written.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_plain && !piece.folded.starts_with("mc") {
        return None;
    }
    let rest = match piece.written.split_once(['\'', '’', '`', '´', 'ʼ']) {
        Some((before, rest)) if is_glued(&text::fold(before)) => SmolStr::from(text::fold(rest)),
        Some(_) | None => piece.folded.strip_prefix("mc")?.into(),
    };
    (rest.chars().count() > 2).then_some(rest)
}
