//! Listing and reading records: from a walk's cursor or a list of names to rows, from rows to what the core sees.

use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

use super::assembly::StoredBooking;
use super::bookings::{self, Shelf};
use super::config::Companies;
use super::guests::{self, StoredGuest};
use super::keys::{BookingKey, GuestKey};
use super::wire::Sum;
use super::years::Scope;
use super::{HotelDruid, map};
use crate::connectors::{ConnectorError, Cursor, KeyPage, Reading};
use crate::model::{Observation, RecordKind, RemoteRef};

/// How many rows one statement of a sweep fetches.
const PAGE: usize = 500;

impl HotelDruid {
    /// The kinds that an entry of the guest table can be.
    pub(super) fn guest_kinds(&self) -> impl Iterator<Item = RecordKind> {
        let has_companies = !matches!(self.hotel.settings.companies, Companies::Never);
        [RecordKind::Person].into_iter().chain(has_companies.then_some(RecordKind::Company))
    }

    fn kind_of(&self, guest: &StoredGuest) -> RecordKind {
        if map::is_company(guest, &self.hotel.settings.companies) {
            RecordKind::Company
        } else {
            RecordKind::Person
        }
    }

    /// One page of a walk through everything of one kind.
    pub(super) async fn keys(
        &self,
        kind: RecordKind,
        after: Option<&Cursor>,
    ) -> Result<KeyPage, ConnectorError> {
        match kind {
            RecordKind::Person | RecordKind::Company => self.guest_keys(kind, after).await,
            RecordKind::Reservation => self.booking_keys(after).await,
            RecordKind::Agency | RecordKind::Membership | RecordKind::Certificate => {
                Err(self.cannot("list that kind"))
            }
        }
    }

    async fn guest_keys(&self, kind: RecordKind, after: Option<&Cursor>) -> Result<KeyPage, ConnectorError> {
        let after = match after {
            Some(cursor) => cursor.0.parse().map_err(|_| self.strange_cursor())?,
            None => i64::MIN,
        };
        let guests = guests::page(&self.db, after, PAGE, self.hotel.settings.reads_custom_fields()).await?;
        let last = guests.iter().filter_map(StoredGuest::id).max().filter(|_| guests.len() == PAGE);
        let of_kind = guests.iter().filter(|guest| self.kind_of(guest) == kind);
        let keys =
            of_kind.filter_map(|guest| Some((GuestKey::of(&guest.row)?.external_id(), guest.digest())));
        Ok(KeyPage { keys: keys.collect(), next: last.map(|id| Cursor(id.to_string())) })
    }

    async fn booking_keys(&self, after: Option<&Cursor>) -> Result<KeyPage, ConnectorError> {
        let scope = Scope::now(&self.db, &self.hotel.settings).await?;
        let (from, after) = match after {
            Some(cursor) => shelf_cursor(&cursor.0).ok_or_else(|| self.strange_cursor())?,
            None => (Shelf { year: i32::MIN, cancelled: false }, i64::MIN),
        };
        let mut rest = Shelf::all(&scope.years).filter(|shelf| *shelf >= from);
        let Some(here) = rest.next() else { return Ok(KeyPage { keys: Vec::new(), next: None }) };
        let after = if here == from { after } else { i64::MIN };
        let (bookings, last) = bookings::page(&self.db, &scope, here, after, PAGE).await?;
        let now = self.clock.now();
        let keys = bookings.iter().map(|stored| (stored.key.external_id(), self.booking_digest(stored, now)));
        let next = last.map(|last| (here, last)).or_else(|| rest.next().map(|next| (next, i64::MIN)));
        let next = next.map(|(at, last)| Cursor(format!("{} {} {last}", at.year, at.cancelled)));
        Ok(KeyPage { keys: keys.collect(), next })
    }

    /// The digest of a booking includes what time alone changes: the status.
    fn booking_digest(&self, stored: &StoredBooking, now: DateTime<Utc>) -> i64 {
        let mut sum = Sum::new();
        stored.add_to(&mut sum);
        sum.add(Some(map::status(stored, &self.hotel, now)));
        for guest in &stored.guests {
            sum.add(Some(self.kind_of(guest).name()));
        }
        sum.finish()
    }

    pub(super) async fn read_guests(&self, refs: Vec<RemoteRef>) -> Result<Vec<Reading>, ConnectorError> {
        let ids: Vec<_> =
            refs.iter().filter_map(|subject| Some(GuestKey::parse(&subject.external_id)?.id)).collect();
        let found = guests::by_ids(&self.db, &ids, self.hotel.settings.reads_custom_fields()).await?;
        let readings = refs.into_iter().map(|subject| {
            let key = GuestKey::parse(&subject.external_id);
            let guest = key.as_ref().and_then(|key| found.get(&key.id));
            match guest.filter(|guest| GuestKey::of(&guest.row) == key) {
                None => Reading::NotFound(subject),
                Some(guest) if self.kind_of(guest) != subject.kind => Reading::OutOfScope(subject),
                Some(guest) => self.guest_seen(subject, guest),
            }
        });
        Ok(readings.collect())
    }

    fn guest_seen(&self, subject: RemoteRef, guest: &StoredGuest) -> Reading {
        let document = match subject.kind {
            RecordKind::Company => map::company(guest, &self.hotel),
            RecordKind::Person
            | RecordKind::Agency
            | RecordKind::Reservation
            | RecordKind::Membership
            | RecordKind::Certificate => map::person(guest, &self.hotel),
        };
        Reading::Found(Box::new(Observation {
            slot: guest.row.idclienti.as_deref().map(Into::into),
            source_hash: Some(guest.digest()),
            ..Observation::full(subject, document)
        }))
    }

    pub(super) async fn read_bookings(&self, refs: Vec<RemoteRef>) -> Result<Vec<Reading>, ConnectorError> {
        if refs.is_empty() {
            return Ok(Vec::new());
        }
        let scope = Scope::now(&self.db, &self.hotel.settings).await?;
        let keys: BTreeMap<_, _> = refs
            .iter()
            .filter_map(|subject| Some((&subject.external_id, BookingKey::parse(&subject.external_id)?)))
            .collect();
        let wanted: Vec<_> = keys.values().cloned().collect();
        let found = bookings::by_keys(&self.db, &scope, &wanted).await?;
        let now = self.clock.now();
        let readings = refs.iter().map(|subject| {
            let stored = keys.get(&subject.external_id).and_then(|key| found.get(key));
            stored.map_or_else(
                || Reading::NotFound(subject.clone()),
                |stored| {
                    let (document, actor) = map::booking(stored, &self.hotel, now);
                    Reading::Found(Box::new(Observation {
                        actor,
                        source_hash: Some(self.booking_digest(stored, now)),
                        ..Observation::full(subject.clone(), document)
                    }))
                },
            )
        });
        Ok(readings.collect())
    }

    pub(super) fn cannot(&self, what: &'static str) -> ConnectorError {
        ConnectorError::Unsupported { system: self.db.system(), what }
    }

    fn strange_cursor(&self) -> ConnectorError {
        ConnectorError::CursorExpired { system: self.db.system() }
    }
}

fn shelf_cursor(text: &str) -> Option<(Shelf, i64)> {
    let mut words = text.split(' ');
    let shelf = Shelf { year: words.next()?.parse().ok()?, cancelled: words.next()?.parse().ok()? };
    Some((shelf, words.next()?.parse().ok()?))
}
