//! The pages of a folder, one after another: reading in one thread, mapping in several.

use std::fs::File;
use tokio::sync::{mpsc, oneshot};

use super::folder::{self, Item, Mapping, Opened};
use super::mapping::Mapped;
use super::position::{Head, Standing};
use super::read::{Batch, Place};
use crate::import::source::{Position, SourceError};

/// How many rows a page has.
pub(super) const ROWS: usize = 500;

/// A page, as soon as it is mapped.
pub(super) type Coming = oneshot::Receiver<Read>;

/// Some rows of a file, mapped.
pub(super) struct Read {
    /// The number of the file among the items.
    pub(super) item: usize,
    pub(super) mapped: Mapped,
    pub(super) next: Option<Position>,
}

/// Everything that is read, in order.
pub(super) struct Walk {
    pub(super) items: Vec<Item>,
    pub(super) mappings: std::sync::Arc<Vec<Mapping>>,
}

impl Walk {
    /// Reads the files from a standing on and sends their pages until nobody takes them any more.
    ///
    /// It blocks: it is for a thread of its own.
    pub(super) fn run(&self, from: Option<&Standing>, to: &mpsc::Sender<Result<Coming, SourceError>>) {
        if let Err(error) = self.walk(from, to) {
            // Whoever does not listen any more needs no error.
            let _ = to.blocking_send(Err(error));
        }
    }

    fn walk(
        &self,
        from: Option<&Standing>,
        to: &mpsc::Sender<Result<Coming, SourceError>>,
    ) -> Result<(), SourceError> {
        let first = match from {
            Some(from) => self.find(from)?,
            None => 0,
        };
        for (number, item) in self.items.iter().enumerate().skip(first) {
            let at = from.filter(|_| number == first).map(|from| from.place);
            if !self.file(number, item, at, to)? {
                break;
            }
        }
        Ok(())
    }

    /// The number of the file that an earlier import stood in.
    fn find(&self, from: &Standing) -> Result<usize, SourceError> {
        let moved = || SourceError::Moved { what: from.file.clone() };
        let is_it = |item: &Item| item.name == from.file && item.mapping == from.mapping;
        let number = self.items.iter().position(is_it).ok_or_else(moved)?;
        let item = self.items.get(number).ok_or_else(moved)?;
        if head(item, Some(&from.head))? == from.head { Ok(number) } else { Err(moved()) }
    }

    /// Sends the pages of one file; `false` when nobody takes them any more.
    fn file(
        &self,
        number: usize,
        item: &Item,
        at: Option<Place>,
        to: &mpsc::Sender<Result<Coming, SourceError>>,
    ) -> Result<bool, SourceError> {
        let Some(mapping) = self.mappings.get(item.mapping) else { return Ok(true) };
        let head = head(item, None)?;
        let Opened { mut rows, spoilt } = folder::open(item, mapping, at)?;
        loop {
            let mut batch = Batch::default();
            let goes_on = rows.read(&mut batch, ROWS)?;
            let place = batch.end;
            let next = if goes_on {
                let (mapping, file) = (item.mapping, item.name.clone());
                Some(Standing { mapping, file, head: head.clone(), place })
            } else {
                self.beginning(number + 1)?
            };
            let (sender, coming) = oneshot::channel();
            let (plan, spoilt) = (std::sync::Arc::clone(&mapping.plan), std::sync::Arc::clone(&spoilt));
            let name = item.name.clone();
            tokio::task::spawn_blocking(move || {
                // Whoever does not listen any more needs no page.
                let mapped = plan.apply(&name, batch, &spoilt);
                let next = next.as_ref().map(Standing::position);
                let _ = sender.send(Read { item: number, mapped, next });
            });
            if to.blocking_send(Ok(coming)).is_err() {
                return Ok(false);
            }
            if !goes_on {
                return Ok(true);
            }
        }
    }

    /// The standing at the beginning of a file.
    fn beginning(&self, number: usize) -> Result<Option<Standing>, SourceError> {
        let Some(item) = self.items.get(number) else { return Ok(None) };
        let (mapping, file) = (item.mapping, item.name.clone());
        let head = head(item, None)?;
        Ok(Some(Standing { mapping, file, head, place: Place::default() }))
    }
}

fn head(item: &Item, like: Option<&Head>) -> Result<Head, SourceError> {
    let file = File::open(&item.path).map_err(|source| folder::error(item, source))?;
    Head::read(file, like).map_err(|source| folder::error(item, source))
}
