//! Takes apart again what a decision has made one, as exactly as can be, and says what cannot be.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{How, ReviewError};
use crate::clock::new_id;
use crate::hub::Hub;
use crate::model::ids::{LinkId, ReviewId};
use crate::model::journal::{Entry, Event};
use crate::model::review::{Apart, MadeOne, ReviewState, Task};
use crate::model::{
    FieldKey, Lane, Life, Link, ObservationId, OperatorId, Provenance, Record, RecordId, Review, ReviewKind,
};
use crate::reconcile::{FollowUp, Story, Unwound, irreversible, resuming, unwind};
use crate::store::{Commit, Races, StoreError};

/// What followed from taking records apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undone {
    /// The records that have come back to life.
    pub restored: Vec<RecordId>,
    /// Systems that will be written.
    pub n_due: usize,
    /// What systems keep as one: nobody but their staff can take it back.
    pub stays: Vec<FollowUp>,
}

/// Undoes the merge that the review called `id` was accepted with.
///
/// Every record gets back what it had, and what has happened to it since; its links take up their places; the records are
/// kept apart from now on. What a system has merged stays merged there: it is given back, written down, and opened as work
/// for its staff.
///
/// # Errors
/// [`ReviewError`] says why everything stays as it is.
pub async fn undo(hub: &Hub, id: ReviewId, operator: &OperatorId) -> Result<Undone, ReviewError> {
    let mut races = Races::of("an undoing that lost every race");
    loop {
        let review = hub.store.review(id).await?.ok_or(ReviewError::Unknown(id))?;
        let made = match &review.state {
            ReviewState::Accepted { merge: Some(made), .. } => made.clone(),
            ReviewState::Undone { .. } => return Err(ReviewError::Ended(id, How(review.state))),
            ReviewState::Open
            | ReviewState::Accepted { merge: None, .. }
            | ReviewState::Rejected { .. }
            | ReviewState::Settled { .. } => return Err(ReviewError::NothingToUndo(id)),
        };
        let tree = Tree::load(hub, &made).await?.ok_or(ReviewError::NothingToUndo(id))?;
        let (commit, undone) = tree.part(hub, &review, &made, operator).await?;
        if races.are_won(hub.store.commit(commit).await)? {
            return Ok(undone);
        }
    }
}

/// The record that stayed, and everything that is one with it.
struct Tree {
    main: Record,
    /// Each alias with the record that it went into.
    into: BTreeMap<RecordId, RecordId>,
    links: Vec<Link>,
    /// What the journal tells of them, oldest first.
    story: Vec<Entry>,
    /// The merges into the main record that stand, oldest first, with their aliases.
    standing: Vec<(Entry, Record)>,
    /// The records that are to come back to life.
    undone: Vec<RecordId>,
}

impl Tree {
    /// Loads the tree; `None` when nothing of the merge is left to undo.
    async fn load(hub: &Hub, made: &MadeOne) -> Result<Option<Self>, ReviewError> {
        let Some(main) = hub.store.records(&[made.main]).await?.pop() else { return Ok(None) };
        if let Life::MergedInto(other) = main.life {
            return Err(ReviewError::GoneOn(main.id, other));
        }
        let into = hub.store.aliases(&[main.id]).await?;
        let direct: Vec<RecordId> =
            into.iter().filter(|(_, to)| **to == main.id).map(|(id, _)| *id).collect();
        let undone: Vec<RecordId> = made.others.iter().copied().filter(|id| direct.contains(id)).collect();
        if undone.is_empty() {
            return Ok(None);
        }
        let links = hub.store.links_of(&[main.id], None).await?.into_iter().map(|one| one.link).collect();
        let everyone: Vec<RecordId> = into.keys().copied().chain([main.id]).collect();
        let story = hub.store.story_of(&everyone).await?;
        let standing = standing(main.id, &story, hub.store.records(&direct).await?);
        Ok(Some(Self { main, into, links, story, standing, undone }))
    }

    /// The direct alias of the main record that an alias is part of; `None` for the main record itself.
    fn branch(&self, record: RecordId) -> Option<RecordId> {
        let mut at = record;
        let mut passed = BTreeSet::new();
        while let Some(next) = self.into.get(&at).filter(|_| passed.insert(at)) {
            if *next == self.main.id {
                return Some(at);
            }
            at = *next;
        }
        None
    }

