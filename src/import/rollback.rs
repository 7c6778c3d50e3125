//! Takes a released import back: what it has created at the CRMs is withdrawn there, and is not created again.
//!
//! A batch is everything that the lane of the history has created since the operator let the import go. The journal
//! tells it: a counterpart's first entry is that it is about to be created, and in which lane. Only what nobody has changed
//! since is withdrawn, which the system itself checks by the version that the last write left; what a record that stays
//! refers to stays too. Nothing is remembered of a rollback under way: a record that is withdrawn is gone, so that
//! another run goes on with the rest.

use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

use super::{ImportError, gate};
use crate::capture::cycle::Cycle;
use crate::capture::reads::read_now;
use crate::clock::new_id;
use crate::connectors::ConnectorError;
use crate::hub::{Hub, System};
use crate::model::ids::LinkId;
use crate::model::journal::{Entry, Event, WRITE_DONE};
use crate::model::{
    ExternalId, Guard, Lane, Link, LinkLife, ObservationId, OperatorId, RecordId, RecordKind, RemoteRef,
    SystemClass, SystemId, Verdict, Withdrawal, WriteOutcome,
};
use crate::store::{Commit, Linked, Races, StoreError};
use chrono::{DateTime, Utc};

/// How many counterparts are looked at together.
const PAGE: u32 = 500;

/// What a rollback did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RolledBack {
    /// How many records were withdrawn, by system.
    pub withdrawn: BTreeMap<SystemId, u64>,
    /// How many writes that had not gone out yet are held again.
    pub held: u64,
    /// How many writes were under way: what they create is only seen by another run.
    pub under_way: u64,
    /// What stays.
    pub kept: Vec<Kept>,
}

/// A record that the import has created and that stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Where.
    pub system: SystemId,
    /// Its kind.
    pub kind: RecordKind,
    /// Its id there.
    pub external_id: ExternalId,
    /// Why.
    pub why: String,
}

/// Takes back what the last release of the import of `system` has created. `None`: nothing of it was released.
///
/// # Errors
/// [`ImportError`]: what was withdrawn before is withdrawn, and another run goes on with the rest.
pub async fn roll_back(
    hub: &Hub,
    system: &SystemId,
    by: &OperatorId,
) -> Result<Option<RolledBack>, ImportError> {
    let Some(since) = gate::released_at(hub, system).await? else { return Ok(None) };
    gate::note(hub, system, by, "take back what the import has created", None).await?;
    let mut done = RolledBack::default();
    let crms =
        hub.systems.values().filter(|crm| crm.id != *system && class(hub, crm) == Some(SystemClass::Crm));
    for crm in crms {
        let (held, under_way) =
            hub.store.hold_again(&crm.id, system, &gate::reason(system), hub.clock.now()).await?;
        done.withdrawn.insert(crm.id.clone(), 0);
        done.held += held;
        done.under_way += under_way;
        find_created(hub, crm).await?;
        Rollback { hub, system, crm, since, needed: BTreeSet::new(), done: &mut done }.run().await?;
    }
    // What stays is found out in another order when it is asked again.
    done.kept.sort_by(|one, other| {
        let place = |kept: &Kept| std::cmp::Reverse(kept.kind.rank());
        let ids = || one.external_id.cmp(&other.external_id);
        one.system.cmp(&other.system).then_with(|| place(one).cmp(&place(other))).then_with(ids)
    });
    Ok(Some(done))
}

fn class(hub: &Hub, system: &System) -> Option<SystemClass> {
    hub.rules.systems.get(&system.id).map(|rules| rules.class)
}

/// Looks for what was about to be created when whoever was at it died: it may be there all the same.
async fn find_created(hub: &Hub, crm: &System) -> Result<(), ImportError> {
    let creating = hub.store.creating_links(&crm.id).await?;
    for kind in RecordKind::ALL {
        let of_kind = creating.iter().filter(|linked| linked.link.kind == kind);
        let ids: Vec<RecordId> = of_kind.map(|linked| linked.link.record).collect();
        for ids in ids.chunks(crm.capabilities.read_batch.max(1)) {
            crm.turn(Lane::Backfill).await;
            let found = crm.connector.find(kind, ids).await.map_err(capture)?;
            let refs: Vec<RemoteRef> =
                found.into_iter().map(|(_, external_id)| RemoteRef { kind, external_id }).collect();
            read_now(hub, crm, &refs, Lane::Backfill, &mut Cycle::default()).await?;
        }
    }
    Ok(())
}

