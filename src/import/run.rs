//! Takes a source in: page by page, each in one transaction with its checkpoint, so that a run that was cut off goes on
//! where it was, and a second run of the same source stores nothing.

use smol_str::{SmolStr, format_smolstr};
use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use tokio_util::task::AbortOnDropHandle;

use super::ahead::{Ahead, Fetched};
use super::checkpoint::{self, Checkpoint};
use super::diary::Diary;
use super::rejects::RejectFile;
use super::source::{Page, Source};
use super::tally::is_late;
use super::{ImportError, Tally, gate};
use crate::capture::cycle::Cycle;
use crate::capture::door::{Batch, Familiar, Prepared, prepare};
use crate::capture::poll;
use crate::finder::Keeper;
use crate::hub::{Hub, System};
use crate::matching::Matcher;
use crate::model::journal::Event;
use crate::model::{ExternalId, Observation, RecordKind, RemoteRef, SystemId};
use crate::rollup;
use crate::store::{Commit, Gate, Races, Recount, StoreError};

/// What is wanted of an import.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What the source is, `system` or `files`: each has a checkpoint of its own.
    pub source: &'static str,
    /// The system's feeds are subscribed to first. Not for files of a system that is no longer there.
    pub subscribes: bool,
    /// An interrupted run is forgotten.
    pub restarts: bool,
    /// Nothing is held before a CRM that has people.
    pub is_released: bool,
    /// How many rows there are, where somebody has counted them.
    pub total: Option<u64>,
    /// Where rejected rows go.
    pub rejects: PathBuf,
}

/// What an import did.
#[derive(Debug, Clone)]
pub struct Report {
    /// What became of the rows, those of an interrupted run included.
    pub tally: Tally,
    /// It went on where an interrupted run was.
    pub resumed: bool,
    /// How many writes are held, by system.
    pub held: Vec<(SystemId, u64)>,
    /// Where the rejected rows are, if there are any.
    pub rejects: Option<PathBuf>,
}

/// Takes a source in, from where an interrupted run was. `tell` hears the counts after each page.
///
/// # Errors
/// [`ImportError`]: every page before is stored, and another run goes on from there.
pub async fn run(
    hub: &Hub,
    system: &System,
    source: Box<dyn Source>,
    wish: &Wish,
    tell: &mut (dyn FnMut(&Tally) + Send),
) -> Result<Report, ImportError> {
    if wish.subscribes {
        poll::subscribe(hub, system).await?;
    }
    let (mut run, resumed) = Run::begin(hub, system, wish).await?;
    let mut diary = Diary::begin(hub, &system.id, wish, &run.reached.checkpoint.tally).await;
    let taken = take_all(&mut run, source, &mut diary, tell).await;
    diary.end(&run.reached.checkpoint.tally, taken.is_ok()).await;
    taken?;
    let held = gate::held(hub, &system.id).await?;
    let rejects = run.rejects.path().map(ToOwned::to_owned);
    Ok(Report { tally: run.reached.checkpoint.tally, resumed, held, rejects })
}

/// Takes in what is left of the source, and does what follows at its end.
async fn take_all(
    run: &mut Run<'_>,
    source: Box<dyn Source>,
    diary: &mut Diary<'_>,
    tell: &mut (dyn FnMut(&Tally) + Send),
) -> Result<(), ImportError> {
    let mut ahead = Ahead::start(run.hub, &run.system.id, source, run.reached.checkpoint.position());
    let read = loop {
        match ahead.next().await {
            Ok(Some(fetched)) => run.take(fetched).await?,
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
        diary.go_on(&run.reached.checkpoint.tally).await;
        tell(&run.reached.checkpoint.tally);
    };
    run.finish_storing().await?;
    read?;
    rollup::after_import(run.hub, run.gate.as_ref()).await?;
    // Whoever else has the turn finds the note that the import has left.
    Matcher::new(run.hub).scan().await?;
    let keeper = Keeper::new(run.hub);
    keeper.catch_up().await?;
    keeper.rest().await?;
    Ok(())
}

/// How many ids of the source are kept in memory with their records, so that what refers to them need not look them
/// up: some 3 MB.
const FAMILIAR: usize = 30_000;

/// A run under way: one page is being stored while the next one is judged.
struct Run<'a> {
    hub: &'a Hub,
    system: &'a System,
    stream: SmolStr,
    gate: Option<Gate>,
    rejects: RejectFile,
    /// The digest of the last complete run. While it is known and nothing new has come, nothing is stored.
    known: Option<String>,
    familiar: Familiar,
    /// The hub has heard of some of the system's records before.
    may_be_known: bool,
    reached: Reached,
    storing: Option<Storing>,
}

