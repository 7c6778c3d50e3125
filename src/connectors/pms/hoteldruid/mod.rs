//! HotelDruid 3.0, by its database: SQLite or PostgreSQL.
//!
//! It reads guests, companies and bookings, and writes guest fields back. It never creates or deletes anything of
//! the hotel's, never reads a credit card, never holds a lock that the front desk could wait for longer than a
//! moment, and never takes a deletion in one table for the end of a booking.

mod assembly;
mod bookings;
mod check;
mod config;
mod database;
mod errors;
mod feed;
mod guests;
mod keys;
mod map;
mod outbox;
mod scan;
mod signal;
mod slots;
mod stamp;
#[cfg(test)]
mod tests;
mod text;
mod wire;
mod write;
mod years;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

use self::bookings::Shelf;
use self::config::{Companies, Settings};
use self::database::Database;
use self::guests::StoredGuest;
use self::keys::{BookingKey, GuestKey};
use self::map::Hotel;
use self::outbox::{Half, Outbox};
use self::scan::Baseline;
use self::signal::Signal;
use self::wire::Sum;
use self::years::Scope;
use super::super::registry::{ConnectError, Context};
use super::super::{
    ChangePage, Connector, ConnectorError, Cursor, Finding, Hint, KeyPage, PushError, PushRequest, Reading,
    Step,
};
use crate::clock::{Clock, new_id};
use crate::model::capabilities::{MergeSupport, Stream};
use crate::model::normalise::{country, email::Relays};
use crate::model::{
    Capabilities, ExternalId, Guard, Observation, RateLimit, RecordId, RecordKind, RemoteRef, SystemId,
    WriteOp, WriteOutcome, fields,
};

/// How many rows one statement of a sweep fetches.
const PAGE: usize = 500;
/// How many records one read asks for.
const READ_BATCH: usize = 200;

/// A hotel's HotelDruid.
pub(crate) struct HotelDruid {
    db: Database,
    hotel: Hotel,
    signal: Signal,
    guests_seen: Mutex<Baseline>,
    bookings_seen: Mutex<Baseline>,
    /// Tells the feeds of this process from those of another.
    process: Uuid,
    clock: Clock,
}

/// Builds the connector of `system` on the machine's clock; see `config/examples/hoteldruid.toml`.
///
/// # Errors
/// [`ConnectError`] names the key or the file.
pub fn connect(
    system: &SystemId,
    context: &Context,
    settings: super::super::registry::Settings,
) -> Result<Arc<dyn Connector>, ConnectError> {
    connect_at(system, context, settings, Clock::system())
}

/// The same on another clock, by which a guest who does not come is a no-show.
///
/// # Errors
/// [`ConnectError`] names the key or the file.
pub fn connect_at(
    system: &SystemId,
    context: &Context,
    settings: super::super::registry::Settings,
    clock: Clock,
) -> Result<Arc<dyn Connector>, ConnectError> {
    let settings = Settings::read(system, settings)?;
    let db = Database::new(system, &settings)?;
    let hotel = Hotel {
        property: context.property.as_str().into(),
        zone: context.time_zone,
        region: country::read(&context.default_region).ok().flatten(),
        currency: context.currency.as_str().into(),
        relays: Relays::default(),
        registry: fields::standard(),
        capabilities: capabilities(&settings),
        settings,
    };
    Ok(Arc::new(HotelDruid {
        db,
        hotel,
        signal: Signal::default(),
        guests_seen: Mutex::default(),
        bookings_seen: Mutex::default(),
        process: new_id(),
        clock,
    }))
}

fn capabilities(settings: &Settings) -> Capabilities {
    let stream = |name: &'static str, kind| Stream { name: name.into(), kind };
    Capabilities {
        kinds: map::kinds(settings),
        streams: vec![
            stream(feed::GUESTS, RecordKind::Person),
            stream(feed::BOOKINGS, RecordKind::Reservation),
        ],
        guard: Guard::CompareAndSet,
        read_batch: READ_BATCH,
        write_batch: 50,
        batch_is_atomic: false,
        finds_by_hub_id: false,
        merge: MergeSupport::None,
        rate: RateLimit { calls: 200, per: Duration::from_secs(1) },
    }
}

#[async_trait]
impl Connector for HotelDruid {
    fn capabilities(&self) -> &Capabilities {
        &self.hotel.capabilities
    }

    async fn check(&self) -> Vec<Finding> {
        self.findings(self.clock.now()).await
    }

