//! All profiles against all: what the index lacks is made, every pair is judged, and pairs and proposals are brought to
//! what was found. Profiles are read in pages; what stays in memory is their features and the pairs that are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;

use super::base::ALL;
use super::groups::{Apart, Group, members_of, ordered, proposed};
use super::learning::InForce;
use super::pairs::{kept, probability};
use super::profile::FORM;
use super::{LEASE, Matcher, nights, proposals};
use crate::duplicates::compact::Compact;
use crate::duplicates::compare::Side;
use crate::duplicates::index::{Builder, Index};
use crate::duplicates::judge::Judgement;
use crate::duplicates::scan::{Pair, Profiles, groups, pairs};
use crate::duplicates::score::Weights;
use crate::model::matched::{fingerprint, is_profile};
use crate::model::{RecordId, RecordKind, SystemId};
use crate::store::{Commit, CursorMove, KeptPair, KeptProfile, ReviewFilter, StoreError};

/// How many profiles are read at once.
const PAGE: u32 = 1000;
/// How many pairs are stored at once.
const PAIRS: usize = 2000;
/// How many groups are proposed at once.
const GROUPS: usize = 100;
/// How long judging all may take without a word.
pub(super) const LONG: TimeDelta = TimeDelta::minutes(15);
/// The stream under which is noted what the last scan has found.
pub(super) const NOTED: &str = "duplicates:scanned";
/// Most open proposals that are looked through for what nobody proposes any more.
const OPEN: u32 = 1_000_000;

/// What a scan has found.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Scanned {
    /// How many profiles there are.
    pub profiles: usize,
    /// How many pairs were judged.
    pub judged: usize,
    /// How many pairs are kept, by band.
    pub pairs: BTreeMap<String, usize>,
    /// How many groups are proposed, by band.
    pub proposals: BTreeMap<String, usize>,
    /// How many blocks stay too large however they are parted.
    pub capped: usize,
    /// The version of the weights that pairs were judged by; 0: the shipped ones.
    #[serde(default)]
    pub weights: i64,
}

/// All profiles in memory: places are in the order of their numbers.
struct All {
    index: Index,
    numbers: Vec<i64>,
    records: Vec<RecordId>,
    kinds: Vec<RecordKind>,
    apart: Apart,
}

impl Matcher {
    /// Looks at all profiles; `None` when somebody else has the turn.
    ///
    /// # Errors
    /// The store did not answer, or somebody else has taken the turn; the next scan begins anew.
    pub async fn scan(&self) -> Result<Option<Scanned>, StoreError> {
        if !self.take_turn(LONG).await? {
            return Ok(None);
        }
        let scanned = self.scan_all().await;
        self.rest().await?;
        scanned.map(Some)
    }

    async fn scan_all(&self) -> Result<Scanned, StoreError> {
        let store = &self.hub.store;
        let since = store.match_since().await?;
        self.complete_index().await?;
        store.freshen_statistics().await?;
        self.follow_decisions().await?;
        let weights = self.in_force().await?;
        let all = self.all().await?;
        let (mut all, judged) = self.judge(all, &weights).await?;
        let mut scanned = Scanned {
            profiles: all.index.len(),
            judged: judged.0,
            capped: all.index.capped(),
            weights: weights.version,
            ..Scanned::default()
        };
        for pair in &judged.1 {
            *scanned.pairs.entry(pair.judgement.band.name().to_owned()).or_default() += 1;
        }
        self.store_pairs(&all, &judged.1).await?;
        let group = |clashes: &Apart| {
            all.apart.extend(clashes);
            all.groups(&weights.weights, &judged.1)
        };
        let found = nights::parted(&self.hub, group).await?;
        for group in &found {
            *scanned.proposals.entry(group.band.name().to_owned()).or_default() += 1;
        }
        self.propose_all(&weights, &found).await?;
        store.forget_undecided().await?;
        if let Some(since) = since {
            store.end_match_since(since).await?;
        }
        self.note(&scanned).await?;
        Ok(scanned)
    }

