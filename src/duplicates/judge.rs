//! What a comparison means: how probable it is that two are one, and what is done about it.

use super::compare::levels::{Agreement, Birth, Document, Email, Given, Loyalty, Phone, Street, Surname};
use super::compare::{Comparison, Side, compare};
use super::score::{WEIGHTS, Weights};

/// Two profiles as probable as this are proposed as one.
pub const THRESHOLD: f32 = 0.5;
/// The strong band begins here.
const STRONG: f32 = 0.97;
/// Facts that say who somebody is count from here.
const CERTAIN: f32 = 0.9;
/// The probable band begins here: what is less probable is not asked.
pub const PROBABLE: f32 = 0.6;
/// What is less probable is nothing.
const THIN: f32 = 0.25;

/// What is done about a pair, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// A document, a membership or birth date and contact say so: may merge by itself where a hotel turns that on.
    Identity,
    /// Hardly anything else is possible.
    Strong,
    /// Probably one.
    Probable,
    /// Little to compare, or little more likely than not: shown when asked for.
    Thin,
    /// The same contact, another person: a relation is proposed instead.
    Household,
    /// Two.
    None,
}

impl Band {
    /// Every band.
    pub const ALL: [Self; 6] =
        [Self::Identity, Self::Strong, Self::Probable, Self::Thin, Self::Household, Self::None];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Strong => "strong",
            Self::Probable => "probable",
            Self::Thin => "thin",
            Self::Household => "household",
            Self::None => "none",
        }
    }
}

/// What was found out about two profiles.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// How probable it is that they are one.
    pub probability: f32,
    /// What is done about it.
    pub band: Band,
    /// Whether something certain speaks against it: they never come into one group by others.
    pub is_vetoed: bool,
}

impl Judgement {
    /// Whether the two are proposed as one, by themselves.
    #[must_use]
    pub fn is_proposed(&self) -> bool {
        self.probability > THRESHOLD && !self.is_vetoed && self.band < Band::Household
    }
}

/// Compares and judges.
#[must_use]
pub fn judge(weights: &Weights, a: &Side<'_>, b: &Side<'_>, n_profiles: usize) -> Judgement {
    of(weights, &compare(a, b, n_profiles))
}

/// Judges a comparison.
#[must_use]
pub fn of(weights: &Weights, comparison: &Comparison) -> Judgement {
    let weights = counting(weights, comparison);
    let probability = weights.probability(weights.sum(comparison));
    let is_vetoed = is_vetoed(comparison);
    Judgement { probability, band: band(comparison, probability, is_vetoed), is_vetoed }
}

/// The weights that count for a comparison: those that were learned have no say where a rule tells who somebody is, nor
/// where the names speak against one person and a contact may be all that speaks for it.
#[must_use]
pub fn counting<'w>(learned: &'w Weights, comparison: &Comparison) -> &'w Weights {
    let other_given = matches!(comparison.given, Given::Slight | Given::InitialDiffers | Given::Differs);
    let other_surname = matches!(comparison.surname, Surname::Slight | Surname::Differs);
    if other_given || other_surname || is_identity(comparison) { &WEIGHTS } else { learned }
}

fn band(comparison: &Comparison, probability: f32, is_vetoed: bool) -> Band {
    let is_other =
        is_other_name(comparison) || (comparison.given >= Given::InitialDiffers && probability < PROBABLE);
    if probability < THIN || is_other {
        return if is_other && comparison.has_contact() { Band::Household } else { Band::None };
    }
    if is_vetoed || probability < PROBABLE {
        return Band::Thin;
    }
    if probability >= CERTAIN && is_identity(comparison) {
        return Band::Identity;
    }
    if probability < STRONG { Band::Probable } else { Band::Strong }
}

/// Another given name in one household: e-mail, phone and address are the household's, and the birth date is a twin's too.
fn is_other_name(comparison: &Comparison) -> bool {
    let has_paper = matches!(comparison.document, Document::Equal | Document::Close)
        || comparison.loyalty == Loyalty::Equal;
    // Where nobody's contact is known, home and birth date are what a person is known by.
    let is_at_home = comparison.street == Street::Equal
        && matches!(comparison.birth, Birth::Equal | Birth::Swapped | Birth::Close)
        && comparison.email == Email::Missing
        && comparison.phone == Phone::Missing;
    comparison.given == Given::Differs && !has_paper && !is_at_home
}

/// Certain things that one person cannot have two of.
fn is_vetoed(comparison: &Comparison) -> bool {
    let has_document = matches!(comparison.document, Document::Equal | Document::Close);
    let other_sex = comparison.gender == Agreement::Differs && comparison.given >= Given::Slight;
    let no_name = match (comparison.given, comparison.surname) {
        (Given::Missing, Surname::Slight | Surname::Differs) => true,
        (given, Surname::Missing) => given >= Given::Slight,
        (_, _) => false,
    };
    let other_person = no_name || comparison.birth == Birth::Generations;
    (other_person && !has_document)
        || comparison.document == Document::DiffersChecked
        || other_sex
        || comparison.generation == Agreement::Differs
}

/// A document or a membership with a name that can be its holder's, or birth date, name and a contact.
fn is_identity(comparison: &Comparison) -> bool {
    let is_name = comparison.given <= Given::Similar && comparison.surname <= Surname::Near;
    let is_whole = is_name && comparison.given <= Given::Close && comparison.surname <= Surname::Cross;
    let against = matches!(comparison.birth, Birth::Near | Birth::Differs | Birth::Generations)
        || matches!(comparison.document, Document::Differs | Document::DiffersChecked)
        || comparison.loyalty == Loyalty::Differs
        || comparison.gender == Agreement::Differs;
    let by_paper = comparison.document == Document::Equal || comparison.loyalty == Loyalty::Equal;
    let by_contact = comparison.email == Email::Equal
        || comparison.phone == Phone::Equal
        || comparison.street == Street::Equal;
    !against && ((is_name && by_paper) || (is_whole && comparison.birth == Birth::Equal && by_contact))
}
