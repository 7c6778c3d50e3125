//! Two profiles side by side: a level for every factor.
//!
//! The score of a pair is the sum of one weight per factor. Factors that are no independent evidence (a household
//! shares e-mail, phone, address and surname) are put together in joint factors, and how rare the names are counts with
//! them.

mod contacts;
mod factors;
mod facts;
pub mod levels;
pub mod likeness;
mod names;

pub use contacts::{Shared, is_named};
pub use factors::{CELLS, FACTORS, Factor, N as N_FACTORS, bin, cell_name, few};
pub use names::Names;

use crate::duplicates::compact::View;
use crate::duplicates::explain::Subject;
use crate::duplicates::keys::SURNAMES;
use contacts::{Named, Owner};
use levels::{Agreement, Birth, Document, Email, Given, Loyalty, Phone, Place, Street, Surname};

/// What is known of a profile's values in the whole base.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// Profiles with this first given name.
    pub given: u32,
    /// Profiles of this country.
    pub country: u32,
    /// Profiles with each of its surnames, the main one first.
    pub surnames: [u32; SURNAMES],
    /// Profiles with its given name and each of its surnames.
    pub full: [u32; SURNAMES],
    /// Which of its e-mail addresses are everybody's.
    pub shared_emails: Shared,
    /// Which of its phone numbers are everybody's.
    pub shared_phones: Shared,
    /// Profiles with its e-mail address: the most of its addresses.
    pub email: u32,
    /// Profiles with its phone number: the most of its numbers.
    pub phone: u32,
    /// Whether one of its e-mail addresses is named after it.
    pub is_named: bool,
}

/// A profile to compare.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// Its features.
    pub view: View<'a>,
    /// Its place in the base.
    pub standing: Standing,
}

/// Two profiles, compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// Given names.
    pub given: Given,
    /// Surnames.
    pub surname: Surname,
    /// E-mail addresses.
    pub email: Email,
    /// Phone numbers.
    pub phone: Phone,
    /// Streets.
    pub street: Street,
    /// Post codes and cities.
    pub place: Place,
    /// Birth dates.
    pub birth: Birth,
    /// Identity documents.
    pub document: Document,
    /// Membership numbers.
    pub loyalty: Loyalty,
    /// Genders.
    pub gender: Agreement,
    /// Countries of residence.
    pub country: Agreement,
    /// Nationalities.
    pub nationality: Agreement,
    /// Languages.
    pub language: Agreement,
    /// Employers.
    pub employer: Agreement,
    /// Senior, junior.
    pub generation: Agreement,
    owners: Option<(Owner, Owner)>,
    named: Named,
    counts: Counts,
}

/// How many bear what both have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counts {
    /// Bearers of the full name: of the more frequent one, where they are not the same.
    full: u32,
    /// Bearers of the more frequent given name and surname.
    given: u32,
    surname: u32,
    /// Bearers of the less frequent ones.
    rare_given: u32,
    rare_surname: u32,
    email: u32,
    phone: u32,
    /// Bearers of the full name to be expected in a country, in thousandths.
    expected: u32,
    /// Words of the names beyond one given name and one surname that are the same.
    n_more: usize,
}

/// Compares two people; `n_profiles` is the size of the base.
#[must_use]
pub fn compare(a: &Side<'_>, b: &Side<'_>, n_profiles: usize) -> Comparison {
    compare_with((a, &Names::of(&a.view)), b, n_profiles)
}

/// Compares somebody whose name is taken apart already with another.
#[must_use]
pub fn compare_with((a, names_a): (&Side<'_>, &Names<'_>), b: &Side<'_>, n_profiles: usize) -> Comparison {
    let (one, other, names_b) = (&a.view, &b.view, &Names::of(&b.view));
    let names::Relation { given, surname, shared } = names::relate((names_a, one), (names_b, other));
    let (email, local) = contacts::email(one, a.standing.shared_emails, other, b.standing.shared_emails);
    let (street, place) = facts::place(one, other);
    let owners = (email == Email::Equal).then(|| {
        let (a, b) = (contacts::owner(local, one), contacts::owner(local, other));
        (a.min(b), a.max(b))
    });
    let gender = match (one.gender(), other.gender()) {
        (Some(a), Some(b)) if a == b => Agreement::Agrees,
        (Some(_), Some(_)) => Agreement::Differs,
        (_, _) => Agreement::Missing,
    };
    let generation = match (one.generation(), other.generation()) {
        (0, _) | (_, 0) => Agreement::Missing,
        (a, b) if a == b => Agreement::Agrees,
        (_, _) => Agreement::Differs,
    };
    let mut counts = Counts::of(&a.standing, &b.standing, shared, n_profiles);
    counts.n_more = names::n_more(names_a, names_b, given, surname);
    Comparison {
        given,
        surname,
        email,
        phone: contacts::phone(one, a.standing.shared_phones, other, b.standing.shared_phones),
        street,
        place,
        birth: facts::birth(one.birth(), other.birth()),
        document: facts::document(one, other),
        loyalty: facts::loyalty(one, other),
        gender,
        country: facts::agreement(one.country(), other.country()),
        nationality: facts::agreement(one.nationality(), other.nationality()),
        language: facts::agreement(one.language(), other.language()),
        employer: facts::agreement(one.firm(), other.firm()),
        generation,
        owners,
        named: contacts::named(a, b),
        counts,
    }
}

