//! A system that is known only by the files that it exports: an old PMS without an interface.
//!
//! What it can do is what its mapping shows; nothing is ever written to it. What a file holds is the business of
//! `files`.

mod config;
mod inbox;
mod index;
mod intake;

use async_trait::async_trait;
use chrono::TimeDelta;
use smol_str::SmolStr;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OnceCell};

use self::config::Settings;
use self::inbox::Inbox;
use self::index::{Index, IndexError};
use self::intake::{Intake, IntakeError};
use super::super::registry::{self, ConnectError, Context};
use super::super::{
    Change, ChangePage, Connector, ConnectorError, Cursor, Finding, KeyPage, Reading, Severity, Step,
    Withdrawal,
};
use crate::clock::Clock;
use crate::files::{FilesSettings, Reader};
use crate::model::capabilities::{MergeSupport, Stream};
use crate::model::{
    Capabilities, ExternalId, Guard, RateLimit, RecordId, RecordKind, RemoteRef, SystemId, WriteOp,
    WriteOutcome,
};

pub use self::config::context;

/// The name of the connector in the configuration.
pub const NAME: &str = "files";

/// How many changes a page of the feed has.
const CHANGES: i64 = 500;
/// How many keys a page of a walk has.
const KEYS: i64 = 2_000;

/// A hotel's export files.
struct Files {
    system: SmolStr,
    settings: Settings,
    capabilities: Capabilities,
    reader: Reader,
    clock: Clock,
    inbox: Option<Inbox>,
    index: OnceCell<Index>,
    /// One reading of the folder at a time.
    taking_in: Mutex<()>,
}

/// Builds the connector of `system`; see `config/examples/files.toml`.
///
/// # Errors
/// [`ConnectError`] names the key, or the files and the field of the mapping.
pub fn connect(
    system: &SystemId,
    context: &Context,
    settings: registry::Settings,
) -> Result<Arc<dyn Connector>, ConnectError> {
    let settings = Settings::read(system, settings)?;
    let mapping = settings.mapping();
    let told = config::context(context);
    let wrong = |why: String| config::bad(system, why);
    let reader = Reader::new(&mapping, &told).map_err(|error| wrong(error.to_string()))?;
    if let Some(other) = settings.full.iter().find(|full| !reader.patterns().any(|known| known == *full)) {
        return Err(wrong(format!("`full` names `{other}`, which is the `files` of no mapping")));
    }
    let kinds = reader.kinds();
    let stable = Duration::from_secs(settings.stable_s);
    let inbox = settings.folder.clone().map(|folder| Inbox::new(folder, stable, settings.marker.clone()));
    let mut streams: Vec<Stream> = Vec::new();
    if inbox.is_some() {
        streams.extend(kinds.keys().map(|kind| Stream { name: kind.name().into(), kind: *kind }));
        streams.sort_by_key(|stream| stream.kind.rank());
    }
    let capabilities = Capabilities {
        kinds,
        streams,
        guard: Guard::ReadCompare,
        read_batch: 500,
        write_batch: 1,
        batch_is_atomic: false,
        finds_by_hub_id: false,
        suppress: true,
        merge: MergeSupport::None,
        rate: RateLimit { calls: 1_000, per: Duration::from_secs(1) },
    };
    Ok(Arc::new(Files {
        system: system.as_str().into(),
        settings,
        capabilities,
        reader,
        clock: Clock::system(),
        inbox,
        index: OnceCell::new(),
        taking_in: Mutex::default(),
    }))
}

/// What the files of a system hold, by its section of the configuration.
///
/// # Errors
/// [`ConnectError::BadSettings`] names the key.
pub fn mapping(system: &SystemId, settings: registry::Settings) -> Result<FilesSettings, ConnectError> {
    Settings::read(system, settings).map(|settings| settings.mapping())
}

/// The folder that a system exports into, where one is watched.
///
/// # Errors
/// [`ConnectError::BadSettings`] names the key.
pub fn watched(system: &SystemId, settings: registry::Settings) -> Result<Option<PathBuf>, ConnectError> {
    Settings::read(system, settings).map(|settings| settings.folder)
}

