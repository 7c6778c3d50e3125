//! The change feeds: one of guests, one of bookings. Both give hints; the core reads what they name.
//!
//! With triggers a feed is the list of noted changes, forgotten once the core has stored a page. Without, it is the
//! difference between two looks at everything, and knows nothing from before the process started.

use std::collections::HashMap;
use std::sync::PoisonError;
use uuid::Uuid;

use super::HotelDruid;
use super::keys::GuestKey;
use super::outbox::{Half, Noted, Outbox};
use super::scan::{Baseline, Found};
use super::stamp;
use crate::connectors::{Change, ChangePage, ConnectorError, Cursor, Hint};
use crate::model::capabilities::Stream;
use crate::model::{ExternalId, RecordKind, RemoteRef};

/// The feed of guests.
pub(super) const GUESTS: &str = "guests";
/// A feed that is always silent: companies are named by the feed of guests, whose table they share. It expires
/// with it, so that both kinds are swept then.
pub(super) const COMPANIES: &str = "companies";
/// The feed of bookings.
pub(super) const BOOKINGS: &str = "bookings";

/// A feed's cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// Triggers: the installation's epoch, and the notes that are safe to forget.
    Outbox { epoch: i64, done: Vec<i64> },
    /// Looking: this process, and how many pages it has handed out.
    Scan { process: Uuid, sequence: u64 },
}

impl Place {
    fn parse(cursor: &Cursor) -> Option<Self> {
        let mut parts = cursor.0.split(':');
        let (kind, first, second) = (parts.next()?, parts.next()?, parts.next()?);
        match kind {
            "o" => {
                let done = second.split(',').filter(|id| !id.is_empty()).map(str::parse);
                Some(Self::Outbox { epoch: first.parse().ok()?, done: done.collect::<Result<_, _>>().ok()? })
            }
            "s" => Some(Self::Scan { process: first.parse().ok()?, sequence: second.parse().ok()? }),
            _ => None,
        }
    }

    fn cursor(&self) -> Cursor {
        Cursor(match self {
            Self::Outbox { epoch, done } => {
                let done: Vec<_> = done.iter().map(i64::to_string).collect();
                format!("o:{epoch}:{}", done.join(","))
            }
            Self::Scan { process, sequence } => format!("s:{process}:{sequence}"),
        })
    }
}

impl HotelDruid {
    /// One page of a feed. That of bookings also names those that have become no-shows, which nobody writes: its
    /// cursor ends in the last day of arrival that they were looked for.
    pub(super) async fn feed(
        &self,
        stream: &Stream,
        cursor: Option<&Cursor>,
    ) -> Result<ChangePage, ConnectorError> {
        let (place, told) = match cursor {
            Some(Cursor(text)) => {
                let (place, told) = text.split_once('|').unwrap_or((text, ""));
                (Some(Cursor(place.to_owned())), stamp::date(told))
            }
            None => (None, None),
        };
        let mut page = self.touched(stream, place.as_ref()).await?;
        if stream.name == BOOKINGS
            && let Some(absent) = self.absent(told, self.clock.now()).await?
        {
            for key in absent.keys {
                // Where everything is compared, the new status has been noticed already.
                let change = hint(stream.kind, key.external_id(), false);
                if !page.changes.contains(&change) {
                    page.changes.push(change);
                }
            }
            page.next = Cursor(format!("{}|{}", page.next.0, absent.told));
        }
        Ok(page)
    }

