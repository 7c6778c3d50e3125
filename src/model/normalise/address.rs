//! Postal addresses: each part normalised on its own, nothing rearranged.

use super::text;
use crate::model::value::{Address, Country};

/// An address as a system holds it.
#[derive(Clone, Copy, Default)]
pub struct Parts<'a> {
    /// Street and number, one text per line; empty ones are left out.
    pub street: &'a [&'a str],
    /// City.
    pub city: &'a str,
    /// Postal code.
    pub postal_code: &'a str,
    /// Region, state or province.
    pub region: &'a str,
    /// Country, where it could be read.
    pub country: Option<&'a Country>,
}

/// Reads an address. `None` when every part is empty.
pub fn read(parts: Parts<'_>) -> Option<Address> {
    let lines: Vec<String> =
        parts.street.iter().map(|part| text::block(part)).filter(|part| !part.is_empty()).collect();
    let address = Address {
        street: lines.join("\n"),
        city: text::line(parts.city),
        postal_code: text::line(parts.postal_code),
        region: text::line(parts.region),
        country: parts.country.cloned(),
        label: None,
        primary: false,
    };
    (!is_empty(&address)).then_some(address)
}

/// Whether an address says nothing.
pub fn is_empty(address: &Address) -> bool {
    let Address { street, city, postal_code, region, country, label: _, primary: _ } = address;
    [street, city, postal_code, region].iter().all(|part| part.is_empty()) && country.is_none()
}

/// What makes two addresses the same one: street, city, postal code and country, folded. The region is left out,
/// because half of the systems have no place for it.
pub fn key(address: &Address) -> String {
    let country = address.country.as_ref().map(|country| country.0.to_lowercase()).unwrap_or_default();
    let parts =
        [text::fold(&address.street), text::fold(&address.city), text::fold(&address.postal_code), country];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}
