//! A batch of rows to observations, rejects and remarks.

use sha2::{Digest as _, Sha256};

use super::compile::{Plan, Slot};
use super::fault::Fault;
use super::value::Sight;
use crate::files::read::{Batch, Row};
use crate::import::source::Reject;
use crate::model::normalise::Unreadable;
use crate::model::value::Value;
use crate::model::{
    Document, ExternalId, FieldKey, Observation, Origin, RecordKind, RemoteRef, Seen, Shape, keys,
};

/// The longest id that a system gives a record.
const LONGEST_ID: usize = 200;

/// What became of a batch.
#[derive(Debug, Default)]
pub(crate) struct Mapped {
    /// The good rows.
    pub(crate) observations: Vec<Observation>,
    /// The bad ones.
    pub(crate) rejects: Vec<Reject>,
    /// Good ones without something that could not be taken.
    pub(crate) remarks: Vec<Reject>,
    /// What the refused rows are about, as far as it can be told.
    pub(crate) refused: Vec<Option<RemoteRef>>,
    /// How many rows these are, good and bad; those that are none of the mapping's do not count.
    pub(crate) rows: u64,
    /// The number of each observation's row in the batch.
    made_of: Vec<usize>,
    batch: Batch,
}

impl Mapped {
    /// The line and the text of the row that an observation is made of.
    pub(crate) fn row(&self, observation: usize) -> (u64, String) {
        let row = self.made_of.get(observation).and_then(|number| self.batch.row(*number));
        row.map_or((0, String::new()), |row| (row.line(), row.shown()))
    }
}

impl Plan {
    /// Maps every row of a batch; `origin` names the file.
    pub(crate) fn apply(&self, origin: &str, mut batch: Batch) -> Mapped {
        let rows = batch.len() as u64;
        let rejects = std::mem::take(&mut batch.rejects);
        let mut mapped = Mapped { rejects, rows, ..Mapped::default() };
        let slots = self.slots(&batch);
        let mut cells: Vec<&str> = Vec::new();
        let mut present: Vec<bool> = Vec::new();
        mapped.refused.resize(mapped.rejects.len(), None);
        for (number, row) in batch.rows().enumerate() {
            cells.clear();
            cells.resize(self.columns.len(), "");
            present.clear();
            present.resize(self.columns.len(), !batch.is_sparse);
            for (column, text) in row.cells() {
                for slot in slots.get(column as usize).into_iter().flatten() {
                    if let Some(cell) = cells.get_mut(*slot) {
                        *cell = text;
                    }
                    if let Some(present) = present.get_mut(*slot) {
                        *present = true;
                    }
                }
            }
            let mut sight = Sight { plan: self, cells: &cells, present: &present, remarks: Vec::new() };
            if self.when.as_ref().is_some_and(|when| !sight.holds(when)) {
                mapped.rows -= 1;
                continue;
            }
            let note = |fault: Fault| Reject {
                origin: origin.to_owned(),
                line: row.line(),
                field: fault.column,
                reason: fault.why.into_owned(),
                because_of: None,
                row: row.shown(),
            };
            match sight.observation(row) {
                Ok(observation) => {
                    mapped.observations.push(observation);
                    mapped.made_of.push(number);
                    mapped.remarks.extend(sight.remarks.into_iter().map(note));
                }
                Err(fault) => {
                    mapped.rejects.push(note(fault));
                    mapped.refused.push(sight.subject().ok());
                }
            }
        }
        mapped.batch = batch;
        mapped
    }

    /// Whether a row is nothing without this field.
    pub(crate) fn needs(&self, key: &FieldKey) -> bool {
        self.required.contains(key)
    }

    /// The column that a field is read from first.
    pub(crate) fn column_of(&self, key: &FieldKey) -> &str {
        let field = self.fields.iter().find(|field| field.key == *key);
        field.and_then(|field| field.takes.first()).map_or("", |take| self.column(take))
    }

    /// The column of the id.
    pub(crate) fn id_column(&self) -> &str {
        self.id.first().map_or("", |take| self.column(take))
    }

    /// The places of each of the file's columns in the mapping.
    fn slots(&self, batch: &Batch) -> Vec<Vec<Slot>> {
        let mut slots = vec![Vec::new(); batch.columns.len()];
        for (slot, name) in self.columns.iter().enumerate() {
            let column = batch.columns.number(name);
            if let Some(list) = column.and_then(|column| slots.get_mut(column as usize)) {
                list.push(slot);
            }
        }
        slots
    }
}

