//! E-mail addresses: the canonical form, and whose an address is.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{letters, table};
use crate::duplicates::features::{Email, EmailClass};
use crate::model::normalise::email::{Relays, read as read_address};
use crate::model::normalise::placeholder::Known;

const RELAYS: &str = include_str!("../data/relays.txt");
static ROLES: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| table::map(include_str!("../data/role_addresses.txt")));
static TYPOS: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| table::map(include_str!("../data/domain_typos.txt")));

/// The domains of relays: the hub's, this module's, and `more`.
pub(super) fn relays(more: &[String]) -> Relays {
    Relays::with(table::lines(RELAYS).map(str::to_owned).chain(more.iter().cloned()))
}

/// Reads an address. `None` for what is none, and for what is typed instead of one.
pub(super) fn read(typed: &str, relays: &Relays, placeholders: &Known) -> Option<Email> {
    let small = typed.trim().to_lowercase();
    if small.is_empty() || placeholders.is_email(&small) {
        return None;
    }
    let found = read_address(&small, relays).ok()?;
    let (local, domain) = found.address.rsplit_once('@')?;
    let domain = ascii(domain);
    let class = if found.relay { EmailClass::Relay } else { class(local)? };
    let like = TYPOS.get(domain.as_str()).map(|meant| canonical(local, meant).into());
    let words = letters::words(&local.replace(|letter: char| !letter.is_alphabetic(), " "));
    let words = words.into_iter().filter(|word| word.len() > 1).map(Into::into).collect();
    Some(Email { address: canonical(local, &domain).into(), like, class, words })
}

/// The domain as it goes over the wire.
fn ascii(domain: &str) -> String {
    url::Host::parse(domain).map_or_else(|_| domain.to_owned(), |host| host.to_string())
}

fn canonical(local: &str, domain: &str) -> String {
    let untagged = local.split('+').next().filter(|local| !local.is_empty()).unwrap_or(local);
    match domain {
        "gmail.com" | "googlemail.com" => format!("{}@gmail.com", untagged.replace('.', "")),
        _ => format!("{untagged}@{domain}"),
    }
}

/// Whose an address is by its local part; `None` for one that stands for nothing.
fn class(local: &str) -> Option<EmailClass> {
    let word: String = local.chars().filter(|letter| letter.is_alphabetic()).collect();
    match ROLES.get(word.as_str()).copied() {
        None => Some(EmailClass::Own),
        Some("desk") => Some(EmailClass::Desk),
        Some("none") => None,
        Some(_) => Some(EmailClass::Role),
    }
}
