//! Puts together again what hangs together with some profiles, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::base::Base;
use super::nights;
use super::pairs::{band, probability};
use crate::duplicates::compare::levels::Document;
use crate::duplicates::compare::{N_FACTORS, Side, compare};
use crate::duplicates::judge::{Band, Judgement};
use crate::duplicates::scan::{Pair, Profiles, groups};
use crate::duplicates::score::Weights;
use crate::hub::Hub;
use crate::model::{RecordId, RecordKind, Review, ReviewKind};
use crate::store::{KeptPair, Store, StoreError};

/// Most profiles that are put together at once; a larger heap is left to the scan of all.
const MOST: usize = 3000;

/// Profiles that are proposed as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// Their kind.
    pub(super) of: RecordKind,
    /// The profiles.
    pub(super) members: Vec<RecordId>,
    /// How sure the weakest of them is.
    pub(super) band: Band,
    /// And how probable.
    pub(super) ppm: i64,
    /// The pairs that speak for it.
    pub(super) pairs: Vec<Spoken>,
}

/// A pair that speaks for a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spoken {
    /// The two, the lower id first.
    pub(super) pair: (RecordId, RecordId),
    /// As they compare.
    pub(super) cells: [u16; N_FACTORS],
    /// Whether they are identified by a document.
    is_documented: bool,
}

impl Group {
    /// The pairs that are identified by a document.
    pub(super) fn documented(&self) -> impl Iterator<Item = (RecordId, RecordId)> + use<'_> {
        self.pairs.iter().filter(|spoken| spoken.is_documented).map(|spoken| spoken.pair)
    }
}

/// Who must not be in one group: whom operators keep apart, and who was at two hotels in one night.
pub(super) type Apart = BTreeSet<(RecordId, RecordId)>;

/// The pairs that operators keep apart among these records.
pub(super) async fn apart(store: &Store, records: &[RecordId]) -> Result<Apart, StoreError> {
    let kept = store.kept_apart(records).await?;
    Ok(kept.into_iter().map(|pair| pair.roots).map(|(one, other)| ordered(one, other)).collect())
}

/// Two records, the lower id first: the same whoever is named first.
pub(super) fn ordered(one: RecordId, other: RecordId) -> (RecordId, RecordId) {
    (one.min(other), one.max(other))
}

/// What hangs together: everybody who can be reached from some profiles by pairs, and the pairs.
struct Heap {
    base: Base,
    pairs: BTreeMap<(i64, i64), KeptPair>,
    members: BTreeSet<i64>,
}

/// Everybody in the heaps and open proposals of these profiles, and what is proposed of them.
pub(super) async fn regroup(
    hub: &Hub,
    weights: &Weights,
    numbers: &[i64],
    records: &[RecordId],
) -> Result<(Vec<RecordId>, Vec<Group>), StoreError> {
    let mut heap = Heap { base: Base::default(), pairs: BTreeMap::new(), members: BTreeSet::new() };
    let mut considered: BTreeSet<RecordId> = records.iter().copied().collect();
    let (mut frontier, mut asked): (Vec<i64>, BTreeSet<RecordId>) = (numbers.to_vec(), BTreeSet::new());
    loop {
        heap.grow(&hub.store, frontier).await?;
        considered.extend(heap.members.iter().filter_map(|number| Some(heap.base.card(*number)?.record)));
        let new: Vec<RecordId> = considered.difference(&asked).copied().collect();
        if new.is_empty() || heap.members.len() > MOST {
            break;
        }
        asked.extend(&new);
        let open = hub.store.open_clusters(&new).await?;
        let members = members_of(&open);
        let unknown: Vec<RecordId> = members.difference(&asked).copied().collect();
        frontier = hub.store.kept_profiles(&unknown).await?.into_iter().map(|kept| kept.number).collect();
        considered.extend(unknown);
    }
    let records: Vec<RecordId> = considered.iter().copied().collect();
    let apart = apart(&hub.store, &records).await?;
    let groups = heap.groups(hub, weights, apart).await?;
    Ok((records, groups))
}