/// How far a run is with the page that was judged last.
#[derive(Clone)]
struct Reached {
    checkpoint: Checkpoint,
    cycle: Cycle,
    is_news: bool,
}

/// A page as it was told.
struct Told {
    /// What is not known to be unchanged.
    batch: Batch,
    /// The page without its observations.
    page: Page,
    /// How many observations it had.
    records: u64,
    /// The sum of their digests.
    digest: u128,
    reject_bytes: u64,
}

/// A page that is being stored.
struct Storing {
    told: Told,
    /// What was reached before it: where it begins anew when somebody else was faster.
    before: Reached,
    stored: AbortOnDropHandle<Result<(), StoreError>>,
}

impl<'a> Run<'a> {
    /// Goes on where an interrupted run was, or begins anew; says which.
    async fn begin(hub: &'a Hub, system: &'a System, wish: &Wish) -> Result<(Self, bool), ImportError> {
        let stream = format_smolstr!("import:{}", wish.source);
        let earlier = if wish.restarts { None } else { Checkpoint::load(hub, system, &stream).await? };
        let (mut checkpoint, known) = match earlier {
            Some(done) if done.done => (Checkpoint::default(), Some(done.digest)),
            Some(interrupted) => (interrupted, None),
            None => (Checkpoint::default(), None),
        };
        let resumed = checkpoint.position.is_some();
        if wish.is_released {
            checkpoint.gated.clear();
        } else if !resumed {
            checkpoint.gated = gate::systems(hub, system).await?;
        }
        let mut may_be_known = resumed || known.is_some();
        for kind in &system.settings.kinds {
            may_be_known = may_be_known || hub.store.count_live(&system.id, *kind).await? > 0;
        }
        let run = Self {
            hub,
            may_be_known,
            system,
            stream,
            gate: gate::before(&system.id, &checkpoint.gated),
            rejects: RejectFile::new(&wish.rejects, checkpoint.reject_bytes),
            reached: Reached { is_news: known.is_none(), cycle: Cycle::new(system), checkpoint },
            known,
            familiar: Familiar::new(),
            storing: None,
        };
        Ok((run, resumed))
    }

    /// Judges one page while the one before is being stored, and begins to store it with its checkpoint.
    async fn take(&mut self, fetched: Fetched) -> Result<(), ImportError> {
        let Fetched { mut page, epoch, at } = fetched;
        self.rejects.write(&page)?;
        let mut observations = std::mem::take(&mut page.observations);
        let (records, digest) = (observations.len() as u64, checkpoint::digest_of(&observations));
        if self.may_be_known {
            self.leave_out_unchanged(&mut observations).await?;
        }
        let batch = Batch { observations, epoch, fetched_at: at, ..Batch::default() };
        let told = Told { batch, page, records, digest, reject_bytes: self.rejects.bytes() };
        if self.storing.as_ref().is_some_and(|storing| storing.told.overlaps(&told)) {
            self.finish_storing().await?;
        }
        let mut judged = self.judge(&told).await?;
        if self.finish_storing().await? == Stored::Anew {
            judged = self.judge(&told).await?;
        }
        let (commit, reached) = judged;
        self.remember(&commit);
        let store = self.hub.store.clone();
        let stored = AbortOnDropHandle::new(tokio::spawn(async move { store.commit(commit).await }));
        let before = std::mem::replace(&mut self.reached, reached);
        self.storing = Some(Storing { told, before, stored });
        Ok(())
    }

