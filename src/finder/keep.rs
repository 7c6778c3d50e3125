//! The index of the search, kept up with what changes. A mark ends when the words of its profile are stored, and what is
//! the same is not written: everything may be done twice.

use chrono::TimeDelta;
use std::collections::{BTreeMap, BTreeSet};

use crate::clock::new_id;
use crate::hub::Hub;
use crate::model::matched::is_profile;
use crate::model::{Life, Record, RecordId, RecordKind};
use crate::queue::progress;
use crate::search::{Words, variants, words_of};
use crate::store::{FirmSum, SearchChanges, SearchDocument, StoreError, Turn, TurnAt, TurnTaker};

/// How many profiles are looked at together.
const BATCH: u32 = 500;
/// How long somebody who has the turn may be silent.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// Keeps the index.
pub struct Keeper {
    hub: Hub,
    turns: TurnTaker,
}

impl Keeper {
    /// A keeper that has not begun.
    pub fn new(hub: &Hub) -> Self {
        Self { hub: hub.clone(), turns: TurnTaker::new(TurnAt::Search, new_id()) }
    }

    /// Looks at some of the profiles that are marked, and says how many; none also when somebody else has the turn.
    ///
    /// # Errors
    /// The store did not answer; the marks stay.
    pub async fn work(&self) -> Result<usize, StoreError> {
        let marks = self.hub.store.search_marks(BATCH).await?;
        if marks.is_empty() || !self.take_turn().await? {
            return Ok(0);
        }
        let records: Vec<RecordId> = marks.iter().map(|mark| mark.record).collect();
        self.look(&records).await?;
        self.hub.store.end_search_marks(&marks).await?;
        Ok(marks.len())
    }

    /// Looks at everything that an import has brought and not marked, or that was there before there was an index.
    /// `false`: somebody else has the turn.
    ///
    /// # Errors
    /// The store did not answer; the next call begins anew.
    pub async fn catch_up(&self) -> Result<bool, StoreError> {
        let Some(since) = self.hub.store.search_since().await? else { return Ok(true) };
        let mut after = None;
        loop {
            if !self.take_turn().await? {
                return Ok(false);
            }
            let page = self.hub.store.profiles_since(since.at, after, BATCH).await?;
            let Some(last) = page.last() else { break };
            after = Some(*last);
            self.look(&page).await?;
            // A million profiles take longer than a loop may be silent.
            progress::beat();
        }
        self.hub.store.end_search_since(since).await?;
        self.hub.store.freshen_statistics().await?;
        Ok(true)
    }

    /// Lets somebody else keep the index, if it is our turn.
    ///
    /// # Errors
    /// The store did not answer; the turn ends by itself.
    pub async fn rest(&self) -> Result<(), StoreError> {
        self.turns.rest(&self.hub.store, self.hub.clock.now()).await
    }

    fn turn(&self) -> Turn {
        self.turns.until(self.hub.clock.now() + LEASE)
    }

    async fn take_turn(&self) -> Result<bool, StoreError> {
        let now = self.hub.clock.now();
        self.turns.take(&self.hub.store, now + LEASE, now).await
    }

    /// Brings the documents of these profiles, and of the roots that they have gone into, up to what is stored.
    async fn look(&self, marked: &[RecordId]) -> Result<(), StoreError> {
        let store = &self.hub.store;
        let roots: BTreeSet<RecordId> = store.roots(marked).await?.into_values().collect();
        let aliases = store.aliases(&roots.iter().copied().collect::<Vec<_>>()).await?;
        let members: BTreeSet<RecordId> = roots.iter().chain(aliases.keys()).copied().collect();
        let concerned: Vec<RecordId> = members.iter().chain(marked).copied().collect();
        let records = store.records(&members.into_iter().collect::<Vec<_>>()).await?;
        let is_firm = |record: &&Record| matches!(record.kind, RecordKind::Company | RecordKind::Agency);
        let firms: Vec<RecordId> = records.iter().filter(is_firm).map(|record| record.id).collect();
        let sums = store.firm_sums(&firms).await?;
        let now = documents(&records, &aliases, &sums);
        let before = store.search_documents(&concerned).await?;
        let changes = changes(before, now);
        if changes.new.is_empty() && changes.changed.is_empty() && changes.gone.is_empty() {
            return Ok(());
        }
        store.change_search(self.turn(), &changes).await
    }
}

/// A document, and those of its words in which a typo is forgiven.
type Read = (SearchDocument, BTreeSet<String>);

/// The documents of the live roots among these records.
fn documents(
    records: &[Record],
    aliases: &BTreeMap<RecordId, RecordId>,
    sums: &BTreeMap<RecordId, FirmSum>,
) -> BTreeMap<RecordId, Read> {
    let mut words: BTreeMap<RecordId, Words> = BTreeMap::new();
    for record in records {
        words.entry(root_of(record.id, aliases)).or_default().add(words_of(record));
    }
    let mut found = BTreeMap::new();
    for root in records.iter().filter(|record| record.life == Life::Live && is_profile(record.kind)) {
        let words = words.remove(&root.id).unwrap_or_default();
        let firm = match root.kind {
            RecordKind::Company | RecordKind::Agency => Some(sums.get(&root.id).cloned().unwrap_or_default()),
            RecordKind::Person
            | RecordKind::Reservation
            | RecordKind::Membership
            | RecordKind::Certificate => None,
        };
        let document = SearchDocument { number: 0, record: root.id, words: words.text(), firm };
        found.insert(root.id, (document, words.names));
    }
    found
}

/// Where a record's aliases end.
fn root_of(id: RecordId, aliases: &BTreeMap<RecordId, RecordId>) -> RecordId {
    let mut at = id;
    // A tree has no longer way than it has aliases.
    for _ in 0..aliases.len() {
        let Some(next) = aliases.get(&at) else { break };
        at = *next;
    }
    at
}

fn changes(before: Vec<SearchDocument>, mut now: BTreeMap<RecordId, Read>) -> SearchChanges {
    let (mut found, mut names) = (SearchChanges::default(), BTreeSet::new());
    let mut gone: BTreeSet<String> = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for old in before {
        if !seen.insert(old.record) {
            continue;
        }
        let words = old.words.split(' ').map(str::to_owned);
        let Some((new, its_names)) = now.remove(&old.record) else {
            gone.extend(words);
            found.gone.push(old);
            continue;
        };
        let new = SearchDocument { number: old.number, ..new };
        if new != old {
            let kept: BTreeSet<&str> = new.words.split(' ').collect();
            gone.extend(words.filter(|word| !kept.contains(word.as_str())));
            names.extend(its_names);
            found.changed.push((old, new));
        }
    }
    for (new, its_names) in now.into_values() {
        names.extend(its_names);
        found.new.push(new);
    }
    let hashed = |word: String| Some((variants(&word), word)).filter(|(hashes, _)| !hashes.is_empty());
    found.variants = names.into_iter().filter_map(hashed).map(|(hashes, word)| (word, hashes)).collect();
    found.forgotten = gone.into_iter().filter_map(hashed).map(|(hashes, word)| (word, hashes)).collect();
    found
}