impl Files {
    fn cannot(&self, what: &'static str) -> ConnectorError {
        ConnectorError::Unsupported { system: self.system.clone(), what }
    }

    fn of_folder(&self, error: io::Error) -> ConnectorError {
        let system = self.system.clone();
        if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) {
            let why = "the folder cannot be read and written".to_owned();
            return ConnectorError::Unauthorised { system, why };
        }
        ConnectorError::Unreachable { system, sent: false, source: Box::new(error) }
    }

    fn of_index(&self, error: IndexError) -> ConnectorError {
        match error {
            IndexError::File(error) => self.of_folder(error),
            IndexError::Database(_) => {
                let system = self.system.clone();
                ConnectorError::Unreachable { system, sent: false, source: Box::new(error) }
            }
            IndexError::Unreadable(_) => {
                let what = "the index of what was read: another version of cardex made it".to_owned();
                ConnectorError::Undecodable { system: self.system.clone(), what }
            }
        }
    }

    /// The folder and the index of what came from it; `None` where files are only imported by command.
    async fn open(&self) -> Result<Option<(&Inbox, &Index)>, ConnectorError> {
        let Some(inbox) = &self.inbox else { return Ok(None) };
        let open = async || {
            let state = inbox.state();
            // The folder itself is not ours to make: a share that is not mounted must not look like an empty one.
            if !inbox.folder.is_dir() {
                return Err(IndexError::File(io::Error::from(io::ErrorKind::NotFound)));
            }
            if !state.is_dir() {
                std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700)
                    .create(&state)?;
            }
            Index::open(&state.join("index.sqlite")).await
        };
        let index = self.index.get_or_try_init(open).await.map_err(|error| self.of_index(error))?;
        Ok(Some((inbox, index)))
    }

    /// Takes in what has come into the folder. Another process that does it just now does it for us.
    async fn take_in(&self) -> Result<Option<&Index>, ConnectorError> {
        let Some((inbox, index)) = self.open().await? else { return Ok(None) };
        let _alone = self.taking_in.lock().await;
        let lock =
            std::fs::File::create(inbox.state().join("lock")).map_err(|error| self.of_folder(error))?;
        if lock.try_lock().is_err() {
            return Ok(Some(index));
        }
        let keep = Some(self.settings.keep_days).filter(|days| *days > 0);
        let keep = keep.and_then(|days| TimeDelta::try_days(days.into()));
        let intake = Intake { inbox, index, reader: &self.reader, full: &self.settings.full, keep };
        let taken = intake.run(self.clock.now()).await;
        taken.map_err(|error| match error {
            IntakeError::Folder(error) => self.of_folder(error),
            IntakeError::Index(error) => self.of_index(error),
        })?;
        Ok(Some(index))
    }

    async fn answers(&self, index: &Index, refs: &[RemoteRef]) -> Result<Vec<Reading>, ConnectorError> {
        let mut found = index.read(refs).await.map_err(|error| self.of_index(error))?;
        let mut answers = Vec::with_capacity(refs.len());
        for subject in refs {
            answers.push(match found.remove(subject) {
                Some((seen, missing)) if missing < self.settings.absences => Reading::Found(Box::new(seen)),
                Some(_) => Reading::NotFound(subject.clone()),
                None if self.lists_all(subject.kind).await? => Reading::NotFound(subject.clone()),
                // Exports of changes do not tell of every record that there is.
                None => Reading::OutOfScope(subject.clone()),
            });
        }
        Ok(answers)
    }
}

#[async_trait]
impl Connector for Files {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn check(&self) -> Vec<Finding> {
        let good = |message: String| Finding { severity: Severity::Good, message, hint: None };
        match self.open().await {
            Ok(None) => vec![good("its files are imported by command".to_owned())],
            Ok(Some((inbox, _))) => {
                vec![good(format!("`{}` can be read and written", inbox.folder.display()))]
            }
            Err(error) => {
                let why = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
                let message = format!("{error}{}", why.unwrap_or_default());
                let hint = Some("create its folder, and let cardex read and write it".to_owned());
                vec![Finding { severity: Severity::Error, message, hint }]
            }
        }
    }

