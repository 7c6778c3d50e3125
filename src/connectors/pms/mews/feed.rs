//! The change feeds, one for each kind of record. Records show themselves; what belongs to them has listings of its own,
//! which name the record. What a page tells is read once, however many listings tell of it.

use chrono::TimeDelta;
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

use super::client::Page;
use super::memory::{Digests, Told};
use super::read::digest;
use super::window::{Places, Span};
use super::wire::{
    ACCOUNT_NOTES, ADDRESSES, COMPANIES, COMPANIONSHIPS, CUSTOMERS, Listing, MEMBERSHIPS, ORDER_ITEMS,
    ORDER_NOTES, PAYMENTS, RESERVATIONS, SOURCE_ASSIGNMENTS,
};
use super::{BATCH, Mews};
use crate::connectors::{Change, ChangePage, ConnectorError, Cursor, Hint, Reading};
use crate::model::capabilities::Stream;
use crate::model::{RecordKind, RemoteRef};

/// Three months are never shorter than this.
pub(super) const LONGEST: TimeDelta = TimeDelta::days(89);
/// A month is never shorter than this.
const A_MONTH: TimeDelta = TimeDelta::days(28);
/// The stamp that all listings but one go by.
const UPDATED: &str = "UpdatedUtc";

/// A feed: everything at Mews that tells of one kind of record.
struct Feed {
    name: &'static str,
    kind: RecordKind,
    strands: &'static [Strand],
}

/// One listing of a feed.
struct Strand {
    name: &'static str,
    listing: &'static Listing,
    stamp: &'static str,
    /// Which rows are listed, where not all are.
    states: Option<&'static [&'static str]>,
    rows: Rows,
    longest: TimeDelta,
}

/// What the rows of a strand are.
#[derive(Clone, Copy)]
enum Rows {
    /// The records themselves.
    Records,
    /// What belongs to the record of which this property holds the id.
    Belonging(&'static str),
    /// What belongs to a person or a company.
    OfAccount,
}

const fn strand(name: &'static str, listing: &'static Listing, rows: Rows) -> Strand {
    Strand { name, listing, stamp: UPDATED, states: None, rows, longest: LONGEST }
}

/// Every feed.
const FEEDS: &[Feed] = &[
    Feed {
        name: "companies",
        kind: RecordKind::Company,
        strands: &[strand("companies", &COMPANIES, Rows::Records)],
    },
    Feed {
        name: "customers",
        kind: RecordKind::Person,
        strands: &[
            strand("customers", &CUSTOMERS, Rows::Records),
            Strand {
                stamp: "DeletedUtc",
                states: Some(&["Deleted"]),
                ..strand("deleted customers", &CUSTOMERS, Rows::Records)
            },
            strand("addresses", &ADDRESSES, Rows::OfAccount),
            strand("memberships", &MEMBERSHIPS, Rows::Belonging("AccountId")),
            strand("account notes", &ACCOUNT_NOTES, Rows::OfAccount),
        ],
    },
    Feed {
        name: "reservations",
        kind: RecordKind::Reservation,
        strands: &[
            strand("reservations", &RESERVATIONS, Rows::Records),
            strand("order items", &ORDER_ITEMS, Rows::Belonging("ServiceOrderId")),
            strand("payments", &PAYMENTS, Rows::Belonging("ReservationId")),
            strand("companionships", &COMPANIONSHIPS, Rows::Belonging("ReservationId")),
            strand("order notes", &ORDER_NOTES, Rows::Belonging("OrderId")),
            Strand {
                longest: A_MONTH,
                ..strand("sources", &SOURCE_ASSIGNMENTS, Rows::Belonging("ReservationId"))
            },
        ],
    },
];

impl Strand {
    /// The record that a row tells of; `kind` is that of the feed.
    fn subject(&self, row: &Json, kind: RecordKind) -> Option<RemoteRef> {
        let (kind, owner) = match self.rows {
            Rows::Records => (kind, "Id"),
            Rows::Belonging(owner) => (kind, owner),
            Rows::OfAccount => {
                let of_company = row.get("AccountType").and_then(Json::as_str) == Some("Company");
                (if of_company { RecordKind::Company } else { RecordKind::Person }, "AccountId")
            }
        };
        Some(RemoteRef::new(kind, row.get(owner)?.as_str()?))
    }
}

/// The feeds of a Mews. Each has a listing that every integration may read.
pub(super) fn streams() -> Vec<Stream> {
    FEEDS.iter().map(|feed| Stream { name: feed.name.into(), kind: feed.kind }).collect()
}

/// What a page tells, before what belongs to it has been read.
#[derive(Default)]
struct News {
    /// The records that the page shows, by their ids.
    rows: BTreeMap<String, Json>,
    /// The records of the feed's kind of which the page only names what belongs to them.
    named: BTreeSet<String>,
    /// Records to be read by themselves.
    hints: BTreeSet<RemoteRef>,
}

impl Mews {
    /// One page of a feed: a page of each of its listings, and the records that they tell of, each read once.
    pub(super) async fn feed(
        &self,
        stream: &Stream,
        cursor: Option<&Cursor>,
    ) -> Result<ChangePage, ConnectorError> {
        let feed = FEEDS.iter().find(|feed| feed.name == stream.name);
        let feed = feed.ok_or_else(|| self.client.unsupported("serve this feed"))?;
        let strands = || feed.strands.iter().filter(|strand| self.settings.reads(strand.listing));
        let now = self.client.now().await?;
        let Some(cursor) = cursor else {
            let places = Places::at(strands().map(|strand| strand.name), now);
            return Ok(ChangePage { changes: Vec::new(), next: places.cursor(), more: false });
        };
        let expired = || ConnectorError::CursorExpired { system: self.client.system() };
        let mut places = Places::parse(cursor).ok_or_else(expired)?;
        let overlap = self.settings.overlap();
        let is_behind = |places: &Places| {
            strands().any(|strand| places.of(strand.name, now).is_behind(now, overlap, strand.longest))
        };
        let catches_up = is_behind(&places);
        let mut pages = Vec::new();
        for strand in strands() {
            let place = places.of(strand.name, now);
            if catches_up && !place.is_behind(now, overlap, strand.longest) {
                continue;
            }
            let span = place.span(now, overlap, strand.longest);
            let page = self.listed(strand, &span).await?;
            places.set(strand.name, place.after(&span, page.next));
            pages.push((strand, page.rows));
        }
        let next = places.cursor();
        let listed_until = strands().map(|strand| places.of(strand.name, now).since).min().unwrap_or(now);
        let news = self.memory.of(feed.name, |told| {
            told.go_on(cursor, listed_until - overlap);
            sort_out(feed.kind, pages, told)
        });
        let (changes, made_of) = self.told(feed.kind, news).await?;
        self.memory.of(feed.name, |told| told.page((cursor, &next), made_of, now));
        // Those that waited for others to catch up are listed now.
        let more = is_behind(&places) || (catches_up && listed_until + overlap < now);
        Ok(ChangePage { changes, next, more })
    }

