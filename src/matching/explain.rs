//! Why two profiles are taken for one, or for two: the evidence subject by subject, and every factor with what it weighs.

use chrono::NaiveDate;

use super::base::Base;
use super::learning::in_force;
use super::nights::do_clash;
use super::pairs::ppm;
use crate::duplicates::compare::{cell_name, compare};
use crate::duplicates::explain::{Explanation, explain as waterfall};
use crate::duplicates::judge;
use crate::model::RecordId;
use crate::store::{Store, StoreError};

/// One factor of a comparison.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Factor {
    /// The factor and its level: `birth: equal`.
    pub level: String,
    /// What it adds to the sum: natural log odds.
    pub weight: f32,
}

/// A comparison, explained. It holds levels, no values.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Explained {
    /// The evidence, subject by subject.
    #[serde(skip)]
    pub evidence: Explanation,
    /// Every factor, what weighs most first.
    pub factors: Vec<Factor>,
    /// What the sum begins with.
    pub bias: f32,
    /// The sum.
    pub sum: f32,
    /// How probable it is that they are one, in parts per million.
    pub ppm: i64,
    /// What is done about it.
    pub band: &'static str,
    /// Whether something certain speaks against it.
    pub is_vetoed: bool,
    /// Whether they would be compared at all: whether they have a key in common that not too many have.
    pub are_compared: bool,
    /// Whether they were at two hotels in one night.
    pub were_at_two_hotels: bool,
}

/// Compares two profiles as the index has them, and their nights as they are known `today`; `None` when one is not in it.
///
/// # Errors
/// The store did not answer.
pub async fn explain(
    store: &Store,
    today: NaiveDate,
    both: [RecordId; 2],
) -> Result<Option<Explained>, StoreError> {
    let mut base = Base::default();
    let kept = store.kept_profiles(&both).await?;
    let mut numbers: Vec<i64> = kept.iter().map(|kept| kept.number).collect();
    numbers.sort_unstable();
    let [one, other] = numbers[..] else { return Ok(None) };
    base.load_profiles(store, &[one, other]).await?;
    base.load_standings(store, &[one, other]).await?;
    base.load_candidates(store, &[one]).await?;
    let are_compared = base.candidates(one, &mut Vec::new()).contains(&other);
    let comparison = compare(&base.side(one), &base.side(other), base.n_profiles());
    let learned = in_force(store).await?.weights;
    let (weights, judgement) = (judge::counting(&learned, &comparison), judge::of(&learned, &comparison));
    let factor = |cell: u16| {
        let cell = usize::from(cell);
        Factor { level: cell_name(cell), weight: weights.cells.get(cell).copied().unwrap_or_default() }
    };
    let mut factors: Vec<Factor> = comparison.cells().into_iter().map(factor).collect();
    factors.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    Ok(Some(Explained {
        evidence: waterfall(weights, &comparison),
        factors,
        bias: weights.bias,
        sum: weights.sum(&comparison),
        ppm: ppm(judgement.probability),
        band: judgement.band.name(),
        is_vetoed: judgement.is_vetoed,
        are_compared,
        were_at_two_hotels: do_clash(store, today, both).await?,
    }))
}