/// Everybody whom open proposals are about.
pub(super) fn members_of(open: &[Review]) -> BTreeSet<RecordId> {
    let mut members = BTreeSet::new();
    for review in open {
        if let ReviewKind::Duplicates(cluster) = &review.kind {
            members.extend(cluster.members());
        }
    }
    members
}

impl Heap {
    /// Adds everybody who can be reached from `frontier`.
    async fn grow(&mut self, store: &Store, mut frontier: Vec<i64>) -> Result<(), StoreError> {
        frontier.retain(|number| self.members.insert(*number));
        let mut added = frontier.clone();
        while !frontier.is_empty() && self.members.len() <= MOST {
            let mut reached = BTreeSet::new();
            for pair in store.pairs_of(&frontier).await? {
                if as_pair(&pair, 0, 1).judgement.is_proposed() {
                    reached.extend([pair.a, pair.b]);
                }
                self.pairs.insert((pair.a, pair.b), pair);
            }
            reached.retain(|number| self.members.insert(*number));
            frontier = reached.into_iter().collect();
            added.extend(&frontier);
        }
        self.base.load_profiles(store, &added).await
    }

    async fn groups(mut self, hub: &Hub, weights: &Weights, apart: Apart) -> Result<Vec<Group>, StoreError> {
        let members: Vec<i64> = self.members.iter().copied().collect();
        let place = |number: i64| members.binary_search(&number).ok().and_then(|at| u32::try_from(at).ok());
        let mut pairs = Vec::new();
        let mut degrees: BTreeMap<i64, usize> = BTreeMap::new();
        for pair in self.pairs.values() {
            let (Some(a), Some(b)) = (place(pair.a), place(pair.b)) else { continue };
            let of_pair = as_pair(pair, a, b);
            if of_pair.judgement.is_proposed() {
                *degrees.entry(pair.a).or_default() += 1;
                *degrees.entry(pair.b).or_default() += 1;
            }
            pairs.push(of_pair);
        }
        // Whoever is proposed is compared again, and where somebody is in two pairs, the third of them may be asked for.
        let is_asked = |pair: &&KeptPair| {
            as_pair(pair, 0, 1).judgement.is_proposed()
                || [pair.a, pair.b].iter().any(|number| degrees.get(number).is_some_and(|degree| *degree > 1))
        };
        let asked: Vec<i64> =
            self.pairs.values().filter(is_asked).flat_map(|pair| [pair.a, pair.b]).collect();
        self.base.load_standings(&hub.store, &asked).await?;
        let mut loaded = Loaded { base: &self.base, members: &members, apart };
        let record = |at: u32| {
            let card = self.base.card(*members.get(at as usize)?)?;
            Some((card.record, card.kind))
        };
        let group = |clashes: &Apart| {
            loaded.apart.extend(clashes);
            let found = groups(&loaded, weights, &pairs);
            proposed(&loaded, &found, &pairs, record)
        };
        nights::parted(hub, group).await
    }
}

fn as_pair(pair: &KeptPair, a: u32, b: u32) -> Pair {
    let judgement =
        Judgement { probability: probability(pair.ppm), band: band(&pair.band), is_vetoed: pair.is_vetoed };
    Pair { a, b, judgement }
}

/// What of groups is proposed: the parts of each that hang together by pairs that are shown.
pub(super) fn proposed(
    profiles: &impl Profiles,
    groups: &[Vec<u32>],
    pairs: &[Pair],
    record: impl Fn(u32) -> Option<(RecordId, RecordKind)>,
) -> Vec<Group> {
    let mut group_of: BTreeMap<u32, usize> = BTreeMap::new();
    for (nth, group) in groups.iter().enumerate() {
        group_of.extend(group.iter().map(|member| (*member, nth)));
    }
    let mut inside: BTreeMap<usize, Vec<&Pair>> = BTreeMap::new();
    for pair in pairs.iter().filter(|pair| is_shown(pair.judgement.band)) {
        if let (Some(a), Some(b)) = (group_of.get(&pair.a), group_of.get(&pair.b))
            && a == b
        {
            inside.entry(*a).or_default().push(pair);
        }
    }
    let mut found = Vec::new();
    for pairs in inside.into_values() {
        found.extend(parts(&pairs).into_iter().filter_map(|part| group(profiles, &part, &pairs, &record)));
    }
    found
}