/// The rollback at one CRM.
struct Rollback<'a> {
    hub: &'a Hub,
    system: &'a SystemId,
    crm: &'a System,
    since: DateTime<Utc>,
    /// Records that something refers to which stays at the CRM.
    needed: BTreeSet<RecordId>,
    done: &'a mut RolledBack,
}

impl Rollback<'_> {
    /// Goes from what refers to what is referred to.
    async fn run(mut self) -> Result<(), ImportError> {
        let mut kinds = RecordKind::ALL;
        kinds.sort_by_key(|kind| std::cmp::Reverse(kind.rank()));
        for kind in kinds {
            let mut after = None;
            loop {
                let page = self.hub.store.live_links(&self.crm.id, kind, after.as_ref(), PAGE).await?;
                let Some((last, ..)) = page.last() else { break };
                after = Some(last.clone());
                let refs: Vec<RemoteRef> =
                    page.into_iter().map(|(external_id, ..)| RemoteRef { kind, external_id }).collect();
                self.page(kind, &refs).await?;
            }
        }
        Ok(())
    }

    async fn page(&mut self, kind: RecordKind, refs: &[RemoteRef]) -> Result<(), ImportError> {
        let mut created = self.created(refs).await?;
        let mut withdrawn = BTreeSet::new();
        if !created.is_empty() && self.crm.capabilities.guard != Guard::Version {
            let subjects: Vec<RemoteRef> = created.iter().map(|one| one.subject.clone()).collect();
            read_now(self.hub, self.crm, &subjects, Lane::Backfill, &mut Cycle::default()).await?;
            created = self.created(refs).await?;
        }
        let mut batch = Vec::new();
        for one in created {
            match self.objection(kind, &one) {
                Some(why) => self.keep(&one.subject, why.to_owned()),
                None => batch.push(one),
            }
        }
        for batch in batch.chunks(self.crm.capabilities.write_batch.max(1)) {
            withdrawn.extend(self.withdraw(kind, batch).await?);
        }
        self.note_needs(refs, &withdrawn).await?;
        Ok(())
    }

    /// Those of the counterparts that the history has created since the release, with what is known of them.
    async fn created(&self, refs: &[RemoteRef]) -> Result<Vec<Created>, StoreError> {
        let linked = self.hub.store.links(&self.crm.id, refs).await?;
        let roots: Vec<RecordId> = linked.iter().map(|linked| linked.root).collect();
        let of_system = self.hub.store.links_of(&roots, Some(self.system)).await?;
        let of_system: BTreeSet<RecordId> = of_system.into_iter().map(|linked| linked.root).collect();
        let records: BTreeSet<RecordId> =
            linked.iter().flat_map(|linked| [linked.root, linked.link.record]).collect();
        let records: Vec<RecordId> = records.into_iter().collect();
        let mut story: BTreeMap<LinkId, Story> = BTreeMap::new();
        for entry in self.hub.store.journal_at(&self.crm.id, &records).await? {
            if let Some(link) = entry.link {
                story.entry(link).or_default().add(&entry, self.since);
            }
        }
        let created =
            linked.into_iter().filter(|linked| of_system.contains(&linked.root)).filter_map(|linked| {
                let story = story.remove(&linked.link.id).filter(|story| story.is_created)?;
                let external_id = linked.link.external_id.clone()?;
                let subject = RemoteRef { kind: linked.link.kind, external_id };
                Some(Created { linked, story, subject })
            });
        // The store gives them in no order; a report that is made again says the same again.
        let mut created: Vec<Created> = created.collect();
        created.sort_by(|one, other| one.subject.cmp(&other.subject));
        Ok(created)
    }

    /// Why a record is not to be withdrawn.
    fn objection(&self, kind: RecordKind, one: &Created) -> Option<&'static str> {
        let able = self.crm.capabilities.kinds.get(&kind).is_some_and(|able| able.withdraw);
        if !able {
            Some("the system cannot take such records back")
        } else if one.story.is_changed() || one.version_has_moved() {
            Some("somebody has changed it since")
        } else if self.needed.contains(&one.linked.root) {
            Some("a record that stays refers to it")
        } else {
            None
        }
    }

    /// Withdraws a batch and gives back the records that are gone.
    async fn withdraw(&mut self, kind: RecordKind, batch: &[Created]) -> Result<Vec<RecordId>, ImportError> {
        let withdrawals: Vec<Withdrawal> = batch.iter().map(Created::withdrawal).collect();
        self.crm.turn(Lane::Backfill).await;
        let outcomes = self.crm.connector.withdraw(kind, &withdrawals).await.map_err(capture)?;
        let (mut gone, mut unknown) = (Vec::new(), false);
        for (one, outcome) in batch.iter().zip(outcomes) {
            match outcome {
                WriteOutcome::Done { .. } | WriteOutcome::NotFound => gone.push(one),
                WriteOutcome::Stale => self.keep(&one.subject, "somebody has changed it since".to_owned()),
                WriteOutcome::Rejected { why, .. } => {
                    self.keep(&one.subject, format!("the system refuses: {why}"));
                }
                WriteOutcome::Exists { .. } | WriteOutcome::Retry { .. } | WriteOutcome::Unknown => {
                    unknown = true;
                }
            }
        }
        self.end(&gone).await?;
        *self.done.withdrawn.entry(self.crm.id.clone()).or_default() += gone.len() as u64;
        if unknown {
            // What is not known to be gone is looked at again by the next run.
            let source = "it has not done all that it was asked to take back".into();
            let system = self.crm.id.as_str().into();
            return Err(capture(ConnectorError::Unreachable { system, sent: true, source }));
        }
        Ok(gone.into_iter().map(|one| one.linked.root).collect())
    }

    /// Ends the links of what is gone: nothing is created there again.
    async fn end(&self, gone: &[&Created]) -> Result<(), StoreError> {
        let ids: BTreeSet<LinkId> = gone.iter().map(|one| one.linked.link.id).collect();
        let subjects: Vec<RemoteRef> = gone.iter().map(|one| one.subject.clone()).collect();
        let mut races = Races::of("the links of withdrawn records");
        loop {
            let now = self.hub.clock.now();
            let links = self.hub.store.links(&self.crm.id, &subjects).await?;
            let links: Vec<Linked> = links
                .into_iter()
                .filter(|linked| ids.contains(&linked.link.id) && !linked.link.life.has_ended())
                .collect();
            let journal = links.iter().map(|linked| self.entry(linked, now)).collect();
            let ended = |Linked { link, .. }| Link { life: LinkLife::Gone, sent: None, ..link };
            let links = links.into_iter().map(ended).collect();
            let commit = Commit { now, links, journal, ..Commit::default() };
            if races.are_won(self.hub.store.commit(commit).await)? {
                return Ok(());
            }
        }
    }

    fn entry(&self, linked: &Linked, at: DateTime<Utc>) -> Entry {
        Entry {
            id: ObservationId::new(new_id()),
            at,
            system: Some(self.crm.id.clone()),
            record: Some(linked.root),
            link: Some(linked.link.id),
            event: Event::LinkLife { external_id: linked.link.external_id.clone(), life: LinkLife::Gone },
        }
    }

    /// Notes what the counterparts refer to that stay.
    async fn note_needs(
        &mut self,
        refs: &[RemoteRef],
        withdrawn: &BTreeSet<RecordId>,
    ) -> Result<(), StoreError> {
        let linked = self.hub.store.links(&self.crm.id, refs).await?;
        let stay: Vec<RecordId> =
            linked.iter().map(|linked| linked.root).filter(|root| !withdrawn.contains(root)).collect();
        let records = self.hub.store.records(&stay).await?;
        let referred: Vec<RecordId> =
            records.iter().flat_map(crate::model::Record::references).map(|(_, id)| id).collect();
        self.needed.extend(self.hub.store.roots(&referred).await?.into_values());
        Ok(())
    }

    fn keep(&mut self, subject: &RemoteRef, why: String) {
        let RemoteRef { kind, external_id } = subject.clone();
        self.done.kept.push(Kept { system: self.crm.id.clone(), kind, external_id, why });
    }
}

