//! HotelDruid 3.0, by its database: SQLite, PostgreSQL or MariaDB.
//!
//! It reads guests, companies and bookings, and writes guest fields back. It never creates or deletes anything of
//! the hotel's, never reads a credit card, never holds a lock that the front desk could wait for longer than a
//! moment, and never takes a deletion in one table for the end of a booking.

mod absent;
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
mod mariadb;
mod outbox;
mod records;
mod scan;
mod signal;
mod slots;
mod stamp;
#[cfg(test)]
mod tests;
mod text;
mod totals;
mod wire;
mod write;
mod years;

use async_trait::async_trait;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::Uuid;

use self::config::{Companies, Settings};
use self::database::Database;
use self::map::Hotel;
use self::outbox::{Half, Outbox};
use self::scan::Baseline;
use self::signal::Signal;
use super::super::registry::{ConnectError, Context};
use super::super::{ChangePage, Connector, ConnectorError, Cursor, Finding, KeyPage, Reading, Step};
use crate::clock::{Clock, new_id};
use crate::model::capabilities::{MergeSupport, Stream};
use crate::model::normalise::{country, placeholder};
use crate::model::{
    Capabilities, ExternalId, Guard, RateLimit, RecordId, RecordKind, RemoteRef, StayTotal, SystemId,
    Withdrawal, WriteOp, WriteOutcome,
};

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
        relays: context.relays.clone(),
        registry: Arc::clone(&context.registry),
        capabilities: capabilities(&settings),
        placeholders: placeholder::Known::of(&settings.placeholders),
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
    let companies = (!matches!(settings.companies, Companies::Never))
        .then(|| stream(feed::COMPANIES, RecordKind::Company));
    let streams = [stream(feed::GUESTS, RecordKind::Person), stream(feed::BOOKINGS, RecordKind::Reservation)];
    Capabilities {
        kinds: map::kinds(settings),
        streams: streams.into_iter().chain(companies).collect(),
        guard: Guard::CompareAndSet,
        read_batch: READ_BATCH,
        write_batch: 50,
        batch_is_atomic: false,
        finds_by_hub_id: false,
        merge: MergeSupport::None,
        suppress: true,
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

    async fn withdraw(&self, _: RecordKind, _: &[Withdrawal]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        Err(self.cannot("take records back"))
    }

    async fn merge(&self, _: RecordKind, _: &ExternalId, _: &ExternalId) -> Result<(), ConnectorError> {
        Err(self.cannot("merge guests"))
    }

    async fn totals(&self) -> Result<Option<Vec<StayTotal>>, ConnectorError> {
        self.own_totals().await.map(Some)
    }

    async fn watch(&self) -> Result<(), ConnectorError> {
        let settings = &self.hotel.settings;
        self.signal.wait(&self.db, settings.signal_poll(), settings.triggers).await
    }
}
