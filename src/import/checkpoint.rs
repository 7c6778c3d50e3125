//! Where an import goes on, and what it has counted so far: stored in the same transaction as each page.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use smol_str::SmolStr;

use super::source::Position;
use super::{ImportError, Tally};
use crate::hub::{Hub, System};
use crate::model::{Observation, SystemId};
use crate::store::CursorMove;

/// What is known of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    /// Where the source goes on; `None` at its beginning and when it is done.
    pub(super) position: Option<String>,
    /// The source has been told to its end.
    pub(super) done: bool,
    /// What has been told so far, in hexadecimal: the sum of its records' digests, whatever their order.
    pub(super) digest: String,
    /// The systems that nothing goes to before an operator lets it.
    pub(super) gated: Vec<SystemId>,
    /// How long the file of rejects is.
    pub(super) reject_bytes: u64,
    /// What became of the rows so far.
    pub(super) tally: Tally,
}

impl Checkpoint {
    /// What is known of the import of `system` that is stored under `stream`.
    pub(super) async fn load(hub: &Hub, system: &System, stream: &str) -> Result<Option<Self>, ImportError> {
        let stored = hub.store.settled_cursor(&system.id, stream).await?;
        stored.map(|text| serde_json::from_str(&text).map_err(ImportError::Checkpoint)).transpose()
    }

    /// The move that stores it.
    pub(super) fn to_move(&self, system: &SystemId, stream: &SmolStr) -> CursorMove {
        let text = serde_json::to_string(self).expect("a struct of texts and numbers is JSON");
        CursorMove { system: system.clone(), stream: stream.clone(), cursor: Some(text) }
    }

    /// The place in the source.
    pub(super) fn position(&self) -> Option<Position> {
        self.position.clone().map(Position)
    }

    /// Adds what was told, by [`digest_of`], to the digest.
    pub(super) fn add(&mut self, digest: u128) {
        let so_far = u128::from_str_radix(&self.digest, 16).unwrap_or_default();
        self.digest = format!("{:032x}", so_far.wrapping_add(digest));
    }
}

/// The sum of the records' digests, whatever their order.
pub(super) fn digest_of(observations: &[Observation]) -> u128 {
    observations.iter().map(digest).fold(0, u128::wrapping_add)
}

/// The digest of one record: of the system's own where it gives one.
fn digest(observation: &Observation) -> u128 {
    let mut hasher = Sha256::new();
    hasher.update(observation.subject.kind.name());
    hasher.update([0]);
    hasher.update(observation.subject.external_id.as_str());
    hasher.update([0]);
    match observation.source_hash {
        Some(hash) => hasher.update(hash.to_be_bytes()),
        // What cannot be written as JSON is told from nothing else; it only makes a second run look twice.
        None => hasher.update(serde_json::to_vec(&observation.document).unwrap_or_default()),
    }
    let bytes = hasher.finalize();
    bytes.first_chunk().map_or(0, |first| u128::from_be_bytes(*first))
}
