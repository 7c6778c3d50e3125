//! How the matcher asks: clusters of profiles that are probably one become reviews, and stay the same reviews while they
//! change.

use chrono::{DateTime, Utc};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

use crate::clock::new_id;
use crate::hub::Hub;
use crate::model::ids::ReviewId;
use crate::model::review::{Cluster, ReviewState};
use crate::model::{ObservationId, RecordId, Review, ReviewKind};
use crate::store::{Commit, Races, StoreError};

/// What the matcher has found among the `considered` profiles: opens what is new, changes what has changed, and settles
/// what is not proposed any more. Gives back how many reviews were touched.
///
/// # Errors
/// The store did not answer.
pub async fn propose(hub: &Hub, considered: &[RecordId], clusters: &[Cluster]) -> Result<usize, StoreError> {
    let everyone: BTreeSet<RecordId> =
        considered.iter().copied().chain(clusters.iter().flat_map(Cluster::members)).collect();
    let is_asked = |kind: &ReviewKind| matches!(kind, ReviewKind::Duplicates(_));
    ask(hub, &everyone, &is_asked, &|open, now| match_up(open, clusters, now, &mut new_id)).await
}

/// Brings the open reviews about `everyone` that are of one kind to what `next` makes of them; how many it touched.
pub(super) async fn ask(
    hub: &Hub,
    everyone: &BTreeSet<RecordId>,
    is_asked: &(dyn Fn(&ReviewKind) -> bool + Sync),
    next: &(dyn Fn(Vec<Review>, DateTime<Utc>) -> Vec<Review> + Sync),
) -> Result<usize, StoreError> {
    let mut races = Races::of("proposals that lost every race");
    let everyone: Vec<RecordId> = everyone.iter().copied().collect();
    loop {
        let mut commit = Commit { now: hub.clock.now(), ..Commit::default() };
        let mut open = hub.store.open_clusters(&everyone).await?;
        open.retain(|review| is_asked(&review.kind));
        let known: BTreeSet<ReviewId> = open.iter().map(|review| review.id).collect();
        for review in next(open, commit.now) {
            if known.contains(&review.id) {
                commit.reviews.push(review);
            } else {
                commit.open(review, ObservationId::new(new_id()));
            }
        }
        let n_touched = commit.reviews.len();
        if races.are_won(hub.store.commit(commit).await)? {
            return Ok(n_touched);
        }
    }
}

/// The reviews that bring `open` to `clusters`: those that are new, have changed or are settled. `open` are all open ones
/// that one of the profiles considered is a member of.
///
/// A cluster keeps the review that it has most members in common with, the older one of two; each review is kept by one
/// cluster, the one that has most of it.
pub fn match_up(
    open: Vec<Review>,
    clusters: &[Cluster],
    now: DateTime<Utc>,
    new_id: &mut dyn FnMut() -> Uuid,
) -> Vec<Review> {
    let keepers = keepers(&open, clusters);
    let taken: BTreeSet<usize> = keepers.values().copied().collect();
    let mut reviews = Vec::new();
    for review in open {
        let cluster = keepers.get(&review.id).and_then(|nth| clusters.get(*nth).cloned());
        let next = match cluster {
            Some(cluster) => Review {
                record: Some(cluster.main),
                kind: ReviewKind::Duplicates(Box::new(cluster)),
                ..review.clone()
            },
            None => Review { state: ReviewState::Settled { at: now }, ..review.clone() },
        };
        if next != review {
            reviews.push(next);
        }
    }
    let fresh = clusters.iter().enumerate().filter(|(nth, _)| !taken.contains(nth));
    reviews.extend(fresh.map(|(_, cluster)| Review {
        id: ReviewId::new(new_id()),
        record: Some(cluster.main),
        system: None,
        kind: ReviewKind::Duplicates(Box::new(cluster.clone())),
        opened_at: now,
        state: ReviewState::Open,
        postponed: None,
    }));
    reviews
}

