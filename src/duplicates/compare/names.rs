//! How names relate.

use super::facts::is_one_edit;
use super::levels::{Given, Surname};
use super::likeness::above;
use crate::duplicates::compact::{Name, View};
use crate::duplicates::features::GroupId;
use crate::duplicates::normalise::nickname;

/// Most words of a name that are compared.
const MOST: usize = 6;
/// Fewest letters of a surname that may have been cut off.
const CUT: usize = 12;

/// The words of a name, on the stack.
struct Words<'a> {
    words: [Name<'a>; MOST],
    len: usize,
}

impl<'a> Words<'a> {
    fn of(names: impl Iterator<Item = Name<'a>>) -> Self {
        let mut words = [Name { plain: "", twin: "", core: "" }; MOST];
        let mut len = 0;
        for (slot, name) in words.iter_mut().zip(names) {
            *slot = name;
            len += 1;
        }
        Self { words, len }
    }

    fn all(&self) -> &[Name<'a>] {
        &self.words[..self.len]
    }
}

/// A person's name, taken apart: once for all that it is compared with.
pub struct Names<'a> {
    given: Words<'a>,
    last: Words<'a>,
    main: usize,
}

impl<'a> Names<'a> {
    /// Takes a name apart.
    #[must_use]
    pub fn of(view: &View<'a>) -> Self {
        Self { given: Words::of(view.given()), last: Words::of(view.surnames()), main: view.main() }
    }
}

/// How two names relate.
pub(super) struct Relation {
    pub(super) given: Given,
    pub(super) surname: Surname,
    /// Which surname of each the relation is about: 0 is the main one.
    pub(super) shared: (usize, usize),
}

/// How the names of two people relate.
pub(super) fn relate((a, view_a): (&Names<'_>, &View<'_>), (b, view_b): (&Names<'_>, &View<'_>)) -> Relation {
    let (given_a, given_b) = (&a.given, &b.given);
    let (last_a, last_b) = (&a.last, &b.last);
    let given = given(given_a.all(), given_b.all(), view_a, view_b);
    let surname = surname((last_a.all(), a.main), (last_b.all(), b.main));
    if given == Given::Missing && surname >= Surname::Slight {
        let only = |given: &[Name<'_>], last: &[Name<'_>], other: &[Name<'_>]| {
            given.is_empty() && is_crossed(last.first(), other.first())
        };
        if only(given_a.all(), last_a.all(), given_b.all())
            || only(given_b.all(), last_b.all(), given_a.all())
        {
            return Relation { given: Given::Swapped, surname: Surname::Missing, shared: (0, 0) };
        }
    }
    let is_poor = given >= Given::Slight || surname >= Surname::Slight;
    if is_poor && is_swapped(given_a.all(), last_a.all(), given_b.all(), last_b.all()) {
        return Relation { given: Given::Swapped, surname: Surname::Swapped, shared: (0, 0) };
    }
    let shared =
        if surname == Surname::Cross { crossing(last_a.all(), a.main, last_b.all(), b.main) } else { (0, 0) };
    Relation { given, surname, shared }
}

/// Which surnames of two people are the same: 0 is the main one, 1 another.
fn crossing(a: &[Name<'_>], main_a: usize, b: &[Name<'_>], main_b: usize) -> (usize, usize) {
    for (at_a, one) in a.iter().enumerate() {
        if let Some(at_b) = b.iter().position(|other| other.is_same(one)) {
            return (usize::from(at_a != main_a), usize::from(at_b != main_b));
        }
    }
    (0, 0)
}

/// How many words of two names are the same beyond one given name and one surname.
pub(super) fn n_more(a: &Names<'_>, b: &Names<'_>, given: Given, surname: Surname) -> usize {
    let of_given = usize::from(given == Given::Equal && (a.given.len > 1 || b.given.len > 1));
    of_given + usize::from(surname == Surname::Both)
}

