//! Groups of profiles that are one person: best pair first, by the average of all pairs between two groups.
//!
//! A chain of weak pairs joins nobody: every pair between two groups counts, also those that were never candidates.

use std::collections::HashMap;

/// Evidence of one pair counts at most this much in an average.
const MOST: f32 = 6.0;
/// Groups that grow beyond this are no person.
const LARGEST: usize = 60;

/// A pair that may be one person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// The one with the smaller number.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// Log odds that they are one, above the threshold.
    pub evidence: f32,
}

/// What is known of pairs while groups are made.
pub trait Evidence {
    /// Log odds that two profiles are one, above the threshold; `None` when they must stay two.
    fn of(&self, a: u32, b: u32) -> Option<f32>;

    /// What orders pairs of equal evidence, whatever their numbers are.
    fn rank(&self, id: u32) -> u64;
}

/// The groups of more than one, each sorted, in the order of their first.
pub fn clusters(mut edges: Vec<Edge>, evidence: &impl Evidence) -> Vec<Vec<u32>> {
    edges.retain(|edge| edge.evidence > 0.0);
    edges.sort_by(|x, y| y.evidence.total_cmp(&x.evidence));
    for equal in edges.chunk_by_mut(|x, y| x.evidence.total_cmp(&y.evidence).is_eq()) {
        equal.sort_by_cached_key(|edge| {
            let (a, b) = (evidence.rank(edge.a), evidence.rank(edge.b));
            (a.min(b), a.max(b))
        });
    }
    let known: HashMap<(u32, u32), f32> =
        edges.iter().map(|edge| ((edge.a, edge.b), edge.evidence)).collect();
    let mut groups: HashMap<u32, Vec<u32>> = HashMap::new();
    let mut group_of: HashMap<u32, u32> = HashMap::new();
    for edge in &edges {
        let (a, b) = (
            group_of.get(&edge.a).copied().unwrap_or(edge.a),
            group_of.get(&edge.b).copied().unwrap_or(edge.b),
        );
        if a == b {
            continue;
        }
        let (left, right) = (
            groups.get(&a).cloned().unwrap_or_else(|| vec![edge.a]),
            groups.get(&b).cloned().unwrap_or_else(|| vec![edge.b]),
        );
        if left.len() + right.len() > LARGEST || !belongs(&left, &right, &known, evidence) {
            continue;
        }
        groups.remove(&b);
        for member in &right {
            group_of.insert(*member, a);
        }
        for member in &left {
            group_of.insert(*member, a);
        }
        groups.insert(a, [left, right].concat());
    }
    let mut found: Vec<Vec<u32>> = groups.into_values().collect();
    for group in &mut found {
        group.sort_unstable();
    }
    found.sort_unstable();
    found
}

/// Whether all pairs between two groups speak for one person, on average, and none forbids it.
fn belongs(left: &[u32], right: &[u32], known: &HashMap<(u32, u32), f32>, evidence: &impl Evidence) -> bool {
    let mut sum = 0.0;
    for one in left {
        for other in right {
            let pair = (*one.min(other), *one.max(other));
            let of_pair = match known.get(&pair) {
                Some(evidence) => Some(*evidence),
                None => evidence.of(pair.0, pair.1),
            };
            let Some(of_pair) = of_pair else { return false };
            sum += of_pair.clamp(-MOST, MOST);
        }
    }
    sum > 0.0
}