/// A counterpart that the history has created.
struct Created {
    linked: Linked,
    story: Story,
    subject: RemoteRef,
}

impl Created {
    fn withdrawal(&self) -> Withdrawal {
        let link = &self.linked.link;
        Withdrawal {
            record: link.record,
            external_id: self.subject.external_id.clone(),
            precondition: self.story.written.clone().or_else(|| link.source_version.clone()),
        }
    }

    fn version_has_moved(&self) -> bool {
        let now = self.linked.link.source_version.as_ref();
        self.story.written.as_ref().zip(now).is_some_and(|(written, now)| written != now)
    }
}

/// What the journal tells of a counterpart.
#[derive(Default)]
struct Story {
    is_created: bool,
    is_changed: bool,
    making: Making,
    /// The version that the last write left.
    written: Option<crate::model::link::SourceVersion>,
}

/// How far the create has come.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Making {
    #[default]
    UnderWay,
    /// It showed what the hub does not take from there, and has not been written since.
    SeenHalfDone,
    Done,
}

impl Story {
    fn add(&mut self, entry: &Entry, since: DateTime<Utc>) {
        match &entry.event {
            Event::Creating { lane } => self.is_created |= *lane == Lane::Backfill && entry.at >= since,
            Event::Observed { dispositions } => dispositions.iter().for_each(|one| self.hear(&one.verdict)),
            Event::Written { version, outcome, .. } => {
                if outcome == WRITE_DONE {
                    self.making = Making::Done;
                }
                self.written = version.clone().or_else(|| self.written.take());
            }
            Event::LinkLife { .. }
            | Event::Merged { .. }
            | Event::Split { .. }
            | Event::ReviewOpened { .. }
            | Event::Decided { .. }
            | Event::Viewed { .. }
            | Event::Parked { .. } => {}
        }
    }

