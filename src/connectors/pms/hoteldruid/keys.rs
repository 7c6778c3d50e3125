//! What names a guest and a booking for good.
//!
//! HotelDruid gives the number of a deleted guest to the next new one, and a booking another number when the year
//! turns. What never changes is the moment of entry: a guest is its number and that stamp; a booking its four-letter
//! code, that stamp, and the number it began with, because the rooms of a group are entered in one second and their
//! codes are drawn by lot. All of them survive every form, the roll-over and a restored backup.
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

/// A booking's name: code, first number and stamp.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct BookingKey {
    /// Empty for a booking from before there were codes.
    pub(super) code: String,
    /// The number it had in the year it was made in.
    pub(super) number: i64,
    pub(super) stamp: String,
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
    /// The key of a stored booking; `None` when the row has no number.
    pub(super) fn of(booking: &Booking) -> Option<Self> {
        let own = super::wire::number(booking.idprenota.as_deref())?;
        let first = lineage(booking.id_anni_prec.as_deref()).first().map(|(_, number)| *number);
        Some(Self {
            code: booking.codice.as_deref().unwrap_or_default().trim().to_owned(),
            number: first.unwrap_or(own),
            stamp: stamp::canonical(booking.datainserimento.as_deref().unwrap_or_default()),
        })
    }

    pub(super) fn parse(id: &ExternalId) -> Option<Self> {
        let (name, stamp) = id.as_str().split_once('@')?;
        let (code, number) = name.rsplit_once('.')?;
        Some(Self { code: code.to_owned(), number: number.parse().ok()?, stamp: stamp::canonical(stamp) })
    }

    pub(super) fn external_id(&self) -> ExternalId {
        ExternalId::new(format!("{}.{}@{}", self.code, self.number, self.stamp.replace(' ', "T")))
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
