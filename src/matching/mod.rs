//! Duplicates, looked for whenever a profile changes: a change marks its profile, whoever has the turn brings the index in
//! the store up to it, judges the profile against those who share a key with it, puts together again what hangs together
//! with them, and opens, changes or settles proposals. [`scan`](Matcher::scan) does it to all profiles.
//!
//! A mark ends when its proposals are stored, and everything before may be done twice: whoever dies on the way loses
//! nothing. What makes a pair out of two profiles is [`crate::duplicates`]' business.

mod base;
mod explain;
mod groups;
mod households;
mod index;
mod learning;
mod nights;
mod pairs;
mod profile;
mod proposals;
mod report;
mod scan;

use chrono::{DateTime, TimeDelta};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

pub use explain::{Explained, Factor, explain};
pub use learning::{DecidedPair, LEAST as LEAST_DECISIONS, Learning, decided_pairs};
pub use report::{Report, Shared, report};
pub use scan::Scanned;

use crate::clock::new_id;
use crate::duplicates::Normaliser;
use crate::hub::Hub;
use crate::model::matched::fingerprint;
use crate::model::normalise::placeholder::Placeholders;
use crate::model::{Life, Record, RecordId, RecordKind};
use crate::store::{KeptProfile, Mark, StoreError, Turn, TurnAt, TurnTaker};
use base::{Base, Card};
use index::{Draft, Fresh};
use learning::InForce;
use profile::FORM;

/// How many marked profiles are looked at together.
const BATCH: u32 = 200;
/// How long somebody who has the turn may be silent.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// What a round of work did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Worked {
    /// How many marked profiles were looked at.
    pub profiles: usize,
    /// How many pairs are new, others or gone.
    pub pairs: usize,
    /// How many proposals were opened, changed or settled.
    pub proposals: usize,
    /// Somebody else has the turn: there may be work, and he does it.
    pub is_elsewhere: bool,
    /// The whole index has to be made first: [`Matcher::scan`].
    pub needs_scan: bool,
    /// What was found when all were looked at.
    pub scanned: Option<Scanned>,
}

/// Looks for duplicates.
pub struct Matcher {
    hub: Hub,
    normaliser: Normaliser,
    turns: TurnTaker,
    /// The weights that counted last, with their number in the store.
    weights: Mutex<Option<(Option<i64>, Arc<InForce>)>>,
}

impl Matcher {
    /// A matcher that has not begun.
    pub fn new(hub: &Hub) -> Self {
        let normaliser = Normaliser::new(&hub.matching.relays, &Placeholders::default());
        Self {
            hub: hub.clone(),
            normaliser,
            turns: TurnTaker::new(TurnAt::Matching, new_id()),
            weights: Mutex::default(),
        }
    }

    fn turn(&self, lease: TimeDelta) -> Turn {
        self.turns.until(self.hub.clock.now() + lease)
    }

    async fn take_turn(&self, lease: TimeDelta) -> Result<bool, StoreError> {
        let now = self.hub.clock.now();
        self.turns.take(&self.hub.store, now + lease, now).await
    }

    /// Lets others have the turn, if it is ours.
    ///
    /// # Errors
    /// The store did not answer; the turn ends by itself.
    pub async fn rest(&self) -> Result<(), StoreError> {
        self.turns.rest(&self.hub.store, self.hub.clock.now()).await
    }

    /// Looks at some of the profiles that are marked, or at all where looking at some is not enough: the index is of
    /// another form, what a migration has left is not in it, other weights count, or so many have come that names weigh
    /// something else.
    ///
    /// # Errors
    /// The store did not answer, or somebody else has taken the turn; the marks stay.
    pub async fn keep_up(&self) -> Result<Worked, StoreError> {
        let worked = self.work().await?;
        if worked.profiles > 0 || worked.is_elsewhere {
            return Ok(worked);
        }
        self.ask_about_households().await?;
        let since = self.hub.store.match_since().await?;
        let is_left = since.is_some_and(|since| since.at == DateTime::UNIX_EPOCH);
        let last = self.last_scan().await?.unwrap_or_default();
        let is_needed = worked.needs_scan
            || is_left
            || last.weights != self.in_force().await?.version
            || self.has_outgrown(&last).await?;
        if !is_needed {
            return Ok(worked);
        }
        let scanned = self.scan().await?;
        Ok(Worked { is_elsewhere: scanned.is_none(), needs_scan: false, scanned, ..worked })
    }

    /// Looks at everything that is marked, and gives the turn back; how many profiles that were.
    ///
    /// # Errors
    /// The store did not answer, or somebody else has taken the turn; what is left stays marked.
    pub async fn catch_up(&self) -> Result<usize, StoreError> {
        let mut profiles = 0;
        loop {
            let worked = self.keep_up().await?;
            profiles += worked.profiles;
            if worked.profiles == 0 && worked.scanned.is_none() {
                self.rest().await?;
                return Ok(profiles);
            }
        }
    }

