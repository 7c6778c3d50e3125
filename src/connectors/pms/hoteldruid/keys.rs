//! What names a guest and a booking for good.
//!
//! HotelDruid gives the number of a deleted guest to the next new one, and a booking another number when the year
//! turns. What never changes is the moment of entry: a guest is its number and that stamp, a booking its four-letter
//! code and that stamp. Both survive every form, the roll-over and a restored backup.
//!
//! Pure.

use super::stamp;
use super::wire::{Booking, Guest};
use crate::model::ExternalId;

/// A guest's name: number and stamp.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct GuestKey {
    pub(super) id: i64,
    pub(super) stamp: String,
}

/// A booking's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct BookingKey {
    pub(super) name: Name,
    pub(super) stamp: String,
}

/// The part of a booking's name that is not the stamp.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Name {
    /// The four letters.
    Code(String),
    /// A booking from before there were codes: the year and number it began with.
    Root(i32, i64),
}

impl GuestKey {
    /// The key of a stored guest; `None` when the row has no number.
    pub(super) fn of(guest: &Guest) -> Option<Self> {
        let id = super::wire::number(guest.idclienti.as_deref())?;
        Some(Self { id, stamp: stamp::canonical(guest.datainserimento.as_deref().unwrap_or_default()) })
    }

    pub(super) fn parse(id: &ExternalId) -> Option<Self> {
        let (id, stamp) = id.as_str().split_once('@')?;
        Some(Self { id: id.parse().ok()?, stamp: stamp::canonical(stamp) })
    }

    pub(super) fn external_id(&self) -> ExternalId {
        ExternalId::new(format!("{}@{}", self.id, self.stamp.replace(' ', "T")))
    }
}

impl BookingKey {
    /// The key of a stored booking of `year`; `None` when the row has no number.
    pub(super) fn of(booking: &Booking, year: i32) -> Option<Self> {
        let code = booking.codice.as_deref().unwrap_or_default().trim();
        let name = if code.is_empty() {
            let own = (year, super::wire::number(booking.idprenota.as_deref())?);
            let (year, number) = lineage(booking.id_anni_prec.as_deref()).first().copied().unwrap_or(own);
            Name::Root(year, number)
        } else {
            Name::Code(code.to_owned())
        };
        Some(Self { name, stamp: stamp::canonical(booking.datainserimento.as_deref().unwrap_or_default()) })
    }

    pub(super) fn parse(id: &ExternalId) -> Option<Self> {
        let (name, stamp) = id.as_str().split_once('@')?;
        let name = match name.strip_prefix('#') {
            Some(root) => {
                let (year, number) = root.split_once('-')?;
                Name::Root(year.parse().ok()?, number.parse().ok()?)
            }
            None => Name::Code(name.to_owned()),
        };
        Some(Self { name, stamp: stamp::canonical(stamp) })
    }

    pub(super) fn external_id(&self) -> ExternalId {
        let stamp = self.stamp.replace(' ', "T");
        ExternalId::new(match &self.name {
            Name::Code(code) => format!("{code}@{stamp}"),
            Name::Root(year, number) => format!("#{year}-{number}@{stamp}"),
        })
    }
}

/// The years and numbers a booking had before, oldest first: `;2025,7;2026,4;`.
pub(super) fn lineage(id_anni_prec: Option<&str>) -> Vec<(i32, i64)> {
    let entries = id_anni_prec.unwrap_or_default().split(';');
    entries
        .filter_map(|entry| {
            let (year, number) = entry.split_once(',')?;
            Some((year.trim().parse().ok()?, number.trim().parse().ok()?))
        })
        .collect()
}

/// The code on the guest's confirmation. It changes with the guest and the number, so it identifies nothing.
pub(super) fn confirmation_code(code: &str, guest: i64, number: i64, year: i32) -> Option<String> {
    if !code.is_ascii() || code.len() != 4 {
        return None;
    }
    let (head, tail) = code.split_at(2);
    let (third, fourth) = tail.split_at(1);
    Some(format!("{head}{guest}{third}{number}{}{fourth}", year.rem_euclid(10)))
}
