//! Reads what has come into the folder: every row into the index, every file to `done` or `failed` with a report.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Write as _};
use tokio::sync::mpsc;

use super::inbox::{self, Inbox, Whole};
use super::index::{Entry, Index, IndexError, Known, Past};
use crate::files::{Part, Reader};
use crate::import::source::{Reject, SourceError, count};
use crate::model::link::SourceVersion;
use crate::model::{Observation, Origin, RemoteRef};

const SAME: &str = "is the id of an earlier row of this file, and the row is the same: it counts once";
const NEWER: &str = "is the id of an earlier row of this file, which is another one: this one counts";
const OLDER: &str = "is the id of an earlier row of this file, which is a newer one: this one does not count";
const OUTDATED: &str = "is older than what another file has told of the record: it does not count";

/// What became of a file: the report that lies beside it. Nobody's name is in it.
#[derive(Debug, Serialize)]
struct Report<'a> {
    file: &'a str,
    digest: &'a str,
    outcome: &'a str,
    read_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    was_read_as: Option<&'a str>,
    #[serde(flatten)]
    counts: &'a Counts,
    /// Files of which this was a complete full export.
    complete: &'a [String],
}

#[derive(Debug, Default, Serialize)]
struct Counts {
    rows: u64,
    /// Records that are new, or told with another content.
    changed: u64,
    unchanged: u64,
    rejected: u64,
    flagged: u64,
    reasons: BTreeMap<String, u64>,
    flags: BTreeMap<String, u64>,
}

/// What stands between the folder and the index.
pub(super) struct Intake<'a> {
    pub(super) inbox: &'a Inbox,
    pub(super) index: &'a Index,
    pub(super) reader: &'a Reader,
    /// The patterns of files that are full exports.
    pub(super) full: &'a [String],
    /// How long what was read is kept; for ever without one.
    pub(super) keep: Option<TimeDelta>,
}

/// Why nothing more could be taken in.
#[derive(Debug, thiserror::Error)]
pub(super) enum IntakeError {
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Folder(#[from] std::io::Error),
}

/// A file being read.
struct Reading {
    number: i64,
    counts: Counts,
    rejects: Option<BufWriter<std::fs::File>>,
    /// Files of which everything was understood so far.
    complete: BTreeSet<String>,
    incomplete: BTreeSet<String>,
    error: Option<String>,
}

impl Intake<'_> {
    /// Takes in every file that is whole.
    pub(super) async fn run(&self, now: DateTime<Utc>) -> Result<(), IntakeError> {
        for file in self.inbox.whole(|name| self.reader.rank(name))? {
            self.file(&file, now).await?;
        }
        if let Some(before) = self.keep.and_then(|keep| now.checked_sub_signed(keep)) {
            self.inbox.clear(before, now)?;
        }
        Ok(())
    }

    async fn file(&self, file: &Whole, now: DateTime<Utc>) -> Result<(), IntakeError> {
        let path = file.path.clone();
        let digest = tokio::task::spawn_blocking(move || inbox::digest(&path)).await;
        let digest = digest.map_err(std::io::Error::other)??;
        let past = self.index.past(&digest).await?;
        if let Some(past) = past.as_ref().filter(|past| !past.moved && past.name == file.name) {
            // It was read, and the move was cut off.
            return self.put_away(file, &digest, past).await;
        }
        let is_known = past.is_some() && self.tells_nothing_new(&file.name, &digest).await?;
        if let Some(earlier) = past.filter(|past| is_known && past.outcome == inbox::DONE) {
            let target = Inbox::target(inbox::DONE, now, &file.name);
            let report = Report {
                file: &file.name,
                digest: &digest,
                outcome: "duplicate",
                read_at: now,
                error: None,
                was_read_as: Some(&earlier.target),
                counts: &Counts::default(),
                complete: &[],
            };
            let report = serde_json::to_string_pretty(&report).map_err(IndexError::from)?;
            return Ok(self.inbox.put_away(file, &digest, &target, &report)?);
        }
        let mut reading = self.read(file, &digest).await?;
        if let Some(mut rejects) = reading.rejects.take() {
            rejects.flush()?;
            rejects.get_ref().sync_data()?;
        }
        let nothing_good = reading.counts.rows > 0 && reading.counts.rows == reading.counts.rejected;
        let is_done = reading.error.is_none() && !nothing_good;
        let complete: Vec<String> = reading.complete.difference(&reading.incomplete).cloned().collect();
        let complete = if is_done { complete } else { Vec::new() };
        let outcome = if is_done { inbox::DONE } else { inbox::FAILED };
        let report = Report {
            file: &file.name,
            digest: &digest,
            outcome,
            read_at: now,
            error: reading.error,
            was_read_as: None,
            counts: &reading.counts,
            complete: &complete,
        };
        let past = Past {
            name: file.name.clone(),
            outcome: outcome.to_owned(),
            target: Inbox::target(outcome, now, &file.name),
            report: serde_json::to_string_pretty(&report).map_err(IndexError::from)?,
            moved: false,
        };
        self.index.finish(reading.number, &digest, &past, &complete).await?;
        self.put_away(file, &digest, &past).await
    }

