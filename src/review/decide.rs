//! An operator decides: the review ends, and what follows from the decision is marked, in one transaction.

use crate::clock::new_id;
use crate::connectors::ConnectorError;
use crate::hub::Hub;
use crate::model::capabilities::MergeSupport;
use crate::model::ids::ReviewId;
use crate::model::journal::{Entry, Event};
use crate::model::review::ReviewState;
use crate::model::{
    ExternalId, Lane, Link, LinkLife, ObservationId, OperatorId, Record, RecordId, RemoteRef, Review,
    ReviewKind, Role, keys,
};
use crate::reconcile::{Answering, answer};
use crate::store::{Commit, Due, Races, ReadMark, StoreError};

/// What an operator says to a review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Conflict: the system's value stands. Hold: the cycle may go through, once. Quarantine: the id shows somebody
    /// else now. Proposal: merge there too.
    Accept,
    /// Conflict: the hub's value stands. Hold: it stays stopped. Quarantine: it is the same one after all. Proposal:
    /// leave them apart there.
    Reject {
        /// Why.
        reason: String,
    },
}

/// What followed from a decision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decided {
    /// Systems that will be written.
    pub n_due: usize,
    /// Records that will be read again.
    pub n_reads: usize,
    /// The front office has to merge by hand: the system cannot be asked to.
    pub by_hand: bool,
}

/// Why a decision could not be carried out. Nothing has changed then, unless the error says so.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// There is no such review.
    #[error("there is no review `{0}`")]
    Unknown(ReviewId),
    /// It has ended already.
    #[error("the review `{0}` has ended already")]
    Ended(ReviewId),
    /// Its system is not configured any more.
    #[error("the system of the review `{0}` is not configured")]
    NoSystem(ReviewId),
    /// The system could not merge its records; the review is still open.
    #[error("the system could not merge its records")]
    Merge(#[source] ConnectorError),
    /// The hub's own memory failed.
    #[error("could not use the store")]
    Store(#[from] StoreError),
}

/// Ends the review called `id`.
///
/// # Errors
/// [`ReviewError`] says why the review is still open.
pub async fn decide(
    hub: &Hub,
    id: ReviewId,
    decision: &Decision,
    operator: &OperatorId,
) -> Result<Decided, ReviewError> {
    let mut merged = None;
    let mut races = Races::of("a decision that lost every race");
    loop {
        let review = hub.store.review(id).await?.ok_or(ReviewError::Unknown(id))?;
        if review.state != ReviewState::Open {
            return Err(ReviewError::Ended(id));
        }
        let mut draft = Draft::new(hub, &review, decision, operator);
        draft.fill(&review, decision, operator, &mut merged).await?;
        let decided = Decided {
            n_due: draft.commit.due.len(),
            n_reads: draft.commit.reads.len(),
            by_hand: draft.by_hand,
        };
        if races.are_won(hub.store.commit(draft.commit).await)? {
            return Ok(decided);
        }
    }
}

/// The transaction of a decision, as it grows.
struct Draft<'a> {
    hub: &'a Hub,
    entry: ObservationId,
    commit: Commit,
    by_hand: bool,
}

impl<'a> Draft<'a> {
    /// The end of the review and its line in the journal.
    fn new(hub: &'a Hub, review: &Review, decision: &Decision, operator: &OperatorId) -> Self {
        let (now, entry) = (hub.clock.now(), ObservationId::new(new_id()));
        let (state, word) = match decision {
            Decision::Accept => {
                (ReviewState::Accepted { by: operator.clone(), at: now }, "accept".to_owned())
            }
            Decision::Reject { reason } => (
                ReviewState::Rejected { by: operator.clone(), at: now, reason: reason.clone() },
                format!("reject: {reason}"),
            ),
        };
        let event = Event::Decided {
            review: Some(review.id),
            operator: operator.as_str().into(),
            decision: word.into(),
        };
        let line = Entry {
            id: entry,
            at: now,
            system: Some(review.system.clone()),
            record: review.record,
            link: None,
            event,
        };
        let commit = Commit {
            now,
            journal: vec![line],
            reviews: vec![Review { state, ..review.clone() }],
            ..Commit::default()
        };
        Self { hub, entry, commit, by_hand: false }
    }

    async fn fill(
        &mut self,
        review: &Review,
        decision: &Decision,
        operator: &OperatorId,
        merged: &mut Option<bool>,
    ) -> Result<(), ReviewError> {
        let accept = *decision == Decision::Accept;
        match &review.kind {
            ReviewKind::Conflict { .. } => self.conflict(review, accept, operator).await,
            ReviewKind::Quarantine { external_id, .. } => self.quarantine(review, external_id, accept).await,
            ReviewKind::Proposal { main, .. } if accept => self.proposal(review, *main, merged).await,
            // The next cycle of the system looks for holds that were let through.
            ReviewKind::Hold { .. } | ReviewKind::Proposal { .. } => Ok(()),
        }
    }