    fn hear(&mut self, verdict: &Verdict) {
        match verdict {
            // What the hub holds already is no change: a write whose answer was lost shows like that.
            Verdict::Adopted => {}
            // A create may take its system several steps (made, then confirmed), and be seen between them.
            Verdict::Ignored(_) if self.making != Making::Done => self.making = Making::SeenHalfDone,
            Verdict::Applied(_)
            | Verdict::Superseded { .. }
            | Verdict::Ignored(_)
            | Verdict::Rejected(_)
            | Verdict::Review(_)
            | Verdict::Erased => self.is_changed = true,
        }
    }

    /// Whether somebody has changed it since it was created. What was half done and never finished is taken for that.
    fn is_changed(&self) -> bool {
        self.is_changed || self.making == Making::SeenHalfDone
    }
}

fn capture(error: ConnectorError) -> ImportError {
    ImportError::Capture(error.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::disposition::Ignored;
    use crate::model::{Disposition, Rule, Seen, SystemId};
    use uuid::Uuid;

    /// What happens to a counterpart.
    enum Step {
        Seen(Verdict),
        Written,
    }

    #[track_caller]
    fn check(steps: Vec<Step>, is_changed: bool) {
        let event = |step| match step {
            Step::Seen(verdict) => {
                let seen =
                    Disposition { field: "status".into(), element: None, observed: Seen::Empty, verdict };
                Event::Observed { dispositions: vec![seen] }
            }
            Step::Written => Event::Written { fields: Vec::new(), outcome: WRITE_DONE.into(), version: None },
        };
        let mut story = Story::default();
        for step in steps {
            let entry = Entry {
                id: ObservationId::new(Uuid::nil()),
                at: DateTime::UNIX_EPOCH,
                system: Some(SystemId::new("crm")),
                record: None,
                link: None,
                event: event(step),
            };
            story.add(&entry, DateTime::UNIX_EPOCH);
        }
        assert_eq!(story.is_changed(), is_changed);
    }

    #[test]
    fn what_says_what_the_hub_says_is_no_change() {
        let seen = |verdict| vec![Step::Seen(Verdict::Adopted), Step::Seen(verdict)];
        check(seen(Verdict::Adopted), false);
        check(seen(Verdict::Applied(Rule::Operator)), true);
        check(seen(Verdict::Superseded { by: None, rule: Rule::Operator }), true);
    }

    #[test]
    fn create_that_is_seen_half_done_is_no_change() {
        let other = || Step::Seen(Verdict::Ignored(Ignored::Direction));
        let applied = || Step::Seen(Verdict::Applied(Rule::Operator));
        check(vec![other(), Step::Written], false);
        check(vec![other()], true);
        check(vec![other(), Step::Written, other()], true);
        check(vec![applied(), Step::Written], true);
    }
}