fn given(a: &[Name<'_>], b: &[Name<'_>], view_a: &View<'_>, view_b: &View<'_>) -> Given {
    let (Some(first_a), Some(first_b)) = (a.first(), b.first()) else { return Given::Missing };
    if a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_same(b)) {
        return if first_a.is_initial() && a.len() == 1 { Given::Initial } else { Given::Equal };
    }
    if a.len() != b.len() && is_joined(a, b) {
        return Given::Equal;
    }
    if first_a.is_same(first_b) && !first_a.is_initial() {
        let agree = a.iter().zip(b).skip(1).all(|(a, b)| is_like(a, b));
        return if agree { Given::Prefix } else { Given::SecondDiffers };
    }
    if first_a.is_initial() || first_b.is_initial() {
        return initials(a, b);
    }
    if let Some(level) = by_group(view_a, view_b) {
        return level;
    }
    let is_later = |first: &Name<'_>, others: &[Name<'_>]| {
        others.iter().skip(1).any(|other| !other.is_initial() && other.is_same(first))
    };
    if is_later(first_a, b) || is_later(first_b, a) {
        return Given::Later;
    }
    by_letters(first_a, first_b)
}

/// The same, or the initial of the other.
fn is_like(a: &Name<'_>, b: &Name<'_>) -> bool {
    a.is_same(b) || ((a.is_initial() || b.is_initial()) && begins_alike(a, b)) || similarity(a, b, 0.93) > 0.0
}

fn begins_alike(a: &Name<'_>, b: &Name<'_>) -> bool {
    a.plain.chars().next() == b.plain.chars().next()
}

fn initials(a: &[Name<'_>], b: &[Name<'_>]) -> Given {
    let agree = |a: &[Name<'_>], b: &[Name<'_>]| a.iter().zip(b).all(|(a, b)| is_like(a, b));
    // `C.` may be the second name of `Juan Carlos`.
    let later = |one: &[Name<'_>], other: &[Name<'_>]| {
        one.len() == 1 && other.iter().skip(1).any(|other| begins_alike(&one[0], other))
    };
    if agree(a, b) || later(a, b) || later(b, a) { Given::Initial } else { Given::InitialDiffers }
}

/// Written in one word on one side: `Juancarlos`, `Juan Carlos`.
fn is_joined(a: &[Name<'_>], b: &[Name<'_>]) -> bool {
    let letters = |words: &[Name<'_>]| words.iter().map(|word| word.plain.len()).sum::<usize>();
    letters(a) == letters(b)
        && a.iter().flat_map(|word| word.plain.bytes()).eq(b.iter().flat_map(|word| word.plain.bytes()))
}

/// By the table of equal names.
fn by_group(a: &View<'_>, b: &View<'_>) -> Option<Given> {
    let mut found = None;
    for group in a.nicknames() {
        if b.nicknames().any(|other| other == group) {
            if nickname::language(GroupId(group)).is_some() {
                return Some(Given::Nickname);
            }
            found = Some(Given::Cognate);
        }
    }
    found
}

fn by_letters(a: &Name<'_>, b: &Name<'_>) -> Given {
    let (short, long) = if a.plain.len() < b.plain.len() { (a, b) } else { (b, a) };
    let alike = similarity(a, b, 0.80);
    if alike > 0.93 || (short.plain.len() > 4 && is_one_edit(a.plain, b.plain)) {
        Given::Close
    } else if short.plain.len() > 2 && long.plain.starts_with(short.plain) {
        Given::Short
    } else if alike > 0.88 {
        Given::Similar
    } else if alike > 0.80 {
        Given::Slight
    } else {
        Given::Differs
    }
}

/// The likeness of two words in the better of their forms, where it is more than `least`.
fn similarity(a: &Name<'_>, b: &Name<'_>, least: f64) -> f64 {
    let plain = above(a.plain, b.plain, least);
    let twin = |one: &str, other: &str| if one.is_empty() { 0.0 } else { above(one, other, least) };
    plain.max(twin(a.twin, b.plain)).max(twin(b.twin, a.plain))
}

fn surname((a, main_a): (&[Name<'_>], usize), (b, main_b): (&[Name<'_>], usize)) -> Surname {
    let (Some(own), Some(other)) = (a.get(main_a).or(a.first()), b.get(main_b).or(b.first())) else {
        return Surname::Missing;
    };
    let is_same_all = a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_same(b));
    if is_same_all || (a.len() != b.len() && is_joined(a, b)) {
        return if a.len() > 1 && b.len() > 1 { Surname::Both } else { Surname::Equal };
    }
    if own.is_same(other) {
        return seconds(a, main_a, b, main_b);
    }
    let is_reversed = a.len() > 1 && a.len() == b.len() && a.iter().all(|a| b.iter().any(|b| a.is_same(b)));
    if is_reversed {
        return Surname::Both;
    }
    if a.iter().any(|a| b.iter().any(|b| a.is_same(b))) {
        return Surname::Cross;
    }
    if is_cut(a, b) || is_cut(b, a) {
        return Surname::Cut;
    }
    let alike = similarity(own, other, 0.80);
    if alike > 0.94 || (own.plain.len() > 4 && is_one_edit(own.plain, other.plain)) {
        Surname::Close
    } else if alike > 0.90 {
        Surname::Near
    } else if alike > 0.85 {
        Surname::Similar
    } else if alike > 0.80 {
        Surname::Slight
    } else {
        Surname::Differs
    }
}