    /// Brings the index to the records.
    async fn complete_index(&self) -> Result<(), StoreError> {
        let store = &self.hub.store;
        if store.profiles_after(0, 1).await?.iter().any(|kept| kept.form != FORM) {
            store.forget_profiles(self.turn(LONG)).await?;
        }
        loop {
            let gone = store.gone_profiles(0, PAGE).await?;
            if gone.is_empty() {
                break;
            }
            let ids: Vec<RecordId> = gone.iter().map(|kept| kept.record).collect();
            self.change(&gone, &ids).await?;
        }
        for kind in RecordKind::ALL {
            let mut after = None;
            loop {
                let page = if is_profile(kind) { PAGE } else { 0 };
                let records = store.live_records(kind, after, page).await?;
                let Some(last) = records.last() else { break };
                after = Some(last.id);
                let ids: Vec<RecordId> = records.iter().map(|record| record.id).collect();
                let kept = store.kept_profiles(&ids).await?;
                let known: BTreeMap<RecordId, i64> =
                    kept.iter().map(|kept| (kept.record, kept.fingerprint)).collect();
                let changed =
                    records.iter().filter(|record| fingerprint(record) != known.get(&record.id).copied());
                let changed: Vec<RecordId> = changed.map(|record| record.id).collect();
                self.change(&kept, &changed).await?;
            }
        }
        Ok(())
    }

    async fn change(&self, kept: &[KeptProfile], ids: &[RecordId]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let records = self.hub.store.records(ids).await?;
        let draft = self.draft(kept, &records).await?;
        self.hub.store.change_profiles(self.turn(LONG), self.hub.clock.now(), &draft.changes).await?;
        Ok(())
    }

    /// All profiles of the index.
    async fn all(&self) -> Result<All, StoreError> {
        let store = &self.hub.store;
        let (mut builder, mut numbers) = (Builder::default(), Vec::new());
        let (mut records, mut kinds) = (Vec::new(), Vec::new());
        loop {
            let page = store.profiles_after(numbers.last().copied().unwrap_or(0), PAGE).await?;
            if page.is_empty() {
                break;
            }
            for kept in page {
                numbers.push(kept.number);
                records.push(kept.record);
                kinds.push(kept.kind);
                builder.add(Compact::from_bytes(kept.features));
            }
        }
        let index = aside(|n_threads| builder.build(n_threads)).await;
        let apart = store.all_kept_apart().await?.into_iter().map(|(a, b)| ordered(a, b)).collect();
        Ok(All { index, numbers, records, kinds, apart })
    }

    /// How many pairs were judged, and those that are kept.
    async fn judge(&self, all: All, weights: &Arc<InForce>) -> Result<(All, (usize, Vec<Pair>)), StoreError> {
        let weights = Arc::clone(weights);
        let judged = aside(move |n_threads| {
            let mut pairs = pairs(&all.index, &weights.weights, n_threads);
            let judged = pairs.len();
            pairs.retain(|pair| all.kept(pair).is_some());
            for pair in &mut pairs {
                // As the store keeps it, so that nothing depends on who has judged.
                pair.judgement.probability = probability(super::pairs::ppm(pair.judgement.probability));
            }
            (all, (judged, pairs))
        })
        .await;
        self.take_turn(LONG).await?;
        Ok(judged)
    }

    /// Stores what differs from the pairs that are stored; both come in the same order.
    async fn store_pairs(&self, all: &All, found: &[Pair]) -> Result<(), StoreError> {
        let store = &self.hub.store;
        let found: Vec<KeptPair> = found.iter().filter_map(|pair| all.kept(pair)).collect();
        let mut found = found.into_iter().peekable();
        let (mut put, mut gone): (Vec<KeptPair>, Vec<(i64, i64)>) = (Vec::new(), Vec::new());
        let mut after = (0, 0);
        loop {
            let page = store.pairs_after(after, PAGE).await?;
            for known in &page {
                after = (known.a, known.b);
                while let Some(new) = found.next_if(|pair| (pair.a, pair.b) < after) {
                    put.push(new);
                }
                match found.next_if(|pair| (pair.a, pair.b) == after) {
                    Some(pair) if pair == *known => {}
                    Some(pair) => put.push(pair),
                    None => gone.push(after),
                }
            }
            if page.is_empty() {
                put.extend(found.by_ref());
            }
            while put.len() + gone.len() > if page.is_empty() { 0 } else { PAIRS } {
                let some: Vec<KeptPair> = put.drain(..put.len().min(PAIRS)).collect();
                let now = self.hub.clock.now();
                store.change_pairs(self.turn(LONG), now, &some, &std::mem::take(&mut gone)).await?;
            }
            if page.is_empty() {
                return Ok(());
            }
        }
    }