    /// Whose a link is once the merge is undone.
    fn root(&self, link: &Link) -> RecordId {
        self.branch(link.record).filter(|branch| self.undone.contains(branch)).unwrap_or(self.main.id)
    }

    /// Takes the records apart. What was changed of a record that was made for the merge, and by no system, goes to the
    /// first of the others.
    fn unwind(&self, hub: &Hub, made: &MadeOne) -> Result<Unwound, ReviewError> {
        let of_both = self.counterparts_of_both();
        let links = self.links.iter().filter(|link| !of_both.contains(&link.id));
        let record_of: BTreeMap<LinkId, RecordId> = links.map(|link| (link.id, link.record)).collect();
        let seen = self.story.iter().filter_map(|entry| Some((entry.id, *record_of.get(&entry.link?)?)));
        let seen_of: BTreeMap<ObservationId, RecordId> = seen.collect();
        let owner = |provenance: &Provenance| {
            let record = seen_of.get(&provenance.observation?)?;
            Some(self.branch(*record).unwrap_or(self.main.id))
        };
        let of_nobody = self.undone.first().copied().filter(|_| made.is_new);
        let story = Story { entries: &self.story, owner: &owner, of_nobody };
        Ok(unwind(&hub.rules, &self.main, &self.standing, &self.undone, story)?)
    }

    /// The counterparts that were created when some of the records were one already: nobody can tell of whom they speak.
    fn counterparts_of_both(&self) -> BTreeSet<LinkId> {
        let is_undone = |(_, alias): &&(Entry, Record)| self.undone.contains(&alias.id);
        let Some((first, _)) = self.standing.iter().find(is_undone) else { return BTreeSet::new() };
        let since = self.story.iter().skip_while(|entry| entry.id != first.id);
        let created = since.filter(|entry| matches!(entry.event, Event::Creating { .. }));
        created.filter_map(|entry| entry.link).collect()
    }

    async fn part(
        &self,
        hub: &Hub,
        review: &Review,
        made: &MadeOne,
        operator: &OperatorId,
    ) -> Result<(Commit, Undone), ReviewError> {
        let now = hub.clock.now();
        let Unwound { mut main, restored, rejoined, events, doubtful } = self.unwind(hub, made)?;
        let stands_for_nobody =
            made.is_new && self.into.values().filter(|to| **to == main.id).count() == self.undone.len();
        if stands_for_nobody {
            main.life = Life::Retired;
        }
        let apart: Vec<RecordId> =
            self.undone.iter().copied().chain((!made.is_new).then_some(main.id)).collect();
        let mut commit = Commit {
            now,
            apart: Apart::all(&apart, operator, now, "a merge was undone"),
            links: self.parted_links(),
            ..Commit::default()
        };
        let stays = irreversible(&self.links, &|link| self.root(link));
        tell(&mut commit, review, main.id, operator, events, &stays, &doubtful);
        let state = ReviewState::Undone { by: operator.clone(), at: now };
        commit.reviews.push(Review { state, ..review.clone() });
        self.settle(hub, &mut commit).await?;
        for question in stays.clone() {
            commit.open(question.asked(ReviewId::new(new_id()), now), ObservationId::new(new_id()));
        }
        let undone: Vec<RecordId> = restored.iter().map(|record| record.id).collect();
        let live = restored.iter().chain((!stands_for_nobody).then_some(&main));
        for record in live {
            commit.due_at(hub.rules.systems.keys(), (record.id, record.kind), Lane::Live);
        }
        commit.records = restored;
        commit.records.extend(rejoined);
        commit.records.push(main);
        let n_due = commit.due.len();
        Ok((commit, Undone { restored: undone, n_due, stays }))
    }

    /// The links, each of its own record, where they take up their places again. All of them are written, so that nothing
    /// that is heard through one of them meanwhile is left out of what their guest has said.
    fn parted_links(&self) -> Vec<Link> {
        let mut by_root: BTreeMap<RecordId, Vec<Link>> = BTreeMap::new();
        for link in &self.links {
            by_root.entry(self.root(link)).or_default().push(link.clone());
        }
        let resumed = by_root.values().flat_map(|links| resuming(links)).map(|link| (link.id, link));
        let mut resumed: BTreeMap<LinkId, Link> = resumed.collect();
        self.links.iter().map(|link| resumed.remove(&link.id).unwrap_or_else(|| link.clone())).collect()
    }