    /// One page of what somebody has written.
    async fn touched(&self, stream: &Stream, cursor: Option<&Cursor>) -> Result<ChangePage, ConnectorError> {
        let half = match stream.name.as_str() {
            GUESTS => Some(Half::Guests),
            BOOKINGS => Some(Half::Bookings),
            COMPANIES => None,
            _ => {
                return Err(ConnectorError::Unsupported {
                    system: self.db.system(),
                    what: "serve this feed",
                });
            }
        };
        let place = cursor.map(|cursor| Place::parse(cursor).ok_or_else(|| self.expired())).transpose()?;
        let epoch = match (self.hotel.settings.triggers, Outbox::of(&self.db)) {
            (true, Some(outbox)) => outbox.epoch().await?.map(|epoch| (outbox, epoch)),
            _ => None,
        };
        match (epoch, place) {
            (Some((outbox, epoch)), None) => {
                if let Some(half) = half {
                    outbox.clear(half).await?;
                }
                Ok(empty(&Place::Outbox { epoch, done: Vec::new() }))
            }
            (Some((outbox, epoch)), Some(Place::Outbox { epoch: known, done })) if known == epoch => {
                match half {
                    Some(half) => Ok(self.page(outbox.take(half, &done, &self.hotel.settings).await?, epoch)),
                    None => Ok(empty(&Place::Outbox { epoch, done })),
                }
            }
            (None, Some(Place::Scan { process, sequence })) if process == self.process => match half {
                Some(half) => self.scan(half, Some(sequence)).await,
                None => Ok(empty(&Place::Scan { process, sequence })),
            },
            (None, None) => match half {
                Some(half) => self.scan(half, None).await,
                None => Ok(empty(&Place::Scan { process: self.process, sequence: 0 })),
            },
            // Triggers came or went, or another process looked: something may have been missed.
            (Some(_), Some(Place::Outbox { .. } | Place::Scan { .. }))
            | (None, Some(Place::Outbox { .. } | Place::Scan { .. })) => Err(self.expired()),
        }
    }

    fn page(&self, noted: Noted, epoch: i64) -> ChangePage {
        let guests = noted.guests.iter().map(GuestKey::external_id);
        let guests = guests.flat_map(|id| self.guest_kinds().map(move |kind| hint(kind, id.clone(), false)));
        let bookings =
            noted.bookings.iter().map(|key| hint(RecordKind::Reservation, key.external_id(), false));
        let changes = guests.chain(bookings).collect();
        ChangePage { changes, next: Place::Outbox { epoch, done: noted.ids }.cursor(), more: noted.more }
    }

    /// Looks at everything, unless the file says that nothing has changed since the last look.
    async fn scan(&self, half: Half, sequence: Option<u64>) -> Result<ChangePage, ConnectorError> {
        let kinds = match half {
            Half::Guests => self.guest_kinds().collect::<Vec<_>>(),
            Half::Bookings => vec![RecordKind::Reservation],
        };
        if let Some(sequence) = sequence {
            if let Some(page) =
                self.with_baseline(half, |baseline| baseline.again(sequence).map(<[Found]>::to_vec))
            {
                return Ok(self.found(half, page));
            }
        } else if self.with_baseline(half, |baseline| baseline.is_complete()) {
            // The sweep that just ended is the present.
            return Ok(self.found(half, Vec::new()));
        }
        let version = self.signal.version(&self.db).await?;
        if sequence.is_some() && version.is_some() && version == self.with_baseline(half, |b| b.version) {
            return Ok(self.found(half, Vec::new()));
        }
        let mut page = Vec::new();
        for kind in kinds {
            let mut look = HashMap::new();
            let mut after = None;
            loop {
                let keys = self.keys(kind, after.as_ref()).await?;
                look.extend(keys.keys.into_iter().map(|(id, digest)| ((kind, id), digest)));
                after = keys.next;
                if after.is_none() {
                    break;
                }
            }
            page.extend(self.with_baseline(half, |baseline| baseline.compare(kind, look)));
        }
        self.with_baseline(half, |baseline| baseline.finish(version, &page));
        // The first look only learns what is there.
        Ok(self.found(half, if sequence.is_some() { page } else { Vec::new() }))
    }

    fn found(&self, half: Half, page: Vec<Found>) -> ChangePage {
        let sequence = self.with_baseline(half, |baseline| baseline.sequence());
        let next = Place::Scan { process: self.process, sequence }.cursor();
        let changes = page.into_iter().map(|found| hint(found.kind, found.id, found.deleted)).collect();
        ChangePage { changes, next, more: false }
    }

    /// Runs `act` on what is remembered of one half.
    pub(super) fn with_baseline<T>(&self, half: Half, act: impl FnOnce(&mut Baseline) -> T) -> T {
        let baseline = match half {
            Half::Guests => &self.guests_seen,
            Half::Bookings => &self.bookings_seen,
        };
        act(&mut baseline.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn expired(&self) -> ConnectorError {
        ConnectorError::CursorExpired { system: self.db.system() }
    }
}

fn hint(kind: RecordKind, id: ExternalId, deleted: bool) -> Change {
    Change::Hint(Hint { subject: RemoteRef { kind, external_id: id }, deleted })
}

fn empty(place: &Place) -> ChangePage {
    ChangePage { changes: Vec::new(), next: place.cursor(), more: false }
}
