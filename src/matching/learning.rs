//! Weights that follow the operators' decisions: what was decided becomes examples, weights are fitted to these, and
//! counted on once they have foretold decisions better than the shipped ones that they are near to.
//!
//! Only an operator's word teaches: what a system has merged, or the policy of the band `identity`, is no label. Everybody
//! compares by the version that counts; where pairs were judged by another one, all are judged anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use chrono::{DateTime, Utc};
use xxhash_rust::xxh3::xxh3_64;

use super::Matcher;
use super::nights::pairs;
use super::proposals::POLICY;
use super::scan::{LONG, aside};
use crate::duplicates::learn::{BASE, CELLS_FORM, Foresight, Shadow, learned, shadow};
use crate::duplicates::score::{WEIGHTS, Weights};
use crate::duplicates::train::Example;
use crate::model::ids::ReviewId;
use crate::model::review::ReviewState;
use crate::model::{RecordId, Review, ReviewKind};
use crate::store::{LearnedWeights, Store, StoreError};

/// Fewer decisions teach nothing.
pub const LEAST: usize = 50;
/// Most decisions that are learned from.
const MOST: u32 = 1_000_000;

/// The weights that count.
pub(super) struct InForce {
    /// Their version; 0: the shipped ones.
    pub(super) version: i64,
    /// The weights.
    pub(super) weights: Weights,
}

/// A pair that operators have decided, as it compared when it was proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecidedPair {
    /// The decision.
    pub review: ReviewId,
    /// When it was taken.
    pub at: DateTime<Utc>,
    /// The two, the lower id first.
    pub pair: (RecordId, RecordId),
    /// Whether they are one.
    pub is_one: bool,
    /// The version of the weights that it was proposed by.
    pub weights: i64,
    /// The cell of each factor.
    pub cells: Vec<u16>,
}

/// What became of learning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Learning {
    /// Nothing: there are too few decisions.
    TooFew {
        /// So many.
        decisions: usize,
    },
    /// New weights, which count or were refused.
    Fitted(Box<LearnedWeights>),
}

/// The weights that count; those that are near to other shipped weights than this program's do not.
pub(super) async fn in_force(store: &Store) -> Result<InForce, StoreError> {
    read(store, store.active_weights(*BASE).await?).await
}

/// The weights with this number, or the shipped ones.
async fn read(store: &Store, version: Option<i64>) -> Result<InForce, StoreError> {
    let learned = match version {
        Some(version) => store.weights_of(version).await?,
        None => None,
    };
    let read = learned.and_then(|learned| Some((learned.version, Weights::read(&learned.weights).ok()?)));
    let (version, weights) = read.unwrap_or_else(|| (0, WEIGHTS.clone()));
    Ok(InForce { version, weights })
}

/// The pairs that operators have decided, in the order of the decisions. Of a pair that was decided again the last word
/// counts; one that was reconsidered, or that was compared by another form of the program, is left out.
///
/// # Errors
/// The store did not answer.
pub async fn decided_pairs(store: &Store) -> Result<Vec<DecidedPair>, StoreError> {
    let compared = store.decided_compared().await?;
    let mut last: BTreeMap<(RecordId, RecordId), (usize, DecidedPair)> = BTreeMap::new();
    for (nth, review) in store.decided_proposals(MOST).await?.iter().enumerate() {
        let Some((is_one, at, members)) = answer(review) else { continue };
        for pair in pairs(&members) {
            let Some((found, is_apart)) = compared.get(&pair) else { continue };
            if is_one != *is_apart && found.form == *CELLS_FORM {
                let (weights, cells) = (found.weights, found.cells.clone());
                last.insert(pair, (nth, DecidedPair { review: review.id, at, pair, is_one, weights, cells }));
            }
        }
    }
    let mut decided: Vec<(usize, DecidedPair)> = last.into_values().collect();
    decided.sort_by_key(|(nth, decided)| (*nth, decided.pair));
    Ok(decided.into_iter().map(|(_, decided)| decided).collect())
}

/// What an operator has said of which profiles, and when; `None` where none has said anything.
fn answer(review: &Review) -> Option<(bool, DateTime<Utc>, Vec<RecordId>)> {
    let ReviewKind::Duplicates(cluster) = &review.kind else { return None };
    match &review.state {
        ReviewState::Accepted { by, at, merge: Some(made) } if by.as_str() != POLICY => {
            Some((true, *at, made.others.iter().copied().chain([made.main]).collect()))
        }
        // Of an undone merge only the pairs that it had made one are kept apart.
        ReviewState::Rejected { at, .. } | ReviewState::Undone { at, .. } => {
            Some((false, *at, cluster.members().collect()))
        }
        ReviewState::Accepted { .. } | ReviewState::Open | ReviewState::Settled { .. } => None,
    }
}

