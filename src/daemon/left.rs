//! Work that an import was going to do at its end, and whether it still is.

use chrono::DateTime;
use std::time::{Duration, Instant};

use crate::store::Since;

/// An import that has brought nothing for so long is not going to do what it has left.
const PATIENCE: Duration = Duration::from_mins(15);

/// The last note, and since when it is known.
#[derive(Default)]
pub(super) struct Left(Option<(Since, Instant)>);

impl Left {
    /// Whether nobody else is going to do it.
    pub(super) fn behind(&mut self, note: Option<Since>) -> bool {
        let Some(note) = note else {
            self.0 = None;
            return false;
        };
        match self.0 {
            Some((known, at)) if known == note => at.elapsed() >= PATIENCE,
            Some(_) => {
                self.0 = Some((note, Instant::now()));
                false
            }
            None => {
                self.0 = Some((note, Instant::now()));
                // What a migration has noted belongs to nobody.
                note.at == DateTime::UNIX_EPOCH
            }
        }
    }
}