    /// Ends the questions that the merge had raised at systems.
    async fn settle(&self, hub: &Hub, commit: &mut Commit) -> Result<(), StoreError> {
        let about: BTreeSet<RecordId> =
            self.links.iter().map(|link| link.record).chain([self.main.id]).collect();
        let at = commit.now;
        for review in hub.store.reviews_about(&about.into_iter().collect::<Vec<_>>()).await? {
            if self.has_gone_away(&review) {
                commit.reviews.push(Review { state: ReviewState::Settled { at }, ..review });
            }
        }
        Ok(())
    }

    fn has_gone_away(&self, review: &Review) -> bool {
        let whose = |id| {
            let is_it = |link: &&Link| {
                Some(&link.system) == review.system.as_ref() && link.external_id.as_ref() == Some(id)
            };
            self.links.iter().find(is_it).map(|link| self.root(link))
        };
        match &review.kind {
            ReviewKind::Proposal { main, others } => {
                *main == self.main.id && others.iter().all(|other| self.undone.contains(other))
            }
            ReviewKind::Work { task: Task::Merge { keep, lose, .. } } => whose(keep) != whose(lose),
            ReviewKind::Work { task: Task::Unmerge { .. } }
            | ReviewKind::Conflict { .. }
            | ReviewKind::Hold { .. }
            | ReviewKind::Quarantine { .. }
            | ReviewKind::Duplicates(_)
            | ReviewKind::Household(_) => false,
        }
    }
}

/// Of each alias the merge that has made it one, in the order in which they were made.
fn standing(main: RecordId, story: &[Entry], aliases: Vec<Record>) -> Vec<(Entry, Record)> {
    let mut aliases: BTreeMap<RecordId, Record> =
        aliases.into_iter().map(|record| (record.id, record)).collect();
    let mut standing = Vec::new();
    // The last word about an alias counts.
    for entry in story.iter().rev().filter(|entry| entry.record == Some(main)) {
        let other = match &entry.event {
            Event::Merged { other_before, .. } => other_before.id,
            Event::Observed { .. }
            | Event::LinkLife { .. }
            | Event::Creating { .. }
            | Event::Written { .. }
            | Event::Split { .. }
            | Event::ReviewOpened { .. }
            | Event::Decided { .. }
            | Event::Viewed { .. }
            | Event::Parked { .. } => continue,
        };
        standing.extend(aliases.remove(&other).map(|alias| (entry.clone(), alias)));
    }
    standing.reverse();
    standing
}

/// The journal's word.
fn tell(
    commit: &mut Commit,
    review: &Review,
    main: RecordId,
    operator: &OperatorId,
    events: Vec<Event>,
    stays: &[FollowUp],
    doubtful: &[(RecordId, FieldKey)],
) {
    let kept = stays.iter().filter_map(|question| match &question.kind {
        ReviewKind::Work { task: Task::Unmerge { keep, lose, .. } } => {
            Some(format!("; `{}` keeps `{lose}` in `{keep}`", question.system))
        }
        ReviewKind::Work { task: Task::Merge { .. } }
        | ReviewKind::Proposal { .. }
        | ReviewKind::Conflict { .. }
        | ReviewKind::Hold { .. }
        | ReviewKind::Quarantine { .. }
        | ReviewKind::Duplicates(_)
        | ReviewKind::Household(_) => None,
    });
    let strict = doubtful.iter().map(|(record, field)| {
        format!("; `{field}` of `{record}`: what allows less stays, for nobody can tell whom it was said of")
    });
    let decision = format!("undo{}", kept.chain(strict).collect::<String>()).into();
    let decided = Event::Decided { review: Some(review.id), operator: operator.as_str().into(), decision };
    let at = commit.now;
    let line = |event| {
        let id = ObservationId::new(new_id());
        Entry { id, at, system: None, record: Some(main), link: None, event }
    };
    commit.journal.extend(std::iter::once(decided).chain(events).map(line));
}
