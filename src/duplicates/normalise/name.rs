//! People's names: which words are given names and which surnames, without titles, marks and damage.

use smol_str::SmolStr;
use std::borrow::Cow;
use std::sync::LazyLock;

use super::{letters, nickname, surname, table};
use crate::duplicates::features::{Gender, Generation, Order, PersonName, Style, Word};
use crate::model::normalise::text;
use crate::model::value::{Country, Language};

static TITLES: LazyLock<table::Entries<&'static str, &'static str>> =
    LazyLock::new(|| table::map(include_str!("../data/titles.txt")));

/// What a name is read with.
#[derive(Clone, Copy, Default)]
pub(super) struct Locale<'a> {
    /// The person's country or nationality.
    pub(super) country: Option<&'a Country>,
    /// The person's language.
    pub(super) language: Option<&'a Language>,
}

impl Locale<'_> {
    fn speaks(&self, languages: &[&str], countries: &[&str]) -> bool {
        let spoken = self.language.and_then(|language| language.0.split('-').next());
        spoken.is_some_and(|spoken| languages.contains(&spoken))
            || self.country.is_some_and(|country| countries.contains(&country.0.as_str()))
    }
}

/// A piece of a name.
pub(super) struct Piece<'a> {
    /// As it was written.
    pub(super) written: Cow<'a, str>,
    /// Folded.
    pub(super) folded: SmolStr,
}

impl<'a> Piece<'a> {
    fn of(written: Cow<'a, str>) -> Self {
        Self { folded: text::fold(&written).into(), written }
    }
}

/// The pieces of a name, and what the words around it say.
#[derive(Default)]
struct Pieces<'a> {
    given: Vec<Piece<'a>>,
    surnames: Vec<Piece<'a>>,
    order: Order,
    gender: Option<Gender>,
    generation: Option<Generation>,
    /// The piece that is being read, folded.
    folded: String,
}

/// Reads a name; with it the gender that a title inside it tells. The name may be empty.
pub(super) fn read(first: &str, last: &str, locale: Locale<'_>) -> (PersonName, Option<Gender>) {
    let (first, last) = (letters::repair(first), letters::repair(last));
    let (first, last, order) = split(&first, &last);
    let mut pieces = Pieces { order, ..Pieces::default() };
    let given = pieces.strip(&first);
    let surnames = pieces.strip(&last);
    pieces.given = kept(given, &first, false);
    pieces.surnames = kept(surnames, &last, !pieces.given.is_empty());
    marie(&mut pieces, locale);
    let (style, is_last) = surname::style(locale.country, locale.language);
    if pieces.given.is_empty() && order == Order::Fields {
        guess(&mut pieces, style);
    }
    let found = surname::read(pieces.surnames);
    let main = if is_last { found.len().saturating_sub(1) } else { 0 };
    let given = given_words(pieces.given);
    let name = PersonName {
        nicknames: nickname::groups(&given),
        given,
        surnames: found.into_boxed_slice(),
        main: u8::try_from(main).unwrap_or_default(),
        style,
        order: pieces.order,
        generation: pieces.generation,
    };
    (name, pieces.gender)
}

/// The gender that a title says.
pub(super) fn gender_of_title(title: &str) -> Option<Gender> {
    title.split_whitespace().find_map(|word| gender(TITLES.get(text::fold(word).as_str())?))
}

fn gender(mark: &str) -> Option<Gender> {
    match mark {
        "f" => Some(Gender::Female),
        "m" => Some(Gender::Male),
        _ => None,
    }
}

/// Given names and surnames, where a mark tells them apart; else the two fields as they are.
fn split<'a>(first: &'a str, last: &'a str) -> (Cow<'a, str>, Cow<'a, str>, Order) {
    let is_single = first.trim().is_empty() || last.trim().is_empty();
    let whole = if first.trim().is_empty() { last } else { first };
    if whole.contains('<') {
        let zone = whole.trim().trim_end_matches('<');
        return match zone.split_once("<<").filter(|_| is_single) {
            Some((last, first)) => (unfilled(first), unfilled(last), Order::Marked),
            None => (unfilled(first), unfilled(last), Order::Fields),
        };
    }
    let (first, last) = (bare(first), bare(last));
    let whole = if first.trim().is_empty() { &last } else { &first };
    let halves = if is_single { whole.split_once([',', ';']) } else { None };
    match halves.filter(|(left, _)| !left.trim().is_empty()) {
        Some((left, right)) if !right.trim().is_empty() => {
            (right.to_owned().into(), left.to_owned().into(), Order::Marked)
        }
        Some(_) | None if last.trim().is_empty() => (Cow::Borrowed(""), first, Order::Fields),
        Some(_) | None => (first, last, Order::Fields),
    }
}

/// A field of a machine-readable zone without what fills it.
fn unfilled(field: &str) -> Cow<'_, str> {
    Cow::Owned(field.replace('<', " "))
}