impl Matcher {
    /// Fits weights to the decisions now, whether there are new ones or not; `None` when somebody else has the turn.
    ///
    /// # Errors
    /// The store did not answer, or somebody else has taken the turn.
    pub async fn learn(&self) -> Result<Option<Learning>, StoreError> {
        if !self.take_turn(LONG).await? {
            return Ok(None);
        }
        let learning = self.learn_now().await;
        self.rest().await?;
        learning.map(Some)
    }

    /// The weights that count. They are read when others do than before, not each time.
    pub(super) async fn in_force(&self) -> Result<Arc<InForce>, StoreError> {
        let version = self.hub.store.active_weights(*BASE).await?;
        let known = self.weights.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, weights)) = known.filter(|(of, _)| *of == version) {
            return Ok(weights);
        }
        let weights = Arc::new(read(&self.hub.store, version).await?);
        *self.weights.lock().unwrap_or_else(PoisonError::into_inner) = Some((version, Arc::clone(&weights)));
        Ok(weights)
    }

    async fn learn_now(&self) -> Result<Learning, StoreError> {
        let decided = decided_pairs(&self.hub.store).await?;
        let last = self.hub.store.last_weights().await?;
        self.fit(decided, last).await
    }

    /// Learns from new decisions, where the hotel wants that. Has the turn.
    pub(super) async fn follow_decisions(&self) -> Result<(), StoreError> {
        if !self.hub.matching.learn {
            return Ok(());
        }
        let decided = decided_pairs(&self.hub.store).await?;
        let last = self.hub.store.last_weights().await?;
        let is_known = |last: &LearnedWeights| last.learned_from == digest(&decided) && last.base == *BASE;
        if last.as_ref().is_some_and(is_known) {
            return Ok(());
        }
        if let Learning::Fitted(fitted) = self.fit(decided, last).await? {
            tracing::info!(
                version = fitted.version,
                decisions = fitted.decisions,
                refused = fitted.refused.as_deref().unwrap_or_default(),
                "weights were fitted to the decisions about duplicates"
            );
        }
        Ok(())
    }

    /// Fits weights to the decisions, and counts on them from now on if they pass.
    async fn fit(
        &self,
        decided: Vec<DecidedPair>,
        last: Option<LearnedWeights>,
    ) -> Result<Learning, StoreError> {
        let reviews: BTreeSet<ReviewId> = decided.iter().map(|decided| decided.review).collect();
        if reviews.len() < LEAST {
            return Ok(Learning::TooFew { decisions: reviews.len() });
        }
        let examples: Vec<Example> = decided.iter().filter_map(example).collect();
        let fitting = aside(move |_| (shadow(&WEIGHTS, &examples), learned(&WEIGHTS, &examples)));
        let (shadow, weights) = fitting.await;
        let refusal = shadow.refusal();
        let fitted = LearnedWeights {
            version: last.map_or(1, |last| last.version + 1),
            made_at: self.hub.clock.now(),
            base: *BASE,
            learned_from: digest(&decided),
            decisions: reviews.len() as u64,
            pairs: decided.len() as u64,
            loss: both(&shadow, |foresight| foresight.loss),
            precision: both(&shadow, |foresight| foresight.precision),
            refused: refusal.map(|refusal| refusal.words().to_owned()),
            is_active: refusal.is_none(),
            weights: weights.write(),
        };
        self.hub.store.put_weights(self.turn(LONG), &fitted).await?;
        Ok(Learning::Fitted(Box::new(fitted)))
    }
}

fn example(decided: &DecidedPair) -> Option<Example> {
    Some(Example { cells: decided.cells.as_slice().try_into().ok()?, is_same: decided.is_one })
}

/// What tells whether decisions are the same.
fn digest(decided: &[DecidedPair]) -> i64 {
    let mut told: Vec<String> =
        decided.iter().map(|of| format!("{} {} {}", of.pair.0, of.pair.1, of.is_one)).collect();
    told.sort_unstable();
    xxh3_64(told.join("\n").as_bytes()).cast_signed()
}

/// A figure before and after, in millionths.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most some millions, never below 0"
)]
fn both(shadow: &Shadow, figure: impl Fn(&Foresight) -> f64) -> (u64, u64) {
    let millionths = |figure: f64| (figure * 1e6).round() as u64;
    (millionths(figure(&shadow.before)), millionths(figure(&shadow.after)))
}