impl Sight<'_> {
    fn observation(&mut self, row: Row<'_>) -> Result<Observation, Fault> {
        let subject = self.subject()?;
        let kind = subject.kind;
        let mut document = Document::new();
        for field in &self.plan.fields {
            if let Some(def) = field.of.get(&kind)
                && field.takes.iter().any(|take| self.is_shown(take))
            {
                let seen = self.seen(def, field)?;
                document.insert(field.key.clone(), seen);
            }
        }
        self.required(kind, &document)?;
        self.stay(&document)?;
        self.sums()?;
        Ok(Observation {
            modified_at: self.modified_at()?,
            source_hash: Some(self.hash(row)),
            origin: Origin::History,
            ..Observation::of(subject, Shape::Partial, document)
        })
    }

    fn subject(&mut self) -> Result<RemoteRef, Fault> {
        let kind = match self.plan.fixed_kind {
            Some(kind) => kind,
            None => self.kind()?,
        };
        Ok(RemoteRef::new(kind, self.id()?))
    }

    fn first_text(&mut self, takes: &'_ [super::compile::Take]) -> Result<String, Fault> {
        for take in takes {
            let found = self.text(take, None)?.into_owned();
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(String::new())
    }

    fn kind(&mut self) -> Result<RecordKind, Fault> {
        let plan = self.plan;
        let word = self.first_text(&plan.kind)?;
        let column = plan.kind.first().map_or("", |take| self.column(take));
        RecordKind::parse(&word).ok_or_else(|| Fault::at(column, "says no kind of record"))
    }

    fn id(&mut self) -> Result<ExternalId, Fault> {
        let plan = self.plan;
        let id = self.first_text(&plan.id)?;
        let column = plan.id.first().map_or("", |take| self.column(take));
        match id.len() {
            0 => Err(Fault::at(column, "is empty: the record has no id")),
            1..=LONGEST_ID => Ok(ExternalId::new(id)),
            _ => Err(Fault::at(column, "is too long for the id of a record")),
        }
    }

    fn required(&self, kind: RecordKind, document: &Document) -> Result<(), Fault> {
        let is_nothing =
            |seen: &Seen| seen.value().is_none() && seen.elements().is_none_or(litemap::LiteMap::is_empty);
        let is_missing = |key: &&FieldKey| {
            let field = self.plan.fields.iter().find(|field| field.key == **key);
            field.is_some_and(|field| field.of.contains_key(&kind))
                && document.get(key).is_none_or(is_nothing)
        };
        match self.plan.required.iter().find(is_missing) {
            Some(key) => {
                let column = self.plan.column_of(key);
                let was_left_out = self.remarks.iter().any(|remark| remark.column == column);
                let why = if was_left_out {
                    "holds no value that can be taken, and a row needs one"
                } else {
                    "is empty, and a row needs a value there"
                };
                Err(Fault::at(column, why))
            }
            None => Ok(()),
        }
    }

    /// Nobody leaves before he has come.
    fn stay(&self, document: &Document) -> Result<(), Fault> {
        let date = |key| document.value(key).and_then(Value::as_date);
        match (date(&keys::ARRIVES_ON), date(&keys::DEPARTS_ON)) {
            (Some(arrives), Some(departs)) if departs < arrives => {
                Err(Fault::at(self.plan.column_of(&keys::DEPARTS_ON), "is before the arrival"))
            }
            (_, _) => Ok(()),
        }
    }

    fn sums(&self) -> Result<(), Fault> {
        let wrong =
            self.plan.checks.iter().find(|check| self.sum_is_right(&check.parts, check.total) == Some(false));
        match wrong {
            Some(check) => {
                let column = self.plan.columns.get(check.total).map_or("", String::as_str);
                Err(Fault::at(column, "is not the sum of its parts"))
            }
            None => Ok(()),
        }
    }

    fn modified_at(&mut self) -> Result<Option<chrono::DateTime<chrono::Utc>>, Fault> {
        let plan = self.plan;
        for take in &plan.modified_at {
            let found = self.text(take, None)?;
            if !found.is_empty() {
                let read = self.instant(&found, take);
                return read.map_err(|Unreadable(why)| self.fault(take, why));
            }
        }
        Ok(None)
    }

    /// Equal for the same row under the same mapping.
    fn hash(&self, row: Row<'_>) -> i64 {
        let digest = Sha256::new().chain_update(self.plan.salt).chain_update(row.raw().trim_end()).finalize();
        let mut first = [0; 8];
        first.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
        i64::from_be_bytes(first)
    }
}