/// A text without what stands in brackets.
fn bare(raw: &str) -> Cow<'_, str> {
    let is_bracket = |byte: u8| matches!(byte, b'(' | b'[' | b'{' | b')' | b']' | b'}');
    if !raw.bytes().any(is_bracket) {
        return Cow::Borrowed(raw);
    }
    let mut depth = 0_usize;
    let mut out = String::with_capacity(raw.len());
    for letter in raw.chars() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            other if depth == 0 => out.push(other),
            _ => {}
        }
    }
    Cow::Owned(out)
}

impl<'a> Pieces<'a> {
    /// The pieces of a field without titles and marks, which are noted.
    fn strip(&mut self, field: &'a str) -> Vec<Piece<'a>> {
        let mut found = Vec::new();
        for piece in field.split(is_gap).filter(|piece| !piece.is_empty()) {
            text::fold_into(&mut self.folded, piece);
            if let Some(mark) = TITLES.get(self.folded.as_str()) {
                self.gender = self.gender.or_else(|| gender(mark));
            } else if let Some(generation) = generation(&self.folded) {
                self.generation = Some(generation);
            } else if piece.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                found.push(Piece { written: piece.into(), folded: self.folded.as_str().into() });
            } else {
                let parts = piece.split('.').map(|part| Piece::of(part_of(part, piece)));
                found.extend(parts.filter(|part| !part.folded.is_empty()));
            }
        }
        found
    }
}

/// What stands between the pieces of a name.
fn is_gap(letter: char) -> bool {
    matches!(letter, '-' | '‐' | '‑' | '–' | '_' | '/' | '&' | '+' | ',' | ';' | '*' | '"')
        || letter.is_whitespace()
}

/// One part of a piece, digits among letters undone; `Mª` and `Mª.` are `María`.
fn part_of<'a>(part: &'a str, piece: &str) -> Cow<'a, str> {
    let is_marie = matches!(part, "Mª" | "mª" | "Mº" | "mº") || matches!(piece, "M.ª" | "m.ª");
    match part {
        "ª" => Cow::Borrowed(""),
        _ if is_marie => Cow::Borrowed("maria"),
        _ => letters::undigited(part),
    }
}

fn generation(folded: &str) -> Option<Generation> {
    match folded {
        "jr" | "jnr" => Some(Generation::Junior),
        "snr" => Some(Generation::Senior),
        "iii" => Some(Generation::Third),
        _ => None,
    }
}

/// What is left of a field; a word that is a title too is the name when nothing else is: `Don`, or the surname `Ing`.
fn kept<'a>(left: Vec<Piece<'a>>, field: &'a str, is_needed: bool) -> Vec<Piece<'a>> {
    if !left.is_empty() {
        return left;
    }
    let only = Piece::of(field.trim().into());
    let is_word = !only.folded.is_empty() && !only.folded.contains(' ');
    if is_word && (is_needed || nickname::is_given(&only.folded)) { vec![only] } else { left }
}

/// `M.` and `Ma` before another name: `María` in Spanish, a gentleman in French.
fn marie(pieces: &mut Pieces<'_>, locale: Locale<'_>) {
    let names = if pieces.given.is_empty() { &mut pieces.surnames } else { &mut pieces.given };
    let has_more = names.get(1).is_some_and(|next| next.written.chars().count() > 1);
    let Some(first) = names.first_mut().filter(|_| has_more) else { return };
    let is_m = first.folded == "m";
    if !is_m && first.folded != "ma" {
        return;
    }
    if locale.speaks(&["es", "pt", "ca"], &["ES", "PT"]) {
        *first = Piece::of("maria".into());
    } else if is_m && locale.speaks(&["fr"], &["FR"]) {
        names.remove(0);
        pieces.gender = pieces.gender.or(Some(Gender::Male));
    }
}

/// Parts a whole name in one field: given names that are known at its beginning, or else at its end.
fn guess(pieces: &mut Pieces<'_>, style: Style) {
    let mut words = std::mem::take(&mut pieces.surnames);
    if words.len() < 2 {
        pieces.surnames = words;
        return;
    }
    pieces.order = Order::Guessed;
    let is_known = |word: &Piece<'_>| nickname::is_given(&word.folded);
    let most = match style {
        Style::Two if words.len() > 3 => words.len() - 2,
        Style::Two | Style::One => words.len() - 1,
    };
    let ahead = words.iter().take(most).take_while(|word| is_known(word)).count();
    let behind = words.iter().rev().take(most).take_while(|word| is_known(word)).count();
    if ahead == 0 && behind > 0 {
        pieces.given = words.split_off(words.len() - behind);
        pieces.surnames = words;
        return;
    }
    pieces.surnames = words.split_off(ahead.max(1));
    pieces.given = words;
}

/// The words of the given names, without those that only link them.
fn given_words(pieces: Vec<Piece<'_>>) -> Box<[Word]> {
    let mut found = Vec::with_capacity(pieces.len());
    let words = pieces.into_iter().filter(|piece| !nickname::is_link(&piece.folded));
    found.extend(words.filter_map(|piece| letters::folded_word(&piece.written, piece.folded)));
    found.into_boxed_slice()
}
