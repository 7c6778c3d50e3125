//! The change feeds. Records show themselves; what belongs to them has feeds of its own, which name the record to read.

use chrono::TimeDelta;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

use super::Mews;
use super::client::Page;
use super::config::Settings;
use super::window::{Place, Span};
use super::wire::{
    ACCOUNT_NOTES, ADDRESSES, COMPANIES, COMPANIONSHIPS, CUSTOMERS, Listing, MEMBERSHIPS, ORDER_ITEMS,
    ORDER_NOTES, PAYMENTS, RESERVATIONS, SOURCE_ASSIGNMENTS,
};
use crate::connectors::{Change, ChangePage, ConnectorError, Cursor, Hint, Reading};
use crate::model::capabilities::Stream;
use crate::model::{RecordKind, RemoteRef};

/// Three months are never shorter than this.
const LONGEST: TimeDelta = TimeDelta::days(89);
/// A month is never shorter than this.
const A_MONTH: TimeDelta = TimeDelta::days(28);
/// The stamp that all feeds but one go by.
const UPDATED: &str = "UpdatedUtc";

/// A feed.
struct Feed {
    name: &'static str,
    kind: RecordKind,
    listing: &'static Listing,
    stamp: &'static str,
    /// Which rows are listed, where not all are.
    states: Option<&'static [&'static str]>,
    rows: Rows,
    longest: TimeDelta,
}

/// What the rows of a feed are.
#[derive(Clone, Copy)]
enum Rows {
    /// The records themselves.
    Records,
    /// What belongs to the record of which this property holds the id.
    Belonging(&'static str),
    /// What belongs to a person or a company.
    OfAccount,
}

const fn feed(name: &'static str, kind: RecordKind, listing: &'static Listing, rows: Rows) -> Feed {
    Feed { name, kind, listing, stamp: UPDATED, states: None, rows, longest: LONGEST }
}

/// Every feed.
const FEEDS: &[Feed] = &[
    feed("companies", RecordKind::Company, &COMPANIES, Rows::Records),
    feed("customers", RecordKind::Person, &CUSTOMERS, Rows::Records),
    Feed {
        stamp: "DeletedUtc",
        states: Some(&["Deleted"]),
        ..feed("deleted customers", RecordKind::Person, &CUSTOMERS, Rows::Records)
    },
    feed("addresses", RecordKind::Person, &ADDRESSES, Rows::OfAccount),
    feed("memberships", RecordKind::Person, &MEMBERSHIPS, Rows::Belonging("AccountId")),
    feed("account notes", RecordKind::Person, &ACCOUNT_NOTES, Rows::OfAccount),
    feed("reservations", RecordKind::Reservation, &RESERVATIONS, Rows::Records),
    feed("order items", RecordKind::Reservation, &ORDER_ITEMS, Rows::Belonging("ServiceOrderId")),
    feed("payments", RecordKind::Reservation, &PAYMENTS, Rows::Belonging("ReservationId")),
    feed("companionships", RecordKind::Reservation, &COMPANIONSHIPS, Rows::Belonging("ReservationId")),
    feed("order notes", RecordKind::Reservation, &ORDER_NOTES, Rows::Belonging("OrderId")),
    Feed {
        longest: A_MONTH,
        ..feed("sources", RecordKind::Reservation, &SOURCE_ASSIGNMENTS, Rows::Belonging("ReservationId"))
    },
];

/// The feeds of a Mews with these settings.
pub(super) fn streams(settings: &Settings) -> Vec<Stream> {
    let streams = FEEDS.iter().filter(|feed| settings.reads(feed.listing));
    streams.map(|feed| Stream { name: feed.name.into(), kind: feed.kind }).collect()
}

impl Mews {
    /// One page of a feed.
    pub(super) async fn feed(
        &self,
        stream: &Stream,
        cursor: Option<&Cursor>,
    ) -> Result<ChangePage, ConnectorError> {
        let feed = FEEDS.iter().find(|feed| feed.name == stream.name);
        let feed = feed.ok_or_else(|| self.client.unsupported("serve this feed"))?;
        let now = self.client.now().await?;
        let Some(cursor) = cursor else {
            return Ok(ChangePage { changes: Vec::new(), next: Place::at(now).cursor(), more: false });
        };
        let expired = || ConnectorError::CursorExpired { system: self.client.system() };
        let place = Place::parse(cursor).ok_or_else(expired)?;
        let span = place.span(now, self.settings.overlap(), feed.longest);
        let page = self.listed(feed, &span).await?;
        let next = page.next.clone();
        let changes = self.told(feed, page).await?;
        let (next, more) = place.after(&span, next, now);
        Ok(ChangePage { changes, next: next.cursor(), more })
    }

    async fn listed(&self, feed: &Feed, span: &Span) -> Result<Page, ConnectorError> {
        let mut filter = Map::from_iter([(feed.stamp.to_owned(), span.filter())]);
        if let Some(states) = feed.states {
            filter.insert("ActivityStates".to_owned(), json!(states));
        }
        if feed.listing.of_services && !self.settings.service_ids.is_empty() {
            filter.insert("ServiceIds".to_owned(), json!(self.settings.service_ids));
        }
        self.client.page(feed.listing, &Json::Object(filter), span.after.as_deref()).await
    }

    /// What the rows of a page tell.
    async fn told(&self, feed: &Feed, page: Page) -> Result<Vec<Change>, ConnectorError> {
        match feed.rows {
            Rows::Records => {
                let named: Vec<RemoteRef> =
                    page.rows.iter().filter_map(|row| subject(row, feed.kind, "Id")).collect();
                match self.understand(feed.kind, page.rows).await {
                    Ok(readings) => Ok(readings.into_iter().filter_map(change).collect()),
                    // One row that cannot be understood must not stop the feed: reading shows which it is.
                    Err(ConnectorError::Undecodable { .. }) => Ok(named.into_iter().map(hint).collect()),
                    Err(error) => Err(error),
                }
            }
            Rows::Belonging(owner) => {
                Ok(hints(page.rows.iter().filter_map(|row| subject(row, feed.kind, owner))))
            }
            Rows::OfAccount => Ok(hints(page.rows.iter().filter_map(|row| {
                let of_company = row.get("AccountType").and_then(Json::as_str) == Some("Company");
                let kind = if of_company { RecordKind::Company } else { RecordKind::Person };
                subject(row, kind, "AccountId")
            }))),
        }
    }
}

/// The record of which a property holds the id.
fn subject(row: &Json, kind: RecordKind, property: &str) -> Option<RemoteRef> {
    Some(RemoteRef::new(kind, row.get(property)?.as_str()?))
}

fn hints(subjects: impl Iterator<Item = RemoteRef>) -> Vec<Change> {
    let once: BTreeSet<RemoteRef> = subjects.collect();
    once.into_iter().map(hint).collect()
}

fn hint(subject: RemoteRef) -> Change {
    Change::Hint(Hint { subject, deleted: false })
}

/// A record that is gone or cannot be understood is read, which says so.
fn change(reading: Reading) -> Option<Change> {
    Some(match reading {
        Reading::Found(seen) => Change::Seen(seen),
        Reading::NotFound(subject) => Change::Hint(Hint { subject, deleted: true }),
        Reading::Undecodable { subject, .. } => hint(subject),
        Reading::OutOfScope(_) => return None,
    })
}