    async fn listed(&self, strand: &Strand, span: &Span) -> Result<Page, ConnectorError> {
        let mut filter = Map::from_iter([(strand.stamp.to_owned(), span.filter())]);
        if let Some(states) = strand.states {
            filter.insert("ActivityStates".to_owned(), json!(states));
        }
        if strand.listing.of_services && !self.settings.service_ids.is_empty() {
            filter.insert("ServiceIds".to_owned(), json!(self.settings.service_ids));
        }
        self.client.page(strand.listing, &Json::Object(filter), span.after.as_deref()).await
    }

    /// What a page tells, and what it was made of.
    async fn told(&self, kind: RecordKind, mut news: News) -> Result<(Vec<Change>, Digests), ConnectorError> {
        // What would take more than a batch is left to the core, which asks for its turn before each.
        let room = BATCH.saturating_sub(news.rows.len());
        let here: Vec<&str> = news.named.iter().take(room).map(String::as_str).collect();
        let rows = self.client.of_ids(self.listing(kind)?, &here, &json!({})).await?;
        news.hints.extend(news.named.iter().skip(room).map(|id| RemoteRef::new(kind, id.as_str())));
        let shown = news.rows.keys().map(String::as_str).chain(here);
        let shown: Vec<RemoteRef> = shown.map(|id| RemoteRef::new(kind, id)).collect();
        let rows = news.rows.into_values().chain(rows).collect();
        let hints = news.hints.into_iter().map(hint);
        match self.understand(kind, rows).await {
            Ok((readings, made_of)) => {
                Ok((readings.into_iter().filter_map(change).chain(hints).collect(), made_of))
            }
            // One row that cannot be understood must not stop the feed: reading shows which it is.
            Err(ConnectorError::Undecodable { .. }) => {
                Ok((shown.into_iter().map(hint).chain(hints).collect(), Digests::new()))
            }
            Err(error) => Err(error),
        }
    }
}

/// Puts together what the listings tell of each record, without the rows that what was told before was made of.
fn sort_out(kind: RecordKind, pages: Vec<(&Strand, Vec<Json>)>, told: &Told) -> News {
    let mut news = News::default();
    for (strand, rows) in pages {
        for row in rows.into_iter().filter(|row| !told.contains(digest(row))) {
            let Some(subject) = strand.subject(&row, kind) else { continue };
            match strand.rows {
                Rows::Records => {
                    news.rows.insert(subject.external_id.to_string(), row);
                }
                Rows::Belonging(_) | Rows::OfAccount if subject.kind == kind => {
                    news.named.insert(subject.external_id.to_string());
                }
                Rows::Belonging(_) | Rows::OfAccount => {
                    news.hints.insert(subject);
                }
            }
        }
    }
    news.named.retain(|id| !news.rows.contains_key(id));
    news
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
