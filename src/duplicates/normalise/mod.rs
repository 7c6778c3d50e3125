//! From a [`Profile`] to its [`Features`].
//!
//! Total: any text gives an answer. What cannot be read, and what people type instead of nothing, is left out. Every
//! list of words is a table under `duplicates/data`.

mod birth;
mod check;
mod company;
mod document;
mod email;
pub mod letters;
mod name;
pub mod nickname;
mod phone;
mod place;
mod surname;
mod table;
#[cfg(test)]
mod tests;

use crate::duplicates::features::{Birth, Features, Gender, Person, Subject};
use crate::duplicates::profile::{Kind, Profile};
use crate::model::normalise::email::Relays;
use crate::model::normalise::placeholder::{Known, Placeholders};
use crate::model::normalise::{country, language, text};
use crate::model::value::Country;
use name::Locale;

/// Makes features of profiles, with what the site knows of relays and placeholders.
#[derive(Debug)]
pub struct Normaliser {
    relays: Relays,
    placeholders: Known,
}

impl Default for Normaliser {
    fn default() -> Self {
        Self::new(&[], &Placeholders::default())
    }
}

impl Normaliser {
    /// A normaliser that knows `relays` beside the usual domains, and the site's placeholders.
    #[must_use]
    pub fn new(relays: &[String], placeholders: &Placeholders) -> Self {
        Self { relays: email::relays(relays), placeholders: Known::of(placeholders) }
    }

    /// The features of a profile.
    pub fn features(&self, profile: &Profile<'_>) -> Features {
        let home = country::read(profile.country).ok().flatten();
        let nationality = country::read(profile.nationality).ok().flatten();
        let language = language::read(profile.language).ok().flatten();
        let property = country::read(profile.property_country).ok().flatten();
        let birth = birth::read(profile.birth_date, &self.placeholders);
        let code = |country: Option<&Country>| country.map(|country| country.0.clone()).unwrap_or_default();
        let issuer = code(nationality.as_ref().or(home.as_ref()));
        let mut regions: Vec<&Country> = Vec::with_capacity(3);
        [&home, &property, &nationality].into_iter().flatten().for_each(|region| add(&mut regions, region));
        let documents = profile.documents.iter().filter_map(|text| document::read(text, &issuer, birth));
        let emails = profile.emails.iter().filter_map(|typed| self.email(typed));
        let mut phones = Vec::new();
        profile.phones.iter().for_each(|typed| phone::read(typed, &regions, &self.placeholders, &mut phones));
        Features {
            subject: self.subject(
                profile,
                Locale { country: home.as_ref().or(nationality.as_ref()), language: language.as_ref() },
                birth,
            ),
            emails: distinct(emails),
            phones: phones.into_boxed_slice(),
            documents: distinct(documents),
            loyalty: distinct(profile.loyalty.iter().filter_map(|written| document::loyalty(written))),
            place: place::read(profile.street, profile.city, profile.postal_code, &code(home.as_ref())),
            country: home,
            nationality,
            language,
        }
    }

    fn email(&self, typed: &str) -> Option<super::features::Email> {
        email::read(typed, &self.relays, &self.placeholders)
    }

    fn subject(&self, profile: &Profile<'_>, locale: Locale<'_>, birth: Option<Birth>) -> Subject {
        match profile.kind {
            Kind::Company | Kind::Agency => {
                let names = [profile.company, profile.last_name, profile.first_name];
                let found = names.into_iter().find_map(|name| company::read(name, profile.tax_id));
                found.map_or(Subject::Dummy, Subject::Company)
            }
            Kind::Person => self.person(profile, locale, birth),
        }
    }

    fn person(&self, profile: &Profile<'_>, locale: Locale<'_>, birth: Option<Birth>) -> Subject {
        let (first, last) = (text::fold(profile.first_name), text::fold(profile.last_name));
        if company::is_dummy(&first, &last) {
            return Subject::Dummy;
        }
        let real = |written, folded: &str| {
            if self.placeholders.is_folded_name(written, folded) { "" } else { written }
        };
        let (first, last) = (real(profile.first_name, &first), real(profile.last_name, &last));
        let (name, told) = name::read(first, last, locale);
        if name.given.is_empty() && name.surnames.is_empty() {
            return Subject::Dummy;
        }
        let gender = gender(profile.gender).or_else(|| name::gender_of_title(profile.title)).or(told);
        Subject::Person(Person { name, gender, birth, employer: company::name(profile.company) })
    }
}

/// Reads a gender in any system's way.
fn gender(written: &str) -> Option<Gender> {
    match text::fold(written).as_str() {
        "f" | "w" | "female" | "woman" | "mujer" | "femenino" | "femme" | "feminin" | "weiblich" | "frau"
        | "femmina" | "donna" | "feminino" | "mulher" | "2" => Some(Gender::Female),
        "m" | "h" | "male" | "man" | "hombre" | "masculino" | "homme" | "masculin" | "mannlich" | "mann"
        | "maschio" | "uomo" | "homem" | "1" => Some(Gender::Male),
        _ => None,
    }
}

/// Each value once, in its order.
fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Box<[T]> {
    let mut found = Vec::new();
    values.for_each(|value| add(&mut found, value));
    found.into_boxed_slice()
}

/// Adds a value unless it is there.
fn add<T: PartialEq>(found: &mut Vec<T>, value: T) {
    if !found.contains(&value) {
        // Most have one value or none.
        if found.len() == found.capacity() {
            found.reserve_exact(1);
        }
        found.push(value);
    }
}