    async fn conflict(
        &mut self,
        review: &Review,
        accept: bool,
        operator: &OperatorId,
    ) -> Result<(), ReviewError> {
        let Some((record, links)) = self.load(review.record).await? else { return Ok(()) };
        let system = self.hub.systems.get(&review.system);
        let by = Answering {
            operator: operator.as_str(),
            entry: self.entry,
            now: self.commit.now,
            closed_business_date: system.map(|system| system.closed_business_date(self.commit.now)),
        };
        let Some(answer) = answer(&self.hub.rules, &record, &links, review, accept, by) else {
            return Ok(());
        };
        self.commit.due = answer
            .due
            .into_iter()
            .map(|(system, lane)| Due {
                record: record.id,
                system,
                lane,
                rank: record.kind.rank(),
                not_before: self.commit.now,
            })
            .collect();
        self.commit.records.extend(answer.record);
        self.commit.links = answer.links;
        Ok(())
    }

    /// Somebody else: the counterpart gets a record of its own. The same one: it is believed again, and what it shows
    /// is judged like any other change.
    async fn quarantine(
        &mut self,
        review: &Review,
        external_id: &ExternalId,
        is_somebody_else: bool,
    ) -> Result<(), ReviewError> {
        let Some((record, links)) = self.load(review.record).await? else { return Ok(()) };
        let here = |link: &&Link| link.system == review.system && link.life == LinkLife::Quarantined;
        let Some(link) =
            links.iter().filter(here).find(|link| link.external_id.as_ref() == Some(external_id))
        else {
            return Ok(());
        };
        let link = if is_somebody_else {
            let own = Record::new(RecordId::new(new_id()), link.kind);
            let fresh = Link::new(link.id, own.id, link.system.clone(), link.kind, external_id.clone());
            self.commit.records.push(own);
            Link { version: link.version, epoch: link.epoch, slot: link.slot.clone(), ..fresh }
        } else {
            let is_taken = links
                .iter()
                .any(|other| other.system == link.system && other.kind == record.kind && other.is_writable());
            let role = if is_taken { Role::Secondary } else { Role::Primary };
            let mut known = Link { life: LinkLife::Live, role, ..link.clone() };
            // It takes all three of name, birth date and addresses to be suspicious. Without a shadow the addresses
            // are put beside those that are known, and the other two are changes like any other.
            known.shadow.0.remove(&keys::EMAILS);
            known
        };
        self.read(review, &RemoteRef { kind: link.kind, external_id: external_id.clone() });
        self.commit.links.push(link);
        Ok(())
    }

    /// Asks the system to merge what is one record in the hub, where it can be asked.
    async fn proposal(
        &mut self,
        review: &Review,
        main: RecordId,
        merged: &mut Option<bool>,
    ) -> Result<(), ReviewError> {
        let system = self.hub.systems.get(&review.system).ok_or(ReviewError::NoSystem(review.id))?;
        let Some((record, links)) = self.load(Some(main)).await? else { return Ok(()) };
        let live = |link: &&Link| {
            link.system == review.system
                && link.kind == record.kind
                && matches!(link.life, LinkLife::Live | LinkLife::Suspect(_))
        };
        let ids = |role: Role| {
            let of_role = links.iter().filter(live).filter(move |link| link.role == role);
            of_role.filter_map(|link| link.external_id.clone()).collect::<Vec<_>>()
        };
        let (keep, lose) = (ids(Role::Primary), ids(Role::Secondary));
        let can_merge = matches!(system.capabilities.merge, MergeSupport::Full);
        self.by_hand = !can_merge;
        if let (Some(keep), true, None) = (keep.first(), can_merge, *merged) {
            for lose in &lose {
                system.connector.merge(record.kind, keep, lose).await.map_err(ReviewError::Merge)?;
            }
            *merged = Some(true);
        }
        for id in keep.into_iter().chain(lose) {
            self.read(review, &RemoteRef { kind: record.kind, external_id: id });
        }
        Ok(())
    }

    fn read(&mut self, review: &Review, subject: &RemoteRef) {
        self.commit.reads.push(ReadMark {
            system: review.system.clone(),
            subject: subject.clone(),
            lane: Lane::Live,
            not_before: self.commit.now,
            absence: false,
        });
    }

    /// The record, aliases followed, with all its links.
    async fn load(&self, record: Option<RecordId>) -> Result<Option<(Record, Vec<Link>)>, StoreError> {
        let Some(record) = record else { return Ok(None) };
        let Some(root) = self.hub.store.roots(&[record]).await?.remove(&record) else { return Ok(None) };
        let Some(record) = self.hub.store.records(&[root]).await?.into_iter().next() else { return Ok(None) };
        let links = self.hub.store.links_of(&[root], None).await?;
        Ok(Some((record, links.into_iter().map(|linked| linked.link).collect())))
    }
}
