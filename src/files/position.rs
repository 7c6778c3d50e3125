//! Where an import stands in a folder of files, as text.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};

use super::read::Place;
use crate::import::source::Position;
use crate::model::normalise::text;

/// How much of a file tells it from another of the same name.
const HEAD: u64 = 4096;

/// A place in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    /// The number of the mapping that the file is read by.
    pub(super) mapping: usize,
    /// The name of the file.
    pub(super) file: String,
    /// Its beginning, so that another file of the same name is noticed.
    pub(super) head: Head,
    /// Where in it.
    pub(super) place: Place,
}

/// The beginning of a file. The length is kept because a short file may have grown since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    length: u64,
    sha256: String,
}

impl Head {
    /// Reads the head of a file, or as much of it as `like` has.
    pub(super) fn read(source: impl Read, like: Option<&Self>) -> io::Result<Self> {
        let mut bytes = Vec::new();
        source.take(like.map_or(HEAD, |head| head.length.min(HEAD))).read_to_end(&mut bytes)?;
        let sha256 = text::hex(Sha256::digest(&bytes).iter().take(16));
        Ok(Self { length: bytes.len() as u64, sha256 })
    }
}

impl Standing {
    pub(super) fn position(&self) -> Position {
        // Numbers and texts always become JSON.
        Position(serde_json::to_string(self).unwrap_or_default())
    }

    /// Reads a position; `None` when it is none of ours.
    pub(super) fn parse(position: &Position) -> Option<Self> {
        serde_json::from_str(&position.0).ok()
    }
}
