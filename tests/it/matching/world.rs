//! A hub without systems, its profiles, and what is proposed about them.

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use cardex::clock::Clock;
use cardex::hub::{Hub, Matching};
use cardex::matching::{Matcher, Scanned};
use cardex::model::review::Band;
use cardex::model::{Life, Record, RecordId, Review, ReviewKind, fields};
use cardex::reconcile::Rules;
use cardex::store::{Commit, KeptPair, Recount, ReviewFilter, Store};

use super::people::Guest;
use crate::support::hub::Hub as Memory;

/// What a test changes and looks at.
pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) guests: BTreeMap<RecordId, Guest>,
    ahead: Arc<AtomicI64>,
    memory: Memory,
}

/// What is proposed: the profiles as guests, and how sure it is.
pub(crate) type Proposals = BTreeSet<(Vec<String>, &'static str)>;

impl World {
    pub(crate) fn of(memory: Memory) -> Self {
        let rules = Rules { registry: fields::standard(), ..Rules::default() };
        let ahead = Arc::new(AtomicI64::new(0));
        let (system, shift) = (Clock::system(), Arc::clone(&ahead));
        let clock = Clock::from_fn(move || system.now() + TimeDelta::seconds(shift.load(Ordering::Relaxed)));
        let hub = Hub {
            store: memory.store.clone(),
            rules: Arc::new(rules),
            clock,
            systems: Arc::default(),
            matching: Arc::default(),
        };
        Self { hub, guests: BTreeMap::new(), ahead, memory }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.hub.clock.now()
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, minutes: i64) {
        self.ahead.fetch_add(minutes * 60, Ordering::Relaxed);
    }

    /// Another process on the same database.
    pub(crate) async fn another(&self) -> Hub {
        let store = Store::open_beside(&self.memory.settings).await.expect("it opens");
        Hub { store, ..self.hub.clone() }
    }

    /// Stores new profiles, as a live change or as an import does.
    pub(crate) async fn add(&mut self, guests: &[Guest], recount: Recount) -> Vec<RecordId> {
        let mut ids = Vec::new();
        for page in guests.chunks(100) {
            let records: Vec<Record> = page.iter().map(Guest::record).collect();
            ids.extend(records.iter().map(|record| record.id));
            self.guests.extend(records.iter().map(|record| record.id).zip(page.iter().cloned()));
            let commit = Commit { now: self.now(), records, recount, ..Commit::default() };
            self.hub.store.commit(commit).await.expect("a commit");
        }
        ids
    }

    pub(crate) async fn change(&mut self, id: RecordId, guest: Guest) {
        let record = guest.put(self.record(id).await);
        self.guests.insert(id, guest);
        self.store(record).await;
    }

    pub(crate) async fn set_life(&self, id: RecordId, life: Life) {
        self.store(Record { life, ..self.record(id).await }).await;
    }

    pub(super) async fn store(&self, record: Record) {
        let commit = Commit { now: self.now(), records: vec![record], ..Commit::default() };
        self.hub.store.commit(commit).await.expect("a commit");
    }

    pub(super) async fn record(&self, id: RecordId) -> Record {
        self.hub.store.records(&[id]).await.expect("records").pop().expect("the record")
    }

    /// Looks at everything that is marked; how many profiles that were.
    pub(crate) async fn work(&self) -> usize {
        work_off(&Matcher::new(&self.hub)).await
    }

    /// The same as the daemon does: looks at all when so many have come that names weigh something else.
    pub(crate) async fn keep_up(&self) {
        Matcher::new(&self.hub).catch_up().await.expect("it works");
    }

    pub(crate) async fn scan(&self) -> Scanned {
        Matcher::new(&self.hub).scan().await.expect("a scan").expect("the turn")
    }

    /// Switches the questions about households on or off.
    pub(crate) fn asks_about_households(&mut self, households: bool) {
        self.hub.matching = Arc::new(Matching { households, ..Matching::default() });
    }

    /// The open questions about households.
    pub(super) async fn households(&self) -> Vec<(Review, [RecordId; 2])> {
        let filter = ReviewFilter { kind: Some("household"), ..ReviewFilter::default() };
        let open = self.hub.store.open_reviews(&filter, 100_000).await.expect("reviews");
        let told = open.into_iter().map(|review| {
            let cluster = review.kind.cluster().expect("a household");
            let both: Vec<RecordId> = cluster.members().collect();
            (review, both.try_into().expect("two"))
        });
        told.collect()
    }

    /// The open proposals.
    pub(crate) async fn open(&self) -> Vec<(Review, Vec<RecordId>, Band)> {
        let filter = ReviewFilter { kind: Some("duplicates"), ..ReviewFilter::default() };
        let open = self.hub.store.open_reviews(&filter, 100_000).await.expect("reviews");
        let told = open.into_iter().map(|review| {
            let ReviewKind::Duplicates(cluster) = &review.kind else { panic!("another kind") };
            let (members, band) = (cluster.members().collect(), cluster.band);
            (review, members, band)
        });
        told.collect()
    }

    pub(crate) async fn proposals(&self) -> Proposals {
        let told = self.open().await.into_iter().map(|(_, members, band)| {
            let mut guests: Vec<String> =
                members.iter().map(|member| format!("{:?}", self.guests[member])).collect();
            guests.sort();
            (guests, band.name())
        });
        told.collect()
    }

    /// Every pair that is kept.
    pub(crate) async fn pairs(&self) -> Vec<KeptPair> {
        self.hub.store.pairs_after((0, 0), 1_000_000).await.expect("pairs")
    }
}

/// Lets a matcher work until nothing is left; how many profiles it has looked at.
pub(crate) async fn work_off(matcher: &Matcher) -> usize {
    let mut profiles = 0;
    loop {
        let worked = matcher.work().await.expect("it works");
        profiles += worked.profiles;
        if worked.profiles == 0 {
            matcher.rest().await.expect("it rests");
            return profiles;
        }
    }
}