    /// Proposes the groups, and settles what nobody proposes any more.
    async fn propose_all(&self, weights: &InForce, found: &[Group]) -> Result<(), StoreError> {
        for groups in found.chunks(GROUPS) {
            let members: Vec<RecordId> =
                groups.iter().flat_map(|group| group.members.iter().copied()).collect();
            proposals::put(&self.hub, weights, &members, groups).await?;
            self.take_turn(LEASE).await?;
        }
        let proposed: BTreeSet<RecordId> =
            found.iter().flat_map(|group| group.members.iter().copied()).collect();
        let filter = ReviewFilter { kind: Some("duplicates"), ..ReviewFilter::default() };
        for review in self.hub.store.open_reviews(&filter, OPEN).await? {
            let members = members_of(std::slice::from_ref(&review));
            if members.is_disjoint(&proposed) {
                let members: Vec<RecordId> = members.into_iter().collect();
                proposals::put(&self.hub, weights, &members, &[]).await?;
            }
        }
        Ok(())
    }

    async fn note(&self, scanned: &Scanned) -> Result<(), StoreError> {
        let cursor = serde_json::to_string(scanned).ok();
        let step = CursorMove { system: SystemId::new(""), stream: NOTED.into(), cursor };
        let commit = Commit { now: self.hub.clock.now(), cursors: vec![step], ..Commit::default() };
        self.hub.store.commit(commit).await
    }

    /// What the last scan has found.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn last_scan(&self) -> Result<Option<Scanned>, StoreError> {
        let noted = self.hub.store.cursor(&SystemId::new(""), NOTED).await?;
        Ok(noted.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Whether so many profiles have come or gone since the last scan that counts of names mean something else.
    pub(super) async fn has_outgrown(&self, last: &Scanned) -> Result<bool, StoreError> {
        let bearers = self.hub.store.bearers(&[ALL]).await?;
        let now = bearers.first().map_or(0, |(_, n)| usize::try_from(*n).unwrap_or_default());
        Ok(now.abs_diff(last.profiles) > last.profiles / 5 + 50)
    }
}

/// Work that would hold up others, done with as many threads as there are.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce(usize) -> T + Send + 'static) -> T {
    let n_threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let done = tokio::task::spawn_blocking(move || work(n_threads)).await;
    done.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

impl All {
    /// A pair as it is stored; `None` when it is not.
    fn kept(&self, pair: &Pair) -> Option<KeptPair> {
        let (a, b) = (pair.a as usize, pair.b as usize);
        if self.kinds.get(a)? != self.kinds.get(b)? {
            return None;
        }
        let Judgement { probability, band, is_vetoed } = pair.judgement;
        kept(*self.numbers.get(a)?, *self.numbers.get(b)?, Judgement { probability, band, is_vetoed })
    }

    fn groups(&self, weights: &Weights, pairs: &[Pair]) -> Vec<Group> {
        let found = groups(self, weights, pairs);
        proposed(self, &found, pairs, |at| {
            Some((*self.records.get(at as usize)?, *self.kinds.get(at as usize)?))
        })
    }
}

impl Profiles for All {
    fn side(&self, id: u32) -> Side<'_> {
        self.index.side(id)
    }

    fn rank(&self, id: u32) -> u64 {
        self.index.rank(id)
    }

    fn n_profiles(&self) -> usize {
        self.index.len()
    }

    fn is_apart(&self, a: u32, b: u32) -> bool {
        let (a, b) = (a as usize, b as usize);
        let (Some(one), Some(other)) = (self.records.get(a), self.records.get(b)) else { return false };
        self.kinds.get(a) != self.kinds.get(b) || self.apart.contains(&ordered(*one, *other))
    }
}
