//! Reads records with everything that they name: one listing of the records, then one per sort of what belongs to them.

use serde::Deserialize as _;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use xxhash_rust::xxh3::xxh3_64;

use super::Mews;
use super::map::{Booking, Firm, Guest, company, hub_id, instant, person, reservation};
use super::memory::Digests;
use super::names::{Book, Glossary, Wanted};
use super::wire::{
    ACCOUNT_NOTES, ADDRESSES, AccountNote, Address, COMPANIES, COMPANIONSHIPS, CUSTOMERS, Companionship,
    Company, Customer, DOCUMENTS, IdentityDocument, Life, Listing, MEMBERSHIPS, Membership, ORDER_ITEMS,
    ORDER_NOTES, OrderItem, OrderNote, PAYMENTS, Payment, RESERVATIONS, Reservation, SOURCE_ASSIGNMENTS,
    SourceAssignment,
};
use crate::connectors::{ConnectorError, Cursor, KeyPage, Reading};
use crate::model::{Document, ExternalId, Observation, RecordKind, RemoteRef, Shape};

/// What belongs to records, by their ids.
pub(super) type Belonging<T> = HashMap<String, Vec<T>>;

/// A row that can be understood, with its digest.
struct Row<T> {
    row: T,
    hash: i64,
}

/// The digest of a row as it is listed. What belongs to it has feeds of its own.
pub(super) fn digest(row: &Json) -> i64 {
    xxh3_64(row.to_string().as_bytes()).cast_signed()
}

/// The filter of what exists.
fn active(listing: &Listing) -> Json {
    if listing.has_states { json!({"ActivityStates": ["Active"]}) } else { json!({}) }
}

/// Takes what belongs to one record out of what belongs to all.
pub(super) fn take<T>(of: &mut Belonging<T>, id: &str) -> Vec<T> {
    of.remove(id).unwrap_or_default()
}