/// Whether an operator is asked about pairs of a band.
const fn is_shown(band: Band) -> bool {
    match band {
        Band::Identity | Band::Strong | Band::Probable => true,
        Band::Thin | Band::Household | Band::None => false,
    }
}

/// The parts that hang together by these pairs.
fn parts(pairs: &[&Pair]) -> Vec<BTreeSet<u32>> {
    let mut parts: Vec<BTreeSet<u32>> = Vec::new();
    for pair in pairs {
        let is_in = |part: &BTreeSet<u32>| part.contains(&pair.a) || part.contains(&pair.b);
        let (joined, mut others): (Vec<_>, Vec<_>) = parts.into_iter().partition(is_in);
        let mut part: BTreeSet<u32> = joined.into_iter().flatten().collect();
        part.extend([pair.a, pair.b]);
        others.push(part);
        parts = others;
    }
    parts
}

/// A part as it is proposed: as sure as its weakest member, by the best pair that the member has.
fn group(
    profiles: &impl Profiles,
    part: &BTreeSet<u32>,
    pairs: &[&Pair],
    record: &impl Fn(u32) -> Option<(RecordId, RecordKind)>,
) -> Option<Group> {
    let best = |member: &u32| {
        let of_member = pairs.iter().filter(|pair| pair.a == *member || pair.b == *member);
        of_member.max_by(|one, other| one.judgement.probability.total_cmp(&other.judgement.probability))
    };
    let weakest = part
        .iter()
        .filter_map(best)
        .min_by(|one, other| one.judgement.probability.total_cmp(&other.judgement.probability))?;
    let least_sure = part.iter().filter_map(best).map(|pair| pair.judgement.band).max()?;
    let known: Vec<(RecordId, RecordKind)> = part.iter().filter_map(|member| record(*member)).collect();
    let mut members: Vec<RecordId> = known.iter().map(|(record, _)| *record).collect();
    members.sort_unstable();
    let (_, of) = *known.first()?;
    let compared = |pair: &&Pair| {
        let (one, other) = (record(pair.a)?.0, record(pair.b)?.0);
        let comparison = compare(&profiles.side(pair.a), &profiles.side(pair.b), profiles.n_profiles());
        let by_document = comparison.document == Document::Equal;
        Some(Spoken {
            pair: ordered(one, other),
            cells: comparison.cells(),
            is_documented: by_document && pair.judgement.band == Band::Identity,
        })
    };
    let own = pairs.iter().filter(|pair| part.contains(&pair.a));
    let ppm = super::pairs::ppm(weakest.judgement.probability);
    Some(Group { of, members, band: least_sure, ppm, pairs: own.filter_map(compared).collect() })
}

/// A heap's profiles by their places among its members.
struct Loaded<'a> {
    base: &'a Base,
    members: &'a [i64],
    apart: Apart,
}

impl Loaded<'_> {
    fn number(&self, place: u32) -> i64 {
        self.members.get(place as usize).copied().unwrap_or_default()
    }
}

impl Profiles for Loaded<'_> {
    fn side(&self, id: u32) -> Side<'_> {
        self.base.side(self.number(id))
    }

    fn rank(&self, id: u32) -> u64 {
        self.base.rank(self.number(id))
    }

    fn n_profiles(&self) -> usize {
        self.base.n_profiles()
    }

    fn is_apart(&self, a: u32, b: u32) -> bool {
        let of = |id: u32| self.base.card(self.number(id));
        let (Some(a), Some(b)) = (of(a), of(b)) else { return false };
        a.kind != b.kind || self.apart.contains(&(a.record.min(b.record), a.record.max(b.record)))
    }
}
