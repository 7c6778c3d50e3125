//! What only the source as a whole can see of a row: that its record was told before, and that it refers to a record
//! which neither the files nor the hub have.

use async_trait::async_trait;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::mapping::{Mapped, Plan};
use super::told::{Again, Told};
use crate::import::source::{Reject, SourceError};
use crate::model::document::Held;
use crate::model::link::SourceVersion;
use crate::model::{FieldKey, Observation, RemoteRef, Seen, Value};

const SAME: &str = "is the id of a row that was read before, and the row is the same: it counts once";
const OTHER: &str =
    "is the id of a row that was read before, and the row is another one: the newer one counts";
const ORPHAN: &str = "refers to a record that neither the files nor the hub have, or that was refused";

/// Who knows which records were taken in before.
#[async_trait]
pub trait Known: Send + Sync {
    /// Those of the records that are known.
    ///
    /// # Errors
    /// It cannot be asked.
    async fn known(&self, refs: &[RemoteRef]) -> Result<BTreeSet<RemoteRef>, SourceError>;
}

/// What was told so far, and who knows what was told in other times.
pub(super) struct Check {
    told: Told,
    known: Option<Arc<dyn Known>>,
    /// The times of the rows are versions of the records: only where nobody else gives versions.
    versions: bool,
}

impl Check {
    pub(super) fn new() -> Self {
        Self { told: Told::new(), known: None, versions: false }
    }

    pub(super) fn ask(&mut self, known: Arc<dyn Known>) {
        self.known = Some(known);
    }

    pub(super) const fn give_versions(&mut self) {
        self.versions = true;
    }

    /// Checks a page. What refers to nobody is refused where the row needs it, and left out with a remark elsewhere.
    ///
    /// # Errors
    /// Nobody knows what is known.
    pub(super) async fn page(
        &mut self,
        origin: &str,
        plan: &Plan,
        mapped: &mut Mapped,
    ) -> Result<(), SourceError> {
        let missing = self.missing(mapped).await?;
        let observations = std::mem::take(&mut mapped.observations);
        let (mut good, mut rejects, mut remarks) =
            (Vec::with_capacity(observations.len()), Vec::new(), Vec::new());
        for (number, mut observation) in observations.into_iter().enumerate() {
            let note = |field: &str, why: &str| {
                let (line, row) = mapped.row(number);
                let (origin, field, reason) = (origin.to_owned(), field.to_owned(), why.to_owned());
                Reject { origin, line, field, reason, because_of: None, row }
            };
            let orphans = if missing.is_empty() { Vec::new() } else { leave_out(&mut observation, &missing) };
            if let Some(field) = orphans.iter().find(|field| plan.needs(field)) {
                rejects.push(note(plan.column_of(field), ORPHAN));
                continue;
            }
            remarks.extend(orphans.iter().map(|field| note(plan.column_of(field), ORPHAN)));
            let content = observation.source_hash.unwrap_or_default();
            match self.told.note(&observation.subject, content) {
                Again::New => {}
                Again::Same => remarks.push(note(plan.id_column(), SAME)),
                Again::Other => remarks.push(note(plan.id_column(), OTHER)),
            }
            if self.versions {
                let version = observation.modified_at.map(|at| SourceVersion::Number(at.timestamp_millis()));
                observation.source_version = version;
            }
            good.push(observation);
        }
        mapped.observations = good;
        mapped.rejects.extend(rejects);
        mapped.remarks.extend(remarks);
        Ok(())
    }

    /// The records that a page refers to and nobody has.
    async fn missing(&self, mapped: &Mapped) -> Result<BTreeSet<RemoteRef>, SourceError> {
        let Some(known) = &self.known else { return Ok(BTreeSet::new()) };
        let mut missing = BTreeSet::new();
        for observation in &mapped.observations {
            let rank = observation.subject.kind.rank();
            let references = observation.document.remote_references();
            // Of the same kind, it may stand further on in the file.
            missing.extend(
                references
                    .into_iter()
                    .filter(|subject| subject.kind.rank() < rank && !self.told.has(subject)),
            );
        }
        if missing.is_empty() {
            return Ok(missing);
        }
        let refs: Vec<RemoteRef> = missing.iter().cloned().collect();
        let known = known.known(&refs).await?;
        missing.retain(|subject| !known.contains(subject));
        Ok(missing)
    }
}

/// Takes references to missing records out of an observation, and names their fields.
fn leave_out(observation: &mut Observation, missing: &BTreeSet<RemoteRef>) -> Vec<FieldKey> {
    let is_missing = |value: &Value| {
        value.any_reference(&mut |reference| {
            reference.remote().is_some_and(|subject| missing.contains(&subject))
        })
    };
    let mut fields = Vec::new();
    for (key, seen) in observation.document.iter_mut() {
        let is_orphan = match seen {
            Seen::One(Held(value)) => is_missing(value),
            Seen::Set(elements) => {
                let before = elements.len();
                elements.retain(|_, Held(value)| !is_missing(value));
                elements.len() < before
            }
            Seen::Empty | Seen::Masked => false,
        };
        if is_orphan {
            if matches!(seen, Seen::One(_)) {
                *seen = Seen::Masked;
            }
            fields.push(key.clone());
        }
    }
    fields
}
