//! What a merge in the hub means for systems that hold several of its records: they are asked to merge them too, or their
//! staff is.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Rules;
use crate::model::capabilities::MergeSupport;
use crate::model::ids::ReviewId;
use crate::model::review::{ReviewState, Task};
use crate::model::{ExternalId, Link, LinkLife, RecordId, Review, ReviewKind, SystemId};

/// A question that a merge raises at a system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// The record that it is about: the main one, or the one whose counterpart would go.
    pub record: RecordId,
    /// The system.
    pub system: SystemId,
    /// The question.
    pub kind: ReviewKind,
}

impl FollowUp {
    /// The question as a review that waits.
    pub fn asked(self, id: ReviewId, at: DateTime<Utc>) -> Review {
        let Self { record, system, kind } = self;
        Review {
            id,
            record: Some(record),
            system: Some(system),
            kind,
            opened_at: at,
            state: ReviewState::Open,
            postponed: None,
        }
    }
}

/// The questions that follow from a merge of `others` into `main`. `links` are those of all of them as they were, `yielded`
/// those that have given up their place.
pub fn follow_ups(
    rules: &Rules,
    main: RecordId,
    others: &[RecordId],
    links: &[Link],
    yielded: &[Link],
) -> Vec<FollowUp> {
    let (mut asked, mut by_hand) = (BTreeMap::new(), Vec::new());
    for link in yielded.iter().filter(|link| is_there(link)) {
        if can_merge(rules, &link.system) {
            let kind = ReviewKind::Proposal { main, others: others.to_vec() };
            let question = FollowUp { record: main, system: link.system.clone(), kind };
            asked.insert(link.system.clone(), question);
        } else if let (Some(keep), Some(lose)) = (kept_beside(link, links, yielded), &link.external_id) {
            let task = Task::Merge { of: link.kind, keep, lose: lose.clone(), refused: None };
            let kind = ReviewKind::Work { task };
            by_hand.push(FollowUp { record: link.record, system: link.system.clone(), kind });
        }
    }
    asked.into_values().chain(by_hand).collect()
}

/// What systems keep as one although the hub has parted it: whose counterpart went into whose. `links` are those of
/// everybody concerned, `root` tells whose each of them is now.
pub fn irreversible(links: &[Link], root: &dyn Fn(&Link) -> RecordId) -> Vec<FollowUp> {
    let survivor = |gone: &Link, into: &ExternalId| {
        links.iter().find(|link| {
            link.system == gone.system && link.kind == gone.kind && link.external_id.as_ref() == Some(into)
        })
    };
    let stays = |link: &Link| {
        let LinkLife::MergedInto(into) = &link.life else { return None };
        if root(survivor(link, into)?) == root(link) {
            return None;
        }
        let task = Task::Unmerge { of: link.kind, keep: into.clone(), lose: link.external_id.clone()? };
        let kind = ReviewKind::Work { task };
        Some(FollowUp { record: link.record, system: link.system.clone(), kind })
    };
    links.iter().filter_map(stays).collect()
}

/// Whether a system can be asked to merge two of its records.
pub fn can_merge(rules: &Rules, system: &SystemId) -> bool {
    rules.systems.get(system).is_some_and(|rules| match rules.capabilities.merge {
        MergeSupport::Full => true,
        MergeSupport::None | MergeSupport::Seen => false,
    })
}

const fn is_there(link: &Link) -> bool {
    matches!(link.life, LinkLife::Live | LinkLife::Suspect(_))
}

/// The counterpart that has stayed where `link` has stepped back.
fn kept_beside(link: &Link, links: &[Link], yielded: &[Link]) -> Option<ExternalId> {
    let stays = |other: &&Link| {
        other.system == link.system
            && other.kind == link.kind
            && other.is_writable()
            && !yielded.iter().any(|yielded| yielded.id == other.id)
    };
    links.iter().find(stays)?.external_id.clone()
}
