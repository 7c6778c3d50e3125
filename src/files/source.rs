//! A folder of files as a source.

use async_trait::async_trait;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::mpsc;

use super::check::{Check, Known};
use super::folder;
use super::mapping::Mapped;
use super::pages::{Coming, Read, Walk};
use super::position::Standing;
use super::reader::Reader;
use crate::import::source::{Page, Position, Source, SourceError};

/// Pages that are read and mapped ahead of the one that is asked for.
const AHEAD: usize = 2;

/// The files of a folder, companies first and reservations last.
///
/// Reading and mapping run ahead in threads of their own; at most a handful of pages is in memory at any time. The
/// files must not change while they are read.
pub struct FileSource {
    walk: Arc<Walk>,
    unread: Vec<String>,
    check: Check,
    coming: Option<mpsc::Receiver<Result<Coming, SourceError>>>,
    /// Where the pages that are coming begin.
    at: Option<Position>,
}

impl FileSource {
    /// Finds the files of a folder that the reader has a mapping for.
    ///
    /// # Errors
    /// The folder cannot be read, or has no file to read.
    pub fn open(folder: &Path, reader: Reader) -> Result<Self, SourceError> {
        let (items, unread) = folder::items(folder, &reader.mappings)?;
        if items.is_empty() {
            let why = "it holds no file that the mapping reads".to_owned();
            return Err(SourceError::Format { path: folder.display().to_string(), why });
        }
        let walk = Arc::new(Walk { items, mappings: reader.mappings });
        Ok(Self { walk, unread, check: Check::new(), coming: None, at: None })
    }

    /// Has rows that refer to a record which neither the files nor `known` have refused, or taken without it where they
    /// can be: nobody could ever be asked for it.
    #[must_use]
    pub fn with_known(mut self, known: Arc<dyn Known>) -> Self {
        self.check.ask(known);
        self
    }

    /// Takes the times of the rows for versions of the records, so that the newer of two rows counts. Only for a system
    /// that is known by its files: the versions of another one are of another sort.
    #[must_use]
    pub const fn with_versions(mut self) -> Self {
        self.check.give_versions();
        self
    }

    /// The files that are read, in their order; a file that several mappings read is there several times.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.walk.items.iter().map(|item| item.name.as_str())
    }

    /// The files of the folder that no mapping reads.
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// Starts reading at a position.
    fn start(&mut self, after: Option<&Position>) -> Result<(), SourceError> {
        let from = match after {
            None => None,
            Some(position) => {
                let what = || SourceError::Moved { what: "the position".to_owned() };
                Some(Standing::parse(position).ok_or_else(what)?)
            }
        };
        let (sender, receiver) = mpsc::channel(AHEAD);
        let walk = Arc::clone(&self.walk);
        tokio::task::spawn_blocking(move || walk.run(from.as_ref(), &sender));
        self.coming = Some(receiver);
        self.at = after.cloned();
        Ok(())
    }
}

#[async_trait]
impl Source for FileSource {
    async fn next(&mut self, after: Option<&Position>) -> Result<Page, SourceError> {
        if self.coming.is_none() || self.at.as_ref() != after {
            self.start(after)?;
        }
        let Some(coming) = &mut self.coming else { return Ok(nothing()) };
        // A walk that ended without a word has read everything.
        let Some(page) = coming.recv().await else { return Ok(nothing()) };
        let page = page.inspect_err(|_| self.coming = None)?;
        let Ok(Read { item, mut mapped, next }) = page.await else {
            self.coming = None;
            return Err(SourceError::Format { path: "mapping".to_owned(), why: "it broke down".to_owned() });
        };
        let item = self.walk.items.get(item);
        let mapping = item.and_then(|item| self.walk.mappings.get(item.mapping));
        if let (Some(item), Some(mapping)) = (item, mapping) {
            self.check.page(&item.name, &mapping.plan, &mut mapped).await?;
        }
        self.at.clone_from(&next);
        if next.is_none() {
            self.coming = None;
        }
        let Mapped { rows, observations, rejects, remarks, .. } = mapped;
        Ok(Page { rows, observations, rejects, remarks, next })
    }
}

const fn nothing() -> Page {
    Page { rows: 0, observations: Vec::new(), rejects: Vec::new(), remarks: Vec::new(), next: None }
}
