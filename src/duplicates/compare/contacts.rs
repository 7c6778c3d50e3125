//! How e-mail addresses and phone numbers relate, and whom a shared address is named after.

use super::Side;
use super::facts::is_one_edit;
use super::levels::{Email, Phone};
use crate::duplicates::compact::{self, Name, View, tail};
use crate::duplicates::features::EmailClass;

/// Fewest letters of a local part that says who it is.
const SAYS: usize = 6;

/// Which of a profile's addresses or numbers belong to many: bit by place.
pub type Shared = u16;

fn own<T>(values: impl Iterator<Item = T>, shared: Shared) -> impl Iterator<Item = T> {
    values.enumerate().filter(move |(at, _)| shared & (1 << (at & 15)) == 0).map(|(_, value)| value)
}

/// How addresses relate, with the local part of the address that both have.
pub(super) fn email<'a>(a: &View<'a>, shared_a: Shared, b: &View<'a>, shared_b: Shared) -> (Email, &'a str) {
    let mut found = (Email::Missing, "");
    for one in own(a.emails(), shared_a) {
        for other in own(b.emails(), shared_b) {
            let level = pair(&one, &other);
            if level == Email::Equal {
                return (level, one.local());
            }
            let is_nearer = match (found.0, level) {
                (Email::Missing, _) => level != Email::Missing,
                (Email::Differs, Email::Missing) => false,
                (before, level) => level < before,
            };
            if is_nearer {
                found = (level, one.local());
            }
        }
    }
    found
}

fn pair(one: &compact::Email<'_>, other: &compact::Email<'_>) -> Email {
    match (one.class, other.class) {
        (EmailClass::Own, EmailClass::Own) => {}
        (EmailClass::Relay, EmailClass::Relay) if one.address == other.address => return Email::Relay,
        (_, _) => return Email::Missing,
    }
    let meant = |email: &compact::Email<'_>| !email.like.is_empty();
    let is_like = (meant(one) && one.like == other.address)
        || (meant(other) && other.like == one.address)
        || (meant(one) && one.like == other.like);
    if one.address == other.address {
        Email::Equal
    } else if is_like || is_one_edit(one.address, other.address) {
        Email::Close
    } else if one.local() == other.local() && one.local().len() >= SAYS {
        Email::Local
    } else {
        Email::Differs
    }
}

pub(super) fn phone(a: &View<'_>, shared_a: Shared, b: &View<'_>, shared_b: Shared) -> Phone {
    let mut level = Phone::Missing;
    for one in own(a.phones(), shared_a) {
        for other in own(b.phones(), shared_b) {
            if tail(one) == tail(other) {
                return Phone::Equal;
            }
            let is_close = is_one_edit(tail(one), tail(other));
            level = if is_close || level == Phone::Close { Phone::Close } else { Phone::Differs };
        }
    }
    level
}

/// Whom an address is named after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Owner {
    /// Its local part holds the given name.
    Given,
    /// It holds the surname, or a piece of the name.
    Surname,
    /// It holds nothing of the name.
    Nobody,
}

pub(super) fn owner(local: &str, person: &View<'_>) -> Owner {
    let is_given = person.given().any(|name| name_in(local, &name));
    let is_surname = person.surnames().any(|name| {
        name_in(local, &name) || name.plain.get(..4).is_some_and(|begin| local.starts_with(begin))
    });
    if is_given {
        Owner::Given
    } else if is_surname {
        Owner::Surname
    } else {
        Owner::Nobody
    }
}

/// Whether the address of one person is named after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// After neither's given name.
    Nobody,
    /// After the one who has it.
    Own,
    /// After the other.
    Other,
}

pub(super) fn named(a: &Side<'_>, b: &Side<'_>) -> Named {
    if is_after(&a.view, &b.view) || is_after(&b.view, &a.view) {
        Named::Other
    } else if a.standing.is_named || b.standing.is_named {
        Named::Own
    } else {
        Named::Nobody
    }
}

/// Whether one of a person's addresses is named after him.
#[must_use]
pub fn is_named(person: &View<'_>) -> bool {
    is_after(person, person)
}

/// Whether one of a person's addresses holds the given name of another.
fn is_after(person: &View<'_>, other: &View<'_>) -> bool {
    let mut own = person.emails().filter(|email| email.class == EmailClass::Own);
    own.any(|email| other.given().any(|name| name_in(email.local(), &name)))
}

fn name_in(local: &str, name: &Name<'_>) -> bool {
    holds(local, name.plain) || holds(local, name.twin)
}

/// Whether an address holds a word that is long enough to be no chance.
fn holds(local: &str, word: &str) -> bool {
    let (local, word) = (local.as_bytes(), word.as_bytes());
    word.len() > 2 && local.windows(word.len()).any(|piece| piece[0] == word[0] && piece == word)
}