/// Which cluster each review is kept by.
fn keepers(open: &[Review], clusters: &[Cluster]) -> BTreeMap<ReviewId, usize> {
    let mut held_by: BTreeMap<RecordId, Vec<usize>> = BTreeMap::new();
    for (nth, review) in open.iter().enumerate() {
        for member in super::merge::members_of(review) {
            held_by.entry(member).or_default().push(nth);
        }
    }
    let mut common: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (nth, cluster) in clusters.iter().enumerate() {
        for review in cluster.members().filter_map(|member| held_by.get(&member)).flatten() {
            *common.entry((*review, nth)).or_default() += 1;
        }
    }
    let mut pairs: Vec<(&Review, usize, usize)> = common
        .into_iter()
        .filter_map(|((review, nth), n_common)| Some((open.get(review)?, nth, n_common)))
        .collect();
    pairs.sort_by_key(|(review, nth, n_common)| (Reverse(*n_common), review.opened_at, review.id, *nth));
    let (mut keepers, mut taken) = (BTreeMap::new(), BTreeSet::new());
    for (review, nth, _) in pairs {
        if !keepers.contains_key(&review.id) && taken.insert(nth) {
            keepers.insert(review.id, nth);
        }
    }
    keepers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RecordKind;
    use crate::model::review::Band;

    fn id(number: u128) -> RecordId {
        RecordId::new(Uuid::from_u128(number))
    }

    fn cluster(members: &[u128]) -> Cluster {
        let (main, others) = members.split_first().expect("a member");
        Cluster {
            of: RecordKind::Person,
            main: id(*main),
            others: others.iter().map(|other| id(*other)).collect(),
            band: Band::Strong,
            probability_ppm: 980_000,
            next_arrival: None,
        }
    }

    /// The reviews of `open`, numbered from 100, after the matcher has found `clusters`: number, state and members.
    fn matched(open: &[&[u128]], clusters: &[&[u128]]) -> Vec<(u128, bool, Vec<RecordId>)> {
        let at = |second| DateTime::from_timestamp(second, 0).expect("an instant");
        let review = |(nth, members): (usize, &&[u128])| Review {
            id: ReviewId::new(Uuid::from_u128(100 + nth as u128)),
            record: Some(id(members[0])),
            system: None,
            kind: ReviewKind::Duplicates(Box::new(cluster(members))),
            opened_at: at(1),
            state: ReviewState::Open,
            postponed: None,
        };
        let open = open.iter().enumerate().map(review).collect();
        let clusters: Vec<Cluster> = clusters.iter().map(|members| cluster(members)).collect();
        let mut next = 199;
        let mut new_id = || {
            next += 1;
            Uuid::from_u128(next)
        };
        let reviews = match_up(open, &clusters, at(2), &mut new_id).into_iter();
        let told = reviews.map(|review| {
            let is_open = review.state == ReviewState::Open;
            (review.id.uuid().as_u128(), is_open, super::super::merge::members_of(&review))
        });
        told.collect()
    }

    #[test]
    fn clusters_keep_their_reviews_while_they_change() {
        let members = |all: &[u128]| all.iter().map(|one| id(*one)).collect::<Vec<_>>();
        assert_eq!(matched(&[], &[&[1, 2]]), [(200, true, members(&[1, 2]))], "a new one");
        assert_eq!(matched(&[&[1, 2]], &[&[1, 2]]), [], "nothing has changed");
        assert_eq!(matched(&[&[1, 2]], &[&[3, 1, 2]]), [(100, true, members(&[3, 1, 2]))], "it has grown");
        assert_eq!(matched(&[&[1, 2]], &[]), [(100, false, members(&[1, 2]))], "it is not proposed any more");
        let joined = matched(&[&[1, 2], &[3, 4, 5]], &[&[1, 2, 3, 4, 5]]);
        let expected = [(100, false, members(&[1, 2])), (101, true, members(&[1, 2, 3, 4, 5]))];
        assert_eq!(joined, expected, "the one with more in common is kept");
        let parted = matched(&[&[1, 2, 3, 4]], &[&[1, 2], &[3, 4]]);
        assert_eq!(parted, [(100, true, members(&[1, 2])), (200, true, members(&[3, 4]))], "one keeps it");
    }
}
