//! Takes a source in: page by page, each in one transaction with its checkpoint, so that a run that was cut off goes on
//! where it was, and a second run of the same source stores nothing.

use smol_str::{SmolStr, format_smolstr};
use std::path::PathBuf;

use super::ahead::{Ahead, Fetched};
use super::checkpoint::Checkpoint;
use super::rejects::RejectFile;
use super::source::Source;
use super::tally::is_late;
use super::{ImportError, Tally, gate};
use crate::capture::cycle::Cycle;
use crate::capture::door::{Batch, take_noting};
use crate::capture::poll;
use crate::hub::{Hub, System};
use crate::model::SystemId;
use crate::model::journal::Event;
use crate::store::{Commit, Gate};

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
    let mut ahead = Ahead::start(hub, &system.id, source, run.checkpoint.position());
    while let Some(fetched) = ahead.next().await? {
        run.take(fetched).await?;
        tell(&run.checkpoint.tally);
    }
    let held = gate::held(hub, &system.id).await?;
    let rejects = run.rejects.path().map(ToOwned::to_owned);
    Ok(Report { tally: run.checkpoint.tally, resumed, held, rejects })
}

/// A run under way.
struct Run<'a> {
    hub: &'a Hub,
    system: &'a System,
    stream: SmolStr,
    gate: Option<Gate>,
    rejects: RejectFile,
    cycle: Cycle,
    checkpoint: Checkpoint,
    /// The digest of the last complete run. While it is known and nothing new has come, nothing is stored.
    known: Option<String>,
    is_news: bool,
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
        let run = Self {
            hub,
            system,
            stream,
            gate: gate::before(&system.id, &checkpoint.gated),
            rejects: RejectFile::new(&wish.rejects, checkpoint.reject_bytes),
            cycle: Cycle::new(system),
            is_news: known.is_none(),
            known,
            checkpoint,
        };
        Ok((run, resumed))
    }

    /// Stores one page with its checkpoint.
    async fn take(&mut self, fetched: Fetched) -> Result<(), ImportError> {
        let Fetched { page, epoch, at } = fetched;
        self.rejects.write(&page)?;
        let mut reached = self.checkpoint.clone();
        reached.tally.read(&page);
        reached.add(&page.observations);
        reached.reject_bytes = self.rejects.bytes();
        reached.done = page.next.is_none();
        reached.position = page.next.map(|position| position.0);
        let records = page.observations.len() as u64;
        let is_other = reached.done && self.known.as_ref().is_some_and(|known| *known != reached.digest);
        let is_news = self.is_news || is_other;
        let mut stored = (reached.clone(), is_news);
        let batch = Batch { observations: page.observations, epoch, fetched_at: at, ..Batch::default() };
        let (system, stream, gate) = (&self.system.id, &self.stream, &self.gate);
        let mut note = |commit: &mut Commit, taken| {
            let mut counted = reached.clone();
            counted.tally.judge(records, taken, commit);
            if !is_news {
                forget_what_was_outdone(commit);
            }
            let is_news = is_news || !commit.is_empty();
            if is_news {
                commit.cursors.push(counted.to_move(system, stream));
                commit.gate.clone_from(gate);
            }
            stored = (counted, is_news);
        };
        take_noting(self.hub, self.system, batch, &mut self.cycle, &mut note).await?;
        (self.checkpoint, self.is_news) = stored;
        Ok(())
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