impl Counts {
    fn of(a: &Standing, b: &Standing, (at_a, at_b): (usize, usize), n_profiles: usize) -> Self {
        let of = |counts: &[u32; SURNAMES], at: usize| counts.get(at).copied().unwrap_or_default();
        let (surname_a, surname_b) = (of(&a.surnames, at_a), of(&b.surnames, at_b));
        let (given, surname) = (a.given.max(b.given), surname_a.max(surname_b));
        let country = match (a.country, b.country) {
            (0, 0) => n_profiles,
            (0, other) | (other, 0) => other as usize,
            (a, b) => a.min(b) as usize,
        };
        let expected = u64::from(given) * u64::from(surname) * 1000 / (country.max(1) as u64);
        Self {
            full: of(&a.full, at_a).max(of(&b.full, at_b)),
            given,
            surname,
            rare_given: a.given.min(b.given),
            rare_surname: surname_a.min(surname_b),
            email: a.email.min(b.email),
            phone: a.phone.min(b.phone),
            expected: u32::try_from(expected).unwrap_or(u32::MAX),
            n_more: 0,
        }
    }
}

/// How many profiles bear what both have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearers {
    /// The full name.
    pub full: u32,
    /// The surname.
    pub surname: u32,
    /// The e-mail address.
    pub email: u32,
    /// The phone number.
    pub phone: u32,
}

impl Comparison {
    /// How many profiles bear what both have.
    #[must_use]
    pub const fn bearers(&self) -> Bearers {
        let Counts { full, surname, email, phone, .. } = self.counts;
        Bearers { full, surname, email, phone }
    }

    /// A comparison of two profiles of which nothing is known.
    #[must_use]
    pub const fn hidden(&self) -> Self {
        Self {
            given: Given::Missing,
            surname: Surname::Missing,
            email: Email::Missing,
            phone: Phone::Missing,
            street: Street::Missing,
            place: Place::Missing,
            birth: Birth::Missing,
            document: Document::Missing,
            loyalty: Loyalty::Missing,
            gender: Agreement::Missing,
            country: Agreement::Missing,
            nationality: Agreement::Missing,
            language: Agreement::Missing,
            employer: Agreement::Missing,
            generation: Agreement::Missing,
            owners: None,
            named: Named::Nobody,
            counts: self.counts,
        }
    }

    /// Takes over from `other` what it knows of a subject.
    pub(super) const fn reveal(&mut self, subject: Subject, other: &Self) {
        match subject {
            Subject::Names => (self.given, self.surname) = (other.given, other.surname),
            Subject::Birth => self.birth = other.birth,
            Subject::Document => self.document = other.document,
            Subject::Loyalty => self.loyalty = other.loyalty,
            Subject::Email => {
                (self.email, self.owners, self.named) = (other.email, other.owners, other.named);
            }
            Subject::Phone => self.phone = other.phone,
            Subject::Address => (self.street, self.place) = (other.street, other.place),
            Subject::Gender => self.gender = other.gender,
            Subject::Country => self.country = other.country,
            Subject::Nationality => self.nationality = other.nationality,
            Subject::Language => self.language = other.language,
            Subject::Employer => self.employer = other.employer,
            Subject::Generation => self.generation = other.generation,
        }
    }

    /// Whether an e-mail address, a phone number or an address is the same.
    #[must_use]
    pub fn has_contact(&self) -> bool {
        matches!(self.email, Email::Equal | Email::Relay | Email::Close)
            || matches!(self.phone, Phone::Equal)
            || self.street == Street::Equal
    }
}