    /// Looks at some of the profiles that are marked. None means that none is left, or that it is somebody else's turn.
    ///
    /// # Errors
    /// The store did not answer, or somebody else has taken the turn; the marks stay.
    pub async fn work(&self) -> Result<Worked, StoreError> {
        let store = &self.hub.store;
        let marks = store.match_marks(BATCH).await?;
        if marks.is_empty() {
            return Ok(Worked::default());
        }
        if !self.take_turn(LEASE).await? {
            return Ok(Worked { is_elsewhere: true, ..Worked::default() });
        }
        let ids: Vec<RecordId> = marks.iter().map(|mark| mark.record).collect();
        let kept = store.kept_profiles(&ids).await?;
        // Whoever changes the weights does so under no turn: what counts now counts for this round.
        let weights = self.in_force().await?;
        let judged_by = self.last_scan().await?.unwrap_or_default().weights;
        if kept.iter().any(|kept| kept.form != FORM) || judged_by != weights.version {
            return Ok(Worked { needs_scan: true, ..Worked::default() });
        }
        let records = store.records(&ids).await?;
        self.look(&weights, &marks, &kept, &records).await
    }

    async fn look(
        &self,
        weights: &InForce,
        marks: &[Mark],
        kept: &[KeptProfile],
        records: &[Record],
    ) -> Result<Worked, StoreError> {
        let store = &self.hub.store;
        let mut draft = self.draft(kept, records).await?;
        draft.mark_others(store).await?;
        let now = self.hub.clock.now();
        let mut base = Base::default();
        let mut numbers = BTreeSet::new();
        if !draft.changes.is_empty() {
            let new = store.change_profiles(self.turn(LEASE), now, &draft.changes).await?;
            numbers.extend(new.into_values());
        }
        let gone: BTreeSet<i64> = draft.changes.gone.iter().copied().collect();
        let is_changed: BTreeSet<i64> =
            draft.changes.changed.iter().map(|(profile, _)| profile.number).collect();
        for profile in kept.iter().filter(|kept| !gone.contains(&kept.number)) {
            numbers.insert(profile.number);
            if !is_changed.contains(&profile.number) {
                base.insert(profile.number, Card::from(profile.clone()));
            }
        }
        let numbers: Vec<i64> = numbers.into_iter().collect();
        let gone_numbers = &draft.changes.gone;
        let changes = pairs::judge_all(store, &weights.weights, &mut base, &numbers, gone_numbers).await?;
        if !changes.put.is_empty() || !changes.gone.is_empty() {
            store.change_pairs(self.turn(LEASE), now, &changes.put, &changes.gone).await?;
        }
        // Partners that a profile has lost are looked at with it: they may be fewer now than were proposed.
        let seeds: BTreeSet<i64> = changes.gone.iter().flat_map(|(a, b)| [*a, *b]).chain(numbers).collect();
        let seeds: Vec<i64> = seeds.into_iter().filter(|number| !gone.contains(number)).collect();
        let ids: Vec<RecordId> = marks.iter().map(|mark| mark.record).collect();
        let (considered, groups) = groups::regroup(&self.hub, &weights.weights, &seeds, &ids).await?;
        let proposals = proposals::put(&self.hub, weights, &considered, &groups).await?;
        store.end_matches(marks).await?;
        let pairs = changes.put.len() + changes.gone.len();
        Ok(Worked { profiles: marks.len(), pairs, proposals, ..Worked::default() })
    }

    /// What these records change in the index.
    async fn draft(&self, kept: &[KeptProfile], records: &[Record]) -> Result<Draft, StoreError> {
        let kept: BTreeMap<RecordId, &KeptProfile> = kept.iter().map(|kept| (kept.record, kept)).collect();
        let is_person = |record: &&Record| record.kind == RecordKind::Person && record.life == Life::Live;
        let persons: Vec<RecordId> = records.iter().filter(is_person).map(|record| record.id).collect();
        let memberships = self.hub.store.membership_numbers(&persons).await?;
        let mut draft = Draft::default();
        for record in records {
            let numbers = memberships.get(&record.id).map(Vec::as_slice).unwrap_or_default();
            let fresh = fingerprint(record).map(|fingerprint| Fresh {
                kind: record.kind,
                fingerprint,
                features: profile::features(&self.normaliser, &self.hub.matching, record, numbers),
            });
            draft.put(record.id, kept.get(&record.id).copied(), fresh);
        }
        Ok(draft)
    }
}
