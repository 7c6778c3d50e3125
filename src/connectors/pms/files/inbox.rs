//! The folder that a system exports into: which of its files are whole, and where they go once they were read.
//!
//! Nothing here opens a file but for its digest.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::model::normalise::text;

/// A file that has not changed for so long is whole, even when it is seen for the first time.
const OLD: Duration = Duration::from_hours(1);
/// Where files go that were read.
pub(super) const DONE: &str = "done";
pub(super) const FAILED: &str = "failed";
/// How often those are looked at that were read long ago.
const CLEARED: TimeDelta = TimeDelta::hours(1);

/// The folder.
pub(super) struct Inbox {
    pub(super) folder: PathBuf,
    /// How long a file must not change before it is taken for whole.
    pub(super) stable: Duration,
    /// A file is whole when one of its name and this ending lies beside it.
    pub(super) marker: Option<String>,
    /// What each file looked like, since when.
    seen: Mutex<BTreeMap<String, (Look, Instant)>>,
    /// When what was read long ago was deleted last.
    cleared: Mutex<Option<DateTime<Utc>>>,
}

/// What shows that a file has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    bytes: u64,
    modified: SystemTime,
}

/// A file that is whole.
#[derive(Debug, Clone)]
pub(super) struct Whole {
    pub(super) name: String,
    pub(super) path: PathBuf,
    modified: SystemTime,
}

impl Inbox {
    pub(super) fn new(folder: PathBuf, stable: Duration, marker: Option<String>) -> Self {
        Self { folder, stable, marker, seen: Mutex::default(), cleared: Mutex::default() }
    }

    /// The files that are whole and that `rank` has a place for: in the order of that, the oldest first.
    pub(super) fn whole(&self, rank: impl Fn(&str) -> Option<i64>) -> io::Result<Vec<Whole>> {
        let now = Instant::now();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut still_there = BTreeMap::new();
        let mut whole = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let Ok(name) = entry?.file_name().into_string() else { continue };
            let Some(rank) = rank(&name).filter(|_| !name.starts_with('.')) else { continue };
            let path = self.folder.join(&name);
            // Whoever exports may be just renaming it.
            let Ok(about) = std::fs::metadata(&path) else { continue };
            if !about.is_file() {
                continue;
            }
            let look = Look { bytes: about.len(), modified: about.modified()? };
            let since = seen.get(&name).filter(|(known, _)| *known == look).map_or(now, |(_, since)| *since);
            still_there.insert(name.clone(), (look, since));
            let is_whole = match &self.marker {
                Some(ending) => self.folder.join(format!("{name}{ending}")).exists(),
                None => {
                    now.duration_since(since) >= self.stable
                        || look.modified.elapsed().is_ok_and(|age| age >= OLD)
                }
            };
            if is_whole {
                whole.push((rank, Whole { name, path, modified: look.modified }));
            }
        }
        *seen = still_there;
        whole.sort_by(|(rank, one), (other_rank, other)| {
            (rank, one.modified, &one.name).cmp(&(other_rank, other.modified, &other.name))
        });
        Ok(whole.into_iter().map(|(_, file)| file).collect())
    }

    /// Where the connector keeps what is its own.
    pub(super) fn state(&self) -> PathBuf {
        self.folder.join(".cardex")
    }

    /// The rows of a file that could not be taken, while it is read.
    pub(super) fn rejects(&self, digest: &str) -> PathBuf {
        self.state().join(format!("{digest}.rejects.jsonl"))
    }

    /// What a file is called where it goes.
    pub(super) fn target(outcome: &str, at: DateTime<Utc>, name: &str) -> String {
        format!("{outcome}/{}-{name}", stamp(at))
    }

    /// Deletes what was put away before `before`, with its report and its bad rows; once an hour is enough. What has no
    /// time in its name was put there by somebody else.
    pub(super) fn clear(&self, before: DateTime<Utc>, now: DateTime<Utc>) -> io::Result<()> {
        let mut cleared = self.cleared.lock().unwrap_or_else(PoisonError::into_inner);
        if cleared.is_some_and(|last| now - last < CLEARED) {
            return Ok(());
        }
        for outcome in [DONE, FAILED] {
            let entries = match std::fs::read_dir(self.folder.join(outcome)) {
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
                {
                    continue;
                }
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                let is_old = entry.file_name().to_str().and_then(put_away_at).is_some_and(|at| at < before);
                if is_old && entry.file_type()?.is_file() {
                    std::fs::remove_file(entry.path())?;
                }
            }
        }
        *cleared = Some(now);
        Ok(())
    }

    /// Puts a file where it belongs, with its report and its bad rows. May be done again after a crash.
    pub(super) fn put_away(&self, file: &Whole, digest: &str, target: &str, report: &str) -> io::Result<()> {
        let target = self.folder.join(target);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        write_private(&ending(&target, ".report.json"), report.as_bytes())?;
        let rejects = self.rejects(digest);
        if rejects.exists() {
            std::fs::rename(&rejects, ending(&target, ".rejects.jsonl"))?;
        }
        if let Some(marker) = &self.marker {
            let marker = self.folder.join(format!("{}{marker}", file.name));
            match std::fs::remove_file(marker) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        std::fs::rename(&file.path, target)
    }
}

const STAMP: &str = "%Y%m%dT%H%M%SZ";

fn stamp(at: DateTime<Utc>) -> String {
    at.format(STAMP).to_string()
}

/// When the file of this name was put away.
fn put_away_at(name: &str) -> Option<DateTime<Utc>> {
    let (stamp, _) = name.split_once('-')?;
    Some(chrono::NaiveDateTime::parse_from_str(stamp, STAMP).ok()?.and_utc())
}

fn ending(path: &Path, more: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(more);
    path.into()
}

/// Writes a file for its owner's eyes only, whole or not at all.
fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = ending(path, ".part");
    let mut file = private(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(part, path)
}

/// A new, empty file for its owner's eyes only.
pub(super) fn private(path: &Path) -> io::Result<std::fs::File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    std::fs::File::options().create_new(true).write(true).mode(0o600).open(path)
}

/// The digest of what a file holds, in hexadecimal. It blocks.
pub(super) fn digest(path: &Path) -> io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut hasher = Sha256::new();
    let mut bytes = vec![0; 1 << 16];
    loop {
        match file.read(&mut bytes)? {
            0 => break,
            read => hasher.update(bytes.get(..read).unwrap_or_default()),
        }
    }
    Ok(text::hex(hasher.finalize().iter()))
}