    async fn prepare(&self, _plan_only: bool) -> Result<Vec<Step>, ConnectorError> {
        Ok(Vec::new())
    }

    async fn changes(&self, stream: &Stream, cursor: Option<&Cursor>) -> Result<ChangePage, ConnectorError> {
        let Some(index) = self.take_in().await? else { return Err(self.cannot("tell what changed")) };
        let after = match cursor {
            None => None,
            Some(Cursor(text)) => {
                let expired = || ConnectorError::CursorExpired { system: self.system.clone() };
                Some(text.parse::<i64>().map_err(|_| expired())?)
            }
        };
        let told = index.told().await.map_err(|error| self.of_index(error))?;
        let Some(after) = after else {
            return Ok(ChangePage { changes: Vec::new(), next: Cursor(told.to_string()), more: false });
        };
        if after > told {
            // The index was made anew since: it does not remember what was told.
            return Err(ConnectorError::CursorExpired { system: self.system.clone() });
        }
        let page = index.after(stream.kind, after, CHANGES).await.map_err(|error| self.of_index(error))?;
        let more = i64::try_from(page.len()).unwrap_or(i64::MAX) >= CHANGES;
        let last = page.last().map_or(after, |(told, _)| *told);
        let changes = page.into_iter().map(|(_, seen)| Change::Seen(Box::new(seen))).collect();
        Ok(ChangePage { changes, next: Cursor(last.to_string()), more })
    }

    async fn enumerate(&self, kind: RecordKind, after: Option<&Cursor>) -> Result<KeyPage, ConnectorError> {
        let index = match after {
            None => self.take_in().await?,
            Some(_) => self.open().await?.map(|(_, index)| index),
        };
        let Some(index) = index else { return Ok(KeyPage { keys: Vec::new(), next: None }) };
        let from = after.map_or("", |Cursor(id)| id.as_str());
        let keys = index.keys(kind, from, self.settings.absences, KEYS).await;
        let keys = keys.map_err(|error| self.of_index(error))?;
        let is_full = i64::try_from(keys.len()).unwrap_or(i64::MAX) >= KEYS;
        let next = keys.last().filter(|_| is_full).map(|(id, _)| Cursor(id.to_string()));
        Ok(KeyPage { keys, next })
    }

    async fn lists_all(&self, kind: RecordKind) -> Result<bool, ConnectorError> {
        let Some((_, index)) = self.open().await? else { return Ok(false) };
        for source in self.reader.sources(kind) {
            let is_full = self.settings.full.iter().any(|full| full == source);
            if !is_full || !index.complete(source).await.map_err(|error| self.of_index(error))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn read(&self, refs: &[RemoteRef]) -> Result<Vec<Reading>, ConnectorError> {
        match self.open().await? {
            Some((_, index)) => self.answers(index, refs).await,
            None => Ok(refs.iter().cloned().map(Reading::OutOfScope).collect()),
        }
    }

    async fn find(
        &self,
        _: RecordKind,
        _: &[RecordId],
    ) -> Result<Vec<(RecordId, ExternalId)>, ConnectorError> {
        Err(self.cannot("carry the hub's id"))
    }

    async fn write(&self, ops: &[WriteOp]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        let why = "files are only read";
        Ok(ops.iter().map(|_| WriteOutcome::Rejected { field: None, why: why.to_owned() }).collect())
    }

    async fn withdraw(&self, _: RecordKind, _: &[Withdrawal]) -> Result<Vec<WriteOutcome>, ConnectorError> {
        Err(self.cannot("take records back"))
    }

    async fn merge(&self, _: RecordKind, _: &ExternalId, _: &ExternalId) -> Result<(), ConnectorError> {
        Err(self.cannot("merge records"))
    }

    async fn watch(&self) -> Result<(), ConnectorError> {
        let Some(inbox) = &self.inbox else { return std::future::pending().await };
        loop {
            let whole = inbox.whole(|name| self.reader.rank(name)).map_err(|error| self.of_folder(error))?;
            tokio::time::sleep(Duration::from_millis(self.settings.look_ms)).await;
            if !whole.is_empty() {
                return Ok(());
            }
        }
    }
}
