//! E-mail addresses: the canonical form, and whose an address is.

use smol_str::SmolStr;
use std::borrow::Cow;
use std::sync::LazyLock;

use super::table;
use crate::duplicates::features::{Email, EmailClass};
use crate::model::normalise::email::{Relays, read as read_address};
use crate::model::normalise::placeholder::Known;
use crate::model::normalise::text;

const RELAYS: &str = include_str!("../data/relays.txt");
static ROLES: LazyLock<table::Entries<&'static str, &'static str>> =
    LazyLock::new(|| table::map(include_str!("../data/role_addresses.txt")));
static TYPOS: LazyLock<table::Entries<&'static str, &'static str>> =
    LazyLock::new(|| table::map(include_str!("../data/domain_typos.txt")));

/// The domains of relays: the hub's, this module's, and `more`.
pub(super) fn relays(more: &[String]) -> Relays {
    Relays::with(table::lines(RELAYS).map(str::to_owned).chain(more.iter().cloned()))
}

/// Reads an address. `None` for what is none, and for what is typed instead of one.
pub(super) fn read(typed: &str, relays: &Relays, placeholders: &Known) -> Option<Email> {
    let small = text::small(typed.trim());
    if small.is_empty() || placeholders.is_email(&small) {
        return None;
    }
    let found = read_address(&small, relays).ok()?;
    let (local, domain) = found.address.rsplit_once('@')?;
    let domain = ascii(domain);
    let class = if found.relay { EmailClass::Relay } else { class(local)? };
    let like = TYPOS.get(&*domain).map(|meant| canonical(local, meant));
    Some(Email { address: canonical(local, &domain), like, class, words: words(local) })
}

/// The domain as it goes over the wire.
fn ascii(domain: &str) -> Cow<'_, str> {
    if is_wired(domain) {
        return Cow::Borrowed(domain);
    }
    url::Host::parse(domain).map_or(Cow::Borrowed(domain), |host| Cow::Owned(host.to_string()))
}

/// Whether a domain surely goes over the wire as it is written: plain letters, nothing encoded, and no number at its
/// end, which would make it an address.
fn is_wired(domain: &str) -> bool {
    let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    let ends_in_letter = domain.ends_with(|letter: char| letter.is_ascii_lowercase());
    let is_hex = || domain.rsplit('.').next().is_some_and(|top| top.starts_with("0x"));
    domain.bytes().all(is_plain) && ends_in_letter && !is_hex() && !domain.contains("xn--")
}

fn canonical(local: &str, domain: &str) -> SmolStr {
    let untagged = local.split('+').next().filter(|local| !local.is_empty()).unwrap_or(local);
    let mut address = String::with_capacity(untagged.len() + 1 + domain.len());
    if matches!(domain, "gmail.com" | "googlemail.com") {
        address.extend(untagged.split('.'));
        address.push_str("@gmail.com");
    } else {
        address.extend([untagged, "@", domain]);
    }
    address.into()
}

/// The folded words of a local part in small letters; a letter alone is none.
fn words(local: &str) -> Box<[SmolStr]> {
    if local.is_ascii() {
        return said(local.split(|letter: char| !letter.is_ascii_alphabetic()));
    }
    let gap = |letter: char| if letter.is_alphabetic() { letter } else { ' ' };
    let folded = text::fold(&local.chars().map(gap).collect::<String>());
    said(folded.split(' '))
}

fn said<'a>(words: impl Iterator<Item = &'a str> + Clone) -> Box<[SmolStr]> {
    let words = words.filter(|word| word.len() > 1);
    let mut found = Vec::with_capacity(words.clone().count());
    found.extend(words.map(SmolStr::from));
    found.into_boxed_slice()
}

/// Whose an address is by its local part; `None` for one that stands for nothing.
fn class(local: &str) -> Option<EmailClass> {
    let word: SmolStr = local.chars().filter(|letter| letter.is_alphabetic()).collect();
    match ROLES.get(word.as_str()).copied() {
        None => Some(EmailClass::Own),
        Some("desk") => Some(EmailClass::Desk),
        Some("none") => None,
        Some(_) => Some(EmailClass::Role),
    }
}