    /// Whether a file that was read before says nothing if it is read again. A full export may say again what an older
    /// one said, where something has come and gone since.
    async fn tells_nothing_new(&self, name: &str, digest: &str) -> Result<bool, IndexError> {
        for source in
            self.reader.sources_of(name).filter(|source| self.full.iter().any(|full| full == source))
        {
            if !self.index.is_last(source, digest).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn put_away(&self, file: &Whole, digest: &str, past: &Past) -> Result<(), IntakeError> {
        self.inbox.put_away(file, digest, &past.target, &past.report)?;
        Ok(self.index.moved(digest).await?)
    }

    /// Reads a file to its end, or as far as it goes.
    async fn read(&self, file: &Whole, digest: &str) -> Result<Reading, IntakeError> {
        let mut reading = Reading {
            number: self.index.next_file().await?,
            counts: Counts::default(),
            rejects: None,
            complete: BTreeSet::new(),
            incomplete: BTreeSet::new(),
            error: None,
        };
        // A page is being read, one waits, one is being stored: memory is bounded by what three pages hold.
        let (sender, mut parts) = mpsc::channel(1);
        let (reader, path, name) = (self.reader.clone(), file.path.clone(), file.name.clone());
        let work = tokio::task::spawn_blocking(move || {
            reader.read(&path, &name, &mut |part| sender.blocking_send(part).is_ok())
        });
        while let Some(part) = parts.recv().await {
            self.part(part, digest, &mut reading).await?;
        }
        reading.error = match work.await {
            Ok(Ok(())) => None,
            Ok(Err(SourceError::File { source, .. })) => Some(format!("it cannot be read: {source}")),
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("reading it broke down".to_owned()),
        };
        Ok(reading)
    }

    async fn part(&self, mut part: Part, digest: &str, reading: &mut Reading) -> Result<(), IntakeError> {
        let observations = std::mem::take(&mut part.observations);
        let known = self.index.known(&observations).await?;
        let first = self.index.tell(observations.len()).await?;
        let mut page = Page { known, changed: 0, unchanged: 0, entries: BTreeMap::new() };
        let mut remarks = std::mem::take(&mut part.remarks);
        for (told, (number, observation)) in (first..).zip(observations.into_iter().enumerate()) {
            let why = page.judge(observation, reading.number, told).map_err(IndexError::from)?;
            remarks.extend(why.map(|why| part.remark(number, why)));
        }
        let entries: Vec<Entry> = page.entries.into_values().collect();
        self.index.store(&entries, &part.source, reading.number).await?;
        let refused: Vec<RemoteRef> = part.refused.iter().flatten().cloned().collect();
        if !refused.is_empty() {
            self.index.touch(&refused, reading.number).await?;
        }
        if self.full.contains(&part.source) {
            // A bad row without an id may have been any record.
            let is_understood = refused.len() == part.rejects.len();
            let to = if is_understood { &mut reading.complete } else { &mut reading.incomplete };
            to.insert(part.source.clone());
        }
        let counts = &mut reading.counts;
        counts.rows += part.rows;
        counts.changed += page.changed;
        counts.unchanged += page.unchanged;
        counts.rejected += count(&part.rejects, &mut counts.reasons);
        counts.flagged += count(&remarks, &mut counts.flags);
        self.keep("rejected", &part.rejects, digest, reading)?;
        self.keep("flagged", &remarks, digest, reading)
    }

    /// Keeps bad rows where only their owner sees them.
    fn keep(
        &self,
        outcome: &str,
        faults: &[Reject],
        digest: &str,
        reading: &mut Reading,
    ) -> Result<(), IntakeError> {
        for fault in faults {
            if reading.rejects.is_none() {
                reading.rejects = Some(BufWriter::new(inbox::private(&self.inbox.rejects(digest))?));
            }
            let Some(out) = &mut reading.rejects else { continue };
            fault.write(outcome, out)?;
        }
        Ok(())
    }
}

/// A page being judged.
struct Page {
    known: std::collections::HashMap<RemoteRef, Known>,
    changed: u64,
    unchanged: u64,
    entries: BTreeMap<RemoteRef, Entry>,
}

impl Page {
    /// Decides what becomes of a row beside what is known of its record, and says what is odd about it.
    fn judge(
        &mut self,
        observation: Observation,
        file: i64,
        told: i64,
    ) -> Result<Option<&'static str>, serde_json::Error> {
        let hash = observation.source_hash.unwrap_or_default();
        let modified_at = observation.modified_at.map(|at| at.timestamp_millis());
        let subject = observation.subject.clone();
        let known = self.known.get(&subject).cloned();
        let is_older =
            |known: &Known| modified_at.zip(known.modified_at).is_some_and(|(given, known)| given < known);
        let was_here = known.as_ref().is_some_and(|known| known.file == file);
        let (keeps, why) = match &known {
            Some(known) if known.hash == hash => (true, was_here.then_some(SAME)),
            Some(known) if is_older(known) => (true, Some(if was_here { OLDER } else { OUTDATED })),
            Some(_) => (false, was_here.then_some(NEWER)),
            None => (false, None),
        };
        let id = subject.external_id.as_str().to_owned();
        let (entry, now) = if let (true, Some(known)) = (keeps, known) {
            self.unchanged += 1;
            // What was missing and shows again is told anew.
            let told = if known.missing > 0 { told } else { known.told };
            let entry = Entry(subject.kind.name(), id, known.hash, known.modified_at, told, None);
            (entry, Known { file, missing: 0, told, ..known })
        } else {
            self.changed += 1;
            let version = modified_at.map(SourceVersion::Number);
            let seen = Observation { origin: Origin::Live, source_version: version, ..observation };
            let seen = serde_json::to_string(&seen)?;
            let entry = Entry(subject.kind.name(), id, hash, modified_at, told, Some(seen));
            (entry, Known { hash, modified_at, file, missing: 0, told })
        };
        self.known.insert(subject.clone(), now);
        match self.entries.get_mut(&subject) {
            // The page's own word stands where nothing newer was said.
            Some(earlier) if entry.5.is_none() => earlier.4 = entry.4,
            Some(earlier) => *earlier = entry,
            None => {
                self.entries.insert(subject, entry);
            }
        }
        Ok(why)
    }
}