    /// Leaves out what the hub has heard with the very same content: it would change nothing.
    async fn leave_out_unchanged(&self, observations: &mut Vec<Observation>) -> Result<(), ImportError> {
        let mut ids: BTreeMap<RecordKind, Vec<ExternalId>> = BTreeMap::new();
        for Observation { subject: RemoteRef { kind, external_id }, .. } in observations.iter() {
            ids.entry(*kind).or_default().push(external_id.clone());
        }
        for (kind, ids) in ids {
            let known = self.hub.store.source_hashes(&self.system.id, kind, &ids).await?;
            observations.retain(|seen| {
                let RemoteRef { kind: of, external_id } = &seen.subject;
                *of != kind
                    || seen.source_hash.is_none()
                    || known.get(external_id).copied() != seen.source_hash
            });
        }
        Ok(())
    }

    /// Waits until the page before is stored. One that somebody else was faster than is judged and stored anew.
    async fn finish_storing(&mut self) -> Result<Stored, ImportError> {
        let Some(Storing { told, before, stored }) = self.storing.take() else { return Ok(Stored::Once) };
        match stored.await.map_err(ImportError::Storing)? {
            Ok(()) => return Ok(Stored::Once),
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        // What was remembered of it has never been stored.
        self.familiar.clear();
        self.reached = before;
        let mut races = Races::of("a page that lost every race");
        loop {
            let (commit, reached) = self.judge(&told).await?;
            if races.are_won(self.hub.store.commit(commit).await)? {
                self.reached = reached;
                return Ok(Stored::Anew);
            }
        }
    }

    /// What a page means, and how far the run is with it.
    async fn judge(&self, told: &Told) -> Result<(Commit, Reached), ImportError> {
        let Told { batch, page, records, digest, reject_bytes } = told;
        let mut checkpoint = self.reached.checkpoint.clone();
        checkpoint.tally.read(page, *records);
        checkpoint.add(*digest);
        checkpoint.reject_bytes = *reject_bytes;
        checkpoint.done = page.next.is_none();
        checkpoint.position = page.next.as_ref().map(|position| position.0.clone());
        let is_other =
            checkpoint.done && self.known.as_ref().is_some_and(|known| *known != checkpoint.digest);
        let mut is_news = self.reached.is_news || is_other;
        let prepared = prepare(self.hub, self.system, batch, &self.familiar, &self.reached.cycle).await?;
        // Of history nothing hangs on when a field was changed.
        let Prepared { mut commit, taken, cycle, undated: _ } = prepared;
        commit.recount = Recount::AtTheEnd;
        checkpoint.tally.judge(*records, taken, &commit);
        if !is_news {
            forget_what_was_outdone(&mut commit);
        }
        is_news |= !commit.is_empty();
        if is_news {
            commit.cursors.push(checkpoint.to_move(&self.system.id, &self.stream));
            commit.gate.clone_from(&self.gate);
        }
        Ok((commit, Reached { checkpoint, cycle, is_news }))
    }

    /// Keeps in memory which record is behind an id that the page has brought.
    fn remember(&mut self, commit: &Commit) {
        for link in &commit.links {
            let Some(external_id) = link.external_id.clone().filter(|_| link.kind != RecordKind::Reservation)
            else {
                continue;
            };
            if self.familiar.len() < FAMILIAR {
                self.familiar.insert(RemoteRef { kind: link.kind, external_id }, link.record);
            }
        }
    }
}

/// How a page came to be stored.
#[derive(PartialEq, Eq)]
enum Stored {
    /// As it was judged.
    Once,
    /// Only after it was judged anew.
    Anew,
}

impl Told {
    /// Whether both are about the same record: then the second has to see what became of the first.
    fn overlaps(&self, other: &Self) -> bool {
        let mine: HashSet<&RemoteRef> = self.batch.observations.iter().map(|seen| &seen.subject).collect();
        other.batch.observations.iter().any(|seen| mine.contains(&seen.subject))
    }
}

/// A second run of a source tells again what history may not say; once in the journal is enough.
fn forget_what_was_outdone(commit: &mut Commit) {
    commit
        .journal
        .retain(|entry| !matches!(&entry.event, Event::Observed { dispositions } if is_late(dispositions)));
}

/// Whether the last import of a source was told to its end; `None` when there was none.
///
/// # Errors
/// The store did not answer, or what it holds cannot be read.
pub async fn is_done(hub: &Hub, system: &System, source: &str) -> Result<Option<bool>, ImportError> {
    let checkpoint = Checkpoint::load(hub, system, &format_smolstr!("import:{source}")).await?;
    Ok(checkpoint.map(|checkpoint| checkpoint.done))
}