    async fn prepare(&self, plan_only: bool) -> Result<Vec<Step>, ConnectorError> {
        check::known_version(&self.db, &self.hotel.settings).await?;
        let Some(outbox) = Outbox::of(&self.db).filter(|_| self.hotel.settings.triggers) else {
            return Ok(Vec::new());
        };
        match outbox.install(plan_only).await {
            // The triggers only make it faster: without the right to create them changes are found by looking.
            Err(ConnectorError::Unauthorised { why, .. }) => {
                Ok(vec![Step { what: format!("create the triggers: {why}"), taken: false }])
            }
            other => other,
        }
    }

    async fn changes(&self, stream: &Stream, cursor: Option<&Cursor>) -> Result<ChangePage, ConnectorError> {
        self.feed(stream, cursor).await
    }

    async fn enumerate(&self, kind: RecordKind, after: Option<&Cursor>) -> Result<KeyPage, ConnectorError> {
        let page = self.keys(kind, after).await?;
        let half = if kind == RecordKind::Reservation { Half::Bookings } else { Half::Guests };
        self.with_baseline(half, |baseline| baseline.note(kind, &page.keys, page.next.is_none()));
        Ok(page)
    }

    async fn read(&self, refs: &[RemoteRef]) -> Result<Vec<Reading>, ConnectorError> {
        let (bookings, guests): (Vec<_>, Vec<_>) =
            refs.iter().cloned().partition(|subject| subject.kind == RecordKind::Reservation);
        let mut readings = self.read_guests(guests).await?;
        readings.extend(self.read_bookings(bookings).await?);
        Ok(readings)
    }

    async fn find(
        &self,
        _: RecordKind,
        _: &[RecordId],
    ) -> Result<Vec<(RecordId, ExternalId)>, ConnectorError> {
        Err(self.cannot("carry the hub's id"))
    }

    async fn write(&self, ops: &[WriteOp]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        let mut outcomes = Vec::with_capacity(ops.len());
        for op in ops {
            outcomes.push(match write::write(&self.db, &self.hotel, op).await {
                Ok(outcome) => outcome,
                // The desk holds a lock or the line broke: the others of the batch have their answers.
                Err(ConnectorError::Unreachable { sent: false, .. }) => WriteOutcome::Retry { after: None },
                Err(ConnectorError::Unreachable { sent: true, .. }) => WriteOutcome::Unknown,
                Err(ConnectorError::Refused { why, .. }) => WriteOutcome::Rejected { field: None, why },
                Err(error) => return Err(error),
            });
        }
        Ok(outcomes)
    }

    async fn merge(&self, _: RecordKind, _: &ExternalId, _: &ExternalId) -> Result<(), ConnectorError> {
        Err(self.cannot("merge guests"))
    }

    fn push_in(&self, _: &PushRequest<'_>) -> Result<Vec<Hint>, PushError> {
        Err(PushError::NotSupported)
    }

    async fn watch(&self) -> Result<(), ConnectorError> {
        let settings = &self.hotel.settings;
        self.signal.wait(&self.db, settings.signal_poll(), settings.triggers).await
    }
}

impl HotelDruid {
    /// The kinds that an entry of the guest table can be.
    fn guest_kinds(&self) -> impl Iterator<Item = RecordKind> {
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
    async fn keys(&self, kind: RecordKind, after: Option<&Cursor>) -> Result<KeyPage, ConnectorError> {
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
        let mut shelves = Shelf::all(&scope.years).filter(|shelf| *shelf >= from);
        let Some(shelf) = shelves.next() else { return Ok(KeyPage { keys: Vec::new(), next: None }) };
        let after = if shelf == from { after } else { i64::MIN };
        let (bookings, last) = bookings::page(&self.db, &scope, shelf, after, PAGE).await?;
        let now = self.clock.now();
        let keys = bookings.iter().map(|stored| (stored.key.external_id(), self.booking_digest(stored, now)));
        let next = last.map(|last| (shelf, last)).or_else(|| shelves.next().map(|next| (next, i64::MIN)));
        let next = next.map(|(shelf, last)| Cursor(format!("{} {} {last}", shelf.year, shelf.cancelled)));
        Ok(KeyPage { keys: keys.collect(), next })
    }

    /// The digest of a booking includes what time alone changes: the status.
    fn booking_digest(&self, stored: &assembly::StoredBooking, now: DateTime<Utc>) -> i64 {
        let mut sum = Sum::new();
        stored.add_to(&mut sum);
        sum.add(Some(map::status(stored, &self.hotel, now)));
        for guest in &stored.guests {
            sum.add(Some(self.kind_of(guest).name()));
        }
        sum.finish()
    }

    async fn read_guests(&self, refs: Vec<RemoteRef>) -> Result<Vec<Reading>, ConnectorError> {
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

    async fn read_bookings(&self, refs: Vec<RemoteRef>) -> Result<Vec<Reading>, ConnectorError> {
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

    fn cannot(&self, what: &'static str) -> ConnectorError {
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