/// The main surnames are the same; what of the others?
fn seconds(a: &[Name<'_>], main_a: usize, b: &[Name<'_>], main_b: usize) -> Surname {
    let other = |names: &[Name<'_>], main: usize| (0..names.len()).find(|at| *at != main);
    match (other(a, main_a), other(b, main_b)) {
        (Some(second_a), Some(second_b)) => {
            let (second_a, second_b) = (&a[second_a], &b[second_b]);
            let is_begun =
                second_a.plain.starts_with(second_b.plain) || second_b.plain.starts_with(second_a.plain);
            if second_a.is_same(second_b) {
                Surname::Both
            } else if is_begun || similarity(second_a, second_b, 0.88) > 0.0 {
                Surname::SecondClose
            } else {
                Surname::SecondDiffers
            }
        }
        (None, None) => Surname::Equal,
        (Some(_), None) | (None, Some(_)) => Surname::OneMissing,
    }
}

/// Whether the second is the first as far as it goes.
fn is_cut(whole: &[Name<'_>], cut: &[Name<'_>]) -> bool {
    let letters = || cut.iter().flat_map(|word| word.plain.bytes());
    letters().count() >= CUT
        && whole.iter().map(|word| word.plain.len()).sum::<usize>() > letters().count()
        && whole.iter().flat_map(|word| word.plain.bytes()).zip(letters()).all(|(a, b)| a == b)
}

/// Whether the words are the same in other places: given name and surname swapped, or a whole name in one field.
fn is_swapped(given_a: &[Name<'_>], last_a: &[Name<'_>], given_b: &[Name<'_>], last_b: &[Name<'_>]) -> bool {
    if is_crossed(given_a.first(), last_b.first()) && is_crossed(last_a.first(), given_b.first()) {
        return true;
    }
    let all = |given: &[Name<'_>], last: &[Name<'_>]| given.len() + last.len();
    let (few, many) = if all(given_a, last_a) <= all(given_b, last_b) {
        ((given_a, last_a), (given_b, last_b))
    } else {
        ((given_b, last_b), (given_a, last_a))
    };
    let is_there =
        |word: &&Name<'_>| many.0.iter().chain(many.1).any(|other| !word.is_initial() && other.is_same(word));
    let found = few.0.iter().chain(few.1).filter(is_there).count();
    found >= 2 && found == all(few.0, few.1)
}

/// Whether a given name is the other's surname, a slip apart.
fn is_crossed(one: Option<&Name<'_>>, other: Option<&Name<'_>>) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return false };
    let is_long = one.plain.len() > 2 && other.plain.len() > 2;
    is_long
        && (one.is_same(other) || is_one_edit(one.plain, other.plain) || similarity(one, other, 0.93) > 0.0)
}
