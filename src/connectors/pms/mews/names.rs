//! What ids stand for: rates, rooms, categories, sources, segments, products, age categories and loyalty levels.
//!
//! A hotel has a few hundred of them and a reservation names half a dozen, so they are kept for an hour instead of being
//! asked for with every batch.

use serde::Deserialize as _;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

use super::client::Client;
use super::wire::{
    AGE_CATEGORIES, CATEGORIES, Listing, PRODUCTS, PROGRAMMES, RATES, RESOURCES, Reference, SEGMENTS,
    SOURCES, TIERS,
};
use crate::connectors::ConnectorError;

/// How long a name is believed.
const KEPT: Duration = Duration::from_hours(1);

/// What an id is an id of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Book {
    Rate,
    Room,
    Category,
    Source,
    AgeCategory,
    Segment,
    Product,
    Programme,
    Tier,
}

impl Book {
    const fn listing(self) -> &'static Listing {
        match self {
            Self::Rate => &RATES,
            Self::Room => &RESOURCES,
            Self::Category => &CATEGORIES,
            Self::Source => &SOURCES,
            Self::AgeCategory => &AGE_CATEGORIES,
            Self::Segment => &SEGMENTS,
            Self::Product => &PRODUCTS,
            Self::Programme => &PROGRAMMES,
            Self::Tier => &TIERS,
        }
    }
}

/// What an id stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) name: String,
    /// The hotel's own code of it.
    pub(super) code: Option<String>,
    /// `OnlineTravelAgency` of a source, `Child` of an age category.
    pub(super) kind: Option<String>,
    /// The highest age of an age category.
    pub(super) oldest: Option<i64>,
    /// Whether a product is eaten or drunk.
    pub(super) is_food: bool,
}

/// The names that a batch of records needs.
#[derive(Debug, Default)]
pub(super) struct Glossary(BTreeMap<(Book, String), Arc<Named>>);

impl Glossary {
    pub(super) fn get(&self, book: Book, id: &str) -> Option<&Named> {
        self.0.get(&(book, id.to_owned())).map(|named| &**named)
    }
}

/// What is known, or known not to exist, and since when.
type Known = HashMap<(Book, String), (Instant, Option<Arc<Named>>)>;

/// The names that are known.
#[derive(Default)]
pub(super) struct Names {
    known: Mutex<Known>,
    language: String,
}

/// The ids of a book that a batch names, and the services or programmes that they belong to.
pub(super) struct Wanted<'a> {
    pub(super) book: Book,
    pub(super) ids: BTreeSet<&'a str>,
    pub(super) owners: BTreeSet<&'a str>,
}

impl Names {
    pub(super) fn new(language: &str) -> Self {
        Self { known: Mutex::default(), language: language.to_owned() }
    }

    /// What these ids stand for; those that nobody knows are left out.
    pub(super) async fn of(
        &self,
        client: &Client,
        wanted: &[Wanted<'_>],
    ) -> Result<Glossary, ConnectorError> {
        let now = Instant::now();
        let mut glossary = Glossary::default();
        for wanted in wanted {
            let missing = self.missing(wanted, now);
            if !missing.is_empty() {
                let listing = wanted.book.listing();
                let owners = listing.owners.map(|name| (name.to_owned(), json!(wanted.owners)));
                let filter = Json::Object(owners.into_iter().collect());
                let rows = client.of_ids(listing, &missing, &filter).await?;
                self.learn(wanted.book, &missing, &rows, now);
            }
            let known = self.known();
            for id in &wanted.ids {
                let key = (wanted.book, (*id).to_owned());
                if let Some((_, Some(named))) = known.get(&key) {
                    glossary.0.insert(key, Arc::clone(named));
                }
            }
        }
        Ok(glossary)
    }

    fn missing<'a>(&self, wanted: &Wanted<'a>, now: Instant) -> Vec<&'a str> {
        let known = self.known();
        let is_fresh =
            |id: &str| known.get(&(wanted.book, id.to_owned())).is_some_and(|(since, _)| now - *since < KEPT);
        wanted.ids.iter().copied().filter(|id| !is_fresh(id)).collect()
    }

    fn learn(&self, book: Book, asked: &[&str], rows: &[Json], now: Instant) {
        let mut known = self.known();
        known.extend(asked.iter().map(|id| ((book, (*id).to_owned()), (now, None))));
        for reference in rows.iter().filter_map(|row| Reference::deserialize(row).ok()) {
            let named = Arc::new(self.named(&reference));
            known.insert((book, reference.id), (now, Some(named)));
        }
    }

    fn named(&self, reference: &Reference) -> Named {
        let names = reference.names.as_ref();
        let name = names.and_then(|names| {
            names.get(&self.language).or_else(|| names.get("en-US")).or_else(|| names.values().next())
        });
        let is_set = |flag: &str| {
            reference.classifications.as_ref().and_then(|flags| flags.get(flag)) == Some(&Json::Bool(true))
        };
        let kind = reference.kind.as_ref().and_then(Json::as_str).map(str::to_owned);
        Named {
            name: name.or(reference.name.as_ref()).cloned().unwrap_or_default(),
            code: reference.external_identifier.clone().filter(|code| !code.is_empty()),
            kind: reference.classification.clone().or(kind),
            oldest: reference.maximal_age,
            is_food: is_set("Food") || is_set("Beverage"),
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Every entry is complete, so a panic elsewhere cannot have spoilt it.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
