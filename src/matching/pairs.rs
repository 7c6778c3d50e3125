//! Judges profiles against whoever is worth comparing with them, and keeps what is not surely two.

use std::collections::{BTreeMap, BTreeSet};

use super::base::Base;
use crate::duplicates::compact::Sort;
use crate::duplicates::judge::{Band, Judgement, judge};
use crate::duplicates::score::Weights;
use crate::store::{KeptPair, Store, StoreError};

/// What is less probable, in parts per million, is not kept.
const LEAST: i64 = 50_000;

/// What judging has changed.
#[derive(Default)]
pub(super) struct PairChanges {
    pub(super) put: Vec<KeptPair>,
    pub(super) gone: Vec<(i64, i64)>,
}

/// A pair as it is kept; `None` when it is not.
pub(super) fn kept(a: i64, b: i64, judgement: Judgement) -> Option<KeptPair> {
    let ppm = ppm(judgement.probability);
    let is_kept = ppm >= LEAST || judgement.band == Band::Household;
    let (a, b) = (a.min(b), a.max(b));
    is_kept.then(|| KeptPair {
        a,
        b,
        ppm,
        band: judgement.band.name().into(),
        is_vetoed: judgement.is_vetoed,
    })
}

/// A probability in parts per million.
#[expect(clippy::cast_possible_truncation, reason = "a probability is at most a million of them")]
pub(super) fn ppm(probability: f32) -> i64 {
    (f64::from(probability) * 1e6).round() as i64
}

/// The probability that is kept as so many parts per million.
#[expect(clippy::cast_precision_loss, reason = "a million is exact")]
pub(super) fn probability(ppm: i64) -> f32 {
    ppm as f32 / 1e6
}

/// The band called `name`.
pub(super) fn band(name: &str) -> Band {
    Band::ALL.into_iter().find(|band| band.name() == name).unwrap_or(Band::None)
}

/// Judges these profiles anew; `gone` are in no pair any more.
pub(super) async fn judge_all(
    store: &Store,
    weights: &Weights,
    base: &mut Base,
    numbers: &[i64],
    gone: &[i64],
) -> Result<PairChanges, StoreError> {
    base.load_profiles(store, numbers).await?;
    base.load_candidates(store, numbers).await?;
    let (mut wanted, mut buffer) = (BTreeSet::new(), Vec::new());
    for number in numbers {
        for other in base.candidates(*number, &mut buffer) {
            wanted.insert((*number.min(&other), *number.max(&other)));
        }
    }
    let both: BTreeSet<i64> = wanted.iter().flat_map(|(a, b)| [*a, *b]).collect();
    let both: Vec<i64> = both.into_iter().collect();
    base.load_profiles(store, &both).await?;
    base.load_standings(store, &both).await?;
    let mut found: BTreeMap<(i64, i64), KeptPair> = BTreeMap::new();
    for (a, b) in wanted {
        if let Some(pair) = pair(base, weights, a, b) {
            found.insert((a, b), pair);
        }
    }
    let looked_at: Vec<i64> = numbers.iter().chain(gone).copied().collect();
    let mut changes = PairChanges::default();
    for known in store.pairs_of(&looked_at).await? {
        match found.remove(&(known.a, known.b)) {
            Some(pair) if pair == known => {}
            Some(pair) => changes.put.push(pair),
            None => changes.gone.push((known.a, known.b)),
        }
    }
    changes.put.extend(found.into_values());
    Ok(changes)
}

/// The judged pair of two profiles; `None` when they are surely two.
fn pair(base: &Base, weights: &Weights, a: i64, b: i64) -> Option<KeptPair> {
    let (one, other) = (base.card(a)?, base.card(b)?);
    if one.kind != other.kind || one.features.view().sort() == Sort::Dummy {
        return None;
    }
    let judgement = judge(weights, &base.side(a), &base.side(b), base.n_profiles());
    kept(a, b, judgement)
}
