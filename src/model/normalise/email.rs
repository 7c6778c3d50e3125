//! E-mail addresses: what is one, and which belong to a booking portal's relay.

use email_address::{EmailAddress, Options};
use std::collections::BTreeSet;

use super::{Unreadable, text};
use crate::model::value::Email;

/// Domains of booking portals' relays: an address there lives as long as its booking and reaches the guest through
/// the portal. It belongs to the reservation, never to the person.
const RELAY_DOMAINS: &[&str] = &[
    "agoda-messaging.com",
    "expediapartnercentral.com",
    "guest.airbnb.com",
    "guest.booking.com",
    "guest.hotelbeds.com",
    "guest.hrs.com",
    "guest.trip.com",
    "host.airbnb.com",
    "m.expediapartnercentral.com",
    "messages.homeaway.com",
    "messages.vrbo.com",
    "property.booking.com",
    "reply.airbnb.com",
];

/// The domains whose addresses are relays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Relays(BTreeSet<String>);

impl Relays {
    /// The known domains and `more`, from the configuration.
    pub fn with(more: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self(more.into_iter().map(|domain| domain.as_ref().trim().to_lowercase()).collect())
    }

    /// Whether `domain`, or a domain that it is part of, belongs to a relay.
    fn covers(&self, domain: &str) -> bool {
        let mut rest = Some(domain);
        while let Some(domain) = rest {
            if RELAY_DOMAINS.contains(&domain) || self.0.contains(domain) {
                return true;
            }
            rest = domain.split_once('.').map(|(_, parent)| parent);
        }
        false
    }
}

/// Reads one address: trimmed, `mailto:` dropped, the domain in lower case, the local part as it was typed.
///
/// # Errors
/// [`Unreadable`] when the text is no single address.
pub fn read(typed: &str, relays: &Relays) -> Result<Email, Unreadable> {
    let bare = text::lined(typed);
    let bare = bare.strip_prefix("mailto:").unwrap_or(&bare).trim();
    let options = Options::default().without_display_text().without_domain_literal().with_required_tld();
    // What is an address without display text has its parts on the sides of its last `@`.
    let parsed = EmailAddress::parse_with_options(bare, options).ok().and_then(|_| bare.rsplit_once('@'));
    let Some((local, domain)) = parsed else { return Err(Unreadable("is no e-mail address")) };
    let domain = text::small(domain);
    let relay = relays.covers(&domain);
    let address = [local, "@", &domain].concat();
    Ok(Email { address, label: None, primary: false, verified: false, relay })
}