impl Mews {
    /// The listing of a kind.
    pub(super) fn listing(&self, kind: RecordKind) -> Result<&'static Listing, ConnectorError> {
        match kind {
            RecordKind::Person => Ok(&CUSTOMERS),
            RecordKind::Company => Ok(&COMPANIES),
            RecordKind::Reservation => Ok(&RESERVATIONS),
            RecordKind::Agency | RecordKind::Membership | RecordKind::Certificate => {
                Err(self.client.unsupported("list records of this kind"))
            }
        }
    }

    /// The current state of these records.
    pub(super) async fn current(&self, refs: &[RemoteRef]) -> Result<Vec<Reading>, ConnectorError> {
        let mut by_kind: BTreeMap<RecordKind, BTreeSet<&str>> = BTreeMap::new();
        for subject in refs {
            by_kind.entry(subject.kind).or_default().insert(subject.external_id.as_str());
        }
        let mut readings = Vec::with_capacity(refs.len());
        for (kind, mut missing) in by_kind {
            let ids: Vec<&str> = missing.iter().copied().collect();
            let rows = self.client.of_ids(self.listing(kind)?, &ids, &json!({})).await?;
            for row in &rows {
                if let Some(id) = row.get("Id").and_then(Json::as_str) {
                    missing.remove(id);
                }
            }
            readings.extend(self.understand(kind, rows).await?.0);
            readings.extend(missing.into_iter().map(|id| Reading::NotFound(RemoteRef::new(kind, id))));
        }
        Ok(readings)
    }

    /// One page of every record's id and digest, newest first.
    pub(super) async fn keys(
        &self,
        kind: RecordKind,
        after: Option<&Cursor>,
    ) -> Result<KeyPage, ConnectorError> {
        let listing = self.listing(kind)?;
        let filter = active(listing);
        let page = self.client.page(listing, &filter, after.map(|cursor| cursor.0.as_str())).await?;
        let mut keys = Vec::with_capacity(page.rows.len());
        for row in &page.rows {
            let life = Life::deserialize(row).map_err(|_| self.client.undecodable("a row without an id"))?;
            if life.is_active && self.is_stay(row) {
                keys.push((ExternalId::new(life.id), digest(row)));
            }
        }
        Ok(KeyPage { keys, next: page.next.map(Cursor) })
    }

    /// Whether a row belongs to a service whose reservations are stays; a row without a service does.
    fn is_stay(&self, row: &Json) -> bool {
        let service = row.get("ServiceId").and_then(Json::as_str);
        service.is_none_or(|id| {
            self.settings.service_ids.is_empty() || self.settings.service_ids.iter().any(|own| own == id)
        })
    }

    /// What rows of one kind show, one answer each, and every row that the answers were made of.
    pub(super) async fn understand(
        &self,
        kind: RecordKind,
        rows: Vec<Json>,
    ) -> Result<(Vec<Reading>, Digests), ConnectorError> {
        let mut made_of: Digests = rows.iter().map(digest).collect();
        let mut readings = Vec::with_capacity(rows.len());
        let mut rest = Vec::with_capacity(rows.len());
        for row in rows {
            let life = Life::deserialize(&row).map_err(|_| self.client.undecodable("a row without an id"))?;
            let subject = RemoteRef::new(kind, life.id.as_str());
            if let Some(into) = life.merge_target_id {
                let shape = Shape::MergedInto(ExternalId::new(into));
                readings.push(Reading::Found(Box::new(Observation::of(subject, shape, Document::new()))));
            } else if !life.is_active {
                readings.push(Reading::NotFound(subject));
            } else if self.is_stay(&row) {
                rest.push((subject, row));
            } else {
                readings.push(Reading::OutOfScope(subject));
            }
        }
        readings.extend(match kind {
            RecordKind::Person => self.people(rest, &mut made_of).await?,
            RecordKind::Company => self.firms(rest, &mut made_of).await?,
            RecordKind::Reservation => self.bookings(rest, &mut made_of).await?,
            RecordKind::Agency | RecordKind::Membership | RecordKind::Certificate => Vec::new(),
        });
        Ok((readings, made_of))
    }

    async fn people(
        &self,
        rows: Vec<(RemoteRef, Json)>,
        made_of: &mut Digests,
    ) -> Result<Vec<Reading>, ConnectorError> {
        let (rows, mut readings) = decoded::<Customer>(rows);
        let ids: Vec<&str> = rows.iter().map(|row| row.row.id.as_str()).collect();
        let mut addresses =
            self.belonging((&ADDRESSES, &ids), made_of, |row: &Address| Some(&row.account_id)).await?;
        let mut memberships =
            self.belonging((&MEMBERSHIPS, &ids), made_of, |row: &Membership| Some(&row.account_id)).await?;
        let mut notes = self
            .belonging((&ACCOUNT_NOTES, &ids), made_of, |row: &AccountNote| Some(&row.account_id))
            .await?;
        let mut documents = self
            .belonging((&DOCUMENTS, &ids), made_of, |row: &IdentityDocument| Some(&row.customer_id))
            .await?;
        let names = self.names.of(&self.client, &programmes(&memberships)).await?;
        readings.extend(rows.into_iter().map(|Row { row, hash }| {
            let (changed, actor) = (row.updated_utc.clone(), row.updater_profile_id.clone());
            let (id, hub_id) = (row.id.clone(), row.notes.as_deref().and_then(hub_id));
            let guest = Guest {
                addresses: take(&mut addresses, &id),
                memberships: take(&mut memberships, &id),
                notes: take(&mut notes, &id),
                documents: take(&mut documents, &id),
                customer: row,
            };
            let document = person(&guest, &names, &self.hotel);
            let seen = observed(RecordKind::Person, id, document, hash, (changed.as_deref(), actor));
            Reading::Found(Box::new(Observation { hub_id, ..seen }))
        }));
        Ok(readings)
    }

    async fn firms(
        &self,
        rows: Vec<(RemoteRef, Json)>,
        made_of: &mut Digests,
    ) -> Result<Vec<Reading>, ConnectorError> {
        let (rows, mut readings) = decoded::<Company>(rows);
        let ids: Vec<&str> = rows.iter().map(|row| row.row.id.as_str()).collect();
        let mut addresses =
            self.belonging((&ADDRESSES, &ids), made_of, |row: &Address| Some(&row.account_id)).await?;
        let mut notes = self
            .belonging((&ACCOUNT_NOTES, &ids), made_of, |row: &AccountNote| Some(&row.account_id))
            .await?;
        readings.extend(rows.into_iter().map(|Row { row, hash }| {
            let (id, changed) = (row.id.clone(), row.updated_utc.clone());
            let hub_id = row.external_identifier.as_deref().and_then(hub_id);
            let firm =
                Firm { addresses: take(&mut addresses, &id), notes: take(&mut notes, &id), company: row };
            let document = company(&firm, &self.hotel);
            let seen = observed(RecordKind::Company, id, document, hash, (changed.as_deref(), None));
            Reading::Found(Box::new(Observation { hub_id, ..seen }))
        }));
        Ok(readings)
    }

    async fn bookings(
        &self,
        rows: Vec<(RemoteRef, Json)>,
        made_of: &mut Digests,
    ) -> Result<Vec<Reading>, ConnectorError> {
        let (rows, mut readings) = decoded::<Reservation>(rows);
        let ids: Vec<&str> = rows.iter().map(|row| row.row.id.as_str()).collect();
        let mut companions = self
            .belonging((&COMPANIONSHIPS, &ids), made_of, |row: &Companionship| row.reservation_id.as_ref())
            .await?;
        let mut items = self
            .belonging((&ORDER_ITEMS, &ids), made_of, |row: &OrderItem| Some(&row.service_order_id))
            .await?;
        let mut payments =
            self.belonging((&PAYMENTS, &ids), made_of, |row: &Payment| row.reservation_id.as_ref()).await?;
        let mut sources = self
            .belonging((&SOURCE_ASSIGNMENTS, &ids), made_of, |row: &SourceAssignment| {
                Some(&row.reservation_id)
            })
            .await?;
        let mut notes =
            self.belonging((&ORDER_NOTES, &ids), made_of, |row: &OrderNote| Some(&row.order_id)).await?;
        let bookings: Vec<(Booking, i64)> = rows
            .into_iter()
            .map(|Row { row, hash }| {
                let booking = Booking {
                    companions: take(&mut companions, &row.id),
                    items: take(&mut items, &row.id),
                    payments: take(&mut payments, &row.id),
                    sources: take(&mut sources, &row.id),
                    notes: take(&mut notes, &row.id),
                    reservation: row,
                };
                (booking, hash)
            })
            .collect();
        let names = self.names.of(&self.client, &named(&bookings)).await?;
        readings.extend(bookings.iter().map(|(booking, hash)| self.booking(booking, *hash, &names)));
        Ok(readings)
    }

    fn booking(&self, booking: &Booking, hash: i64, names: &Glossary) -> Reading {
        let row = &booking.reservation;
        let document = reservation(booking, names, &self.hotel);
        let stamps = (row.updated_utc.as_deref(), row.updater_profile_id.clone());
        Reading::Found(Box::new(observed(RecordKind::Reservation, row.id.clone(), document, hash, stamps)))
    }

    /// What belongs to these records, by their ids; nothing where it is not read.
    pub(super) async fn belonging<T: DeserializeOwned>(
        &self,
        (listing, ids): (&Listing, &[&str]),
        made_of: &mut Digests,
        owner: impl Fn(&T) -> Option<&String>,
    ) -> Result<Belonging<T>, ConnectorError> {
        let mut belonging = Belonging::new();
        if !self.settings.reads(listing) {
            return Ok(belonging);
        }
        let rows = self.client.of_ids(listing, ids, &active(listing)).await?;
        made_of.extend(rows.iter().map(digest));
        for row in rows {
            let row = T::deserialize(row);
            let row =
                row.map_err(|_| self.client.undecodable(&format!("a row of `{}`", listing.operation)))?;
            if let Some(id) = owner(&row).cloned() {
                belonging.entry(id).or_insert_with(Vec::new).push(row);
            }
        }
        Ok(belonging)
    }
}

