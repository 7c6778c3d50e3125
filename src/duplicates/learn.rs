//! Weights that follow a hotel's own decisions, near those that come with the program.

use std::ops::Range;
use std::sync::LazyLock;

use xxhash_rust::xxh3::xxh3_64;

use super::compare::{CELLS, N_FACTORS, cell_name};
use super::index::Index;
use super::judge;
use super::scan;
use super::score::{WEIGHTS, Weights};
use super::train::{Example, fit};

/// How strongly weights stay where they were: some 200 decisions move what they agree on, and little else.
const STRENGTH: f64 = 30.0;
/// One decision in so many is about an uncertain pair, the others are about proposals.
const UNCERTAIN: usize = 5;
/// Fewer decided pairs of either answer say nothing about the other.
pub const LEAST_OF_EACH: usize = 5;
/// So many parts of the decisions are held out, one after the other.
const PARTS: usize = 5;
/// How far what sums mean may be moved, in steps of log odds to either side, and how long a step is.
const MOST_STEPS: i16 = 40;
const STEP: f64 = 0.05;

/// What the numbers of cells mean: those of another form are of other comparisons.
pub static CELLS_FORM: LazyLock<i64> = LazyLock::new(|| {
    let names: Vec<String> = (0..CELLS).map(cell_name).collect();
    xxh3_64(names.join("\n").as_bytes()).cast_signed()
});

/// What learned weights are near to: those that are near to others mean nothing beside these.
pub static BASE: LazyLock<i64> = LazyLock::new(|| {
    xxh3_64(&[CELLS_FORM.to_le_bytes().as_slice(), WEIGHTS.write().as_bytes()].concat()).cast_signed()
});

/// The weights after these decisions; `weights` themselves where there is none.
#[must_use]
pub fn learned(weights: &Weights, decisions: &[Example]) -> Weights {
    if decisions.is_empty() { weights.clone() } else { centred(fit(decisions, weights, STRENGTH), decisions) }
}

/// With the bias at which the probabilities fit the decisions best, pulled to where it is.
fn centred(mut weights: Weights, decisions: &[Example]) -> Weights {
    let cost = |shift: f64| {
        let loss: f64 = decisions.iter().map(|decision| loss(&weights, decision, shift)).sum();
        loss + STRENGTH / 2.0 * shift * shift
    };
    let shifts = (-MOST_STEPS..=MOST_STEPS).map(|step| f64::from(step) * STEP);
    let best = shifts.map(|shift| (cost(shift), shift)).min_by(|one, other| one.0.total_cmp(&other.0));
    #[expect(clippy::cast_possible_truncation, reason = "a shift is some steps long")]
    let shift = best.map_or(0.0, |(_, shift)| shift as f32);
    weights.bias += shift;
    weights
}

/// How far a decision was from what was expected: the negative log of the probability that was given to it.
fn loss(weights: &Weights, decision: &Example, shift: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "a shift is some steps long")]
    let chance = f64::from(weights.probability(weights.sum_of(&decision.cells) + shift as f32));
    let of_answer = if decision.is_same { chance } else { 1.0 - chance };
    -of_answer.clamp(1e-6, 1.0).ln()
}

/// How well weights foretell decisions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Foresight {
    /// Mean log-loss.
    pub loss: f64,
    /// Share of one person among the pairs that would be proposed: 0 to 1; 0 where none would be.
    pub precision: f64,
}

/// What decisions would have been to weights learned from the others, beside the weights that they were learned near.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shadow {
    /// With the weights that come with the program.
    pub before: Foresight,
    /// With those learned from the decisions of the other parts.
    pub after: Foresight,
    /// How many of the decided pairs are one, and how many are not.
    pub answers: (usize, usize),
}

/// Why learned weights are not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Too few decisions of one of the two answers.
    OneSided,
    /// They foretell decisions less well.
    Loss,
    /// More of what they propose is not one person.
    Precision,
}

impl Refusal {
    /// The reason in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::OneSided => "too few of the decided pairs have the other answer",
            Self::Loss => "decisions would have been foretold less well",
            Self::Precision => "more of what is proposed would have been rejected",
        }
    }
}

impl Shadow {
    /// Why the weights must not be used; `None` when they may be.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        if self.answers.0.min(self.answers.1) < LEAST_OF_EACH {
            return Some(Refusal::OneSided);
        }
        if self.after.loss >= self.before.loss {
            return Some(Refusal::Loss);
        }
        (self.after.precision < self.before.precision).then_some(Refusal::Precision)
    }
}

/// Holds out a fifth of the decisions after the other, in the order in which they were taken, and looks at what weights
/// learned from the rest make of it.
#[must_use]
pub fn shadow(weights: &Weights, decisions: &[Example]) -> Shadow {
    let part =
        |nth: usize| -> Range<usize> { decisions.len() * nth / PARTS..decisions.len() * (nth + 1) / PARTS };
    let (mut before, mut after) = (Tally::default(), Tally::default());
    for held_out in (0..PARTS).map(part) {
        let rest = [&decisions[..held_out.start], &decisions[held_out.end..]].concat();
        let learned = learned(weights, &rest);
        for decision in &decisions[held_out] {
            before.add(weights, decision);
            after.add(&learned, decision);
        }
    }
    let n_same = decisions.iter().filter(|decision| decision.is_same).count();
    let answers = (n_same, decisions.len() - n_same);
    Shadow { before: before.foresight(), after: after.foresight(), answers }
}

/// What adds up to [`Foresight`].
#[derive(Default)]
struct Tally {
    decisions: u32,
    loss: f64,
    proposed: u32,
    right: u32,
}

impl Tally {
    fn add(&mut self, weights: &Weights, decision: &Example) {
        self.decisions += 1;
        self.loss += loss(weights, decision, 0.0);
        if weights.probability(weights.sum_of(&decision.cells)) >= judge::PROBABLE {
            self.proposed += 1;
            self.right += u32::from(decision.is_same);
        }
    }

    fn foresight(&self) -> Foresight {
        let share = |of: f64, all: u32| of / f64::from(all.max(1));
        Foresight {
            loss: share(self.loss, self.decisions),
            precision: share(self.right.into(), self.proposed),
        }
    }
}

/// The decisions that operators who are never wrong would take on `n` proposals: `people` says who each profile is.
///
/// Every fifth is about a pair that is nearly as likely one as two. The same profiles give the same decisions.
#[must_use]
pub fn rehearsed(
    index: &Index,
    weights: &Weights,
    people: &[u32],
    n: usize,
    n_threads: usize,
) -> Vec<Example> {
    let cells = scan::cells(index, n_threads);
    let chance = |cells: &[u16]| weights.probability(weights.sum_of(cells));
    let within = |low: f32, high: f32| -> Vec<usize> {
        (0..cells.len()).filter(|at| (low..high).contains(&chance(&cells[*at].2))).collect()
    };
    let proposed = within(judge::THRESHOLD, 1.1);
    let uncertain = within(0.2, 0.8);
    let pick = |nth: usize| {
        let list = if nth.is_multiple_of(UNCERTAIN) { &uncertain } else { &proposed };
        let chance = usize::try_from(xxh3_64(&nth.to_le_bytes()) >> 1).unwrap_or_default();
        list.get(chance % list.len().max(1)).and_then(|at| cells.get(*at))
    };
    let decide = |(a, b, cells): &(u32, u32, [u16; N_FACTORS])| Example {
        cells: *cells,
        is_same: people.get(*a as usize) == people.get(*b as usize),
    };
    (0..n).filter_map(pick).map(decide).collect()
}