/// The rows that can be understood, and the answers for those that cannot.
fn decoded<T: DeserializeOwned>(rows: Vec<(RemoteRef, Json)>) -> (Vec<Row<T>>, Vec<Reading>) {
    let (mut good, mut bad) = (Vec::with_capacity(rows.len()), Vec::new());
    for (subject, row) in rows {
        let hash = digest(&row);
        match T::deserialize(row) {
            Ok(row) => good.push(Row { row, hash }),
            // The cause could quote the row.
            Err(_) => {
                bad.push(Reading::Undecodable { subject, why: "a property has another type".to_owned() });
            }
        }
    }
    (good, bad)
}

fn observed(
    kind: RecordKind,
    id: String,
    document: Document,
    hash: i64,
    (changed, actor): (Option<&str>, Option<String>),
) -> Observation {
    Observation {
        modified_at: instant(changed),
        actor,
        source_hash: Some(hash),
        ..Observation::full(RemoteRef::new(kind, ExternalId::new(id)), document)
    }
}

/// The programmes and levels that memberships name.
fn programmes(memberships: &Belonging<Membership>) -> [Wanted<'_>; 2] {
    let rows = || memberships.values().flatten();
    let programmes: BTreeSet<&str> = rows().map(|row| row.loyalty_program_id.as_str()).collect();
    let tiers = rows().filter_map(|row| row.loyalty_tier_id.as_deref()).collect();
    [
        Wanted { book: Book::Programme, ids: programmes.clone(), owners: BTreeSet::new() },
        Wanted { book: Book::Tier, ids: tiers, owners: programmes },
    ]
}

/// Everything that reservations name by its id.
fn named(bookings: &[(Booking, i64)]) -> Vec<Wanted<'_>> {
    let rows = || bookings.iter().map(|(booking, _)| &booking.reservation);
    let services: BTreeSet<&str> = rows().map(|row| row.service_id.as_str()).collect();
    let one =
        |of: fn(&Reservation) -> &Option<String>| rows().filter_map(move |row| of(row).as_deref()).collect();
    let sources = bookings.iter().flat_map(|(booking, _)| &booking.sources);
    let products = bookings.iter().flat_map(|(booking, _)| &booking.items);
    let products = products.filter_map(|item| item.data.as_ref()?.product.as_ref());
    let ages = rows().flat_map(|row| &row.person_counts);
    let all: [(Book, BTreeSet<&str>); 7] = [
        (Book::Rate, one(|row| &row.rate_id)),
        (Book::Room, one(|row| &row.assigned_resource_id)),
        (Book::Category, one(|row| &row.requested_resource_category_id)),
        (Book::Segment, one(|row| &row.business_segment_id)),
        (Book::Source, sources.map(|source| source.source_id.as_str()).collect()),
        (Book::Product, products.map(|product| product.product_id.as_str()).collect()),
        (Book::AgeCategory, ages.map(|count| count.age_category_id.as_str()).collect()),
    ];
    let wanted = all.into_iter().map(|(book, ids)| Wanted { book, ids, owners: services.clone() });
    wanted.collect()
}
